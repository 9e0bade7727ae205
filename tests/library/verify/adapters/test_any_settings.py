"""Optimizers of PyTorch and Optax at any settings: a plain one keeps its true verdict, and what is claimed holds elsewhere too.

Only where the libraries are installed. `nox -s whole` tries hundreds.
"""

import numpy as np
import pytest

import adamlib as al
from adamlib.probe import START, gradients
from adamlib.verify.adapters import adapter_of
from helpers.whole import sample

ELSEWHERE = START[::-1].copy()  # another start, and other gradients
OTHER_GRADIENTS = gradients(7)[:300, [3, 0, 5, 1, 4, 2, 7, 6]]
SAME = 1e-5  # a share of the way


class Drawn:
    """Numbers that are drawn, and what an optimizer is made with."""

    def __init__(self, seed):
        self.draw = np.random.default_rng(seed)

    def one_of(self, *choices):
        return choices[self.draw.integers(len(choices))]

    def torch(self):
        """An optimizer of PyTorch that a rule of ours and its conventions describe."""
        optim = pytest.importorskip("torch").optim
        common = {"lr": self.one_of(1e-4, 3e-3, 0.1), "weight_decay": self.one_of(0.0, 1e-4, 0.1)}
        betas = {"betas": (self.one_of(0.0, 0.5, 0.9), self.one_of(0.5, 0.95, 0.999)), "eps": self.one_of(1e-10, 1e-8, 1e-3)}
        shared = common | betas
        momentum, nesterov = self.one_of((0.0, False), (0.5, False), (0.9, False), (0.9, True))
        kinds = {
            optim.Adam: shared | {"amsgrad": self.one_of(True, False)},
            optim.AdamW: shared | {"amsgrad": self.one_of(True, False)},
            optim.NAdam: shared | {"decoupled_weight_decay": self.one_of(True, False)},
            optim.RAdam: shared | {"decoupled_weight_decay": self.one_of(True, False)},
            optim.Adamax: shared,
            optim.Adagrad: common | {"initial_accumulator_value": self.one_of(0, 0.1)},
            optim.Adadelta: common | {"rho": self.one_of(0.5, 0.95)},
            optim.RMSprop: common | {"alpha": self.one_of(0.5, 0.99), "centered": self.one_of(True, False)},
            optim.SGD: common | {"momentum": momentum, "nesterov": nesterov},
        }
        kind = self.one_of(*kinds)
        return lambda params: kind(params, **kinds[kind])

    def optax(self):
        """An optimizer of Optax, and the rule that it is."""
        optax = pytest.importorskip("optax")
        lr, wd = self.one_of(1e-4, 3e-3, 0.1), self.one_of(1e-4, 0.1)
        b1, b2, eps = self.one_of(0.0, 0.5, 0.9), self.one_of(0.5, 0.95, 0.999), self.one_of(1e-8, 1e-3)
        ours = (lr, b1, b2, eps)
        return self.one_of(
            (optax.adam(*ours), al.Adam(*ours)),
            (optax.adamw(*ours, weight_decay=wd), al.AdamW(*ours, weight_decay=wd)),
            (optax.nadam(*ours), al.NAdam(*ours)),
            (optax.amsgrad(*ours), al.AMSGrad(*ours, convention="optax")),
            (optax.radam(*ours), al.RAdam(*ours, convention="optax")),
            (optax.adamax(*ours), al.AdaMax(*ours)),
            (optax.lion(lr, b1, b2, weight_decay=wd), al.Lion(lr=lr, beta1=b1, beta2=b2, weight_decay=wd)),
            (optax.adadelta(lr, 0.5, eps), al.Adadelta(lr=lr, rho=0.5, eps=eps)),
            (optax.adagrad(lr, self.one_of(0.0, 0.1), eps), al.AdaGrad(lr=lr, eps=eps)),
            (optax.rmsprop(lr, 0.9, eps), al.RMSProp(lr=lr, beta2=0.9, eps=eps)),
            (optax.sgd(lr, 0.5), al.Momentum(lr=lr, beta=0.5)),
        )

    def rule(self):
        """Some rule with some settings."""
        lr, beta, beta2, eps = self.one_of(1e-3, 0.1), self.one_of(0.5, 0.9), self.one_of(0.9, 0.999), self.one_of(1e-8, 1e-4)
        adam = self.one_of(al.Adam, al.AdamW, al.NAdam, al.AMSGrad, al.RAdam, al.AdaMax)(lr, beta, beta2, eps)
        return self.one_of(adam, adam, al.RMSProp(lr, beta2, eps), al.AdaGrad(lr, eps), al.Nesterov(lr, beta), al.SGD(lr))


def way_from(thing, rule, feed):
    """How far an optimizer is from what it is said to follow, as a share of the way."""
    walker = adapter_of(thing).walker_maker(thing, rule)(ELSEWHERE.copy())
    state, way, worst = rule.init(ELSEWHERE), 1e-3, 0.0
    for g, eaten in zip(OTHER_GRADIENTS, feed(OTHER_GRADIENTS) if feed else OTHER_GRADIENTS):
        theta, before = np.asarray(walker(g)[0]), state.theta
        with np.errstate(all="ignore"):
            state = rule.rule(state, eaten)
            way = way + np.abs(state.theta - before)
            off = np.where(np.isfinite(theta) | np.isfinite(state.theta), np.abs(theta - state.theta) / way, 0.0)
        worst = max(worst, float(np.nan_to_num(off, nan=np.inf).max()))
    return worst


def assert_true(thing, verdict):
    found, cause = verdict.reading, verdict.cause
    claimed = (found.rule, None) if found else (cause.rule, cause.feed) if cause else (None, None)
    if claimed[0] is not None:
        assert way_from(thing, *claimed) < SAME, verdict


@pytest.mark.filterwarnings("ignore")
@pytest.mark.parametrize("seed", sample(range(300), every=50))
@pytest.mark.parametrize("library", ["torch", "optax"])
def test_a_plain_optimizer_keeps_its_true_verdict(library, seed):
    drawn = getattr(Drawn(seed), library)()
    thing, like = drawn if library == "optax" else (drawn, None)
    verdict = al.verify(thing, like=like)
    assert verdict.ok, verdict
    assert_true(thing, verdict)


@pytest.mark.filterwarnings("ignore")
@pytest.mark.parametrize("seed", sample(range(300), 10, every=50))
@pytest.mark.parametrize("library", ["torch", "optax"])
def test_beside_any_rule_what_is_claimed_holds_elsewhere(library, seed):
    drawn = Drawn(seed)
    thing = drawn.torch() if library == "torch" else drawn.optax()[0]
    assert_true(thing, al.verify(thing, like=drawn.rule()))
