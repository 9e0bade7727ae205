"""Bad input to every public function: a clear error or the right answer; never a wrong one, never a warning.

`make fuzz` tries ten thousand examples and more.
"""

import inspect
from collections.abc import Callable, Mapping
from types import MappingProxyType
from typing import Any, NamedTuple

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

import adamlib as al
from adamlib import animate, exercises, explore, notebook, plots, style
from adamlib.explore.scene import Panel, Scene, View
from adamlib.optimizers import relatives, rules
from helpers import bad_values, cases
from helpers.cases import FEW_DIGITS

BOWL = al.bowl()
RUN = al.run(al.Adam(lr=0.1), BOWL, steps=5)
SWEEP = al.run(al.SGD(**al.grid(lr=[0.05, 0.1])), BOWL, steps=5)
STATE = al.SGD().step(al.SGD().init([1.0, 2.0]), [1.0, 1.0])
THREE = np.array([1.0, 2.0, 3.0])


def stepped(rule: al.Optimizer) -> list:
    """What comes of an optimizer."""
    state = rule.init([1.0, 2.0])
    return list(rule.step(state, np.broadcast_to([0.5, -1.0], state.theta.shape))[1:])


def measured(problem: al.Problem) -> list:
    """What comes of a problem."""
    some = [problem.loss, problem.test_loss, problem.train_accuracy, problem.test_accuracy]
    return [problem.grad(problem.start, t) for t in (1, 2)] + [f(problem.start) for f in some if f is not None]


def listed(split: al.Split) -> list:
    return [split.x_train[..., :2, :], split.y_test, split.classes]


def follow(schedule: Callable) -> list:
    return [schedule(t) for t in (1, 2, 7)]


def seen(picture: plots.Picture) -> str:
    assert picture.png.startswith(b"\x89PNG")
    return picture.sentence


def resumable(checkpoint: Any, steps: int) -> tuple[list, Any]:
    """A training loop for `check_resume`."""
    done = int(checkpoint or 0)
    return [{"weights": np.arange(3.0) * t} for t in range(done + 1, done + steps + 1)], done + steps


class Call(NamedTuple):
    """How a public name is called: arguments that are right, which of them are tried, and what becomes of the result.

    tried : None for all parameters
    """

    function: Callable
    right: Mapping[str, Any] = MappingProxyType({})
    use: Callable = list
    tried: tuple[str, ...] | None = None

    @property
    def fields(self) -> list[str]:
        kinds = (inspect.Parameter.VAR_POSITIONAL, inspect.Parameter.VAR_KEYWORD)
        every = [p.name for p in inspect.signature(self.function).parameters.values() if p.kind not in kinds]
        return every if self.tried is None else list(self.tried)

    def __call__(self, **wrong: Any) -> Any:
        return self.use(self.function(**{**self.right, **wrong}))


def drawn(draw: Callable) -> Callable:
    """A `draw_` function on axes that it may soil."""

    def on_axes(**words: Any) -> int:
        ax = style.panel(style.figure(300), 40, 40, 40, 40, **({"projection": "3d"} if draw is plots.draw_surface else {}))
        return len(draw(ax, **words))

    on_axes.__signature__ = inspect.signature(draw).replace(parameters=list(inspect.signature(draw).parameters.values())[1:])
    return on_axes


WAVE = View(lambda: Scene([Panel("wave", (0, 1), (0, 1))], {"k": [1, 2]}), lambda k: ([], f"{k}."))


RULE, DATA = {"optimizer": al.SGD(lr=0.1), "problem": BOWL}, {"split": FEW_DIGITS}
MAP = {"values": np.ones((2, 3)), "x": THREE, "y": THREE[:2], "xlabel": "x", "ylabel": "y"}
RUNS, BARS = {"runs": RUN}, {"values": THREE}

