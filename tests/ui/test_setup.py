"""The guided path to a recording, and what an operator may do along it."""

from __future__ import annotations

import threading
from pathlib import Path

import pytest
from textual.events import Key
from textual.pilot import Pilot
from textual.widgets import Input

from femo_tui.model.participants import Participant
from femo_tui.model.run_state import RunData
from femo_tui.recorder.preflight_client import Check, CheckState, Wish
from femo_tui.recorder.request import RecordRequest
from femo_tui.store.catalog import Catalog
from femo_tui.store.layout import TOMBSTONE
from femo_tui.ui.app import FemoApp
from femo_tui.ui.blocking.desk import Desk
from femo_tui.ui.blocking.plans import PlannedRun
from femo_tui.ui.messages import Checked
from femo_tui.ui.screens.decide import DataDialog
from femo_tui.ui.screens.dialogs import AskText, Confirm
from femo_tui.ui.screens.stage_devices import DevicesStage
from femo_tui.ui.widgets.picture import Picture
from femo_tui.ui.widgets.timeline import order_lines, step_lines
from tests.ui.by_keys import TO_DEVICES, TO_FACTS, settled
from tests.ui.lab import PROTOCOL, Lab, broken_off
from tests.ui.shown import keys, text_of
from tests.ui.states import CHECKS, PICTURE
from tests.ui.still import console, desk_of
from tests.ui.waits import LIMIT_S, until

ROOM = "\n".join(
    [
        'name = "two-films"',
        'title = "Two films"',
        'languages = ["en"]',
        "[order]",
        'kind = "latin_square"',
        *(
            f'[[step]]\nname = "{emotion}"\nkind = "clip"\nemotion = "{emotion}"\n'
            f'block = "{emotion}"\nmedia = "films/{emotion}.mp4"\nduration_s = 40\n'
            "window = { start_s = 5, duration_s = 30 }"
            for emotion in ("happy", "stress")
        ),
    ]
)


async def test_the_order_of_this_participant_and_missing_films_are_shown_first(lab: Lab) -> None:
    stimuli = lab.root / "stimuli"
    stimuli.mkdir()
    (stimuli / "two-films.toml").write_text(ROOM, "utf-8")
    study = lab.root / "study.toml"
    study.write_text(study.read_text("utf-8").replace("wile2018", "two-films"), "utf-8")
    orders = []
    for code in ("S09", "S10"):  # numbers 1 and 2: the two rows of the square
        shown = await plan_of(lab, code)
        assert f"{code}: row" in shown
        said = " ".join(shown.split())  # in two lines
        assert "is missing (shown in" in said
        assert "run `femo stimuli add FILE --as films/" in said
        assert "and 1 more; `femo protocol check two-films` names them" in said
        orders.append(shown.index("happy.mp4  ") < shown.index("stress.mp4  "))
    assert sorted(orders) == [False, True]


async def plan_of(lab: Lab, code: str) -> str:
    """Return what the set-up shows of the study's protocol for a participant."""
    app = FemoApp(Desk(lab.root, "ada", clock=lab.clock))
    async with app.run_test(size=(120, 40)) as pilot:
        await until(pilot, lambda: app.overview is not None)
        await pilot.press("3", "slash", *code, "enter")
        await until(pilot, lambda: "row" in text_of(app))
        return text_of(app)


async def test_facts_go_into_the_run_as_numbers_and_what_makes_no_sense_does_not(
    lab: Lab,
) -> None:
    app = console(lab, CHECKS)
    async with app.run_test(size=(80, 24)) as pilot:
        await until(pilot, lambda: app.overview is not None)
        for key in TO_FACTS:
            await pilot.press(key)
            await settled(pilot)
        await until(pilot, lambda: "electrode site" in text_of(app))
        await pilot.press(*"left", "enter", "enter", *"215")
        assert "lies between 5 and 45" in text_of(app)
        await pilot.press("ctrl+s")
        await settled(pilot)
        assert desk_of(app).asked == []
        await pilot.press("ctrl+u", *"21.5", "enter", "enter", "enter")
        await until(pilot, lambda: "With the participant in the chair" in text_of(app))
        assert "not recorded: electrode metal" in text_of(app)
        await pilot.press("enter")
        await until(pilot, lambda: desk_of(app).asked != [])
    (asked,) = desk_of(app).asked
    assert asked.environment == {"electrode_site": "left", "room_c": 21.5}


