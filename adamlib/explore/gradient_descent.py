"""Explorers of notebook 00: one step after another downhill."""

import numpy as np

from adamlib import style
from adamlib.explore.control import Control
from adamlib.explore.explorer import Explorer
from adamlib.explore.scene import Band, Dot, Line, Panel, Relief, Scene, View, Word
from adamlib.explore.walks import walk
from adamlib.optimizers import SGD
from adamlib.plots.labels import HALO
from adamlib.plots.picture import amount, number
from adamlib.plots.plane import draw_contours
from adamlib.problems import bowl, noisy
from adamlib.run import run
from adamlib.theory import noise_floor

RATES = [0.01, 0.02, 0.04, 0.05, 0.1, 0.15, 0.19, 0.2, 0.21, 0.25, 0.4, 0.5, 1.0, 1.9, 2.0, 2.1]
CONDITIONS = [1.0, 2.0, 5.0, 10.0, 20.0, 50.0, 100.0]
STEPS = 60


def descent(**start) -> Explorer:
    """Gradient descent in a valley: how the learning rate and the condition number decide path, loss and divergence."""

    def scene() -> Scene:
        valley = Panel("valley", (-2.5, 2.5), (-1.9, 1.9), share=0.5, height=278, plane=True)
        loss = Panel("loss", (0, STEPS), (1e-10, 1e6), share=0.5, height=278, ylog=True, head="loss", xlabel="step")
        rates = Panel("rates", (0.008, 2.6), (-1, 1), height=122, row=1, xlog=True, xlabel="learning rate", yticks=(), head=" ")
        return Scene(
            panels=[valley, loss, rates],
            controls={
                "lr": Control(RATES, 0.1, "learning rate"),
                "condition": Control(CONDITIONS, 10.0, "condition number"),
                "x": Control([-2.0, -1.5, -1.0, -0.5, 0.5, 1.0, 1.5, 2.0], -2.0, "start θ₁"),
                "y": Control([-1.5, -1.0, -0.5, 0.5, 1.0, 1.5], 1.0, "start θ₂"),
            },
            drag=("valley", "x", "y"),
            question="From which learning rate on does the walk no longer come down?",
        )

    def update(lr, condition, x, y):
        problem, limit = bowl(condition), 2 / condition
        marks = [Relief("valley", problem)]
        for rate in RATES:
            ghost = walk(SGD(lr=rate), problem, [x, y], STEPS)
            marks.append(Line("loss", ghost.t, ghost.loss, "ghost", 1.1))
        path = walk(SGD(lr=lr), problem, [x, y], STEPS)
        marks.extend([
            Band("rates", 0.008, limit, "SGD"),
            Word("rates", limit, 1, f"stable below 2/{number(condition)}", "SGD", "right", 0, 14),
            Line("valley", path.theta[0], path.theta[1], "SGD", 2.2, False, 4),
            Line("loss", path.t, path.loss, "SGD", 2.8),
            Dot("rates", lr, 0, "SGD"),
            Dot("valley", x, y, "ink", "hollow", 9),
        ])  # fmt: skip
        found = f"after {STEPS} steps the loss is {amount(path.loss[-1])}"
        return marks, f"From ({number(x)}, {number(y)}): {descent_in_words(lr, condition)}; {found}."

    return Explorer(View(scene, update), **start)


def descent_in_words(lr: float, condition: float) -> str:
    """Which side of the limit a learning rate is on, in words."""
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
