"""Exponential averages: how they remember, how much weight the past keeps, and the cold start."""

from collections.abc import Callable
from functools import wraps
from typing import Any

import numpy as np

from adamlib import validate

Number = float | np.ndarray


def ema(old: Number, new: Number, beta: Number) -> Number:
    """Move an exponential average a little towards a new value.

        m_t = beta m_{t-1} + (1 - beta) g_t

    old : m_{t-1}, any shape
    new : g_t, same shape
    beta : how much of the old value stays, in [0, 1); broadcasts

    Returns m_t, same shape. The average form: its weights sum to 1 - beta^t, not to 1 / (1 - beta)
    as in classical momentum.

    Source: Kingma & Ba 2015, Algorithm 1.

    >>> ema(1.0, 2.0, beta=0.75)
    1.25
    """
    return beta * old + (1 - beta) * new


def _also_written_down(formula: Callable[..., Any]) -> Callable[..., Any]:
    """The same function, and the name of what it computes where an engine writes a rule down and t is no number yet."""

    @wraps(formula)
    def power(beta: Number, t: Any) -> Any:
        return t.exponent_of(beta) if hasattr(t, "exponent_of") else formula(beta, t)

    return power


@_also_written_down
def power(beta: Number, t: int) -> Number:
    """beta^t for a whole number t >= 0, by repeated squaring.

    Products alone give the same bits on every machine and for a number as for an array, which a
    library's `pow` does not.

    >>> power(0.5, 10)
    0.0009765625
    """
    result = 1.0 + 0.0 * beta
    while t > 0:
        if t % 2 == 1:
            result = result * beta
        beta = beta * beta
        t = t // 2
    return result


def debias(average: Number, beta: Number, t: int) -> Number:
    """Correct the cold start: divide by the sum of the weights so far.

        m_hat_t = m_t / (1 - beta^t)

    average : m_t, an average that started at zero, any shape
    beta : the same beta that made it, in [0, 1); broadcasts
    t : how many values it has seen, a whole number >= 1

    Returns m_hat_t, same shape. Source: Kingma & Ba 2015, section 3, equation (4).

    >>> debias(ema(0.0, 5.0, beta=0.9), beta=0.9, t=1)
    5.0
    """
    return average / (1 - power(beta, t))


def weights(beta: float, t: int) -> np.ndarray:
    """The weight that an average after t steps gives to each of the t values it has seen, oldest first.

        w_i = (1 - beta) beta^(t - i),  i = 1 ... t

    beta : in [0, 1)
    t : how many values, a whole number >= 1

    Returns shape (t,). The weights sum to 1 - beta^t: less than one, the cold start.

    Raises ValueError or TypeError for beta outside [0, 1) or t below 1.
    Source: Kingma & Ba 2015, section 3, equation (1).

    >>> weights(0.5, 3)
    array([0.125, 0.25 , 0.5  ])
    """
    beta = validate.one_number("beta", beta, high=1.0)
    ages = np.arange(validate.count("t", t))[::-1]
    return (1 - beta) * beta**ages
