"""What importing a room costs: proved in processes of their own."""

from __future__ import annotations

import pytest

from tests.support.imports import HEAVY, loaded_by


def test_the_version_costs_no_textual_and_no_catalog() -> None:
    code = "from femo_tui.cli import femo\nfemo(['--version'], standalone_mode=False)"
    assert not loaded_by(code) & {"textual", "sqlalchemy", "numpy", "platformdirs", *HEAVY}


def test_the_help_imports_no_command() -> None:
    code = "from femo_tui.cli import femo\nfemo(['--help'], standalone_mode=False)"
    assert not loaded_by(code) & {"textual", "sqlalchemy", "numpy", *HEAVY}


def test_the_console_starts_without_what_records_and_trains() -> None:
    assert not loaded_by("import femo_tui.ui.app") & {"sqlalchemy", "alembic", "plotext", *HEAVY}


@pytest.mark.parametrize(
    "module",
    [
        "femo_tui.recorder.process",
        "femo_tui.recorder.preflight",
        "femo_tui.recorder.client",
        "femo_tui.training.launch",
        "femo_tui.training.models",
        "femo_tui.training.process",
        "femo_tui.training.report",
        "femo_tui.training.survey",
        "femo_tui.store.run_reader",
        "femo_tui.model.events",
    ],
)
def test_rooms_below_the_console_load_nothing_heavy_at_import(module: str) -> None:
    assert not loaded_by(f"import {module}") & {"textual", "plotext", "sqlalchemy", *HEAVY}


@pytest.mark.parametrize("screen", ["results", "train"])
def test_a_screen_is_imported_without_what_computes_and_plots_for_it(screen: str) -> None:
    code = f"import femo_tui.ui.screens.{screen}"
    assert not loaded_by(code) & {"numpy", "plotext", "sqlalchemy", *HEAVY}
