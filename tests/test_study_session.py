"""The whole study, both sessions, on a real player: films of the declared lengths, typed answers.

Films run at many times their speed, and what goes by the host's clock is shortened by a variant.
The participant types into mpv's window, the operator judges every window.
"""

from __future__ import annotations

import subprocess
import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from femo_tui.model.run_state import CommandName
from femo_tui.recorder.client import RecorderClient, socket_path
from tests.support.femo import Femo, run_events
from tests.support.films import make_film
from tests.support.needed import need
from tests.support.xvfb import xvfb_display

pytestmark = pytest.mark.timeout(110)  # a quarter of an hour of films takes half a minute

SPEED = 30
READS_FOR_S = 0.7  # an answer is shown for 0.4 s, and the next question read for 0.25 s
FILMS_S = {
    "the-lover.mp4": 75,
    "irreversible.mp4": 310,
    "boredom-merrifield-danckert.mp4": 210,
    "when-harry-met-sally.mp4": 145,
}
VARIANT = """
name = "wile2018-in-a-minute"
extends = "wile2018"

[[step]]
name = "settle"
duration_s = 0.5

[[step]]
name = "baseline"
duration_s = 1
window = { start_s = 0, duration_s = 1 }
"""
for _face in ("neutral", "happy", "boredom", "stress"):
    VARIANT += f"""
[[step]]
name = "acted-{_face}"
duration_s = 1.5
window = {{ start_s = 0.4, duration_s = 1 }}
"""
KEYS = {  # scale → the participant's key; digits not named are 3
    **{"consent": "y", "warned": "y", "health": "n", "trauma": "n", "medication": "n"},
    **{"seen-before": "s", "talk": "n", "content_warning": "space"},
}
VALUES = {"y": 1, "s": 1, "n": 0, "space": 1}


@dataclass
class Session:
    """A run as participant and operator see it: one types into the window, the other judges."""

    femo: Femo
    display: str
    run_dir: Path
    typed_s: float = 0.0  # when a key was last pressed

    def go_through(self, ended: Callable[[], bool]) -> None:
        judged = 0
        while not ended():
            events = run_events(self.run_dir)
            state = [e["state"] for e in events if e["event"] == "state"][-1]
            verdicts = sum(e["event"] == "verdict" for e in events)
            if state == "awaiting_verdict" and judged == verdicts:
                self.judge()
                judged += 1
            elif state == "running":
                self.answer(events)
            time.sleep(0.05)

    def judge(self) -> None:
        args = {"verdict": "accepted_with_reason", "reason": f"{SPEED} times as fast as shown"}
        client = RecorderClient(socket_path(self.femo.store), "ada")
        assert client.send(CommandName.VERDICT, dict(args)).ok

    def answer(self, events: list[dict[str, Any]]) -> None:
        """Type what is asked now: an answer, or the space bar on a page that waits for it."""
        starts = [e for e in events if e["event"] == "step_start"]
        if not starts or any(e["event"] == "step_stop" for e in events[events.index(starts[-1]) :]):
            return
        step = starts[-1]
        answered = {
            e["scale"] for e in events if e["event"] == "rating" and e["step"] == step["step"]
        }
        still_open = [scale for scale in step["asks"] if scale not in answered]
        if time.monotonic() - self.typed_s < READS_FOR_S:
            return
        if still_open:
            self.type(KEYS.get(still_open[0], "3"))
        elif step["kind"] in ("instruction", "debrief"):
            self.type("space")

    def type(self, key: str) -> None:
        subprocess.run(["xdotool", "key", key], env={"DISPLAY": self.display}, check=True)
        self.typed_s = time.monotonic()


