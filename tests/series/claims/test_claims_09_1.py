"""Room 09.1, what the paper proved: each sentence of "What we showed", measured again."""

import numpy as np
import pytest

import adamlib as al


def ends_apart(rule, wds, goal, problem):
    """How far from a goal a rule ends after 200 steps with penalties of these strengths."""
    ends = al.final(rule, al.ridge(problem, np.reshape(wds, (-1, 1))), steps=200).theta
    return np.linalg.norm(ends - goal, axis=-1)


@pytest.mark.claim("09.1#1")
@pytest.mark.parametrize(
    ("problem", "lr", "fast", "decay"),
    [(al.rosenbrock(), 0.001, 0.05, 0.02), (al.bowl(30), 0.01, 0.02, 0.01), (al.beale(), 0.001, 0.02, 0.01)],
)
def test_09_1_one_penalty_for_descent_and_none_for_adam(problem, lr, fast, decay):
    """With 200 strengths over six decades: descent to 1e-12 at decay / lr, and not at its half; Adam at none."""
    theta = problem.start
    for _ in range(200):
        theta = (1 - decay) * theta - lr * problem.grad(theta)
    assert ends_apart(al.SGD(lr), [decay / lr], theta, problem).max() < 1e-12
    assert ends_apart(al.SGD(lr), [decay / lr / 2], theta, problem).min() > 1e-5
    decayed = al.final(al.AdamW(fast, weight_decay=decay / fast), problem, steps=200).theta
    assert ends_apart(al.Adam(fast), np.geomspace(1e-3, 1e3, 200), decayed, problem).min() > 1e-5


def test_09_1_the_nearest_of_the_seventeen():
    """Eleven times wd, and 0.01 away."""
    times, hills = 2.0 ** np.arange(-4, 4.5, 0.5), al.rosenbrock()
    decayed = al.final(al.AdamW(0.05, weight_decay=0.4), hills, steps=200).theta
    apart = ends_apart(al.Adam(0.05), 0.4 * times, decayed, hills)
    assert times[apart.argmin()] == pytest.approx(11, abs=0.5)
    assert apart.min() == pytest.approx(0.01, abs=2e-3)


@pytest.mark.claim("09.1#2")
def test_09_1_each_ruler_wants_its_own_strength():
    """A share of 0.02 needs 10 for a ruler of 0.5 and 80 for one of 4: one step of Adam without memory, v held there."""
    for ruler, strength in ((0.5, 10), (4.0, 80)):
        rule = al.Adam(0.001, beta1=0, beta2=1 - 1e-12, eps=0, bias_correction=False)
        state = rule.init([1.0])._replace(v=np.array([ruler**2]))
        assert 1 - rule.step(state, [strength * 1.0]).theta == pytest.approx(0.02, rel=1e-6)


@pytest.mark.claim("09.1#5")
def test_09_1_adamw_holds_the_noisier_weight_nearer_to_0():
    """At rest with c = 0.2 and wd = 0.1: 0.67, 0.40, 0.17 for noise 1, 3, 10; with the penalty 0.67 for noise 1 and 3 alike."""
    noise, bowl = np.repeat([1.0, 3.0, 10.0], 200), al.quadratic(np.full(600, 0.2))
    rough = al.noisy(al.Problem("pulled", bowl.loss, lambda x, t=1: bowl.grad(x - 1), np.full(600, 0.5)), noise, seed=9)
    for rule, problem, told in (
        (al.AdamW(0.05, weight_decay=0.1), rough, [0.67, 0.40, 0.17]),
        (al.Adam(0.05), al.ridge(rough, 0.1), [0.67, 0.67]),
    ):
        late = al.run(rule, problem, steps=3000, every=20).theta[75:].reshape(-1, 3, 200).mean(axis=(0, 2))
        assert late[: len(told)] == pytest.approx(told, abs=0.03)


@pytest.mark.claim("09.1#3")
def test_09_1_fixed_rulers():
    """The matrix of one step on a linear gradient: lambda / lr gives the eigenvalues of decay, lambda / lr^2 one far outside."""
    curvature, rulers, lr, decay = np.diag([1.0, 10.0]), np.array([0.5, 4.0]), 0.001, 0.02
    wanted = (1 - decay) * np.eye(2) - lr * curvature / rulers[:, None]
    proof, printed = (np.eye(2) - lr * (curvature + decay / lr**n * np.diag(rulers)) / rulers[:, None] for n in (1, 2))
    np.testing.assert_allclose(np.linalg.eigvals(proof), np.linalg.eigvals(wanted), rtol=1e-12)
    assert np.abs(np.linalg.eigvals(printed)).min() > 18


@pytest.mark.claim("09.1#4")
def test_09_1_where_they_rest():
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
