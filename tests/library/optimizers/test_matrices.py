"""The rules that know the shape of a matrix: what they do to its directions, where they get the shape, and who refuses them."""

from dataclasses import replace

import numpy as np
import pytest
from numpy.testing import assert_allclose, assert_array_equal

import adamlib as al
from adamlib.optimizers.matrices import places_of
from helpers.along import theta_along
from helpers.cases import FEW_DIGITS, as_sweep, states_along
from helpers.places import random_rotation

NETWORK = al.network(FEW_DIGITS, hidden=5, seed=[1, 2])
RULES = {"Muon": al.Muon(lr=0.05), "Muon optax": al.Muon(lr=0.05, convention="optax"), "Adafactor": al.Adafactor(lr=0.1)}
every_rule = pytest.mark.parametrize("rule", RULES.values(), ids=RULES)


def gradients(steps=30, shape=(12,), seed=0):
    return np.random.default_rng(seed).normal(size=(steps, *shape))


def test_defaults():
    """Those of PyTorch; "rms" lets the rate of Adam serve."""
    adam = "lr=0.001, beta1=0.9, beta2=0.999, eps=1e-08, bias_correction=True"
    muon = "beta=0.95, nesterov=True, steps=5, scale='rms', weight_decay=0.0, convention='torch', blocks=None"
    assert repr(al.Muon()) == f"Muon({adam}, {muon})"
    adafactor = f"lr=0.01, decay=0.8, eps1={2.0**-52}, eps2=0.001, d=1.0, weight_decay=0.0, convention='torch', blocks=None"
    assert repr(al.Adafactor()) == f"Adafactor({adafactor})"


# Newton-Schulz


def scalar(s, steps):
    for _ in range(steps):
        s = 3.4445 * s - 4.7750 * s**3 + 2.0315 * s**5
    return s


@pytest.mark.parametrize("shape", [(6, 4), (4, 6), (5, 5), (1, 3), (2, 3, 4)])
@pytest.mark.parametrize("steps", [1, 5, 9])
def test_newton_schulz_is_one_polynomial_of_every_singular_value(shape, steps):
    x = np.random.default_rng(1).normal(size=shape)
    x /= np.sqrt((x * x).sum(axis=(-2, -1), keepdims=True))
    u, s, v = np.linalg.svd(x, full_matrices=False)
    assert_allclose(al.newton_schulz(x, steps), (u * scalar(s, steps)[..., None, :]) @ v, atol=1e-12)


def test_newton_schulz_takes_matrices_and_five_steps():
    x = np.array([[0.6, 0.1], [0.0, 0.3]])
    assert_array_equal(al.newton_schulz(x), al.newton_schulz(x, steps=5))
    with pytest.raises(ValueError, match=r"^x of shape \(2,\) is not allowed: x must be a matrix, or a stack of them$"):
        al.newton_schulz(x[0])


def test_five_steps_end_in_a_band_and_no_number_of_steps_at_one():
    s = np.geomspace(0.0016, 1, 20_001)
    five = scalar(s, 5)
    assert (five.min(), five.max()) == (pytest.approx(0.6818, abs=1e-4), pytest.approx(1.2024, abs=1e-4))
    assert scalar(1.0, 1) == pytest.approx(0.701, abs=1e-9)
    assert np.ptp(scalar(s, 200)) > 0.4


# Muon


def test_muon_is_its_formula():
    """w / |w| through the singular values, with k, after shrinking."""
    g = gradients()
    rule = al.Muon(lr=0.1, beta=0.8, scale="rows", weight_decay=0.5, blocks=[(4, 3)])
    m, theta = np.zeros((4, 3)), np.ones((4, 3))
    for one, got in zip(g.reshape(-1, 4, 3), theta_along(rule, g)[1:]):
        m = 0.8 * m + 0.2 * one
        w = 0.8 * m + 0.2 * one
        u, s, v = np.linalg.svd(w, full_matrices=False)
        theta = 0.95 * theta - 0.1 * np.sqrt(4 / 3) * (u * scalar(s / np.sqrt((s * s).sum()), 5)) @ v
        assert_allclose(got, theta.ravel(), rtol=1e-11, atol=1e-11)


@pytest.mark.parametrize(("scale", "k"), [("rms", 0.2 * 2), ("columns", 1.0), ("rows", np.sqrt(2))])
def test_the_scales_of_muon(scale, k):
    """All singular values of a step are k times those of the plain one."""
    g = gradients(1, (8,))
    step = theta_along(al.Muon(lr=1.0, scale=scale, blocks=[(4, 2)]), g)[1] - 1
    plain = theta_along(al.Muon(lr=1.0, scale="columns", blocks=[(4, 2)]), g)[1] - 1
    assert_allclose(step, k * plain)


