"""One row for each rule: what it says of itself, its family, the conventions that may apply, and its names in libraries."""

from collections.abc import Callable, Iterator, Mapping
from dataclasses import fields
from typing import Any, NamedTuple

import numpy as np

from adamlib.optimizers import (
    ADOPT,
    SGD,
    Adadelta,
    Adafactor,
    AdaGrad,
    Adam,
    AdaMax,
    AdamW,
    AMSGrad,
    Lion,
    Momentum,
    Muon,
    NAdam,
    Nesterov,
    Optimizer,
    RAdam,
    RMSProp,
)
from adamlib.optimizers.base import declarations
from adamlib.verify.changes import with_decay


class RuleRow(NamedTuple):
    """What `verify` must be told of a rule.

    kind : the rule
    says : the convention that it follows as it stands in adamlib, a clause; or a function of the rule that gives it
    family : rules of one family are tried first where a walk departs from another of them
    conventions : the names of those that may apply to it
    elsewhere : its names in libraries, small, each with the settings that must be on or off for it to be this rule
    variants : further words with which it is another rule
    in_use : further settings with which it is tried
    """

    kind: type[Optimizer]
    says: str | Callable[[Any], str]
    family: str
    conventions: tuple[str, ...]
    elsewhere: Mapping[str, Mapping[str, bool]]
    variants: tuple[Mapping[str, Any], ...] = ({},)
    in_use: tuple[Mapping[str, Any], ...] = ()


def _if_corrected(says: str) -> Callable[[Any], str]:
    return lambda rule: says if rule.bias_correction else "nothing is corrected"


MAXIMUM = {
    "torch": "the maximum is taken over v and corrected afterwards, as in PyTorch and Keras",
    "optax": "the maximum is taken over the corrected v, as in Optax",
    "paper": "the maximum is taken over v, and nothing is corrected, as in the paper",
}
RECTIFIED = {
    "torch": "eps before the correction and from rho_t above 5, as in PyTorch",
    "optax": "eps after the correction and from rho_t = 5, as in Optax",
}
TURNED = {
    "torch": "w is divided by its length, 1e-7 at least, as in PyTorch",
    "keras": "w is divided by its length and 1e-7 (1 - beta), as in Keras",
    "optax": "m and g are corrected as in NAdam, and w is divided by its length and 1e-8, as in Optax",
}
FACTORED = {
    "torch": "eps1 is what the root and the mean are at least, as in PyTorch",
    "paper": "eps1 is added to the squares, as in the paper and in Keras",
    "optax": "eps1 is added to the squares and lr has no upper limit, as in Optax",
}
DECAY = ("penalty", "decay after", "decay alone")
OF_ANY = ("eps inside", "eps as a floor", *DECAY)  # whatever a rule does
ADAM = ("no correction", "eps inside", "eps as a floor", "eps-hat", "eps-hat inside", *DECAY)
WITHOUT_DECAY, WITH_DECAY = (
    {"amsgrad": False, "nesterov": False, "weight_decay": False},
    {"amsgrad": False, "nesterov": False, "weight_decay": True},
)
LOOKS_AHEAD, REMEMBERS = {"amsgrad": False, "nesterov": True}, {"amsgrad": True}

