"""Explorers of lesson 05: races, and what decides them."""

import math
from typing import Any

import numpy as np

from adamlib.engine import precompile
from adamlib.explore.control import Control
from adamlib.explore.explorer import Explorer
from adamlib.explore.scene import Dot, Guide, Image, Line, Mark, Panel, Relief, Scene, View, Word
from adamlib.explore.walks import final, map_of, walk
from adamlib.explore.words import end_in_words, points_within, share_of_decades, two_apart
from adamlib.numerals import amount, number
from adamlib.optimizers import SGD, Adam, AMSGrad, Momentum
from adamlib.problems import rosenbrock
from adamlib.problems.surfaces import rosenbrock_slope
from adamlib.theory import stability_limit


def race(**start: Any) -> Explorer:
    """Two walkers on Rosenbrock from one start: the paths, and the loss over the steps."""
    steps, problem = 500, rosenbrock()
    slow = [0.0002, 0.0005, 0.001, 0.0015, 0.0018, 0.002, 0.0022, 0.003, 0.005]
    fast = [0.001, 0.002, 0.005, 0.01, 0.02, 0.05, 0.1, 0.2, 0.5, 1.0, 2.0, 5.0]

    def scene() -> Scene:
        valley = Panel("valley", (-2.4, 2.6), (-1.6, 3.4), share=0.49, plane=True)
        ticks = [1e-9, 1e-6, 1e-3, 1, 1e3]
        loss = Panel("loss", (0, steps), (1e-10, 1e5), 0.51, ylog=True, yticks=ticks, xlabel="step", head="loss", right=92)
        return Scene(
            panels=[valley, loss],
            controls={
                "rival": Control(["SGD", "Momentum"], "SGD", "against Adam"),
                "lr": Control(slow, 0.0015, "rate of the rival"),
                "adam": Control(fast, 0.1, "rate of Adam"),
                "x": Control([-2.0, -1.5, -1.2, -1.0, -0.5, 0.0, 0.5, 1.5, 2.0], -1.5, "start θ₁"),
                "y": Control([-1.0, -0.5, 0.0, 0.5, 1.0, 1.5, 2.0, 2.5, 3.0], 2.0, "start θ₂"),
                "sigma": Control([0.0, 0.1, 1.0, 10.0, 100.0], 0.0, "noise σ"),
            },
            fixed=[Relief("valley", problem), Dot("valley", 1, 1, "ink", "star", 15)],
            drag=("valley", "x", "y"),
            question="Who is lower after 500 steps, and does the start decide it?",
        )

    def prepare() -> Any:
        return [np.random.default_rng((0, t)).standard_normal(2).tolist() for t in range(1, steps + 1)]

    def update(draws: list[Any], rival: str, lr: float, adam: float, x: float, y: float, sigma: float) -> tuple[list[Mark], str]:
        marks: list[Mark] = []
        heights, told = [], []
        rules = [(rival, lr, SGD(lr=lr) if rival == "SGD" else Momentum(lr=lr)), ("Adam", adam, Adam(lr=adam))]
        for name, rate, rule in rules:
            path = walk(rule, problem, [x, y], steps, 1, sigma, draws)
            seen = points_within(path.theta[0], path.theta[1], 50)
            xs, ys = path.theta[0][:seen], path.theta[1][:seen]
            marks.extend([Line("valley", xs, ys, name), Line("loss", path.t, path.loss, name, 2.2, True)])
            marks.append(Dot("valley", xs[-1], ys[-1], name))
            heights.append(share_of_decades(path.loss[-1], -10, 5))
            told.append(f"{name} (lr {number(rate)}) {end_in_words(path.loss)}")
        for end, at in zip(rules, two_apart(heights, 0.08, 0.03, 0.97)):
            marks.append(Word("loss", 1, at, end[0], end[0], "left", 8, 0, "share"))
        marks.append(Dot("valley", x, y, "ink", "hollow", 9))
        noise = f", noise {number(sigma)}" if sigma > 0 else ""
        return marks, f"From ({number(x)}, {number(y)}){noise}, after {steps} steps: {told[0]}; {told[1]}."

    return Explorer(View(scene, update, prepare), **start)


def bursts(**start: Any) -> Explorer:
    """Adam near the minimum: its loss, and the learning rate times the sharpness, with the line above which it is thrown out."""
    problem, steps, lowest = rosenbrock(), 5000, 1e-33

    def scene() -> Scene:
        loss = Panel(
            "loss", (0, steps), (lowest, 1e4), 1, 210, ylog=True, xticks=(), yticks=[1e-30, 1e-20, 1e-10, 1], head="loss", left=58
        )
        sharp = Panel(
            "sharp", (0, steps), (0, 50), 1, 200, 1, yticks=[0, 20, 40], xlabel="step", head="lr × sharpness", left=58, right=28
        )
        return Scene(
            panels=[loss._replace(right=28), sharp],
            controls={
                "rule": Control(["Adam", "AMSGrad"], "Adam", "optimizer"),
                "lr": Control([0.01, 0.02, 0.05, 0.1], 0.05, "learning rate"),
                "beta1": Control([0.5, 0.8, 0.9], 0.9, "β₁"),
                "beta2": Control([0.99, 0.999, 0.9999], 0.999, "β₂"),
            },
            question="What does lr × sharpness do just before each burst of the loss?",
        )

    def update(rule: str, lr: float, beta1: float, beta2: float) -> tuple[list[Mark], str]:
        adam = Adam(lr=lr, beta1=beta1, beta2=beta2)
        path = walk(adam if rule == "Adam" else AMSGrad(lr=lr, beta1=beta1, beta2=beta2), problem, [-1.5, 2.0], steps)
        sharp, highest, limit = [math.nan], 0.0, stability_limit(beta1)
        for k in range(1, len(path.t)):
            rates: list[Any] = [lr / (math.sqrt(path.v_hat[j][k]) + adam.eps) for j in [0, 1]]
            sharp.append(sharpest(path.theta[0][k], path.theta[1][k], rates[0], rates[1]))
            highest = max(highest, sharp[k])
        least = path.loss.index(min(path.loss))
        after = f"the highest after it {amount(max(path.loss[least:]))}" if path.t[least] < steps else "the last"
        marks: list[Mark] = [
            Line("loss", path.t, [max(loss, lowest) for loss in path.loss], rule, 1.8),
            Line("sharp", path.t, sharp, rule, 1.8),
            Guide("sharp", limit, "ink", 1.7),
            Word("sharp", 0, limit, f"limit {number(limit)}", "ink", "left", 6, 12),
        ]
        return marks, (
            f"{rule}, lr = {number(lr)}, β₁ = {number(beta1)}, β₂ = {number(beta2, 4)}: "
            f"the lowest loss is {amount(path.loss[least])} at step {path.t[least]}, {after}; "
            f"lr × sharpness is at most {number(highest, 2)}, the limit is {number(limit)}."
        )

    return Explorer(View(scene, update), **start)


