"""One module words a refusal: `validate.refuse` and `refuse_as`."""

from helpers import notebooks

OWN = 42  # refusals that say something else than `x = 3 is not allowed: x must be ...`; fewer each time


def test_no_module_words_a_refusal_that_validate_words():
    library = notebooks.ROOT / "adamlib"
    files = [path for path in library.rglob("*.py") if path.name != "validate.py"]
    assert sum(path.read_text(encoding="utf-8").count("is not allowed: ") for path in files) <= OWN
