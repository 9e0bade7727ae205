"""Closed forms: what can be said about a rule without running it. Explorers, lessons and tests share them.

Plain arithmetic on numbers; where a docstring says that arguments broadcast, on arrays as well.
"""

import numpy as np

from adamlib import validate
from adamlib.averages import Number, power
from adamlib.validate import above_zero, at_least_zero, below_one, finite, for_one, requires

__all__ = [
    "damped_step",
    "equilibrium_angle",
    "equilibrium_angle_of_penalty",
    "heavy_ball_rate",
    "longest_step",
    "longest_step_of_the_paper",
    "noise_floor",
    "stability_limit",
    "uncorrected_step",
    "uncorrected_steps",
    "weight_under_decay",
    "weight_under_penalty",
]


@requires(lr=at_least_zero, beta=below_one, curvature=finite)
def heavy_ball_rate(lr: Number, beta: Number, curvature: Number) -> Number:
    """How much of the distance to the minimum is left after one step of the heavy ball, in the long run.

        the larger |z| with z^2 - (1 + beta - lr curvature) z + beta = 0

    lr : at least 0; beta : in [0, 1); curvature : any finite number; they broadcast

    Returns a number of that shape: below 1 the ball arrives, above 1 it diverges. While it swings, the two z are a pair
    of complex numbers of size sqrt(beta), and neither lr nor the curvature counts.
    The heavy ball is `Momentum` with dampening 0. Source: Polyak 1964; Goh 2017, "Dynamics of Momentum".

    >>> [round(float(heavy_ball_rate(0.1, beta, 1.0)), 3) for beta in (0.0, 0.81, 0.9)]
    [0.9, 0.9, 0.949]
    """
    half = (1 + beta - lr * curvature) / 2
    inside = half * half - beta
    return np.maximum(np.sqrt(beta), np.abs(half) + np.sqrt(np.maximum(inside, 0.0)))


@requires(beta1=below_one)
def stability_limit(beta1: Number = 0.0) -> Number:
    """The learning rate times the curvature, above which a rule is thrown out of a parabola.

        (2 + 2 beta1) / (1 - beta1)

    beta1 : in [0, 1), any shape; 0 for gradient descent

    Returns the same shape: 2 for gradient descent, 38 for beta1 = 0.9. For Adam, curvature is measured with its own
    rulers, as `adamlib.measure.stability` does, and the rulers stand still. The average form of the memory;
    for the sum, PyTorch's momentum, the limit is 2 + 2 beta. Source: Cohen et al. 2022, section 2.

    >>> [round(stability_limit(beta1)) for beta1 in (0.0, 0.9)]
    [2, 38]
    """
    return (2 + 2 * beta1) / (1 - beta1)


@requires(beta1=below_one, beta2=below_one, t=validate.count)
def uncorrected_step(beta1: Number, beta2: Number, t: int) -> Number:
    """How many times too long the step of Adam is without the bias correction.

        (1 - beta1^t) / sqrt(1 - beta2^t)

    beta1, beta2 : in [0, 1); they broadcast
    t : the number of the step, a whole number from 1

    Returns a number of that shape. Exact for eps = 0, whatever the gradients.
    Source: Kingma & Ba 2015, section 2, the factor of the folded form, upside down.

    >>> round(float(uncorrected_step(0.9, 0.999, 1)), 4)
    3.1623
    """
    return (1 - power(beta1, t)) / np.sqrt(1 - power(beta2, t))


@requires(beta1=below_one, beta2=below_one, steps=validate.count)
def uncorrected_steps(beta1: Number, beta2: Number, steps: int) -> np.ndarray:
    """`uncorrected_step` for t = 1, 2, ... `steps`.

        (1 - beta1^t) / sqrt(1 - beta2^t)

    beta1, beta2 : in [0, 1); they broadcast
    steps : how many, a whole number from 1

    Returns an array with the steps as its first axis, (steps, ...).

    >>> lengths = uncorrected_steps(0.9, 0.999, 100)
    >>> int(lengths.argmax()) + 1, round(float(lengths.max()), 2)
    (12, 6.57)
    """
    kept1: Number = 1.0
    kept2: Number = 1.0
    lengths = []
    for _ in range(steps):
        kept1 = kept1 * beta1
        kept2 = kept2 * beta2
        lengths.append((1 - kept1) / np.sqrt(1 - kept2))
    return np.array(lengths)


