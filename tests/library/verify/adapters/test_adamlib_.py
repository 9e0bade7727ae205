"""The rules of adamlib as they are handed to `verify`: each is walked, with its memory, and says which rule it is."""

import numpy as np
import pytest

import adamlib as al
from adamlib.probe import MATRIX, START, across, as_matrix, gradients
from adamlib.verify.adapters import OWN
from adamlib.verify.adapters.adamlib_ import RuleWalker
from helpers.cases import ELEMENTWISE


class Mine(al.NAdam):
    """A reader's own rule: NAdam uphill."""

    def rule(self, old, g):
        return super().rule(old, -g)


def test_a_rule_means_itself_and_a_reader_s_own_the_one_it_changes():
    rule = al.AdamW(lr=0.02, weight_decay=0.1)
    assert OWN.meant(rule) == rule
    assert OWN.meant(al.Adam) == al.Adam()
    assert OWN.meant(Mine(lr=0.3)) == al.NAdam(lr=0.3)


def test_what_is_recognised():
    assert all(map(OWN.recognises, (al.Adam, al.Adam(), Mine, Mine())))
    assert not any(map(OWN.recognises, (Mine.rule, 3, "Adam", object)))


@pytest.mark.parametrize("rule", list(ELEMENTWISE.values())[::3], ids=repr)
def test_a_matrix_moves_as_its_numbers_do(rule):
    vector, matrix = RuleWalker(rule), RuleWalker(rule, MATRIX)
    for g in across(gradients()[:4]):
        (theta, memory), (wide, _) = vector(g), matrix(as_matrix(g))
    np.testing.assert_array_equal(wide, as_matrix(theta))
    assert set(memory) == {"m", "v"}


def test_a_rule_of_matrices_takes_the_start_as_its_block():
    walker = RuleWalker(al.Muon(), START.reshape(4, 2))
    theta, _ = walker(gradients()[0].reshape(4, 2))
    assert theta.shape == (4, 2)
    assert walker.rule.blocks == ((4, 2),)


def test_a_reader_s_own_rule_is_judged_as_what_it_does():
    assert "uphill" in al.verify(Mine()).sentence
