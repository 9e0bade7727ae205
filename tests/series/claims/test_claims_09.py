"""Notebook 09: every row of "What we showed", and numbers of its text, measured again: expected values and tolerances."""

import numpy as np
import pytest

import adamlib as al
from adamlib.explore.adamw import angle, setting
from adamlib.verify import recorded


def test_09_descent_with_a_penalty_decays():
    """On a noisy network, batch after batch, and not with a penalty of lambda itself."""
    net, lr, decay = al.network(al.digits(train=100), hidden=4, batch=10, seed=3), 0.05, 0.01
    theta = net.start
    for t in range(1, 101):
        theta = (1 - decay) * theta - lr * net.grad(theta, t)
    right, wrong = (al.final(al.SGD(lr), al.ridge(net, strength), steps=100).theta for strength in (decay / lr, decay))
    assert np.abs(right - theta).max() < 1e-11
    assert np.abs(wrong - theta).max() > 1e-2


@pytest.mark.parametrize("rule", [al.Adam(0.01, eps=0), al.NAdam(0.01, eps=0), al.AMSGrad(0.01, eps=0), al.RMSProp(0.01, eps=0)])
def test_09_a_lone_penalty_cancels(rule):
    """For powers of two to the last bit; AdamW's is the geometric series."""
    alone = al.Problem("alone", lambda x: 0 * x[..., 0], lambda x, t=1: 0 * x, np.ones(1))
    walks = [al.run(rule, al.ridge(alone, 2.0**k), steps=50).theta for k in (-20, 0, 20)]
    assert np.array_equal(walks[0], walks[1])
    assert np.array_equal(walks[1], walks[2])
    if type(rule) is al.Adam:
        assert walks[0][-1] == pytest.approx(0.537, abs=5e-4)
    decayed = al.final(al.AdamW(0.01, weight_decay=2.0), alone, steps=50).theta
    assert decayed == pytest.approx(0.98**50, rel=1e-12)


def test_09_the_penalty_is_divided_by_the_noise():
    """The plain mean of 20,000 weights, no pairs: a tenth of the decay under noise 10, all of it with AdamW."""
    smoke = al.Problem("smoke", lambda x: 0 * x[..., 0], lambda x, t=1: 0 * x, np.ones(20_000))
    fog = al.noisy(smoke, 10.0, seed=8)
    shares = [
        -np.log(al.final(rule, problem, steps=300).theta.mean()) / (0.02 * strength * 300)
        for rule, problem, strength in (
            (al.Adam(0.02), al.ridge(fog, 0.5), 0.5),
            (al.AdamW(0.02, weight_decay=0.1), fog, 0.1),
        )
    ]
    assert shares == pytest.approx([0.1, 1.0], rel=0.05)


def test_09_fixed_rulers():
    """The matrix of one step on a linear gradient: lambda / lr gives the eigenvalues of decay, lambda / lr^2 one far outside."""
    curvature, rulers, lr, decay = np.diag([1.0, 10.0]), np.array([0.5, 4.0]), 0.001, 0.02
    wanted = (1 - decay) * np.eye(2) - lr * curvature / rulers[:, None]
    proof, printed = (np.eye(2) - lr * (curvature + decay / lr**n * np.diag(rulers)) / rulers[:, None] for n in (1, 2))
    np.testing.assert_allclose(np.linalg.eigvals(proof), np.linalg.eigvals(wanted), rtol=1e-12)
    assert np.abs(np.linalg.eigvals(printed)).min() > 18


def test_09_where_they_rest():
    """Other curvatures, from either side: ridge depends on c, the box of AdamW does not."""
    a = np.array([-8.0, -0.9, 0.2, 1.0, 6.0])
    for c in (0.02, 3.0):
        hill = al.Problem("hill", lambda x: x[..., 0], lambda x, t=1, c=c: c * (x - a), np.zeros(5))
        for start in (-3.0, 3.0):
            ends = [
                al.final(rule, problem, np.full(5, start), steps=4000, schedule=al.linear(4000)).theta
                for rule, problem in (
                    (al.Adam(0.02, beta2=0.99), al.ridge(hill, 0.25)),
                    (al.AdamW(0.02, beta2=0.99, weight_decay=0.25), hill),
                )
            ]
            np.testing.assert_allclose(ends[0], c * a / (c + 0.25), atol=2e-3)
            np.testing.assert_allclose(ends[1], a.clip(-4, 4), atol=2e-2)


