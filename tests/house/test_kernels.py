"""The kernels in which the tests run the notebooks: one knows nothing of another, of the tests, or of an end without warning."""

import sys

import pytest

from helpers import notebooks
from helpers.kernels import ForkedKernel, nursery

pytestmark = pytest.mark.skipif(sys.platform != "linux", reason="kernels are forks on Linux only")


@pytest.fixture
def kernel():
    made = ForkedKernel(":nbval-parent-env", cwd=str(notebooks.FOLDER))
    yield made
    made.stop()


def printed(kernel, code):
    """What some code prints, or the name of its error."""
    asked, said = kernel.execute_cell_input(code), ""
    while True:
        message = kernel.get_message("iopub", timeout=20)
        if message["parent_header"].get("msg_id") != asked:
            continue
        content = message["content"]
        said += content.get("text", content.get("ename", "")) if message["msg_type"] in ("stream", "error") else ""
        if content.get("execution_state") == "idle":
            return said.strip()


def test_a_kernel_knows_nothing_of_the_one_before(kernel):
    assert (
        printed(kernel, "import os, adamlib\nprint(os.path.basename(os.getcwd()))\nadamlib.left = x = 1") == notebooks.FOLDER.name
    )
    kernel.restart()
    assert printed(kernel, "x") == "NameError"
    assert printed(kernel, "import adamlib\nprint(hasattr(adamlib, 'left'))") == "False"


def test_a_kernel_knows_nothing_of_the_tests(kernel):
    assert printed(kernel, "import helpers") == "ModuleNotFoundError"


def test_a_kernel_that_ends_is_noticed_and_another_begins(kernel):
    assert kernel.is_alive()
    kernel.execute_cell_input("import os\nos._exit(3)")
    assert nursery().has_ended(within=20)
    assert not kernel.is_alive()
    kernel.restart()
    assert printed(kernel, "print(1 + 1)") == "2"


def test_a_kernel_can_be_interrupted(kernel):
    kernel.execute_cell_input("print('begun')\nwhile True:\n    pass")
    while kernel.get_message("iopub", timeout=20)["msg_type"] != "stream":
        pass
    kernel.interrupt()
    assert printed(kernel, "print('again')") == "again"