RULE_ROWS: dict[type[Optimizer], RuleRow] = {
    row.kind: row
    for row in (
        RuleRow(SGD, "against the gradient, times lr", "sum", DECAY, {"sgd": {"beta": False}}),
        RuleRow(
            Momentum,
            "the first m is (1 - dampening) g",
            "sum",
            ("first buffer", *DECAY),
            {"sgd": {"beta": True, "nesterov": False}},
        ),
        RuleRow(
            Nesterov,
            "theta is the look-ahead point, as in PyTorch, Keras and Optax",
            "sum",
            DECAY,
            {"sgd": {"beta": True, "nesterov": True}},
        ),
        RuleRow(
            AdaGrad,
            "eps outside the root, and v starts at 0, as in PyTorch",
            "adagrad",
            ("accumulator 0.1", "momentum 0.9", "eps inside", *DECAY),
            {"adagrad": {}},
        ),
        RuleRow(
            RMSProp,
            "eps outside the root and no correction, as in PyTorch",
            "rmsprop",
            ("centered", "v from 1", "eps inside", *DECAY),
            {"rmsprop": {}},
            in_use=({"beta2": 0.9},),
        ),
        RuleRow(
            Adam,
            _if_corrected("eps outside the root, after the correction, as in the paper's Algorithm 1"),
            "adam",
            ADAM,
            {"adam": WITHOUT_DECAY, "adamw": WITHOUT_DECAY},
            in_use=({"beta1": 0.0},),
        ),
        RuleRow(
            NAdam,
            _if_corrected("beta1 is constant, as in Optax"),
            "adam",
            ("schedule", "torch schedule", "keras schedule", "one correction", "beta2 in v_hat", *ADAM),
            {"nadam": {}, "nadamw": {}, "adam": LOOKS_AHEAD, "adamw": LOOKS_AHEAD},
        ),
        RuleRow(
            AdamW,
            _if_corrected("the decay is multiplied by lr and comes before the step, as in PyTorch and Optax"),
            "adam",
            ADAM,
            {"adam": WITH_DECAY, "adamw": WITH_DECAY},
        ),
        RuleRow(
            AMSGrad,
            lambda rule: MAXIMUM[rule.convention],
            "adam",
            ("torch maximum", "optax maximum", "paper maximum", "eps inside", "eps-hat", "eps-hat inside", *DECAY),
            {"adam": REMEMBERS, "adamw": REMEMBERS, "amsgrad": {}},
            ({}, {"convention": "optax"}, {"convention": "paper"}),
        ),
        RuleRow(
            AdaMax, "eps outside the root, after the maximum, as in Keras", "adam", ("eps in the maximum", *DECAY), {"adamax": {}}
        ),
        RuleRow(RAdam, lambda rule: RECTIFIED[rule.convention], "adam", DECAY, {"radam": {}}, ({}, {"convention": "optax"})),
        RuleRow(ADOPT, "u is clipped at the fourth root of the finished steps, as in Optax", "adopt", DECAY, {"adopt": {}}),
        RuleRow(
            Adadelta,
            "m remembers steps before lr multiplies them, as in PyTorch, Keras and Optax",
            "adadelta",
            DECAY,
            {"adadelta": {}},
            in_use=({"eps": 1e-6},),
        ),
        RuleRow(
            Lion,
            "the decay is multiplied by lr and comes before the step, as in Keras and Optax",
            "lion",
            DECAY,
            {"lion": {}},
            in_use=({"beta2": 0.99},),
        ),
        RuleRow(
            Muon,
            lambda rule: TURNED[rule.convention],
            "muon",
            DECAY,
            {"muon": {}},
            ({}, {"convention": "keras"}, {"convention": "optax"}),
        ),
        RuleRow(
            Adafactor,
            lambda rule: FACTORED[rule.convention],
            "adafactor",
            DECAY,
            {"adafactor": {}},
            ({}, {"convention": "paper"}, {"convention": "optax"}),
        ),
    )
}
SAY_LIKE = "say like which rule it should be: like=..."
NAMES = {name for row in RULE_ROWS.values() for name in row.elsewhere}


def known_kind(kind: type) -> type[Optimizer] | None:
    """The nearest class with a row from which a class inherits, itself first, with the decay that was added to it; or None."""
    return next((base for base in kind.__mro__ if base in RULE_ROWS or "without_decay" in vars(base)), None)


def row_of(kind: type) -> RuleRow | None:
    """The row of a class, of the one to which decay was added, or of the nearest from which it inherits."""
    known = known_kind(kind)
    plain = vars(known).get("without_decay") if known else None
    return row_of(plain) if plain else RULE_ROWS[known] if known else None


def words_of(rule: Optimizer) -> str:
    """The convention of a rule as it stands in adamlib; of a reader's own, the first line of its docstring. "" if none.

    A class that changes a rule is another rule, so no words are inherited.
    """
    kind, row = type(rule), row_of(type(rule))
    if row is not None and known_kind(kind) is kind:
        return row.says if isinstance(row.says, str) else row.says(rule)
    first = (vars(kind).get("__doc__") or "").strip().partition("\n")[0]
    return "" if first.startswith(f"{kind.__name__}(") else first.rstrip(".")  # dataclass writes the signature there


