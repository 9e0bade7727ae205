"""What the libraries do, side by side: every cell is derived from recorded walks of their own objects and from their settings."""

import json
from functools import cache
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np

from adamlib.optimizers import Optimizer
from adamlib.verify.judge import Verdict, judge
from adamlib.verify.reading import by_name
from adamlib.verify.walkers import Recorded, walked

RECORDED = Path(__file__).with_name("recorded.json")
HEADER = ("question", "paper", "PyTorch", "Keras", "Optax")
LIBRARIES = ("torch", "keras", "optax")


class Row(NamedTuple):
    """One question and its answers, all text."""

    question: str
    paper: str
    torch: str
    keras: str
    optax: str


@cache
def recorded() -> dict[str, Any]:
    """What was recorded: the versions, and for each object its settings, the names in its state, and its walk."""
    return json.loads(RECORDED.read_text(encoding="utf-8"))


def meant_by(name: str, record: dict[str, Any]) -> Optimizer:
    """The rule that a recorded object says it is: `name` as on the command line, torch.optim:Adam lr=0.01."""
    return by_name(name.split()[0].rpartition(":")[2], record["settings"])


def verdict_on(name: str, records: dict[str, Any] | None = None) -> Verdict:
    """The verdict on a recorded object."""
    records = records or recorded()
    record = records["objects"][name]
    walk = Recorded(tuple(records["steps"]), np.array(record["theta"], float))
    return judge(walked(lambda: walk, records["steps"][-1]), meant_by(name, record))


# For each question: the paper's answer, and the object of each library that is asked.
ADAM = ("torch.optim:Adam", "keras.optimizers:Adam", "optax:adam learning_rate=0.001")
ADAMW = ("torch.optim:AdamW", "keras.optimizers:AdamW", "optax:adamw learning_rate=0.001")
EPS = {"": "outside the root, after the correction", "eps-hat": "outside the root, before the correction: eps-hat"}
CORRECTION = {"": "m and v, each divided by its own 1 - beta^t", "eps-hat": "m and v, both folded into lr"}
DECAY = {"": "decoupled", "penalty": "a penalty in the gradient"}
TIMES = {"": "yes", "decay alone": "no"}
BEFORE = {"": "before", "decay after": "after"}
MAXIMUM = {"torch": "over v, then corrected", "optax": "over the corrected v", "paper": "over v, nothing corrected"}
SCHEDULE = {"": "constant", "torch schedule": "0.96^(0.004 t)", "keras schedule": "0.96^t"}
ROOT = {"": "outside the root", "eps inside": "inside the root"}
START = {"": "0", "accumulator 0.1": "0.1"}


def concordance(records: dict[str, Any] | None = None) -> list[Row]:
    """The library concordance, row by row.

    records : walks and settings of the libraries' objects, in the form of `recorded()`, which is what None takes

    The paper is Kingma & Ba 2015; for decay Loshchilov & Hutter 2019, for AMSGrad Reddi et al. 2018, for NAdam
    Dozat 2016, for RMSProp Tieleman & Hinton 2012 and for AdaGrad Duchi et al. 2011. "" where there is no such thing.
    The paper's column is typed, from reading; the others are derived.
    """
    records = records or recorded()

    @cache
    def verdict(name):
        return verdict_on(name, records)

    def follows(names, answers):
        return [_answer(verdict(name), answers) if name else "" for name in names]

    def setting(names, *keys):
        return [_setting(records["objects"][name]["settings"], keys) for name in names]

    nadam = ("torch.optim:NAdam", "keras.optimizers:Nadam", "optax:nadam learning_rate=0.001")
    rmsprop = ("torch.optim:RMSprop", "keras.optimizers:RMSprop", "optax:rmsprop learning_rate=0.001")
    adagrad = ("torch.optim:Adagrad", "keras.optimizers:Adagrad", "optax:adagrad learning_rate=0.001")
    large_eps = (
        "torch.optim:Adagrad lr=0.1 eps=0.001 initial_accumulator_value=0.1",
        "keras.optimizers:Adagrad learning_rate=0.1 epsilon=0.01 initial_accumulator_value=0.0",
        "optax:adagrad learning_rate=0.1 initial_accumulator_value=0.0 eps=0.01",
    )
    amsgrad = ("torch.optim:Adam amsgrad=True", "keras.optimizers:Adam amsgrad=True", "optax:amsgrad learning_rate=0.001")
    decayed = ("torch.optim:Adam weight_decay=0.1", "keras.optimizers:Adam weight_decay=0.1", None)
    return [
        Row("Adam: where is eps?", EPS[""], *follows(ADAM, EPS)),
        Row("Adam: eps by default", "1e-08", *setting(ADAM, "eps", "epsilon")),
        Row("Adam: what is corrected, and where?", CORRECTION[""], *follows(ADAM, CORRECTION)),
        Row("Adam: lr by default", "0.001", *setting(ADAM, "lr", "learning_rate")),
        Row("Adam: beta1 by default", "0.9", *setting(ADAM, "beta1", "beta_1", "b1")),
        Row("Adam: beta2 by default", "0.999", *setting(ADAM, "beta2", "beta_2", "b2")),
        Row("Adam: what is its weight_decay?", "", *follows(decayed, DECAY)),
        Row("AdamW: is the decay multiplied by lr?", "no, by the schedule eta_t alone", *follows(ADAMW, TIMES)),
        Row("AdamW: does it come before the step or after?", "before", *follows(ADAMW, BEFORE)),
        Row("AdamW: weight_decay by default", "", *setting(ADAMW, "weight_decay")),
        Row(
            "AMSGrad: where is the maximum?",
            MAXIMUM["paper"],
            *(_maximum(verdict(name), meant_by(name, records["objects"][name])) for name in amsgrad),
        ),
        Row("NAdam: what does beta1 do?", "a schedule mu_t", *follows(nadam, SCHEDULE)),
        Row("RMSProp: where is eps?", "", *follows(rmsprop, ROOT)),
        Row("RMSProp: beta2 by default", "0.9", *setting(rmsprop, "alpha", "rho", "decay")),
        Row("AdaGrad: where is eps?", ROOT[""], *follows(large_eps, ROOT)),
        Row("AdaGrad: where does v start?", "0", *follows(adagrad, START)),
    ]


def _answer(verdict: Verdict, answers: dict[str, str]) -> str:
    """The answer for the one convention it follows among those asked for."""
    names = str(verdict.follows).split(", ")
    if not verdict.ok or set(verdict.alike) & set(answers):
        raise ValueError(f"this walk does not answer the question: {verdict}")
    return next((answers[name] for name in names if name in answers), answers[""])


def _maximum(verdict: Verdict, meant: Optimizer) -> str:
    names = {f"{which} maximum": which for which in MAXIMUM}
    found = [names[one] for one in str(verdict.follows).split(", ") if one in names]
    return MAXIMUM[found[0] if found else meant.convention]  # type: ignore[attr-defined]


def _setting(settings: dict[str, Any], keys: tuple[str, ...]) -> str:
    pair = settings.get("betas", (None, None))
    settings = settings | {"beta1": pair[0], "beta2": pair[1]}
    return next((f"{settings[key]:.6g}" for key in keys if settings.get(key) is not None), "")
