"""Explorers of lesson 06: words that come in equal shares or in Zipf's, and batches of any size."""

import json
from functools import cache
from pathlib import Path
from typing import Any

import numpy as np

from adamlib.explore.control import Control
from adamlib.explore.explorer import Explorer
from adamlib.explore.scene import Dot, Guide, Line, Mark, Panel, Scene, View, Word
from adamlib.numerals import number
from adamlib.optimizers import SGD, Adam, Momentum, Optimizer
from adamlib.problems import bigram, zipf_pairs
from adamlib.problems.bigram import row_excess
from adamlib.run import run
from adamlib.schedules import linear

BATCHES_FILE = Path(__file__).with_name("batches.json")  # made by tools/record_batches.py
ZIPF_WORDS, ZIPF_STEPS = 128, 30
TUNED = {  # by exponent lr of gradient descent, lr and beta of momentum, lr of Adam: the best that bear 5 per cent more or less
    0.0: (6700.0, 4000.0, 0.5, 0.7),
    0.25: (3700.0, 1250.0, 0.8, 0.7),
    0.5: (1600.0, 540.0, 0.8, 0.7),
    0.75: (870.0, 250.0, 0.8, 0.7),
    1.0: (470.0, 130.0, 0.8, 0.7),
    1.25: (260.0, 74.0, 0.8, 0.7),
    1.5: (170.0, 68.0, 0.8, 0.7),
}
EXPONENTS = list(TUNED)
BATCH_TICKS, RATE_TICKS = [1, 8, 64, 512, (4096, "4096")], [0.01, 1, 100]
RANKS = (2 ** np.arange(7)).tolist()  # groups of ranks, each twice as long as the one before: 1, 2 to 3, 4 to 7, ...
RULE_NAMES = {"SGD": "gradient descent", "Momentum": "momentum", "Adam": "Adam"}


def rules_for(exponent: float) -> dict[str, Optimizer]:
    """The three rules of `shares` at their best settings for an exponent. The learning rate falls linearly to 0."""
    plain, heavy, beta, adaptive = TUNED[exponent]
    return {"SGD": SGD(lr=plain), "Momentum": Momentum(lr=heavy, beta=beta), "Adam": Adam(lr=adaptive)}


@cache
def losses_by_rank(exponent: float) -> dict[str, dict[str, list[Any]]]:
    """For each rule the loss after every step, and that of each group of ranks, from the start on."""
    pairs, found = zipf_pairs(ZIPF_WORDS, exponent), {}
    of_word, first = pairs.sum(axis=1), np.array(RANKS) - 1
    for name, rule in rules_for(exponent).items():
        made = run(rule, bigram(pairs), steps=ZIPF_STEPS, schedule=linear(ZIPF_STEPS))
        rows = row_excess(made.theta.reshape(-1, *pairs.shape), pairs) * of_word
        groups = np.add.reduceat(rows, first, axis=1) / np.add.reduceat(of_word, first)
        found[name] = {"all": made.loss.tolist(), "groups": groups.tolist()}
    return found


def shares(**start: Any) -> Explorer:
    """Words in shares from equal to beyond Zipf's law: who learns the rare ones, step by step."""

    def scene() -> Scene:
        axes: dict[str, Any] = {"ylim": (1e-4, 30), "ylog": True, "height": 330, "left": 62}
        curve = Panel("loss", (0, ZIPF_STEPS), share=0.48, xlabel="step", head="loss of all words (log)", **axes)
        rank = Panel("ranks", (0.8, 80), share=0.52, xlog=True, xlabel="rank of the word", head="loss by rank (log)", **axes)
        return Scene(
            panels=[curve, rank._replace(xticks=[1, 4, 16, 64])],
            controls={
                "exponent": Control(list(TUNED), 1.0, "exponent of the shares", between=False),
                "step": Control(range(ZIPF_STEPS + 1), ZIPF_STEPS, "step", play=True),
            },
            fixed=[
                Word("loss", 0.04, 0.05 + 0.08 * k, RULE_NAMES[name], name, unit="share") for k, name in enumerate(RULE_NAMES)
            ],
            question="Where does the gap begin, and which words are waiting?",
        )

    def prepare() -> Any:
        return [losses_by_rank(exponent) for exponent in TUNED]

    def update(tables: list[Any], exponent: float, step: int) -> tuple[list[Mark], str]:
        marks: list[Mark] = [Guide("loss", step, upright=True)]
        rarest = []
        for name in ["SGD", "Momentum", "Adam"]:
            seen = tables[EXPONENTS.index(exponent)][name]
            marks.extend([
                Line("loss", list(range(ZIPF_STEPS + 1)), seen["all"], name),
                Dot("loss", step, seen["all"][step], name, size=9),
                Line("ranks", RANKS, seen["groups"][step], name, dots=6),
            ])  # fmt: skip
            rarest.append(f"{number(seen['groups'][step][6], 2)} with {RULE_NAMES[name]}")
        found = f"the loss of the words from rank {RANKS[6]} on is {rarest[0]}, {rarest[1]} and {rarest[2]}"
        return marks, f"Exponent {number(exponent)}, step {step}: {found}."

    return Explorer(View(scene, update, prepare), **start)


