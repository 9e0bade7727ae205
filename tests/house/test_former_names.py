"""A name that was changed warns for one release, and is what it was."""

import pytest

import adamlib as al
from adamlib import museum, online, plots, precision, probe

MOVED_TO_PROBE = ("START", "STEPS", "Departure", "Precision", "gradients")
FORMER = {
    (al, "warm"): ("adamlib.precompile", al.precompile),
    (al, "games"): ("adamlib.online", online),
    (al, "formats"): ("adamlib.precision", precision),
    (plots, "losses"): ("adamlib.plots.curves", plots.curves),
    (plots, "draw_losses"): ("adamlib.plots.draw_curves", plots.draw_curves),
    **{(museum, name): (f"adamlib.probe.{name}", getattr(probe, name)) for name in MOVED_TO_PROBE},
}


@pytest.mark.parametrize(("package", "name"), FORMER, ids=lambda part: getattr(part, "__name__", part))
def test_a_former_name_warns_and_is_what_it_was(package, name):
    now, thing = FORMER[package, name]
    with pytest.warns(DeprecationWarning, match=rf"^{package.__name__}\.{name} is now {now};"):
        assert getattr(package, name) is thing


@pytest.mark.parametrize("package", [al, plots, museum], ids=lambda package: package.__name__)
def test_what_never_was_is_no_name(package):
    with pytest.raises(AttributeError, match=f"'{package.__name__}' has no attribute 'colder'"):
        _ = package.colder
