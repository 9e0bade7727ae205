"""Explorers of notebook 07: where walks end when many ends fit, and which features they trust then."""

import math
from typing import Any

import numpy as np

from adamlib.explore.control import Control
from adamlib.explore.explorer import Explorer
from adamlib.explore.scene import Bar, Dot, Guide, Line, Mark, Panel, Relief, Scene, View, Word
from adamlib.explore.walks import walk
from adamlib.explore.words import coordinate
from adamlib.numerals import number
from adamlib.optimizers import SGD, Adam
from adamlib.problems import Problem, surface
from adamlib.problems.counterexamples import wilson_folded, wilson_least_norm
from adamlib.run import final

TARGET = 25.0  # of the one example, whose features are 4 and 3
CURVE = list(range(0, 91))  # the angles at which the chart knows Adam's end
ONE_DEGREE = math.pi / 180


def fit_height(x: Any, y: Any, a: float, b: float) -> Any:
    missed = a * x + b * y - TARGET
    return 0.5 * missed * missed


def fit_slope(x: Any, y: Any, a: float, b: float) -> tuple[Any, Any]:
    missed = a * x + b * y - TARGET
    return a * missed, b * missed


def one_example(a: float, b: float) -> Problem:
    """Two weights, one example with the features a and b: every point of a line fits it."""
    return surface("one example", fit_height, fit_slope, (0, 0), window=((-0.5, 6), (-0.5, 6)), a=a, b=b)


def seen_from_turned(angle: float) -> tuple[float, float]:
    """The features (4, 3) in axes that are turned by an angle."""
    c, s = math.cos(angle * ONE_DEGREE), math.sin(angle * ONE_DEGREE)
    return 4 * c + 3 * s, 3 * c - 4 * s


def turned_back(angle: float, x: float, y: float) -> tuple[float, float]:
    """A point given in the turned axes, in the old ones."""
    c, s = math.cos(angle * ONE_DEGREE), math.sin(angle * ONE_DEGREE)
    return c * x - s * y, s * x + c * y


def end_along_signs(angle: float) -> tuple[float, float]:
    """Where a walk along the signs of the turned features fits the example, in the old axes."""
    a, b = seen_from_turned(angle)
    far = TARGET / (abs(a) + abs(b))
    return turned_back(angle, far if a > 0 else -far, far if b > 0 else -far)


def turned_features(**start: Any) -> Explorer:
    """One example and two weights, seen from axes that turn: gradient descent's end stays, Adam's moves along the fits."""

    def scene() -> Scene:
        weights = Panel("weights", (-1.5, 8.5), (-1.5, 8.5), 0.5, 350, head="both walks from the circle", plane=True)
        ticks = [(0, "0°"), (30, "30°"), (60, "60°"), (90, "90°")]
        chart = Panel(
            "chart",
            (0, 90),
            (0, 8),
            0.5,
            350,
            xticks=ticks,
            yticks=[0, 2, 4, 6, 8],
            xlabel="axes turned by",
            head="θ₁ at the end",
        )
        return Scene(
            panels=[weights, chart],
            controls={"angle": Control(range(0, 91, 5), 20, "axes turned by")},
            fixed=[
                Relief("weights", one_example(4.0, 3.0)),
                Line("weights", [-0.125, 7.375], [8.5, -1.5], "quiet", 1.4),
                Word("weights", 0.9, 7.6, "every point here fits", "quiet", "left"),
                Guide("chart", 4, "SGD", 2.2),
                Word("chart", 2, 4, "gradient descent", "SGD", "left", 0, 13),
                Word("chart", 47, 6.35, "Adam", "Adam", "left"),
            ],
            question="Which end moves when the axes turn?",
        )

    def update(angle: float) -> tuple[list[Mark], str]:
        a, b = seen_from_turned(angle)
        marks: list[Mark] = []
        for reach in [(1, 0), (0, 1)]:
            x, y = turned_back(angle, 11.0 * reach[0], 11.0 * reach[1])
            marks.append(Line("weights", [-x, x], [-y, y], "ink", 1.2))
        ends = []
        for rule, pen in [(SGD(lr=0.01), "SGD"), (Adam(lr=0.1), "Adam")]:
            path = walk(rule, one_example(a, b), [0.0, 0.0], 400)
            points = [turned_back(angle, x, y) for x, y in zip(path.theta[0], path.theta[1])]
            marks.append(Line("weights", [x for x, _ in points], [y for _, y in points], pen, 2.4))
            x, y = points[-1]
            marks.append(Dot("weights", x, y, pen, "filled", 13))
            ends.append([x, y])
        marks.append(Dot("weights", 0, 0, "ink", "hollow", 9))
        left, right = [k for k in CURVE if k < 36.8], [k for k in CURVE if k > 36.9]
        for part in [left, right]:
            marks.append(Line("chart", part, [end_along_signs(k)[0] for k in part], "Adam", 2.6))
        marks.append(Dot("chart", angle, ends[1][0], "Adam", "filled", 13))
        plain, adam = [f"({coordinate(x)}, {coordinate(y)})" for x, y in ends]
        return marks, f"Axes turned by {number(angle)}°: gradient descent ends at {plain}, Adam at {adam}."

    return Explorer(View(scene, update), **start)


