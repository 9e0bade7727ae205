"""Engines: plain numbers, arrays and compiled code walk the same formulas and give the same numbers."""

import ast
import os
import subprocess
import sys
from collections import defaultdict
from dataclasses import dataclass, replace
from threading import Barrier, get_ident
from types import FunctionType

import numpy as np
import pytest

import adamlib as al
from adamlib import engine as engines
from adamlib.averages import power
from adamlib.engine import compiled
from helpers import notebooks
from helpers.cases import ELEMENTWISE, as_sweep
from helpers.whole import WHOLE, sample

pytest.importorskip("numba", reason="no Numba: install the extra `fast` to test the compiled engine")

RATIONAL = {"rosenbrock": al.rosenbrock(), "beale": al.beale(), "himmelblau": al.himmelblau(), "bowl": al.bowl(7.0)}
TRANSCENDENTAL = {"rastrigin": al.rastrigin(), "plateau": al.plateau()}
FIELDS = ("theta", "grad", "m", "v", "m_hat", "v_hat", "loss")


def equal(a: al.Trajectory, b: al.Trajectory) -> None:
    for name in FIELDS:
        np.testing.assert_array_equal(getattr(a, name), getattr(b, name), err_msg=name, strict=True)


def equal_states(a: al.State, b: al.State) -> None:
    for name, one, other in zip(al.State._fields, a, b):
        np.testing.assert_array_equal(one, other, err_msg=name, strict=name != "t")


@pytest.mark.parametrize("name", sample(list(ELEMENTWISE), 1))
def test_one_run_is_the_same_to_the_last_bit(name):
    optimizer = ELEMENTWISE[name]
    slow, *fast = (al.run(optimizer, al.rosenbrock(), steps=600, every=7, engine=name) for name in engines.ENGINES)
    assert [run.engine for run in (slow, *fast)] == ["arrays", "floats", "compiled"]
    for run in fast:
        equal(run, slow)
    last, *others = (al.final(optimizer, al.rosenbrock(), steps=513, engine=name) for name in engines.ENGINES)
    for state in others:
        equal_states(state, last)


@pytest.mark.parametrize("name", sample(list(ELEMENTWISE), 3))
def test_a_sweep_is_the_same_to_the_last_bit(name):
    many = as_sweep(ELEMENTWISE[name])
    equal(*(al.run(many, al.rosenbrock(), steps=300, every=50, engine=name) for name in ("arrays", "compiled")))


def test_powers_made_at_several_times_leave_no_seam():
    """A rule that asks for the powers of t and of t + 1, across the steps where more of them are made."""
    rule = al.NAdam(lr=0.001)
    last, *others = (al.final(rule, al.rosenbrock(), steps=8195, engine=name) for name in engines.ENGINES)
    for state in others:
        equal_states(state, last)
    many = replace(rule, beta1=np.array([[0.5], [0.99]]))
    equal(*(al.run(many, al.rosenbrock(), steps=1030, every=103, engine=name) for name in ("arrays", "compiled")))


@pytest.mark.parametrize("problem", RATIONAL.values(), ids=RATIONAL)
def test_every_surface_of_plus_and_times(problem):
    rule = al.Adam(lr=0.05)
    slow, *fast = (al.run(rule, problem, steps=400, engine=name) for name in engines.ENGINES)
    for run in fast:
        equal(run, slow)


@pytest.mark.parametrize("problem", TRANSCENDENTAL.values(), ids=TRANSCENDENTAL)
@pytest.mark.parametrize("name", ["floats", "compiled"])
def test_other_functions_agree_to_rounding(problem, name):
    """A cosine is another library's in each engine: one step from the same state agrees to 1e-12."""
    slow = al.run(al.Adam(lr=0.05), problem, steps=40)
    for state in (slow.theta[0], slow.theta[20], slow.theta[40]):
        one, other = (al.final(al.Adam(lr=0.05), problem, start=state, steps=1, engine=which) for which in (name, "arrays"))
        np.testing.assert_allclose(one.grad, other.grad, rtol=1e-12, atol=1e-14)
        np.testing.assert_allclose(one.theta, other.theta, rtol=1e-12, atol=1e-14)


@pytest.mark.parametrize("shape", [(2,), (1,), (1, 1), (1, 2), (5, 1), (5, 2), (3, 1, 1), (3, 4, 2), (70, 1), (200, 1)])
def test_hyperparameters_of_every_shape(shape):
    rng = np.random.default_rng(1)
    rule = al.Adam(lr=rng.uniform(0.001, 0.2, shape), beta1=0.5, beta2=rng.uniform(0.5, 0.999, shape[-1:]))
    equal(*(al.run(rule, al.beale(), steps=100, every=9, engine=name) for name in ("arrays", "compiled")))