@pytest.fixture(scope="module")
def session(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Go through the study once; return the run folder."""
    need("xdotool")
    base = tmp_path_factory.mktemp("study")
    femo = Femo(base / "home", base / "store")
    femo.home.mkdir()
    films = femo.store / "stimuli/films"
    films.mkdir(parents=True)
    for name, seconds in FILMS_S.items():
        make_film(films / name, seconds, fps=5, sound=False)
    (femo.store / "stimuli/wile2018-in-a-minute.toml").write_text(VARIANT, "utf-8")
    femo.ok("participant", "add", "S01", "--consent", "all")
    with (
        pytest.MonkeyPatch.context() as patch,
        xvfb_display("640x360") as display,
        femo.started(
            *("record", "--participant", "S01", "--protocol", "wile2018-in-a-minute"),
            *("--gsr", "sim:1", "--camera", "none"),
            *("--player", f"mpv?display={display}&vo=x11&audio=no&speed={SPEED}"),
        ) as recorder,
    ):
        patch.setenv("FEMO_STATE_DIR", femo.env["FEMO_STATE_DIR"])
        assert recorder.stderr is not None
        run_dir = Path(recorder.stderr.readline().removeprefix("recording ").strip())
        Session(femo, display, run_dir).go_through(lambda: recorder.poll() is not None)
        assert recorder.returncode == 0
    return run_dir


def test_both_sessions_are_gone_through_in_order(session: Path) -> None:
    (stop,) = run_events(session, "run_stop")
    assert (stop["status"], stop["data"]) == ("complete", "keep")
    stops = [(e["step"], e["reason"]) for e in run_events(session, "step_stop")]
    assert [reason for _, reason in stops] == ["complete"] * len(stops)
    films = ["neutral-1", "stress", "neutral-2", "boredom", "neutral-3", "happy"]
    acted = ["acted-neutral", "acted-happy", "acted-boredom", "acted-stress"]
    windows = [e["step"] for e in run_events(session, "window_stop")]
    assert windows == ["baseline", *films, *acted]
    assert stop["counts"]["windows_accepted"] == 11


def test_films_were_played_in_full_and_windows_lie_where_the_protocol_says(session: Path) -> None:
    planned = {
        step["name"]: step
        for step in run_events(session, "run_start")[0]["protocol"]["steps"]
        if step["kind"] == "clip"
    }
    played = {e["step"]: e["media_played_s"] for e in run_events(session, "step_stop")}
    for name, step in planned.items():
        assert played[name] == pytest.approx(FILMS_S[Path(step["media"]).name], abs=0.5)
    starts = {e["step"]: e for e in run_events(session, "window_start")}
    stops = {e["step"]: e for e in run_events(session, "window_stop")}
    for name, step in planned.items():
        window = step["window"]
        assert starts[name]["media_s"] == window["start_s"]
        assert stops[name]["reason"] == "complete"
        lasted_s = stops[name]["t_s"] - starts[name]["t_s"]
        assert lasted_s == pytest.approx(window["duration_s"] / SPEED, abs=0.3)


def test_a_film_that_the_plan_repeats_is_counted_and_stays_primary(session: Path) -> None:
    shown = [e for e in run_events(session, "window_start") if e["exposure"] is not None]
    assert [(e["step"], e["exposure"], e["primary"]) for e in shown] == [
        ("neutral-1", 1, True),
        ("stress", 1, True),
        ("neutral-2", 2, True),
        ("boredom", 1, True),
        ("neutral-3", 3, True),
        ("happy", 1, True),
    ]


def test_every_answer_was_typed_by_the_participant(session: Path) -> None:
    ratings = run_events(session, "rating")
    assert {rating["source"] for rating in ratings} == {"participant"}
    assert {r["scale"]: r["value"] for r in ratings} == {
        r["scale"]: VALUES.get(KEYS.get(r["scale"], ""), 3) for r in ratings
    }
    asked = [(e["step"], scale) for e in run_events(session, "step_start") for scale in e["asks"]]
    assert [(r["step"], r["scale"]) for r in ratings] == asked
    assert len(asked) == 5 + 6 * 7 + 1 + 2  # screening, six films, the warning, how are you
