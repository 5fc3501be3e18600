"""Rewrites a sealed run where it must change: another participant, or a stream that was withdrawn.

What was recorded changes in these two cases only. The run is sealed again, and its amendments are
chained to the new seal; the old seal's SHA-256 stands in the audit log.
"""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Mapping
from pathlib import Path

from femo_tui.errors import MalformedRecord
from femo_tui.model.records import JsonValue
from femo_tui.store.amendments import PREVIOUS, chained, one_writer, read_amendments
from femo_tui.store.files import PRIVATE, Modes, explained, replace
from femo_tui.store.layout import AMENDMENTS, MANIFEST
from femo_tui.store.seal import digest, seal_run


def word(code: str) -> re.Pattern[bytes]:
    """Return a pattern that finds a participant's code in a text, and nothing of a longer word.

    A code without a digit may be a word of any text: it is found only where femo writes codes.
    After a colon stand participants of imported data sets, who are others.
    """
    text = re.escape(code).encode()
    if any(letter.isdigit() for letter in code):
        return re.compile(rb"(?<![A-Za-z0-9_:])" + text + rb"(?![A-Za-z0-9_])")
    places = (rb"(?<=sessions/)", rb'(?<="participant":")', rb'(?<="participant": ")', rb"(?<=of )")
    return re.compile(rb"(?:" + rb"|".join(places) + rb")" + text + rb'(?=["/, ]|$)')


def rewrite(path: Path, change: Callable[[bytes], bytes], modes: Modes = PRIVATE) -> bool:
    """Replace a file's content by what `change` makes of it; return whether it was another one.

    A file that is not there is left so.
    """
    with explained(path):
        try:
            before = path.read_bytes()
        except FileNotFoundError:
            return False
    after = change(before)
    if after != before:
        replace(path, after, modes)
    return after != before


def remove_unfinished(folder: Path) -> None:
    """Remove files that a writer who was killed had not put in their place yet."""
    with explained(folder):
        for left in folder.glob(".*.part"):
            left.unlink()


def seal_sha256(run_dir: Path) -> str:
    """Return the SHA-256 of a run's manifest, empty without one."""
    with explained(run_dir / MANIFEST):
        try:
            return digest(run_dir / MANIFEST)
        except FileNotFoundError:
            return ""


def chain_holds(run_dir: Path) -> bool:
    """Return whether the amendments are as they were written; rewriting chains them anew."""
    try:
        read_amendments(run_dir)
    except MalformedRecord:
        return False
    return True


def seal_again(
    run_dir: Path,
    amendment: Mapping[str, JsonValue],
    modes: Modes = PRIVATE,
    change: Callable[[bytes], bytes] = lambda content: content,
) -> None:
    """Seal a rewritten run and chain its amendments to the new seal, `amendment` the last of them.

    Doing it again after it was cut short comes to the same: the amendment is not added twice.

    Args:
        run_dir: the run.
        amendment: what tells that and why the run was rewritten.
        modes: of its files.
        change: what is done to the text of the earlier amendments.
    """
    remove_unfinished(run_dir)
    path = run_dir / AMENDMENTS
    with one_writer(run_dir):
        seal_run(run_dir, modes)
        with explained(path):
            earlier = change(path.read_bytes()).splitlines() if path.exists() else []
        bodies = [body for line in earlier if (body := _body(line)) is not None]
        if dict(amendment) not in bodies:
            bodies.append(dict(amendment))
        replace(path, chained(bodies, seal_sha256(run_dir)), modes)


def _body(line: bytes) -> dict[str, JsonValue] | None:
    """Return an amendment without its place in the chain, None for a line that is none."""
    try:
        body = json.loads(line)
    except ValueError:
        return None
    return {key: body[key] for key in body if key != PREVIOUS} if isinstance(body, dict) else None
