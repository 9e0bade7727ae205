"""Networks on digits with wrong labels, and how much a decay harms them."""

import numpy as np

import adamlib as al


def noisy_digits(seed):
    clean, rng = al.digits(seed=seed), np.random.default_rng(seed)
    labels = np.where(rng.random(1000) < 0.2, rng.integers(0, 10, 1000), clean.y_train)
    return al.Split("digits", clean.x_train, labels, clean.x_test, clean.y_test)


RULES = {
    "SGD": (lambda lr, decay, problem: (al.SGD(lr), al.ridge(problem, decay))),
    "Adam": (lambda lr, decay, problem: (al.Adam(lr), al.ridge(problem, decay))),
    "AdamW": (lambda lr, decay, problem: (al.AdamW(lr, weight_decay=decay), problem)),
}


def excess(name, problem, settings, schedule=None):
    """For each (lr, decay): how much the test loss lies above that of the same lr without decay."""
    lr, decay = np.transpose(settings)[:, :, None]
    both = np.stack([decay, 0 * decay])
    rule, whole = RULES[name](lr, both, problem)
    theta = al.final(rule, whole, np.broadcast_to(problem.start, (2, len(lr), problem.dim)), 300, schedule).theta
    with_decay, without = problem.test_loss(theta)
    return with_decay - without
