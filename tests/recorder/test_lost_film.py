"""A lost run that goes on shows the film that was cut by nobody's choice but a person's."""

from __future__ import annotations

import threading
from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path

import pytest

from femo_tui.errors import IllegalCommand
from femo_tui.model.clock import VirtualClock
from femo_tui.model.participants import Consent, Participant, Scope
from femo_tui.model.records import JsonValue
from femo_tui.model.run_state import CommandName
from femo_tui.recorder.client import RecorderClient, socket_path
from femo_tui.recorder.process import RunResult, record
from femo_tui.recorder.request import RecordRequest, lost_request
from femo_tui.store.catalog import Catalog
from femo_tui.store.run_reader import RunReader
from tests.support.femo import run_events
from tests.support.runs import lose

# The film begins 0.5 s into the run; its window is over at 3.44 s, the film at 3.74 s.
BEGAN = datetime(2026, 11, 22, 10, 15, 30, tzinfo=UTC)


@pytest.fixture
def lose_at(tmp_path: Path, short_protocol: Path) -> Callable[[float], RecordRequest]:
    def lost(at_s: float) -> RecordRequest:
        root = tmp_path / "store"
        with Catalog.open(root) as catalog:
            consent = Consent(frozenset(Scope), "1", "2026-11-22")
            catalog.add_participant(Participant("S01", 30, None, "", consent, "2026-11-22"), "ada")
        protocol = str(short_protocol)
        request = RecordRequest(root, "S01", protocol, "sim:1", "sim:1", "sim", "ada", auto=True)
        run_dir = record(request, clock=VirtualClock(t_s=5000.0, utc=BEGAN)).run_dir
        lose(run_dir, at_s)
        return lost_request(run_dir, "bob")

    return lost


def go_on(
    request: RecordRequest, command: CommandName | None = None, **args: JsonValue
) -> tuple[RunResult, list[str | None]]:
    """Go on with the run, and send a command once it does; return what was answered, too."""
    errors: list[str | None] = []

    def send() -> None:
        client = RecorderClient(socket_path(request.store_root), "bob")
        assert command is not None
        errors.append(client.send(command, args).error)

    def started(_run_dir: Path) -> None:
        if command is not None:
            threading.Thread(target=send, daemon=True).start()

    result = record(request, clock=VirtualClock(t_s=6000.0, utc=BEGAN), started=started)
    return result, errors


def films(request: RecordRequest) -> list[tuple[int, int]]:
    """Return attempt and exposure of every film that began."""
    assert request.resume is not None
    notes = run_events(request.resume, "device")
    found = [n["detail"] for n in notes if n["name"] == "film_started"]
    return [(film["attempt"], film["exposure"]) for film in found]


def verdicts(request: RecordRequest) -> dict[tuple[str, int], str]:
    assert request.resume is not None
    windows = RunReader(request.resume).poll().windows
    return {(window.step, window.attempt): window.verdict for window in windows}


def test_auto_leaves_the_film_and_its_window_has_failed(
    lose_at: Callable[[float], RecordRequest],
) -> None:
    request = lose_at(2.0)
    result, _ = go_on(request)
    assert result.stop.status.value == "complete"
    assert films(request) == [(1, 1)]
    assert verdicts(request) == {("stress", 1): "failed", ("acted-happy", 1): "accepted"}


def test_auto_judges_a_whole_window_by_what_was_surely_played_of_the_film(
    lose_at: Callable[[float], RecordRequest],
) -> None:
    request = lose_at(3.6)
    go_on(request)
    assert films(request) == [(1, 1)]
    verdict = run_events(request.resume or Path(), "verdict")[0]
    played = verdict["criteria"]["media_played_s"]
    # to the window's end at 0.4 + 2.5 s of 3.2 s, which the half second of tolerance covers
    assert (played["value"], played["need"], verdict["verdict"]) == (2.9, 3.2, "accepted")


def test_the_film_is_shown_again_where_it_is_chosen(
    lose_at: Callable[[float], RecordRequest],
) -> None:
    request = replace(lose_at(2.0), media="same")
    go_on(request)
    assert films(request) == [(1, 1), (2, 2)]
    window = RunReader(request.resume or Path()).poll().windows[1]
    assert (window.step, window.attempt, window.verdict) == ("stress", 2, "accepted")
    assert (window.exposure, window.primary) == (2, False)


@pytest.mark.parametrize("auto", [True, False])
def test_the_film_is_left_out_and_the_run_goes_on_where_that_is_chosen(
    lose_at: Callable[[float], RecordRequest], auto: bool
) -> None:
    request = replace(lose_at(2.0), media="skip", auto=auto)
    answer = () if auto else (CommandName.STOP,)
    go_on(request, *answer)
    assert films(request) == [(1, 1)]
    assert verdicts(request)["stress", 1] == "failed"
    begun = [event["step"] for event in run_events(request.resume or Path(), "step_start")]
    assert begun[-1] != "stress"


def test_a_choice_that_there_is_not_is_refused_before_the_run_goes_on(
    lose_at: Callable[[float], RecordRequest],
) -> None:
    request = replace(lose_at(2.0), media="alternate")
    with pytest.raises(IllegalCommand, match="stress has no alternate"):
        go_on(request)
    assert run_events(request.resume or Path(), "run_resume") == []


def test_with_a_person_the_run_waits_for_their_choice(
    lose_at: Callable[[float], RecordRequest],
) -> None:
    request = replace(lose_at(2.0), auto=False)
    result, errors = go_on(request, CommandName.ABORT)
    assert errors == [None]
    paused = [s for s in run_events(request.resume or Path(), "state") if s["state"] == "paused"]
    assert [s["reason"] for s in paused] == [
        "quick/stress.mp4 had begun to play: redo stress with a film chosen, or skip it"
    ]
    assert films(request) == [(1, 1)]
    assert result.stop.status.value == "aborted"


def test_redo_without_a_choice_is_refused_then_too(
    lose_at: Callable[[float], RecordRequest],
) -> None:
    request = replace(lose_at(2.0), auto=False)
    stopped = threading.Timer(0.5, lambda: stop(request))
    stopped.start()
    _, errors = go_on(request, CommandName.REDO)
    stopped.join()
    assert errors[0] is not None
    assert "quick/stress.mp4 has begun to play" in errors[0]


def stop(request: RecordRequest) -> None:
    RecorderClient(socket_path(request.store_root), "bob").send(CommandName.STOP)


def test_a_step_that_was_cut_before_its_film_began_begins_again(
    lose_at: Callable[[float], RecordRequest],
) -> None:
    request = lose_at(0.52)
    go_on(request)
    assert films(request) == [(2, 1)]
    window = RunReader(request.resume or Path()).poll().windows[0]
    assert (window.attempt, window.exposure, window.primary) == (2, 1, True)


def test_the_next_run_counts_what_was_shown_in_this_one(
    lose_at: Callable[[float], RecordRequest],
) -> None:
    request = lose_at(2.0)
    again = replace(request, resume=None)
    result = record(again, clock=VirtualClock(t_s=6000.0, utc=BEGAN))
    assert result.run_dir.name == "run-02"
    told = [n for n in run_events(result.run_dir, "device") if n["name"] == "film_seen_before"]
    assert [(note["detail"]["media"], note["severity"]) for note in told] == [
        ("quick/stress.mp4", "warning")
    ]
    window = RunReader(result.run_dir).poll().windows[0]
    assert (window.step, window.exposure, window.primary) == ("stress", 2, False)
    with Catalog.open(request.store_root) as catalog:
        assert [run.run for run in catalog.runs()] == ["run-01", "run-02"]
