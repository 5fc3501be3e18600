"""What was registered wrongly of a participant, put right in sealed runs by amendments."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import replace
from pathlib import Path

from femo_tui.model.events import RunStart
from femo_tui.model.records import JsonValue
from femo_tui.store.amendments import amend, read_amendments
from femo_tui.store.files import PRIVATE, Modes
from femo_tui.store.layout import runs_of
from femo_tui.store.run_start import read_run_start
from femo_tui.store.seal import is_sealed

AGE, SEX = "age", "sex"


def corrected(start: RunStart, amendments: Iterable[Mapping[str, JsonValue]]) -> RunStart:
    """Return what a run says of its participant with the corrections made since."""
    for line in amendments:
        match line:
            case {"amends": "age", "age": int(age)}:
                start = replace(start, age=age)
            case {"amends": "sex", "sex": str(sex)}:
                start = replace(start, sex=sex)
    return start


def amend_person(
    root: Path,
    code: str,
    changed: Mapping[str, JsonValue],
    operator: str,
    utc: str,
    modes: Modes = PRIVATE,
) -> int:
    """Have every sealed run of a participant tell the corrected age or sex; return how many do now.

    What a run said when it was recorded stays in it, below the amendment.

    Args:
        root: the store.
        code: whose runs.
        changed: AGE, SEX, or both, with what is right.
        operator: who corrects.
        utc: when.
        modes: of a file that is made.

    Raises:
        MalformedRecord: the amendments of a run do not hold.
    """
    count = 0
    for run_dir in runs_of(root, code):
        start = read_run_start(run_dir)
        if start is None or not is_sealed(run_dir):
            continue
        told = corrected(start, read_amendments(run_dir))
        for what in (AGE, SEX):
            before = getattr(told, what)
            if what in changed and changed[what] != before:
                facts = {"utc": utc, "operator": operator, "amends": what, what: changed[what]}
                why = f"corrected, was {'not recorded' if before is None else before}"
                amend(run_dir, {**facts, "reason": why}, modes=modes)
                count += 1
    return count
