"""The explorer of no lesson: any two rules on any surface, for a page whose address keeps the setting."""

import math
from typing import Any

import numpy as np

from adamlib import style
from adamlib.explore.control import Control
from adamlib.explore.explorer import Explorer
from adamlib.explore.scene import Dot, Line, Mark, Numbers, Panel, Relief, Scene, View, Word
from adamlib.explore.walks import rule_by_name, walk
from adamlib.explore.words import points_within, share_of_decades, two_apart
from adamlib.numerals import amount, number
from adamlib.optimizers import ALL_RULES, Optimizer
from adamlib.problems import beale, bowl, himmelblau, rosenbrock, saddle, styblinski_tang

PLAYED_RULES = {kind.__name__: kind for kind in ALL_RULES if kind.elementwise}
RATES_OF_ALL = [float(f"{digit}e{power}") for power in range(-5, 1) for digit in (1, 2, 5)] + [10.0]
BETAS_1, BETAS_2 = [0.0, 0.5, 0.8, 0.9, 0.95, 0.99], [0.0, 0.5, 0.9, 0.95, 0.99, 0.999, 0.9999]
GRID, LONGEST = [float(x) for x in range(-5, 6)], 2000
LOWEST_HEIGHT, HIGHEST_HEIGHT = 1e-12, 1e6


def rule_named(name: str, lr: float, beta1: float, beta2: float, eps: float, decay: float) -> Optimizer:
    """The rule of that name; of the settings it takes those it has. β₁ is also the memory of a ball, β₂ Adadelta's ρ."""
    settings = {"lr": lr, "beta": beta1, "beta1": beta1, "beta2": beta2, "rho": beta2, "eps": eps, "weight_decay": decay}
    return rule_by_name(PLAYED_RULES, name, settings)


def height_in_words(heights: Numbers) -> str:
    """Where a walk ended above the lowest point of its surface, in words."""
    for t in range(len(heights)):
        if not math.isfinite(heights[t]):
            return f"diverged at step {t}"
    last = heights[-1]
    return f"ends {amount(last)} above the lowest point" if last > LOWEST_HEIGHT else "ends at the lowest point"


def playground(**start: Any) -> Explorer:
    """Any two rules, any surface, any start, all settings. The address of its page keeps them: copy it to share a setting."""
    surfaces = {
        "Rosenbrock": rosenbrock(),
        "Himmelblau": himmelblau(),
        "Beale": beale(),
        "Styblinski-Tang": styblinski_tang(),
        "saddle": saddle(),
        "bowl, condition 10": bowl(10.0),
        "bowl, condition 100": bowl(100.0),
    }

    def scene() -> Scene:
        decades = (LOWEST_HEIGHT, HIGHEST_HEIGHT)
        ticks = [1e-12, 1e-8, 1e-4, 1, 1e4]
        shares = [(0, "start"), (0.5, "half"), (1, "end")]
        loss = Panel(
            "loss", (0, 1), decades, 0.51, ylog=True, xticks=shares, yticks=ticks, head="loss above the lowest (log)", right=92
        )
        return Scene(
            panels=[Panel("plane", (-5, 5), (-5, 5), 0.49, plane=True), loss],
            controls={
                "surface": Control(list(surfaces), "Himmelblau", "surface"),
                "steps": Control([10, 20, 50, 100, 200, 500, 1000, LONGEST], 200, "steps"),
                "first": Control(list(PLAYED_RULES), "Adam", "first rule"),
                "second": Control(list(PLAYED_RULES), "Momentum", "second rule"),
                "first_lr": Control(RATES_OF_ALL, 0.1, "first: learning rate"),
                "second_lr": Control(RATES_OF_ALL, 0.01, "second: learning rate"),
                "first_beta1": Control(BETAS_1, 0.9, "first: β₁ (momentum)"),
                "second_beta1": Control(BETAS_1, 0.9, "second: β₁ (momentum)"),
                "first_beta2": Control(BETAS_2, 0.999, "first: β₂"),
                "second_beta2": Control(BETAS_2, 0.999, "second: β₂"),
                "x": Control(GRID, 0.0, "start θ₁"),
                "y": Control(GRID, -1.0, "start θ₂"),
                "eps": Control([1e-12, 1e-8, 1e-6, 1e-4, 0.01, 1.0], 1e-8, "ε"),
                "decay": Control([0.0, 0.01, 0.1, 0.5], 0.0, "weight decay"),
                "sigma": Control([0.0, 0.1, 1.0, 10.0], 0.0, "noise σ"),
            },
            drag=("plane", "x", "y"),
            question="Which two rules, from which start, end in different valleys?",
        )

    def prepare() -> dict[str, Any]:
        own = {name: style.LOOKS[name] for name in PLAYED_RULES if name in style.LOOKS}
        return {
            "draws": [np.random.default_rng((0, t)).standard_normal(2).round(4).tolist() for t in range(1, LONGEST + 1)],
            "floors": {name: float(np.min(one.loss(one.minimum))) for name, one in surfaces.items()},
            "pens": {name: name if name in own else "quiet" for name in PLAYED_RULES},
            "twins": {name: [other for other in PLAYED_RULES if own.get(other) == own.get(name)] for name in PLAYED_RULES},
        }

    def update(
        tables: dict[str, Any], surface: str, steps: int, first: str, second: str, first_lr: float, second_lr: float,
        first_beta1: float, second_beta1: float, first_beta2: float, second_beta2: float, x: float, y: float,
        eps: float, decay: float, sigma: float,
    ) -> tuple[list[Mark], str]:  # fmt: skip
        problem, floor, told, ends = surfaces[surface], tables["floors"][surface], [], []
        marks: list[Mark] = [Relief("plane", problem)]
        alike = second in tables["twins"][first]
        pens = [tables["pens"][first], "ink" if alike else tables["pens"][second]]
        rules: list[list[Any]] = [
            [first, pens[0], first_lr, rule_named(first, first_lr, first_beta1, first_beta2, eps, decay)],
            [second, pens[1], second_lr, rule_named(second, second_lr, second_beta1, second_beta2, eps, decay)],
        ]
        for name, pen, lr, rule in rules:
            path = walk(rule, problem, [x, y], steps, 1, sigma, tables["draws"])
            heights = [max(loss - floor, LOWEST_HEIGHT) for loss in path.loss]
            seen = points_within(path.theta[0], path.theta[1], 50)
            xs, ys = path.theta[0][:seen], path.theta[1][:seen]
            marks.extend([Line("plane", xs, ys, pen), Line("loss", [t / steps for t in path.t], heights, pen, 2.2, alike)])
            marks.append(Dot("plane", xs[-1], ys[-1], pen))
            ends.append(share_of_decades(heights[-1], -12, 6))
            told.append(f"{name} (lr {number(lr)}) {height_in_words(heights)}")
        for k, at in enumerate(two_apart(ends, 0.13, 0.03, 0.97)):
            marks.append(Word("loss", 1, at, rules[k][0], rules[k][1], "left", 8, 0, "share"))
        marks.append(Dot("plane", x, y, "ink", "hollow", 9))
        noise = f", noise {number(sigma)}" if sigma > 0 else ""
        return marks, f"{surface}, from ({number(x)}, {number(y)}){noise}, after {steps} steps: {told[0]}; {told[1]}."

    return Explorer(View(scene, update, prepare), **start)
