"""Pictures of home, people, set-up, their questions and the help, in every state they have."""

from __future__ import annotations

import math
from collections.abc import Awaitable, Callable
from datetime import timedelta
from pathlib import Path

import pytest
from textual.pilot import Pilot

from femo_tui.model.clock import VirtualClock
from femo_tui.model.participants import Scope
from femo_tui.model.records import Box
from femo_tui.model.run_state import RunData, RunStatus
from femo_tui.model.study import Study
from femo_tui.model.thumbnail import Thumbnail
from femo_tui.recorder.preflight_client import Check, CheckState
from femo_tui.store.catalog import Catalog
from femo_tui.store.disposal import decide_data
from femo_tui.store.study import write_study
from femo_tui.ui.app import FemoApp
from femo_tui.ui.screens.decide import DataDialog
from femo_tui.ui.screens.dialogs import AskText, Confirm
from tests.ui.conftest import console
from tests.ui.lab import NOON, PROTOCOL, Lab, person
from tests.ui.test_screens import Snap, prepare, size
from tests.ui.waits import until

CHECKS = (
    Check("consent", CheckState.OK, "S09 · gsr, face, keep, train, share-gsr, share-face"),
    Check("films", CheckState.OK, "6 of 6 found, hashes match"),
    Check("disk", CheckState.OK, "214 GB free, the run needs 0.3 GB"),
    Check("login", CheckState.OK, "recording survives logout"),
    *(
        Check(
            "gsr",
            CheckState.OK,
            "Grove on /dev/ttyACM0 · calibrated today, resolves 0.061 µS",
            f"{4.8 + 0.2 * math.sin(n / 5):.2f} µS   10.0 Hz",
            "",
            4.8 + 0.2 * math.sin(n / 5),
        )
        for n in range(44)
    ),
    Check("camera", CheckState.WARNING, "/dev/video0 · 720×480", "face in 61% of frames"),
    Check("player", CheckState.OK, "mpv on :0 · 1920×1080"),
)
GONE = Check(
    "gsr",
    CheckState.MISSING,
    "serial:auto finds no sensor",
    remedy="plug the Arduino in, then press r",
)
REFUSED = Check(
    "films",
    CheckState.MISSING,
    "4 of 6 can be shown",
    remedy="films/irreversible.mp4 is missing: put it into /lab/stimuli/films; films/the-lover.mp4"
    " is another file than the one registered on 2026-11-02: register it again or put that back",
)
# A bright oval before a darker wall, lit from the left.
FACE = bytes(
    min(int(60 + 1.5 * x + 110 * (((x - 24) / 9) ** 2 + ((y - 17) / 12) ** 2 < 1)), 255)
    for y in range(36)
    for x in range(48)
)
PICTURE = Thumbnail(1.0, 48, 36, FACE, Box(14, 5, 20, 24))
TO_DEVICES = ("3", "enter", "enter")
TO_FACTS = (*TO_DEVICES, "enter")


def in_light(*keys: str) -> Callable[[Pilot[None]], Awaitable[None]]:
    return prepare("ctrl+t", *keys)


# --- home --------------------------------------------------------------------------------------


@size
def test_home(snap_compare: Snap, busy_lab: Lab, size: tuple[int, int]) -> None:
    assert snap_compare(console(busy_lab), terminal_size=size, run_before=prepare())


def test_home_in_light(snap_compare: Snap, busy_lab: Lab) -> None:
    assert snap_compare(console(busy_lab), run_before=in_light())