@requires(beta1=for_one(below_one), beta2=for_one(below_one))
def longest_step(beta1: float, beta2: float) -> float:
    """The longest step of Adam in units of lr, whatever the gradients.

        (1 - beta1) / sqrt((1 - beta2) (1 - beta1^2 / beta2)),  infinite if beta1^2 >= beta2 > 0

    beta1, beta2 : numbers in [0, 1)

    Returns the least upper bound over all gradients and all steps, with eps = 0: only gradients that grow by beta2 / beta1
    in each step come near it. Follows from the inequality of Cauchy and Schwarz.

    >>> round(longest_step(0.9, 0.999), 2)
    7.27
    """
    if beta1 == 0:
        return float(1 / np.sqrt(1 - beta2))
    if beta1 * beta1 >= beta2:
        return np.inf
    return float((1 - beta1) / np.sqrt((1 - beta2) * (1 - beta1 * beta1 / beta2)))


@requires(beta1=for_one(below_one), beta2=for_one(below_one))
def longest_step_of_the_paper(beta1: float, beta2: float) -> float:
    """The bound of a step that the paper gives, in units of lr; it is no bound, see `longest_step`.

        (1 - beta1) / sqrt(1 - beta2) where that is above 1, else 1

    beta1, beta2 : numbers in [0, 1)

    Returns a number of at least 1. It holds for one gradient after a silence and for steady ones. Source: Kingma & Ba
    2015, section 2.1.

    >>> round(longest_step_of_the_paper(0.9, 0.999), 2)
    3.16
    """
    return float(np.maximum(1.0, (1 - beta1) / np.sqrt(1 - beta2)))


@requires(size=at_least_zero, eps=above_zero)
def damped_step(size: Number, eps: Number) -> Number:
    """The step of Adam under a constant gradient, in units of lr.

        |g| / (|g| + eps)

    size : |g|, at least 0; eps : above 0; they broadcast

    Returns a share of that shape: 1 where the gradient is far above eps, 1/2 where it equals eps. eps outside the root.

    >>> [round(damped_step(size, 1e-8), 4) for size in (1.0, 1e-8)]
    [1.0, 0.5]
    """
    return size / (size + eps)


@requires(lr=for_one(at_least_zero), curvature=for_one(at_least_zero), noise=for_one(at_least_zero))
def noise_floor(lr: float, curvature: float, noise: float) -> float:
    """The loss of gradient descent along one coordinate of a noisy parabola, in the long run and on average.

        lr noise^2 / (2 (2 - lr curvature)),  infinite from lr curvature = 2 on

    lr, curvature : at least 0
    noise : sigma, the standard deviation of the gradient's noise, at least 0

    Returns a number. The variance s of the walk repeats when s = (1 - lr curvature)^2 s + lr^2 noise^2, and the loss is
    curvature s / 2. Coordinates of a bowl add up.

    >>> round(noise_floor(0.1, 1.0, 1.0), 4)
    0.0263
    """
    room = 2 - lr * curvature
    if room <= 0:
        return np.inf
    return lr * noise * noise / (2 * room)