def allowed_for(rule: Optimizer) -> frozenset[str]:
    """The names of the conventions that may apply to a rule or to the one that it changes, whatever the settings."""
    row = row_of(type(rule))
    return frozenset(row.conventions if row else OF_ANY)


def allows(rule: Optimizer, convention: str) -> bool:
    """Whether a convention may apply to a rule."""
    return convention in allowed_for(rule)


def relatives(rule: Optimizer) -> Iterator[Optimizer]:
    """All rules of numbers, or all of matrices, with what they share with a rule, its family first, with its decay or none."""
    row, settings = row_of(type(rule)), rule.hyperparameters()
    blocks = {} if rule.elementwise else {"blocks": rule.words()["blocks"]}
    weight_decay = settings.get("weight_decay", 0.0)
    alike = [other for other in RULE_ROWS.values() if other.kind.elementwise == rule.elementwise]
    for other in sorted(alike, key=lambda other: row is None or other.family != row.family):
        said = declarations(other.kind)  # type: ignore[arg-type]
        names = said.keys() & settings.keys() - {"weight_decay"}
        shared = {name: np.minimum(settings[name], said[name]["most"]) for name in names}
        found = [other.kind(**{**shared, **more, **blocks}) for more in (*other.variants, *other.in_use)]
        yield from found
        yield from (with_decay(one, weight_decay) for one in found if np.any(weight_decay != 0))


def by_default(rule: Optimizer) -> Iterator[Optimizer]:
    """All rules of numbers with the settings that they have by default, where a rule is one of numbers too."""
    kinds = [row for row in RULE_ROWS.values() if row.kind.elementwise and rule.elementwise]
    yield from (row.kind(**variant) for row in kinds for variant in row.variants)


def rule_called(name: str, settings: Mapping[str, Any]) -> Optimizer:
    """The rule for its name in a library and its settings by our names. Raises LookupError where we have none."""
    rows = [row for row in RULE_ROWS.values() if _is_called(row, name.lower(), settings)]
    if not rows:
        raise LookupError(f"no rule of ours is called {name}; {SAY_LIKE}")
    known = {one.name: one.default for one in fields(rows[0].kind)}
    given = {key: value for key, value in settings.items() if key in known and value is not None}
    read = {key: setting_as_number(value) if isinstance(known[key], float) else value for key, value in given.items()}
    return with_decay(rows[0].kind(**read), setting_as_number(settings.get("weight_decay") or 0.0))


def _is_called(row: RuleRow, name: str, settings: Mapping[str, Any]) -> bool:
    return name in row.elsewhere and all(bool(settings.get(key)) is on for key, on in row.elsewhere[name].items())


def setting_as_number(value: Any) -> float:
    """A setting as a number. Raises LookupError for a schedule."""
    try:
        return float(value)
    except (TypeError, ValueError):
        schedule = value.get("class_name", "a schedule") if isinstance(value, Mapping) else f"{value!r:.60}"
        raise LookupError(f"{schedule} is not one number; {SAY_LIKE}") from None


def with_settings(rule: Optimizer) -> str:
    """The rule with its hyperparameters, as one would write it."""
    shown = []
    for one in fields(rule):
        value = getattr(rule, one.name)
        if one.name in rule.words():
            if value != one.default and one.name != "blocks":
                shown.append(f"{one.name}={value!r}")
        elif not (one.name == "dampening" and np.all(value == 0)):
            shown.append(f"{one.name}={' or '.join(f'{x:.6g}' for x in dict.fromkeys(np.ravel(value)))}")
    return f"{type(rule).__name__}({', '.join(shown)})"


def clause(says: str) -> str:
    """A sentence as the end of another: without its stop, and small where it does not begin with a name."""
    return (says[0].lower() if says[1:2].islower() else says[0]) + says[1:].removesuffix(".")