def test_home_without_colour(
    snap_compare: Snap, busy_lab: Lab, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("NO_COLOR", "1")
    assert snap_compare(console(busy_lab), run_before=prepare())


@size
def test_home_before_the_first_run(snap_compare: Snap, lab: Lab, size: tuple[int, int]) -> None:
    assert snap_compare(console(lab), terminal_size=size, run_before=prepare())


def test_home_of_a_new_study(
    snap_compare: Snap, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("FEMO_STATE_DIR", str(tmp_path / "state"))
    lab = Lab(tmp_path / "store")
    write_study(lab.root, Study(title="Film and face"))
    assert snap_compare(console(lab), run_before=prepare())


@size
def test_home_with_much_to_do(snap_compare: Snap, busy_lab: Lab, size: tuple[int, int]) -> None:
    """A full disk, a run that was broken off, one without verdicts, one of the future."""
    broken_off = busy_lab.begin("S09", NOON - timedelta(hours=3))
    broken_off.steps(0, 6)
    broken_off.finish(RunStatus.ABORTED, "broken off by ada")
    unjudged = busy_lab.begin("S10", NOON - timedelta(days=2))
    unjudged.steps(0, 4)
    unjudged.step(PROTOCOL.steps[4], verdict="")
    unjudged.finish(RunStatus.PARTIAL, "closed by ada")
    future = busy_lab.begin("S12", NOON + timedelta(days=4000))
    future.steps(0, 8)
    future.finish(RunStatus.COMPLETE, "the protocol is complete")
    with Catalog.open(busy_lab.root, busy_lab.clock) as catalog:
        catalog.index_run(broken_off.run_dir)
        clock = busy_lab.clock
        decide_data(catalog, broken_off.run_dir, RunData.UNTIL_ASKED, "ada", "", clock)
    busy_lab.register(person("S13", scopes=frozenset({Scope.FACE})))
    app = console(busy_lab, free_bytes=3_100_000_000)
    assert snap_compare(app, terminal_size=size, run_before=until_disk_is_known(app))


def until_disk_is_known(app: FemoApp) -> Callable[[Pilot[None]], Awaitable[None]]:
    async def run(pilot: Pilot[None]) -> None:
        await prepare()(pilot)
        await until(pilot, lambda: app.disk_free_bytes is not None)

    return run


def test_home_while_somebody_is_recorded(snap_compare: Snap, busy_lab: Lab) -> None:
    run = busy_lab.begin("S12", NOON - timedelta(minutes=7))
    run.steps(0, 4)
    run.step(PROTOCOL.steps[4], stop_after_s=24.0)
    app = console(busy_lab)

    async def before(pilot: Pilot[None]) -> None:
        await until(pilot, lambda: app.current_mode == "live" and app.overview is not None)
        await prepare("1")(pilot)

    with busy_lab.recording(run):
        assert snap_compare(app, run_before=before)
    run.close()


def test_home_with_a_catalog_that_cannot_be_read(snap_compare: Snap, busy_lab: Lab) -> None:
    app = console(busy_lab)
    (busy_lab.root / "catalog.db").write_bytes(b"no catalog, but twenty-odd bytes of text\n" * 9)

    async def before(pilot: Pilot[None]) -> None:
        await until(pilot, lambda: app.trouble != "")
        app.trouble = app.trouble.replace(str(busy_lab.root), "/lab/store")
        await pilot.pause()

    assert snap_compare(app, run_before=before)


def test_a_terminal_that_is_too_small(snap_compare: Snap, busy_lab: Lab) -> None:
    assert snap_compare(console(busy_lab), terminal_size=(34, 7), run_before=prepare())


# --- people ------------------------------------------------------------------------------------


@size
def test_people(snap_compare: Snap, busy_lab: Lab, size: tuple[int, int]) -> None:
    assert snap_compare(console(busy_lab), terminal_size=size, run_before=prepare("2"))


def test_people_in_light(snap_compare: Snap, busy_lab: Lab) -> None:
    assert snap_compare(console(busy_lab), run_before=in_light("2", "down"))


def test_people_without_colour(
    snap_compare: Snap, busy_lab: Lab, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("NO_COLOR", "1")
    assert snap_compare(console(busy_lab), run_before=prepare("2", "down"))


def test_people_searched(snap_compare: Snap, busy_lab: Lab) -> None:
    keys = ("2", "slash", *"glas")
    assert snap_compare(console(busy_lab), run_before=prepare(*keys))


@size
def test_register(snap_compare: Snap, lab: Lab, size: tuple[int, int]) -> None:
    assert snap_compare(console(lab), terminal_size=size, run_before=prepare("2", "n"))


def test_register_in_light(snap_compare: Snap, lab: Lab) -> None:
    assert snap_compare(console(lab), run_before=in_light("2", "n"))


def test_register_with_a_mistake(snap_compare: Snap, lab: Lab) -> None:
    keys = ("2", "n", "enter", *"200", "enter", "f", "enter", "space")
    assert snap_compare(console(lab), run_before=prepare(*keys))


@size
def test_history(snap_compare: Snap, busy_lab: Lab, size: tuple[int, int]) -> None:
    later = VirtualClock(utc=NOON - timedelta(hours=4))
    with Catalog.open(busy_lab.root, later) as catalog:
        scopes = frozenset(Scope) - {Scope.SHARE_FACE}
        catalog.edit_participant("S10", "ben", scopes=scopes, form_version="3")
    keys = ("2", "down", "h")
    assert snap_compare(console(busy_lab), terminal_size=size, run_before=prepare(*keys))


# --- set-up ------------------------------------------------------------------------------------


@size
def test_setup_person(snap_compare: Snap, busy_lab: Lab, size: tuple[int, int]) -> None:
    assert snap_compare(console(busy_lab), terminal_size=size, run_before=prepare("3"))


@size
def test_setup_protocol(snap_compare: Snap, lab: Lab, size: tuple[int, int]) -> None:
    app = console(lab)
    assert snap_compare(app, terminal_size=size, run_before=prepare("3", "enter"))


def test_setup_protocol_with_all_steps(snap_compare: Snap, lab: Lab) -> None:
    assert snap_compare(console(lab), run_before=prepare("3", "enter", "a", "pagedown"))


def test_setup_protocol_with_films_missing(snap_compare: Snap, lab: Lab) -> None:
    app = console(lab, missing=("stress.mkv", "happy.mkv"))
    assert snap_compare(app, run_before=in_light("3", "enter"))


@size
def test_setup_devices(snap_compare: Snap, lab: Lab, size: tuple[int, int]) -> None:
    app = console(lab, CHECKS)
    assert snap_compare(app, terminal_size=size, run_before=prepare(*TO_DEVICES))


def test_setup_devices_in_light(snap_compare: Snap, lab: Lab) -> None:
    assert snap_compare(console(lab, CHECKS), run_before=in_light(*TO_DEVICES))


@size
def test_setup_with_the_camera_s_picture(
    snap_compare: Snap, lab: Lab, size: tuple[int, int]
) -> None:
    app = console(lab, CHECKS, picture_of_camera=PICTURE)
    assert snap_compare(app, terminal_size=size, run_before=prepare(*TO_DEVICES, "v"))


def test_setup_with_things_missing(snap_compare: Snap, lab: Lab) -> None:
    checks = (*(check for check in CHECKS if check.name not in ("gsr", "films")), GONE, REFUSED)
    assert snap_compare(console(lab, checks), run_before=prepare(*TO_FACTS))


def test_setup_with_things_missing_without_colour(
    snap_compare: Snap, lab: Lab, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("NO_COLOR", "1")
    checks = (*(check for check in CHECKS if check.name != "gsr"), GONE)
    assert snap_compare(console(lab, checks), run_before=prepare(*TO_DEVICES, "d"))


@size
def test_setup_facts(snap_compare: Snap, lab: Lab, size: tuple[int, int]) -> None:
    keys = (*TO_FACTS, *"left hand", "tab", "tab", *"215")
    app = console(lab, CHECKS)
    assert snap_compare(app, terminal_size=size, run_before=prepare(*keys))


@size
def test_setup_start(snap_compare: Snap, lab: Lab, size: tuple[int, int]) -> None:
    keys = (*TO_FACTS, *"left hand", *("enter",) * 5)
    app = console(lab, CHECKS)
    assert snap_compare(app, terminal_size=size, run_before=prepare(*keys))


# --- questions and help ------------------------------------------------------------------------


@pytest.mark.parametrize(
    "question",
    [
        DataDialog("S09 run-01"),
        Confirm("Skip this step?", "Its window will count as failed."),
        AskText("Note", "Stands at the moment you pressed n. No names.", needed=False),
    ],
    ids=["data", "yes-or-no", "text"],
)
def test_a_question_over_home(snap_compare: Snap, busy_lab: Lab, question: Confirm) -> None:
    app = console(busy_lab)

    async def before(pilot: Pilot[None]) -> None:
        await prepare()(pilot)
        await app.push_screen(question)
        await pilot.pause()

    assert snap_compare(app, run_before=before)


@size
def test_help(snap_compare: Snap, lab: Lab, size: tuple[int, int]) -> None:
    keys = (*TO_DEVICES, "question_mark")
    app = console(lab, CHECKS)
    assert snap_compare(app, terminal_size=size, run_before=prepare(*keys))


def test_the_palette_in_light(snap_compare: Snap, lab: Lab) -> None:
    keys = ("2", "ctrl+p", *"part")
    assert snap_compare(console(lab), run_before=in_light(*keys))


def test_keys_of_the_config_that_cannot_be(snap_compare: Snap, busy_lab: Lab) -> None:
    app = FemoApp(console(busy_lab).desk, keys={"run.mark": "p"})
    assert snap_compare(app, run_before=prepare())
