"""Trains the networks of room 07.2 with gradient descent and with Adam, and measures how sharp their minima are.

    python tools/record_sharpness.py            prints what the record says
    python tools/record_sharpness.py --write    trains again (some minutes) and writes tests/series/sharpness.json

The room trains one row of it again, and a test another.
"""

import argparse
import itertools
import json
from pathlib import Path

import numpy as np

import adamlib as al

MINIMA = Path(__file__).parents[1] / "tests" / "series" / "sharpness.json"
TWO_RULES = {"SGD": (al.SGD, [1 / 4, 1 / 2, 1]), "Adam": (al.Adam, [1 / 512, 1 / 256, 1 / 128])}
LOSSES_TO_STOP_AT = [0.1, 0.05, 0.01]  # of the training loss
SPLITS, IMAGES, IMAGES_OF_A_BATCH = 20, 100, 32
LOOK, LIMIT = 5, 4000  # a loss is looked at every fifth step
NETWORKS = [("tanh", 64), ("tanh", 16), ("relu", 64)]


def at_targets(rule: al.Optimizer, batched: al.Problem, start: np.ndarray) -> list[np.ndarray]:
    """The weights of every run when its training loss is first at or below each target; nan where it never is."""
    kept = [start] * len(LOSSES_TO_STOP_AT)
    running = np.ones((len(LOSSES_TO_STOP_AT), *start.shape[:-1]), bool)
    for state in al.iterate(rule, batched, start):
        if state.t % LOOK:
            continue
        kept = [np.where(on[..., None], state.theta, one) for on, one in zip(running, kept)]
        running &= ~(batched.loss(state.theta) <= np.reshape(LOSSES_TO_STOP_AT, (-1, *[1] * (start.ndim - 1))))
        if not running.any() or state.t >= LIMIT:
            return [np.where(on[..., None], np.nan, one) for on, one in zip(running, kept)]
    raise AssertionError("iterate never ends")


def measure(activation: str, hidden: int) -> dict:
    """For each rule the sharpness and the test accuracy, (targets, rates, splits)."""
    splits, found = al.digits(IMAGES, seed=range(SPLITS)), {}
    batched, whole = (al.network(splits, hidden, activation, size, seed=range(SPLITS)) for size in (IMAGES_OF_A_BATCH, None))
    for name, (rule, rates) in TWO_RULES.items():
        start = np.broadcast_to(batched.start, (len(rates), *batched.start.shape))
        ends = at_targets(rule(lr=np.array(rates)[:, None, None]), batched, start)
        sharp = [al.sharpness(whole, end, rounds=80)[0] for end in ends]
        right = [100 * whole.test_accuracy(end) for end in ends]
        found[name] = {"sharpness": np.round(sharp, 4).tolist(), "accuracy": np.round(right, 3).tolist()}
        print(f"{activation}, {hidden} hidden units, {name}", flush=True)
    return {"activation": activation, "hidden": hidden, **found}


def measure_all() -> dict:
    rates = {name: values for name, (_, values) in TWO_RULES.items()}
    networks = [measure(activation, hidden) for activation, hidden in NETWORKS]
    return {"versions": {"numpy": np.__version__}, "targets": LOSSES_TO_STOP_AT, "rates": rates, "networks": networks}


def flatter(network: dict, target: int, splits: slice) -> list[int]:
    """In how many of these splits Adam's minimum is the flatter one, for every pair of rates."""
    plain, adam = (np.array(network[name]["sharpness"])[target][:, splits] for name in ("SGD", "Adam"))
    return [int((a < b).sum()) for a, b in itertools.product(adam, plain)]


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--write", action="store_true", help="train again and store the record")
    if parser.parse_args().write:
        MINIMA.write_text(json.dumps(measure_all()) + "\n", encoding="utf-8")
    record = json.loads(MINIMA.read_text(encoding="utf-8"))
    for network, (k, target) in itertools.product(record["networks"], enumerate(record["targets"])):
        counts = [flatter(network, k, some) for some in (slice(0, 10), slice(10, 20))]
        told = " and ".join(f"{min(count)} to {max(count)} of 10" for count in counts)
        print(f"{network['activation']}, {network['hidden']} hidden units, loss {target}: Adam's is flatter in {told}")


if __name__ == "__main__":
    main()
