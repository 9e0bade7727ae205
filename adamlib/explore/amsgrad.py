"""Explorer of lesson 08: a game of small losses and one large win."""

from itertools import product
from typing import Any

import numpy as np

from adamlib.explore.control import Control
from adamlib.explore.explorer import Explorer
from adamlib.explore.scene import Guide, Line, Mark, Panel, Scene, View, Word
from adamlib.explore.words import two_apart
from adamlib.numerals import number
from adamlib.online import play
from adamlib.optimizers import Adam, AMSGrad

PERIOD = (1010.0, *[-10.0] * 100)
PERIODS = 2000
RATE = 0.01
BETAS1, BETAS2 = (0.0, 0.9, 0.99), (0.9, 0.99, 0.998, 0.999, 0.9999)
PERIODS_APART = 25  # periods between two points of a curve
BALANCE = 1.01  # times the multiplier of the rare day, on average: there, with β₁ = 0, the days that lose outweigh it


def game(**start: Any) -> Explorer:
    """Adam and AMSGrad in the game of period 101: where they stand, and what Adam multiplies each slope by."""

    def scene() -> Scene:
        days = PERIODS * len(PERIOD)
        place: dict[str, Any] = {"ylim": (-1.2, 1.2), "yticks": [(1, "worst 1"), 0, (-1, "best −1")], "right": 74}
        share: dict[str, Any] = {"ylim": (0.9, 1.8), "yticks": [1, 1.2, 1.4, 1.6], "xticks": [1, 102]}
        return Scene(
            panels=[
                Panel(
                    "place",
                    (0, days),
                    share=0.56,
                    height=300,
                    head="θ",
                    xlabel="day",
                    xticks=[0, (100_000, "100,000"), (200_000, "200,000")],
                    **place,
                ),
                Panel("rate", (1, 202), share=0.44, height=300, head="multiplier, rare day = 1", xlabel="two periods", **share),
            ],
            controls={
                "beta2": Control(BETAS2, 0.999, "β₂", between=False),
                "beta1": Control(BETAS1, 0.9, "β₁", between=False),
            },
            fixed=[
                Guide("place", 1),
                Guide("place", -1),
                Guide("rate", 1),
                Guide("rate", 102, upright=True),
                Guide("rate", BALANCE, "ink", 1.1, False, True),
            ],
            question="Which memories β₂ carry Adam to the best place?",
        )

    def update(tables: dict[str, Any], beta2: float, beta1: float) -> tuple[list[Mark], str]:
        at, days = BETAS1.index(beta1) * len(BETAS2) + BETAS2.index(beta2), tables["days"]
        adam, amsgrad, rates = tables["Adam"][at], tables["AMSGrad"][at], tables["rates"][at]
        upper, lower = two_apart([share_of_height(adam[-1]), share_of_height(amsgrad[-1])], 0.09, 0.03, 0.97)
        total = 0.0
        for rate in rates[1:101]:
            total += rate
        marks: list[Mark] = [
            Line("place", days, amsgrad, "AMSGrad", 1.8),
            Line("place", days, adam, "Adam", 2.4),
            Word("place", 1, upper, "Adam", "Adam", "left", 6, 0, "share"),
            Word("place", 1, lower, "AMSGrad", "AMSGrad", "left", 6, 0, "share"),
            Line("rate", list(range(1, 203)), rates, "Adam", 2.4),
        ]
        return marks, (
            f"β₁ = {number(beta1)}, β₂ = {number(beta2, 5)}: after {PERIODS} periods Adam stands at {number(adam[-1])}, AMSGrad "
            f"at {number(amsgrad[-1])}. On the hundred other days Adam's multiplier is on average {number(total / 100, 4)} times "
            f"that of the rare day."
        )

    return Explorer(View(scene, update, games_played), **start)


def share_of_height(theta: float) -> float:
    """Where a place stands in its panel, from 0 at the bottom to 1."""
    return (theta + 1.2) / 2.4


def games_played() -> dict[str, Any]:
    """For each β₁ and β₂: θ of both rules, mean by mean of a period, and Adam's multipliers in the last two periods."""
    slopes, p = np.tile(PERIOD, PERIODS), len(PERIOD)
    seen = np.append(np.arange(0, PERIODS, PERIODS_APART), PERIODS - 1)
    found: dict[str, Any] = {"days": (seen * p).tolist(), "Adam": [], "AMSGrad": [], "rates": []}
    for beta1, beta2 in product(BETAS1, BETAS2):
        for kind in (Adam, AMSGrad):
            days = play(kind(lr=RATE, beta1=beta1, beta2=beta2), slopes, fade=0, at=np.arange(1, len(slopes) + 1))
            found[kind.__name__].append(days.x.reshape(-1, p).mean(axis=1)[seen].round(4).tolist())
            if kind is Adam:
                found["rates"].append((days.rate[-2 * p :] / days.rate[-2 * p]).round(5).tolist())
    return found
