"""Pictures of home, people, set-up, their questions and the help, in every state they have."""

from __future__ import annotations

from datetime import timedelta

import pytest
from textual.pilot import Pilot

from femo_tui.model.clock import VirtualClock
from femo_tui.model.participants import Scope
from femo_tui.model.run_state import RunData, RunStatus
from femo_tui.recorder.preflight_client import Check, CheckState
from femo_tui.store.catalog import Catalog
from femo_tui.store.disposal import decide_data
from femo_tui.ui.app import FemoApp
from femo_tui.ui.screens.decide import DataDialog
from femo_tui.ui.screens.dialogs import AskText, Confirm
from femo_tui.ui.screens.machine import MachineScreen
from tests.ui.by_keys import TO_DEVICES, TO_FACTS
from tests.ui.lab import NOON, PROTOCOL, Lab, person
from tests.ui.pictures import SMALL, Pictures, Scene, prepare
from tests.ui.states import CHECKS, GONE, MACHINE, PICTURE, REFUSED
from tests.ui.still import console
from tests.ui.waits import until

# --- home --------------------------------------------------------------------------------------


async def test_home(pictures: Pictures, busy_lab: Lab) -> None:
    await pictures(console(busy_lab), prepare())


async def test_home_without_colour(
    pictures: Pictures, busy_lab: Lab, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("NO_COLOR", "1")
    await pictures(console(busy_lab), prepare(), SMALL)


async def test_home_before_the_first_run(pictures: Pictures, lab: Lab) -> None:
    await pictures(console(lab), prepare())


async def test_home_of_a_new_study(pictures: Pictures, new_lab: Lab) -> None:
    await pictures(console(new_lab), prepare())


async def test_home_with_much_to_do(pictures: Pictures, busy_lab: Lab) -> None:
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
    await pictures(app, until_disk_is_known(app))


def until_disk_is_known(app: FemoApp) -> Scene:
    async def run(pilot: Pilot[None]) -> None:
        await prepare()(pilot)
        await until(pilot, lambda: app.disk_free_bytes is not None)

    return run


async def test_home_while_somebody_is_recorded(pictures: Pictures, busy_lab: Lab) -> None:
    run = busy_lab.begin("S12", NOON - timedelta(minutes=7))
    run.steps(0, 4)
    run.step(PROTOCOL.steps[4], stop_after_s=24.0)
    app = console(busy_lab)

    async def before(pilot: Pilot[None]) -> None:
        await until(pilot, lambda: app.current_mode == "live" and app.overview is not None)
        await prepare("1")(pilot)

    with busy_lab.recording(run):
        await pictures(app, before)
    run.close()


async def test_home_with_a_catalog_that_cannot_be_read(pictures: Pictures, busy_lab: Lab) -> None:
    app = console(busy_lab)
    (busy_lab.root / "catalog.db").write_bytes(b"no catalog, but twenty-odd bytes of text\n" * 9)

    async def before(pilot: Pilot[None]) -> None:
        await until(pilot, lambda: app.trouble != "")
        app.trouble = app.trouble.replace(str(busy_lab.root), "/lab/store")
        await pilot.pause()

    await pictures(app, before)


async def test_a_terminal_that_is_too_small(pictures: Pictures, busy_lab: Lab) -> None:
    await pictures(console(busy_lab), prepare(), ("34x7",))


async def test_the_machine(pictures: Pictures, lab: Lab) -> None:
    """From its top, with what follows from all of it; the key line says that there is more."""
    app = console(lab)

    async def scene(pilot: Pilot[None]) -> None:
        await prepare()(pilot)
        app.push_screen(MachineScreen(MACHINE))
        await pilot.pause()

    await pictures(app, scene)


# --- people ------------------------------------------------------------------------------------


async def test_people(pictures: Pictures, busy_lab: Lab) -> None:
    await pictures(console(busy_lab), prepare("2"))


async def test_people_without_colour(
    pictures: Pictures, busy_lab: Lab, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("NO_COLOR", "1")
    await pictures(console(busy_lab), prepare("2", "down"), SMALL)


async def test_people_searched(pictures: Pictures, busy_lab: Lab) -> None:
    keys = ("2", "slash", *"glas")
    await pictures(console(busy_lab), prepare(*keys))


async def test_register(pictures: Pictures, lab: Lab) -> None:
    await pictures(console(lab), prepare("2", "n"))


async def test_register_with_a_mistake(pictures: Pictures, lab: Lab) -> None:
    keys = ("2", "n", "enter", *"200", "enter", "f", "enter", "space")
    await pictures(console(lab), prepare(*keys))


async def test_history(pictures: Pictures, busy_lab: Lab) -> None:
    later = VirtualClock(utc=NOON - timedelta(hours=4))
    with Catalog.open(busy_lab.root, later) as catalog:
        scopes = frozenset(Scope) - {Scope.SHARE_FACE}
        catalog.edit_participant("S10", "ben", scopes=scopes, form_version="3")
    keys = ("2", "down", "h")
    await pictures(console(busy_lab), prepare(*keys))


async def test_people_before_the_first(pictures: Pictures, new_lab: Lab) -> None:
    await pictures(console(new_lab), prepare("2"))


async def test_edit(pictures: Pictures, busy_lab: Lab) -> None:
    await pictures(console(busy_lab), prepare("2", "down", "e"))


async def test_history_of_somebody_new(pictures: Pictures, lab: Lab) -> None:
    await pictures(console(lab), prepare("2", "h"))


# --- set-up ------------------------------------------------------------------------------------


async def test_setup_person(pictures: Pictures, busy_lab: Lab) -> None:
    await pictures(console(busy_lab), prepare("3"))


async def test_setup_with_nobody_registered(pictures: Pictures, new_lab: Lab) -> None:
    await pictures(console(new_lab), prepare("3"))


async def test_setup_while_somebody_is_recorded(pictures: Pictures, busy_lab: Lab) -> None:
    run = busy_lab.begin("S12", NOON - timedelta(minutes=7))
    run.steps(0, 4)
    app = console(busy_lab)

    async def scene(pilot: Pilot[None]) -> None:
        await until(pilot, lambda: app.current_mode == "live" and app.overview is not None)
        await prepare("3")(pilot)

    with busy_lab.recording(run):
        await pictures(app, scene)
    run.close()


async def test_setup_protocol(pictures: Pictures, lab: Lab) -> None:
    app = console(lab)
    await pictures(app, prepare("3", "enter"))


async def test_setup_protocol_with_all_steps(pictures: Pictures, lab: Lab) -> None:
    await pictures(console(lab), prepare("3", "enter", "a", "pagedown"))


async def test_setup_protocol_with_films_missing(pictures: Pictures, lab: Lab) -> None:
    missing = tuple(
        f"{film}.mkv of wile2018 is missing (shown in {film}):"
        f" run `femo stimuli add FILE --as {film}.mkv`"
        for film in ("stress", "happy")
    )
    app = console(lab, missing=missing)
    await pictures(app, prepare("3", "enter"))


async def test_setup_devices(pictures: Pictures, lab: Lab) -> None:
    app = console(lab, CHECKS)
    await pictures(app, prepare(*TO_DEVICES))


async def test_setup_with_the_camera_s_picture(pictures: Pictures, lab: Lab) -> None:
    app = console(lab, CHECKS, picture_of_camera=PICTURE)
    await pictures(app, prepare(*TO_DEVICES, "v"))


async def test_setup_with_things_missing(pictures: Pictures, lab: Lab) -> None:
    checks = (*(check for check in CHECKS if check.name not in ("gsr", "films")), GONE, REFUSED)
    await pictures(console(lab, checks), prepare(*TO_FACTS))


async def test_setup_with_things_missing_without_colour(
    pictures: Pictures, lab: Lab, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("NO_COLOR", "1")
    checks = (*(check for check in CHECKS if check.name != "gsr"), GONE)
    await pictures(console(lab, checks), prepare(*TO_DEVICES, "d"), SMALL)


async def test_setup_before_the_devices_have_answered(pictures: Pictures, lab: Lab) -> None:
    await pictures(console(lab, CHECKS[:2]), prepare(*TO_DEVICES))


async def test_setup_writes_other_devices(pictures: Pictures, lab: Lab) -> None:
    everything = [
        Check(name, CheckState.MISSING, f"{name} is not there", remedy="plug it in, then press r")
        for name in ("gsr", "camera", "player")
    ]
    await pictures(console(lab, (*CHECKS[:4], *everything)), prepare(*TO_DEVICES, "d"))


async def test_setup_without_any_device(pictures: Pictures, lab: Lab) -> None:
    everything = [
        Check(name, CheckState.MISSING, f"{name} is not there", remedy="plug it in, then press r")
        for name in ("gsr", "camera", "player")
    ]
    await pictures(console(lab, (*CHECKS[:4], *everything)), prepare(*TO_DEVICES))


async def test_setup_facts(pictures: Pictures, lab: Lab) -> None:
    keys = (*TO_FACTS, *"left hand", "tab", "tab", *"215")
    app = console(lab, CHECKS)
    await pictures(app, prepare(*keys))


async def test_setup_start(pictures: Pictures, lab: Lab) -> None:
    keys = (*TO_FACTS, *"left hand", *("enter",) * 5)
    app = console(lab, CHECKS)
    await pictures(app, prepare(*keys))


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
async def test_a_question_over_home(pictures: Pictures, busy_lab: Lab, question: Confirm) -> None:
    app = console(busy_lab)

    async def before(pilot: Pilot[None]) -> None:
        await prepare()(pilot)
        await app.push_screen(question)
        await pilot.pause()

    await pictures(app, before)


async def test_help(pictures: Pictures, lab: Lab) -> None:
    keys = (*TO_DEVICES, "question_mark")
    app = console(lab, CHECKS)
    await pictures(app, prepare(*keys))


async def test_the_palette(pictures: Pictures, lab: Lab) -> None:
    keys = ("2", "ctrl+p", *"part")
    await pictures(console(lab), prepare(*keys))


async def test_keys_of_the_config_that_cannot_be(pictures: Pictures, busy_lab: Lab) -> None:
    app = FemoApp(console(busy_lab).desk, keys={"run.mark": "p"})
    await pictures(app, prepare())