@requires(weight_decay=at_least_zero, pull=at_least_zero, noise=above_zero, lr=at_least_zero, t=at_least_zero)
def weight_under_decay(weight_decay: Number, pull: Number, noise: Number, lr: Number, t: Number) -> Number:
    """Where the mean of a weight is that starts at 1, under AdamW, when noise drowns the slope.

        end = pull / (pull + weight_decay noise),  theta_t = end + (1 - end) exp(-lr (pull / noise + weight_decay) t)

    weight_decay, pull, lr : at least 0. pull is the curvature of the loss, whose minimum is at 1; 0 for none
    noise : standard deviation of the gradient's noise, which is the root of v, above 0
    t : steps, at least 0; all broadcast

    Returns the mean over the noise. The decay does not feel the noise: with pull 0 every weight shrinks alike.

    >>> [round(float(weight_under_decay(0.2, 0.0, noise, 0.03, 100)), 3) for noise in (1.0, 10.0)]
    [0.549, 0.549]
    """
    return _settling(pull, weight_decay * noise, lr / noise * t)


@requires(weight_decay=at_least_zero, pull=at_least_zero, noise=above_zero, lr=at_least_zero, t=at_least_zero)
def weight_under_penalty(weight_decay: Number, pull: Number, noise: Number, lr: Number, t: Number) -> Number:
    """Where the mean of a weight is that starts at 1, under Adam with an L2 penalty, when noise drowns the slope.

        end = pull / (pull + weight_decay),  theta_t = end + (1 - end) exp(-lr (pull + weight_decay) / noise t)

    weight_decay : the strength of the penalty, at least 0
    pull, noise, lr, t : as `weight_under_decay`

    Returns the mean over the noise. Adam divides the penalty by the noise: noisy weights hardly shrink.

    >>> [round(float(weight_under_penalty(0.2, 0.0, noise, 0.03, 100)), 3) for noise in (1.0, 10.0)]
    [0.549, 0.942]
    """
    return _settling(pull, weight_decay, lr / noise * t)


def _settling(pull: Number, drag: Number, time: Number) -> Number:
    """A weight from 1 on, pulled to 1 and dragged to 0."""
    left = np.exp(-(pull + drag) * time)
    return left + (1 - left) * pull / np.maximum(pull + drag, 1e-300)


@requires(lr=at_least_zero, weight_decay=at_least_zero, beta1=below_one)
def equilibrium_angle(lr: Number, weight_decay: Number, beta1: Number = 0.0) -> Number:
    """How far noise turns weights without a length in each step, in radians, once growth and decay are in balance.

        sqrt(2 lr weight_decay k),  k = (1 - beta1) / (1 + beta1)

    lr, weight_decay : at least 0; beta1 : in [0, 1), 0 for gradient descent; they broadcast

    Returns an angle of that shape: of AdamW, or gradient descent with a penalty, on `scale_free`. Where the decay is not
    multiplied by lr, as in the paper of AdamW, lr is 1. For small angles. Source: Kosson, Messmer & Jaggi 2024.

    >>> round(float(equilibrium_angle(0.1, 0.1)), 3), round(float(equilibrium_angle(0.1, 0.1, beta1=0.9)), 3)
    (0.141, 0.032)
    """
    return np.sqrt(2 * lr * weight_decay * (1 - beta1) / (1 + beta1))


@requires(lr=above_zero, weight_decay=above_zero, dim=validate.count, beta1=below_one)
def equilibrium_angle_of_penalty(lr: Number, weight_decay: Number, dim: int, beta1: Number = 0.9) -> Number:
    """How far noise turns weights without a length under Adam with an L2 penalty, in radians in each step.

        lr sqrt(dim k) / |theta|,  |theta|^3 = lr dim / (2 weight_decay),  k = (1 - beta1) / (1 + beta1)

    lr, weight_decay : above 0; beta1 : in [0, 1); they broadcast
    dim : how many weights

    Returns an angle of that shape, for small angles on `scale_free`. The longer the weights, the stronger they are pulled,
    and the less they turn. Source: Kosson, Messmer & Jaggi 2024.

    >>> round(float(equilibrium_angle_of_penalty(0.1, 0.1, 100)), 4)
    0.0623
    """
    length = np.exp(np.log(lr * dim / (2 * weight_decay)) / 3)
    return lr * np.sqrt(dim * (1 - beta1) / (1 + beta1)) / length
