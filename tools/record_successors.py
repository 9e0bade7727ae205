"""Races Adam's successors of lesson 11, each at twelve learning rates, over several lengths and seeds.

    python tools/record_successors.py            prints the best of each rule, length by length
    python tools/record_successors.py --write    trains again (some ten minutes) and writes adamlib/explore/successors.json
    python tools/record_successors.py --time     times the steps again, all rules in turn, and leaves the rest of the record

Twelve rates in factors of 2 for every rule, all else as its paper has it. The rate falls linearly to 0, but for the schedule-free
rule. The explorer `baseline` shows the record, lesson 11 and room 11.3 quote it, and tests train some rows of it again.
"""

import argparse
import json
import time
from collections.abc import Callable
from dataclasses import replace
from typing import Any

import numpy as np

import adamlib as al
from adamlib.explore.after_adam import SUCCESSORS_FILE

LENGTHS, DIGITS_SEEDS, RATES_TRIED = [75, 150, 300, 600], 10, 12
RACED_WORDS, WORD_BATCH, WORD_STEPS, WORD_SEEDS = 64, 512, 300, 5
MUON_BLOCKS = [(64, 32), (32,)]  # of the digits network: the matrix that Muon takes, and its biases; the output layer is Adam's

UpdateStep = Callable[[dict[str, Any], np.ndarray, int], np.ndarray]
Ends = Callable[[al.Problem, np.ndarray, int], np.ndarray]


def digits_network() -> al.Problem:
    return al.network(al.digits(), hidden=32, activation="relu", batch=32, seed=range(DIGITS_SEEDS))


def words_bigram(batch: int | None = WORD_BATCH) -> al.Problem:
    return al.bigram(al.word_pairs(RACED_WORDS).counts, batch=batch, seed=range(WORD_SEEDS))


def falling(steps: int) -> Callable[[int], float]:
    return al.linear(steps)


def with_warm_up(steps: int) -> Callable[[int], float]:
    """Twenty steps up, the rest down."""
    return al.warmup(20, al.linear(max(steps - 20, 1)))


def by_rule(rule: al.Optimizer, schedule: Callable[[int], Callable[[int], float]] = falling) -> Ends:
    """The ends of a rule of the library at some rates: (problem, rates, steps) -> theta (rates, seeds, D)."""

    def ends(problem: al.Problem, rates: np.ndarray, steps: int) -> np.ndarray:
        tried = replace(rule, lr=rates.reshape(-1, 1, 1))
        return al.final(tried, problem, steps=steps, schedule=schedule(steps), engine="arrays").theta

    return ends


def by_step(make: Callable[..., UpdateStep], blocks: list[tuple[int, ...]]) -> Ends:
    """The same of a function that makes a step of a memory, a gradient and t."""

    def ends(problem: al.Problem, rates: np.ndarray, steps: int) -> np.ndarray:
        theta, memory, step = np.array(np.broadcast_to(problem.start, (len(rates), *problem.start.shape))), {}, make(blocks)
        schedule, lr = falling(steps), rates.reshape(-1, 1, 1)
        with np.errstate(all="ignore"):
            for t in range(1, steps + 1):
                g = np.nan_to_num(problem.grad(theta, t), posinf=1e9, neginf=-1e9).clip(-1e9, 1e9)  # for LAPACK's sake
                theta = theta - lr * schedule(t) * step(memory, g, t)
        return theta

    return ends


def adam_step(memory: dict[str, Any], g: np.ndarray, t: int, beta1: float = 0.9, beta2: float = 0.999) -> np.ndarray:
    memory["m"] = beta1 * memory.get("m", 0) + (1 - beta1) * g
    memory["v"] = beta2 * memory.get("v", 0) + (1 - beta2) * g * g
    return memory["m"] / (1 - beta1**t) / (np.sqrt(memory["v"] / (1 - beta2**t)) + 1e-8)


def cautious(blocks: list[tuple[int, ...]]) -> UpdateStep:
    """Adam that leaves out steps up the present gradient, and lengthens the others (Liang et al. 2024)."""

    def step(memory, g, t):
        u = adam_step(memory, g, t)
        agrees = u * g > 0
        return u * agrees / np.maximum(agrees.mean(axis=-1, keepdims=True), 1e-3)

    return step


