"""Exercises of notebook 10: use it on Monday."""

import numpy as np

from adamlib.exercises.exercise import Exercise
from adamlib.museum import EXHIBITS, sound


def _half_mended(theta, g, m, v, t, lr, beta1, beta2, eps):
    """The kept correction mended for m alone."""
    m = beta1 * m + (1 - beta1) * g
    v = (beta2 * v + (1 - beta2) * g**2) / (1 - beta2**t)
    return theta - lr * m / (1 - beta1**t) / (np.sqrt(v) + eps), m, v


def _other_half_mended(theta, g, m, v, t, lr, beta1, beta2, eps):
    """The kept correction mended for v alone."""
    m = (beta1 * m + (1 - beta1) * g) / (1 - beta1**t)
    v = beta2 * v + (1 - beta2) * g**2
    return theta - lr * m / (np.sqrt(v / (1 - beta2**t)) + eps), m, v


def _without_correction(theta, g, m, v, t, lr, beta1, beta2, eps):
    m = beta1 * m + (1 - beta1) * g
    v = beta2 * v + (1 - beta2) * g**2
    return theta - lr * m / (np.sqrt(v) + eps), m, v


def _hatted(theta, g, m, v, t, lr, beta1, beta2, eps):
    """Adds eps to the root of the raw v."""
    return sound(theta, g, m, v, t, lr, beta1, beta2, eps / np.sqrt(1 - beta2**t))


def _undone(theta, g, m, v, t, lr, beta1, beta2, eps):
    """Keeps raw averages, and takes a correction out of them that they never had."""
    theta, m, v = sound(theta, g, m, v, t, lr, beta1, beta2, eps)
    return theta, m * (1 - beta1**t), v * (1 - beta2**t)


EXERCISES = {
    "10a": Exercise(
        answer=2.0**-9,
        right="A step of lr = 0.001 leaves a weight of 1 where it is, however often you take it.",
        slips=(
            (2.0**-8, "that is the gap below 1; half of it is already lost"),
            (2.0**-7, "that is the gap above 1; the weight falls, and half a gap is lost"),
            (2.0**-12, "that is float16, with 11 digits"),
            (2.0**-25, "that is float32, with 24 digits"),
        ),
    ),
    "10b": Exercise(
        answer=sound,
        right="What is kept is raw, what is used is corrected.",
        slips=(
            (EXHIBITS["kept correction"].step, "that is still the exhibit: which m does the next step start from?"),
            (_half_mended, "v is still kept corrected"),
            (_other_half_mended, "m is still kept corrected"),
            (_without_correction, "now nothing is corrected; correct what the step uses"),
            (_hatted, "that is the hatted ε, added before v is corrected, as TensorFlow and Keras do; the exhibit adds it after"),
            (_undone, "do not undo the correction in what you return: return m and v as they were averaged"),
        ),
        moves=0,
        inputs=(
            (2.0, 0.3, 0.2, 2.0, 2, 0.1, 0.9, 0.99, 0.1),
            (-1.0, -0.5, 3.0, 0.4, 5, 0.1, 0.5, 0.9, 0.05),
            (4.0, 0.1, 0.5, 1.5, 3, 0.2, 0.8, 0.999, 0.2),
        ),
    ),
    "10c": Exercise(
        answer=16.0,
        right="The largest gradient is then 2.3; there is room up to a factor of 1,024 before it reaches 256.",
        slips=(
            (1.0, "that counts g² alone; v is a thousandth of it"),
            (4.0, "that is the exponent; the factor is 2 to the power of it"),
            (64.0, "that is for 1 %"),
        ),
    ),
}