def test_muon_without_nesterov_takes_the_average():
    g = gradients(9)
    last = states_along(al.Muon(nesterov=False, scale="columns", blocks=[(3, 4)]), g, np.zeros(12))[-1]
    unit = last.m.reshape(3, 4) / np.linalg.norm(last.m)
    assert_allclose(last.m_hat.reshape(3, 4), np.sqrt(4 / 3) * al.newton_schulz(unit), rtol=1e-12)


def test_muon_does_not_see_how_rows_and_columns_are_turned():
    """The bowl of a 6 x 4 matrix, turned: the walk is turned and otherwise the same. Adam goes elsewhere."""
    problem = al.quadratic(np.outer(np.geomspace(1, 9, 6), np.geomspace(1, 5, 4)))
    both = np.kron(random_rotation(6, 1), random_rotation(4, 2))
    start = np.random.default_rng(3).normal(size=24)
    for rule, far in ((al.Muon(lr=0.05), False), (al.Adam(lr=0.05), True)):
        plain = al.run(rule, problem, start, steps=60).theta
        turned = al.run(rule, al.rotated(problem, both), both @ start, steps=60).theta @ both
        assert (np.abs(turned - plain).max() > 0.1) == far == (np.abs(turned - plain).max() > 1e-9)


def test_muon_does_not_see_the_unit_of_the_loss():
    g, rule = gradients(), al.Muon(blocks=[(4, 3)])
    assert_array_equal(theta_along(rule, 1024 * g), theta_along(rule, g))


def test_muon_of_vectors_is_adam_with_decay():
    g = gradients()
    for blocks in (None, (), [12], [(5,), (7,)]):
        muon, adamw = al.Muon(lr=0.1, weight_decay=0.3, blocks=blocks), al.AdamW(lr=0.1, weight_decay=0.3)
        assert_array_equal(theta_along(muon, g), theta_along(adamw, g))
    part = theta_along(al.Muon(lr=0.1, blocks=[(2, 3)]), g)
    assert_array_equal(part[:, 6:], theta_along(al.Adam(lr=0.1), g)[:, 6:])
    assert not np.allclose(part[:, :6], theta_along(al.Adam(lr=0.1), g)[:, :6])


@pytest.mark.parametrize(("convention", "least"), [("torch", 1e-7), ("optax", 1e-8), ("keras", 7.5e-8)])
def test_what_keeps_the_length_of_a_matrix_away_from_zero(convention, least):
    assert_allclose(al.Muon(beta=0.25, convention=convention).length(np.zeros((2, 4))), [[least], [least]], rtol=1e-12)


def test_an_eps_of_muon_is_at_most_one():
    assert al.Muon(eps=1.0).eps == 1.0
    with pytest.raises(ValueError, match=r"eps must be at least 0 and at most 1$"):
        al.Muon(eps=1.5)


def test_a_matrix_of_zeros_stays():
    assert_array_equal(theta_along(al.Muon(blocks=[(4, 3)]), np.zeros((3, 12))), np.ones((4, 12)))


def test_what_muon_remembers():
    """m alone of a matrix, m and v of a vector."""
    last = states_along(al.Muon(eps=0.25, blocks=[(2, 3)]), gradients(), np.zeros(12))[-1]
    assert not last.v[:6].any()
    assert last.v[6:].all()
    assert_array_equal(np.sqrt(last.v_hat[:6]) + 0.25, np.ones(6))


def test_the_corrections_of_optax_fade():
    """Of m and of g, as in NAdam: another mix in the first steps."""
    g = gradients(200)
    steps = [np.diff(theta_along(al.Muon(convention=name, blocks=[(4, 3)]), g), axis=0) for name in ("torch", "optax")]
    apart = np.abs(steps[0] - steps[1]).max(axis=1) / np.abs(steps[0]).max()
    assert apart[4] > 0.02
    assert apart[-1] < 1e-4


# Adafactor


def test_adafactor_knows_the_means_of_rows_and_columns():
    last = states_along(al.Adafactor(blocks=[(4, 3)]), gradients(), np.ones(12))[-1]
    v, v_hat = last.v.reshape(4, 3), last.v_hat.reshape(4, 3)
    assert np.linalg.matrix_rank(v_hat, tol=1e-12) == 1
    for axis in (0, 1):
        assert_allclose(v_hat.mean(axis=axis), v.mean(axis=axis), rtol=1e-13)


