"""Exercises: every folded solution is right, every slip earns its hint, every committed cell is unanswered."""

import re
from dataclasses import FrozenInstanceError, replace
from decimal import Decimal
from fractions import Fraction

import numpy as np
import pytest

import adamlib as al
from adamlib.exercises import EXERCISES, Exercise, check, reply
from adamlib.exercises.exercise import THREE_DIGITS
from helpers import notebooks, wrong_answers

IN_NOTEBOOKS = {exercise.name: exercise for path in notebooks.files() for exercise in notebooks.read(path).exercises}
SLIPS = [(name, begins, slip) for name, known in wrong_answers.SLIPS.items() for begins, slip in known.items()]

NUMBER = Exercise(answer=np.float64(0.25), right="A quarter.", slips=((0.5, "that is its root"),))
COUNT = Exercise(answer=5000, right="Five thousand.", slips=((4999, "one more"),))
NOTHING = Exercise(answer=0.0, right="Nothing.")
ONES = Exercise(answer=np.ones(2), right="Both.")
ARRAY = Exercise(answer=np.array([1.0, 2.0]), right="Both.")
FUNCTION = Exercise(answer=lambda x: x**2, right="A square.", slips=((lambda x: 2 * x, "doubled"),), inputs=((3.0,), (-1.0,)))
STEP = Exercise(
    answer=lambda x, lr: x - lr, right="A step.", slips=((lambda x, lr: x + lr, "uphill"),), inputs=((4.0, 0.01),), moves=0
)
STEPS = Exercise(answer=lambda x, m: (x - m, m), right="Two.", inputs=((1.0, 0.01),), moves=0)


