"""Exercises of notebook 11: see what came after."""

from adamlib.exercises.exercise import Exercise


def _speed_up(target, steps, lengths, losses):
    for length, loss in zip(lengths, losses):
        if loss <= target:
            return steps / length
    return 0


def _upside_down(target, steps, lengths, losses):
    found = _speed_up(target, steps, lengths, losses)
    return 1 / found if found else 0


def _strictly(target, steps, lengths, losses):
    return next((steps / length for length, loss in zip(lengths, losses) if loss < target), 0)


def _while_behind(target, steps, lengths, losses):
    return next((steps / length for length, loss in zip(lengths, losses) if loss >= target), 0)


def _by_losses(target, steps, lengths, losses):
    return next((target / loss for loss in losses if loss <= target), 0)


def _length(target, steps, lengths, losses):
    return next((length for length, loss in zip(lengths, losses) if loss <= target), 0)


EXERCISES = {
    "11a": Exercise(
        answer=1.5,
        right="Of the paper's factor of 3, tuning the baseline has taken a factor of 2.",
        slips=(
            (3.0, "that is how much faster the rule is than the badly tuned Adam"),
            (2.0, "that is what tuning alone has brought Adam"),
            (6.0, "a better baseline makes the speed-up smaller, not larger"),
            (2 / 3, "upside down: the steps of the baseline come first"),
        ),
    ),
    "11b": Exercise(
        answer=[[0.6, 0.8], [-0.8, 0.6]],
        right="The second row was 200 times as short, and counts as much now.",
        slips=(
            ([[1.0, 1.0], [-1.0, 1.0]], "those are the signs, the direction of Lion"),
            ([[6.0, 8.0], [-8.0, 6.0]], "both rows are equally long; the length is 1"),
            ([[6 / 14, 8 / 14], [-4 / 7, 3 / 7]], "the length of a row is the root of its sum of squares, 10 for the first"),
            ([[3 / 4, 1.0], [-1.0, 3 / 4]], "you divide each row by its largest number; divide by its length"),
        ),
    ),
    "11c": Exercise(
        answer=_speed_up,
        right="It holds for this target only: another loss, another speed-up.",
        slips=(
            (_upside_down, "upside down: the steps of the baseline come first"),
            (_strictly, "a loss that equals the target is as good"),
            (_while_behind, "you stop where the rule is still behind; a lower loss is better"),
            (_by_losses, "you compare losses; compare steps"),
            (_length, "those are the steps that the rule needs; compare them with the baseline's"),
        ),
        inputs=(
            (0.1, 300, [75, 150, 300], [0.4, 0.1, 0.02]),
            (0.03, 200, [50, 100, 400], [0.5, 0.02, 0.01]),
            (0.01, 300, [75, 150, 300], [0.4, 0.2, 0.02]),
        ),
    ),
}
