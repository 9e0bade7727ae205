"""Explorer of lesson 11: how much faster than Adam a rule is, and how that depends on Adam's own learning rate."""

import json
import math
from functools import cache
from pathlib import Path
from typing import Any

import numpy as np

from adamlib.explore.control import Control
from adamlib.explore.explorer import Explorer
from adamlib.explore.scene import Bar, Dot, Guide, Line, Mark, Numbers, Panel, Scene, View, Word
from adamlib.numerals import number
from adamlib.plots.labels import spread_apart

SUCCESSORS_FILE = Path(__file__).with_name("successors.json")  # made by tools/record_successors.py
BASELINE_STEPS = 300
SUCCESSOR_PENS = {"Adam": "Adam", "Muon": "RMSProp", "SOAP": "ink", "Lion": "Lion", "momentum": "Momentum"}
LOSSES_SHOWN = (5e-5, 3.0)


@cache
def raced() -> dict[str, Any]:
    """The record of tools/record_successors.py, by rule: every lowest power of two of lr, losses and accuracies."""
    return json.loads(SUCCESSORS_FILE.read_text(encoding="utf-8"))


def tuned_losses(name: str) -> list[float]:
    """The loss of a rule after each length of run, each at its own best learning rate, the mean over the seeds."""
    return [float(np.mean(losses, axis=1).min()) for losses in raced()["digits"][name]["losses"]]


def rates_of(name: str) -> list[float]:
    """The learning rates at which a rule ran."""
    row = raced()["digits"][name]
    return [2.0 ** (row["lowest power"] + k) for k in range(len(row["losses"][0]))]


def words_at_ends(ends: dict[str, float], gap: float = 0.065) -> dict[str, float]:
    """How high a word stands beside each end of a curve, in shares of the panel, none on another."""
    low, high = np.log(LOSSES_SHOWN)
    wanted = (np.log(list(ends.values())) - low) / (high - low)
    return dict(zip(ends, spread_apart(wanted, gap, 0.0, 1.0).tolist()))


def length_needed(lengths: Numbers, losses: Numbers, target: float) -> float:
    """How many steps a tuned rule needs to end at a loss: between two lengths straight in both logarithms; inf for never."""
    for k in range(len(lengths)):
        if losses[k] <= target:
            if k == 0:
                return float(lengths[0])
            share = math.log(losses[k - 1] / target) / math.log(losses[k - 1] / losses[k])
            return lengths[k - 1] * math.exp(share * math.log(lengths[k] / lengths[k - 1]))
    return math.inf


def speed_in_words(needed: float, lengths: Numbers, speed: float) -> str:
    """How many times as fast, in words; runs that are all too short, or all long enough, tell a limit only."""
    if needed == math.inf:
        return f"less than {number(speed, 2)}"
    return number(speed, 2) + (" or more" if needed <= lengths[0] else "")


def baseline(**start: Any) -> Explorer:
    """The speed-up of every tuned rule over Adam at one learning rate: the worse Adam is tuned, the faster they all are."""

    def scene() -> Scene:
        names = list(raced()["digits"])
        steps = [75, 150, 300, 600]
        curves = Panel(
            "curves",
            (66, 680),
            LOSSES_SHOWN,
            0.48,
            360,
            xlog=True,
            ylog=True,
            xticks=[(k, str(k)) for k in steps],
            xlabel="length of the run",
            head="loss, each rule tuned (log)",
            left=62,
            right=88,
        )
        speeds = Panel(
            "speeds",
            (0.4, 36),
            (-0.7, len(names) - 0.3),
            0.52,
            360,
            xlog=True,
            xticks=[0.5, 1, 2, 4],
            yticks=[(len(names) - 1 - k, name) for k, name in enumerate(names)],
            xlabel="times as fast (log)",
            head="speed-up over the baseline",
            left=140,
        )
        return Scene(
            panels=[curves, speeds],
            controls={
                "lr": Control(rates_of("Adam"), 2.0**-6, "lr of the baseline, Adam", between=False),
                "warm": Control([False, True], False, "baseline with warm-up"),
                "unit": Control(["steps", "seconds"], "steps", "fast in"),
            },
            fixed=[Guide("speeds", 1, "quiet", 1.4, upright=True), Guide("speeds", 2, "hair", 1.1, upright=True)],
            question="At which learning rate of the baseline is tuned Adam twice as fast as Adam?",
        )

    def prepare() -> dict[str, Any]:
        table = raced()["digits"]
        name = "Adam with warm-up"
        ends = {rule: tuned_losses(rule)[-1] for rule in SUCCESSOR_PENS}
        rest = [tuned_losses(rule)[-1] for rule in table if rule not in SUCCESSOR_PENS]
        heights = words_at_ends(ends | {"the others": float(np.exp(np.mean(np.log(rest))))})
        return {
            "names": list(table),
            "pens": [SUCCESSOR_PENS.get(name, "quiet") for name in table],
            "words": [[rule, SUCCESSOR_PENS.get(rule, "quiet"), height] for rule, height in heights.items()],
            "lengths": raced()["lengths"],
            "losses": [tuned_losses(name) for name in table],
            "milliseconds": [table[name]["milliseconds"] for name in table],
            "rates": rates_of("Adam"),
            "plain": [min(float(np.mean(losses)), 10.0) for losses in table["Adam"]["losses"][2]],
            "warm": [min(float(np.mean(losses)), 10.0) for losses in table[name]["losses"][2]],
        }

    def update(tables: dict[str, Any], lr: float, warm: bool, unit: str) -> tuple[list[Mark], str]:
        target = tables["warm" if warm else "plain"][tables["rates"].index(lr)]
        marks: list[Mark] = [Guide("curves", target, "Adam", 1.4, dashed=True)]
        told, count = [], len(tables["names"])
        of_adam = tables["milliseconds"][tables["names"].index("Adam")]
        for k in range(count):
            name, losses, pen = tables["names"][k], tables["losses"][k], tables["pens"][k]
            price = tables["milliseconds"][k] / of_adam if unit == "seconds" else 1.0
            needed = length_needed(tables["lengths"], losses, target)
            speed = BASELINE_STEPS / min(needed, tables["lengths"][-1]) / price
            said = speed_in_words(needed, tables["lengths"], speed)
            y = count - 1.0 - k
            marks.extend([
                Line("curves", tables["lengths"], losses, "ghost" if pen == "quiet" else pen, 1.4 if pen == "quiet" else 2.2),
                Bar("speeds", min(1.0, speed), y - 0.3, max(1.0, speed), y + 0.3, pen),
                Word("speeds", max(1.0, speed), y, said, pen, "left", 5),
            ])  # fmt: skip
            if name == "Adam" or name == "Lion" or name == "Muon":
                told.append(f"{said} for {name}")
        marks.extend([Word("curves", 1, height, rule, pen, "left", 6, 0, "share") for rule, pen, height in tables["words"]])
        marks.append(Dot("curves", BASELINE_STEPS, target, "Adam", "ring"))
        marks.append(Word("curves", tables["lengths"][-1], target, "baseline", "Adam", "right", 8, 11 if target < 1 else -11))
        base = f"Adam at lr {number(lr)}{' with a warm-up' if warm else ''}, which ends at loss {number(target, 2)}"
        return marks, f"Against {base}, the speed-up in {unit} is {told[0]}, {told[1]} and {told[2]}."

    return Explorer(View(scene, update, prepare), **start)
