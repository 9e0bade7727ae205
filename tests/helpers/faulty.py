"""Plain rules with one thing wrong, drawn at random: written anew, line by line, so that no formula of the library is in them."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np

import adamlib as al

ADAMS = ("Adam", "AdamW", "AMSGrad")
AVERAGING = (*ADAMS, "RMSProp")
ANY_RULE = (*AVERAGING, "AdaGrad", "Momentum")
LOST_MEMORY = ("after {} steps m and v start", "after {} steps v starts", "after {} steps m starts")


@dataclass(frozen=True)
class KindOfFault:
    """What goes wrong: for which rules, by how much (numbers to draw from), and words of which one must be in the sentence."""

    rules: tuple[str, ...]
    words: tuple[str, ...]
    numbers: tuple[Any, ...] = (None,)


KINDS_OF_FAULT: Mapping[str, KindOfFault] = {
    "t ahead": KindOfFault(ADAMS, ("it is {} ahead",), (1, 2, 5)),
    "t too fast": KindOfFault(ADAMS, ("it goes {} at a time",), (2, 3, 6)),
    "t too slow": KindOfFault(ADAMS, ("advances once in {} steps",), (2, 4)),
    "t stops": KindOfFault(ADAMS, ("it stops at {}",), (3, 8)),
    "t is lost": KindOfFault(ADAMS, ("after {} steps t starts again",), (5, 20, 100)),
    "m and v are lost": KindOfFault(ANY_RULE, LOST_MEMORY, (5, 57, 200)),
    "uphill": KindOfFault(ANY_RULE, ("walks uphill",)),
    "clipped by value": KindOfFault(ANY_RULE, ("clipped to [-{}, {}]",), (0.1, 0.73, 5.0)),
    "clipped by length": KindOfFault(ANY_RULE, ("clipped to the length {}",), (0.5, 0.73, 40.0)),
    "warm-up": KindOfFault(ANY_RULE, ("the rate is not constant",), (10, 100)),
    "overwritten": KindOfFault(ANY_RULE, ("up to step {}",), (5, 100)),
    "m forgets": KindOfFault(ADAMS, ("m remembers nothing",)),
    "m and v forget": KindOfFault(ADAMS, ("m and v remember nothing",)),
    "m is a sum": KindOfFault(ADAMS, ("m takes g whole", "times as long; it follows")),
    "v of |g|": KindOfFault(AVERAGING, ("averages |g|",)),
    "root multiplies": KindOfFault((*AVERAGING, "AdaGrad"), ("the root multiplies",)),
    "eps slips out": KindOfFault(
        (*AVERAGING, "AdaGrad"), ("slipped out of the division", "'missing parentheses'", "eps is missing")
    ),
    "beta2": KindOfFault(AVERAGING, ("beta2={}",), (0.8, 0.93, 0.997)),
    "theta rests": KindOfFault((*ADAMS, "Momentum"), ("theta rests, what it remembers goes on",)),
    "penalty": KindOfFault(
        ("Adam", "AMSGrad", "RMSProp", "AdaGrad"), ("weight_decay={}) with", "weight_decay={},"), (1e-3, 0.05)
    ),
    "decay grows": KindOfFault(("AdamW",), ("the decay has the wrong sign",)),
    "decay twice": KindOfFault(("AdamW",), ("the decay is taken twice", "weight_decay=")),
    "decay of L1": KindOfFault(("AdamW",), ("by the sign of theta",)),
}


@dataclass(frozen=True)
class Faulty:
    """A rule of the library by name, with settings, and a plain step that is said to be it.

    number : by how much it is wrong
    convention : "", "eps inside" or "eps-hat"
    shown : whether its state shows m and v
    """

    rule: str
    settings: Mapping[str, float]
    slip: str
    number: Any
    convention: str
    shown: bool

    @property
    def like(self) -> al.Optimizer:
        return getattr(al, self.rule)(**self.settings)

    @property
    def words(self) -> list[str]:
        return [words.replace("{}", f"{self.number or 0:g}") for words in KINDS_OF_FAULT[self.slip].words]

    def has(self, *slips: str) -> bool:
        return self.slip in slips

    def fed(self, g: np.ndarray) -> np.ndarray:
        """What the rule takes for the gradient."""
        if self.has("clipped by value"):
            return np.clip(g, -self.number, self.number)
        if self.has("clipped by length"):
            return g * min(1.0, self.number / np.linalg.norm(g))
        return -g if self.has("uphill") else g

    def counted(self, t: int) -> int:
        """What the rule takes for the number of the step."""
        ways: dict[str, Callable[[int], int]] = {
            "t ahead": lambda n: t + n,
            "t too fast": lambda n: 1 + n * (t - 1),
            "t too slow": lambda n: (t - 1) // n + 1,
            "t stops": lambda n: min(t, n),
        }
        return ways[self.slip](self.number) if self.slip in ways else t

    def rate(self, n: int) -> float:
        lr = self.settings["lr"]
        if self.has("warm-up"):
            return lr * min(1.0, n / self.number)
        return 3 * lr if self.has("overwritten") and n > self.number else lr

    def averages(self, g: np.ndarray, m: np.ndarray, v: np.ndarray) -> tuple[Any, Any]:
        """m and v after the step."""
        if self.has("m forgets", "m and v forget"):
            m = 0 * m
        if self.has("m and v forget"):
            v = 0 * v
        if self.rule == "Momentum":
            return self.settings["beta"] * m + g, v
        if self.rule == "AdaGrad":
            return m, v + g * g
        beta1, beta2 = self.settings.get("beta1", 0.0), self.number if self.has("beta2") else self.settings["beta2"]
        square = np.abs(g) if self.has("v of |g|") else g * g
        return beta1 * m + (1 if self.has("m is a sum") else 1 - beta1) * g, beta2 * v + (1 - beta2) * square

    def step(self, theta: np.ndarray, grad: np.ndarray, state: Any) -> tuple[Any, Any]:
        memory = state() if callable(state) else state
        n, t, m, v, v_max = memory["all"] if memory else (0, 0, 0 * theta, 0 * theta, 0 * theta)
        if n == self.number and self.has("t is lost"):
            t = 0
        if n == self.number and self.has("m and v are lost"):
            m, v, v_max = 0 * m, 0 * v, 0 * v_max
        if self.has("m and v forget"):
            v_max = 0 * v_max
        n, t, g = n + 1, t + 1, self.fed(grad) + (self.number * theta if self.has("penalty") else 0)
        m, v = self.averages(g, m, v)
        v_max = np.maximum(v_max, v)
        new = self.shrunk(theta) - self.rate(n) * self.move(g, m, v_max if self.rule == "AMSGrad" else v, self.counted(t))
        if self.has("theta rests"):
            new = np.where(grad == 0, theta, new)
        memory = {"m": m, "v": v, "all": (n, t, m, v, v_max)}
        return new, memory if self.shown else lambda: memory

    def shrunk(self, theta: np.ndarray) -> np.ndarray:
        decay = self.settings["lr"] * self.settings.get("weight_decay", 0.0)
        if self.has("decay of L1"):
            return theta - decay * np.sign(theta)
        return theta * (1 - {"decay grows": -1, "decay twice": 2}.get(self.slip, 1) * decay)

    def move(self, g: np.ndarray, m: np.ndarray, v: np.ndarray, t: int) -> np.ndarray:
        """What lr multiplies."""
        if self.rule == "Momentum":
            return m
        beta1, beta2, eps = (self.settings.get(name, 0.0) for name in ("beta1", "beta2", "eps"))
        if self.has("beta2"):
            beta2 = self.number
        corrected = self.rule in ADAMS
        push = m / (1 - beta1**t) if corrected else g
        share = 1 - beta2**t if corrected else 1.0
        v_hat = v / share
        if self.has("eps slips out"):
            return push / np.sqrt(v_hat) + eps
        inside, hat = self.convention == "eps inside", self.convention == "eps-hat"
        root = np.sqrt(v_hat + eps) if inside else np.sqrt(v_hat) + eps / (np.sqrt(share) if hat else 1.0)
        return push * root if self.has("root multiplies") else push / root


def any_faulty(seed: int) -> Faulty:
    """One drawn at random: the slip, a rule for which it makes sense, its settings, a convention."""
    draw = np.random.default_rng(seed)

    def one_of(choices: Any) -> Any:
        return choices[draw.integers(len(choices))]

    name = one_of(list(KINDS_OF_FAULT))
    rule = one_of(KINDS_OF_FAULT[name].rules)
    settings = {"lr": one_of((1e-4, 1e-3, 0.01, 0.1))}
    betas = {"beta1": one_of((0.5, 0.85, 0.9, 0.95)), "beta2": one_of((0.9, 0.98, 0.999))}
    settings |= betas if rule in ADAMS else {}
    settings |= {"beta2": betas["beta2"]} if rule == "RMSProp" else {"beta": betas["beta1"]} if rule == "Momentum" else {}
    settings |= {"eps": one_of((1e-8, 1e-6, 1e-3))} if rule != "Momentum" else {}
    settings |= {"weight_decay": one_of((1e-3, 0.1))} if rule == "AdamW" else {}
    convention = one_of(("", "", "eps inside", "eps-hat") if rule in ADAMS else ("", "eps inside"))
    convention = "" if rule == "Momentum" or name == "eps slips out" else convention
    return Faulty(rule, settings, name, one_of(KINDS_OF_FAULT[name].numbers), convention, bool(draw.integers(2)))