async def test_what_was_told_in_this_session_need_not_be_told_again(lab: Lab) -> None:
    app = console(lab, CHECKS)
    desk_of(app).told = {"electrode_metal": "nickel", "room_c": 21.5}
    async with app.run_test(size=(80, 24)) as pilot:
        await until(pilot, lambda: app.overview is not None)
        for key in TO_FACTS:
            await pilot.press(key)
            await settled(pilot)
        await until(pilot, lambda: "electrode site" in text_of(app))
        assert app.screen.query_one("#fact-room_c", Input).value == "21.5"
        assert app.screen.query_one("#fact-electrode_metal", Input).value == "nickel"


async def test_nothing_starts_while_a_device_is_missing(lab: Lab) -> None:
    gone = Check("gsr", CheckState.MISSING, "serial:auto finds no sensor")
    app = console(lab, (*CHECKS, gone))
    async with app.run_test(size=(80, 24)) as pilot:
        await until(pilot, lambda: app.overview is not None)
        for key in (*TO_FACTS, "ctrl+s", "enter"):
            await pilot.press(key)
            await settled(pilot)
        assert "GSR missing: mend it, then press r" in text_of(app)
    assert desk_of(app).asked == []


async def test_what_goes_missing_on_the_last_page_is_said_there_with_keys_that_work(
    lab: Lab,
) -> None:
    why = "The camera sees only black: take off the lens cap"
    app = console(lab, CHECKS)
    async with app.run_test(size=(80, 24)) as pilot:
        await until(pilot, lambda: app.overview is not None)
        for key in (*TO_FACTS, *["enter"] * 5):
            await pilot.press(key)
            await settled(pilot)
        await until(pilot, lambda: "With the participant in the chair" in text_of(app))
        client = desk_of(app).preflights[-1]
        dark = Check("camera", CheckState.MISSING, "/dev/video0", "face in 100 % of frames", why)
        app.screen.query_one(DevicesStage).post_message(Checked(dark, client))
        await until(pilot, lambda: "camera missing" in text_of(app))
        await pilot.press("enter", "ctrl+s")
        await settled(pilot)
        said = " ".join(text_of(app).split())
        assert f"! /dev/video0 → {why}" in said
        assert "100 %" not in said  # a reading of before is no reason
        assert said.count("camera missing") == 1
        assert "press r; or esc esc, then d: simulated ones" in said
        assert "r recheck" in keys(app)
        await pilot.press("r")
        await until(pilot, lambda: "▸ enter  Start recording" in text_of(app))
        assert len(desk_of(app).preflights) == 2
    assert desk_of(app).asked == []


async def test_the_picture_is_asked_for_while_it_is_open_and_no_longer(lab: Lab) -> None:
    app = console(lab, CHECKS, picture_of_camera=PICTURE)
    async with app.run_test(size=(80, 24)) as pilot:
        await until(pilot, lambda: app.overview is not None)
        for key in TO_DEVICES:
            await pilot.press(key)
            await pilot.pause()
        await until(pilot, lambda: "v picture" in keys(app) and "t card" in keys(app))
        client = desk_of(app).preflights[-1]
        assert client.wishes == []
        await pilot.press("v")
        await until(pilot, lambda: "▀" in app.screen.query_one(Picture).line(0, 8, 0).text)
        await pilot.press("v", "t")
        await until(pilot, lambda: len(client.wishes) == 3)
        assert not app.screen.query_one("#camera-view").display
        await pilot.press("v")
        await until(pilot, lambda: len(client.wishes) == 4)
        await pilot.press("1")
        await until(pilot, lambda: len(client.wishes) == 5)
    no, yes, card = Wish.NO_PICTURE, Wish.PICTURE, Wish.TEST_CARD
    assert client.wishes[:2] == [yes, no] or set(client.wishes[:3]) == {yes, no, card}
    assert client.wishes[3:] == [yes, no]