# What the sentences say, worked out where the folded solution has run: a number that belongs between the braces, or
# whether it is so.
SAYS = [
    ("00a", "Units count twice", "np.isclose(answer, stretched(100) / stretched(1))"),
    ("00b", "equally far from the bottom, on different sides", "np.isclose(answer[0], -answer[1])"),
    ("00b", "2 / (1 + 4) = {:.1f} is the best learning rate here", "best_rate(1.0, 4.0)"),
    ("00c", "the noise sinks with it", "floor(lambda t: 1 / np.sqrt(t)) < 0.2 * floor(None)"),
    ("01a", "So lr / {:.0f} keeps their length", "answer"),
    (
        "01a",
        "with the average (1.3) nothing would have changed",
        "memory(0.99, 1) == memory(0.9, 1) and memory(0.99) > memory(0.9)",
    ),
    ("01b", "One gradient against two has turned the walk round", "answer < 0"),
    ("01b", "its first step back is small", "abs(answer) < 8 / 2"),
    ("01b", "half of {:.0f} is 6", "8 / 2 + 8"),
    ("01c", "With lr / (1 - beta) in place of lr it walks as the sum does", "walks_as_the_sum(answer)"),
    ("01c", "this m is Adam's", "adams_memory(answer)"),
    ("02a", "the gradient grows a thousandfold, and the step stays", "1000 * answer[0] == answer[1] == 1"),
    ("02b", "a step {:.1f} times as long", "answer"),
    ("02b", "here {:.2f} lr", "1 / np.sqrt(1 - 0.5)"),
    ("02c", "Inside the root, eps = 1e-7 keeps the divisor above {:.0f}e-4; outside, only above 1e-7", "np.sqrt(1e-7) / 1e-4"),
    ("03a", "more than twice the memory of v", "answer > 2 / (1 - 0.999)"),
    ("03a", "1,000 steps", "np.isclose(1 / (1 - 0.999), 1000)"),
    ("03b", "It is 3 · 1/3 + 6 · 2/3", "np.isclose(answer, 3 / 3 + 6 * 2 / 3)"),
    ("03b", "counts twice as much", "al.weights(0.5, 2)[1] == 2 * al.weights(0.5, 2)[0]"),
    ("03c", "The zero keeps the product of all β", "np.isclose(answer([1.0] * 3, [0.5, 0.8, 0.9]), 1.0)"),
    ("04a", "It takes until step {:,.0f}", "halved(1000)"),
    ("04a", "A gradient that is clipped to 1 shortens nothing", "halved(1) == 1"),
    ("04a", "by then √v̂ is still {:.0f} times too long", "np.sqrt((1000 * 0.999**99 + 1 - 0.999**99) / (1 - 0.999**100))"),
    ("04a", "v has lost a tenth of it", "0.09 < 1 - 0.999**100 < 0.11"),
    ("04a", "the 1,000 in v shrinks to little more than a third", "1 / 3 < 0.999**1000 < 0.37"),
    ("04a", "it must shrink to {:.0f}", "2**2 - 1"),
    ("04b", "a third of lr is left at the second step", "np.isclose((1 - 0.3 - answer) / 0.3, 1 / 3)"),
    ("04c", "that is all of Adam", "follows(answer, al.Adam(lr=0.1))"),
    ("05a", "A rate of SGD is tied to the unit of the loss", "same_walk(al.SGD(lr=0.1), answer[0])"),
    ("05a", "a rate of Adam is not", "same_walk(al.Adam(lr=0.1, eps=0), answer[1])"),
    ("05b", "the walk was above once more", "answer[1] - answer[0] == 2"),
    ("05c", "a lucky start", "answer([1, 2], np.array([[1e-30, 1.0, 1.0], [1e-7, 1e-7, 1.0]])) == 2"),
    ("05c", "a huge loss each count once", "answer([1, 2], np.array([[1e-7, 1e-7, 1e9], [1e-7, 1.0, 1.0]])) == 1"),
    ("06a", "Under Adam both first steps are lr", "np.allclose(first_steps(al.Adam, 1, 1 / answer[0]), 1)"),
    ("06a", "{:.2f} of the gradient is divided by 0.02 of the size", "1 / answer[0]"),
    ("06b", "Its memory is {:,.0f} batches now, and as many tokens as before", "1 / (1 - answer)"),
    (
        "06c",
        "where the first stays behind, rare words are waiting",
        "np.diff(answer(np.array([3.0, 1]), np.array([1, 0]), np.array([9, 2]), 5))[0] < 0",
    ),
    ("07a", "It calls every new example +1", "calls_all_plus(0.9)"),
    ("07a", "it would look {:.0f} % right", "100 * (1 - 0.1)"),
    ("07b", "opposite answers to a new one", "answer[0] * answer[1] < 0"),
    (
        "07c",
        "A run that goes on longer gains nothing by it",
        "answer(np.array([1, 0.1]), [0.5, 0.8], 0.1) == answer(np.array([1, 0.1, 0]), [0.5, 0.8, 0.9], 0.1)",
    ),
    ("08a", "must beat a hundred losses by {:.0f} per cent", "100 * (answer / 1000 - 1)"),
    ("08a", "Adam's grows by {:.1f} per cent on average", "grown(0.999)"),
    ("08a", "more than enough even for β₂ = 0.975", "bool(al.drift([1800] + [-10] * 100, 0.9, 0.975) < 0)"),
    ("08a", "forgets {:.0f} times as fast", "(1 - 0.975) / (1 - 0.999)"),
    ("08b", "every one of them is divided by {:.0f}", "-1 / answer"),
    ("08b", "The sum of the slopes is 1", "4 - 1 - 1 - 1 == 1"),
    ("08b", "walks the right way", "answer < 0"),
    ("08c", "v itself goes on fading", "answer(0.5, 0.3, 4.0, 4.0, 0.0, 1, 0.2, 0.9, 0.9)[2:] == (3.6, 4.0)"),
    ("08c", "That is the paper's AMSGrad", "follows_amsgrad(answer, 'paper')"),
    ("09a", "Adam divides the {:.0f} out again", "answer[0] * (summed(*answer) < 1e-12)"),
    ("09a", "AdamW does not notice", "answer[1] == 1"),
    ("09b", "Almost 70,000 steps", "65_000 < answer < 70_000"),
    ("09c", "The sum of all lr decides", "np.isclose(answer([0.03, 0.01], 0.1), answer([0.02, 0.02], 0.1), rtol=1e-4)"),
    (
        "09c",
        "shrinks about as half of it does",
        "np.isclose(answer(np.linspace(0.01, 0, 1000), 0.1), answer([0.005] * 1000, 0.1), rtol=1e-3)",
    ),
    ("10a", "Adam forgives the factor", "answer[0] == 1"),
    ("10a", "the clip does not: it would now bite almost always", "clipped_share(8) > 0.9 > 0.1 > clipped_share(1)"),
    ("10b", "At lr = 0.1 it would be {:.1f}", "answer * 100"),
    ("10c", "its warm-up is 2,000 of 600,000 steps", "answer(1999, 600_000, 2000, 0.1) == answer(2000, 600_000, 2000, 0.1) == 1"),
    ("10c", "its lowest factor a tenth", "np.isclose(answer(600_000, 600_000, 2000, 0.1), 0.1)"),
    ("11a", "Of the paper's factor of {:.0f}", "300 / 100"),
    ("11a", "tuning the baseline has taken a factor of {:.0f}", "(300 / 100) / answer"),
    ("11b", "The second row was {:.0f} times as short", "np.hypot(6, 8) / np.hypot(-0.04, 0.03)"),
    ("11b", "and counts as much now", "np.allclose(np.hypot(*np.transpose(answer)), 1)"),
    ("11b", "{:.0f} for the first", "np.hypot(6, 8)"),
    (
        "11c",
        "another loss, another speed-up",
        "answer(0.1, 300, [75, 300], [0.2, 0.01]) < answer(0.3, 300, [75, 300], [0.2, 0.01])",
    ),
]


