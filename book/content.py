"""What the pages and the slides are made of: the chapters, the texts beside them, and the explorers."""

from dataclasses import dataclass
from pathlib import Path

from adamlib import series
from adamlib.explore import READY_MADE
from book.browser.live import Recipe
from book.chapters import Chapter

HERE = Path(__file__).parent
ROOT = HERE.parent


@dataclass
class Content:
    """The notebooks as chapters, and the Markdown pages beside them."""

    chapters: list[Chapter]
    texts: list[Path]

    @classmethod
    def read(cls, folder: Path = ROOT / "notebooks") -> "Content":
        return cls([Chapter.read(entry) for entry in series.read_series(folder)], sorted(folder.glob("*.md")))

    @property
    def recipes(self) -> dict[str, Recipe]:
        """Every explorer of the library: those of the chapters first, in order."""
        found = {recipe.name: recipe for chapter in self.chapters for recipe in chapter.recipes.values()}
        for make in READY_MADE:
            found.setdefault(make.__name__, Recipe(make.__name__, f"explore.{make.__name__}()"))
        return found

    @property
    def homeless(self) -> list[str]:
        """The explorers of no notebook: they live in the gallery."""
        at_home = {recipe.name for chapter in self.chapters for recipe in chapter.recipes.values()}
        return [name for name in self.recipes if name not in at_home]
