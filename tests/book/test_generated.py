"""The generated engine against the engine "floats", to the last bit; what the dialect takes, and what it refuses."""

import base64
import dataclasses
import math
import os
import random

import numpy as np
import pytest

from adamlib import optimizers, problems
from adamlib.averages import power
from adamlib.numerals import number
from adamlib.run import run
from book.browser.bundle import all_rules, all_surfaces, engine_script
from book.browser.gather import Gathered
from book.browser.syntax import NoTranslation, Refused
from helpers import scripts

RUNS, STEPS, SHARE = int(os.environ.get("ADAMLIB_EXAMPLES", "90")), 300, 90  # SHARE: runs that are sent at once
ROUGH = {"rastrigin", "plateau"}  # cos and exp, whose last bit depends on the browser
ARRAYS = ("theta", "m", "v", "m_hat", "v_hat")
COMPARE = """(cases) => cases.map(([rule, fields, problem, parameters, start, steps, told]) => {
    const expected = new Float64Array(Uint8Array.from(atob(told), (letter) => letter.charCodeAt(0)).buffer);
    const walked = adam.py.walk(new adam[rule](fields), adam[problem](...parameters), start, steps);
    let at = 0, wrong = 0;
    for (const list of [walked.loss, ...['theta', 'm', 'v', 'm_hat', 'v_hat'].flatMap((name) => walked[name])])
      for (const x of list) wrong += !Object.is(x, expected[at++]);
    return at === expected.length ? wrong : -1;
})"""


@pytest.fixture(scope="module", params=scripts.RUNNERS)
def ask(request):
    with scripts.running_script(request.param, engine_script()) as asks:
        yield asks


def drawn_rule(rng: random.Random) -> optimizers.Optimizer:
    """A rule with hyperparameters drawn over the whole of their ranges, wild ones included."""
    cls = rng.choice([rule for rule in all_rules() if rule is not optimizers.Optimizer])
    fields = {"lr": 10 ** rng.uniform(-4, 0.7)}
    for field in dataclasses.fields(cls):
        limits = getattr(field.metadata["check"], "keywords", {})
        if field.metadata["powers"]:
            fields[field.name] = rng.choice([0.0, 0.5, 0.9, rng.random(), 1 - 10 ** rng.uniform(-4, 0)])
        elif field.name == "eps":
            fields["eps"] = rng.choice([0.0, 1e-8, 10 ** rng.uniform(-12, 0)])
        elif "allowed" in limits:
            fields[field.name] = rng.choice(limits["allowed"])
        elif isinstance(field.default, bool):
            fields[field.name] = rng.random() < 0.7
        elif field.name != "lr":
            fields[field.name] = rng.choice([0.0, rng.random()])
    return cls(**fields)


def drawn_case(rng: random.Random, exact: bool) -> tuple[list, np.ndarray]:
    """A run to be repeated in the browser, and all its numbers."""
    make = rng.choice([f for f in all_surfaces() if (f.__name__ in ROUGH) is not exact])
    parameters = [10 ** rng.uniform(0, 3)] if make is problems.bowl else []
    rule, problem = drawn_rule(rng), make(*parameters)
    start = [1.5 * rng.uniform(*ends) for ends in problem.window]
    walked = run(rule, problem, start=start, steps=STEPS, engine="floats")
    told = np.concatenate([walked.loss, *(getattr(walked, name).T.ravel() for name in ARRAYS)])
    words = {name: getattr(rule, name) for name in rule.__dataclass_fields__}
    case = [type(rule).__name__, words, make.__name__, parameters, start, STEPS, base64.b64encode(told.tobytes()).decode()]
    return case, told


def wrong_numbers(ask, runs: int, exact: bool = True) -> list[int]:
    rng, found = random.Random(20), []
    for first in range(0, runs, SHARE):
        found += ask(COMPARE, [drawn_case(rng, exact)[0] for _ in range(min(SHARE, runs - first))])
    return found


def test_runs_are_equal_to_the_last_bit(ask):
    assert set(wrong_numbers(ask, RUNS)) == {0}


def test_runs_on_cosines_and_exponentials_begin_alike(ask):
    rng = random.Random(21)
    for case, _ in (drawn_case(rng, exact=False) for _ in range(20)):
        make, (x, y) = getattr(problems, case[2]), case[4]
        there = ask("([name, x, y]) => [adam[name]().height(x, y), ...adam[name]().slope(x, y)]", [case[2], x, y])
        here = [float(make().loss([x, y])), *make().grad([x, y]).tolist()]
        assert there == pytest.approx(here, rel=1e-13, abs=1e-15)


@pytest.mark.parametrize("rule", [r for r in all_rules() if r is not optimizers.Optimizer], ids=lambda r: r.__name__)
def test_every_rule_and_default_is_there(ask, rule):
    fields = ask("(name) => ({...new adam[name]()})", rule.__name__)
    assert fields == {"eps": 0.0, **{name: getattr(rule(), name) for name in rule.__dataclass_fields__}}


