"""Counts the words of Python's own documentation and how often one follows another, for `adamlib.word_pairs`.

    python tools/count_words.py            compares the stored table with what this Python's documentation says
    python tools/count_words.py --write    counts again and writes adamlib/problems/word_pairs.json

The text is `pydoc_data.topics`, which comes with every CPython and changes with its version; the table is that of 3.11.7.
A word is a run of the letters a to z, in lower case; texts are joined in the order of their keys.
"""

import argparse
import json
import platform
import re
from collections import Counter
from itertools import pairwise
from pathlib import Path
from pydoc_data.topics import topics

from adamlib.problems.bigram import COUNTED_FILE

COUNTED_WORDS = 512  # ties in frequency go by the alphabet


def words_of_the_text() -> list[str]:
    return re.findall("[a-z]+", "\n".join(topics[key] for key in sorted(topics)).lower())


def count_pairs(text: list[str], size: int) -> tuple[list[str], list[list[int]]]:
    """The most frequent words, and for each of them a list: the number of a word that follows it, how often, the next ..."""
    times = Counter(text)
    names = sorted(times, key=lambda word: (-times[word], word))[:size]
    number = {name: k for k, name in enumerate(names)}
    pairs = Counter((number[x], number[y]) for x, y in pairwise(text) if x in number and y in number)
    followers: list[list[int]] = [[] for _ in names]
    for (x, y), found in sorted(pairs.items()):
        followers[x] += [y, found]
    return names, followers


def counted_table() -> str:
    """The file, one word's followers a line."""
    names, followers = count_pairs(words_of_the_text(), COUNTED_WORDS)
    head = {
        "text": f"pydoc_data.topics of CPython {platform.python_version()}, {len(words_of_the_text())} words",
        "licence": "The text is Python's documentation, (c) Python Software Foundation, PSF licence; these are counts of it.",
        "made by": "tools/count_words.py",
    }
    lines = [f" {json.dumps(name)}: {json.dumps(value)}," for name, value in {**head, "words": names}.items()]
    rows = ",\n  ".join(json.dumps(row, separators=(",", ":")) for row in followers)
    return "\n".join(["{", *lines, f' "followers": [\n  {rows}\n ]', "}", ""])


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--write", action="store_true", help="count again and store the table")
    if parser.parse_args().write:
        Path(COUNTED_FILE).write_text(counted_table(), encoding="utf-8")
    same = Path(COUNTED_FILE).read_text(encoding="utf-8") == counted_table()
    print(f"the stored table is {'' if same else 'not '}that of this Python, {platform.python_version()}")


if __name__ == "__main__":
    main()