async def test_a_real_camera_process_shows_its_picture_in_the_set_up(lab: Lab) -> None:
    defaults = RecordRequest(lab.root, "", "", gsr="none", camera="sim:1", player="none")
    app = FemoApp(Desk(lab.root, "ada"), defaults)
    async with app.run_test(size=(80, 24)) as pilot:
        await until(pilot, lambda: app.overview is not None)
        await pilot.press("3", "enter")
        await until(pilot, lambda: "quick" in text_of(app))
        await settled(pilot)
        await pilot.press("enter")
        await until(pilot, lambda: "v picture" in keys(app))
        await pilot.press("v")
        await until(pilot, lambda: "▀" in app.screen.query_one(Picture).line(0, 8, 0).text)


@pytest.mark.parametrize(("key", "data"), [("k", RunData.KEEP), ("d", RunData.DISCARDED)])
async def test_the_data_of_a_run_that_was_broken_off_are_decided_from_home(
    lab: Lab, key: str, data: RunData
) -> None:
    run_dir = broken_off(lab)
    app = console(lab)
    async with app.run_test(size=(80, 24)) as pilot:
        await until(pilot, lambda: app.overview is not None)
        await until(pilot, lambda: "may its data be kept?" in text_of(app))
        await pilot.press("home", "enter")
        await until(pilot, lambda: isinstance(app.screen, DataDialog))
        await pilot.press(key)
        if data is RunData.DISCARDED:
            await until(pilot, lambda: isinstance(app.screen, Confirm))
            await pilot.press("y")
        await until(pilot, lambda: isinstance(app.screen, AskText))
        await pilot.press(*"asked", "enter")
        await until(pilot, lambda: "may its data be kept?" not in text_of(app))
    assert (run_dir / TOMBSTONE).exists() == (data is RunData.DISCARDED)
    with Catalog.open(lab.root) as catalog:
        assert catalog.runs("S09")[0].data == data


@pytest.mark.parametrize("width", [76, 116])
def test_no_line_of_a_plan_is_wider_than_its_room(width: int) -> None:
    plan = PlannedRun(
        "S01", PROTOCOL, ("a rule " * 20,), ("films/" + "x" * 60 + " is missing " * 9,) * 2, {}
    )
    for windows_only in (True, False):
        for line in step_lines(plan, width, windows_only=windows_only):
            assert line.cell_length <= width
    assert all(line.cell_length <= width for line in order_lines(plan, width))
    names = [line.plain.split()[0] for line in step_lines(plan, width, windows_only=True)]
    assert names[:-1] == [step.name for step in PROTOCOL.windows]


async def test_who_waits_to_be_recorded_comes_first_and_anybody_is_found_by_a_note(
    busy_lab: Lab,
) -> None:
    app = console(busy_lab)
    async with app.run_test(size=(80, 24)) as pilot:
        await until(pilot, lambda: app.overview is not None)
        await pilot.press("3")
        await until(pilot, lambda: "S12" in text_of(app))
        shown = text_of(app)
        assert shown.index("S12") < shown.index("S09")
        await pilot.press("slash", *"GLASS")
        await until(pilot, lambda: "S12" not in text_of(app))
        await pilot.press("enter")
        await until(pilot, lambda: "person S10" in text_of(app))


async def test_a_new_form_version_is_a_new_consent_in_the_history(lab: Lab) -> None:
    app = console(lab)
    async with app.run_test(size=(80, 24)) as pilot:
        await until(pilot, lambda: app.overview is not None)
        await pilot.press("2", "e")
        await until(pilot, lambda: bool(app.screen.query("#form")))
        app.screen.query_one("#form", Input).value = "3"
        await pilot.press("ctrl+s")
        await until(pilot, lambda: first(app).consent.form_version == "3")
        await pilot.press("h")
        await until(pilot, lambda: "no longer counts" in text_of(app))
        assert "form 3, entered by ada  counts" in text_of(app)


def first(app: FemoApp) -> Participant:
    assert app.overview is not None
    return app.overview.participants[0]


def newest(app: FemoApp) -> Participant:
    assert app.overview is not None
    return app.overview.participants[-1]


