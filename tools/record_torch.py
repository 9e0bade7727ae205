"""Runs the blocks of PyTorch in lessons and pages, each in a process of its own, and compares what they print with the record.

    python tools/record_torch.py --python <a Python with torch>            compares
    python tools/record_torch.py --python <a Python with torch> --write    records what is new or has changed

Without --python it is this one. The record is tests/series/torch.json; `make test` compares the blocks with it, without PyTorch.
"""

import argparse
import json
import subprocess
import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parents[1] / "tests"))

from helpers import torch_blocks
from helpers.torch_blocks import Block


def run_block(block: Block, python: str) -> str:
    """What a block prints. Raises RuntimeError with its own message where it fails."""
    command = [python, "-W", "error", "-c", block.code]
    done = subprocess.run(command, capture_output=True, text=True, timeout=300, cwd=torch_blocks.notebooks.ROOT)
    if done.returncode:
        raise RuntimeError(f"{block.name} fails:\n{done.stderr}")
    return done.stdout


def torch_version(python: str) -> str:
    code = "import torch; print(torch.__version__.partition('+')[0])"
    return subprocess.run([python, "-c", code], capture_output=True, text=True, check=True).stdout.strip()


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--python", default=sys.executable, help="a Python with torch")
    parser.add_argument("--write", action="store_true", help="record what the blocks print")
    asked = parser.parse_args()
    blocks = torch_blocks.every_block()
    printed = {block.name: {"hash": block.hash, "printed": run_block(block, asked.python)} for block in blocks}
    if asked.write:
        made = {"versions": {"torch": torch_version(asked.python)}, "blocks": printed}
        torch_blocks.RECORD.write_text(json.dumps(made, indent=2, ensure_ascii=False) + "\n", encoding="utf-8")
    complaints = torch_blocks.block_complaints(blocks, {name: row["printed"] for name, row in printed.items()})
    print("\n".join(complaints) or f"{len(blocks)} blocks print what is recorded")
    return bool(complaints)


if __name__ == "__main__":
    sys.exit(main())
