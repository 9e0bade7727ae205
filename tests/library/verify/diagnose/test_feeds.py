"""What becomes of gradients is what its words say, with lengths and signs worked out alone."""

import numpy as np
import pytest

from adamlib.probe import gradients
from adamlib.verify.diagnose.feeds import FEEDS, a_step_late, clipped_by_length, clipped_by_value, multiplied_by

G = gradients()


def fed_by(words):
    return next(fed for fed in FEEDS if words in fed.says).feed(G)


@pytest.mark.parametrize("limit", [0.01, 0.7, 300.0])
def test_limits(limit):
    by_value, by_length = clipped_by_value(limit).feed(G), clipped_by_length(limit).feed(G)
    assert np.abs(by_value).max() <= limit
    assert np.array_equal(by_value[np.abs(G) <= limit], G[np.abs(G) <= limit])
    for g, short in zip(G, by_length):
        np.testing.assert_allclose(short, g * min(1, limit / np.linalg.norm(g)), rtol=1e-12)


def test_many_limits_at_once_are_each_of_them_alone():
    limits = np.array([0.1, 2.0, 50.0])
    for make in (clipped_by_value, clipped_by_length):
        many = make(limits[:, None]).feed(G[:5, None])
        assert many.shape == (5, 3, 8)
        for i, limit in enumerate(limits):
            assert np.array_equal(many[:, i], make(limit).feed(G[:5]))
        assert "one of many" in make(limits[:, None]).says


def test_signs_sums_and_lateness():
    assert np.array_equal(fed_by("other sign"), -G)
    assert np.array_equal(fed_by("only the sign"), np.where(G > 0, 1.0, np.where(G < 0, -1.0, 0.0)))
    np.testing.assert_allclose(fed_by("added up")[-1], G.sum(axis=0), rtol=1e-9)
    assert np.array_equal(a_step_late(G)[1:], G[:-1])
    assert not a_step_late(G)[0].any()
    np.testing.assert_allclose(np.linalg.norm(fed_by("divided by its length, or"), axis=1), 1.0)


def test_a_factor_is_said_with_its_number():
    fed = multiplied_by(8)
    assert fed.is_scale
    assert "8 times" in fed.says
    assert fed.factor == 8
    assert np.array_equal(fed.feed(G), 2 * (4 * G))


def test_only_what_looks_at_lengths_is_not_elementwise():
    for fed in FEEDS:
        assert fed.is_elementwise == ("length" not in fed.says)
        if not fed.is_elementwise:
            continue
        alone = np.stack([fed.feed(G[:, [i]])[:, 0] for i in range(8)], axis=1)
        np.testing.assert_allclose(alone, fed.feed(G), rtol=1e-14)
