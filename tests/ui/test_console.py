"""What an operator does with the console, on real stores."""

from __future__ import annotations

import pytest
from textual._compositor import ChopsUpdate, Compositor, LayoutUpdate
from textual.widgets import Checkbox, Input

from femo_tui.model.participants import Scope
from femo_tui.model.run_state import CommandName, RunState
from femo_tui.store.catalog import Catalog
from femo_tui.store.run_reader import RunReader
from femo_tui.ui.screens.dialogs import Confirm
from femo_tui.ui.screens.person import PersonForm
from femo_tui.ui.screens.steer_dialogs import BreakOff
from femo_tui.ui.widgets.frame import NoticeLine
from tests.ui.by_keys import on
from tests.ui.lab import PROTOCOL, Lab, at_the_gate, running
from tests.ui.recorders import recorder
from tests.ui.shown import keys, status_line, told
from tests.ui.still import console
from tests.ui.waits import until


async def test_a_participant_is_registered_with_what_was_consented_to(lab: Lab) -> None:
    app = console(lab)
    async with app.run_test(size=(80, 24)) as pilot:
        await until(pilot, lambda: app.overview is not None)
        await pilot.press("2", "n")
        await until(pilot, lambda: isinstance(app.screen, PersonForm))
        assert app.screen.query_one("#code", Input).value == "S13"
        await pilot.press("enter", "3", "1", "enter", "f", "enter")
        for scope in (Scope.GSR, Scope.KEEP):
            app.screen.query_one(f"#scope-{scope.value}", Checkbox).toggle()
        await pilot.press("ctrl+s")
        await until(pilot, lambda: app.overview is not None and len(app.overview.participants) == 5)
    with Catalog.open(lab.root) as catalog:
        known = catalog.participant("S13")
    assert (known.age, known.sex, known.consent.form_version) == (31, "F", "2")
    assert known.consent.scopes == {Scope.GSR, Scope.KEEP}


async def test_a_consent_is_given_until_a_day(lab: Lab) -> None:
    app = console(lab)
    async with app.run_test(size=(80, 24)) as pilot:
        await until(pilot, lambda: app.overview is not None)
        await pilot.press("2", "n")
        await until(pilot, lambda: isinstance(app.screen, PersonForm))
        app.screen.query_one(f"#scope-{Scope.GSR.value}", Checkbox).toggle()
        problem = app.screen.query_one("#problem")
        field = app.screen.query_one("#until", Input)
        for typed, told in (("soon", "give the last day"), ("2020-01-31", "that day has passed")):
            field.value = typed
            await pilot.pause()
            assert told in str(problem.render())
        field.value = "2190-01-31"
        await pilot.press("ctrl+s")
        await until(pilot, lambda: app.overview is not None and len(app.overview.participants) == 5)
    with Catalog.open(lab.root) as catalog:
        assert catalog.participant("S13").consent.expires_utc == "2190-01-31T23:59:59Z"


async def test_wrong_input_is_told_in_one_sentence_as_it_is_typed(lab: Lab) -> None:
    app = console(lab)
    async with app.run_test(size=(80, 24)) as pilot:
        await until(pilot, lambda: app.overview is not None)
        await pilot.press("2", "n")
        await until(pilot, lambda: isinstance(app.screen, PersonForm))
        problem = app.screen.query_one("#problem")
        code = app.screen.query_one("#code", Input)
        for typed, told in (("s1", "capital letter"), ("S12", "registered already"), ("S13", "")):
            code.value = typed
            await pilot.pause()
            assert told in str(problem.render())
        app.screen.query_one("#age", Input).value = "200"
        await pilot.pause()
        assert "age 200" in str(problem.render())
        await pilot.press("ctrl+s")
        assert isinstance(app.screen, PersonForm)


async def test_a_running_run_is_shown_at_once_and_goes_on_when_one_leaves(lab: Lab) -> None:
    run = running(lab)
    app = console(lab)
    with lab.recording(run):
        async with app.run_test(size=(80, 24)) as pilot:
            await until(pilot, lambda: "REC" in status_line(app) and "mark" in keys(app))
            status = status_line(app)
            assert "● REC S12 run-01  03:25" in status
            assert "2\N{NARROW NO-BREAK SPACE}060 samples · 0 lost" in status
            await pilot.press("q")
        assert app.farewell == "S12 run-01 goes on recording; `femo` shows it again."
        assert RunReader(run.run_dir).poll().state is RunState.RUNNING
    run.close()


async def test_keys_become_commands_with_the_time_of_the_press(lab: Lab) -> None:
    run = running(lab)
    app = console(lab)
    with lab.recording(run), recorder(lab) as asked:
        async with app.run_test(size=(80, 24)) as pilot:
            await until(pilot, lambda: app.recording is not None and "mark" in keys(app))
            await pilot.press("space")
            await until(pilot, lambda: len(asked) == 1)
            await pilot.press("n")
            await pilot.pause()
            await pilot.press(*"moved", "enter")
            await until(pilot, lambda: len(asked) == 2)
            await pilot.press("x", "enter")  # enter is No
            await pilot.press("x", "u")
            await until(pilot, lambda: len(asked) == 3)
    run.close()
    assert [c.command for c in asked] == [CommandName.MARK, CommandName.MARK, CommandName.ABORT]
    assert asked[1].args == {"text": "moved"}
    assert all(c.operator == "ada" for c in asked)
    assert [c.sent_monotonic_s for c in asked] == [lab.clock.now_s()] * 3


