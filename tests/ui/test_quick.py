"""What keeps keys quick beside a large store and a long run: nothing is drawn or held twice."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

import pytest
from textual.content import Content
from textual.css.stylesheet import Stylesheet
from textual.strip import Strip

from femo_tui.model.participants import Consent, Participant, Scope, Sex
from femo_tui.model.snapshot import RunSnapshot, StepStatus
from femo_tui.store.catalog import Catalog
from femo_tui.store.run_reader import RunReader
from femo_tui.ui.widgets import steps
from femo_tui.ui.widgets.lines import Columns, Rows
from femo_tui.ui.widgets.row_list import RowList
from femo_tui.ui.widgets.steps import StepList
from tests.ui.lab import NOON, PROTOCOL, Lab
from tests.ui.still import console
from tests.ui.waits import until


async def test_a_list_that_one_comes_back_to_is_not_drawn_again(
    lab: Lab, monkeypatch: pytest.MonkeyPatch
) -> None:
    drawn: list[int] = []
    draw = RowList.render_line

    def noted(table: RowList[object], y: int) -> Strip:
        drawn.append(y)
        return draw(table, y)

    monkeypatch.setattr(RowList, "render_line", noted)
    app = console(lab)
    async with app.run_test(size=(120, 40)) as pilot:
        await until(pilot, lambda: app.overview is not None)
        await pilot.press("2")
        await until(pilot, lambda: len(drawn) > 0)
        await pilot.press("1")
        await pilot.pause()
        drawn.clear()
        await pilot.press("2")
        await pilot.pause()
        await pilot.pause()
        assert app.current_mode == "people"
        assert not drawn
        await pilot.press("down")
        await until(pilot, lambda: len(drawn) > 0)


async def test_what_lies_behind_is_one_line(lab: Lab) -> None:
    app = console(lab)
    async with app.run_test(size=(80, 24)) as pilot:
        await until(pilot, lambda: app.overview is not None)
        behind = [app.screen, *app.screen.query(Rows), *app.screen.query(Columns)]
        assert len(behind) >= 3
        for widget in behind:
            lines = widget.render_lines(widget.size.region)
            assert len(lines) == widget.size.height > 1
            assert len({id(line) for line in lines}) == 1
            assert not lines[0].text.strip()
            assert lines[0].cell_length == widget.size.width


def test_what_the_catalog_says_again_is_held_once(busy_lab: Lab) -> None:
    desk = console(busy_lab).desk
    desk.catalog.overview()
    desk.catalog.enter_unfinished()
    before = desk.catalog.overview()
    assert len(before.runs) == 3
    consent = Consent(frozenset(Scope), "2", "2026-01-01T00:00:00Z")
    with Catalog.open(busy_lab.root) as catalog:
        catalog.add_participant(Participant("S44", 29, Sex.F, "", consent, ""), "ada")
    after = desk.catalog.overview()
    old = {person.code: person for person in before.participants}
    assert [person.code for person in after.participants if person.code not in old] == ["S44"]
    assert all(old.get(person.code, person) is person for person in after.participants)
    assert {id(run) for run in after.runs} == {id(run) for run in before.runs}


def test_what_the_catalog_says_otherwise_is_taken_over(lab: Lab) -> None:
    desk = console(lab).desk
    before = desk.catalog.overview()
    chosen = before.participants[0]
    desk.edit(replace(chosen, age=77))
    assert next(p for p in desk.catalog.overview().participants if p.code == chosen.code).age == 77


def long_run(lab: Lab, films: int) -> RunSnapshot:
    """Return a run that is in the window of its fifth step, of `films` steps more than planned."""
    run = lab.begin("S12", NOON - timedelta(minutes=7))
    run.steps(0, 4)
    run.step(PROTOCOL.steps[4], stop_after_s=24.0)
    snapshot = RunReader(run.run_dir).poll()
    more = tuple(replace(snapshot.steps[-1], name=f"film-{i}") for i in range(films))
    return replace(snapshot, steps=(*snapshot.steps, *more))


async def test_of_a_run_of_hours_only_the_steps_in_sight_are_written_out(
    lab: Lab, monkeypatch: pytest.MonkeyPatch
) -> None:
    run = long_run(lab, 300)
    written: list[str] = []
    write = steps._step_lines

    def noted(step: StepStatus, of: RunSnapshot, width: int, *, current: bool) -> list[Content]:
        written.append(step.name)
        return write(step, of, width, current=current)

    monkeypatch.setattr(steps, "_step_lines", noted)
    app = console(lab)
    async with app.run_test(size=(80, 24)) as pilot:
        app.go("live")
        await until(
            pilot, lambda: app.current_mode == "live" and len(app.screen.query(StepList)) > 0
        )
        app.screen.set_class(True, "-run")
        listed = app.screen.query_one(StepList)
        await until(pilot, lambda: listed.content_size.height > 0)
        written.clear()
        listed.show_run(run)
        high = listed.content_size.height
        names = [step.name for step in run.steps]
        assert run.current == 4
        assert written == names[1 : 1 + high]  # three before the running one
        shown = listed.text.splitlines()
        assert len(shown) == high
        assert "window" in shown[4]
        # A line for each step and one for the window; the last one in sight says what is below.
        assert shown[-1].strip() == f"… {len(names) + 1 - 1 - high + 1} more steps"
        last = replace(run, current=len(names) - 1)
        listed.show_run(last)
        assert names[-1] in listed.text
        assert "more step" not in listed.text


async def test_all_styles_are_read_once_and_again_for_another_theme_only(
    lab: Lab, monkeypatch: pytest.MonkeyPatch
) -> None:
    read: list[str] = []
    reparse = Stylesheet.reparse

    def noted(styles: Stylesheet) -> None:
        read.append(app.current_mode)
        reparse(styles)

    app = console(lab)
    async with app.run_test(size=(80, 24)) as pilot:
        await until(pilot, lambda: app.overview is not None)
        monkeypatch.setattr(Stylesheet, "reparse", noted)
        for key, mode in (("2", "people"), ("5", "runs"), ("4", "live"), ("2", "people")):
            await pilot.press(key)
            await until(pilot, lambda wanted=mode: app.current_mode == wanted)  # type: ignore[misc]
        assert not read
        dark = app.screen.background_colors
        app.action_theme()
        await until(pilot, lambda: len(read) == 1)
        for key, mode in (("5", "runs"), ("1", "home"), ("2", "people"), ("8", "share")):
            await pilot.press(key)
            await until(pilot, lambda wanted=mode: app.current_mode == wanted)  # type: ignore[misc]
            await pilot.pause()
            light = app.screen.background_colors
            lists = [listed.background_colors for listed in app.screen.query(RowList)]
            assert {light} != {dark}
            assert light[1].brightness > 0.8 > 0.2 > dark[1].brightness
            assert all(colours[1].brightness > 0.8 for colours in lists)
        assert read == ["people"]