PICTURES = {
    "plots.bars": Call(plots.bars, BARS, seen),
    "plots.beside": Call(lambda sentence=None: plots.beside(*[plots.curves(RUN)] * 2, sentence=sentence), {}, seen),
    "plots.draw_bars": Call(drawn(plots.draw_bars), BARS, int),
    "plots.draw_heatmap": Call(drawn(plots.draw_heatmap), {k: v for k, v in MAP.items() if k != "ylabel"}, int),
    "plots.draw_curves": Call(drawn(plots.draw_curves), RUNS, int),
    "plots.draw_paths": Call(drawn(plots.draw_paths), RUNS, int),
    "plots.draw_steps": Call(drawn(plots.draw_steps), RUNS, int),
    "plots.draw_surface": Call(drawn(plots.draw_surface), RUNS, int),
    "plots.heatmap": Call(plots.heatmap, {**MAP, "label": "z"}, seen),
    "plots.curves": Call(plots.curves, RUNS, seen),
    "plots.paths": Call(plots.paths, RUNS, seen),
    "plots.render": Call(plots.render, {"figure": style.figure(100), "sentence": "A."}, seen),
    "plots.steps": Call(plots.steps, RUNS, seen),
    "plots.surface": Call(plots.surface, RUNS, seen),
    "animate.race": Call(animate.race, {"trajectories": RUN}, lambda film: film.sentence),
    "explore.Explorer": Call(explore.Explorer, {"view": WAVE}, repr, ("view", "k")),
    "explore.Explorer.frame": Call(explore.Explorer(WAVE).frame, {}, len, ("k", "speed")),
    "explore.Explorer.picture": Call(explore.Explorer(WAVE).picture, {}, repr, ("k", "speed")),
}
SURFACES = (*(name for name in cases.SURFACES if not inspect.signature(getattr(al, name)).parameters), "lessard", "reddi_online")
OPTIMIZERS = ("Optimizer", "Adafactor", "Muon", *rules.__all__, *relatives.__all__)
CALLS = {
    **{name: Call(getattr(al, name), {}, stepped) for name in OPTIMIZERS},
    "newton_schulz": Call(al.newton_schulz, {"x": np.diag([1.0, 0.1])}, np.asarray),
    **{f"{name}().loss": Call(getattr(al, name)().loss, {"theta": getattr(al, name)().start}, np.asarray) for name in SURFACES},
    **{
        f"{name}().grad": Call(getattr(al, name)().grad, {"theta": getattr(al, name)().start}, np.asarray, ("theta",))
        for name in SURFACES
    },
    "Optimizer.init": Call(al.Adam().init, {"theta": [1.0, 2.0]}, lambda state: list(state[1:])),
    "Optimizer.step": Call(al.SGD().step, {"state": STATE, "grad": [1.0, 1.0]}, lambda state: list(state[1:])),
    "Problem": Call(al.Problem, {"name": "mine", "loss": BOWL.loss, "grad": BOWL.grad, "start": [1.0, 2.0]}, measured),
    "Problem.loss": Call(BOWL.loss, {"theta": [1.0, 2.0]}, np.asarray),
    "Problem.grad": Call(BOWL.grad, {"theta": [1.0, 2.0]}, np.asarray, ("theta",)),
    "Split": Call(
        al.Split, {name: getattr(FEW_DIGITS, name) for name in ("name", "x_train", "y_train", "x_test", "y_test")}, listed
    ),
    "Trajectory.pick": Call(lambda index: SWEEP.pick(index), {"index": 0}, repr),
    "arrival": Call(al.arrival, {**RULE, "steps": 20}),
    "bfloat16": Call(al.bfloat16, {"x": [1.0, 1.001]}, np.asarray),
    "bigram": Call(al.bigram, {"pairs": [[3, 1], [0, 2]]}, measured),
    "bowl": Call(al.bowl, {}, measured),
    "bursts": Call(al.bursts, {"losses": [1.0, 0.0, 1.0]}, np.asarray),
    "breast_cancer": Call(al.breast_cancer, {}, listed),
    "cosine": Call(al.cosine, {"steps": 3}, follow),
    "digits": Call(al.digits, {}, listed),
    "drift": Call(al.drift, {"slopes": THREE, "beta1": 0.5, "beta2": 0.9}, np.asarray),
    "draw_text": Call(al.draw_text, {"pairs": [[1, 2], [0, 3]], "length": 5}, np.asarray),
    "final": Call(al.final, {**RULE, "steps": 3}, lambda state: list(state[1:])),
    "grid": Call(al.grid, {"lr": [0.1, 0.2]}, dict, ("lr",)),
    "hessian": Call(al.hessian, {"problem": BOWL, "theta": [1.0, 1.0]}, np.asarray),
    "iterate": Call(al.iterate, RULE, lambda states: [list(next(states)[1:]) for _ in range(3)]),
    "linear": Call(al.linear, {"steps": 3}, follow),
    "logistic": Call(al.logistic, DATA, measured),
    "losses_by_word": Call(al.losses_by_word, {"theta": [0.0] * 4, "pairs": [[3, 1], [0, 2]]}, np.asarray),
    "network": Call(al.network, {**DATA, "hidden": 2}, measured),
    "noisy": Call(al.noisy, {"problem": BOWL}, measured),
    "normalised": Call(al.normalised, {**DATA, "hidden": 2}, measured),
    "play": Call(al.play, {"optimizer": al.Adam(), "slopes": THREE}, lambda play: list(vars(play).values())),
    "ramp": Call(al.ramp, {}, measured),
    "settled": Call(al.settled, {"values": [3.0, 0.5], "below": 1.0}, repr),
    "quadratic": Call(al.quadratic, {"curvatures": [1.0, 2.0]}, measured),
    "reddi": Call(al.reddi, {}, measured),
    "reddi_stochastic": Call(al.reddi_stochastic, {}, measured),
    "ridge": Call(al.ridge, {"problem": BOWL, "strength": 0.1}, measured),
    "rotated": Call(al.rotated, {"problem": BOWL, "by": 30}, measured),
    "run": Call(al.run, {**RULE, "steps": 3}, lambda run: [run.theta, run.loss, run.rate]),
    "scale_free": Call(al.scale_free, {"dim": 3}, measured),
    "scaled": Call(al.scaled, {"problem": BOWL, "factor": 2.0}, measured),
    "sharpness": Call(al.sharpness, {"problem": BOWL, "theta": [1.0, 1.0]}),
    "stability": Call(al.stability, {"walk": RUN}, np.asarray),
    "surface": Call(
        al.surface, {"name": "mine", "height": lambda x, y: x * y, "slope": lambda x, y: (y, x), "start": (1, 2)}, measured
    ),
    "sweep": Call(al.sweep, {**RULE, "steps": 3}, lambda state: list(state[1:])),
    "transformer": Call(al.transformer, {"text": [0, 1, 2, 1, 0, 2, 1], "width": 2, "context": 2}, measured),
    "vae": Call(al.vae, {**DATA, "hidden": 2, "latent": 2}, measured),
    "precompile": Call(al.precompile, RULE, bool),
    "warmup": Call(al.warmup, {"steps": 3}, follow),
    "weights": Call(al.weights, {"beta": 0.9, "t": 3}, np.asarray),
    "wilson": Call(al.wilson, {"n": 4, "test": 5}, measured),
    "word_pairs": Call(al.word_pairs, {}, lambda pairs: [list(pairs.words), pairs.counts]),
    "zipf_pairs": Call(al.zipf_pairs, {"words": 5}, np.asarray),
    "check_resume": Call(al.check_resume, {"train": resumable, "steps": 3}, repr),
    "assert_follows": Call(al.assert_follows, {"optimizer": al.SGD(lr=0.1), "like": al.SGD(lr=0.1)}, repr),
    "verify": Call(al.verify, {"optimizer": al.SGD(lr=0.1), "like": al.SGD(lr=0.1)}, repr),
    "plots.number": Call(plots.number, {"x": 1.5}, str),
    "plots.Picture": Call(
        plots.Picture, {"png": seen and plots.paths(RUN).png, "sentence": "A."}, lambda picture: picture._repr_mimebundle_()[1]
    ),
    "explore.Control": Call(explore.Control, {"values": [1, 2]}, repr),
    "notebook.table": Call(notebook.table, {"columns": {"a": [1.0]}}, repr),
    "notebook.source": Call(notebook.source, {"thing": al.ema}, repr),
    "exercises.check": Call(exercises.check, {"name": "00a"}, str),
}
THEORY = {
    "damped_step": {"size": 1.0, "eps": 1e-8},
    "equilibrium_angle": {"lr": 0.1, "weight_decay": 0.1},
    "equilibrium_angle_of_penalty": {"lr": 0.1, "weight_decay": 0.1, "dim": 10},
    "heavy_ball_rate": {"lr": 0.1, "beta": 0.9, "curvature": 1.0},
    "longest_step": {"beta1": 0.9, "beta2": 0.999},
    "longest_step_of_the_paper": {"beta1": 0.9, "beta2": 0.999},
    "noise_floor": {"lr": 0.1, "curvature": 1.0, "noise": 1.0},
    "stability_limit": {},
    "uncorrected_step": {"beta1": 0.9, "beta2": 0.999, "t": 3},
    "uncorrected_steps": {"beta1": 0.9, "beta2": 0.999, "steps": 3},
    "weight_under_decay": {"weight_decay": 0.1, "pull": 0.0, "noise": 1.0, "lr": 0.1, "t": 3},
    "weight_under_penalty": {"weight_decay": 0.1, "pull": 0.0, "noise": 1.0, "lr": 0.1, "t": 3},
}
CALLS |= {f"theory.{name}": Call(getattr(al.theory, name), right, np.asarray) for name, right in THEORY.items()}
EVERY = CALLS | PICTURES