def test_adafactor_as_the_paper_stores_it():
    """Algorithm 4 with the averages R and C themselves, and Algorithm 5's size and clipping."""
    g, theta = gradients(), np.ones((4, 3))
    rows, columns = np.zeros(4), np.zeros(3)
    walk = theta_along(al.Adafactor(lr=0.3, eps1=1e-30, d=0.7, weight_decay=0.1, convention="paper", blocks=[(4, 3)]), g)
    for t, (one, got) in enumerate(zip(g.reshape(-1, 4, 3), walk[1:]), 1):
        beta2, rate = 1 - t**-0.8, min(0.3, t**-0.5)
        rows = beta2 * rows + (1 - beta2) * (one**2 + 1e-30).mean(axis=1)
        columns = beta2 * columns + (1 - beta2) * (one**2 + 1e-30).mean(axis=0)
        u = one / np.sqrt(np.outer(rows, columns) / rows.mean())
        u /= max(1.0, np.sqrt((u**2).mean()) / 0.7)
        theta = 0.97 * theta - max(1e-3, np.sqrt((theta**2).mean())) * rate * u
        assert_allclose(got, theta.ravel(), rtol=1e-11, atol=1e-12)


def test_where_the_conventions_of_adafactor_differ():
    """The upper limit of lr, which only Optax leaves out."""
    g = gradients()
    conventions = ("torch", "paper", "optax")
    small, large = (
        {name: theta_along(al.Adafactor(lr=lr, eps1=0.0, convention=name), g) for name in conventions} for lr in (0.01, 0.9)
    )
    for name in ("torch", "optax"):
        assert_allclose(small[name], small["paper"], rtol=1e-12)
    assert_allclose(large["torch"], large["paper"], rtol=1e-12)
    assert not np.allclose(large["optax"], large["paper"], rtol=0.1)


def test_what_keeps_v_hat_of_adafactor_away_from_zero():
    """In a corner that saw nothing: eps1^2 in PyTorch; in the paper eps1 stands in both means, over the mean of all."""
    first = {c: al.Adafactor(eps1=0.5, convention=c, blocks=[(2, 2)]) for c in ("torch", "paper", "optax")}
    corner = {c: rule.step(rule.init(np.ones(4)), [8.0, 0.0, 0.0, 0.0]).v_hat[3] for c, rule in first.items()}
    assert corner == pytest.approx({"torch": 0.25, "paper": 0.25 / 16.5, "optax": 0.25 / 16.5})


def test_what_no_block_names_is_one_more_vector():
    assert list(places_of([(2, 3)], 8)) == [(slice(0, 6), (2, 3)), (slice(6, 8), (2,))]


def test_adafactor_walks_on_over_a_gradient_of_zero():
    """eps1 keeps v_hat away from 0."""
    for convention, eps1 in (("torch", 2.0**-52), ("paper", 1e-30)):
        assert_array_equal(
            theta_along(al.Adafactor(eps1=eps1, convention=convention, blocks=[(4, 3)]), np.zeros((3, 12))), np.ones((4, 12))
        )


# Blocks


@every_rule
def test_a_run_hands_the_blocks_of_the_problem_over(rule):
    """Both ways, by run and by sweep; a rule that has blocks of its own keeps them."""
    assert NETWORK.blocks == ((64, 5), (5,), (5, 10), (10,))
    walk = al.run(rule, NETWORK, steps=3)
    assert walk.optimizer == replace(rule, blocks=NETWORK.blocks)
    assert_array_equal(al.sweep(rule, NETWORK, steps=3, progress=False).theta, walk.theta[-1])
    hidden = replace(rule, blocks=NETWORK.blocks[:-2])
    other = al.run(hidden, NETWORK, steps=3)
    assert other.optimizer == hidden
    assert_array_equal(other.theta[1, ..., :320], walk.theta[1, ..., :320])
    assert not np.allclose(other.theta[1, ..., 325:375], walk.theta[1, ..., 325:375])


