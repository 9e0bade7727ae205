"""Many networks on digits: all at once, or one after the other."""

from collections.abc import Callable
from dataclasses import replace
from functools import cache, partial
from typing import Any

import numpy as np

import adamlib as al
from adamlib.problems.data import layers, rows
from benchmarks.contest import Contestant, Falling, Ratio, Work
from benchmarks.works.peers import torch_optimizer

RULE, HIDDEN, BATCH = al.Adam(lr=0.003), 32, 64
TRAINING_STEPS = 10  # where a training takes 500: every step costs the same
NETWORK_COUNTS, KINDS = (1, 16, 256), ("default", "fused")


@cache
def data() -> al.Split:
    return al.digits()


def seeded_networks(count: int) -> al.Problem:
    """So many networks, each with a start and batches of its own."""
    return al.network(data(), HIDDEN, batch=BATCH, seed=list(range(count)))


def rates(count: int) -> np.ndarray:
    return np.geomspace(0.001, 0.01, count)


def ours_by_seed(count: int) -> Callable:
    problem = seeded_networks(count)
    return lambda: al.final(RULE, problem, steps=TRAINING_STEPS, engine="compiled").theta


def ours_by_rate(count: int) -> Callable:
    """One start and the same batches for all, as in a search for the best rate."""
    rule = al.Adam(**al.grid(lr=rates(count)))
    problem = al.network(data(), HIDDEN, batch=BATCH)
    return lambda: al.sweep(rule, problem, steps=TRAINING_STEPS, engine="compiled", progress=False).theta


def in_torch(count: int, kind: str, by: str) -> Callable:
    """Their batches cost nothing: the rows are drawn beforehand."""
    import torch

    x, y = torch.tensor(data().x_train), torch.tensor(data().y_train)
    network = torch.nn.Sequential(torch.nn.Linear(64, HIDDEN), torch.nn.Tanh(), torch.nn.Linear(HIDDEN, 10)).double()
    loss = torch.nn.CrossEntropyLoss()
    starts = seeded_networks(count if by == "seed" else 1).start
    drawn = np.array([[rows(seed, t, len(y), BATCH) for t in range(1, TRAINING_STEPS + 1)] for seed in range(len(starts))])
    drawn = torch.from_numpy(drawn)
    rules = [RULE] * count if by == "seed" else [replace(RULE, lr=lr) for lr in rates(count)]

    def train(rule: al.Adam, start: np.ndarray, batches: Any) -> np.ndarray:
        fill(network, start)
        optimizer = torch_optimizer(network.parameters(), rule, kind)
        for batch in batches:
            optimizer.zero_grad()
            loss(network(x[batch]), y[batch]).backward()
            optimizer.step()
        return flat(network)

    return lambda: np.array([train(rule, starts[i % len(starts)], drawn[i % len(starts)]) for i, rule in enumerate(rules)])


def fill(network: Any, theta: np.ndarray) -> None:
    """Our flat vector into their layers, whose weights are the transposes of ours."""
    import torch

    with torch.no_grad():
        for layer, (weights, biases) in zip(network[::2], layers(theta, (64, HIDDEN, 10))):
            layer.weight.copy_(torch.tensor(weights.T))
            layer.bias.copy_(torch.tensor(biases[0]))


def flat(network: Any) -> np.ndarray:
    """Their layers as our flat vector."""
    parts = [part.detach().numpy() for layer in network[::2] for part in (layer.weight.T, layer.bias)]
    return np.concatenate([part.ravel() for part in parts])


def networks_work(what: str, by: str, ours: Callable, times: int, slow: str = "", flat: str = "") -> Work:
    """The work, for networks that differ in one thing.

    times : how many times as fast the goal is
    slow, flat : what keeps us from it, and from costing less for each of more networks
    """
    return Work(
        f"Digits networks 64-{HIDDEN}-10 that differ in their {what}, batches of {BATCH}, {TRAINING_STEPS} steps",
        "networks",
        "step of a network",
        lambda count: count * TRAINING_STEPS,
        NETWORK_COUNTS,
        (
            Contestant("adamlib, all at once", ours, ("numba",)),
            *(Contestant(f"torch {kind}, one by one", partial(in_torch, kind=kind, by=by), ("torch",)) for kind in KINDS),
        ),
        (
            *(Ratio(256, "adamlib, all at once", f"torch {kind}, one by one", faster=times, why=slow) for kind in KINDS),
            Falling("adamlib, all at once", NETWORK_COUNTS, why=flat),
        ),
        close=1e-9,
    )


BY_SEED = networks_work(
    "seed",
    "seed",
    ours_by_seed,
    times=5,
    slow="a third of our time multiplies matrices, and a fifth draws batches, which PyTorch is given",
    flat="networks of their own seeds draw and multiply each for itself; they share no more than the calls for sixteen of them",
)
BY_RATE = networks_work("learning rate", "rate", ours_by_rate, times=8)
