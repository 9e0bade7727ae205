"""Explorers of notebook 00: one step after another downhill."""

import numpy as np

from adamlib import style
from adamlib.explore.explorer import Control, Explorer
from adamlib.optimizers import SGD
from adamlib.plots.labels import HALO
from adamlib.plots.picture import amount, number
from adamlib.plots.plane import draw_contours
from adamlib.problems import bowl, noisy
from adamlib.run import grid, run
from adamlib.theory import noise_floor

RATES = [0.01, 0.02, 0.04, 0.05, 0.1, 0.15, 0.19, 0.2, 0.21, 0.25, 0.4, 0.5, 1.0, 1.9, 2.0, 2.1]
CONDITIONS = [1.0, 2.0, 5.0, 10.0, 20.0, 50.0, 100.0]
STEPS = 60


def descent() -> Explorer:
    """Gradient descent in a valley: how the learning rate and the condition number decide path, loss and divergence."""

    def view(figure, condition):
        problem, look = bowl(condition), style.look("SGD")
        valley = style.panel(figure, 40, 14, 366, 132)
        curve = style.panel(figure, 402, 34, 20, 132, yscale="log", xlim=(0, STEPS), ylim=(1e-10, 1e6), xlabel="step")
        strip = style.panel(figure, 40, 330, 20, 48, xscale="log", xlim=(0.008, 2.6), ylim=(-1, 1), yticks=[])
        strip.set_xlabel("learning rate")
        draw_contours(valley, problem, np.array([[-2.5, -1.9], [2.5, 1.9]]))
        style.head(curve, "loss")
        ghosts = curve.plot(np.arange(STEPS + 1), np.ones((STEPS + 1, len(RATES))), color=style.GHOST, linewidth=0.8)
        strip.axvspan(0.008, 2 / condition, color=style.mixed(look.color, style.PAPER, 0.75), linewidth=0)
        edge = f"stable below 2/{number(condition)}"
        strip.annotate(edge, (2 / condition, 1), (0, 4), textcoords="offset points", ha="right", color=look.ink)
        (path,) = valley.plot([], [], color=look.color, marker=".", markersize=6, linewidth=1.6, zorder=5)
        (loss,) = curve.plot([], [], color=look.color, zorder=5)
        (mark,) = strip.plot([], [], look.marker, color=look.color, markeredgecolor=style.INK, markersize=9, clip_on=False)

        def update(lr, x, y):
            walks = run(SGD(**grid(lr=RATES)), problem, start=[x, y], steps=STEPS)
            for ghost, each in zip(ghosts, walks.loss.T):
                ghost.set_ydata(each)
            walked = walks.pick(RATES.index(lr))
            path.set_data(*walked.theta.T)
            loss.set_data(walked.t, walked.loss)
            mark.set_data([lr], [0])
            found = f"after {STEPS} steps the loss is {amount(walked.loss[-1])}"
            return f"From ({number(x)}, {number(y)}): {_verdict(lr, condition)}; {found}."

        return [*ghosts, path, loss, mark], update

    return Explorer(
        view,
        height=400,
        click=("x", "y"),
        lr=Control(RATES, 0.1, "learning rate"),
        condition=Control(CONDITIONS, 10.0, "condition number"),
        x=Control([-2.0, -1.5, -1.0, -0.5, 0.5, 1.0, 1.5, 2.0], -2.0, "start x"),
        y=Control([-1.5, -1.0, -0.5, 0.5, 1.0, 1.5], 1.0, "start y"),
    )


def _verdict(lr: float, condition: float) -> str:
    limit = f"the limit 2/{number(condition)} = {number(2 / condition)}"
    if lr > 2 / condition:
        return f"learning rate {number(lr)} is above {limit} and the walk diverges"
    if lr == 2 / condition:
        return f"learning rate {number(lr)} is exactly {limit} and the walk bounces for ever"
    return f"learning rate {number(lr)} is below {limit} and the walk comes down"


def noise() -> Explorer:
    """Gradient descent on a noisy gradient: the loss falls to a floor that learning rate and batch size set."""
    steps, sigma = 400, 1.0
    problem = bowl(2.0)
    curvatures = (1.0, 2.0)

    def view(figure):
        look = style.look("SGD")
        valley = style.panel(figure, 40, 14, 366, 46)
        curve = style.panel(figure, 402, 34, 20, 46, yscale="log", xlim=(0, steps), ylim=(1e-6, 20), xlabel="step")
        draw_contours(valley, problem, np.array([[-2.5, -1.9], [2.5, 1.9]]))
        style.head(curve, "loss")
        (path,) = valley.plot([], [], color=look.color, marker=".", markersize=4, linewidth=0.8, zorder=5)
        (loss,) = curve.plot([], [], color=look.color, linewidth=1.2, zorder=5)
        floor = curve.axhline(1.0, color=style.INK, linewidth=1.2, zorder=6)
        label = curve.annotate(
            "floor", (1, 1), (-2, 4), ("axes fraction", "data"), "offset points", ha="right", zorder=7, path_effects=HALO
        )

        def update(lr, batch, seed):
            walked = run(SGD(lr=lr), noisy(problem, sigma / np.sqrt(batch), seed), steps=steps)
            expected = sum(noise_floor(lr, curvature, sigma / np.sqrt(batch)) for curvature in curvatures)
            path.set_data(*walked.theta.T)
            loss.set_data(walked.t, walked.loss)
            floor.set_ydata([expected, expected])
            label.xy = (1, expected)
            late = walked.loss[steps // 2 :].mean()
            return (
                f"Learning rate {number(lr)}, batches of {batch}: over the last {steps // 2} steps the loss is "
                f"{number(late)} on average; the noise floor is {number(expected)}."
            )

        return [path, loss, floor, label], update

    return Explorer(
        view,
        lr=Control([0.01, 0.02, 0.05, 0.1, 0.2, 0.5], 0.1, "learning rate"),
        batch=Control([1, 2, 4, 8, 16, 32, 64], 1, "batch size"),
        seed=Control([1, 2, 3, 4, 5], 1, "seed"),
    )
