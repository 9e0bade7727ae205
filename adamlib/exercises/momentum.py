"""Exercises of notebook 01: give the step a memory."""

from adamlib.exercises.exercise import Exercise


def _nesterov(theta, m, g, lr, beta):
    m = beta * m + g
    return theta - lr * (g + beta * m), m


def _heavy_ball(theta, m, g, lr, beta):
    m = beta * m + g
    return theta - lr * m, m


def _averaged_nesterov(theta, m, g, lr, beta):
    m = beta * m + (1 - beta) * g
    return theta - lr * (g + beta * m), m


EXERCISES = {
    "01a": Exercise(
        answer=0.64,
        right="Each step leaves √β = 0.8 of the error. Gradient descent with the same lr leaves 0.96.",
        slips=(
            (0.8, "that is √β, the rate; β is its square"),
            (0.9216, "in (1.5) a stands under a root"),
            (1.44, "that is the upper bound of (1.5), and β must stay below 1"),
        ),
    ),
    "01b": Exercise(
        answer=_nesterov,
        right="One more term than the heavy ball, and it arrives on the function that traps the heavy ball.",
        slips=(
            (_heavy_ball, "that is the heavy ball; in (1.7) β multiplies the new m, and g counts once more"),
            (_averaged_nesterov, "(1.7) adds the whole gradient to m, not (1 - beta) of it"),
        ),
        moves=0,
        inputs=((1.0, 0.0, 2.0, 0.1, 0.9), (-1.0, 3.0, 0.5, 0.01, 0.5)),
    ),
    "01c": Exercise(
        answer=147 / 801,
        right="More starts are lost than with β = 4/9. β = 0.9 is no cure here, though 0.6 and 0.8 lose no start at all.",
        slips=(
            (96 / 801, "that is the share for β = 4/9"),
            (654 / 801, "that is the share that arrives"),
            (147, "that is how many; divide by 801"),
        ),
    ),
}