async def test_what_was_recorded_is_discarded_once_it_was_read_what_goes_and_agreed_to(
    lab: Lab,
) -> None:
    """Neither `d` nor any key after it but the one that agrees discards anything."""
    run = running(lab)
    app = console(lab)
    with lab.recording(run), recorder(lab) as asked:
        async with app.run_test(size=(80, 24)) as pilot:
            await until(pilot, lambda: app.recording is not None and "mark" in keys(app))
            for slip in (("d",), ("enter",), ("escape",), ("n",)):
                await pilot.press("x")
                await on(pilot, BreakOff)
                await pilot.press("d")
                await on(pilot, Confirm)
                await pilot.press(*slip)
                if slip == ("d",):
                    assert isinstance(app.screen, Confirm)
                    await pilot.press("n")
                await on(pilot, BreakOff)  # with the milder answers
                await pilot.press("escape")
                await until(pilot, lambda: len(app.screen_stack) == 1)
            assert asked == []
            await pilot.press("x", "d")
            await on(pilot, Confirm)
            shown = told(app)
            assert "remove what was recorded in S12 run-01?" in shown
            assert "03:25, 2\N{NARROW NO-BREAK SPACE}060 samples, " in shown
            await pilot.press("y")
            await until(pilot, lambda: len(asked) == 1)
    run.close()
    assert (asked[0].command, asked[0].args) == (CommandName.ABORT, {"data": "discard"})


async def test_a_run_is_broken_off_and_kept_by_one_key_of_the_question(lab: Lab) -> None:
    run = running(lab)
    app = console(lab)
    with lab.recording(run), recorder(lab) as asked:
        async with app.run_test(size=(80, 24)) as pilot:
            await until(pilot, lambda: app.recording is not None and "mark" in keys(app))
            await pilot.press("x", "k")
            await until(pilot, lambda: len(asked) == 1)
    run.close()
    assert asked[0].args == {"data": "keep"}


async def test_a_refused_command_is_one_calm_line(lab: Lab) -> None:
    run = running(lab)
    app = console(lab)
    with lab.recording(run), recorder(lab, "skip: the step has just ended"):
        async with app.run_test(size=(80, 24)) as pilot:
            await until(pilot, lambda: app.recording is not None and "mark" in keys(app))
            await pilot.press("space")
            await until(pilot, lambda: app.notice[0] != "")
            notice = app.screen.query_one(NoticeLine).text
    run.close()
    assert notice == "! skip: the step has just ended"


async def test_a_window_that_misses_something_is_accepted_only_with_a_reason(lab: Lab) -> None:
    run = at_the_gate(lab)
    app = console(lab)
    with lab.recording(run), recorder(lab) as asked:
        async with app.run_test(size=(80, 24)) as pilot:
            await until(pilot, lambda: app.recording is not None and "reason" in keys(app))
            assert "a accept" not in keys(app)
            await pilot.press("a", "w")
            await pilot.pause()
            await pilot.press("enter")  # no reason, no verdict
            await pilot.press(*"dark", "enter")
            await until(pilot, lambda: len(asked) == 1)
    run.close()
    assert asked[0].command is CommandName.VERDICT
    assert asked[0].args == {"verdict": "accepted_with_reason", "reason": "dark"}


async def test_the_snapshot_grows_while_one_looks(lab: Lab) -> None:
    run = running(lab)
    app = console(lab)
    with lab.recording(run):
        async with app.run_test(size=(80, 24)) as pilot:
            await until(pilot, lambda: app.recording is not None)
            run.state(RunState.PAUSED, "by ben")
            await until(pilot, lambda: "PAUSED" in status_line(app))
            run.vanish()
            await until(pilot, lambda: "LOST" in status_line(app))


async def test_new_samples_draw_a_few_cells_and_never_the_whole_screen(
    lab: Lab, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Over ssh a whole screen at every look was 350 kB/s where the line's budget is 3."""
    run = running(lab)
    app = console(lab)
    with lab.recording(run):
        async with app.run_test(size=(120, 40)) as pilot:
            await until(pilot, lambda: "REC" in status_line(app) and "mark" in keys(app))
            drawn: list[str] = []
            whole, part = Compositor.render_full_update, Compositor.render_partial_update

            def render_whole(self: Compositor, simplify: bool = False) -> LayoutUpdate:
                drawn.append("whole")
                return whole(self, simplify)

            def render_part(self: Compositor) -> ChopsUpdate | None:
                drawn.append("part")
                return part(self)

            monkeypatch.setattr(Compositor, "render_full_update", render_whole)
            monkeypatch.setattr(Compositor, "render_partial_update", render_part)
            run.follow((PROTOCOL.steps[6],), lambda: float("inf"), at_most_s=2.5)
            await until(pilot, lambda: "03:28" in status_line(app))
            await until(pilot, lambda: "part" in drawn)
    run.close()
    assert "whole" not in drawn