@every_rule
@pytest.mark.parametrize("dtype", [np.float32, np.float64])
def test_a_sweep_over_networks_is_each_network(rule, dtype):
    """Every member, of rates and of seeds, equals its own run bit for bit."""
    problem = replace(NETWORK, start=NETWORK.start.astype(dtype))
    whole = al.run(replace(rule, lr=np.reshape([0.01, 0.1], (2, 1, 1))), problem, steps=4)
    assert whole.theta.shape == (5, 2, 2, NETWORK.dim)
    for i, lr in enumerate((0.01, 0.1)):
        for j, seed in enumerate((1, 2)):
            alone = al.network(FEW_DIGITS, hidden=5, seed=seed)
            one = al.run(replace(rule, lr=lr), alone, alone.start.astype(dtype), steps=4)
            assert_array_equal(whole.theta[:, i, j], one.theta)
            assert whole.pick(i, j).optimizer == one.optimizer


@every_rule
def test_every_hyperparameter_can_be_swept(rule):
    """Two values of each at once, on axes of their own; a corner and its opposite are their own runs."""
    many = as_sweep(replace(rule, blocks=[(4, 3)]))
    g = gradients(4)
    names = list(many.hyperparameters())
    whole = al.Problem("given", lambda x: x.sum(axis=-1), lambda x, t=1: np.broadcast_to(g[t - 1], x.shape), np.ones(12))
    together = al.run(many, whole, steps=4)
    for corner in ((0,) * len(names), (1,) * len(names)):
        one = together.pick(*corner)
        assert_array_equal(one.theta, al.run(one.optimizer, whole, steps=4).theta)


@every_rule
@pytest.mark.parametrize(
    ("blocks", "says"),
    [
        ("64x32", "shapes of matrices and vectors"),
        ([(2, 3, 4)], "shapes of matrices and vectors"),
        ([(2, 0)], "a whole number, at least 1"),
        ([(2.0, 1)], "a whole number, at least 1"),
    ],
)
def test_blocks_are_checked(rule, blocks, says):
    with pytest.raises((TypeError, ValueError), match=rf"blocks .*is not allowed: .*must be {says}"):
        replace(rule, blocks=blocks)
    with pytest.raises((TypeError, ValueError), match=rf"blocks .*is not allowed: .*must be {says}"):
        replace(al.bowl(), blocks=blocks)


@every_rule
def test_more_numbers_than_theta_has_are_refused(rule):
    with pytest.raises(ValueError, match="blocks of 6 numbers is not allowed: blocks must have at most the 4 of theta"):
        replace(rule, blocks=[(2, 3)]).init(np.ones(4))
    with pytest.raises(ValueError, match="blocks must have at most the 2 of theta"):
        replace(al.bowl(), blocks=[(2, 3)])
    assert replace(rule, blocks=[(1,)]).init(3.0).theta == 3.0
    with pytest.raises(ValueError, match="blocks must have at most the 1 of theta"):
        replace(rule, blocks=[(2,)]).init(3.0)


@every_rule
def test_a_value_for_each_coordinate_is_refused(rule):
    with pytest.raises(ValueError, match=r"lr of shape \(4,\) is not allowed: lr must have a last axis of 1"):
        replace(rule, lr=np.ones(4)).init(np.ones(4))


@pytest.mark.parametrize("steps", [0, -1, 2.0, True])
def test_steps_are_counted(steps):
    with pytest.raises((TypeError, ValueError), match=r"steps = .* is not allowed: steps must be a whole number, at least 1"):
        al.Muon(steps=steps)


def test_problems_tell_their_blocks():
    """They fill theta, in its order."""
    assert al.logistic(FEW_DIGITS).blocks == ((64, 10), (10,))
    assert al.bigram(al.zipf_pairs(4)).blocks == ((4, 4),)
    assert al.quadratic(np.ones((3, 2))).blocks == ((3, 2),)
    assert al.bowl().blocks is None
    for problem in (NETWORK, al.vae(FEW_DIGITS, hidden=3, latent=2), al.transformer([0, 1, 2, 1, 0], width=2, context=2)):
        assert sum(np.prod(shape) for shape in problem.blocks) == problem.dim
        assert al.noisy(problem, 0.1).blocks == problem.blocks


# Engines


@every_rule
@pytest.mark.parametrize("name", ["compiled", "floats"])
def test_engines_of_numbers_refuse_whole_matrices(rule, name):
    if name == "compiled":
        pytest.importorskip("numba")
    with pytest.raises(ValueError, match=rf"engine = '{name}' is not allowed: .*{type(rule).__name__} works on whole matrices"):
        al.run(rule, al.bowl(), engine=name)
    assert not al.precompile(rule, al.bowl())
    assert al.run(rule, al.bowl(), steps=3).engine == "arrays"