# Arithmetic that also runs compiled, on whatever numbers it is given; records that the library makes; nothing to hand over.
UNCHECKED = {
    "theory",
    "ema",
    "debias",
    "State",
    "Trajectory",
    "ResumeVerdict",
    "Verdict",
    "WordPairs",
    "concordance",
    "inverse_root",
    *SURFACES,
    "explore.READY_MADE",
}


def flag(value: Any) -> bool:
    return isinstance(value, (bool, np.bool_))


def text(value: Any) -> bool:
    return isinstance(value, str)


def anything(value: Any) -> bool:
    return True


# What a value must be to be accepted, by its field or by the call and its field; every other field holds real numbers.
KINDS: dict[str, Callable[[Any], bool]] = {
    **dict.fromkeys(["bias_correction", "logx", "logy", "logv", "play", "progress"], flag),
    **dict.fromkeys(["title", "sentence", "xlabel", "ylabel", "label", "name"], text),
    **dict.fromkeys(["convention", "units", "activation", "best", "engine"], text),
    **dict.fromkeys(["loss", "grad", "height", "slope", "schedule", "then", "project", "view"], callable),
    **dict.fromkeys(["test_loss", "train_accuracy", "test_accuracy"], callable),
    **dict.fromkeys(
        ["figure", "executor", "optimizer", "cold", "like", "problem", "split", "walk", "state"], callable
    ),  # none is hostile
    **dict.fromkeys(["runs", "trajectories", "labels", "values", "mark", "levels"], anything),
    **dict.fromkeys(
        ["columns", "rows", "formats", "strong", "thing", "answer", "click", "k", "png", "frames", "checkpoint", "window"],
        anything,
    ),
    "check_resume train": callable,
    "Optimizer.step grad": bad_values.is_numeric,
    "network loss": text,
    "notebook.table never": text,
    "ramp slope": lambda value: callable(value) or bad_values.is_numeric(value),
    "explore.Explorer view": lambda value: isinstance(value, View),
    "explore.Control start": anything,
    **dict.fromkeys(["animate.race view", "plots.surface view", "plots.draw_surface view"], bad_values.is_numeric),
    **dict.fromkeys(["plots.bars like", "plots.draw_bars like"], text),
    **dict.fromkeys(["plots.curves x", "plots.curves y", "plots.draw_curves x"], text),
    **{f"{name}().loss theta": bad_values.is_complex_or_numeric for name in SURFACES},
    "Problem.loss theta": bad_values.is_complex_or_numeric,
    **dict.fromkeys(["plots.bars x", "plots.draw_bars x"], bad_values.is_numeric_or_none),
}


