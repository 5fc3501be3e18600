"""A defect in what works beside the loop is told in one line, and the console goes on."""

from __future__ import annotations

import ast
from pathlib import Path

import pytest

import femo_tui.ui
from femo_tui.ui.screens import people
from tests.ui.by_keys import TO_FACTS, settled
from tests.ui.lab import Lab
from tests.ui.shown import text_of
from tests.ui.states import CHECKS
from tests.ui.still import console
from tests.ui.waits import until


def stumble(*_: object) -> float:
    return 1 / 0


@pytest.mark.parametrize(
    ("what", "keys"), [("history", ("2", "h")), ("protocols", ("3",))], ids=["screen", "stage"]
)
async def test_a_defect_in_what_is_read_is_told(lab: Lab, what: str, keys: tuple[str, ...]) -> None:
    app = console(lab, **{what: stumble})  # type: ignore[arg-type]
    async with app.run_test(size=(80, 24)) as pilot:
        await until(pilot, lambda: app.overview is not None)
        for key in keys:
            await pilot.press(key)
            await pilot.pause()
        await until(pilot, lambda: "ZeroDivisionError" in app.notice[0])
        assert app.notice[0].startswith("a defect in ")


async def test_a_defect_in_what_a_key_asks_ends_nothing(
    lab: Lab, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(people, "next_code", stumble)
    app = console(lab)
    async with app.run_test(size=(80, 24)) as pilot:
        await until(pilot, lambda: app.overview is not None)
        await pilot.press("2", "n")
        await until(pilot, lambda: app.notice[0].startswith("a defect in action_register"))
        await pilot.press("1")
        await until(pilot, lambda: app.current_mode == "home")


def test_no_worker_of_the_console_ends_it() -> None:
    """Textual ends the whole app at a worker's exception unless it is told not to."""
    found = 0
    for file in Path(femo_tui.ui.__file__).parent.rglob("*.py"):
        for node in ast.walk(ast.parse(file.read_text("utf-8"))):
            for decorator in getattr(node, "decorator_list", ()):
                call = decorator.func if isinstance(decorator, ast.Call) else decorator
                if isinstance(call, ast.Name) and call.id == "work":
                    found += 1
                    given = getattr(decorator, "keywords", [])
                    says = {one.arg: ast.unparse(one.value) for one in given}
                    assert says.get("exit_on_error") == "False", (file, decorator.lineno)
    assert found > 40


async def test_a_defect_at_the_start_of_a_recorder_leads_back_to_the_devices(lab: Lab) -> None:
    app = console(lab, CHECKS, start=stumble)
    async with app.run_test(size=(80, 24)) as pilot:
        await until(pilot, lambda: app.overview is not None)
        for key in (*TO_FACTS, "ctrl+s"):
            await pilot.press(key)
            await settled(pilot)
        await until(pilot, lambda: app.notice[0].startswith("a defect: ZeroDivisionError"))
        await until(pilot, lambda: "● devices" in text_of(app))
        assert "the recorder opens its devices" not in text_of(app)
