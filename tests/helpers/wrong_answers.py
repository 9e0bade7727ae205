"""What a learner writes by mistake in each exercise, told without the exercise's own code.

A slip is a dict, the replacements in the folded solution that make it (one, most often), or a text, an expression that is worked
out where the folded solution has run, so that `answer` is the right one. Its key is the beginning of the hint it must earn.
"""

from functools import cache

from helpers import notebooks

SOLUTIONS = {exercise.name: exercise.solution for path in notebooks.files() for exercise in notebooks.read(path).exercises}

Slip = dict[str, str] | str

SLIPS: dict[str, dict[str, Slip]] = {
    "00a": {
        "the slope along y becomes 100 times smaller": {"100**2": "100"},
        "that is the curvature along y": "1 / 100**2",
        "the bowl is the same": {"100**2": "1"},
    },
    "00b": {
        "the factor along y is negative": "[abs(place) for place in answer]",
        "that is the place after two steps": {"0.6**3": "0.6**2", "(-0.6) ** 3": "(-0.6) ** 2"},
        "you have them the wrong way round": "answer[::-1]",
        "the height along y is 4 y²/2": {"0.6**3": "0.2**3", "-0.6": "-2.2"},
        "you walk uphill": {"0.6**3": "1.4**3", "-0.6": "2.6"},
    },
    "00c": {
        "the rate stays the same": {"lr / np.sqrt(t)": "lr"},
        "you divide by t": {"np.sqrt(t)": "t"},
        "t counts from 1": {"np.sqrt(t)": "np.sqrt(t + 1)"},
        "you walk uphill": {"x - rate": "x + rate"},
    },
    "01a": {
        "that is 0.99 / 0.9": {"10": "0.99 / 0.9"},
        "that is how much lr must shrink": {"10": "1 / 10"},
        "that is how many g": {"10": "1 / (1 - 0.99)"},
    },
    "01b": {
        "that is the average": {"-2": "0.5 * (0.5 * (0.5 * 8) + 0.5 * 8) - 0.5 * 8"},
        "that sum forgets nothing": {"-2": "8 + 8 - 8"},
        "mind the sign": {"-2": "2"},
        "that is the last gradient": {"-2": "-8"},
        "that is m after the second": {"-2": "0.5 * 8 + 8"},
    },
    "01c": {
        "that is the sum": {"(1 - beta) * g": "g"},
        "beta is the share of the old m": {"beta * m + (1 - beta) * g": "(1 - beta) * m + beta * g"},
        "the old m must shrink": {"beta * m": "m"},
    },
    "02a": {
        "you have them the wrong way round": "answer[::-1]",
        "the step is the multiplier times": {", 1": ", 1 / 1000"},
        "√v grows a thousandfold": {"1 / 1000": "1000"},
        "that is gradient descent": "1, 1000",
        "v grows a millionfold": {"1 / 1000, 1": "1 / 1000**2, 1000 / 1000**2"},
        "√v grows with the gradient": {"1 / 1000": "1"},
    },
    "02b": {
        "you divide by the old v": {"0.5 * 1**2 + 0.5 * 7**2": "1**2"},
        "that is the step when every slope is 7": {"0.5 * 1**2 + 0.5 * 7**2": "7**2"},
        "v is under a root": {"np.sqrt": ""},
        "that is AdaGrad's sum": {"0.5 * 1**2 + 0.5 * 7**2": "1**2 + 7**2"},
        "that is an average of the slopes": {"np.sqrt(0.5 * 1**2 + 0.5 * 7**2)": "(0.5 * 1 + 0.5 * 7)"},
    },
    "02c": {
        "here eps stands inside the root": {"np.sqrt(v + eps)": "(np.sqrt(v) + eps)"},
        "that is AdaGrad's sum": {"beta2 * v + (1 - beta2) * g**2": "v + g**2"},
        "you step with the old v": {"    v = beta2": "    old, v = v, beta2", "np.sqrt(v + eps)": "np.sqrt(old + eps)"},
        "you divide by v": {"np.sqrt(v + eps)": "(v + eps)"},
        "v is an average of squares": {"g**2": "abs(g)"},
    },
    "03a": {
        "the rate is lr at step 12": "12",
        "√v has 31 per cent": "100",
        "√v still lacks a fifth": "1 / (1 - 0.999)",
        "step 2,374 is the last": "int(np.log(1 - 1 / 1.05**2) / np.log(0.999))",
    },
    "03b": {
        "that is the average itself": "0.5 * (0.5 * 3) + 0.5 * 6",
        "divide by 1 − β²": "3.75 / (1 - 0.5)",
        "that is the plain mean": "(3 + 6) / 2",
        "you store the corrected": "(0.5 * 3 + 0.5 * 6) / (1 - 0.5**2)",
        "that divides by β²": "3.75 / 0.5**2",
    },
    "03c": {
        "a power assumes one β": {"zero = beta * zero": "zero = beta ** len(betas)"},
        "that is the average itself": {"zero = beta * zero": "zero = 0"},
        "that is what the last step": {"zero = beta * zero": "zero = beta"},
        "you keep 1 − β of the zero": {"zero = beta * zero": "zero = (1 - beta) * zero"},
    },
    "04a": {
        "that is the memory of m": "10",
        "by then √v̂ is still": "100",
        "that is 1/(1 − β₂)": "round(1 / (1 - 0.999))",
    },
    "04b": {
        "the sign of each gradient": "1 - 0.3 * np.sign(5) - 0.3 * np.sign(-1)",
        "m̂ is still positive": "1 - 0.3 + 0.3 / 3",
        "v̂ is under a root": "1 - 0.3 * 5 / 5**2 - 0.3 * 1 / 3**2",
        "m and v are not corrected": "1 - 0.3 * 2.5 / np.sqrt(12.5) - 0.3 * (2.5 / 2 - 0.5) / np.sqrt(12.5 / 2 + 0.5)",
    },
    "04c": {
        "v is under a root": {"np.sqrt(v_hat)": "v_hat"},
        "t counts the present step": {"beta1**t": "beta1 ** (t - 1)", "beta2**t": "beta2 ** (t - 1)"},
        "ε is added after the root": {"np.sqrt(v_hat) + eps": "np.sqrt(v_hat + eps)"},
        "m and v are not corrected": {"m_hat, v_hat = m / (1 - beta1**t), v / (1 - beta2**t)": "m_hat, v_hat = m, v"},
        "that is the hatted ε": {"np.sqrt(v_hat) + eps": "np.sqrt(v_hat) + eps / np.sqrt(1 - beta2**t)"},
        "ε is missing": {"np.sqrt(v_hat) + eps": "np.sqrt(v_hat) + 1e-8"},
        "you keep the larger": {
            "    v = beta2": "    old, v = v, beta2",
            "np.sqrt(v_hat)": "np.sqrt(max(old / (1 - beta2**t), v_hat))",
        },
        "return m and v as they are": {"eps), m, v": "eps), m_hat, v_hat"},
        "you walk uphill": {"theta - lr": "theta + lr"},
    },
    "05a": {
        "you have them the wrong way round": "answer[::-1]",
        "SGD's steps become 100 times": {"1 / 100": "100"},
        "√v grows with the slope": {", 1]": ", 1 / 100]"},
        "v holds squares": {", 1]": ", 1 / np.sqrt(100)]"},
    },
    "05b": {
        "the first loss is that of t = 0": "[t + 1 for t in answer]",
        "at t = 2 it is still above": {", 3": ", 2"},
        "you have them the wrong way round": "answer[::-1]",
        "at t = 2 the loss is 3": {", 3": ", 1"},
        "0.9 is below 1 too": {", 3": ", 4"},
    },
    "05c": {
        "a row belongs to a rate": {"axis=1": "axis=0"},
        "that is the first rate with which": {".sum(axis=1)": ".any(axis=1)"},
        "not to diverge is not yet": {"(ends < 1e-6)": "np.isfinite(ends)"},
        "nan is not at least": {"(ends < 1e-6)": "(~(ends >= 1e-6))"},
        "you count the walks that are not there": {"<": ">="},
    },
    "06a": {
        "you have them the wrong way round": "answer[::-1]",
        "Adam divides by the gradient's own size": {", 1": ", 50"},
        "under gradient descent the step is lr times the gradient": {"50": "1"},
        "that is the rare word's step": {"50": "1 / 50"},
        "v holds the square of the share": {", 1": ", np.sqrt(50)"},
    },
    "06b": {
        "that looks back over 10 batches": {"0.999": "1 - 10 / 100"},
        "that is still 100 batches": {"0.999": "0.99"},
        "that looks back over 10,000": {"0.999": "1 - 1 / 100**2"},
        "that is the memory in batches": "1 / (1 - answer)",
    },
    "06c": {
        "you compare the tokens' numbers": {
            "counts[tokens] <": "tokens <",
            "counts[tokens] >=": "tokens >=",
        },
        "the rare ones come first": {"return rare, others": "return others, rare"},
        "rare is below the limit": {"< limit": "<= limit", ">= limit": "> limit"},
        "you divide by the number of all tokens": {
            "losses[counts[tokens] < limit]": "(losses * (counts[tokens] < limit))",
            "losses[counts[tokens] >= limit]": "(losses * (counts[tokens] >= limit))",
        },
    },
    "07a": {
        "that is the share of −1 in training": "1 - 0.9",
        "so it is with gradient descent": "0",
        "then it would call them all −1": "0.9",
        "right in per cent": "100 * 0.5",
    },
    "07b": {
        "you have them the wrong way round": "answer[::-1]",
        "the signs (1, 1) must be scaled": {"* 10 / np.abs(x).sum()": "* 10"},
        "x must be scaled": {"* 10 / (x @ x)": "* 10"},
        "Adam's weights are 10/4": {"np.sign(x) * 10 / np.abs(x).sum()": "np.sign(x)"},
        "Adam does not walk along x": {"np.sign(x) * 10 / np.abs(x).sum()": "x * 10 / (x @ x)"},
    },
    "07c": {
        "that is the last step": {"test[step]": "test[-1]"},
        "that is the best step": {"test[step]": "test.max()"},
        "that is the lowest training loss": {"np.argmax(train <= target)": "np.argmin(train)"},
        "the nearest loss may lie above": {"np.argmax(train <= target)": "np.argmin(abs(train - target))"},
        "a loss that equals the target": {"<=": "<"},
        "the loss may rise again": {"np.argmax(train <= target)": "np.flatnonzero(train > target)[-1] + 1"},
        "that is the step": {"test[step]": "step"},
    },
    "08a": {
        "that is enough where": "next(win for win in range(1, 2000) if win > 100 * 10)",
        "that is for β₂ = 0.99": "next(win for win in range(1001, 2000) if al.drift([win] + [-10] * 100, 0.9, 0.99) < 0)",
        "twice is more than enough": "2 * 100 * 10",
        "at 1020 Adam still": "max(win for win in range(1001, 1100) if al.drift([win] + [-10] * 100, 0.9, 0.999) >= 0)",
        "that is for β₁ = 0": "next(win for win in range(1001, 2000) if al.drift([win] + [-10] * 100, 0, 0.999) < 0)",
    },
    "08b": {
        "a positive slope": "-answer",
        "that is Adam": "-4 / np.sqrt(9) + 1 / np.sqrt(5) + 1 / np.sqrt(3) + 1 / np.sqrt(2)",
        "those are the slopes": {"-1 / 3": "-4 + 1 + 1 + 1"},
        "v is under a root": {"-1 / 3": "(-4 + 1 + 1 + 1) / 9"},
        "that is a vote": {"-1 / 3": "-1 + 1 + 1 + 1"},
    },
    "08c": {
        "you keep the maximum": {"np.sqrt(v_max)": "np.sqrt(v)"},
        "that is Adam": {"max(v_max, v)": "v"},
        "the maximum is under a root": {"np.sqrt(v_max)": "v_max"},
        "you walk uphill": {"theta - step": "theta + step"},
        "the maximum must rise": {"max(v_max, v)": "v_max if v_max > 0 else v"},
        "you divide by the old maximum": {
            "    v_max = max": "    old, v_max = v_max, max",
            "np.sqrt(v_max)": "np.sqrt(old or v)",
        },
        "v goes on fading": {"theta - step, m, v, v_max": "theta - step, m, v_max, v_max"},
    },
    "09a": {
        "that is right for AdamW": "1, 1",
        "that is right for the penalty": "100, 100",
        "the other way round": "answer[::-1]",
        "upside down": "1 / answer[0], answer[1]",
    },
    "09b": {
        "that is the paper's convention": {"0.001 * 0.01": "0.01"},
        "that leaves out wd": {" * 0.01": ""},
        "that is the time to 1/e": {"0.693": "1"},
        "the decay is a share of what is left": {"0.693": "0.5"},
    },
    "09c": {
        "lr falls": {"lr * wd": "rates[0] * wd"},
        "that is the paper's convention": {"lr * wd": "wd"},
        "the decay is a share of what is left": {" * wd * left": " * wd"},
        "each step starts from": {"left - lr * wd * left": "1 - lr * wd"},
        "that is what a step takes": {"left - lr": "lr"},
        "that is the approximation": {"left - lr * wd * left": "np.exp(-lr * wd) * left"},
    },
    "10a": {
        "that is right for the clip": "8, 8",
        "that is right for Adam": "1, 1",
        "the other way round": "answer[::-1]",
        "upside down": "1, 1 / answer[1]",
    },
    "10b": {
        "the weights are small": {" * 16": " / 16"},
        "that is lr·n": {" * 16": " * 256"},
        "that is one over the size": {"0.001 * ": ""},
        "that is the update": {" * 16": ""},
    },
    "10c": {
        "the fall starts after the warm-up": {"(t - warm) / (T - warm)": "t / T"},
        "the fall is only": {"(t - warm) / (T - warm)": "(t - warm) / T"},
        "upside down": {"(t - warm) / (T - warm)": "(T - t) / (T - warm)"},
        "count from the end": {"(t - warm) / (T - warm)": "t / (T - warm)"},
    },
    "11a": {
        "that is how much faster the rule is": "300 / 100",
        "that is what tuning alone": "300 / 150",
        "a better baseline makes": "300 / 100 * 300 / 150",
        "upside down": "100 / 150",
    },
    "11b": {
        "those are the signs": "np.sign(answer)",
        "both rows are equally long": "[[6, 8], [-0.04 * 200, 0.03 * 200]]",
        "the length of a row": "[[6 / 14, 8 / 14], [-0.04 / 0.07, 0.03 / 0.07]]",
        "you divide each row by its largest": "[[6 / 8, 8 / 8], [-0.04 / 0.04, 0.03 / 0.04]]",
    },
    "11c": {
        "upside down": {"steps / length": "length / steps"},
        "a loss that equals the target": {"<=": "<"},
        "you stop where the rule is still behind": {"<=": ">="},
        "you compare losses": {"steps / length": "target / loss"},
        "those are the steps that the rule needs": {"steps / length": "length"},
    },
}


def answer_with(name: str, slip: Slip):
    """The answer of a learner who makes this slip."""
    if isinstance(slip, str):
        return eval(slip, names_after(SOLUTIONS[name]))
    code = SOLUTIONS[name]
    for old, new in slip.items():
        assert code.count(old) == 1, f"{name}: {old!r} stands {code.count(old)} times in the folded solution"
        code = code.replace(old, new)
    return names_after(code)["answer"]


@cache
def names_after(code: str) -> dict:
    """Every name there is after the imports of a notebook and this code have run."""
    space: dict = {}
    exec(f"{notebooks.IMPORTS}\n{code}", space)
    return space
