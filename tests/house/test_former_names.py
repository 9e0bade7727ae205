"""A name that was changed warns for one release, and is what it was."""

import pytest

import adamlib as al
from adamlib import online, plots, precision

FORMER = {"warm": al.precompile, "games": online, "formats": precision}


@pytest.mark.parametrize("name", FORMER)
def test_a_former_name_of_the_library_warns(name):
    with pytest.warns(DeprecationWarning, match=rf"adamlib\.{name} is now adamlib\."):
        assert getattr(al, name) is FORMER[name]


def test_losses_are_curves():
    with pytest.warns(DeprecationWarning, match=r"plots\.losses is now plots\.curves"):
        assert plots.losses(al.run(al.SGD(), al.bowl(), steps=2)).png == plots.curves(al.run(al.SGD(), al.bowl(), steps=2)).png


def test_what_never_was_is_no_name():
    with pytest.raises(AttributeError, match="'adamlib' has no attribute 'colder'"):
        _ = al.colder
