"""Training loops that go wrong although the optimizer is right, each followed by the same loop mended.

Every loop returns one number, so that you see what the trap costs. The gradient of batch t is `NOISY_BOWL.grad(theta, t)`:
a bowl, ten times as steep along its second coordinate, seen through noise. Its minimum is at the origin.
"""

from dataclasses import replace

import numpy as np

from adamlib.optimizers import Adam, AdamW, Momentum, Optimizer, State
from adamlib.problems import noisy, quadratic

NOISY_BOWL = noisy(quadratic([1.0, 10.0]), sigma=0.5)


def zero_grad_forgotten() -> float:
    rule, grad = Adam(lr=0.01), np.zeros(2)
    state = rule.init(NOISY_BOWL.start)
    for t in range(1, 501):
        grad = grad + NOISY_BOWL.grad(state.theta, t)  # what backward does
        state = rule.step(state, grad)
    return float(NOISY_BOWL.loss(state.theta))


def zero_grad_called() -> float:
    rule = Adam(lr=0.01)
    state = rule.init(NOISY_BOWL.start)
    for t in range(1, 501):
        grad = np.zeros(2) + NOISY_BOWL.grad(state.theta, t)
        state = rule.step(state, grad)
    return float(NOISY_BOWL.loss(state.theta))


def scheduler_per_batch() -> float:
    state = Adam().init(NOISY_BOWL.start)
    for t in range(1, 501):
        rule = Adam(lr=0.02 * 0.9**t)
        state = rule.step(state, NOISY_BOWL.grad(state.theta, t))
    return float(NOISY_BOWL.loss(state.theta))


def scheduler_per_epoch() -> float:
    state = Adam().init(NOISY_BOWL.start)
    for t in range(1, 501):
        epoch = t // 25
        rule = Adam(lr=0.02 * 0.9**epoch)
        state = rule.step(state, NOISY_BOWL.grad(state.theta, t))
    return float(NOISY_BOWL.loss(state.theta))


def sum_of_micro_batches() -> float:
    rule, clipped = Adam(lr=0.01), 0
    state = rule.init(NOISY_BOWL.start)
    for t in range(1, 501):
        grad = np.sum([NOISY_BOWL.grad(state.theta, 8 * t + k) for k in range(8)], axis=0)
        length = float(np.linalg.norm(grad))
        clipped += length > 1
        state = rule.step(state, grad / max(length, 1.0))
    return clipped / 500


def mean_of_micro_batches() -> float:
    rule, clipped = Adam(lr=0.01), 0
    state = rule.init(NOISY_BOWL.start)
    for t in range(1, 501):
        grad = np.mean([NOISY_BOWL.grad(state.theta, 8 * t + k) for k in range(8)], axis=0)
        length = float(np.linalg.norm(grad))
        clipped += length > 1
        state = rule.step(state, grad / max(length, 1.0))
    return clipped / 500


def t_counts_micro_batches() -> float:
    rule, moves = Adam(lr=0.01), []
    state = rule.init([0.0])
    for t in range(1, 101):
        before = state._replace(t=8 * t - 1)  # the counter went on in each of eight micro-batches
        state = rule.step(before, [1.0])
        moves.append(abs(state.theta[0] - before.theta[0]))
    return max(moves) / rule.lr


def t_counts_steps() -> float:
    rule, moves = Adam(lr=0.01), []
    state = rule.init([0.0])
    for t in range(1, 101):
        before = state._replace(t=t - 1)
        state = rule.step(before, [1.0])
        moves.append(abs(state.theta[0] - before.theta[0]))
    return max(moves) / rule.lr


def clipped_then_unscaled() -> float:
    rule, scale = Momentum(lr=0.01), 65536
    state = rule.init(NOISY_BOWL.start)
    for t in range(1, 501):
        scaled = scale * NOISY_BOWL.grad(state.theta, t)
        grad = scaled / max(float(np.linalg.norm(scaled)), 1.0) / scale
        state = rule.step(state, grad)
    return float(NOISY_BOWL.loss(state.theta))


def unscaled_then_clipped() -> float:
    rule, scale = Momentum(lr=0.01), 65536
    state = rule.init(NOISY_BOWL.start)
    for t in range(1, 501):
        scaled = scale * NOISY_BOWL.grad(state.theta, t)
        grad = scaled / scale
        grad = grad / max(float(np.linalg.norm(grad)), 1.0)
        state = rule.step(state, grad)
    return float(NOISY_BOWL.loss(state.theta))


def decay_on_every_parameter() -> float:
    bias, weight = 5.0, 0.0  # where the data want them
    rule, best = AdamW(lr=0.01, weight_decay=0.1), np.array([bias, weight])
    state = rule.init(best)
    for t in range(1, 2001):
        state = rule.step(state, NOISY_BOWL.grad(state.theta - best, t))
    return abs(state.theta[0] - bias)


def decay_on_weights_only() -> float:
    bias, weight = 5.0, 0.0
    rule, best = AdamW(lr=0.01, weight_decay=np.array([0.0, 0.1])), np.array([bias, weight])
    state = rule.init(best)
    for t in range(1, 2001):
        state = rule.step(state, NOISY_BOWL.grad(state.theta - best, t))
    return abs(state.theta[0] - bias)


