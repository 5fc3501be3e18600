"""A field for a path: → takes what completes it."""

from __future__ import annotations

import os
from asyncio import to_thread

from textual.suggester import Suggester
from textual.widgets import Input


class _Completion(Suggester):
    """Completes a path by the first entry of its folder that begins as it does."""

    def __init__(self) -> None:
        super().__init__(use_cache=False, case_sensitive=True)

    async def get_suggestion(self, value: str) -> str | None:
        return await to_thread(_completed, value)


class PathField(Input):
    """Takes a path; ~ is the operator's home."""

    def __init__(self, value: str = "", *, id: str | None = None) -> None:
        super().__init__(value, id=id, compact=True, suggester=_Completion())


def _completed(value: str) -> str | None:
    """Return the path of the first entry that goes on as `value` does, None where there is none."""
    folder, _, beginning = value.rpartition("/")
    if "/" not in value:
        return None
    try:
        with os.scandir(os.path.expanduser(f"{folder}/")) as entries:
            fits = [
                f"{entry.name}/" if entry.is_dir() else entry.name
                for entry in entries
                if entry.name.startswith(beginning) and (beginning or entry.name[0] != ".")
            ]
    except OSError:
        return None
    return f"{folder}/{min(fits)}" if fits else None
