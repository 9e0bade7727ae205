"""Bad input: ValueError or TypeError whose message names the field, the value and what is allowed."""

from dataclasses import fields, replace

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import adamlib as al
from helpers.cases import FEW_DIGITS, OPTIMIZERS, every_optimizer

bounded = settings(max_examples=50)
NAN, INF = float("nan"), float("inf")
NOT_NUMBERS = ["0.1", b"0.1", None, True, 1j, object(), {}, [0.1, "x"], [[0.1], [0.1, 0.2]], np.array([True]), np.ma.array([0.1])]
NOT_COUNTS = [0, -1, 2.0, 1.5, "3", True, None, NAN, [3], np.float64(3)]
NOT_SEEDS = [-1, 0.5, 1.0, "0", True, None, [], [0, -1], [0.0], NAN]
NOT_POINTS = ["far", None, 1j, True, [], [1.0], [1.0, 2.0, 3.0], np.ones((2, 3)), 1.0, [1.0, "x"], [[1.0], [1.0, 2.0]]]


def refuses(call, field, value):
    """The message names the field, the value (or its shape), and what is allowed."""
    with pytest.raises((ValueError, TypeError)) as caught:
        call(value)
    message = str(caught.value)
    assert field in message.split(" is not allowed: ")[0], message
    said = message.split(" is not allowed: ")
    assert len(said) == 2, message
    assert said[1].startswith(f"{field.split()[0]} "), message
    assert repr(value)[:70] in message or str(np.shape(value)) in message, message


def label(value):
    return value if isinstance(value, str) else repr(value).split(" at 0x")[0][:40]


# Optimizers

NUMBERS = [(type(rule), name) for rule in OPTIMIZERS.values() for name in rule.hyperparameters()]
NUMBERS = sorted(set(NUMBERS), key=str)


@pytest.mark.parametrize(("kind", "name"), NUMBERS, ids=[f"{kind.__name__} {name}" for kind, name in NUMBERS])
def test_hyperparameters(kind, name):
    wrong = [-0.1, -1e-300, NAN, INF, -INF, [0.1, -0.1], [0.1, NAN], [], *NOT_NUMBERS]
    if name in kind().shares():
        wrong += [1.0, 1, 1.5, [0.5, 1.0]]
    for value in wrong:
        refuses(lambda value: kind(**{name: value}), name, value)


@every_optimizer
def test_hyperparameters_that_are_allowed(optimizer):
    for name in optimizer.hyperparameters():
        for value in (0, 0.0, 0.5, np.float32(0.5), np.int64(0), [0.25, 0.5], np.array([[0.1], [0.2]])):
            kept = getattr(replace(optimizer, **{name: value}), name)
            assert type(kept) is (np.ndarray if np.ndim(value) else float)
            assert np.array_equal(kept, value)


def test_hyperparameters_cannot_be_changed_from_outside():
    rates = np.array([[0.1], [0.2]])
    rule = al.SGD(lr=rates)
    rates[0] = 9.0
    assert rule.lr.ravel().tolist() == [0.1, 0.2]
    with pytest.raises(ValueError, match="read-only"):
        rule.lr[0] = 9.0


FLAGGED = [kind for kind in {type(rule) for rule in OPTIMIZERS.values()} if issubclass(kind, al.Adam)]


@pytest.mark.parametrize("kind", sorted(FLAGGED, key=str))
def test_bias_correction(kind):
    for value in (1, 0, "yes", None, 1.0, [True]):
        refuses(lambda value: kind(bias_correction=value), "bias_correction", value)


def test_convention():
    for value in ("keras", "", "Torch", None, 1, ["torch"]):
        refuses(lambda value: al.AMSGrad(convention=value), "convention", value)


def test_dampening_above_one():
    assert al.Momentum(dampening=1.0).dampening == 1.0
    refuses(lambda value: al.Momentum(dampening=value), "dampening", 1.5)


