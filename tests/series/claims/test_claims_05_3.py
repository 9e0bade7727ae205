"""What room 05.3 holds: who wins on other surfaces, and on digits."""

import numpy as np
import pytest

import adamlib as al

RATES = 10 ** np.linspace(-4, 1, 21)


def test_05_3_gradient_descent_is_first_on_himmelblau():
    """After 25 steps, each at its best of 401 rates; a memory of 0.3 takes Adam lower. Curvatures differ by less than four."""
    surface, rates = al.himmelblau(), 10 ** np.linspace(-4, 1, 401)
    rules = (al.SGD(lr=rates[:, None]), al.Adam(lr=rates[:, None]), al.Adam(lr=rates[:, None], beta1=0.3))
    losses = [surface.loss(al.final(rule, surface, steps=25).theta) for rule in rules]
    descent, usual, short = (np.nanmin(some) for some in losses)
    assert short < 1e-9 < descent < 1e-7 < 0.01 < usual
    assert rates[np.nanargmin(losses[0])] == pytest.approx(0.0154, abs=1e-4)
    assert rates[np.nanargmin(losses[1])] == pytest.approx(0.613, abs=1e-3)
    curvatures = np.linalg.eigvalsh(al.hessian(surface, np.atleast_2d(surface.minimum)))
    assert (curvatures[:, 1] / curvatures[:, 0]).max() < 4


FINE = 10 ** np.linspace(-4, 1, 84)
SETTINGS = {
    "SGD": [al.SGD(FINE[:, None, None])],
    "Momentum": [al.Momentum(RATES[:, None, None], beta) for beta in (0.9, 0.3, 0.5, 0.7)],
    "Adam": [al.Adam(RATES[:, None, None], beta) for beta in (0.9, 0.3, 0.5, 0.7)],
    "AMSGrad": [al.AMSGrad(RATES[:, None, None], beta) for beta in (0.9, 0.3, 0.5, 0.7)],
    "AdaGrad": [al.AdaGrad(FINE[:, None, None])],
    "RMSProp": [al.RMSProp(RATES[:, None, None], beta) for beta in (0.9, 0.99, 0.999, 0.9999)],
}
BOWL = al.bowl(100)


def best_means(surface):
    """For each rule the lowest mean of steps to stay, and for those with the usual memory too; starts that are not the room's."""
    starts, found = np.random.default_rng(1).uniform(*np.transpose(surface.window or BOWL.window), (12, 2)), {}
    for name, rules in SETTINGS.items():
        losses = [al.run(rule, surface, starts, steps=500).loss for rule in rules]
        means = [np.nan_to_num(al.settled(some, 1e-6), nan=500).mean(axis=1).min() for some in losses]
        found[name], found[name, "usual"] = min(means), means[0]
    return found, sorted(SETTINGS, key=found.get)


@pytest.mark.claim("05.3#1")
@pytest.mark.parametrize(
    ("surface", "first", "steps"), [(BOWL, "RMSProp", 4), (al.rotated(BOWL, 45), "Momentum", 57)], ids=["along", "turned"]
)
def test_05_3_bowls(surface, first, steps):
    """A handful for RMSProp and AdaGrad along the axes; turned, these are last and momentum first. Momentum 0.9 needs 175."""
    found, order = best_means(surface)
    assert order[0] == first
    assert found[first] == pytest.approx(steps, abs=4)
    assert set(order[:2] if first == "RMSProp" else order[-2:]) == {"RMSProp", "AdaGrad"}
    assert found["Momentum", "usual"] == pytest.approx(found["Adam", "usual"], rel=0.08)
    assert found["Momentum", "usual"] == pytest.approx(np.log(1e8) / -np.log(0.9), rel=0.15)
    assert found["Momentum", "usual"] > found["Momentum"] + 90


@pytest.mark.claim("05.3#1")
def test_05_3_adam_wins_on_beale():
    """With AMSGrad close behind and all others far."""
    found, order = best_means(al.beale())
    assert order[:2] == ["Adam", "AMSGrad"]
    assert found[order[2]] > 1.15 * found["Adam"]


