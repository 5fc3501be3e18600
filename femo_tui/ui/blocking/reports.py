"""The console's way to a report: written by a process of its own, into the store's `exports/`."""

from __future__ import annotations

from pathlib import Path

from femo_tui.model.progress import Progress, Report
from femo_tui.ui.blocking.child import Acting, in_child
from femo_tui.ui.blocking.desk import Desk


def report_on_run(desk: Desk, run_dir: Path, report: Report) -> Path:
    """Write the page of a run; return where it lies.

    Raises:
        FemoError: it cannot be written; the sentence says why.
        Cancelled: from `report`.
    """
    return in_child(_run, (desk.acting, run_dir), report)


def report_on_study(desk: Desk, model: str, *, show_p: bool, report: Report) -> Path:
    """Write the page of the study, with what `model` confuses; p-values as the screen shows them.

    Raises:
        FemoError: it cannot be written; the sentence says why.
        Cancelled: from `report`.
    """
    asked = desk.acting, model, show_p
    return in_child(_study, asked, report)


def _run(asked: tuple[Acting, Path], report: Report) -> Path:
    from femo_tui.report.writing import write_run_report

    acting, run_dir = asked
    return write_run_report(
        acting.root, str(run_dir.absolute()), None, acting.operator, report=report
    ).path


def _study(asked: tuple[Acting, str, bool], report: Report) -> Path:
    from femo_tui.report.writing import write_study_report

    acting, model, show_p = asked
    report(Progress(0, 1, "pages"))
    return write_study_report(acting.root, None, acting.operator, model=model, show_p=show_p).path
