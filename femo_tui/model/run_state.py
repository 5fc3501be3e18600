"""The states of a run and the one table of how they follow each other."""

from __future__ import annotations

from enum import StrEnum

from femo_tui.errors import IllegalCommand


class RunState(StrEnum):
    """What a run is doing; readers derive `lost` where no recorder holds an unfinished run."""

    IDLE = "idle"
    ARMING = "arming"
    RUNNING = "running"
    PAUSED = "paused"
    AWAITING_VERDICT = "awaiting_verdict"
    STOPPING = "stopping"
    DONE = "done"
    ABORTING = "aborting"
    FAILED = "failed"
    LOST = "lost"


class RunStatus(StrEnum):
    """How a run ended, in its `run_stop`."""

    COMPLETE = "complete"
    STOPPED = "stopped"  # the operator ended it early, in order
    ABORTED = "aborted"  # the operator or the participant broke it off
    FAILED = "failed"  # a fault ended it
    PARTIAL = "partial"  # it was lost and closed afterwards


class RunData(StrEnum):
    """What becomes of the data of a run, in its `run_stop` and as decided later."""

    KEEP = "keep"
    UNTIL_ASKED = "until_asked"  # kept, but out of every analysis until somebody has decided
    DISCARDED = "discarded"  # removed; a tombstone says that there was a run


ACCEPTED = frozenset({"accepted", "accepted_with_reason"})  # verdicts on windows that count
AUTO = "auto"  # who gave a verdict when nobody did

_ENDING = frozenset({RunState.STOPPING, RunState.ABORTING, RunState.FAILED})

TRANSITIONS: dict[RunState, frozenset[RunState]] = {
    RunState.IDLE: frozenset({RunState.ARMING}),
    RunState.ARMING: frozenset({RunState.RUNNING}) | _ENDING,
    RunState.RUNNING: frozenset({RunState.PAUSED, RunState.AWAITING_VERDICT}) | _ENDING,
    RunState.PAUSED: frozenset({RunState.RUNNING, RunState.PAUSED}) | _ENDING,  # for another reason
    RunState.AWAITING_VERDICT: frozenset({RunState.RUNNING}) | _ENDING,
    RunState.STOPPING: frozenset({RunState.DONE, RunState.FAILED, RunState.ABORTING}),
    RunState.ABORTING: frozenset({RunState.DONE, RunState.FAILED}),
    RunState.DONE: frozenset(),
    RunState.FAILED: frozenset({RunState.DONE}),
    RunState.LOST: frozenset({RunState.ARMING, RunState.DONE}),
}


class CommandName(StrEnum):
    """What an operator may ask of a running recorder, with these `args`.

    redo      reason, media: alternate, same, or a film by name; once a film began, no redo without
    mark      text
    abort     reason, data: keep, discard or until-asked (the default)
    verdict   verdict, reason, and for `redo` media
    take_over the controls, from another console
    rating    scale, value; scale CONTENT_WARNING: 1 the participant sees the film, 0 leaves it out
    """

    PAUSE = "pause"
    RESUME = "resume"
    SKIP = "skip"
    REDO = "redo"
    MARK = "mark"
    STOP = "stop"
    ABORT = "abort"
    VERDICT = "verdict"
    RATING = "rating"
    TAKE_OVER = "take_over"


CONTENT_WARNING = "content_warning"  # what is asked, as a scale of its own, before such a film

_LIVE = frozenset({RunState.RUNNING, RunState.PAUSED, RunState.AWAITING_VERDICT})

ALLOWED_IN: dict[CommandName, frozenset[RunState]] = {
    CommandName.PAUSE: frozenset({RunState.RUNNING}),
    CommandName.RESUME: frozenset({RunState.PAUSED}),
    CommandName.SKIP: frozenset({RunState.RUNNING, RunState.PAUSED}),
    CommandName.REDO: _LIVE,
    CommandName.MARK: _LIVE,
    CommandName.STOP: _LIVE | {RunState.ARMING},
    CommandName.ABORT: _LIVE | {RunState.ARMING, RunState.STOPPING},
    CommandName.VERDICT: frozenset({RunState.AWAITING_VERDICT, RunState.PAUSED}),
    CommandName.RATING: frozenset({RunState.RUNNING}),
    CommandName.TAKE_OVER: _LIVE | {RunState.ARMING, RunState.STOPPING},
}


# A note steers nothing; breaking off protects the participant, whoever sees the need.
NEEDS_NO_CONTROLS = frozenset({CommandName.MARK, CommandName.ABORT, CommandName.TAKE_OVER})


def advance(state: RunState, to: RunState) -> RunState:
    """Return `to` if the table allows it from `state`.

    Raises:
        IllegalCommand: the table has no such transition.
    """
    if to not in TRANSITIONS[state]:
        raise IllegalCommand(f"a run that is {state.value} cannot become {to.value}")
    return to


def check_allowed(command: CommandName, state: RunState) -> None:
    """Raise IllegalCommand with the reason unless `command` makes sense in `state`."""
    if state not in ALLOWED_IN[command]:
        allowed = " or ".join(sorted(s.value for s in ALLOWED_IN[command]))
        raise IllegalCommand(
            f"{command.value}: the run is {state.value}; it can be done only while {allowed}"
        )
