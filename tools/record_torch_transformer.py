"""Records what PyTorch makes of `al.transformer`: its loss, its gradient, and two short walks. With PyTorch installed:

    python -m tools.record_torch_transformer

writes tests/library/problems/torch_transformer.json, with which a test compares ours. The network is written here once more,
of PyTorch's own parts, and differentiated by PyTorch.
"""

import json
from importlib.metadata import version
from pathlib import Path
from typing import Any

import numpy as np

import adamlib as al
from adamlib.problems.language import shapes

TORCH_TRANSFORMER = Path(__file__).parents[1] / "tests" / "library" / "problems" / "torch_transformer.json"
WORDS_IN_TURN, PLACES_IN_LINE, NUMBERS_OF_WORD, STEPS_OF_WALK = 7, 5, 4, 10
WALKS = {"SGD": {"lr": 0.2, "momentum": 0.9}, "Adam": {"lr": 0.02}}


def text_in_turn() -> list[int]:
    """Seven words in turn, one in five replaced by chance: something to learn, and something left."""
    rng = np.random.default_rng(0)
    return np.where(rng.random(101) < 0.2, rng.integers(0, WORDS_IN_TURN, 101), np.arange(101) % WORDS_IN_TURN).tolist()


def torch_loss(theta: Any, lines: Any) -> Any:
    import torch
    from torch.nn import functional

    sizes = shapes(WORDS_IN_TURN, PLACES_IN_LINE, NUMBERS_OF_WORD)
    parts = torch.split(theta, [n * m for n, m in sizes])
    word, place, query, key, value, back, out = (part.reshape(size) for part, size in zip(parts, sizes))
    h = functional.embedding(lines[:, :-1], word) + place
    n = functional.rms_norm(h, (NUMBERS_OF_WORD,), eps=1e-6)
    gathered = functional.scaled_dot_product_attention(n @ query, n @ key, n @ value, is_causal=True)
    scores = functional.rms_norm(h + gathered @ back, (NUMBERS_OF_WORD,), eps=1e-6) @ out
    return functional.cross_entropy(scores.flatten(0, 1), lines[:, 1:].flatten())


def torch_walk(rule: str, start: np.ndarray, lines: Any) -> dict[str, Any]:
    """The losses before each step, the gradient before the first, and where it ends."""
    import torch

    theta = torch.tensor(start, requires_grad=True)
    optimizer = getattr(torch.optim, rule)([theta], **WALKS[rule])
    losses, gradients = [], []
    for _ in range(STEPS_OF_WALK):
        optimizer.zero_grad()
        loss = torch_loss(theta, lines)
        loss.backward()
        losses.append(loss.item())
        gradients.append(theta.grad.tolist())
        optimizer.step()
    return {"losses": losses, "gradient": gradients[0], "end": theta.detach().tolist()}


def main() -> None:
    import torch

    text = text_in_turn()
    size = al.transformer(text, width=NUMBERS_OF_WORD, context=PLACES_IN_LINE).dim
    start = np.random.default_rng(1).normal(0, 0.5, size)
    lines = torch.tensor(text).unfold(0, PLACES_IN_LINE + 1, PLACES_IN_LINE)
    walks = {rule: {**settings, **torch_walk(rule, start, lines)} for rule, settings in WALKS.items()}
    sizes = {"context": PLACES_IN_LINE, "width": NUMBERS_OF_WORD, "text": text, "start": start.tolist()}
    record = {"versions": {"torch": version("torch").partition("+")[0]}, **sizes, "walks": walks}
    TORCH_TRANSFORMER.write_text(json.dumps(record) + "\n", encoding="utf-8")


if __name__ == "__main__":
    main()
