"""Every block of PyTorch in the notebooks was run, and has not changed since; PyTorch itself is not needed here."""

import pytest

from helpers import models, notebooks, torch_blocks
from helpers.torch_blocks import Block

BLOCKS = torch_blocks.every_block()
ONE = Block("50_model.ipynb", 1, "import torch\nprint(1.0)\n")
RECORD = {"versions": {"torch": "2"}, "blocks": {ONE.name: {"hash": ONE.hash, "printed": "1.0\n"}}}


@pytest.mark.parametrize("block", BLOCKS, ids=[block.name for block in BLOCKS])
def test_a_block_is_recorded_as_it_stands(block):
    assert torch_blocks.complaint(block, torch_blocks.torch_record()) is None


def test_the_record_holds_nothing_else():
    assert sorted(torch_blocks.torch_record()["blocks"]) == sorted(block.name for block in BLOCKS)


@pytest.mark.parametrize("block", [block for block in BLOCKS if block.notebook.endswith(".md")], ids=lambda block: block.name)
def test_a_page_shows_what_its_block_printed(block):
    page = next(path for path in torch_blocks.PAGES if path.name == block.notebook)
    printed = torch_blocks.torch_record()["blocks"][block.name]["printed"].splitlines()
    assert [line for line in printed if f"{line}\n" not in page.read_text(encoding="utf-8")] == []


def test_a_lesson_has_a_block():
    found = list(torch_blocks.torch_blocks_of(models.model_notebook("lesson")))
    assert [block.name for block in found] == ["50_model.ipynb#1"]
    assert found[0].code.startswith("import torch\n")


def test_what_is_no_block_of_pytorch():
    other = models.broken_model("lesson", ("import torch", "import numpy"))
    assert list(torch_blocks.torch_blocks_of(other)) == []


def test_a_block_without_a_record_and_one_that_changed_are_noticed():
    assert torch_blocks.complaint(ONE, RECORD) is None
    assert "has changed" in torch_blocks.complaint(Block(ONE.notebook, 1, ONE.code + "#"), RECORD)
    assert "has no record" in torch_blocks.complaint(Block(ONE.notebook, 2, ONE.code), RECORD)


@pytest.mark.parametrize(
    ("printed", "other"),
    [
        ("loss 0.5\n", False),
        ("loss 0.50001\n", False),
        ("loss 0.51\n", True),
        ("lass 0.5\n", True),
        ("loss 0.5 1\n", True),
        ("", True),
    ],
)
def test_another_print_is_noticed(printed, other):
    assert torch_blocks.differs(printed, "loss 0.5\n") is other


def test_a_run_that_prints_something_else_is_noticed(monkeypatch):
    monkeypatch.setattr(torch_blocks, "torch_record", lambda: RECORD)
    assert torch_blocks.block_complaints([ONE], {ONE.name: "1.0\n"}) == []
    assert "prints '2.0\\n'" in torch_blocks.block_complaints([ONE], {ONE.name: "2.0\n"})[0]
    assert torch_blocks.recorded_numbers("50_model.ipynb") == [1.0]
    assert torch_blocks.recorded_numbers("51_other.ipynb") == []


def test_a_block_runs_alone(tmp_path):
    """The command runs a block in a process of its own and fails with the block's own message."""
    tool = notebooks.ROOT / "tools" / "record_torch.py"
    space: dict = {"__name__": "record_torch", "__file__": str(tool)}
    exec(compile(tool.read_text(encoding="utf-8"), str(tool), "exec"), space)
    assert space["run_block"](Block("x", 1, "print(1 + 1)"), space["sys"].executable) == "2\n"
    with pytest.raises(RuntimeError, match=r"x#1 fails:[^$]*ZeroDivisionError"):
        space["run_block"](Block("x", 1, "1 / 0"), space["sys"].executable)
