"""A correction with another t than the number of the step is told, where its first steps show it and where they do not."""

import numpy as np
import pytest

import adamlib as al


def counting(rule, t_of):
    """A rule that corrects with another t than the number of the step."""

    def step(theta, grad, state):
        t, inner = state or (1, rule.init(theta))
        (m, m_hat), (v, v_hat, _) = rule.where_to(inner, grad, t_of(t)), rule.how_far(inner, grad, t_of(t))
        new = rule.shrink(theta) - rule.lr * m_hat / (np.sqrt(v_hat) + rule.eps)
        return new, (t + 1, inner._replace(m=m, v=v))

    return step


@pytest.mark.parametrize("last", [13, 60, 200])
def test_a_t_that_stops_late_is_told(last):
    like = al.AdamW(weight_decay=0.1)
    assert f"it stops at {last}" in al.verify(counting(like, lambda t: min(t, last)), like=like).sentence


@pytest.mark.parametrize("every", [16, 50])
def test_a_t_that_is_very_slow_is_told(every):
    assert f"it advances once in {every} steps" in al.verify(counting(al.Adam(), lambda t: (t - 1) // every + 1)).sentence
