"""Trains the bigram of lesson 06 in batches from 1 to 4,096 pairs, over many rates, memories and seeds.

    python tools/record_batches.py            prints the best of each rule, batch by batch
    python tools/record_batches.py --write    trains again (some ten minutes) and writes adamlib/explore/batches.json

Every run sees as many pairs, drawn at random; its learning rate falls linearly to 0. The explorer `batch` shows the record, and a
test trains some rows of it again.
"""

import argparse
import json
from dataclasses import replace

import numpy as np

import adamlib as al
from adamlib.explore.where_adam_wins import BATCHES_FILE

BATCH_WORDS, PAIRS_SEEN, SEEDS = 64, 16_384, [0, 1, 2]
BATCHES = [1, 8, 64, 512, 4096]
BETA2_TRIED = [0.99, 0.999, 0.9999, 0.99999]
RULES_IN_BATCHES = {
    "SGD": (al.SGD(), np.arange(-0.5, 3.6, 0.5)),
    "Momentum": (al.Momentum(), np.arange(-1, 3.1, 0.5)),
    **{f"Adam {beta2}": (al.Adam(beta1=0, beta2=beta2), np.arange(-3, 1.1, 0.5)) for beta2 in BETA2_TRIED},
}


def losses_in_batches(rule: al.Optimizer, rates: list[float], batch: int) -> np.ndarray:
    """The loss over all pairs after one run for each rate and seed, (rates, seeds)."""
    counts, steps = al.word_pairs(BATCH_WORDS).counts, PAIRS_SEEN // batch
    model, whole = al.bigram(counts, batch=batch, seed=SEEDS), al.bigram(counts)
    ends = [al.final(replace(rule, lr=lr), model, steps=steps, schedule=al.linear(steps)).theta for lr in rates]
    return whole.loss(np.array(ends))


def train_in_batches() -> dict:
    head = {"versions": {"numpy": np.__version__}, "words": BATCH_WORDS, "pairs": PAIRS_SEEN, "seeds": SEEDS, "batches": BATCHES}
    found = {}
    for name, (rule, powers) in RULES_IN_BATCHES.items():
        rates = [float(f"{rate:.3g}") for rate in 10**powers]
        losses = [np.round(losses_in_batches(rule, rates, batch), 4).tolist() for batch in BATCHES]
        found[name] = {"rates": rates, "losses": losses}
        print(name, flush=True)
    return {**head, "rules": found}


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--write", action="store_true", help="train again and store the record")
    if parser.parse_args().write:
        BATCHES_FILE.write_text(json.dumps(train_in_batches(), separators=(",", ":")) + "\n", encoding="utf-8")
    table = json.loads(BATCHES_FILE.read_text(encoding="utf-8"))
    for name, row in table["rules"].items():
        for batch, losses in zip(table["batches"], np.array(row["losses"])):
            best = losses.mean(axis=1).argmin()
            print(f"{name}, batch {batch}: {losses[best].mean():.4f} (sd {losses[best].std():.4f}) at lr {row['rates'][best]}")


if __name__ == "__main__":
    main()
