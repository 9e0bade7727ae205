"""Objects with init and update, whatever library they are of."""

import adamlib as al


def test_an_object_that_cannot_start():
    class Broken:
        def init(self, theta):
            raise RuntimeError("no memory")

        def update(self, grad, state, theta):
            return grad, state

    verdict = al.verify(Broken())
    assert not verdict.ok
    assert "RuntimeError: no memory, when it is made: it cannot be compared with Adam(" in verdict.sentence


def test_an_object_with_init_and_update():
    class Plain:
        def init(self, theta):
            return {"m": 0 * theta}

        def update(self, grad, state, theta):
            m = 0.9 * state["m"] + grad
            return -0.1 * m, {"m": m}

    assert al.verify(Plain(), like=al.Momentum(lr=0.1)).ok
