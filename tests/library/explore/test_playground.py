"""The playground offers every rule and every surface, and shows each with just the settings that it was given."""

import inspect
from dataclasses import fields

import numpy as np
import pytest

import adamlib as al
from adamlib import explore
from adamlib.explore.playground import PLAYED_RULES, rule_named
from adamlib.numerals import amount
from book.browser.bundle import all_surfaces
from helpers.cases import every_rule

GIVEN = {"lr": 0.03, "beta1": 0.7, "beta2": 0.8, "eps": 0.001, "decay": 0.2}
CALLED = {"beta": "beta1", "rho": "beta2", "weight_decay": "decay"}  # what a rule calls it: what the playground does


@pytest.fixture(scope="module")
def made():
    return explore.playground()


def test_every_rule_of_the_library_that_a_page_computes_is_offered():
    assert {kind for kind in every_rule() if kind.elementwise} == set(PLAYED_RULES.values())


def test_every_surface_of_sums_and_products_is_offered(made):
    exact = [make for make in all_surfaces() if "np." not in inspect.getsource(make().formula.height)]
    offered = {choice.partition(",")[0].lower().replace("-", "_") for choice in made.controls["surface"].values}
    assert {make.__name__ for make in exact} == offered


@pytest.mark.parametrize("name", PLAYED_RULES)
def test_a_rule_is_made_with_the_settings_that_it_has(name):
    rule = rule_named(name, *GIVEN.values())
    assert type(rule) is getattr(al, name)
    for field in fields(rule):
        own = CALLED.get(field.name, field.name)
        if own in GIVEN:
            assert getattr(rule, field.name) == GIVEN[own], field.name


def test_the_sentence_counts_from_the_lowest_point(made):
    """The wells of Styblinski and Tang are 78 below zero; the walk is recomputed in one loop of plain gradient descent."""
    theta = np.array([1.0, 2.0])
    for _ in range(10):
        theta = theta - 0.001 * (2 * theta**3 - 16 * theta + 2.5)
    above = float((theta**4 - 16 * theta**2 + 5 * theta).sum() / 2) + 2 * 39.16616570377142
    said = made.frame_with_sentence(surface="Styblinski-Tang", first="SGD", first_lr=0.001, steps=10, x=1.0, y=2.0)[1]
    assert f"SGD (lr 0.001) ends {amount(above)} above the lowest point" in said