def test_an_average_in_another_order_would_be_noticed(ask):
    """`old + (1 - beta)(new - old)` is the same average on paper; its bits are others."""
    ask("() => { adam.kept = adam.RMSProp.prototype.how_far; adam.RMSProp.prototype.how_far = function (old, g) {"
        "const v = old.v + (1 - this.beta2) * (g * g - old.v); return [v, v, old.v_max]; }; }", None)  # fmt: skip
    try:
        assert max(wrong_numbers(ask, SHARE)) > 0
    finally:
        ask("() => { adam.RMSProp.prototype.how_far = adam.kept; }", None)


def test_powers(ask):
    rng = random.Random(3)
    pairs = [[rng.random(), rng.choice([0, 1, 2, 63, 64, rng.randrange(10**6)])] for _ in range(300)]
    assert ask("(pairs) => pairs.map(([beta, t]) => adam.power(beta, t))", pairs) == [power(beta, t) for beta, t in pairs]


def test_numbers_are_written_alike(ask):
    rng = random.Random(4)
    values = [s * rng.random() * 10.0 ** rng.randint(-20, 20) for s in (1, -1) for _ in range(1500)]
    values += [k / 2**j for k in range(-40, 41) for j in range(8)]  # halves, where rounding has a choice
    values += [1e-5, 9.995e-5, 9.9949e-5, 999.5, 9995, 99950, 999500, 999999.5, 1e6, 1e21, 1e22, 1e100, -0.0, 5e-324]
    for digits in (1, 2, 3, 4, 5, 17):
        there = ask("([values, digits]) => values.map((x) => adam.py.number(x, digits))", [values, digits])
        assert there == [number(x, digits) for x in values]
    assert ask("() => [adam.py.number(NaN), adam.py.number(Infinity), adam.py.number(-Infinity)]", None) == [
        number(x) for x in (math.nan, math.inf, -math.inf)
    ]


# The dialect


def takes(numbers, word, flag: bool = True):
    """A function that uses every form once."""
    new, out = 0.0, []
    for i, x in enumerate(numbers):
        if x < 0 and flag:
            continue
        new += x * 2 if 0 <= x <= 100 else x / 2
        out.append((i, new))
    while len(out) > 4:
        out = out[1:]
    a, b = 1, 2
    a, b = b, a
    big = [x for x in numbers if x > 2 and not x > 100]
    pairs = [[p, q] for p in big for q in ("u", "v")]

    def twice(x):
        return 2 * x

    table = {"first": out[0], "last": out[-1]}
    lost = any(x > 1000 for x in numbers)
    text = f"{word}: {len(big)} of {len(numbers)}" if word in ("some", "few") else "none"
    best = min(numbers)
    ends = [max(numbers), best, numbers.index(best), -7 % 3, -7 // 2, round(2.5), round(3.5), int(-2.7)]
    half = (lambda x: x / 2)(3)
    return [out, a, b, big, pairs, twice(3), table["last"], lost, text, ends, half, sorted(numbers), ", ".join(["p", "q"])]


def test_the_dialect_means_the_same(ask):
    made = Gathered().add([takes]).text
    for given in ([[3, -1, 5.5, 0, 200, 12.5, 7], "some"], [[4.0, 2.0, 1e5], "others"]):
        told = ask(f"(given) => {{ const py = adam.py; {made} return takes(...given); }}", given)
        assert told == _listed(takes(*given))


def _listed(thing):
    return [_listed(part) for part in thing] if isinstance(thing, (list, tuple)) else thing


def squares(x):
    return x**2


def judges(xs):
    return 1 if xs else 2


def adds_up(xs):
    return sum(xs)


def formats(x):
    return f"{x:.3f}"


def tries(x):
    try:
        return 1 / x
    except ZeroDivisionError:
        return 0


def joins(xs):
    return [0] + [x for x in xs if x > 0]


@pytest.mark.parametrize(
    ("function", "why"),
    [(squares, "products"), (judges, "comparison"), (adds_up, "sum"), (formats, "number"), (tries, "Try"), (joins, "star")],
    ids=lambda x: getattr(x, "__name__", None),
)
def test_what_cannot_be_translated_is_refused_with_its_line(function, why):
    line = function.__code__.co_firstlineno + 1
    with pytest.raises(Refused, match=rf"test_generated\.py:{line}: .*{why}"):
        Gathered().add([function])


@pytest.mark.parametrize("rule", [optimizers.Muon, optimizers.Adafactor])
def test_a_rule_of_whole_matrices_is_refused(rule):
    assert rule not in all_rules()
    with pytest.raises(NoTranslation, match=f"{rule.__name__} works on whole matrices, and a page computes with numbers"):
        Gathered().add([rule])
