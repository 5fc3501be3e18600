"""Which keys of the key table the tests press, and that none is left out.

Where all tests of the console run, the run fails unless each key was pressed in one of them, at its
place, and did there what the table says: whether that was right is what the tests assert.
"""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextvars import ContextVar
from typing import TypeAlias

import pytest

Row: TypeAlias = tuple[str, str, str]  # place, key, name of what it does

_pressed: set[Row] = set()
_by_workers: set[Row] = set()
_key: ContextVar[str] = ContextVar("_key", default="")
EVERYTHING = (["tests"], ["tests/ui"])  # what was asked to be run, so that no key may be missing


def watch_keys() -> None:
    """Take note, from now on, of each key that a console obeys."""
    from textual.app import App
    from textual.dom import DOMNode

    check, run = App._check_bindings, App.run_action

    async def check_bindings(app: App[object], key: str, priority: bool = False) -> bool:
        token = _key.set(key)
        try:
            return await check(app, key, priority)
        finally:
            _key.reset(token)

    async def run_action(
        app: App[object], action: str, node: DOMNode | None = None, *rest: object
    ) -> bool:
        key = _key.get()
        is_obeyed = await run(app, action, node, *rest)  # type: ignore[arg-type]
        if is_obeyed and key and node is not None:
            _pressed.update(_rows(type(node), key, action))
        return is_obeyed

    App._check_bindings = check_bindings  # type: ignore[method-assign, assignment]
    App.run_action = run_action  # type: ignore[method-assign, assignment]


def _rows(pressed_on: type, key: str, action: str) -> Iterator[Row]:
    """Yield the row of a key as the class that declares it is listed in the key table."""
    from textual.binding import Binding

    from femo_tui.ui.keys import PLACES, key_word

    def places_of(cls: type) -> set[str]:
        name = f"{cls.__module__.removeprefix('femo_tui.ui.')}:{cls.__name__}"
        return {place for place, names in PLACES.items() if name in names}

    # Keys that several screens have from one class are pressed at the place of the screen.
    here = next(filter(None, map(places_of, pressed_on.__mro__)), set())
    for cls in pressed_on.__mro__:
        declared = places_of(cls)
        for place in declared if len(declared) == 1 else declared & here:
            for one in Binding.make_bindings(cls.__dict__.get("BINDINGS", ())):
                if (one.key, one.action) == (key, action):
                    yield place, key_word(key), one.id or ""


def _table() -> set[Row]:
    from femo_tui.ui.keys import PLACES, key_word, rows_at

    return {
        (place, key_word(key), row.id)
        for place in PLACES
        for row in rows_at(place)
        for key in row.keys
    }


class EveryKey:
    """The plugin: workers hand over what was pressed, and whoever started them judges."""

    @pytest.hookimpl(optionalhook=True)
    def pytest_testnodedown(self, node: object) -> None:
        handed: dict[str, list[list[str]]] = getattr(node, "workeroutput", {})
        _by_workers.update((row[0], row[1], row[2]) for row in handed.get("pressed", []))

    def pytest_sessionfinish(self, session: pytest.Session) -> None:
        handed = getattr(session.config, "workeroutput", None)
        if handed is not None:
            handed["pressed"] = sorted(_pressed)
        elif _is_whole(session):
            missing = _table() - _pressed - _by_workers
            session.config.stash[_MISSING] = sorted(missing)
            if missing:
                session.exitstatus = pytest.ExitCode.TESTS_FAILED

    def pytest_terminal_summary(
        self, terminalreporter: pytest.TerminalReporter, config: pytest.Config
    ) -> None:
        for place, key, name in config.stash.get(_MISSING, []):
            terminalreporter.write_line(f"no test presses {key} ({name}) at {place}", red=True)


_MISSING = pytest.StashKey[list[Row]]()


def _is_whole(session: pytest.Session) -> bool:
    """Return whether all tests were asked for and ran: what failed or was skipped tells itself."""
    asked = session.config.option
    failed_before = session.config.getoption("lf", False)  # its plugin may be left out
    picked = asked.keyword or asked.markexpr or asked.deselect or failed_before or asked.collectonly
    reporter = session.config.pluginmanager.get_plugin("terminalreporter")
    skipped = not os.environ.get("CI") and reporter and reporter.stats.get("skipped")
    return session.config.args in EVERYTHING and not (picked or skipped or session.testsfailed)