@pytest.mark.claim("05.3#1")
def test_05_3_on_himmelblau_two_are_level():
    """Gradient descent and momentum; with 0.9 momentum and Adam are some nine times slower."""
    found, order = best_means(al.himmelblau())
    assert set(order[:2]) == {"SGD", "Momentum"}
    assert found["SGD"] == pytest.approx(found["Momentum"], rel=0.2)
    assert found["Adam"] > 3 * found["SGD"]
    assert min(found[name, "usual"] for name in ("Momentum", "Adam")) > 7 * found["SGD"]


@pytest.mark.claim("05.3#2")
def test_05_3_rastrigin():
    """Gradient descent far above its limit ends in the deepest dent, and so does Adam without memory; with one it is caught."""
    egg, rates = al.rastrigin(), RATES[8:, None, None]
    starts = np.random.default_rng(1).uniform(-5.12, 5.12, (30, 2))
    rules = {"SGD": al.SGD(rates), "none": al.Adam(rates, 0.0), "short": al.Adam(rates, 0.3), "usual": al.Adam(rates)}
    rules |= {"short ball": al.Momentum(rates, 0.3), "ball": al.Momentum(rates)}
    ended = {name: al.final(rule, egg, starts, steps=1000, schedule=al.linear(1000)).theta for name, rule in rules.items()}
    shares = {name: (np.abs(theta) < 0.1).all(axis=-1).mean(axis=1) for name, theta in ended.items()}
    assert min(shares[name].max() for name in ("SGD", "none")) > 0.6
    assert max(shares[name].max() for name in ("usual", "ball", "short", "short ball")) < 0.2
    curvature = np.linalg.eigvalsh(al.hessian(egg, egg.minimum))[-1]
    assert curvature == pytest.approx(2 + 40 * np.pi**2)
    assert RATES[8:][shares["SGD"].argmax()] > 3 * 2 / curvature


def ends(rule, rates, steps, split, seeds):
    """The training losses at the best of the rates, one for each seed, and the mean test accuracy there."""
    model = al.network(al.digits(seed=split), hidden=32, activation="relu", batch=32, seed=seeds)
    theta = al.final(rule(lr=np.array(rates)[:, None, None]), model, steps=steps, schedule=al.linear(steps)).theta
    losses = np.nan_to_num(model.loss(theta), nan=np.inf)
    best = losses.mean(axis=1).argmin()
    return losses[best], model.test_accuracy(theta[best]).mean()


@pytest.mark.claim("05.3#3")
@pytest.mark.parametrize(("steps", "split"), [(100, 1), (100, 2), (300, 0)])
def test_05_3_digits(steps, split):
    """Momentum below Adam in about three seeds of four, Adam below gradient descent in nine of ten; accuracies close."""
    seeds = range(10, 20)
    sgd, momentum, adam = (
        ends(rule, rates, steps, split, seeds)
        for rule, rates in ((al.SGD, (0.5, 1)), (al.Momentum, (0.125, 0.25)), (al.Adam, (0.03125, 0.0625)))
    )
    assert 0.5 <= (momentum[0] < adam[0]).mean() <= 0.9
    assert (adam[0] < sgd[0]).mean() >= 0.9
    assert steps == 100 or np.ptp([sgd[1], momentum[1], adam[1]]) < 0.01


def test_05_3_the_rate_decides_more_than_the_rule():
    """On the same seeds a rate four times too small costs each rule more than the rules differ at their best."""
    seeds = range(4)
    best = [ends(rule, [lr], 100, 0, seeds)[0].mean() for rule, lr in ((al.SGD, 1), (al.Momentum, 0.25), (al.Adam, 0.0625))]
    wrong = [ends(rule, [lr / 4], 100, 0, seeds)[0].mean() for rule, lr in ((al.SGD, 1), (al.Momentum, 0.25), (al.Adam, 0.0625))]
    assert min(np.subtract(wrong, best)) > np.ptp(best)
