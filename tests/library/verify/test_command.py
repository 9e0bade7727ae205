"""The command line: from words to an optimizer, its exit status, and what it refuses."""

import subprocess
import sys

import numpy as np
import pytest

import adamlib as al
from adamlib.__main__ import main
from adamlib.verify.command import rule_in
from adamlib.verify.sources import Unusable

VERSIONS = f"(adamlib {al.__version__}, numpy {np.__version__})\n"


def run(capsys, *words):
    status = main(["verify", *words])
    out, err = capsys.readouterr()
    return status, out, err


def test_fakes_on_the_command_line(libraries, capsys):
    assert run(capsys, "torch.optim:SGD")[0] == 0
    assert run(capsys, "torch.optim:SGD", "lr=0.1", "momentum=0.9")[1].startswith("Follows Momentum(lr=0.1, beta=0.9)")
    assert run(capsys, "optax:sgd", "learning_rate=0.1", "momentum=0.9")[1].startswith("Follows Momentum(lr=0.1, beta=0.9)")
    assert run(capsys, "optax:unknown", "learning_rate=0.1", "--like", "SGD(lr=0.1)")[0] == 0
    assert run(capsys, "optax:unknown", "learning_rate=0.1")[0] == 1
    assert run(capsys, "optax:sgd")[2].startswith("python -m adamlib: sgd cannot be made: missing a required argument")


def test_scikit_learn_on_the_command_line(capsys):
    words = ("sklearn.neural_network._stochastic_optimizers:SGDOptimizer", "momentum=0.0", "learning_rate_init=0.5")
    status, out, _ = run(capsys, *words)
    assert (status, out.partition(" for")[0]) == (0, "Follows SGD(lr=0.5)")


def test_conventions_will_not_always_do(capsys, tmp_path):
    file = tmp_path / "mine.py"
    file.write_text("import adamlib\nraw = adamlib.Adam(bias_correction=False)\nAdam = adamlib.Adam()\n")
    for name, convention, statuses in (("raw", "m and v are not corrected", (0, 1)), ("Adam", "as in the paper", (0, 0))):
        for more, status in zip(((), ("--as-written",)), statuses):
            said = run(capsys, f"{file}:{name}", "--like", "Adam", *more)
            assert said[0] == status
            assert convention in said[1]


def test_the_command_line(capsys, tmp_path):
    status, out, err = run(capsys, "adamlib:Adam", "lr=0.01")
    assert (status, err) == (0, "")
    assert out == (
        "Follows Adam(lr=0.01, beta1=0.9, beta2=0.999, eps=1e-08) for 400 steps: eps outside the root, after the correction, "
        f"as in the paper's Algorithm 1.\n{VERSIONS}"
    )
    status, out, err = run(capsys, "adamlib:Adam", "lr=0.01", "--like", "AdamW(lr=0.01, weight_decay=0.1)")
    assert (status, err) == (1, "")
    assert "Departs from AdamW" in out
    file = tmp_path / "mine.py"
    file.write_text("def step(theta, grad, state, rate=0.1):\n    return theta - rate * grad, state\n")
    assert run(capsys, f"{file}:step", "--like", "SGD(lr=0.1)")[0] == 0
    assert run(capsys, f"{file}:step", "rate=0.2", "--like", "SGD(lr=0.2)")[0] == 0
    assert run(capsys, f"{file}:step", "rate=0.2", "--like", "SGD")[0] == 1
    for broken in ("def step(", "1 / 0", "import nosuchpackage"):
        file.write_text(broken)
        status, out, err = run(capsys, f"{file}:step")
        assert (status, out) == (2, "")
        assert f"{file} cannot be imported: " in err


