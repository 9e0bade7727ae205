"""The exhibits: each departs, its mended form does not, and each is one mistake that says what and where it is."""

import re
from inspect import getsource, signature

import numpy as np
import pytest
from numpy.testing import assert_allclose

import adamlib as al
from adamlib import museum
from adamlib.museum import EXHIBITS, departs, sound, walk_exhibit
from adamlib.museum.trial import COMMON, extra
from adamlib.notebook import source
from adamlib.probe import START, gradients

every_exhibit = pytest.mark.parametrize("exhibit", EXHIBITS.values(), ids=EXHIBITS)

# Where each exhibit departs first from its mended form, at the settings of Adam() and AdamW(), and by how much.
FIRST = {
    "missing parentheses": ("theta", 1, "moves by nan where 0 is expected, coordinate 4, whose gradient is 0"),
    "minus eps": ("theta", 1, "moves by -0.001015 where -0.0009857 is expected, coordinate 0"),
    "eps in float16": ("theta", 1, "moves by nan where 0 is expected, coordinate 4, whose gradient is 0"),
    "frozen t": ("theta", 2, "moves by -0.0008187 where -0.0006056 is expected, coordinate 0"),
    "t from zero": ("theta", 1, "moves by nan where -0.0009857 is expected, coordinate 0"),
    "t per parameter": ("theta", 1, "moves by -0.0007441 where -0.001 is expected, coordinate 1"),
    "multiplied correction": ("theta", 1, "moves by -0.00981 where -0.001 is expected, coordinate 1"),
    "kept correction": ("m", 1, "6.888e-07 where 6.888e-08 is expected, coordinate 0"),
    "two cures": ("m", 1, "6.888e-07 where 6.888e-08 is expected, coordinate 0"),
    "betas turned round": ("m", 1, "6.2e-07 where 6.888e-08 is expected, coordinate 0"),
    "lost root": ("theta", 1, "moves by -1.868 where -0.001 is expected, coordinate 1"),
    "lost square": ("v", 1, "6.888e-10 where 4.745e-16 is expected, coordinate 0"),
    "maximum in place of v": ("v", 2, "232.5 where 232.3 is expected, coordinate 3"),
    "decay in the division": ("theta", 1, "moves by -2500 where -2.5e-05 is expected, coordinate 4, whose gradient is 0"),
}


@every_exhibit
def test_an_exhibit_departs_and_its_mended_form_does_not(exhibit):
    departure = departs(exhibit.step, exhibit.mended)
    assert (departure.quantity, departure.step, departure.values) == FIRST[exhibit.name]
    assert departs(exhibit.mended, exhibit.mended) is None


@every_exhibit
def test_an_exhibit_departs_at_once_also_by_hand(exhibit):
    """Two steps on one coordinate, without the probe: the first departure is not an artefact of it."""
    quantity, when, _ = FIRST[exhibit.name]
    more = {"v_max": [np.zeros(2)], "weight_decay": [0.1], None: []}[extra(exhibit.step)]
    states = []
    for step in (exhibit.step, exhibit.mended):
        theta, m, v = np.array([1.0, 2.0]), np.zeros(2), np.zeros(2)
        memory = list(more)
        for t in range(1, when + 1):
            with np.errstate(all="ignore"):
                out = step(theta, np.array([0.0, -3.0 / t**2]), m, v, t, 0.1, 0.8, 0.9, 1e-8, *memory)
            theta, m, v = out[:3]
            memory = out[3:] or memory
        states.append({"theta": theta, "m": m, "v": v})
    assert not np.array_equal(states[0][quantity], states[1][quantity])


MENDED = {exhibit.mended: exhibit.rule for exhibit in EXHIBITS.values()}


@pytest.mark.parametrize(("mended", "kind"), MENDED.items(), ids=lambda x: x.__name__)
def test_the_mended_forms_are_the_rules(mended, kind):
    for rule in (kind(), kind(lr=0.1, beta1=0.5, beta2=0.9, eps=0.1), kind(beta1=0.0, beta2=0.0)):
        state = rule.init(START)
        for g, got in zip(gradients(), walk_exhibit(mended, extra(mended), rule.hyperparameters())):
            state = rule.step(state, g)
            assert_allclose(got["theta"], state.theta, rtol=1e-11, atol=1e-13)
            assert_allclose(got["m"], state.m, rtol=1e-9)
            assert_allclose(got["v"], state.v, rtol=1e-9)


def test_sound_is_adam():
    assert departs(sound) is None
    assert MENDED[sound] is al.Adam
    assert MENDED[museum.sound_amsgrad] is al.AMSGrad
    assert MENDED[museum.sound_adamw] is al.AdamW


@every_exhibit
def test_an_exhibit_is_one_small_pure_function(exhibit):
    parameters = tuple(signature(exhibit.step).parameters)
    assert parameters[: len(COMMON)] == COMMON
    assert parameters[len(COMMON) :] in {(), ("v_max",), ("weight_decay",)}
    assert parameters == tuple(signature(exhibit.mended).parameters)
    assert len(getsource(exhibit.step).splitlines()) <= 8
    arrays = [np.array([1.0, -2.0]), np.array([0.5, 0.0]), np.zeros(2), np.zeros(2)]
    before = [x.copy() for x in arrays]
    with np.errstate(all="ignore"):
        outs = [exhibit.step(*arrays, 1, 0.1, 0.9, 0.99, 1e-8, *[np.zeros(2)] * (len(parameters) - 9)) for _ in range(2)]
    for x, y in zip(outs[0], outs[1]):
        assert np.array_equal(x, y, equal_nan=True)
    for x, y in zip(arrays, before):
        assert np.array_equal(x, y)


@every_exhibit
def test_a_mistake_is_one_change(exhibit):
    """At most two lines of the mended form are written otherwise, or one is added."""
    bad, good = (set(source(step).plain.splitlines()[1:]) for step in (exhibit.step, exhibit.mended))
    assert 1 <= len(bad - good) <= 2 or exhibit.name in ("kept correction", "betas turned round")


@every_exhibit
def test_an_exhibit_says_what_where_and_a_hint(exhibit):
    assert exhibit.says.endswith(".")
    assert len(exhibit.says) <= 140
    assert exhibit.seen == "a common slip" or re.search(r"\(\S+/\S+|\(FluxML", exhibit.seen)
    assert exhibit.hint[0].islower()
    assert exhibit.hint.endswith((".", "?"))
    assert EXHIBITS[exhibit.name] is exhibit


def test_a_dozen_exhibits_and_most_with_a_source():
    assert 12 <= len(EXHIBITS) <= 14
    assert sum(exhibit.seen != "a common slip" for exhibit in EXHIBITS.values()) >= 10
    for said in ("says", "hint"):
        assert len({getattr(exhibit, said) for exhibit in EXHIBITS.values()}) == len(EXHIBITS)


def test_no_two_exhibits_are_alike():
    for one in EXHIBITS.values():
        for other in EXHIBITS.values():
            if one is not other and extra(one.step) == extra(other.step):
                assert departs(one.step, other.step) is not None, (one.name, other.name)
