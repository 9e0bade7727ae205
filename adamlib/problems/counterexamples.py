"""Problems built to mislead: games on which Adam walks the wrong way, data on which it learns the wrong thing."""

from collections.abc import Callable

import numpy as np
from numpy.typing import ArrayLike

from adamlib import validate
from adamlib.problems.draws import draws_of_step
from adamlib.problems.problem import Problem


def _game(name: str, slope: Callable[[int], float | np.ndarray], mean: float, start: np.ndarray) -> Problem:
    """Losses f_t(x) = slope(t) x on [-1, 1]: the gradient does not depend on x, the best point is -1."""

    def loss(theta: ArrayLike) -> np.ndarray:
        return mean * validate.point("theta", theta, 1)[..., 0]

    def grad(theta: ArrayLike, t: int = 1) -> np.ndarray:
        theta = validate.point("theta", theta, 1)
        return np.broadcast_to(slope(t), theta.shape).astype(theta.dtype)

    return Problem(name, loss, grad, start, np.array([-1.0]), project=lambda theta: np.clip(theta, -1, 1))


def reddi(C: float = 3.0) -> Problem:
    """A game of period three: one large loss, then two small gains.

        f_t(x) = C x if t mod 3 = 1, else -x,   -1 <= x <= 1

    C : above 2, so that -1 is best

    Returns a Problem with D = 1 that starts at 0; `loss` is the mean over a period, (C - 2) x / 3. Raises ValueError for C
    of 2 and less. Adam with beta1 = 0, beta2 = 1 / (1 + C^2) and lr ~ 1/sqrt(t) ends at +1, the worst point.
    Source: Reddi, Kale & Kumar 2018, section 3 and Theorem 1.
    """
    C = validate.one_number("C", C, low=np.nextafter(2, 3))
    return _game("Reddi's game", lambda t: C if t % 3 == 1 else -1.0, (C - 2) / 3, np.zeros(1))


def reddi_online() -> Problem:
    """A game of period 101: lose 10 on a hundred days, win 1010 on one.

        f_t(x) = 1010 x if t mod 101 = 1, else -10 x,   -1 <= x <= 1

    Returns a Problem with D = 1 that starts at 0; `loss` is the mean over a period, 10 x / 101.
    Source: Reddi, Kale & Kumar 2018, section 5, synthetic experiments.
    """
    return _game("Reddi's online game", lambda t: 1010.0 if t % 101 == 1 else -10.0, 10 / 101, np.zeros(1))


def reddi_stochastic(seed: ArrayLike = 0) -> Problem:
    """The same game drawn by lot.

        f_t(x) = 1010 x with probability 0.01, else -10 x,   -1 <= x <= 1

    seed : a whole number, or an array of shape S of them for a start of shape (*S, 1)

    Returns a Problem with D = 1 that starts at 0; `loss` is the expectation, 0.2 x. The lot of step t depends on seed and t
    alone.
    Source: Reddi, Kale & Kumar 2018, section 5, synthetic experiments.
    """
    seeds = validate.seeds("seed", seed)

    def slope(t: int) -> np.ndarray:
        return np.where(draws_of_step(seeds, t, lambda rng: rng.random(1)) < 0.01, 1010.0, -10.0)

    return _game("Reddi's stochastic game", slope, 0.2, np.zeros((*seeds.shape, 1)))


def lessard() -> Problem:
    """A smooth convex function of one variable on which the heavy ball, tuned for its curvatures, can circle for ever.

        f'(x) = 25 x for x < 1,  x + 24 for 1 <= x < 2,  25 x - 24 for x >= 2

    Returns a Problem with D = 1, curvatures between m = 1 and L = 25, and the minimum 0 at 0. It starts at 3.3, from which
    Momentum(lr=1/9, beta=4/9) never settles.
    Source: Lessard, Recht & Packard 2016, equation (4.11) and appendix B.
    """

    def loss(theta: ArrayLike) -> np.ndarray:
        x = validate.point("theta", theta, 1)[..., 0]
        steep, flat, steep_again = 12.5 * x * x, 0.5 * x * x + 24 * x - 12, 12.5 * x * x - 24 * x + 36
        return np.where(x < 1, steep, np.where(x < 2, flat, steep_again))

    def grad(theta: ArrayLike, t: int = 1) -> np.ndarray:
        x = validate.point("theta", theta, 1)
        return np.where(x < 1, 25 * x, np.where(x < 2, x + 24, 25 * x - 24))

    return Problem("Lessard's function", loss, grad, np.array([3.3]), np.zeros(1))