@pytest.mark.parametrize(
    ("words", "said"),
    [
        ([], "say what to check, as torch.optim:Adam"),
        (["mine.py::step"], "target = 'mine.py::step' is not allowed: target must be written with one colon, as mine.py:step"),
        (["Adam"], "target = 'Adam' is not allowed: target must be module:name or file.py:name"),
        ([":"], "target = ':' is not allowed"),
        (["adamlib:Adan"], "adamlib has no Adan"),
        (["adamlib:run.missing"], "adamlib has no run.missing"),
        (["nosuchpackage:Adam"], "nosuchpackage cannot be imported: ModuleNotFoundError"),
        ([".relative:Adam"], ".relative cannot be imported: TypeError"),
        (["nosuch.py:step"], "there is no file nosuch.py"),
        (["adamlib:Adam", "0.1"], "setting = '0.1' is not allowed: setting must be name=value"),
        (["adamlib:Adam", "l r=0.1"], "setting = 'l r=0.1' is not allowed"),
        (["adamlib:Adam", "lr=os.getcwd()"], "lr = os.getcwd() is not allowed: lr must be a number"),
        (["adamlib:Adam", "lr="], "lr =  is not allowed"),
        (["adamlib:Adam", "rate=0.1"], "Adam cannot be made: "),
        (["adamlib:Adam", "lr=-1"], "lr = -1 is not allowed"),
        (["adamlib:__version__"], "optimizer = '0.1.0' is not allowed"),
        (["adamlib:Adam", "--like", "print()"], "like = 'print()' is not allowed: adamlib has no rule print, but "),
        (["adamlib:Adam", "--like", "Adam(0.1)"], "like must be a rule of adamlib with its settings"),
        (["adamlib:Adam", "--like", "Adam(lr=open('x'))"], "like must be a rule of adamlib with its settings"),
        (["adamlib:Adam", "--like", "Adam(**{'lr': 1})"], "like must be a rule of adamlib with its settings"),
        (["adamlib:Adam", "--like", "al.Adam()"], "like must be a rule of adamlib with its settings"),
        (["adamlib:Adam", "--like", "Adam(lr=-1)"], "lr = -1 is not allowed"),
        (["adamlib:Adam", "--like", "Adam(rate=1)"], "unexpected keyword argument 'rate'"),
        (["adamlib:Adam", "--like", "("], "like must be a rule of adamlib with its settings"),
    ],
)
def test_the_command_line_refuses(capsys, words, said):
    status, out, err = run(capsys, *words)
    assert (status, out) == (2, "")
    assert err.startswith("python -m adamlib: ")
    assert said in err


def test_a_missing_library_is_named(capsys, monkeypatch):
    monkeypatch.setitem(sys.modules, "torch", None)
    monkeypatch.setitem(sys.modules, "torch.optim", None)
    status, _, err = run(capsys, "torch.optim:Adam")
    assert status == 2
    assert "torch.optim cannot be imported; it needs torch to be installed" in err


def test_bad_usage_is_status_two(capsys):
    for words in ([], ["nosuch"], ["verify", "adamlib:Adam", "--unlike", "x"]):
        with pytest.raises(SystemExit) as left:
            main(words)
        assert left.value.code == 2
    capsys.readouterr()


def test_the_command_runs():
    words = [sys.executable, "-W", "error", "-m", "adamlib", "verify", "adamlib:SGD", "lr=0.1"]
    done = subprocess.run(words, capture_output=True, text=True, check=False)
    assert (done.returncode, done.stderr) == (0, "")
    assert done.stdout == f"Follows SGD(lr=0.1) for 400 steps: against the gradient, times lr.\n{VERSIONS}"


def test_rules_in_words():
    assert rule_in("AdamW(lr=0.01)") == al.AdamW(lr=0.01)
    assert rule_in(" SGD ") == al.SGD()
    assert rule_in("AMSGrad(convention='paper')") == al.AMSGrad(convention="paper")
    with pytest.raises(Unusable):
        rule_in("Optimizer()")


SEVERAL = """
import sys
raise_it = lambda theta, grad, state: 1 / 0

def step(theta, grad, state):
    print("a step of mine")
    return theta - 0.1 * grad, state

def leave(theta, grad, state):
    sys.exit(3)
"""


@pytest.fixture
def mine(tmp_path):
    file = tmp_path / "mine.py"
    file.write_text(SEVERAL)
    return file


def test_several_targets_have_an_answer_each_and_the_worst_status(mine, capsys):
    words = ("adamlib:SGD", "lr=0.1", f"{mine}:step", "adamlib:Adam", "--like", "SGD(lr=0.1)")
    status, out, err = run(capsys, *words[:3], *words[4:])
    follows = "Follows SGD(lr=0.1) for 400 steps: against the gradient, times lr."
    assert (status, out) == (0, f"adamlib:SGD lr=0.1: {follows}\n{mine}:step: {follows}\n{VERSIONS}")
    assert set(err.splitlines()) == {"a step of mine"}
    assert run(capsys, *words)[0] == 1
    status, out, err = run(capsys, "adamlib:SGD", f"{mine}:leave", f"{mine}:raise_it", "nosuch.py:step", "adamlib:SGD", "lr=0.2")
    assert status == 2
    names = [line.partition(": ")[0] for line in out.splitlines()]
    assert names[:-1] == ["adamlib:SGD", f"{mine}:raise_it", "adamlib:SGD lr=0.2"]
    assert err == (
        f"python -m adamlib: {mine}:leave: {mine}:leave leaves by sys.exit(3)\n"
        "python -m adamlib: nosuch.py:step: there is no file nosuch.py\n"
    )


def test_a_target_that_leaves_while_it_is_imported(tmp_path, capsys):
    file = tmp_path / "leaves.py"
    file.write_text("raise SystemExit(0)")
    assert f"{file} leaves by sys.exit(0) while it is imported" in run(capsys, f"{file}:step")[2]


def test_the_versions_that_are_installed(capsys):
    status, out, err = run(capsys, "--version")
    assert (status, err) == (0, "")
    assert out.startswith(VERSIONS.removesuffix(")\n"))
