"""Does training that was interrupted go on as if it had not been? `check_resume` says what came back, and what did not."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from adamlib import validate

Records = list[dict[str, np.ndarray]]
Train = Callable[[Any, int], tuple[Sequence[Mapping[str, Any]], Any]]
MEANT = {"batch": "the order of the data", "lr": "the schedule", "scale": "the loss scale"}
LOST_AVERAGES, LOST_COUNT = "m and v", "the step count t"
SHARE_OF_ROUNDING = 1e-3  # of a move: what differs by less is rounding
PROPORTIONAL = 0.1  # of what two moves differ by: what a common factor may leave over


@dataclass(frozen=True, repr=False)
class ResumeVerdict:
    """What `check_resume` found. Prints as one sentence, and is true where the resumed run is the uninterrupted one.

    steps : how many were trained before the interruption, and as many after
    compared : the names of what was logged
    lost : what did not come back: "m and v", "the step count t", "the schedule", "the order of the data", or a name you logged
    reasons : how each shows, as clauses
    obstacle : why nothing can be told, as a clause; "" where it can
    remarks : what else was seen
    """

    steps: int
    compared: tuple[str, ...] = ()
    lost: tuple[str, ...] = ()
    reasons: tuple[str, ...] = ()
    obstacle: str = ""
    remarks: tuple[str, ...] = ()

    @property
    def ok(self) -> bool:
        """The resumed run is the uninterrupted one."""
        return not self.lost and not self.obstacle

    def __bool__(self) -> bool:
        return self.ok

    @property
    def sentence(self) -> str:
        """All of this, with numbers."""
        if self.obstacle:
            says = f"Cannot be checked: {self.obstacle}"
        elif self.ok:
            agree = " and ".join(filter(None, [", ".join(self.compared[:-1]), self.compared[-1]]))
            says = f"Resumes: the {self.steps} steps after step {self.steps} are those of an uninterrupted run, in {agree}"
        else:
            says = f"Does not resume: {'; '.join(self.reasons)}"
        return f"{'; '.join([says, *self.remarks])}."

    def __repr__(self) -> str:
        return self.sentence


def check_resume(train: Train, steps: int = 20, cold: Callable[[Any], Any] | None = None) -> ResumeVerdict:
    """Check that training resumed from a checkpoint goes on as if it had not been interrupted, and if not, what was lost.

    train : a function train(checkpoint, steps) -> (log, checkpoint), in any framework. It builds everything anew, loads the
        checkpoint unless it is None, trains so many steps, and returns a record for each, and what it would save.
        A record is a dict: "weights" after the step (an array, or a list or dict of them, copied); "lr" of the step; "batch",
        what tells one batch from another (indices, or the examples); besides, what you want compared, as "scale"
    steps : how many to train before the interruption, at least 2; as many follow
    cold : a function from a checkpoint to the same without the optimizer's state, to see what such a run would do; None for none

    Trains `steps` and saves, then 2 `steps` without an interruption, then `steps` from the checkpoint: in this order, so that
    no random generator stands where it would by luck. What departs is told apart by the first step that does: another
    batch, another lr; on the same batch at the same lr a move that is longer or shorter by one factor everywhere lacks the step
    count, since m_hat / sqrt(v_hat) = m / sqrt(v) times a factor of t (not so in NAdam); any other move lacks m or v.

    Returns a ResumeVerdict, which prints as one sentence and is false in `if` and `assert` where something was lost.
    Raises TypeError or ValueError for a `train` that returns something else.

    >>> from adamlib import Adam, noisy, quadratic
    >>> rule, loss = Adam(lr=0.01), noisy(quadratic([1.0, 10.0, 100.0]), sigma=0.1)
    >>> def train(checkpoint, steps):
    ...     state, done = checkpoint or (rule.init(loss.start), 0)
    ...     log = []
    ...     for t in range(done + 1, done + steps + 1):
    ...         state = rule.step(state, loss.grad(state.theta, t))
    ...         log.append({"weights": state.theta, "lr": rule.lr, "batch": t})
    ...     return log, (state._replace(t=0), t)  # the step count is forgotten
    >>> check_resume(train)
    Does not resume: the step count t did not come back: step 21 moves every weight 1.95 times as far, on the same batch.
    """
    validate.function("train", train)
    steps = validate.count("steps", steps, least=2)
    validate.optional(validate.function, "cold", cold)
    before, checkpoint = run_of(train, None, steps)
    whole, _ = run_of(train, None, 2 * steps)
    if obstacle := why_not_comparable(before, whole):
        return ResumeVerdict(steps, obstacle=obstacle)
    noise = max(float(np.abs(a["weights"] - b["weights"]).max()) for a, b in zip(before, whole))
    resumed, _ = run_of(train, checkpoint, steps)
    if resumed[0].keys() != whole[0].keys() or resumed[0]["weights"].shape != whole[0]["weights"].shape:
        return ResumeVerdict(steps, obstacle="the resumed run logs other names, or weights of another size")
    run = ResumedRun(whole, resumed, steps, noise)
    remarks = () if cold is None else (beside_cold(run, run_of(train, cold(checkpoint), steps)[0]),)
    return run.verdict(remarks)


def run_of(train: Train, checkpoint: Any, steps: int) -> tuple[Records, Any]:
    """The records of a run as arrays, and its checkpoint."""
    out = train(checkpoint, steps)
    if not (isinstance(out, tuple) and len(out) == 2 and isinstance(out[0], Sequence)):
        validate.refuse_as(TypeError, "train", f"returning {out!r:.80}", "return a list of records and a checkpoint")
    records = out[0]
    if len(records) != steps:
        validate.refuse_as(ValueError, "train", f"returning {len(records)} records", f"return one for each of {steps} steps")
    for record in records:
        if not isinstance(record, Mapping) or "weights" not in record or set(record) != set(records[0]):
            validate.refuse_as(TypeError, "train", f"with a record {record!r:.80}", "log a dict with weights, alike at each step")
    return [{name: as_array(value) for name, value in record.items()} for record in records], out[1]


def as_array(value: Any) -> np.ndarray:
    """Numbers in one row of their own, from arrays and tensors, or lists and dicts of them; anything else by its repr."""
    parts = list(value.values()) if isinstance(value, Mapping) else list(value) if isinstance(value, (list, tuple)) else [value]
    try:
        return np.concatenate([np.array(_on_host(part), dtype=float).ravel() for part in parts] or [np.zeros(0)])
    except (TypeError, ValueError):
        return np.array([repr(value)])


def _on_host(part: Any) -> Any:
    """A tensor of PyTorch as NumPy can read it, whatever its device and format; anything else as it is."""
    return part.detach().cpu().double().numpy() if hasattr(part, "detach") else part


def logged_alike(a: np.ndarray, b: np.ndarray) -> bool:
    """Whether two logged values are the same, but for rounding."""
    if a.shape != b.shape or a.dtype.kind != b.dtype.kind:
        return False
    return bool(np.array_equal(a, b) if a.dtype.kind == "U" else np.allclose(a, b, rtol=1e-6, atol=0, equal_nan=True))


def why_not_comparable(before: Records, whole: Records) -> str:
    """Why two runs from the same start tell nothing, as a clause; "" where they agree."""
    if any(record["weights"].dtype.kind == "U" or not np.isfinite(record["weights"]).all() for record in whole):
        return "the weights are not finite numbers"
    if all(np.array_equal(record["weights"], whole[0]["weights"]) for record in whole):
        return "the weights are the same after every step: log a copy of them, and train at an lr that moves them"
    for step, (a, b) in enumerate(zip(before, whole), 1):
        scale = np.ptp([record["weights"] for record in whole], axis=0).max()
        for name in a:
            near = (
                name == "weights"
                and a[name].shape == b[name].shape
                and np.abs(a[name] - b[name]).max() < SHARE_OF_ROUNDING * scale
            )
            if not (near or logged_alike(a[name], b[name])):
                return f"two runs from the same start differ at step {step} in {name}: seed all that is drawn, build all anew"
    return ""


@dataclass(frozen=True)
class ResumedRun:
    """A resumed run beside the run without an interruption, whose first `steps` were before the checkpoint."""

    whole: Records
    resumed: Records
    steps: int
    noise: float

    @property
    def expected(self) -> Records:
        return self.whole[self.steps :]

    def verdict(self, remarks: tuple[str, ...]) -> ResumeVerdict:
        """What was lost, and how it shows."""
        lost = self.lost_weights() or dict(self.lost_values())
        step = self.departure()
        if step is not None and "the weights" not in lost:
            if self.differs("batch", step):
                remarks = ("m, v and the step count cannot be judged on another batch", *remarks)
            else:
                lost |= self.lost_state(step)
        reasons = tuple(f"{name} did not come back: {shows}" for name, shows in lost.items())
        return ResumeVerdict(self.steps, tuple(self.resumed[0]), tuple(lost), reasons, remarks=remarks)

    def differs(self, name: str, step: int) -> bool:
        """Whether a value departs at a step or before."""
        pairs = zip(self.resumed[: step + 1], self.expected)
        return name in self.resumed[0] and not all(logged_alike(a[name], b[name]) for a, b in pairs)

    def departure(self, other: Records | None = None) -> int | None:
        """At which step after resuming, from 0, the weights depart from those expected, or from another run's."""
        moves = np.abs(np.diff([record["weights"] for record in self.whole[self.steps - 1 :]], axis=0)).max(axis=1)
        for step, (a, b) in enumerate(zip(self.resumed, other or self.expected)):
            if not np.abs(a["weights"] - b["weights"]).max() <= SHARE_OF_ROUNDING * moves[step] + 3 * self.noise:
                return step
        return None

    def lost_weights(self) -> dict[str, str]:
        """Whether the resumed run starts from the weights of the very first."""
        now, start, first = self.resumed[0]["weights"], self.whole[self.steps - 1]["weights"], self.whole[0]["weights"]
        back = np.linalg.norm(now - first) < 0.1 * np.linalg.norm(now - start)
        return {"the weights": f"after step {self.steps + 1} they are near those after step 1"} if back else {}

    def lost_values(self) -> Iterator[tuple[str, str]]:
        """What else was logged and departs: its meaning and how it shows."""
        for name in self.resumed[0]:
            pairs = enumerate(zip(self.resumed, self.expected))
            step = next((k for k, (a, b) in pairs if name != "weights" and not logged_alike(a[name], b[name])), None)
            if step is not None:
                yield MEANT.get(name, name), self.shown(name, step)

    def shown(self, name: str, step: int) -> str:
        """A departure in words."""
        got, wanted, number = self.resumed[step][name], self.expected[step][name], self.steps + step + 1
        if name == "batch" and logged_alike(got, self.whole[step][name]):
            return f"the batch of step {number} is that of step {step + 1}"
        if got.size == wanted.size == 1 and got.dtype.kind == wanted.dtype.kind == "f":
            return f"{name} is {got[0]:.5g} at step {number} where {wanted[0]:.5g} is expected"
        return f"the {name} of step {number} is another"

    def moves(self, step: int) -> tuple[np.ndarray, np.ndarray]:
        """The move of a step and the one expected, both at the lr that is expected."""
        last = self.whole[self.steps - 1]
        got, wanted = ([last, *run][step + 1]["weights"] - [last, *run][step]["weights"] for run in (self.resumed, self.expected))
        if self.differs("lr", step):
            got = got * (self.expected[step]["lr"] / self.resumed[step]["lr"])
        return got, wanted

    def lost_state(self, step: int) -> dict[str, str]:
        """What the first move that departs tells of m, v and t. The batches are the same up to there."""
        where = f"step {self.steps + step + 1}"
        if not np.isfinite(self.resumed[step]["weights"]).all():
            return {"the weights": f"after {where} they are no longer finite"}
        changed = self.differs("lr", step)
        if changed and not (self.resumed[step]["lr"].size == 1 and self.resumed[step]["lr"].all()):
            return {}
        got, wanted = self.moves(step)
        if changed and np.linalg.norm(got - wanted) < SHARE_OF_ROUNDING * np.linalg.norm(wanted):
            return {}
        if not got.any():
            skipped = f"{where} is skipped, as where a loss scaler begins anew"
            return {} if self.differs("scale", step) else {MEANT["scale"]: skipped}
        same = "on the same batch" if "batch" in self.resumed[0] else "and no batch is logged"
        far = f"{np.linalg.norm(got) / np.linalg.norm(wanted):.3g} times as far, {same}"
        longer = is_longer(got, wanted, self.whole[self.steps - 1]["weights"])
        if longer and "lr" not in self.resumed[0]:
            return {f"{LOST_COUNT} or {MEANT['lr']}": f"{where} moves every weight {far}"}
        if longer and self.factor_falls(step):
            return {LOST_COUNT: f"{where} moves every weight {far}"}
        name = LOST_AVERAGES if "batch" in self.resumed[0] else f"{LOST_AVERAGES}, or {MEANT['batch']}"
        return {name: f"{where} moves the weights otherwise, {far}"}

    def factor_falls(self, step: int) -> bool:
        """Whether the factor between the moves falls from this step to the next: without t it does, and without m it grows.

        At step k of a lost count it is (1 - beta1^t) / (1 - beta1^k) sqrt((1 - beta2^k) / (1 - beta2^t)), which falls from step 1
        to step 2 by sqrt(1 + beta2) / (1 + beta1), below 0.95 for beta1 of 0.5 and more.
        """
        if step + 1 == self.steps or self.differs("batch", step + 1):
            return True
        now, after = (np.vdot(wanted, got) / np.vdot(wanted, wanted) for got, wanted in map(self.moves, (step, step + 1)))
        return bool(after < 0.97 * now)


def is_longer(got: np.ndarray, wanted: np.ndarray, weights: np.ndarray) -> bool:
    """Whether a move is another one times a factor: got = c wanted + (c - 1) d weights, where d >= 0 is a decay both have."""
    off = got - wanted

    def leaves_little(*columns: np.ndarray) -> bool:
        matrix = np.stack(columns, axis=1)
        factors = np.linalg.lstsq(matrix, off, rcond=None)[0]
        sound = factors[0] * factors[-1] >= 0  # no decay is below 0
        return bool(sound and np.linalg.norm(off - matrix @ factors) < PROPORTIONAL * np.linalg.norm(off))

    return off.size > 1 and (leaves_little(wanted) or (off.size > 3 and leaves_little(wanted, weights)))


def beside_cold(run: ResumedRun, cold: Records) -> str:
    """What a run without the optimizer's state tells besides, as a clause."""
    if run.departure(cold) is not None:
        return "a run without the optimizer's state goes another way"
    why = "none of it came back" if run.departure() is not None else "nothing is lost without it, or it takes more steps to show"
    return f"a run without the optimizer's state goes the same way: {why}"
