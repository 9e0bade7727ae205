"""Every numbered equation of lesson 10, each held against another derivation: test_10_2 is equation (10.2)."""

import math

import numpy as np
import pytest

import adamlib as al
from helpers import torch_blocks


@pytest.mark.parametrize(("warm", "steps"), [(1, 2), (10, 100), (20, 200), (50, 60)])
def test_10_1(warm, steps):
    """As the library's schedules put it, one after the other, with t from 1; never above 1, and 1 once."""
    theirs = al.warmup(warm, al.linear(steps - warm))
    factors = [min((t + 1) / warm, (steps - t) / (steps - warm)) for t in range(steps)]
    assert factors == pytest.approx([theirs(t + 1) for t in range(steps)])
    assert max(factors) == 1
    assert factors[-1] == pytest.approx(1 / (steps - warm))


def rounded_to_8_digits(x):
    """By frexp and Python's own round, ties to even."""
    mantissa, exponent = math.frexp(x)
    return math.ldexp(round(math.ldexp(mantissa, 8)), exponent - 8)


def test_10_2():
    """Every mantissa of bfloat16, and changes on both sides of the share; only a power of two loses more, downwards."""
    for k in range(128):
        x = (1 + k / 128) * 2.0**-5
        for sign in (1, -1):
            small, large = (x * (1 + sign * share * 2.0**-9) for share in (0.999, 4.001))
            assert rounded_to_8_digits(small) == float(al.bfloat16(small)) == x
            assert rounded_to_8_digits(large) == float(al.bfloat16(large)) != x
    assert float(al.bfloat16(1 - 1.01 * 2.0**-9)) < 1


@pytest.mark.parametrize("inputs", [64, 100, 900])
def test_10_3(inputs):
    """Weights drawn at 1/√n, gradients of any size: by lengths, not sizes. PyTorch's start smaller, by √3."""
    rng = np.random.default_rng(inputs)
    weights, gradient = rng.standard_normal(30 * inputs) / math.sqrt(inputs), rng.standard_normal(30 * inputs) ** 3
    rule = al.Adam(lr=0.01)
    moved = rule.step(rule.init(weights), gradient).theta - weights
    assert np.linalg.norm(moved) / np.linalg.norm(weights) == pytest.approx(0.01 * math.sqrt(inputs), rel=0.02)
    printed = torch_blocks.torch_record()["blocks"]["10_in_practice.ipynb#3"]["printed"]
    assert float(printed.split()[2]) == pytest.approx(0.003 * math.sqrt(3 * 64), rel=0.02)
