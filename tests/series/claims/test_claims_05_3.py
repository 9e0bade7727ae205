"""What room 05.3 holds: who wins on other surfaces, and on digits."""

import numpy as np
import pytest

import adamlib as al

RATES = 10 ** np.linspace(-4, 1, 21)


def test_05_3_gradient_descent_is_first_on_himmelblau():
    """After 25 steps it is at the bottom from the usual start; in each hollow the curvatures differ by less than four times."""
    surface = al.himmelblau()
    descent, adam = (al.run(rule, surface, steps=25).loss[-1] for rule in (al.SGD(lr=0.0147), al.Adam(lr=0.3)))
    assert descent < 1e-5 < 1 < adam
    curvatures = np.linalg.eigvalsh(al.hessian(surface, np.atleast_2d(surface.minimum)))
    assert (curvatures[:, 1] / curvatures[:, 0]).max() < 4


@pytest.mark.parametrize(
    ("surface", "framed", "winner", "steps"),
    [
        (al.bowl(100), al.bowl(100), "AdaGrad", 6.3),
        (al.rotated(al.bowl(100), 45), al.bowl(100), "Momentum", 166),
        (al.beale(), al.beale(), "Adam", 270),
        (al.himmelblau(), al.himmelblau(), "SGD", 22),
    ],
    ids=["bowl", "turned bowl", "Beale", "Himmelblau"],
)
def test_05_3_four_surfaces_four_winners(surface, framed, winner, steps):
    """By mean steps to stay, at the best of 21 rates, from starts that are not the room's; AMSGrad walks as Adam there."""
    starts = np.random.default_rng(1).uniform(*np.transpose(framed.window), (30, 2))
    means = {}
    for rule in (al.SGD, al.Momentum, al.Adam, al.AdaGrad, al.RMSProp):
        losses = al.run(rule(lr=RATES[:, None, None]), surface, starts, steps=500).loss
        means[rule.__name__] = np.nan_to_num(al.settled(losses, 1e-6), nan=500).mean(axis=1).min()
    assert min(means, key=means.get) == winner
    assert means[winner] == pytest.approx(steps, rel=0.12)


def test_05_3_rastrigin():
    """Gradient descent far above its limit hops, then settles in the deepest dent; Adam is caught."""
    egg = al.rastrigin()
    starts = np.random.default_rng(1).uniform(-5.12, 5.12, (50, 2))
    fall = {"steps": 1000, "schedule": al.linear(1000)}
    descent, adam = (al.final(rule(RATES[:, None, None]), egg, starts, **fall).theta for rule in (al.SGD, al.Adam))
    shares = [(np.abs(theta) < 0.1).all(axis=-1).mean(axis=1) for theta in (descent, adam)]
    assert shares[0].max() > 0.6 > 0.2 > shares[1].max()
    assert RATES[shares[0].argmax()] * np.linalg.eigvalsh(al.hessian(egg, egg.minimum))[-1] > 2


def ends(rule, rates, steps, split, seeds):
    """The training losses at the best of the rates, one for each seed, and the mean test accuracy there."""
    model = al.network(al.digits(seed=split), hidden=32, activation="relu", batch=32, seed=seeds)
    theta = al.final(rule(lr=np.array(rates)[:, None, None]), model, steps=steps, schedule=al.linear(steps)).theta
    losses = np.nan_to_num(model.loss(theta), nan=np.inf)
    best = losses.mean(axis=1).argmin()
    return losses[best], model.test_accuracy(theta[best]).mean()


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
    wrong = [ends(rule, [lr / 8], 100, 0, seeds)[0].mean() for rule, lr in ((al.SGD, 1), (al.Momentum, 0.25), (al.Adam, 0.0625))]
    assert min(wrong) > max(best)