async def test_whoever_types_ahead_writes_into_the_fields_one_after_the_other(lab: Lab) -> None:
    """Over a slow line keys come in heaps; none of them waits for the screen."""
    app = console(lab)
    async with app.run_test(size=(80, 24)) as pilot:
        await until(pilot, lambda: app.overview is not None)
        await pilot.press("2", "n")
        await until(pilot, lambda: bool(app.screen.query("#age")))
        for key in ("enter", "3", "1", "enter", "f", "down", "space", "enter", "space", "ctrl+s"):
            app.post_message(Key(key, key if len(key) == 1 else " " if key == "space" else None))
        await until(pilot, lambda: newest(app).code == "S13")
    assert (newest(app).age, newest(app).sex) == (31, "F")
    assert {scope.value for scope in newest(app).consent.scopes} == {"gsr", "face"}


def site(app: FemoApp) -> str:
    return app.screen.query_one("#fact-electrode_site", Input).value


async def to_facts(pilot: Pilot[None], *keys: str) -> None:
    for key in keys:
        await pilot.press(key)
        await settled(pilot)
    await until(pilot, lambda: bool(pilot.app.screen.query("#fact-electrode_site")))
    await settled(pilot)


async def test_facts_of_one_participant_are_not_those_of_the_next(lab: Lab) -> None:
    app = console(lab, CHECKS)
    async with app.run_test(size=(80, 24)) as pilot:
        await until(pilot, lambda: app.overview is not None)
        await to_facts(pilot, *TO_FACTS)
        await pilot.press(*"left")
        await to_facts(pilot, "escape", "enter")  # there and back: of the same participant
        assert site(app) == "left"
        await to_facts(pilot, "escape", "escape", "escape", "down", "enter", "enter", "enter")
        await until(pilot, lambda: "person S10" in text_of(app))
        assert site(app) == ""


async def test_facts_that_went_into_a_run_are_asked_anew_for_the_next(lab: Lab) -> None:
    app = console(lab, CHECKS)
    async with app.run_test(size=(80, 24)) as pilot:
        await until(pilot, lambda: app.overview is not None)
        await to_facts(pilot, *TO_FACTS)
        await pilot.press(*"left", "ctrl+s")
        await until(pilot, lambda: app.current_mode == "live")
        await to_facts(pilot, *TO_FACTS)
        assert site(app) == ""


async def test_a_protocol_of_the_study_that_cannot_be_read_is_no_reason_for_another(
    lab: Lab,
) -> None:
    stimuli = lab.root / "stimuli"
    stimuli.mkdir()
    (stimuli / "two-films.toml").write_text("name = ", "utf-8")
    study = lab.root / "study.toml"
    study.write_text(study.read_text("utf-8").replace("wile2018", "two-films"), "utf-8")
    app = FemoApp(Desk(lab.root, "ada", clock=lab.clock))
    async with app.run_test(size=(80, 24)) as pilot:
        await until(pilot, lambda: app.overview is not None)
        await pilot.press("3", "enter")
        told = "two-films, the study's protocol, cannot be read: `femo protocol check two-films`"
        await until(pilot, lambda: app.notice[0].startswith(told))
        await until(pilot, lambda: "● protocol" in text_of(app) and "quick" in text_of(app))
        await pilot.press("enter")
        await settled(pilot)
        assert "● protocol" in text_of(app)


async def test_a_recorder_that_starts_while_one_is_elsewhere_is_said(lab: Lab) -> None:
    may_start = threading.Event()

    def start(request: RecordRequest) -> Path:
        may_start.wait(LIMIT_S)
        return request.store_root

    app = console(lab, CHECKS, start=start)
    async with app.run_test(size=(80, 24)) as pilot:
        await until(pilot, lambda: app.overview is not None)
        await to_facts(pilot, *TO_FACTS)
        await pilot.press("ctrl+s")
        await until(pilot, lambda: "the recorder opens its devices" in text_of(app))
        await pilot.press("escape", "2")  # out of the field, and to the people
        await until(pilot, lambda: app.current_mode == "people")
        may_start.set()
        await until(pilot, lambda: app.notice[0] == "The recorder records: 4 shows the run.")
        assert app.current_mode == "people"
