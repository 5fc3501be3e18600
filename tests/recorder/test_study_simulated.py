"""The study as it is shipped, in full, with a simulated participant and faster than time."""

from __future__ import annotations

from pathlib import Path

from femo_tui.model.clock import VirtualClock
from femo_tui.model.participants import Consent, Participant, Scope
from femo_tui.recorder.process import record
from femo_tui.recorder.request import RecordRequest
from femo_tui.store.catalog import Catalog
from tests.support.femo import run_events
from tests.support.films import make_film

FILMS_S = {
    "the-lover.mp4": 75,
    "irreversible.mp4": 310,
    "boredom-merrifield-danckert.mp4": 210,
    "when-harry-met-sally.mp4": 145,
}


def test_a_participant_who_takes_part_goes_through_all_of_it(tmp_path: Path) -> None:
    root = tmp_path / "store"
    films = root / "stimuli/films"
    films.mkdir(parents=True)
    for name, seconds in FILMS_S.items():
        make_film(films / name, seconds, fps=5, sound=False)
    with Catalog.open(root) as catalog:
        consent = Consent(frozenset({Scope.GSR}), "1", "2026-11-22")
        catalog.add_participant(Participant("S01", 30, None, "", consent, "2026-11-22"), "ada")
    request = RecordRequest(root, "S01", "wile2018", "sim:1", "none", "sim", "ada", auto=True)
    result = record(request, clock=VirtualClock())
    assert (result.stop.status.value, result.stop.reason) == (
        "complete",
        "the protocol is complete",
    )
    # 300 s of settling, 60 s of baseline, films of 890 s, four expressions of 15 s
    assert result.stop.t_s > 300 + 60 + 890 + 60
    verdicts = {v["step"]: v["verdict"] for v in run_events(result.run_dir, "verdict")}
    assert list(verdicts) == [
        *("baseline", "neutral-1", "stress", "neutral-2", "boredom", "neutral-3", "happy"),
        *("acted-neutral", "acted-happy", "acted-boredom", "acted-stress"),
    ]
    answers = {r["scale"]: r["value"] for r in run_events(result.run_dir, "rating")}
    assert (answers["consent"], answers["trauma"], answers["content_warning"]) == (1, 0, 1)
