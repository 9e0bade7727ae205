"""What `import adamlib` leaves for later is found when it is asked for, in whatever order."""

import subprocess
import sys

import pytest

import adamlib as al
from adamlib import verify
from adamlib.later import importer

PACKAGES = [al, sys.modules["adamlib.verify"]]


def fresh(code):
    """What went wrong with some code in a new interpreter, if anything."""
    return subprocess.run([sys.executable, "-W", "error", "-c", code], capture_output=True, text=True, check=False).stderr


def test_import_adamlib_is_quick_because_it_leaves_the_rest_for_later():
    late = "{name for name in sys.modules if name.startswith(('adamlib.verify.', 'adamlib.museum', 'adamlib.resume'))}"
    assert fresh(f"import sys, adamlib as al; assert not {late}, {late}; assert al.verify and {late}") == ""


SLOW = {"concurrent.futures", "hashlib", "inspect", "json", "logging", "numpy.random", "pathlib", "queue", "random", "tempfile"}


def test_import_adamlib_loads_nothing_that_takes_long_and_that_numpy_does_not():
    found = f"{SLOW} & sys.modules.keys() - before"
    assert fresh(f"import sys, numpy; before = set(sys.modules); import adamlib; assert not {found}, {found}") == ""


@pytest.mark.parametrize("first", ["adamlib.verify", "adamlib.verify.report", "adamlib.verify.concordance", "adamlib.__main__"])
def test_a_package_never_hides_the_function_of_its_name(first):
    asked = "al.verify.__name__ == 'verify' and al.concordance.__name__ == 'concordance'"
    assert fresh(f"import {first}; import adamlib as al; assert {asked}; import adamlib.verify.trace; assert {asked}") == ""


@pytest.mark.parametrize("package", PACKAGES, ids=lambda package: package.__name__)
def test_what_is_left_for_later_is_found_and_listed(package):
    for name in package.LATER:
        assert getattr(package, name) is not None
        assert package.__name__ != "adamlib" or name in dir(package)
    assert set(package.__all__) <= {*vars(package), *package.LATER}


def test_a_name_is_the_thing_or_else_the_module_and_no_other_is_known():
    assert al.verify is verify is sys.modules["adamlib.verify.judge"].verify
    assert al.museum is sys.modules["adamlib.museum"]
    for name in ("__path_hooks__", "verified", ""):
        with pytest.raises(AttributeError, match="has no attribute"):
            getattr(al, name)


def test_a_former_name_warns_where_it_is_used_and_gives_what_it_was():
    find = importer("adamlib", {}, {"warm": "precompile"})
    with pytest.warns(DeprecationWarning, match=r"adamlib.warm is now adamlib.precompile") as caught:
        assert find("warm") is al.precompile
    assert caught[0].filename == __file__