def test_starts_of_every_shape():
    starts = np.random.default_rng(2).uniform(-2, 2, (3, 67, 2))
    rule = al.NAdam(lr=np.geomspace(0.001, 0.1, 3)[:, None, None])
    equal(*(al.run(rule, al.himmelblau(), starts, steps=60, every=20, engine=name) for name in ("arrays", "compiled")))


@pytest.mark.parametrize("engine", [None, "arrays", "compiled"])
@pytest.mark.parametrize("problem", [al.bowl(), al.logistic(al.digits(train=20))], ids=["surface", "data"])
def test_no_start_has_no_end(problem, engine):
    """A sweep of no runs: alone, and beside three rates."""
    for rates, shape in ((0.1, (0, problem.dim)), (np.full((3, 1, 1), 0.1), (3, 0, problem.dim))):
        end = al.final(al.Momentum(rates), problem, np.zeros((0, problem.dim)), steps=2000, engine=engine)
        assert end.theta.shape == end.m.shape == shape


def test_schedules():
    for schedule in (al.linear(100), al.warmup(5, al.inverse_root())):
        slow, *fast = (
            al.run(al.AdamW(lr=0.1), al.rosenbrock(), steps=150, schedule=schedule, engine=name) for name in engines.ENGINES
        )
        for run in fast:
            equal(run, slow)


@pytest.mark.parametrize("rule", [al.SGD(lr=0.1), al.Momentum(lr=1.0), al.Adam(lr=1e300), al.Adam(lr=0.1, eps=0.0)], ids=repr)
def test_divergence_is_the_same(rule):
    """inf and nan at the same places, and no warning: warnings are errors here."""
    start = [0.0, 0.0] if rule.eps == 0 and isinstance(rule, al.Adam) else [-1.5, 2.0]
    problem = al.saddle() if start == [0.0, 0.0] else al.rosenbrock()
    slow, *fast = (al.run(rule, problem, start=start, steps=60, engine=name) for name in engines.ENGINES)
    assert not np.isfinite(slow.theta[-1]).all()
    for run in fast:
        equal(run, slow)


# Steps of long vectors and of many networks


def slope_of_a_bowl(size: int, dtype) -> al.Problem:
    curvatures = np.random.default_rng(0).uniform(0.5, 2, size)
    return replace(al.quadratic(curvatures), start=np.ones(size, dtype))