def soap(blocks: list[tuple[int, ...]]) -> UpdateStep:
    """Adam along directions that are found in the averages of G G' and G' G (Vyas et al. 2024); vectors are Adam's.

    As in the authors' code: the first gradient only finds directions, which are renewed every ten steps by one power step.
    """

    def step(memory, g, t):
        out = adam_step(memory, g, t, 0.95, 0.95) * (t > 1)
        at = 0
        for shape in blocks:
            here, at = slice(at, at + int(np.prod(shape))), at + int(np.prod(shape))
            if len(shape) == 2:
                table = g[..., here].reshape(*g.shape[:-1], *shape)
                out[..., here] = soap_matrix(memory.setdefault(here.start, {}), table, t).reshape(out[..., here].shape)
        return out

    return step


def soap_matrix(memory: dict[str, Any], g: np.ndarray, t: int, beta: float = 0.95) -> np.ndarray:
    """The step of SOAP for one matrix."""
    turned = g.swapaxes(-1, -2)
    rows = memory["rows"] = beta * memory.get("rows", 0) + (1 - beta) * g @ turned
    columns = memory["columns"] = beta * memory.get("columns", 0) + (1 - beta) * turned @ g
    if t == 1:
        memory["left"], memory["right"] = (np.linalg.eigh(table)[1][..., ::-1] for table in (rows, columns))
        return np.zeros_like(g)
    left, right = memory["left"], memory["right"]
    memory["m"] = beta * memory.get("m", 0) + (1 - beta) * g
    memory["v"] = beta * memory.get("v", 0) + (1 - beta) * (left.swapaxes(-1, -2) @ g @ right) ** 2
    m = left.swapaxes(-1, -2) @ memory["m"] @ right / (1 - beta ** (t - 1))
    step = left @ (m / (np.sqrt(memory["v"] / (1 - beta ** (t - 1))) + 1e-8)) @ right.swapaxes(-1, -2)
    if t % 10 == 0:
        memory["left"], memory["right"] = np.linalg.qr(rows @ left)[0], np.linalg.qr(columns @ right)[0]
    return step


def schedule_free(problem: al.Problem, rates: np.ndarray, steps: int) -> np.ndarray:
    """Adam without m at a constant rate, from gradients near an average of its own path; the answer is that average x."""
    z = np.array(np.broadcast_to(problem.start, (len(rates), *problem.start.shape)))
    x, v, lr = z.copy(), np.zeros_like(z), rates.reshape(-1, 1, 1)
    with np.errstate(all="ignore"):
        for t in range(1, steps + 1):
            g = problem.grad(0.1 * z + 0.9 * x, t)
            v = 0.999 * v + 0.001 * g * g
            z = z - lr * g / (np.sqrt(v / (1 - 0.999**t)) + 1e-8)
            x = x + (z - x) / t
    return x


DIGITS_BLOCKS, WORDS_BLOCKS = [(64, 32), (32,), (32, 10), (10,)], [(RACED_WORDS, RACED_WORDS)]
ON_DIGITS = {  # how a rule ends, and the power of 2 of its lowest rate
    "momentum": (by_rule(al.Momentum()), -9),
    "Adam": (by_rule(al.Adam()), -12),
    "Adam with warm-up": (by_rule(al.Adam(), with_warm_up), -12),
    "Lion": (by_rule(al.Lion()), -14),
    "ADOPT": (by_rule(al.ADOPT(beta2=0.999)), -12),
    "Adafactor": (by_rule(al.Adafactor(convention="optax", blocks=DIGITS_BLOCKS)), -8),
    "Cautious Adam": (by_step(cautious, DIGITS_BLOCKS), -12),
    "schedule-free": (schedule_free, -9),
    "Muon": (by_rule(al.Muon(blocks=MUON_BLOCKS)), -11),
    "SOAP": (by_step(soap, DIGITS_BLOCKS), -12),
}
ON_WORDS = {
    "momentum": (by_rule(al.Momentum()), -1),
    "Adam": (by_rule(al.Adam()), -8),
    "Adam with warm-up": (by_rule(al.Adam(), with_warm_up), -8),
    "Lion": (by_rule(al.Lion()), -10),
    "ADOPT": (by_rule(al.ADOPT(beta2=0.999)), -8),
    "Adafactor": (by_rule(al.Adafactor(convention="optax", blocks=WORDS_BLOCKS)), -7),
    "Cautious Adam": (by_step(cautious, WORDS_BLOCKS), -8),
    "schedule-free": (schedule_free, -7),
    "Muon": (by_rule(al.Muon(blocks=WORDS_BLOCKS)), -7),
    "SOAP": (by_step(soap, WORDS_BLOCKS), -8),
}


