"""Trains the transformer of room 06.2 at four sizes of batch, with momentum and with Adam, over settings and seeds.

    python tools/record_transformer.py            prints what the record says of each batch
    python tools/record_transformer.py --write    trains again (ten minutes) and writes tests/series/transformer.json

The room trains four of these runs again, and a test another. Both rules get ten trials: two betas, five rates.
"""

import argparse
import json
from concurrent.futures import ProcessPoolExecutor
from itertools import product
from pathlib import Path
from typing import Any

import numpy as np

import adamlib as al
from adamlib.problems import language
from adamlib.problems.data import surprisal

TRANSFORMERS = Path(__file__).parents[1] / "tests" / "series" / "transformer.json"
VOCABULARY, LENGTH, LINES = 256, 50_000, 12_800
FIRST_RANKS = (8, 64)  # the groups are ranks 1 to 8, 9 to 64, 65 to 256
SEEDS_OF_BATCH = {256: (0, 1, 2), 64: (0, 1, 2), 8: (0, 1, 2), 1: (0, 1)}
LOWEST_RATE = {
    ("momentum", 0.0): {256: 1.6, 64: 0.8, 8: 0.8, 1: 0.4},
    ("momentum", 0.9): {256: 0.56, 64: 0.4, 8: 0.2, 1: 0.04},
    ("Adam", 0.99): {256: 0.04, 64: 0.04, 8: 0.01, 1: 0.0028},
    ("Adam", 0.9999): {256: 0.04, 64: 0.04, 8: 0.01, 1: 0.004},
}


def rates_tried(rule: str, beta: float, batch: int) -> list[float]:
    """Five learning rates, each √2 times the one before, of two digits."""
    return [float(f"{LOWEST_RATE[rule, beta][batch] * 2 ** (k / 2):.2g}") for k in range(5)]


def optimizer(rule: str, beta: float, lr: Any) -> al.Optimizer:
    return al.Momentum(lr=lr, beta=beta) if rule == "momentum" else al.Adam(lr=lr, beta2=beta)


def losses_by_group(theta: np.ndarray, text: np.ndarray) -> list[float]:
    """The mean loss of the next word on every twelfth line: of all words, and of the words of each group of ranks."""
    lines = language.lines_of(text, 16)[::12]
    scores, *_ = language.forward(language.as_matrices(theta, VOCABULARY, 16, 16), lines[:, :-1])
    nats, group = surprisal(scores, lines[:, 1:]), np.digitize(lines[:, 1:], FIRST_RANKS)
    return [round(float(part.mean()), 4) for part in (nats, *(nats[group == k] for k in range(3)))]


def trained_transformers(job: tuple[str, float, int, int]) -> dict[str, Any]:
    """Some runs of the record: the losses for each rate, None where it diverged."""
    rule, beta, batch, seed = job
    text = al.draw_text(al.word_pairs(VOCABULARY).counts, LENGTH, seed=seed)
    model, steps, rates = al.transformer(text, batch=batch, seed=seed), LINES // batch, rates_tried(rule, beta, batch)
    start = model.start.astype(np.float32)
    ends = [al.final(optimizer(rule, beta, lr), model, start, steps, al.linear(steps)).theta for lr in rates]
    losses = [losses_by_group(end, text) if np.isfinite(end).all() else None for end in ends]
    return {"rule": rule, "beta": beta, "batch": batch, "seed": seed, "rates": rates, "losses": losses}


def train_all_transformers() -> dict[str, Any]:
    jobs = [(*pair, batch, seed) for batch, seeds in SEEDS_OF_BATCH.items() for pair, seed in product(LOWEST_RATE, seeds)]
    with ProcessPoolExecutor(2) as executor:
        runs = list(executor.map(trained_transformers, jobs))
    return {"versions": {"numpy": np.__version__}, "runs": runs}


def best_setting(runs: list[dict[str, Any]], rule: str, batch: int) -> tuple[float, float, np.ndarray]:
    """The beta and the rate whose mean over the seeds is the lowest, and the losses there, (seed, 4)."""
    found = []
    for beta in (beta for name, beta in LOWEST_RATE if name == rule):
        some = [run for run in runs if (run["rule"], run["beta"], run["batch"]) == (rule, beta, batch)]
        for k, lr in enumerate(some[0]["rates"]):
            found.append((beta, lr, np.array([run["losses"][k] or [np.inf] * 4 for run in some])))
    return min(found, key=lambda row: row[2][:, 0].mean())


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--write", action="store_true", help="train again and store the record")
    if parser.parse_args().write:
        TRANSFORMERS.write_text(json.dumps(train_all_transformers()) + "\n", encoding="utf-8")
    runs = json.loads(TRANSFORMERS.read_text(encoding="utf-8"))["runs"]
    for batch, rule in product(SEEDS_OF_BATCH, ("momentum", "Adam")):
        beta, lr, losses = best_setting(runs, rule, batch)
        print(f"{batch} lines, {rule}: beta {beta}, lr {lr}: {losses.mean(axis=0).round(2)} ± {losses.std(axis=0).round(3)}")


if __name__ == "__main__":
    main()