@pytest.mark.parametrize(
    ("method", "slope"), [("SGD + penalty", -1), ("Adam + penalty", -2), ("AdamW, lr × λ", -1), ("AdamW, paper's λ", 0)]
)
def test_09_turning_is_the_same_along_the_slope(method, slope):
    """Runs a factor 4 of lr apart, the decay moved along the line: the same angle. Against the line: not."""
    spin = al.scale_free(300, seed=8)

    def turned(lr, decay):
        w = al.run(*setting(method, lr, decay, spin), steps=1800).theta[1000:]
        u = w / np.linalg.norm(w, axis=1, keepdims=True)
        return np.linalg.norm(np.diff(u, axis=0), axis=1).mean()

    lr, decay = 0.04, 0.2 if method != "AdamW, paper's λ" else 0.01
    here = turned(lr, decay)
    assert here == pytest.approx(float(angle(method, np.float64(lr), np.float64(decay), 300)), rel=0.04)
    assert turned(4 * lr, decay * 4.0**slope) == pytest.approx(here, rel=0.06)
    assert abs(turned(4 * lr, decay * 4.0 ** (slope + 1)) / here - 1) > 0.2


def noisy_digits(seed):
    clean, rng = al.digits(seed=seed), np.random.default_rng(seed)
    labels = np.where(rng.random(1000) < 0.2, rng.integers(0, 10, 1000), clean.y_train)
    return al.Split("digits", clean.x_train, labels, clean.x_test, clean.y_test)


RULES = {
    "SGD": (lambda lr, decay, problem: (al.SGD(lr), al.ridge(problem, decay))),
    "Adam": (lambda lr, decay, problem: (al.Adam(lr), al.ridge(problem, decay))),
    "AdamW": (lambda lr, decay, problem: (al.AdamW(lr, weight_decay=decay), problem)),
}


def excess(name, problem, settings, schedule=None):
    """For each (lr, decay): how much the test loss lies above that of the same lr without decay."""
    lr, decay = np.transpose(settings)[:, :, None]
    both = np.stack([decay, 0 * decay])
    rule, whole = RULES[name](lr, both, problem)
    theta = al.final(rule, whole, np.broadcast_to(problem.start, (2, len(lr), problem.dim)), 300, schedule).theta
    with_decay, without = problem.test_loss(theta)
    return with_decay - without


@pytest.mark.parametrize(("name", "slope", "lr", "decay"), [("SGD", -1, -2, -6), ("Adam", -2, -7, -4), ("AdamW", -1, -7, 0)])
def test_09_normalised_networks_mind_the_product(name, slope, lr, decay):
    """Another split, other labels, other starts. Along the slope from harmless stays harmless, and from harmful harmful.

    A vertical move over the same octaves goes from the one to the other.
    """
    net = al.normalised(noisy_digits(5), hidden=16, batch=32, seed=6)
    moves = np.arange(4)
    for lift, harmful in ((0, False), (4 * abs(slope), True)):
        settings = [(2.0 ** (lr + n), 2.0 ** (decay - abs(slope) + lift + slope * n)) for n in moves]
        found = excess(name, net, settings)
        assert (found > 0.1).all() if harmful else (found < 0.1).all()


@pytest.mark.parametrize(
    ("name", "rates", "decay"), [("SGD", (-2, -1, 0), -7), ("Adam", (-7, -5, -3), -7.5), ("AdamW", (-7, -5, -3), -2)]
)
def test_09_plain_networks_at_rest_do_not_mind_lr(name, rates, decay):
    """Eight times the decay harms and an eighth does not, at every lr alike."""
    net = al.network(noisy_digits(5), hidden=16, batch=32, seed=6)
    for lift, harmful in ((-3, False), (3, True)):
        found = excess(name, net, [(2.0**lr, 2.0 ** (decay + lift)) for lr in rates], al.linear(300))
        assert (found > 0.1).all() if harmful else (found < 0.1).all()


def test_09_biases_that_decay_miss_the_share():
    """Another split. At rest the gradient of a bias that is left alone is nothing: the mean prediction is the share."""
    scans = al.breast_cancer(seed=4)
    tumours, true = al.logistic(scans), scans.y_train.mean()
    for both in (True, False):
        mask = np.arange(tumours.dim) < tumours.dim - (0 if both else 2)
        for rule, problem in (
            (al.Adam(0.05), al.ridge(tumours, 0.3 * mask)),
            (al.AdamW(0.05, weight_decay=10.0 * mask), tumours),
        ):
            theta = al.final(rule, problem, steps=800, schedule=al.linear(800)).theta
            scores = scans.x_train @ theta[:60].reshape(30, 2) + theta[60:]
            predicted = (1 / (1 + np.exp(scores[:, 0] - scores[:, 1]))).mean()
            assert predicted < true - 0.02 if both else abs(predicted - true) < 1e-3


def test_09_the_network_of_the_maps():
    """64-16-10, with a constant before each layer, and 1,000 digits."""
    digits = al.digits()
    assert digits.x_train.shape == (1_000, 64)
    assert al.normalised(digits, hidden=16).dim == (64 + 1) * 16 + (16 + 1) * 10


@pytest.mark.parametrize(
    ("name", "decay"), [("torch.optim:AdamW", 0.01), ("keras.optimizers:AdamW", 0.004), ("optax:adamw learning_rate=0.001", 1e-4)]
)
def test_09_the_defaults_of_the_libraries(name, decay):
    """As their own untouched objects have it (recorded)."""
    assert recorded()["objects"][name]["settings"]["weight_decay"] == pytest.approx(decay)
