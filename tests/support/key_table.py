"""Writes the README's key table from the console's bindings.

Run: python -m tests.support.key_table
"""

from __future__ import annotations

import itertools
from pathlib import Path

from femo_tui.ui.keys import PLACES, key_word, rows_at

README = Path(__file__).parents[2] / "README.md"
HEAD = "| where | key | what it does | its name |\n|---|---|---|---|\n"


def key_table() -> str:
    """Return the table: one row for each thing that keys do at a place."""
    lines = [
        f"| {place} | {' '.join(f'`{key_word(key)}`' for key in row.keys)} | {row.does} |"
        f" `{row.id}` |\n"
        for place in PLACES
        for row in rows_at(place)
    ]
    return HEAD + "".join(lines)


def main() -> None:
    text = README.read_text("utf-8")
    before, _, rest = text.partition(HEAD)
    after = itertools.dropwhile(lambda line: line.startswith("|"), rest.splitlines(keepends=True))
    README.write_text(before + key_table() + "".join(after), "utf-8")


if __name__ == "__main__":
    main()