@every_optimizer
@pytest.mark.parametrize("start", ["here", None, 1j, True, [1.0, "x"], [[1.0], [1.0, 2.0]], object()], ids=label)
def test_init(optimizer, start):
    refuses(optimizer.init, "theta", start)


@every_optimizer
def test_shapes_that_do_not_broadcast(optimizer):
    for name in optimizer.hyperparameters():
        for shape, theta in (((3,), (2,)), ((3, 1), (2, 2)), ((2,), (1,)), ((4, 3), (2,))):
            rule = replace(optimizer, **{name: np.full(shape, 0.5)})
            with pytest.raises(ValueError, match=rf"{name} of shape \({shape[0]},.*must broadcast against theta of shape"):
                rule.init(np.ones(theta))


@every_optimizer
def test_gradient_of_another_shape(optimizer):
    state = optimizer.init([1.0, 2.0])
    for grad in ([1.0], [1.0, 2.0, 3.0], 1.0, np.ones((1, 2)), []):
        refuses(lambda grad: optimizer.step(state, grad), "grad", grad)
    for grad in (None, "down", [1j, 1j], [True, False], [1.0, "x"]):
        refuses(lambda grad: optimizer.step(state, grad), "grad", grad)


UP_TO_1 = {(al.Momentum, "dampening"), (al.RAdam, "eps"), (al.ADOPT, "eps"), (al.Adadelta, "eps"), (al.Muon, "eps")}


@bounded
@given(st.floats() | st.floats(-1, 2), st.sampled_from(NUMBERS))
def test_every_float_is_kept_or_refused(value, number):
    kind, name = number
    high = 1.0 if name in kind().shares() else INF
    if 0 <= value < high and not (number in UP_TO_1 and value > 1):
        assert getattr(kind(**{name: value}), name) == value
    else:
        refuses(lambda value: kind(**{name: value}), name, value)


# Runs

RUNNERS = {"run": al.run, "final": al.final}


@pytest.mark.parametrize("runner", RUNNERS.values(), ids=RUNNERS)
@pytest.mark.parametrize("steps", NOT_COUNTS, ids=label)
def test_steps(runner, steps):
    refuses(lambda steps: runner(al.SGD(), al.bowl(), steps=steps), "steps", steps)


@pytest.mark.parametrize("every", NOT_COUNTS, ids=label)
def test_every(every):
    refuses(lambda every: al.run(al.SGD(), al.bowl(), every=every), "every", every)


@pytest.mark.parametrize("runner", [*RUNNERS.values(), al.iterate], ids=[*RUNNERS, "iterate"])
@pytest.mark.parametrize("start", [x for x in NOT_POINTS if x is not None], ids=label)
def test_start(runner, start):
    refuses(lambda start: runner(al.SGD(), al.bowl(), start=start), "start", start)


def test_a_sweep_that_does_not_meet_the_problem():
    with pytest.raises(ValueError, match=r"lr of shape \(3,\) is not allowed: lr must broadcast"):
        al.run(al.SGD(lr=[0.1, 0.2, 0.3]), al.bowl())


def test_grid():
    for value in ([], [[0.1, 0.2]], np.ones((2, 1)), "fast", None, [0.1, "x"], True, 1j):
        refuses(lambda value: al.grid(lr=value), "lr", value)


def test_pick():
    path = al.run(al.SGD(**al.grid(lr=[0.1, 0.2])), al.bowl(), steps=2)
    for index in ((), (0, 0)):
        with pytest.raises(ValueError, match=r"index = .*must have one number for each axis of the sweep \(2,\)"):
            path.pick(*index)
    for index in (2, -3, 0.0, "0", True, None, slice(None)):
        refuses(path.pick, "index 0", index)


# Averages


def test_weights():
    for value in (-0.1, 1.0, NAN, "0.9", None, [0.5, 0.5], 1j, True):
        refuses(lambda value: al.weights(value, 3), "beta", value)
    for value in NOT_COUNTS:
        refuses(lambda value: al.weights(0.9, value), "t", value)


# Problems