SIZES = [11, 51, 201, 1001]
SHARES = [0.2, 0.25, 0.3, 0.4, 0.5, 0.6, 0.75, 0.9]
EPSILONS = [1e-8, 1e-6, 1e-4, 0.001, 0.002, 0.005, 0.01, 0.02, 0.05, 0.1, 1.0]


def weights_learnt(n: int, steps: int = 1500) -> np.ndarray:
    """What Adam has learnt for every share of SHARES and every eps of EPSILONS, (SHARES, EPSILONS, 4)."""
    eps = np.array(EPSILONS)[:, None]
    positives = np.round(np.array(SHARES) * n)[:, None]
    start = np.zeros((len(SHARES), len(EPSILONS), 4))
    return final(Adam(lr=0.003 + 0.3 * eps, eps=eps), wilson_folded(n, positives), start, steps).theta


def honest_feature(**start: Any) -> Explorer:
    """Which features gradient descent and Adam trust on Wilson's data: the scores of two new examples, taken apart."""
    rows = [(1.0, 1, "a new +1"), (0.0, -1, "a new −1")]

    def scene() -> Scene:
        panels, fixed = [], list[Mark]()
        for name, title, pen in (("SGD", "gradient descent", "SGD"), ("Adam", "Adam", "Adam")):
            panels.append(Panel(name, (-1.25, 1.25), (-0.85, 1.8), 0.5, 320, xticks=[-1, 0, 1], yticks=[], xlabel="score"))
            fixed += [Line(name, [0, 0], [-0.3, 1.4], "hair", 1.4), Word(name, -1.2, 1.65, title, pen)]
            fixed += [Word(name, -1.2, y + 0.28, text) for y, _, text in rows]
        for y, pen, text in ((-0.5, "hair", "two common features"), (-0.7, "ink", "honest feature")):
            fixed += [Bar("SGD", -1.2, y - 0.05, -1.05, y + 0.05, pen), Word("SGD", -1.0, y, text, "quiet")]
        return Scene(
            panels=panels,
            controls={
                "share": Control(SHARES, 0.75, "share of +1", between=False),
                "n": Control(SIZES, 51, "examples", between=False),
                "eps": Control(EPSILONS, 1e-8, "ε", between=False),
            },
            fixed=fixed,
            question="Which features does each rule trust?",
        )

    def prepare() -> Any:
        return [np.round(weights_learnt(n)[..., :2], 6).tolist() for n in SIZES]

    def update(tables: list[Any], share: float, n: int, eps: float) -> tuple[list[Mark], str]:
        plus = round(share * n)
        adam = tables[SIZES.index(n)][SHARES.index(share)][EPSILONS.index(eps)]
        marks: list[Mark] = []
        told = []
        for name, weights in [("SGD", wilson_least_norm(plus, n - plus)), ("Adam", adam)]:
            honest, common = weights
            scores, wrong = [], 0.0
            for y, label, _ in rows:
                score = 2 * common + label * honest
                right = score * label > 0
                marks.append(Bar(name, 0, y, 2 * common, y + 0.14, "hair"))
                marks.append(Bar(name, 2 * common, y - 0.14, score, y, "ink"))
                marks.append(Dot(name, score, y - 0.07, name, "filled" if right else "hollow", 15))
                wrong = wrong if right else wrong + (share if label > 0 else 1 - share)
                scores.append(number(score, 2))
            told.append(f"{scores[0]} and {scores[1]}, test error {number(100 * wrong, 3)} %")
        start_of = f"{n} examples, {plus} of them +1, ε = {number(eps)}: a new +1 and a new −1 score"
        return marks, f"{start_of} {told[0]}, with gradient descent; {told[1]}, with Adam."

    return Explorer(View(scene, update, prepare), **start)
