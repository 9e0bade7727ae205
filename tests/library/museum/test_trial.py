"""A trial in the museum: `check` tells an exhibit from its mended form, and says where an answer departs."""

import numpy as np
import pytest

from adamlib.exercises import MUSEUM, check
from adamlib.museum import EXHIBITS, departs, sound, verdict
from adamlib.probe import START, gradients

every_exhibit = pytest.mark.parametrize("exhibit", EXHIBITS.values(), ids=EXHIBITS)


@every_exhibit
def test_check_knows_the_exhibit_and_its_mended_form(exhibit, capsys):
    name = f"museum {exhibit.name}"
    check(name)
    check(name, exhibit.step)
    check(name, exhibit.mended)
    said = capsys.readouterr().out.splitlines()
    first = departs(exhibit.step, exhibit.mended)
    assert said[0] == f"{name}: not mended yet. Hint: {exhibit.hint}"
    where = f"it departs first in {first.quantity}, at step {first.step}: {first.values}"
    assert said[1].startswith(f"{name}: not yet: still the exhibit; {where}")
    assert said[1].endswith(f". Hint: {exhibit.hint}")
    assert said[2] == f"{name}: right. It was this: {exhibit.says}"


def amsgrad(convention):
    """The paper's AMSGrad, Optax's, and neither: the maximum of the corrected v without a correction of m."""

    def step(theta, g, m, v, t, lr, beta1, beta2, eps, v_max):
        m, v = beta1 * m + (1 - beta1) * g, beta2 * v + (1 - beta2) * g * g
        v_max = np.maximum(v_max, v if convention == "paper" else v / (1 - beta2**t))
        m_hat = m / (1 - beta1**t) if convention == "optax" else m
        return theta - lr * m_hat / (np.sqrt(v_max) + eps), m, v, v_max

    return step


def test_check_takes_every_convention_of_amsgrad():
    says = EXHIBITS["maximum in place of v"].says
    assert verdict("maximum in place of v", amsgrad("paper")) == f"right, as the paper has it. It was this: {says}"
    assert verdict("maximum in place of v", amsgrad("optax")) == f"right, as Optax has it. It was this: {says}"
    assert verdict("maximum in place of v", amsgrad("neither")).startswith("not yet: it departs first in v_max")


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