def penalty_in_the_gradient() -> float:
    rule, weight_decay = Adam(lr=0.001), 0.01
    state = rule.init([1.0])
    for _ in range(1000):
        unused = np.zeros(1)  # the gradient of a weight that no example uses
        state = rule.step(state, unused + weight_decay * state.theta)
    return state.theta[0]


def decay_outside_the_gradient() -> float:
    rule = AdamW(lr=0.001, weight_decay=0.01)
    state = rule.init([1.0])
    for _ in range(1000):
        unused = np.zeros(1)
        state = rule.step(state, unused)
    return state.theta[0]


def weights_replaced_after_the_optimizer() -> float:
    weights = NOISY_BOWL.start.copy()
    rule, held = Adam(lr=0.01), weights  # what the optimizer will move
    weights = weights.astype(np.float32)
    state = rule.init(held)
    for t in range(1, 501):
        state = rule.step(state, NOISY_BOWL.grad(weights, t))
        held[:] = state.theta
    return float(NOISY_BOWL.loss(weights))


def weights_replaced_before_the_optimizer() -> float:
    weights = NOISY_BOWL.start.copy()
    weights = weights.astype(np.float32)
    rule, held = Adam(lr=0.01), weights
    state = rule.init(held)
    for t in range(1, 501):
        state = rule.step(state, NOISY_BOWL.grad(weights, t))
        held[:] = state.theta
    return float(NOISY_BOWL.loss(weights))


def after_training(rule: Optimizer, state: State, steps: range) -> State:
    """The state after these steps more."""
    for t in steps:
        state = rule.step(state, NOISY_BOWL.grad(state.theta, t))
    return state


def resumed_without_m_and_v() -> float:
    rule = Adam(lr=0.01)
    saved = after_training(rule, rule.init(NOISY_BOWL.start), range(1, 1001))
    state = rule.init(saved.theta)
    after = rule.step(state, NOISY_BOWL.grad(state.theta, 1001))
    return float(np.abs(after.theta - saved.theta).mean() / rule.lr)


def resumed_with_m_and_v() -> float:
    rule = Adam(lr=0.01)
    saved = after_training(rule, rule.init(NOISY_BOWL.start), range(1, 1001))
    state = saved
    after = rule.step(state, NOISY_BOWL.grad(state.theta, 1001))
    return float(np.abs(after.theta - saved.theta).mean() / rule.lr)


def resumed_without_t() -> float:
    rule, moves = Adam(lr=0.01), []
    saved = after_training(rule, rule.init(NOISY_BOWL.start), range(1, 1001))
    state = saved._replace(t=0)
    for t in range(1001, 1101):
        before, state = state, rule.step(state, NOISY_BOWL.grad(state.theta, t))
        moves.append(np.abs(state.theta - before.theta).mean())
    return float(np.mean(moves) / rule.lr)


def resumed_with_t() -> float:
    rule, moves = Adam(lr=0.01), []
    saved = after_training(rule, rule.init(NOISY_BOWL.start), range(1, 1001))
    state = saved
    for t in range(1001, 1101):
        before, state = state, rule.step(state, NOISY_BOWL.grad(state.theta, t))
        moves.append(np.abs(state.theta - before.theta).mean())
    return float(np.mean(moves) / rule.lr)


def lr_of_the_checkpoint() -> float:
    saved_rule = Adam(lr=0.1)
    saved = after_training(saved_rule, saved_rule.init(NOISY_BOWL.start), range(1, 501))
    rule = Adam(lr=0.001)  # what the config asks for now
    rule = replace(rule, lr=saved_rule.lr)  # what loading the optimizer's state does
    return float(NOISY_BOWL.loss(after_training(rule, saved, range(501, 2501)).theta))


def lr_of_the_config() -> float:
    saved_rule = Adam(lr=0.1)
    saved = after_training(saved_rule, saved_rule.init(NOISY_BOWL.start), range(1, 501))
    rule = Adam(lr=0.001)
    rule = replace(rule, lr=0.001)  # set once more, after loading
    return float(NOISY_BOWL.loss(after_training(rule, saved, range(501, 2501)).theta))


def rows_without_a_gradient_move() -> float:
    rule = Adam(lr=0.01)
    state = rule.init([0.0, 0.0])  # two words; only the first batch has the second
    for t in range(1, 101):
        grad = np.array([1.0, 1.0 if t == 1 else 0.0])
        state = rule.step(state, grad)
    return abs(state.theta[1]) / rule.lr


def rows_without_a_gradient_rest() -> float:
    rule = Adam(lr=0.01)
    state = rule.init([0.0, 0.0])
    for t in range(1, 101):
        grad = np.array([1.0, 1.0 if t == 1 else 0.0])
        after, rests = rule.step(state, grad), grad == 0
        theta, m, v = (np.where(rests, getattr(state, name), getattr(after, name)) for name in ("theta", "m", "v"))
        state = after._replace(theta=theta, m=m, v=v)
    return abs(state.theta[1]) / rule.lr
