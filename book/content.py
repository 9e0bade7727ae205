"""What the pages and the slides are made of: the chapters, the texts beside them, the explorers and their frames."""

from dataclasses import dataclass, field
from pathlib import Path

from adamlib import series
from adamlib.explore import READY_MADE
from book import frames as framing
from book.browser.live import DESCRIBED
from book.chapters import Chapter, call_recipe
from book.frames import Frames, Recipe

HERE = Path(__file__).parent
ROOT = HERE.parent
POSITION_LIMITS = {"all": None, "few": 8, "none": 0}  # of each explorer that the site offers: how many at most


@dataclass
class Content:
    """The notebooks as chapters, the Markdown pages beside them, and the frames of explorers by name."""

    chapters: list[Chapter]
    texts: list[Path]
    frames: dict[str, Frames] = field(default_factory=dict)

    @classmethod
    def read(cls, folder: Path = ROOT / "notebooks") -> "Content":
        return cls([Chapter.read(entry) for entry in series.read_series(folder)], sorted(folder.glob("*.md")))

    @property
    def recipes(self) -> dict[str, Recipe]:
        """Every explorer of the library: those of the chapters first, in order."""
        found = {recipe.name: recipe for chapter in self.chapters for recipe in chapter.recipes.values()}
        for make in READY_MADE:
            found.setdefault(make.__name__, call_recipe(make.__name__, f"explore.{make.__name__}()"))
        return found

    @property
    def homeless(self) -> list[str]:
        """The explorers of no notebook: they live in the gallery."""
        at_home = {recipe.name for chapter in self.chapters for recipe in chapter.recipes.values()}
        return [name for name in self.recipes if name not in at_home]

    def draw_frames(self, cache: Path, kind: str, workers: int | None = None, bar: bool = True, gallery: bool = True) -> None:
        """Fill `frames`, from the cache where nothing changed; those of the homeless explorers only for the gallery."""
        recipes = [
            recipe for name, recipe in self.recipes.items() if name not in DESCRIBED and (gallery or name not in self.homeless)
        ]
        plans = [framing.plan(recipe, cache, POSITION_LIMITS[kind]) for recipe in recipes]
        self.frames = {frames.plan.recipe.name: frames for frames in framing.build(plans, cache, workers, bar)}