@cache
def trained_in_batches() -> dict[str, Any]:
    """The record of tools/record_batches.py: rates, and losses by batch and rate, the mean over the seeds."""
    table = json.loads(BATCHES_FILE.read_text(encoding="utf-8"))
    for row in table["rules"].values():
        row["losses"] = np.mean(row["losses"], axis=2).tolist()
    return table


def batch(**start: Any) -> Explorer:
    """Batches from one pair of words to thousands: what is left of Adam's lead, and which β₂ it needs."""
    memories = [0.99, 0.999, 0.9999, 0.99999]

    def scene() -> Scene:
        axes: dict[str, Any] = {
            "ylim": (0.08, 3.0),
            "ylog": True,
            "yticks": [0.1, 0.3, 1, 3],
            "height": 330,
            "xlog": True,
            "left": 52,
        }
        sizes = Panel("sizes", (0.8, 5120), share=0.5, xticks=BATCH_TICKS, xlabel="batch", head="loss, best rate (log)", **axes)
        rates = Panel("rates", (0.002, 5000), share=0.5, xticks=RATE_TICKS, xlabel="learning rate", head="loss (log)", **axes)
        return Scene(
            panels=[sizes, rates],
            controls={
                "batch": Control(trained_in_batches()["batches"], 8, "pairs in a batch", between=False),
                "beta2": Control(memories, 0.9999, "β₂ of Adam", between=False),
            },
            fixed=[
                Word("sizes", 0.05, 0.95 - 0.08 * k, RULE_NAMES[name], name, unit="share") for k, name in enumerate(RULE_NAMES)
            ],
            question="At which batch is Adam hardly better, and which β₂ does it need there?",
        )

    def prepare() -> Any:
        return trained_in_batches()

    def update(tables: dict[str, Any], batch: int, beta2: float) -> tuple[list[Mark], str]:
        marks: list[Mark] = []
        here, told = tables["batches"].index(batch), []
        for other in memories:
            if other != beta2:
                best = [min(losses) for losses in tables["rules"]["Adam " + number(other, 5)]["losses"]]
                marks.append(Line("sizes", tables["batches"], best, "ghost", 1.6))
        for name in ["SGD", "Momentum", "Adam"]:
            seen = tables["rules"][name + " " + number(beta2, 5) if name == "Adam" else name]
            best = [min(losses) for losses in seen["losses"]]
            lowest = best[here]
            marks.extend([
                Line("sizes", tables["batches"], best, name, dots=5),
                Dot("sizes", batch, lowest, name, "ring"),
                Line("rates", seen["rates"], seen["losses"][here], name, dots=5),
                Dot("rates", seen["rates"][seen["losses"][here].index(lowest)], lowest, name, "ring"),
            ])  # fmt: skip
            told.append(f"{number(lowest)} with {RULE_NAMES[name]}")
        steps = tables["pairs"] // batch
        return marks, (
            f"Batches of {batch}, {steps} steps, β₂ = {number(beta2, 5)}: the loss, each at its best learning rate, is "
            f"{told[0]}, {told[1]} and {told[2]}."
        )

    return Explorer(View(scene, update, prepare), **start)