def rates_from(power: int) -> np.ndarray:
    return 2.0 ** np.arange(power, power + RATES_TRIED)


def race_on_digits(name: str) -> dict[str, Any]:
    ends, lowest = ON_DIGITS[name]
    problem, rates = digits_network(), rates_from(lowest)
    row: dict[str, Any] = {"lowest power": lowest, "losses": []}
    for steps in LENGTHS:
        theta = ends(problem, rates, steps)
        row["losses"].append(four_digits(problem.loss(theta)))
        if steps == 300:
            row["accuracy"] = np.round(problem.test_accuracy(theta), 4).tolist()
    return row


def milliseconds(rounds: int = 25) -> dict[str, float]:
    """What a step of all runs at once takes each rule, gradient included: the quickest of many rounds, ten steps of each in turn.

    In turn, so that what else the machine does meets all rules alike; processor time, and the least of it, for the same reason.
    """
    problem, quickest = digits_network(), dict.fromkeys(ON_DIGITS, np.inf)
    for _ in range(rounds):
        for name, (ends, lowest) in ON_DIGITS.items():
            began = time.process_time()
            ends(problem, rates_from(lowest), 10)
            quickest[name] = min(quickest[name], time.process_time() - began)
    return {name: round(100 * seconds, 2) for name, seconds in quickest.items()}


def with_times(table: dict[str, Any]) -> dict[str, Any]:
    """The record with the milliseconds of a step measured anew."""
    for name, found in milliseconds().items():
        table["digits"][name]["milliseconds"] = found
    return table


def race_on_words(name: str) -> dict[str, Any]:
    ends, lowest = ON_WORDS[name]
    theta = ends(words_bigram(), rates_from(lowest), WORD_STEPS)
    return {"lowest power": lowest, "losses": four_digits(words_bigram(None).loss(theta))}


def four_digits(losses: np.ndarray) -> list[list[float]]:
    """Four digits; what has diverged is very large."""
    return [[float(f"{loss:.4g}") if np.isfinite(loss) else 1e9 for loss in row] for row in losses]


def race_all() -> dict[str, Any]:
    found: dict[str, Any] = {"versions": {"numpy": np.__version__}, "lengths": LENGTHS, "digits": {}, "words": {}}
    for name in ON_DIGITS:
        found["digits"][name], found["words"][name] = race_on_digits(name), race_on_words(name)
        print(name, flush=True)
    return with_times(found)


def read_record() -> dict[str, Any]:
    return json.loads(SUCCESSORS_FILE.read_text(encoding="utf-8"))


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--write", action="store_true", help="train again and store the record")
    parser.add_argument("--time", action="store_true", help="only time the steps again, and store that")
    asked = parser.parse_args()
    if asked.write or asked.time:
        found = race_all() if asked.write else with_times(read_record())
        SUCCESSORS_FILE.write_text(json.dumps(found, separators=(",", ":")) + "\n", encoding="utf-8")
    table = read_record()
    for name, row in table["digits"].items():
        for steps, losses in [*zip(table["lengths"], row["losses"]), ("words", table["words"][name]["losses"])]:
            means, best = np.mean(losses, axis=1), int(np.mean(losses, axis=1).argmin())
            print(f"{name}, {steps}: {means[best]:.4f} (sd {np.std(losses[best]):.4f}), place {best} of {RATES_TRIED}")


if __name__ == "__main__":
    main()