def floor(schedule) -> float:
    """The loss at the end of a noisy walk."""
    fog = al.noisy(al.quadratic(np.ones(2000)))
    return al.run(al.SGD(lr=0.5), fog, steps=1000, schedule=schedule).loss[-1]


def stretched(factor: float) -> float:
    """The condition number, by finite differences, of a round bowl whose second number is `factor` times as large."""

    def height(x, y):
        return (x**2 + (y / factor) ** 2) / 2

    curvatures = [height(1, 0) - 2 * height(0, 0) + height(-1, 0), height(0, 1) - 2 * height(0, 0) + height(0, -1)]
    return max(curvatures) / min(curvatures)


def best_rate(*curvatures: float) -> float:
    """The learning rate whose slowest direction shrinks most, searched."""
    rates = np.linspace(0, 1, 10_001)
    return rates[np.abs(1 - np.outer(rates, curvatures)).max(axis=1).argmin()]


def memory(beta: float, average: bool = False) -> float:
    """Where the memory settles of which exercise 01a asks."""
    rule = al.Momentum(lr=1.0, beta=beta, dampening=beta * average)
    return round(float(al.run(rule, al.ramp(), steps=5000).m[-1, 0]), 9)


def walks_as_the_sum(step) -> bool:
    """Whether a step of exercise 01c, with a larger rate, takes the walk of the sum."""
    valley, (theta, m) = al.bowl(10), (np.array([-2.0, 1.0]), np.zeros(2))
    for _ in range(20):
        theta, m = step(theta, m, valley.grad(theta), 0.1 / (1 - 0.5), 0.5)
    return np.allclose(theta, al.final(al.Momentum(lr=0.1, beta=0.5), valley, start=[-2.0, 1.0], steps=20).theta)


def adams_memory(step) -> bool:
    """Whether the memory of exercise 01c is that of Adam, over three gradients."""
    m, state = 0.0, (rule := al.Adam(beta1=0.6)).init(np.zeros(1))
    for g in (2.0, -1.0, 0.5):
        _, m = step(0.0, m, g, 0.1, 0.6)
        state = rule.step(state, np.array([g]))
    return np.isclose(m, state.m[0])


def clipped_share(factor: float) -> float:
    """How many of a network's first gradients are clipped, each times a factor, by a limit a little above their usual norms."""
    net = al.network(al.digits(), hidden=4, batch=32)
    norms = np.array([np.linalg.norm(net.grad(net.start, t)) for t in range(1, 31)])
    return float((factor * norms > 1.05 * norms.max()).mean())


def halved(first: float) -> int:
    """The step from which on Adam's steps are half of lr or more, after one gradient of this size and ever after 1."""
    state, short = al.Adam(lr=1.0).init(np.zeros(1)), 0
    for t in range(1, 8001):
        new = al.Adam(lr=1.0).step(state, [first if t == 1 else 1.0])
        short = t if state.theta[0] - new.theta[0] < 0.5 else short
        state = new
    return short + 1


def follows(step, rule) -> bool:
    """Whether a step written by hand walks as a rule of the library does, over five gradients."""
    theta, m, v = 1.0, 0.0, 0.0
    state = rule.init(np.array([theta]))
    for t, g in enumerate([2.0, -1.0, 0.5, 3.0, -0.2], start=1):
        theta, m, v = step(theta, m, v, g, t, rule.lr, rule.beta1, rule.beta2, rule.eps)
        state = rule.step(state, np.array([g]))
    return np.isclose(theta, state.theta[0], rtol=1e-9)


