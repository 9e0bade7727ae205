"""Every numbered equation of room 10.1, each held against another derivation: test_10_1_2 is equation (10.1.2)."""

from fractions import Fraction

import numpy as np
import pytest

import adamlib as al
from adamlib.precision import DIGITS


@pytest.mark.parametrize("beta2", [0.99, 0.999, 0.9998])
def test_10_1_1(beta2):
    """All 31,743 positive numbers of float16, squared and rounded by the library's own step."""
    every = np.arange(1, 0x7C00, dtype=np.uint16).view(np.float16)
    rule = al.Adam(lr=1.0, beta2=beta2)
    v = rule.step(rule.init(np.zeros_like(every)), every).v
    vanish, burst = float(every[v == 0].max()), float(every[np.isinf(v)].min())
    assert vanish == pytest.approx(np.sqrt(2.0**-25 / (1 - beta2)), rel=0.02)
    assert burst == 2.0**8
    # The two ends themselves: half the smallest number, and halfway beyond the largest one.
    with np.errstate(over="ignore"):
        assert np.float16(2.0**-25) == 0 < np.float16(2.0**-25 * (1 + 1e-9)) == 2.0**-24
        assert np.isfinite(np.float16(255.875**2))
        assert np.isinf(np.float16(256.0**2))


def half(step, low=1e-30, high=1e10):
    """The gradient at which a rising function crosses a half, by halving the interval of exponents."""
    for _ in range(100):
        middle = np.sqrt(low * high)
        low, high = (middle, high) if step(middle) < 0.5 else (low, middle)
    return middle


def folded(g, t, eps):
    """The paper's faster order along a constant gradient: lr takes both corrections, eps joins the raw root."""
    m = v = 0.0
    for _ in range(t):
        m, v = 0.75 * m + 0.25 * g, 0.96 * v + 0.04 * g * g
    return np.sqrt(1 - 0.96**t) / (1 - 0.75**t) * m / (np.sqrt(v) + eps)


@pytest.mark.parametrize("t", [1, 2, 10])
@pytest.mark.parametrize("eps", [1e-12, 1e-3, 2.0])
def test_10_1_2(eps, t):
    """Searched, not solved: walks along a constant gradient, the library's own for outside."""

    def outside(g):
        rule = al.Adam(lr=1.0, beta1=0.75, beta2=0.96, eps=eps)
        state = rule.init([0.0])
        for _ in range(t):
            before, state = state, rule.step(state, [g])
        return float((before.theta - state.theta)[0])

    assert half(outside) == pytest.approx(eps, rel=1e-9)
    assert half(lambda g: g / np.sqrt(g * g + eps)) == pytest.approx(np.sqrt(eps / 3), rel=1e-9)
    assert half(lambda g: folded(g, t, eps)) == pytest.approx(eps / np.sqrt(1 - 0.96**t), rel=1e-9)


@pytest.mark.parametrize(("kind", "to"), [("float32", np.float32), ("float16", np.float16), ("bfloat16", al.bfloat16)])
def test_10_1_3(kind, to):
    """Random numbers of the format, changes just below the share vanish; four times the share never does."""
    rng = np.random.default_rng(9)
    p = DIGITS[kind]
    for x in (1 + rng.random(200)) * 2.0 ** rng.integers(-8, 8, 200):
        x = float(to(x))
        for sign in (1, -1):
            small, large = (float(Fraction(x) * (1 + sign * Fraction(share) / 2 ** (p + 1))) for share in (0.999, 4.001))
            assert float(to(small)) == x
            assert float(to(large)) != x


def test_10_1_3_is_sharp():
    """Just above the share a change of a power of two downwards survives: of 1 a 33-millionth in float32."""
    for kind, to in (("float16", np.float16), ("bfloat16", al.bfloat16), ("float32", np.float32)):
        edge = 2.0 ** -(DIGITS[kind] + 1)
        assert float(to(1 - edge)) == 1
        assert float(to(1 - edge * 1.01)) < 1
    one = np.float32(1)
    assert one - np.float32(1 / 34e6) == one > one - np.float32(1 / 33e6)
