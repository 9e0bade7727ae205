"""Explorers of notebook 09: a penalty and a decay on two weights, and the valley of good settings."""

from typing import Any

import numpy as np

from adamlib import style
from adamlib.explore.explorer import Control, Explorer
from adamlib.optimizers import SGD, Adam, AdamW, Optimizer
from adamlib.plots.labels import HALO
from adamlib.plots.maps import draw_heatmap
from adamlib.plots.picture import number, typeset
from adamlib.problems import Problem, ridge, scale_free
from adamlib.run import run
from adamlib.theory import equilibrium_angle, equilibrium_angle_of_penalty, weight_under_decay, weight_under_penalty

GHOSTS = 4  # copies of each weight that are drawn alone
METHODS = {  # how the angle of a step grows: powers of lr and of the decay
    "SGD + penalty": (1 / 2, 1 / 2),
    "Adam + penalty": (2 / 3, 1 / 3),
    "AdamW, lr × λ": (1 / 2, 1 / 2),
    "AdamW, paper's λ": (0.0, 1 / 2),
}


def two_weights() -> Explorer:
    """Two weights under noise of different scale: a penalty inside Adam beside the decay of AdamW, with closed forms."""
    steps, copies, lr = 300, 100, 0.03
    draws = np.random.default_rng(0).standard_normal((steps, copies // 2))
    draws = np.hstack([draws, -draws])  # in pairs, so that the mean of the copies is quiet
    t = np.arange(steps + 1)

    def view(figure):
        looks = style.look("SGD"), style.look("Adam")
        panels = []
        for left, right, title in ((48, 396, "Adam + penalty"), (400, 76, "AdamW")):
            ax = style.panel(figure, left, 58, right, 46, xlim=(0, steps), ylim=(-0.1, 1.25), yticks=[0, 0.5, 1], xlabel="step")
            ax.set_xticks([0, 100, 200, 300])
            style.head(ax, "weight, mean of 100 copies", title)
            ax.axhline(0, color=style.HAIR, linewidth=0.8)
            forms = [ax.plot([], [], color=style.INK, linewidth=1.1, linestyle=(0, (2, 2)), zorder=6)[0] for _ in looks]
            lines = [ax.plot([], [], linewidth=2.6, zorder=5 - i, **look.line)[0] for i, look in enumerate(looks)]
            pens = [{"color": style.mixed(look.color, style.PAPER, 0.6), "linewidth": 0.7, "zorder": 2} for look in looks]
            ghosts = [ax.plot([], [], **pen)[0] for pen in pens for _ in range(GHOSTS)]
            note: dict[str, Any] = {"xycoords": ("axes fraction", "data"), "textcoords": "offset points", "va": "center"}
            names = [ax.annotate("", (1, 1), (5, 0), color=look.ink, annotation_clip=False, **note) for look in looks]
            panels.append((ghosts, lines, forms, names))

        def update(ratio, strength, pull):
            scales = np.repeat([1.0, ratio], copies)
            noise = scales * np.hstack([draws, draws])
            tug = Problem("tug", lambda x: 0 * x[..., 0], lambda x, t=1: pull * (x - 1) + noise[t - 1], np.ones(2 * copies))
            both = np.array([[strength], [0.0]])
            walks = run(AdamW(lr=lr, weight_decay=both[::-1]), ridge(tug, both), steps=steps)
            single = walks.theta.reshape(steps + 1, 2, 2, copies)
            means = single.mean(axis=-1)
            told = []
            for k, (theory, (ghosts, lines, forms, names)) in enumerate(zip((weight_under_penalty, weight_under_decay), panels)):
                for j, ghost in enumerate(ghosts):
                    ghost.set_data(t, single[:, k, j // GHOSTS, j % GHOSTS])
                ends = means[-20:, k].mean(axis=0)
                gap = ends[0] - ends[1]
                apart = 0.05 * (1 if gap >= 0 else -1) if abs(gap) < 0.1 else 0.0
                for i, (form, line, name, scale) in enumerate(zip(forms, lines, names, (1.0, ratio))):
                    form.set_data(t, theory(strength, pull, scale, lr, t))
                    line.set_data(t, means[:, k, i])
                    name.xy = (1, ends[i] + (apart if i == 0 else -apart))
                    name.set_text(f"noise {number(scale)}")
                told.append(f"{number(ends[0], 2)} and {number(ends[1], 2)}")
            return (
                f"Noise 1 and {number(ratio)}, λ = {number(strength)}, pull {number(pull)}: at the end the weights are at "
                f"{told[0]} with the penalty, at {told[1]} with the decay."
            )

        return [artist for parts in panels for group in parts for artist in group[::-1]], update

    return Explorer(
        view,
        height=340,
        ratio=Control([1.0, 2.0, 3.0, 5.0, 10.0], 10.0, "noise of weight 2"),
        strength=Control([0.0, 0.05, 0.1, 0.2, 0.3], 0.2, "λ"),
        pull=Control([0.0, 0.05, 0.1, 0.2], 0.0, "pull of the loss"),
    )


def angle(method: str, lr, decay, dim: int):
    """How far the weights turn per step with a method of the map, beta1 = 0.9; lr and decay broadcast."""
    if method == "Adam + penalty":
        return equilibrium_angle_of_penalty(lr, decay, dim, beta1=0.9)
    if method == "AdamW, paper's λ":
        return equilibrium_angle(np.ones_like(lr), decay, beta1=0.9)
    return equilibrium_angle(lr, decay, beta1=0.9 if method.startswith("AdamW") else 0.0)


def setting(method: str, lr: float, decay: float, problem: Problem) -> tuple[Optimizer, Problem]:
    """The optimizer and the problem of a method of the map."""
    if method == "AdamW, paper's λ":
        return AdamW(lr=lr, weight_decay=decay / lr), problem
    if method.startswith("AdamW"):
        return AdamW(lr=lr, weight_decay=decay), problem
    return (SGD if method.startswith("SGD") else Adam)(lr=lr), ridge(problem, decay)


def valley() -> Explorer:
    """How far weights without a length turn per step, over (lr, decay): the line of equal turning, and a run at the mark."""
    dim, steps = 100, 200
    problem = scale_free(dim)
    rates, decays = np.geomspace(0.01, 1, 60), np.geomspace(1e-4, 1, 80)

    def view(figure, method):
        look = style.look("Adam" if method.startswith("Adam +") else method.split(",")[0].split(" ")[0])
        a, b = METHODS[method]
        chart = style.panel(figure, 56, 58, 376, 46)
        curve = style.panel(figure, 396, 58, 24, 46, xlim=(0, steps), ylim=(0.003, 2), yscale="log", xlabel="step")
        turned = np.clip(angle(method, rates, decays[:, None], dim), 0.003, 2)
        draw_heatmap(chart, turned, rates, decays, "lr", True, True, levels=[0.01, 0.03, 0.1, 0.3, 1], logv=True)
        chart.set(xlim=(rates[0], rates[-1]), ylim=(decays[0], decays[-1]), xticks=[0.01, 0.1, 1], yticks=[1e-4, 1e-2, 1])
        chart.minorticks_off()
        style.head(chart, "λ; colour: radians per step", f"{method}: slope {typeset(number(-a / b))}")
        style.head(curve, "radians per step", "a run at the mark")
        curve.set_yticks([0.01, 0.1, 1], ["0.01", "0.1", "1"])
        curve.minorticks_off()
        ring: dict[str, Any] = {"color": "none", "markeredgewidth": 2.2, "markersize": 11, "zorder": 6, "clip_on": False}
        (line,) = chart.plot([], [], color=style.INK, linewidth=1.6, path_effects=HALO, zorder=5)
        (halo,) = chart.plot([], [], "o", **{**ring, "markeredgewidth": 5}, markeredgecolor=style.PAPER)
        (mark,) = chart.plot([], [], "o", **ring, markeredgecolor=style.INK)
        (path,) = curve.plot([], [], color=look.color, linewidth=1.4, zorder=4)
        level = curve.axhline(1, color=style.INK, linewidth=1.2, linestyle=(0, (2, 2)), zorder=5)

        def update(lr, decay):
            expected = float(angle(method, np.float64(lr), np.float64(decay), dim))
            walk = run(*setting(method, lr, decay, problem), steps=steps).theta
            units = walk / np.linalg.norm(walk, axis=1, keepdims=True)
            turns = 2 * np.arcsin(np.minimum(np.linalg.norm(np.diff(units, axis=0), axis=1) / 2, 1))
            line.set_data(rates, decay * (rates / lr) ** (-a / b))
            for artist in (halo, mark):
                artist.set_data([lr], [decay])
            path.set_data(np.arange(1, steps + 1), turns)
            level.set_ydata([expected, expected])
            late = turns[-50:].mean()
            why = ", not settled yet" if abs(late / expected - 1) > 0.15 else ""
            return (
                f"{method}, lr = {number(lr)}, λ = {number(decay)}: the balance is at {number(expected, 2)} radians per step; "
                f"the run makes {number(late, 2)} in its last 50 steps{why}. Along the line the balance is the same."
            )

        return [line, halo, mark, path, level], update

    return Explorer(
        view,
        height=360,
        method=Control(list(METHODS), "SGD + penalty", "method"),
        lr=Control([0.01, 0.02, 0.05, 0.1, 0.2, 0.5], 0.1, "lr"),
        decay=Control([1e-4, 1e-3, 0.01, 0.02, 0.05, 0.1, 0.2, 0.5], 0.1, "λ"),
    )