def acceptable(name: str, field: str, value: Any) -> bool:
    parameter = inspect.signature(EVERY[name].function).parameters.get(field)
    if parameter is not None and parameter.default is value:
        return True
    return KINDS.get(f"{name} {field}", KINDS.get(field, bad_values.is_numeric))(value)


ELSEWHERE = ("theta", "row", "cell", "runs", "controls", "values")  # what an argument is called further in


def attack(name: str, field: str, value: Any) -> None:
    call = EVERY[name]
    result = bad_values.outcome(lambda value: call(**{field: value}), field, value, [*call.fields, *ELSEWHERE])
    if isinstance(result, type):
        return
    assert acceptable(name, field, value), f"{field} = {value!r} was accepted"
    ordinary = bad_values.as_plain_numbers(value)
    if ordinary is not value:
        again = bad_values.outcome(lambda value: call(**{field: value}), field, ordinary, [*call.fields, *ELSEWHERE])
        assert bad_values.same_result(result, again), f"{field} = {value!r} gave {result!r}, {ordinary!r} gives {again!r}"


SPACES = {"": al, "theory.": al.theory, "plots.": plots, "explore.": explore}


def test_every_public_name_is_in_the_table():
    public = {f"{part}{name}" for part, space in SPACES.items() for name in space.__all__}
    public -= {f"explore.{make.__name__}" for make in explore.READY_MADE}
    assert public - set(EVERY) - UNCHECKED == set()


@pytest.mark.parametrize("name", EVERY)
def test_what_is_right_is_accepted(name):
    EVERY[name]()


SHARES = {name: 0.2 if name in PICTURES else 0.8 for name in EVERY}
QUIET = [HealthCheck.too_slow, HealthCheck.data_too_large, HealthCheck.filter_too_much, HealthCheck.large_base_example]


@pytest.mark.parametrize("name", [name for name, call in EVERY.items() if call.fields])
def test_a_clear_error_or_the_right_answer(name, tmp_path_factory, monkeypatch):
    monkeypatch.chdir(tmp_path_factory.mktemp("here"))
    call = EVERY[name]
    group = PICTURES if name in PICTURES else CALLS
    tries = bad_values.count_examples(2 if name in PICTURES else 6, SHARES[name] / len(group))

    @settings(max_examples=tries, suppress_health_check=QUIET)
    @given(st.sampled_from(call.fields), bad_values.VALUES)
    def attacked(field, value):
        attack(name, field, value)

    attacked()
