"""The blocks of PyTorch in lessons and pages, and what they printed; `tools/record_torch.py` runs and records them."""

import hashlib
import json
import math
import re
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from helpers import notebooks

RECORD = Path(__file__).parents[1] / "series" / "torch.json"
PAGES = sorted((notebooks.ROOT / "book" / "pages").glob("*.md"))
FENCED_PYTHON = re.compile(r"^```python\n(.*?)^```\s*$", re.MULTILINE | re.DOTALL)
PRINTED_NUMBER = re.compile(r"(-?\d+(?:\.\d+)?(?:e[-+]?\d+)?)")
IMPORTS_TORCH = re.compile(r"^\s*(?:import|from) torch\b", re.MULTILINE)


@dataclass(frozen=True)
class Block:
    """A fenced block that imports torch: the notebook or page it stands in, its place among that one's blocks, its code."""

    notebook: str
    place: int
    code: str

    @property
    def name(self) -> str:
        return f"{self.notebook}#{self.place}"

    @property
    def hash(self) -> str:
        return hashlib.sha256(self.code.encode()).hexdigest()[:16]


def torch_blocks_of(notebook: notebooks.Notebook) -> Iterator[Block]:
    yield from blocks_in(notebook.name, [cell.source for cell in notebook.markdown])


def blocks_in(name: str, texts: list[str]) -> Iterator[Block]:
    codes = [code for text in texts for code in FENCED_PYTHON.findall(text) if IMPORTS_TORCH.search(code)]
    yield from (Block(name, place, code) for place, code in enumerate(codes, start=1))


def every_block() -> list[Block]:
    series = [block for path in notebooks.files() for block in torch_blocks_of(notebooks.read(path))]
    return series + [block for path in PAGES for block in blocks_in(path.name, [path.read_text(encoding="utf-8")])]


def torch_record() -> dict:
    """By the name of the block: its hash and what it printed; and the version of PyTorch that ran it."""
    return json.loads(RECORD.read_text(encoding="utf-8"))


def complaint(block: Block, recorded: dict) -> str | None:
    """What is wrong between a block and the record, if anything."""
    kept = recorded["blocks"].get(block.name)
    if kept is None:
        return f"{block.name} has no record: nox -s torch, or tools/record_torch.py where PyTorch is"
    if kept["hash"] != block.hash:
        return f"{block.name} has changed since it was recorded: nox -s torch, or tools/record_torch.py where PyTorch is"
    return None


def differs(printed: str, recorded: str) -> bool:
    """Whether a run printed something else than was recorded: other words, or numbers that differ by more than 1 in 10,000."""
    got, kept = PRINTED_NUMBER.split(printed), PRINTED_NUMBER.split(recorded)
    if got[::2] != kept[::2]:
        return True
    return not all(math.isclose(float(a), float(b), rel_tol=1e-4, abs_tol=1e-6) for a, b in zip(got[1::2], kept[1::2]))


def recorded_numbers(notebook: str) -> list[float]:
    """Every number that the blocks of a notebook print."""
    kept = [row["printed"] for name, row in torch_record()["blocks"].items() if name.partition("#")[0] == notebook]
    return [number.value for printed in kept for number in notebooks.written_numbers(printed)]


def block_complaints(blocks: list[Block], printed: dict[str, str]) -> list[str]:
    """What is wrong after a run of all blocks, given what each printed."""
    recorded = torch_record()
    found = [said for block in blocks if (said := complaint(block, recorded))]
    kept = {block.name: recorded["blocks"][block.name]["printed"] for block in blocks if block.name in recorded["blocks"]}
    return found + [
        f"{name} prints {printed[name]!r}, and {kept[name]!r} is recorded" for name in kept if differs(printed[name], kept[name])
    ]
