"""How far adaptive rules are behind gradient descent on 100 digits at equal training loss: tables of lesson 07 and room 07.3.

    python tools/record_digits_gap.py            prints what the record says
    python tools/record_digits_gap.py --write    trains again (some minutes) and writes tests/series/digits_gap.json

The lesson and the room train some of it again, and a test another part.
"""

import argparse
import json
from collections.abc import Iterator
from pathlib import Path

import numpy as np

import adamlib as al

GAPS = Path(__file__).parents[1] / "tests" / "series" / "digits_gap.json"
LOSSES_TO_REACH = [0.2, 0.1, 0.05, 0.02]  # of the training loss
SETS, SPLITS_OF_A_SET, ROTATIONS = [0, 20, 40], 20, [None, 1, 2, 3]
DESCENT = {"pixels": al.SGD(2.0), "centred": al.SGD(2.0), "standardised": al.SGD(0.1), "numbered": al.SGD(2.0)}
ADAPTIVE = {
    "Adam, lr 0.01": al.Adam(0.01),
    "Adam, lr 0.03": al.Adam(0.03),
    "Adam, lr 0.1": al.Adam(0.1),
    "AdaGrad, lr 0.1": al.AdaGrad(0.1),
}
DAMPED = {"pixels": al.Adam(0.2, eps=0.1), "standardised": al.Adam(0.01, eps=0.1), "numbered": al.Adam(0.2, eps=0.1)}


def images_of(first: int, kind: str, turn: int | None) -> al.Split:
    """Twenty splits of the digits, their pixels prepared and turned."""
    split = al.digits(100, seed=range(first, first + SPLITS_OF_A_SET))
    train, test = split.x_train, split.x_test
    if kind in ("centred", "standardised"):
        mean, spread = train.mean(axis=-2, keepdims=True), train.std(axis=-2, keepdims=True)
        scale = np.where(spread > 0, spread, 1.0) if kind == "standardised" else 1.0
        train, test = (train - mean) / scale, (test - mean) / scale
    if kind == "numbered":
        numbers = np.broadcast_to(np.tile(np.eye(100), 5), (SPLITS_OF_A_SET, 100, 500))
        train, test = (
            np.concatenate(pair, axis=-1) for pair in ((train, numbers), (test, np.zeros((SPLITS_OF_A_SET, 1697, 500))))
        )
    if turn is not None:
        noise = np.random.default_rng(turn).standard_normal((SPLITS_OF_A_SET, train.shape[-1], train.shape[-1]))
        turns = np.linalg.qr(noise)[0]
        train, test = train @ turns, test @ turns
    return al.Split(kind, train, split.y_train, test, split.y_test)


def accuracies(rule: al.Optimizer, problem: al.Problem) -> np.ndarray:
    """The test accuracy in per cent at the first step with a training loss at or below each target, (targets, splits)."""
    kept, running = [problem.start] * len(LOSSES_TO_REACH), np.ones((len(LOSSES_TO_REACH), SPLITS_OF_A_SET), bool)
    for state in al.iterate(rule, problem):
        kept = [np.where(on[:, None], state.theta, one) for on, one in zip(running, kept)]
        running &= problem.loss(state.theta) > np.reshape(LOSSES_TO_REACH, (-1, 1))
        if not running.any():
            return np.array([100 * problem.test_accuracy(theta) for theta in kept])
    raise AssertionError("iterate never ends")


def tasks() -> Iterator[tuple[int, str, int | None, dict[str, al.Optimizer]]]:
    for first in SETS:
        for turn in ROTATIONS:
            yield first, "pixels", turn, ADAPTIVE | {"Adam, ε = 0.1": DAMPED["pixels"]}
        for turn in ROTATIONS[:2]:
            yield first, "centred", turn, {name: ADAPTIVE[name] for name in ("Adam, lr 0.01", "Adam, lr 0.03")}
        yield first, "standardised", None, {"Adam, lr 0.01": ADAPTIVE["Adam, lr 0.01"], "Adam, ε = 0.1": DAMPED["standardised"]}
    numbered = {name: ADAPTIVE[name] for name in ("Adam, lr 0.01", "Adam, lr 0.1")}
    yield 0, "numbered", None, numbered | {"Adam, ε = 0.1": DAMPED["numbered"]}


def record() -> dict:
    rows, descent = [], {}
    for first, kind, turn, rules in tasks():
        problem = al.logistic(images_of(first, kind, turn))
        if turn is None:
            descent[first, kind] = accuracies(DESCENT[kind], problem)
        for name, rule in rules.items():
            found = descent[first, kind] - accuracies(rule, problem)
            row = {"first": first, "images": kind, "turn": turn, "rule": name}
            row |= {"behind": found.mean(axis=1).round(3).tolist(), "splits": (found > 0).sum(axis=1).tolist()}
            row |= {"error": (found.std(axis=1, ddof=1) / np.sqrt(SPLITS_OF_A_SET)).round(3).tolist()}
            rows.append(row | {"descent": descent[first, kind].mean(axis=1).round(3).tolist()})
            print(row, flush=True)
    return {"versions": {"numpy": np.__version__}, "targets": LOSSES_TO_REACH, "rows": rows}


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--write", action="store_true", help="train again and store the record")
    if parser.parse_args().write:
        GAPS.write_text(json.dumps(record(), ensure_ascii=False) + "\n", encoding="utf-8")
    for row in json.loads(GAPS.read_text(encoding="utf-8"))["rows"]:
        told = (
            f"{row['behind'][-1]:.2f} ± {row['error'][-1]:.2f} points behind, in {row['splits'][-1]} of {SPLITS_OF_A_SET} splits"
        )
        turned = "" if row["turn"] is None else f", turned ({row['turn']})"
        print(f"splits from {row['first']}, {row['images']}{turned}: {row['rule']} {told}")


if __name__ == "__main__":
    main()