NETWORK = {"logistic": al.logistic, "network": al.network}
ARGUMENTS = [
    (al.bowl, "condition", [0.5, 0, -1, NAN, INF, "10", None, True, [1.0, 2.0], 1j]),
    (al.quadratic, "curvatures", [[], [1.0, 0.0], [-1.0], [NAN], [INF], 1.0, [[[1.0]]], "10", None, [True], [1j]]),
    (al.reddi, "C", [2, 1.0, -3, NAN, INF, "3", None, True, [3.0, 4.0]]),
    (al.reddi_stochastic, "seed", NOT_SEEDS),
    (al.wilson, "n", NOT_COUNTS),
    (al.wilson, "test", NOT_COUNTS),
    (al.wilson, "share", [0, 1, 1.5, -0.5, NAN, "half", None, True, [0.5, 0.5]]),
    (al.wilson, "seed", [-1, 0.5, "0", None, True, [0, 1]]),
    (al.digits, "train", [*NOT_COUNTS, 1797, 10**6]),
    (al.digits, "seed", NOT_SEEDS),
    (al.breast_cancer, "train", [*NOT_COUNTS, 569]),
    (al.breast_cancer, "units", ["cm", "", None, 1, ["raw"]]),
    (al.breast_cancer, "seed", NOT_SEEDS),
    (lambda hidden: al.network(FEW_DIGITS, hidden=hidden), "hidden", NOT_COUNTS),
    (lambda activation: al.network(FEW_DIGITS, activation=activation), "activation", ["sigmoid", "", None, 1]),
    (lambda loss: al.network(FEW_DIGITS, loss=loss), "loss", ["mse", "", None, 1]),
    *[
        (lambda batch, make=make: make(FEW_DIGITS, batch=batch), "batch", [0, -1, 2.0, "8", True, 41])
        for make in NETWORK.values()
    ],
    *[(lambda seed, make=make: make(FEW_DIGITS, seed=seed), "seed", NOT_SEEDS) for make in NETWORK.values()],
    (lambda hidden: al.normalised(FEW_DIGITS, hidden=hidden), "hidden", NOT_COUNTS),
    (lambda batch: al.normalised(FEW_DIGITS, batch=batch), "batch", [0, -1, 2.0, "8", True, 41]),
    (lambda seed: al.normalised(FEW_DIGITS, seed=seed), "seed", NOT_SEEDS),
    (lambda dim: al.scale_free(dim), "dim", [1, *NOT_COUNTS]),
    (lambda seed: al.scale_free(seed=seed), "seed", NOT_SEEDS),
    (lambda hidden: al.vae(FEW_DIGITS, hidden=hidden), "hidden", NOT_COUNTS),
    (lambda latent: al.vae(FEW_DIGITS, latent=latent), "latent", NOT_COUNTS),
    (lambda batch: al.vae(FEW_DIGITS, batch=batch), "batch", [0, -1, 2.0, "8", True, 41]),
    (lambda seed: al.vae(FEW_DIGITS, seed=seed), "seed", [-1, 0.5, "0", None, True, [0, 1]]),
    (
        lambda text: al.transformer(text, context=2),
        "text",
        [[0, 1], [0.0, 1.0, 2.0], [0, -1, 2], [0, 1, 2**16], [[0, 1, 2]], 3, "abc", None],
    ),
    (lambda width: al.transformer([0, 1, 2], width, 2), "width", NOT_COUNTS),
    (lambda context: al.transformer([0, 1, 2], context=context), "context", NOT_COUNTS),
    (lambda batch: al.transformer([0, 1, 2], context=1, batch=batch), "batch", [0, -1, 2.0, "8", True, 3]),
    (lambda seed: al.transformer([0, 1, 2], context=2, seed=seed), "seed", [-1, 0.5, "0", None, True, [0, 1]]),
    (
        lambda pairs: al.draw_text(pairs, 3),
        "pairs",
        [[[1, 2]], [1, 2], [[0, 0], [1, 1]], [[-1, 2], [1, 1]], [[NAN, 1], [1, 1]], [[INF, 1], [1, 1]], "ab", None, []],
    ),
    (lambda length: al.draw_text([[1]], length), "length", NOT_COUNTS),
    (lambda seed: al.draw_text([[1]], 2, seed), "seed", [-1, 0.5, "0", None, True, [0, 1]]),
    (lambda sigma: al.noisy(al.bowl(), sigma=sigma), "sigma", [-1.0, NAN, INF, *NOT_NUMBERS]),
    (lambda seed: al.noisy(al.bowl(), seed=seed), "seed", NOT_SEEDS),
    (lambda strength: al.ridge(al.bowl(), strength), "strength", [-1.0, NAN, INF, *NOT_NUMBERS]),
    (lambda factor: al.scaled(al.bowl(), factor), "factor", [0.0, -1.0, NAN, INF, [1.0, 0.0], *NOT_NUMBERS]),
    (
        lambda by: al.rotated(al.bowl(), by),
        "by",
        [np.ones((2, 2)), np.eye(3), 1.1 * np.eye(2), [1.0, 2.0], NAN, INF, "30", None, True, 1j],
    ),
    (lambda by: al.rotated(al.quadratic([1.0, 2.0, 3.0]), by), "by", [30, np.eye(2), np.ones((3, 3)), 1.000001 * np.eye(3)]),
    (lambda start: al.surface("cup", max, max, start), "start", NOT_POINTS),
    (lambda minimum: al.surface("cup", max, max, (0, 0), minimum), "minimum", [x for x in NOT_POINTS if x is not None]),
]


