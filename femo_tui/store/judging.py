"""Verdicts on windows and frames after a run was sealed: amendments, each with its reason."""

from __future__ import annotations

from collections.abc import Collection
from pathlib import Path

from femo_tui.errors import UsageError
from femo_tui.model.clock import Clock, iso_seconds
from femo_tui.model.records import JsonValue
from femo_tui.store.amendments import amend
from femo_tui.store.files import PRIVATE, Modes
from femo_tui.store.run_reader import RunReader
from femo_tui.store.seal import is_sealed

VERDICTS = ("accepted", "accepted_with_reason", "failed")


def judge_window(
    run_dir: Path,
    step: str,
    attempt: int,
    verdict: str,
    operator: str,
    reason: str,
    clock: Clock,
    modes: Modes = PRIVATE,
) -> None:
    """Give a window another verdict: accepted, accepted_with_reason or failed.

    Raises:
        UsageError: the run is not sealed, has no such window, or no reason is given.
    """
    _check(run_dir, reason)
    windows = RunReader(run_dir, keep_samples=False).poll().windows
    found = next((w for w in windows if (w.step, w.attempt) == (step, attempt)), None)
    if found is None:
        raise UsageError(f"{run_dir}: step {step}, attempt {attempt}, has no window")
    if verdict not in VERDICTS:
        raise UsageError(f"verdict {verdict!r} is unknown: use one of {', '.join(VERDICTS)}")
    facts: dict[str, JsonValue] = {
        "step": step,
        "attempt": attempt,
        "class": found.class_name,
        "verdict": verdict,
        "reason": reason.strip(),
    }
    amend(run_dir, {**_head("verdict", operator, clock), **facts}, modes=modes)


def judge_frames(
    run_dir: Path,
    frames: Collection[int],
    operator: str,
    reason: str,
    clock: Clock,
    *,
    accepted: bool,
    modes: Modes = PRIVATE,
) -> None:
    """Accept or reject single images, a line each; who calls has them from the run itself.

    Raises:
        UsageError: the run is not sealed, or no reason is given.
    """
    _check(run_dir, reason)
    mark_frames(
        run_dir, frames, operator, clock, accepted=accepted, reason=reason.strip(), modes=modes
    )


def mark_frames(
    folder: Path,
    frames: Collection[int],
    operator: str,
    clock: Clock,
    *,
    accepted: bool,
    reason: str = "",
    modes: Modes = PRIVATE,
) -> None:
    """Accept or reject images of a run, or of an imported data set, by their numbers there.

    Raises:
        StoreError: it cannot be written.
        MalformedRecord: the amendments so far do not hold.
    """
    head = _head("frame", operator, clock)
    tail: dict[str, JsonValue] = {"accepted": accepted, **({"reason": reason} if reason else {})}
    amend(folder, *({**head, "frame": frame, **tail} for frame in sorted(frames)), modes=modes)


def _check(run_dir: Path, reason: str) -> None:
    if not is_sealed(run_dir):
        raise UsageError(
            f"{run_dir}: this run is not sealed; judge it at its gate, or close it first"
        )
    if not reason.strip():
        raise UsageError("a verdict given afterwards needs its reason: it stands in the record")


def _head(amends: str, operator: str, clock: Clock) -> dict[str, JsonValue]:
    utc = iso_seconds(clock.utc())
    return {"utc": utc, "operator": operator, "amends": amends}
