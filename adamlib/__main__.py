"""`python -m adamlib verify torch.optim:Adam lr=0.01`: the tools of adamlib on the command line."""

import argparse
import sys


def verify(words: argparse.Namespace) -> int:
    """Print the verdict: 0 where the optimizer follows its rule, 1 where it departs."""
    from adamlib.verify import verify as judged
    from adamlib.verify.load import load, rule_in, settings_in

    optimizer, meant = load(words.target, settings_in(words.settings))
    verdict = judged(optimizer, rule_in(words.like) if words.like else meant)
    print(verdict)
    return 0 if verdict.ok else 1


def add_verify(commands) -> None:
    """The sub-command `verify` and its arguments."""
    command = commands.add_parser(
        "verify",
        help="say which rule and convention an optimizer follows, or where it departs",
        epilog="Exit status: 0 if it follows its rule, 1 if it departs, 2 if the words are no use.",
    )
    command.add_argument("target", help="module:name or file.py:name, as torch.optim:Adam, optax:adam, keras.optimizers:Adam")
    command.add_argument("settings", nargs="*", metavar="name=value", help="its hyperparameters, as lr=0.01")
    command.add_argument("--like", metavar="RULE", help='the rule it should be, as "AdamW(lr=0.01)"; Adam() if nothing tells')
    command.set_defaults(run=verify)


SUBCOMMANDS = [add_verify]


def main(arguments: list[str] | None = None) -> int:
    parser = argparse.ArgumentParser(prog="python -m adamlib", description=__doc__)
    commands = parser.add_subparsers(title="commands", required=True, metavar="command")
    for add in SUBCOMMANDS:
        add(commands)
    words = parser.parse_args(arguments)
    try:
        return words.run(words)
    except (ValueError, TypeError, LookupError) as error:
        print(f"python -m adamlib: {error}", file=sys.stderr)
        return 2


if __name__ == "__main__":
    sys.exit(main())
