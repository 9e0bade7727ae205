"""Loads where the packages of the group `book` are installed, and nowhere else."""

import latex2mathml  # noqa: F401
import myst_nb  # noqa: F401
import nbconvert  # noqa: F401
import sphinx_book_theme  # noqa: F401
import sphinx_revealjs  # noqa: F401
import tinycss2  # noqa: F401
import ziamath  # noqa: F401
