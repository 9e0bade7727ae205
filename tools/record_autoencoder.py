"""Trains the autoencoder of room 03.2 with and without the bias correction, over many rates, memories and seeds.

    python tools/record_autoencoder.py            prints what the record says, seed by seed
    python tools/record_autoencoder.py --write    trains again (some minutes) and writes tests/series/autoencoder.json

The room trains one row of it again, and a test another.
"""

import argparse
import json
from pathlib import Path

import numpy as np

import adamlib as al

AUTOENCODERS = Path(__file__).parents[1] / "tests" / "series" / "autoencoder.json"
LEARNING_RATES = [float(f"{rate:.4g}") for rate in 10 ** np.arange(-5, -0.4, 0.5)]
BETA2 = [0.99, 0.999, 0.9999]
STEPS_OF_A_PASS = 14
RUNS = [(seed, 10) for seed in range(5)] + [(seed, 100) for seed in range(2)]


def final_losses(seed: int, passes: int, bias_correction: bool) -> list[list[float | None]]:
    """The losses after so many passes, in nats, a row for each beta2 and a column for each rate; None where it diverged."""
    model = al.vae(al.digits(train=1792), batch=128, seed=seed)
    rule = al.Adam(**al.grid(beta2=BETA2, lr=LEARNING_RATES), bias_correction=bias_correction)
    found = model.loss(al.final(rule, model, steps=passes * STEPS_OF_A_PASS).theta)
    return [[round(float(loss), 3) if np.isfinite(loss) else None for loss in row] for row in found]


def train_all() -> dict:
    runs = []
    for seed, passes in RUNS:
        pair = {name: final_losses(seed, passes, on) for name, on in (("corrected", True), ("uncorrected", False))}
        runs.append({"seed": seed, "passes": passes, **pair})
        print(f"seed {seed}, {passes} passes")
    return {"versions": {"numpy": np.__version__}, "beta2": BETA2, "lr": LEARNING_RATES, "runs": runs}


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--write", action="store_true", help="train again and store the record")
    if parser.parse_args().write:
        AUTOENCODERS.write_text(json.dumps(train_all(), indent=1) + "\n", encoding="utf-8")
    for run in json.loads(AUTOENCODERS.read_text(encoding="utf-8"))["runs"]:
        best = [np.nanmin(np.array(run[name], float)) for name in ("corrected", "uncorrected")]
        print(f"seed {run['seed']}, {run['passes']} passes: best {best[0]:.2f} with the correction, {best[1]:.2f} without")


if __name__ == "__main__":
    main()
