"""The tools of adamlib on the command line: `python -m adamlib lab FOLDER`, `python -m adamlib verify torch.optim:Adam`."""

import argparse
import sys
from collections.abc import Callable
from pathlib import Path
from typing import TypeAlias

import adamlib

Commands: TypeAlias = "argparse._SubParsersAction[argparse.ArgumentParser]"  # where a sub-command joins


def print_answers(words: argparse.Namespace) -> int:
    """Print an answer for each target, and the versions at work. Returns the worst of their statuses: 0, 1 or 2."""
    from adamlib.verify import command, report, trace

    if words.version:
        print(report.in_brackets(report.installed_versions()))
        return 0
    if words.gradients:
        print(f"Written: {' and '.join(map(str, trace.write_files(Path(words.gradients))))}")
        return 0
    questions = command.questions_in(words.words, words.trace, words.like, words.as_written)
    return report.print_json(questions) if words.json else report.print_text(questions, name_of_this_command())


def add_verify(commands: Commands) -> None:
    """The sub-command `verify` and its arguments."""
    command = commands.add_parser(
        "verify",
        help="say which rule and convention an optimizer follows, or where it departs",
        usage="%(prog)s [options] TARGET [name=value ...] [TARGET [name=value ...] ...]",
        description="Say which rule and convention an optimizer follows, or at which step it departs, and like which mistake.",
        epilog="Exit status: 0 if it follows its rule or a named convention, 1 if it departs, "
        "2 if nothing can be told, or the words are no use; of several targets the worst.",
    )
    target = "module:name, file.py:name or file.ipynb:name, as torch.optim:Adam, optax:adam, keras.optimizers:Adam"
    command.add_argument("words", nargs="*", metavar="TARGET", help=f"{target}; then its hyperparameters, as lr=0.01")
    command.add_argument("--like", metavar="RULE", help='the rule it should be, as "AdamW(lr=0.01)"; Adam() if nothing tells')
    command.add_argument("--as-written", action="store_true", help="exit with 1 for a convention too, as eps-hat")
    command.add_argument("--json", action="store_true", help="print one JSON document, as verify/report.schema.json has it")
    command.add_argument(
        "--gradients", metavar="FOLDER", help="for an optimizer outside Python: write gradients.csv, and steps.csv with the start"
    )
    command.add_argument(
        "--trace", metavar="FILE", action="append", default=[], help="check the positions in a steps.csv, one row after each step"
    )
    command.add_argument("--version", action="store_true", help="print the versions of adamlib and of the libraries it knows")
    command.set_defaults(run=print_answers)


def lab(words: argparse.Namespace) -> int:
    """Copy the series and open it, or open the copy of another day."""
    from adamlib import lab

    folder = Path(words.folder)
    if not words.copy:
        lab.require_jupyterlab()
    if not words.again:
        print(f"The series is in {lab.copy(folder)}")
    elif not folder.is_dir():
        raise ValueError(f"folder = {words.folder!r} is not allowed: with --again, folder must exist")
    return 0 if words.copy else lab.open_lab(folder, words.options)


def add_lab(commands: Commands) -> None:
    """The sub-command `lab` and its arguments."""
    command = commands.add_parser(
        "lab",
        help="copy the notebooks into a new folder and open them in JupyterLab",
        description="Copy the notebooks into a new folder and open them in JupyterLab.",
        epilog="Nothing is ever written over: a folder with anything in it is refused, and --again copies nothing.",
    )
    command.add_argument("folder", help="the folder to make; it may exist if it is empty")
    command.add_argument("options", nargs="*", help="for JupyterLab, after --, as in: lab FOLDER -- --no-browser --port 9000")
    command.add_argument("--copy", action="store_true", help="copy the notebooks, and open nothing")
    command.add_argument("--again", action="store_true", help="open a folder that is there already, and copy nothing")
    command.set_defaults(run=lab)


SUBCOMMANDS = [add_lab, add_verify]


def name_of_this_command() -> str:
    """How the reader called it: by the installed script, or as a module."""
    return "adamlib" if Path(sys.argv[0]).stem == "adamlib" else "python -m adamlib"


def main(arguments: list[str] | None = None) -> int:
    """Do what the words of the command line ask. Returns the exit status."""
    parser = argparse.ArgumentParser(
        prog=name_of_this_command(),
        description="The Adam optimizer explained: read the notebooks, and check an optimizer of your own.",
        epilog="More on each: %(prog)s lab --help, %(prog)s verify --help.",
    )
    parser.add_argument("--version", action="version", version=f"adamlib {adamlib.__version__}")
    commands = parser.add_subparsers(title="what it can do", required=True, metavar="COMMAND")
    for add in SUBCOMMANDS:
        add(commands)
    words = parser.parse_args(arguments)
    try:
        run: Callable[[argparse.Namespace], int] = words.run
        return run(words)
    except (ValueError, TypeError, LookupError, OSError) as error:
        print(f"{parser.prog}: {error}", file=sys.stderr)
        return 2


if __name__ == "__main__":
    sys.exit(main())