def grown(beta2: float) -> float:
    """By how many per cent 1/√v is larger on the hundred common days than on the rare one, from sums over lags."""
    shares = beta2 ** np.arange(101)
    v = np.array([shares @ np.roll([1010.0, *[-10.0] * 100], day)[::-1] ** 2 for day in range(101)])[::-1]
    ratios = np.sqrt(v.max() / v)
    return 100 * ((ratios.sum() - 1) / 100 - 1)


def follows_amsgrad(step, convention: str) -> bool:
    """Whether a step of exercise 08c walks as a convention of the library does, over six gradients."""
    rule = al.AMSGrad(lr=0.1, beta2=0.9, eps=0, convention=convention)
    theta, m, v, v_max, state = 1.0, 0.0, 0.0, 0.0, rule.init(np.ones(1))
    for t, g in enumerate([2.0, -1.0, 0.5, 3.0, -0.2, 0.1], start=1):
        theta, m, v, v_max = step(theta, m, v, v_max, g, t, 0.1, 0.9, 0.9)
        state = rule.step(state, np.array([g]))
    return np.isclose(theta, state.theta[0], rtol=1e-9)


def summed(penalty: float, decay: float) -> float:
    """How far apart walks end with a loss and with a hundred times that loss, when wd grows by these factors."""
    hill = al.bowl(10)
    pairs = [
        [(al.Adam(lr=0.01, eps=0), al.ridge(al.scaled(hill, by), 0.1 * (penalty if by > 1 else 1))) for by in (1.0, 100.0)],
        [(al.AdamW(lr=0.01, eps=0, weight_decay=0.1 * (decay if by > 1 else 1)), al.scaled(hill, by)) for by in (1.0, 100.0)],
    ]
    return max(np.abs(np.subtract(*(al.final(*setting, steps=50).theta for setting in pair))).max() for pair in pairs)


def first_steps(rule, *shares: float) -> np.ndarray:
    """The lengths of the first steps, in units of lr, along slopes that are equal but for these shares."""
    return -al.final(rule(lr=1.0), al.ramp(shares), steps=1).theta


def calls_all_plus(share: float) -> bool:
    """Whether Adam calls every new example of Wilson's data +1, with this share of +1 in training."""
    honest, first, second = al.final(al.Adam(lr=0.003), al.wilson(51, share=share), steps=500).theta[:3]
    return min(first + second + honest, first + second - honest) > 0


def same_walk(rule, factor) -> bool:
    """Whether a loss 100 times as large is walked down as before, with the rate changed by a factor."""
    valley = al.bowl(4)
    walks = [
        al.run(r, p, steps=20).theta for r, p in ((rule, valley), (replace(rule, lr=factor * rule.lr), al.scaled(valley, 100.0)))
    ]
    return np.allclose(*walks)


MEASURES = {
    f.__name__: f
    for f in (
        same_walk,
        floor,
        stretched,
        best_rate,
        memory,
        walks_as_the_sum,
        adams_memory,
        halved,
        clipped_share,
        first_steps,
        follows,
        summed,
        grown,
        follows_amsgrad,
        calls_all_plus,
    )
}


def told(name: str) -> list[str]:
    """Every sentence that an exercise may say."""
    exercise = EXERCISES[name]
    return [exercise.right, *(says for _, says in exercise.also), *(hint for _, hint in exercise.slips)]


def said(name, answer):
    """The verdict, which must not hang on the tolerance where the answer is computed and not measured."""
    exercise = EXERCISES[name]
    strict = exercise if exercise.rtol > THREE_DIGITS else replace(exercise, rtol=1e-9)
    assert reply(exercise, answer) == reply(strict, answer)
    return reply(exercise, answer)


@pytest.mark.parametrize("name", EXERCISES)
def test_every_slip_is_told_in_the_table(name):
    hints = [hint for _, hint in EXERCISES[name].slips]
    assert len(hints) == len(wrong_answers.SLIPS[name])
    for begins in wrong_answers.SLIPS[name]:
        assert len([hint for hint in hints if hint.startswith(begins)]) == 1, begins


