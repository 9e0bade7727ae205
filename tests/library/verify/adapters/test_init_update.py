"""Objects with init and update, whatever library they are of."""

import numpy as np
import pytest

import adamlib as al


def test_an_object_that_cannot_start():
    class Broken:
        def init(self, theta):
            raise RuntimeError("no memory")

        def update(self, grad, state, theta):
            return grad, state

    verdict = al.verify(Broken())
    assert not verdict.ok
    assert "RuntimeError: no memory, when it is made: it cannot be compared with any rule" in verdict.sentence


def test_an_object_with_init_and_update():
    class Plain:
        def init(self, theta):
            return {"m": 0 * theta}

        def update(self, grad, state, theta):
            m = 0.9 * state["m"] + grad
            return -0.1 * m, {"m": m}

    assert al.verify(Plain(), like=al.Momentum(lr=0.1)).ok


@pytest.mark.parametrize(
    ("returned", "said"),
    [
        (None, "At step 1 it does not return a pair from update: (change of theta, state)"),
        ((1, 2, 3), "does not return a pair from update"),
        ((np.zeros(3), None), "returns no change of theta from update: shape (3,) where (8,) is expected"),
    ],
)
def test_an_update_that_returns_something_else(returned, said):
    class Odd:
        def init(self, theta):
            return None

        def update(self, grad, state, theta):
            return returned

    assert said in al.verify(Odd()).sentence


def test_a_class_is_made_first():
    class Plain:
        def __init__(self, *, rate):
            self.rate = rate

        def init(self, theta):
            return None

        def update(self, grad, state, theta):
            return -self.rate * grad, state

    class Fast(Plain):
        def __init__(self):
            super().__init__(rate=0.1)

    with pytest.raises(TypeError, match=r"must be made: it needs rate; pass Plain\(rate=...\)"):
        al.verify(Plain)
    assert al.verify(Fast, like=al.SGD(lr=0.1)).ok