def sharpest(x: float, y: float, rate_x: float, rate_y: float) -> float:
    """The sharpest curvature of Rosenbrock at a point, in the rulers of the two rates; as `adamlib.measure.stability`.

    The curvatures are differences of the slope, as in `adamlib.curvature.hessian`.
    """
    h, k = 1e-4 * max(1.0, abs(x)), 1e-4 * max(1.0, abs(y))
    right, left = rosenbrock_slope(x + h, y), rosenbrock_slope(x - h, y)
    above, below = rosenbrock_slope(x, y + k), rosenbrock_slope(x, y - k)
    a, b = rate_x * (right[0] - left[0]) / (2 * h), rate_y * (above[1] - below[1]) / (2 * k)
    across = math.sqrt(rate_x * rate_y) * ((right[1] - left[1]) / (2 * h) + (above[0] - below[0]) / (2 * k)) / 2
    half = (a - b) / 2
    return (a + b) / 2 + math.sqrt(half * half + across * across)


def adam_map(**start: Any) -> Explorer:
    """Adam's loss on Rosenbrock for two thousand settings at once, over (lr, β₁), and the walk of the chosen one."""
    problem = rosenbrock()
    rates, betas = np.geomspace(0.001, 10, 49).tolist(), (1 - np.geomspace(1, 0.01, 41)).tolist()
    across, up = (10 ** (4 / 48 / 2), 10 ** (2 / 40 / 2))  # half a cell

    def loss_at(lr: Any, beta1: Any, beta2: float, steps: int) -> Any:
        return final(Adam(lr=lr, beta1=beta1, beta2=beta2), problem, [-1.5, 2.0], steps).loss

    def scene() -> Scene:
        precompile(Adam(), problem)
        chart = Panel(
            "map",
            (0.001 / across, 10 * across),
            (1 - up, 1 - 0.01 / up),
            share=0.48,
            xlog=True,
            ymemory=True,
            xticks=[0.001, 0.01, 0.1, 1, 10],
            yticks=[0, 0.5, 0.9, 0.99],
            xlabel="learning rate",
            head="β₁, and the loss: bright is low",
        )
        return Scene(
            panels=[chart, Panel("valley", (-2.4, 2.6), (-1.6, 3.4), 0.52, head="path", plane=True)],
            controls={
                "lr": Control(np.round(rates[::3], 6), round(rates[24], 6), "learning rate"),
                "beta1": Control(np.round(betas[::5], 6), round(betas[20], 6), "β₁"),
                "beta2": Control([0.5, 0.9, 0.99, 0.999, 0.9999], 0.999, "β₂"),
                "steps": Control([50, 100, 200, 500, 1000], 500, "steps"),
            },
            fixed=[Relief("valley", problem)],
            drag=("map", "lr", "beta1"),
            question="How far may the learning rate be off before Adam no longer arrives?",
        )

    def update(lr: float, beta1: float, beta2: float, steps: int) -> tuple[list[Mark], str]:
        losses = map_of(loss_at, rates, betas, beta2, steps)
        path = walk(Adam(lr=lr, beta1=beta1, beta2=beta2), problem, [-1.5, 2.0], steps)
        seen = points_within(path.theta[0], path.theta[1], 50)
        low, best, at = 0, math.inf, [0, 0]
        for i, row in enumerate(losses):
            for j, loss in enumerate(row):
                if loss < 1e-3:
                    low += 1
                if loss < best:
                    best, at = loss, [i, j]
        marks: list[Mark] = [
            Image("map", losses, 1e-9, 10, True),
            Line("valley", path.theta[0][:seen], path.theta[1][:seen], "Adam"),
            Dot("map", lr, beta1, "ink", "ring"),
        ]
        count = len(rates) * len(betas)
        return marks, (
            f"β₂ = {number(beta2, 5)}, {steps} steps: {number(100 * low / count, 2)} % of {count} settings are below 0.001, "
            f"the lowest at lr {number(rates[at[1]], 2)}, β₁ {number(betas[at[0]], 2)}; "
            f"the chosen one, lr {number(lr)}, β₁ {number(beta1)}, is at {amount(path.loss[-1])}."
        )

    return Explorer(View(scene, update), **start)