@pytest.mark.parametrize(("name", "begins", "slip"), SLIPS, ids=[f"{name}: {begins}" for name, begins, _ in SLIPS])
def test_a_slip_earns_its_hint(name, begins, slip):
    hint = next(hint for _, hint in EXERCISES[name].slips if hint.startswith(begins))
    assert said(name, wrong_answers.answer_with(name, slip)) == f"close: {hint}"


@pytest.mark.parametrize("name", EXERCISES)
def test_the_folded_solution_is_right(name):
    solution = IN_NOTEBOOKS[name].solution
    assert solution, f"{name} has no ```python block in <details><summary>Solution</summary>"
    assert said(name, wrong_answers.names_after(solution)["answer"]) == f"right. {EXERCISES[name].right}"


OTHER_CONVENTIONS = {
    "torch": {
        "step = lr * m / np.sqrt(v_max)": "step = lr * m / (1 - beta1**t) / np.sqrt(v_max / (1 - beta2**t))",
    },
    "optax": {
        "max(v_max, v)": "max(v_max, v / (1 - beta2**t))",
        "step = lr * m /": "step = lr * m / (1 - beta1**t) /",
    },
}


@pytest.mark.parametrize(("convention", "says"), [("torch", "PyTorch and Keras"), ("optax", "Optax")])
def test_another_convention_is_right_and_named(convention, says):
    answer = wrong_answers.answer_with("08c", OTHER_CONVENTIONS[convention])
    assert follows_amsgrad(answer, convention)
    assert said("08c", answer).startswith(f"right. That is AMSGrad as {says}")


def test_every_other_right_answer_is_tried():
    assert {name: len(exercise.also) for name, exercise in EXERCISES.items() if exercise.also} == {"08c": len(OTHER_CONVENTIONS)}


@pytest.mark.parametrize("box", [np.array, lambda x: [x], lambda x: np.array([x]), np.float32])
def test_08c_takes_any_box(box):
    """A float, an array of one, a list of one, single precision: in and out."""
    solution = wrong_answers.names_after(wrong_answers.SOLUTIONS["08c"])["answer"]
    boxed = reply(EXERCISES["08c"], lambda *a: tuple(box(float(x)) for x in solution(*a)))
    assert boxed.startswith("right. That is the paper's")


@pytest.mark.parametrize("name", IN_NOTEBOOKS)
def test_the_committed_cell_is_unanswered(name):
    """It holds dots, alone or where a line of a scaffold is missing, and asks."""
    body, _, asks = IN_NOTEBOOKS[name].code.rpartition("\n")
    assert asks == f'check("{name}", answer)'
    assert body == "answer = ..." or (body.startswith("def answer(") and " = ..." in body)
    assert IN_NOTEBOOKS[name].printed == f"{name}: not answered yet\n"


@pytest.mark.parametrize("name", EXERCISES)
def test_an_exercise_tells_the_consequence(name):
    assert all(told(name))
    assert len(set(told(name))) == len(told(name))


@pytest.mark.parametrize(("name", "sentence", "expression"), SAYS, ids=[f"{name}: {sentence}" for name, sentence, _ in SAYS])
def test_what_a_sentence_says_is_so(name, sentence, expression):
    found = eval(expression, wrong_answers.names_after(wrong_answers.SOLUTIONS[name]) | MEASURES)
    assert found is not False
    assert any(
        (sentence if found in (True, np.True_) and "{" not in sentence else sentence.format(found)) in text for text in told(name)
    )


@pytest.mark.parametrize("name", EXERCISES)
def test_no_sentence_of_success_goes_untested(name):
    """What a right answer is told has a row in SAYS, and so has each of its numbers."""
    rows = [sentence for row, sentence, _ in SAYS if row == name and re.sub(r"{.*?}", "", sentence)]
    tested = [
        text for row in rows for text in re.findall(re.sub(r"\\{.*?\\}", "[0-9.,]+", re.escape(row)), EXERCISES[name].right)
    ]
    assert tested, f"no row of SAYS speaks of: {EXERCISES[name].right}"
    numbers = [number for number in notebooks.measured_numbers(EXERCISES[name].right) if number.value not in range(11)]
    assert [number.digits for number in numbers if not any(number.digits in text for text in tested)] == []


