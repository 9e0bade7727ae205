"""The museum: every exhibit departs, its mended form does not, and `check` tells which is which."""

import re
from inspect import getsource, signature

import numpy as np
import pytest
from numpy.testing import assert_allclose

import adamlib as al
from adamlib import museum, probe
from adamlib.exercises import MUSEUM, check
from adamlib.museum import EXHIBITS, departs, sound, verdict, walk_exhibit
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


# check


@every_exhibit
def test_check_knows_the_exhibit_and_its_mended_form(exhibit, capsys):
    name = f"museum {exhibit.name}"
    check(name)
    check(name, exhibit.step)
    check(name, exhibit.mended)
    said = capsys.readouterr().out.splitlines()
    quantity, step, values = FIRST[exhibit.name]
    assert said[0] == f"{name}: not mended yet. Hint: {exhibit.hint}"
    assert said[1].startswith(f"{name}: not yet: still the exhibit; it departs first in {quantity}, at step {step}: {values}")
    assert said[1].endswith(f". Hint: {exhibit.hint}")
    assert said[2] == f"{name}: right. It was this: {exhibit.says}"


def test_check_knows_another_exhibit():
    assert verdict("lost root", EXHIBITS["frozen t"].step).startswith("not yet: now the exhibit 'frozen t'; it departs")


def test_check_says_what_departs_where_it_knows_no_fault():
    def late(theta, g, m, v, t, lr, beta1, beta2, eps):
        theta, m, v = sound(theta, g, m, v, t, lr, beta1, beta2, eps)
        return (theta + 1.0 if t == 7 else theta), m, v

    assert verdict("lost root", late).startswith("not yet: it departs first in theta, at step 7: moves by ")


def test_check_takes_a_step_in_another_style():
    def folded(weights, slope, mean, square, count, rate, b1, b2, tiny):
        mean += (1 - b1) * (slope - mean)
        square += (1 - b2) * (slope * slope - square)
        rate = rate * np.sqrt(1 - b2**count) / (1 - b1**count)
        weights -= rate * mean / (np.sqrt(square) + tiny * np.sqrt(1 - b2**count))
        return weights, mean, square

    assert verdict("multiplied correction", folded).startswith("right")


@pytest.mark.parametrize(
    ("answer", "said"),
    [
        (0.5, "not yet: expected a function, the step mended"),
        (None, "not yet: expected a function, the step mended"),
        (lambda *args: 1 / 0, "not yet: your step raised ZeroDivisionError"),
        (lambda: 1, "not yet: your step raised TypeError"),
        (lambda *args: args[0], "not yet: your step raised TypeError: a step must return theta, m, v"),
        (lambda *args: (1, 2), "not yet: your step raised TypeError: a step must return theta, m, v"),
        (lambda *args: (args[0][:2], 0, 0), "not yet: your step raised ValueError: theta has shape (2,) where (8,) is expected"),
        (lambda *args: (args[0], "m", 0), "not yet: your step raised ValueError"),
    ],
)
def test_check_says_something_sensible_about_any_answer(answer, said):
    assert verdict("lost root", answer).startswith(said)


def test_a_step_that_changes_its_arguments_harms_nobody():
    def greedy(theta, g, m, v, *rest):
        out = sound(theta, g, m, v, *rest)
        for x in (theta, g, m, v):
            x[:] = np.nan
        return out

    assert departs(greedy) is None
    assert np.isfinite(START).all()
    assert np.isfinite(gradients()).all()


def test_names_of_the_museum(capsys):
    assert list(MUSEUM.values()) == list(EXHIBITS)
    with pytest.raises(ValueError, match=r"name = 'museum lost keys' is not allowed: name must be one of .*'museum lost root'"):
        check("museum lost keys", sound)
    with pytest.raises(TypeError, match="step = 3 is not allowed"):
        departs(3)


def test_what_moved_to_the_probe_is_found_with_a_warning():
    for name in museum.MOVED:
        with pytest.warns(DeprecationWarning, match=f"adamlib.museum.{name} is adamlib.probe.{name} now"):
            assert getattr(museum, name) is getattr(probe, name)
    with pytest.raises(AttributeError, match="has no attribute 'SCALES'"):
        museum.__getattr__("SCALES")