@pytest.mark.parametrize(
    ("make", "field", "values"), ARGUMENTS, ids=[f"{i} {field}" for i, (_, field, _) in enumerate(ARGUMENTS)]
)
def test_arguments_of_problems(make, field, values):
    for value in values:
        refuses((lambda value: make(**{field: value})) if make.__name__ != "<lambda>" else make, field, value)


MEASURED = {
    "surface": al.bowl(),
    "quadratic": al.quadratic([1.0, 2.0]),
    "noisy": al.noisy(al.bowl()),
    "ridge": al.ridge(al.bowl(), 1.0),
    "rotated": al.rotated(al.bowl(), 10),
    "scaled": al.scaled(al.bowl(), 2.0),
}


@pytest.mark.parametrize("problem", MEASURED.values(), ids=MEASURED)
def test_theta_of_another_length(problem):
    for theta in ("far", None, True, [], [1.0], [1.0, 2.0, 3.0], np.ones((2, 3)), 1.0):
        for measure in (problem.loss, problem.grad):
            refuses(measure, "theta", theta)


OTHERS = {
    "wilson": al.wilson(n=4),
    "lessard": al.lessard(),
    "reddi": al.reddi(),
    "logistic": al.logistic(FEW_DIGITS),
    "network": al.network(FEW_DIGITS, hidden=2),
    "normalised": al.normalised(FEW_DIGITS, hidden=2),
    "scale_free": al.scale_free(),
    "vae": al.vae(FEW_DIGITS, hidden=2, latent=2),
    "transformer": al.transformer([0, 1, 2, 1, 0], width=2, context=2),
}


@pytest.mark.parametrize("problem", OTHERS.values(), ids=OTHERS)
def test_theta_of_another_length_for_data_and_games(problem):
    measures = [problem.loss, problem.grad, problem.test_loss, problem.train_accuracy, problem.test_accuracy]
    for measure in filter(None, measures):
        for theta in (np.ones(problem.dim + 1), np.ones((2, problem.dim + 2)), 1.0, "far", None):
            refuses(measure, "theta", theta)


def test_every_field_is_checked():
    """A field that is neither a number, a flag, a word, a count nor shapes would pass unchecked."""
    for rule in OPTIMIZERS.values():
        for field in fields(rule):
            assert isinstance(getattr(rule, field.name), (float, bool, str, int, tuple, type(None))), field.name