@pytest.mark.parametrize(
    ("exercise", "answer", "said"),
    [
        (NUMBER, ..., "not answered yet"),
        (NUMBER, 0.25, "right. A quarter."),
        (NUMBER, np.float32(0.2500001), "right. A quarter."),
        (NUMBER, 0.5, "close: that is its root"),
        (NUMBER, 0.3, "not yet: expected another number"),
        (NUMBER, "a quarter", "not yet: expected a number"),
        (NUMBER, None, "not yet: expected a number"),
        (NUMBER, [0.25, 0.25], "not yet: the shape is (2,), expected one number"),
        (NUMBER, [0.25], "right. A quarter."),
        (NUMBER, np.array([[0.25]]), "right. A quarter."),
        (NUMBER, Fraction(1, 4), "right. A quarter."),
        (NUMBER, [Decimal("0.25")], "right. A quarter."),
        (NUMBER, 0.25 + 0j, "right. A quarter."),
        (NUMBER, 0.25 + 0.1j, "not yet: expected a number"),
        (NUMBER, 0.251, "right. A quarter."),
        (NUMBER, 0.2514, "not yet: expected another number"),
        (NUMBER, lambda: 0.25, "not yet: expected a number"),
        (NUMBER, [...], "not answered yet"),
        (NUMBER, True, "not yet: expected another number"),
        (COUNT, 5000.000001, "right. Five thousand."),
        (COUNT, 4999.0, "close: one more"),
        (COUNT, 5001, "not yet: expected another number"),
        (NOTHING, 5e-10, "right. Nothing."),
        (NOTHING, 5e-9, "not yet: expected another number"),
        (ONES, 1.0, "not yet: the shape is (), expected shape (2,)"),
        (ONES, [1.0, 1.0, 1.0], "not yet: the shape is (3,), expected shape (2,)"),
        (ONES, [1.0, [1.0, 1.0]], "not yet: expected numbers, every part with the same shape"),
        (ARRAY, (Fraction(1), [Decimal(2)]), "right. Both."),
        (ARRAY, [1, 2], "right. Both."),
        (ARRAY, np.array([1.0, 2.0]), "right. Both."),
        (ARRAY, [2, 1], "not yet: expected an array of shape (2,) with other values"),
        (FUNCTION, lambda x: x * x, "right. A square."),
        (FUNCTION, lambda x: x + x, "close: doubled"),
        (FUNCTION, lambda x: [x * x], "right. A square."),
        (FUNCTION, lambda x: (x * x, x), "not yet: the shape is (2,), expected one number"),
        (FUNCTION, lambda x: x**3, "not yet: expected a function with other values; compare yours with the equation"),
        (FUNCTION, lambda x: ..., "not answered yet"),
        (FUNCTION, lambda x: x * ..., "not answered yet"),
        (FUNCTION, 9.0, "not yet: expected a function of 1 argument"),
        (STEP, lambda x, lr: x - lr, "right. A step."),
        (STEP, lambda x, lr: np.array([np.float32(x) - np.float32(lr)]), "right. A step."),
        (STEP, lambda x, lr: x - 1.013 * lr, "not yet: expected a function with other values"),
        (STEP, lambda x, lr: x + lr, "close: uphill"),
        (STEPS, lambda x, m: (x - m, [m]), "right. Two."),
        (STEPS, lambda x, m: (x - 1.001 * m, m), "not yet: expected a function with other values"),
        (STEPS, lambda x, m: x - m, "not yet: the shape is (), expected shape (2,)"),
        (FUNCTION, lambda: 9.0, "not yet: your answer raised TypeError"),
        (FUNCTION, lambda x: 1 / 0, "not yet: your answer raised ZeroDivisionError: division by zero"),
    ],
)
def test_verdict(exercise, answer, said):
    assert reply(exercise, answer).startswith(said)


def test_an_exercise_stays_as_it_is():
    with pytest.raises(FrozenInstanceError):
        NUMBER.answer = 0.3


def test_check_prints_name_and_verdict(monkeypatch, capsys):
    monkeypatch.setitem(EXERCISES, "99a", NUMBER)
    check("99a")
    check("99a", 0.25)
    assert capsys.readouterr().out == "99a: not answered yet\n99a: right. A quarter.\n"


def test_an_unknown_name_is_an_error(monkeypatch):
    monkeypatch.setitem(EXERCISES, "99a", NUMBER)
    with pytest.raises(ValueError, match=r"name = '99z' is not allowed: name must be one of .*'99a'"):
        check("99z", 1.0)