REAL = (np.float32, np.float64)
VECTORS = {
    f"{name}-{dtype.__name__}": (rule, dtype)
    for i, (name, rule) in enumerate(ELEMENTWISE.items())
    for dtype in (REAL if WHOLE else (REAL[i // 4 % 2],))
}


@pytest.mark.parametrize("name", sample(list(VECTORS)))
def test_steps_of_a_vector(name):
    optimizer, dtype = VECTORS[name]
    problem = slope_of_a_bowl(5000, dtype)
    slow, fast = (al.final(optimizer, problem, steps=20, engine=name) for name in ("arrays", "compiled"))
    assert fast.theta.dtype == dtype
    equal_states(fast, slow)


@pytest.mark.parametrize("size", [1023, 1024, 1025, 600_001])
def test_pieces_of_a_vector_and_their_threads_leave_no_seam(size):
    problem = slope_of_a_bowl(size, np.float32)
    equal_states(*(al.final(al.Adam(lr=0.01), problem, steps=3, engine=name) for name in ("arrays", "compiled")))


@pytest.mark.parametrize(("size", "grain"), [(0, 64), (1, 64), (63, 64), (64, 64), (1000, 64), (4096, 1)])
@pytest.mark.parametrize("worth", [True, False])
def test_shared_work_is_done_once(size, grain, worth):
    done = np.zeros(size, int)

    def work(first, last):
        assert first % grain == 0
        done[first:last] += 1

    compiled._share(work, size, grain, worth)
    assert (done == 1).all()


@pytest.mark.parametrize("where", ["here", "elsewhere"])
def test_an_error_on_any_core_reaches_the_caller(monkeypatch, where):
    monkeypatch.setattr(compiled, "OTHER_CORES", 1)
    compiled._jobs.cache_clear()
    both, here, reached = Barrier(2, timeout=10), get_ident(), []

    def work(first, last):
        both.wait()
        if (get_ident() == here) == (where == "here"):
            raise ArithmeticError(where)
        reached.append(first)

    with pytest.raises(ArithmeticError, match=where):
        compiled._share(work, 2, 1, True)
    assert len(reached) == 1  # the other one has finished


FORKED = """
import os, sys, threading
from adamlib.engine import compiled
compiled.OTHER_CORES = 1
def meet():
    both = threading.Barrier(2, timeout=10)
    compiled._share(lambda first, last: both.wait(), 2, 1, True)
meet()
child = os.fork()
meet()
if child:
    sys.exit(os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]))
"""


@pytest.mark.skipif(not hasattr(os, "fork"), reason="no forks here")
def test_a_fork_has_threads_of_its_own():
    subprocess.run([sys.executable, "-W", "ignore", "-c", FORKED], check=True, timeout=60)


@pytest.mark.parametrize("dtype", [np.float32, np.float64])
def test_networks_trained_at_once(dtype):
    problem = al.network(al.digits(train=60), hidden=5, batch=16, seed=[1, 2, 3])
    problem = replace(problem, start=problem.start.astype(dtype))
    rules = al.AdamW(**al.grid(lr=[0.01, 0.1])), al.AMSGrad(lr=np.geomspace(0.001, 0.1, 2)[:, None, None])
    for rule in (replace(rules[0], lr=rules[0].lr[:, None]), rules[1]):
        slow, fast = (al.run(rule, problem, steps=12, every=5, engine=name) for name in ("arrays", "compiled"))
        assert fast.theta.shape == (4, 2, 3, problem.dim)
        np.testing.assert_allclose(fast.theta, slow.theta, rtol=1e-12 if dtype == np.float64 else 1e-4)


def test_a_rate_for_each_coordinate_of_a_vector():
    problem = slope_of_a_bowl(300, np.float64)
    rule = al.Adam(lr=np.linspace(0.001, 0.1, 300), beta1=np.array([[0.5], [0.9]]))
    equal_states(*(al.final(rule, problem, steps=9, engine=name) for name in ("compiled", "arrays")))


def test_a_gradient_that_is_theta_itself():
    lazy = al.Problem("lazy", lambda x: 0.5 * (x * x).sum(axis=-1), lambda x, t=1: x, np.ones(10))
    equal_states(*(al.final(al.Momentum(lr=0.1), lazy, steps=9, engine=name) for name in ("compiled", "arrays")))


def test_projected_steps():
    problem = al.reddi()
    equal(
        *(al.run(al.Adam(lr=0.5), problem, steps=50, schedule=al.inverse_root(), engine=name) for name in ("compiled", "arrays"))
    )


# Which engine


def test_the_fastest_at_hand_is_chosen(monkeypatch):
    monkeypatch.setattr(compiled, "_loops", {})
    rule, short, many = al.Adam(lr=0.03), al.rosenbrock(), al.Adam(**al.grid(lr=np.geomspace(0.01, 0.1, 9)))
    assert al.run(rule, short, steps=20).engine == "floats"
    assert al.run(many, short, steps=20).engine == "arrays"
    assert al.precompile(al.Adam(), short)
    assert [al.run(one, short, steps=20).engine for one in (rule, many)] == ["compiled", "compiled"]
    assert al.run(al.AMSGrad(), short, steps=20).engine == "floats"
    assert al.run(al.Adam(bias_correction=False), short, steps=20).engine == "floats"
    assert al.run(rule, al.logistic(al.digits(train=20)), steps=2).engine == "arrays"


def test_what_adds_up_to_a_second_is_compiled_unasked(monkeypatch):
    monkeypatch.setattr(compiled, "_loops", {})
    monkeypatch.setattr(engines, "_spent", defaultdict(float))
    many = al.Adam(**al.grid(lr=[0.1, 0.2]))
    assert [al.run(many, al.bowl(), steps=steps, every=steps).engine for steps in (9000, 100, 9000, 10)] == [
        *("arrays", "arrays"),
        *("compiled", "compiled"),
    ]


def test_without_numba_everything_works_on_numpy(monkeypatch):
    monkeypatch.setattr(compiled, "_loops", {})
    monkeypatch.setattr(compiled, "installed", lambda: False)
    assert not al.precompile(al.Adam(), al.bowl())
    assert al.run(al.SGD(), al.bowl(), steps=18_000, every=9000).engine == "floats"
    with pytest.raises(ValueError, match="engine = 'compiled' is not allowed: it needs Numba: install the extra `fast`"):
        al.run(al.SGD(), al.bowl(), engine="compiled")


BLOCKED = """
import sys
sys.modules["numba"] = None
import adamlib as al
walk = al.run(al.Adam(lr=0.05), al.rosenbrock(), steps=300)
print(walk.engine, walk.theta[-1].tolist())
"""


def test_without_numba_the_numbers_are_the_same():
    said = subprocess.run([sys.executable, "-W", "error", "-c", BLOCKED], capture_output=True, text=True, check=True).stdout
    theta = al.final(al.Adam(lr=0.05), al.rosenbrock(), steps=300, engine="compiled").theta
    assert said == f"floats {theta.tolist()}\n"


FRESH = """
import adamlib as al, sys
assert "numba" not in sys.modules
al.run(al.Adam(lr=0.05), al.rosenbrock(), steps=30, engine="compiled")
from adamlib.engine import compiled
(made,) = compiled._loops.values()
print(sum(made.stats.cache_hits.values()), sum(made.stats.cache_misses.values()))
"""


def test_compiling_is_paid_once(tmp_path):
    """A second process finds the kernel on disk."""
    space = {**os.environ, "NUMBA_CACHE_DIR": str(tmp_path)}
    options = {"capture_output": True, "text": True, "check": True, "env": space}
    say = [subprocess.run([sys.executable, "-c", FRESH], **options).stdout for _ in "ab"]
    assert say == ["0 1\n", "1 0\n"]


def test_a_word_that_is_no_engine():
    with pytest.raises(ValueError, match="engine = 'gpu' is not allowed: engine must be one of 'arrays', 'floats', 'compiled'"):
        al.run(al.SGD(), al.bowl(), engine="gpu")


@pytest.mark.parametrize(
    ("rule", "problem", "start", "message"),
    [
        (al.SGD(), al.reddi(), None, "it needs a surface"),
        (al.SGD(), al.bowl(), np.ones((3, 2)), r"one run, not theta of shape \(3, 2\)"),
        (al.SGD(), al.bowl(), np.ones(2, np.float32), "in float32"),
    ],
)
def test_plain_numbers_say_what_they_cannot(rule, problem, start, message):
    with pytest.raises(ValueError, match=message):
        al.run(rule, problem, start, engine="floats")


# A reader's own rules and surfaces


def softened(v, floor):
    return np.maximum(v, floor)


@dataclass(frozen=True, eq=False)
class Cautious(al.Adam):
    """A rule with a helper function, a helper method and a hyperparameter of its own."""

    floor: float = 0.01

    def bounded(self, v):
        return softened(v, self.floor)

    def how_far(self, old, g, t):
        v, v_hat, v_max = self.plain(old, g, t)
        return v, self.bounded(v_hat), v_max

    def plain(self, old, g, t):
        v = al.ema(old.v, g * g, self.beta2)
        return v, al.debias(v, self.beta2, t), old.v_max


@dataclass(frozen=True, eq=False)
class Rooted(al.SGD):
    """A rule that uses t, a comparison and a power of a hyperparameter."""

    lr: float = 0.01
    turn: float = 20.0

    def where_to(self, old, g, t):
        return old.m, g / np.sqrt(t) if t > self.turn else g * np.maximum(np.sqrt(self.lr), -self.turn) ** 1


@dataclass(frozen=True, eq=False)
class Bookish(al.SGD):
    """A rule that is not written with numbers that may be unknown."""

    def where_to(self, old, g, t):
        return old.m, g * np.cumsum(np.ones_like(g))


@dataclass(frozen=True, eq=False)
class Stepper(al.SGD):
    """A step of its own."""

    def step(self, state, grad):
        return super().step(state, 2 * np.asarray(grad))


def test_a_rule_of_your_own_compiles():
    for rule in (Cautious(lr=0.05), Rooted(lr=0.004)):
        slow, *fast = (al.run(rule, al.beale(), steps=80, engine=name) for name in engines.ENGINES)
        for run in fast:
            equal(run, slow)


@dataclass(frozen=True, eq=False)
class Halving(al.Momentum):
    """A rule that asks for powers of what is no hyperparameter."""

    def where_to(self, old, g, t):
        m = al.ema(old.m, g, self.beta)
        return m, m * (1 - power(0.5 * self.beta, t)) + g * power(0.75, t)


def test_powers_of_other_numbers_have_the_same_bits():
    slow, *fast = (al.run(Halving(lr=0.001), al.beale(), steps=70, engine=name) for name in engines.ENGINES)
    for run in fast:
        equal(run, slow)


def test_a_surface_of_your_own_compiles():
    tilt = 0.5

    def height(x, y, a):
        return a * x * x * x * x + softened(2 * y, -1.0) + tilt * x

    def slope(x, y, a):
        return 4 * a * x * x * x + tilt, 2

    own = al.surface("own", height, slope, (1.0, 1.0), a=2)
    slow, *fast = (al.run(al.Adam(lr=0.05), own, steps=80, engine=name) for name in engines.ENGINES)
    for run in fast:
        equal(run, slow)


def test_the_same_cell_run_again_compiles_nothing():
    def made():
        return al.surface("twin", lambda x, y: x * x + 3 * y * y, lambda x, y: (2 * x, 6 * y), (1, 1))

    al.run(al.Adam(), made(), engine="compiled")
    count = len(compiled._loops)
    al.run(al.Adam(), made(), engine="compiled")
    assert len(compiled._loops) == count


def test_other_numbers_in_a_closure_are_another_kernel():
    def cup(a):
        return al.surface("cup", lambda x, y: a * (x * x + y * y), lambda x, y: (2 * a * x, 2 * a * y), (1, 1))

    ends = [al.run(al.SGD(lr=0.1), cup(a), steps=3, engine="compiled").theta[-1, 0] for a in (1.0, 2.0)]
    assert ends == pytest.approx([0.8**3, 0.6**3])


def test_what_cannot_be_compiled_runs_on_numpy_with_one_remark(recwarn):
    problem = al.surface("cup", lambda x, y: x * x + y * y, lambda x, y: (2 * x, 2 * y), (1, 1))
    first = al.run(Bookish(), problem, steps=20_000, every=20_000)
    again = al.run(Bookish(), problem, steps=20_000, every=20_000)
    assert (first.engine, again.engine) == ("arrays", "arrays")
    (remark,) = recwarn.list
    assert str(remark.message).startswith("Bookish on cup cannot be compiled and runs on NumPy instead: ")
    assert "\n" not in str(remark.message)
    with pytest.raises(ValueError, match="engine = 'compiled' is not allowed: Bookish on cup could not be compiled"):
        al.run(Bookish(), problem, engine="compiled")


def test_a_step_of_its_own_is_respected():
    rule = Stepper(lr=0.1)
    assert al.run(rule, al.bowl(), steps=1).theta[1, 0] == pytest.approx(-2 + 0.2 * 2)
    for name in ("floats", "compiled"):
        with pytest.raises(ValueError, match="Stepper has a step of its own"):
            al.run(rule, al.bowl(), engine=name)


# One formula, one place

LETTERS = {"theta", "m", "v", "m_hat", "v_hat", "v_max", "grad", "g", "lr", "eps", "beta1", "beta2", "new", "old"}


def arithmetic(code: str) -> list[str]:
    """Every product, quotient, sum or root that touches a letter of the update rules."""
    found = []
    for node in ast.walk(ast.parse(code)):
        if isinstance(node, ast.BinOp) or (isinstance(node, ast.Call) and "sqrt" in ast.unparse(node.func)):
            names = {part.id for part in ast.walk(node) if isinstance(part, ast.Name)}
            names |= {part.attr for part in ast.walk(node) if isinstance(part, ast.Attribute)}
            if names & LETTERS:
                found.append(ast.unparse(node))
    return found


@pytest.mark.parametrize("path", sorted((notebooks.ROOT / "adamlib" / "engine").glob("*.py")), ids=lambda path: path.name)
def test_no_engine_holds_a_formula(path):
    """Sizes of arrays are counted here; nothing else is computed from the letters of the rules."""
    counted = ("theta.shape", "theta.size", "theta.itemsize", "theta.ndim", "grad.shape")
    assert [text for text in arithmetic(path.read_text(encoding="utf-8")) if not any(word in text for word in counted)] == []


def test_a_second_formula_would_be_noticed():
    assert arithmetic("theta = theta - lr * m_hat / (np.sqrt(v_hat) + eps)")
    assert arithmetic("def f(b, m, g): return b * m + (1 - b) * g")


def test_the_engines_follow_the_rule():
    """Another `ema` in the one place where it stands changes all engines alike, and is another kernel."""

    def halved(old, new, beta):
        return beta * old + (1 - beta) * new * 0.5

    def with_other_average(method):
        return FunctionType(method.__code__, {**method.__globals__, "ema": halved}, method.__name__)

    answers = {name: with_other_average(getattr(al.Adam, name)) for name in ("where_to", "how_far")}
    rule, plain = type("Half", (al.Adam,), answers)(lr=0.05), al.Adam(lr=0.05)
    ends = [al.final(rule, al.rosenbrock(), steps=50, engine=name).theta.tolist() for name in engines.ENGINES]
    assert ends[0] == ends[1] == ends[2] != al.final(plain, al.rosenbrock(), steps=50).theta.tolist()


def test_every_optimizer_of_the_tables_is_compiled():
    assert not any(engines.Compiled(engines.task_of(rule, al.bowl(), None, 1)).refusal for rule in ELEMENTWISE.values())
