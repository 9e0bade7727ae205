"""Exercises of lesson 01: give the step a memory."""

from adamlib.exercises.exercise import Exercise


def _along_the_average(theta, m, g, lr, beta):
    m = beta * m + (1 - beta) * g
    return theta - lr * m, m


def _along_the_sum(theta, m, g, lr, beta):
    m = beta * m + g
    return theta - lr * m, m


def _shares_swapped(theta, m, g, lr, beta):
    m = (1 - beta) * m + beta * g
    return theta - lr * m, m


def _nothing_forgotten(theta, m, g, lr, beta):
    m = m + (1 - beta) * g
    return theta - lr * m, m


EXERCISES = {
    "01a": Exercise(
        answer=10,
        right="So lr / 10 keeps their length, and with the average (1.3) nothing would have changed.",
        slips=(
            (1.1, "that is 0.99 / 0.9; by (1.2) a long-lived m is g / (1 - beta)"),
            (0.1, "that is how much lr must shrink; the steps grow"),
            (100, "that is how many g the new memory holds; the old one held 10"),
        ),
    ),
    "01b": Exercise(
        answer=-2,
        right="One gradient against two has turned the walk round, but its first step back is small.",
        slips=(
            (-1, "that is the average (1.3); the sum adds all of each gradient"),
            (8, "that sum forgets nothing; before each gradient m is halved"),
            (2, "mind the sign: half of 12 is 6, and 6 - 8"),
            (-8, "that is the last gradient alone; half of the old m is added to it"),
            (12, "that is m after the second gradient"),
        ),
    ),
    "01c": Exercise(
        answer=_along_the_average,
        right="With lr / (1 - beta) in place of lr it walks as the sum does; this m is Adam's.",
        slips=(
            (_along_the_sum, "that is the sum (1.1); of the new gradient only a share 1 - beta is added"),
            (_shares_swapped, "beta is the share of the old m that stays, not of the new gradient"),
            (_nothing_forgotten, "the old m must shrink to beta times its size first"),
        ),
        moves=0,
        inputs=((1.0, 0.5, 2.0, 0.1, 0.9), (-1.0, 3.0, 0.5, 0.01, 0.6)),
    ),
}