def private_blocks(y: np.ndarray) -> np.ndarray:
    """The features of Wilson's construction, (n, 3 + 5 n), for labels y (n,) of +1 and -1."""
    x = np.zeros((len(y), 3 + 5 * len(y)))
    x[:, 0], x[:, 1:3] = y, 1.0
    for i, label in enumerate(y):
        block = 3 + 5 * i
        x[i, block : block + (1 if label > 0 else 5)] = 1.0
    return x


def wilson(n: int = 200, share: float = 0.75, seed: int = 0, test: int = 1000) -> Problem:
    """Least squares on data with one honest feature, two that are always on, and one block of its own per example.

        x_i1 = y_i,  x_i2 = x_i3 = 1,  own block: one 1 if y_i = +1, five if y_i = -1;  f(w) = |X w - y|^2 / (2 n)

    n : training examples
    share : probability of y = +1, strictly between 0 and 1
    seed : of the labels
    test : how many test examples; their own blocks are new, so only the first three weights count

    Returns a Problem with D = 3 + 5 n that starts at zero. Raises ValueError for a share of 0 or 1. Gradient descent fits
    and generalises; an adaptive method fits as well, and calls every test example +1 when sum(y) > 0. Source: Wilson et
    al. 2017, section 3.3 and Lemma 3.1.
    """
    n, test = validate.count("n", n), validate.count("test", test)
    share = validate.one_number("share", share, low=np.nextafter(0, 1), high=1.0)
    rng = np.random.default_rng(validate.count("seed", seed, least=0))
    y, fresh = (np.where(rng.random(size) < share, 1.0, -1.0) for size in (n, test))
    x = private_blocks(y)

    def seen(theta: ArrayLike) -> np.ndarray:
        return validate.point("theta", theta, x.shape[1]) @ x.T

    def grad(theta: ArrayLike, t: int = 1) -> np.ndarray:
        theta = validate.point("theta", theta, x.shape[1])
        return ((seen(theta) - y) @ x / n).astype(theta.dtype)

    def unseen(theta: ArrayLike) -> np.ndarray:
        theta = validate.point("theta", theta, x.shape[1])
        return theta[..., :1] * fresh + theta[..., 1:2] + theta[..., 2:3]

    return Problem(
        "Wilson's construction",
        loss=lambda theta: 0.5 * np.square(seen(theta) - y).mean(axis=-1),
        grad=grad,
        start=np.zeros(x.shape[1]),
        test_loss=lambda theta: 0.5 * np.square(unseen(theta) - fresh).mean(axis=-1),
        train_accuracy=lambda theta: (np.sign(seen(theta)) == y).mean(axis=-1),
        test_accuracy=lambda theta: (np.sign(unseen(theta)) == fresh).mean(axis=-1),
    )


def wilson_folded(n: int, positives: ArrayLike) -> Problem:
    """`wilson` with equal coordinates folded into one: the weights (honest, common, block of a +1, block of a -1).

        score of a training example = honest y + 2 common + (block of a +1, or 5 times the block of a -1)

    n : training examples; positives : how many have y = +1, broadcasts against the runs
    An elementwise rule started at zero treats coordinates with equal gradients alike, so this is no approximation.
    """
    plus = np.asarray(positives, float)
    minus = n - plus

    def residuals(theta: ArrayLike) -> tuple[np.ndarray, np.ndarray]:
        honest, common, up, down = np.moveaxis(np.asarray(theta), -1, 0)
        return honest + 2 * common + up - 1, -honest + 2 * common + 5 * down + 1

    def loss(theta: ArrayLike) -> np.ndarray:
        up, down = residuals(theta)
        return 0.5 * (plus * up**2 + minus * down**2) / n

    def grad(theta: ArrayLike, t: int = 1) -> np.ndarray:
        up, down = residuals(theta)
        return np.stack([plus * up - minus * down, plus * up + minus * down, up, down], axis=-1) / n

    return Problem("Wilson's construction, folded", loss, grad, np.zeros(4))


def wilson_least_norm(plus: float, minus: float) -> tuple[float, float]:
    """The honest weight and that of each common feature, of the shortest weights that fit `wilson` exactly.

        honest = (8 n+ n- + 5 n+ + n-) / N,  common = (5 n+ - n-) / N,  N = 8 n+ n- + 15 n+ + 3 n- + 5

    plus, minus : the training examples with y = +1 and y = -1. There ends gradient descent from zero.
    """
    whole = 8 * plus * minus + 15 * plus + 3 * minus + 5
    return (8 * plus * minus + 5 * plus + minus) / whole, (5 * plus - minus) / whole
