"""The steps of a withdrawal, each of which can be done again after it was cut short."""

from __future__ import annotations

import shutil
from pathlib import Path
from typing import TYPE_CHECKING

from femo_tui.model.events import Facts
from femo_tui.model.participants import Scope
from femo_tui.model.progress import Progress, Report, unheard
from femo_tui.store import audit, feature_files, pending, traces
from femo_tui.store.files import PRIVATE, Modes, explained, sync_filesystem
from femo_tui.store.layout import DERIVED, FEATURES, SESSIONS, TRAINING
from femo_tui.store.pages import pages_with_faces, remove_pages
from femo_tui.store.rewriting import remove_unfinished, seal_sha256
from femo_tui.store.stripping import IN_RUNS, strip_run
from femo_tui.store.withdrawn import WITHDRAWN, WithdrawnPerson, write_withdrawn

if TYPE_CHECKING:
    from femo_tui.store.catalog import Catalog
    from femo_tui.store.catalog.stations import Withdrawal

KIND_ALL, KIND_SCOPES = "withdraw", "withdraw_scopes"
SHOWN = frozenset({Scope.FACE, Scope.SHARE_FACE})  # what a page with their face needs
ELSEWHERE = "elsewhere"  # in a journal: another station began it, and tells the others
_STEPS = 6


def carry_out(
    catalog: Catalog, journal: Facts, report: Report = unheard, modes: Modes = PRIVATE
) -> None:
    """Do, or do again, what a journal says; with `pending.at_work` held."""
    if catalog.is_shared and not journal.get(ELSEWHERE):
        catalog.note_withdrawal(_for_others(journal))
    if journal["kind"] == KIND_ALL:
        _erase_all(catalog, journal, report, modes)
    else:
        _erase_scopes(catalog, journal, report, modes)
    catalog.end_withdrawal(str(journal["id"]))
    pending.end(catalog.root, str(journal["id"]))


def _erase_all(catalog: Catalog, journal: Facts, report: Report, modes: Modes) -> None:
    """Leave nothing of a participant but the tombstone.

    It is written first: from then on nobody registers the code, or enters one of their runs.
    """
    root, code, name = catalog.root, str(journal["code"]), str(journal["id"])
    utc, operator = str(journal["utc"]), str(journal["operator"])
    person = WithdrawnPerson(name, code, int(str(journal["number"])), utc, operator)
    write_withdrawn(root, person, modes)
    remove_unfinished(root / WITHDRAWN)
    catalog.forget_participant(code, name)
    report(Progress(1, _STEPS, "steps"))
    _forget_features(root, code)
    report(Progress(2, _STEPS, "steps"))
    traces.remove_originals(root, code, modes)  # while runs still tell what they came with
    _remove(root / SESSIONS / code)
    report(Progress(3, _STEPS, "steps"))
    _remove(root / DERIVED)
    traces.forget_training_data(traces.trainings_with(root, code))
    bundles = frozenset(_texts(journal["bundles"]))
    traces.remove_results(root, traces.results_with(root, code, bundles), name, utc)
    traces.rename_everywhere(root, code, name, modes)
    report(Progress(4, _STEPS, "steps"))
    with explained(root):
        sync_filesystem(root)
    catalog.leave_no_trace()
    report(Progress(5, _STEPS, "steps"))
    _note(root, journal, {"tombstone": name, "files": journal["files"]}, modes)
    audit.destroy_key(root, code, modes)
    report(Progress(6, _STEPS, "steps"))


def _erase_scopes(catalog: Catalog, journal: Facts, report: Report, modes: Modes) -> None:
    """Remove what some scopes cover, from consent and from everything that it allowed."""
    root, code = catalog.root, str(journal["code"])
    utc, operator = str(journal["utc"]), str(journal["operator"])
    scopes = frozenset(Scope(scope) for scope in _texts(journal["scopes"]))
    if not journal.get(ELSEWHERE):  # there it was done already, and may have been given anew since
        consent = catalog.participant(code).consent
        left = (consent.scopes | consent.lapsed) - scopes
        catalog.edit_participant(code, operator, scopes=left, expires_utc=consent.expires_utc)
    report(Progress(1, _STEPS, "steps"))
    if scopes & {Scope.FACE, Scope.TRAIN}:
        _forget_features(root, code)
    if scopes & {Scope.FACE, Scope.TRAIN, Scope.GSR}:
        traces.forget_training_data(traces.trainings_with(root, code))
    report(Progress(2, _STEPS, "steps"))
    runs = journal["runs"] if isinstance(journal["runs"], dict) else {}
    if scopes & IN_RUNS:
        for run in runs:
            strip_run(root / run, scopes, utc, operator, modes)
            catalog.index_run(root / run)
        traces.remove_originals(root, code, modes)
    report(Progress(3, _STEPS, "steps"))
    if Scope.GSR in scopes:
        _remove(root / DERIVED)
        bundles = frozenset(_texts(journal["bundles"]))
        traces.remove_results(root, traces.results_with(root, code, bundles), code, utc)
    elif SHOWN & scopes:
        remove_pages(pages_with_faces(root, code))
    report(Progress(4, _STEPS, "steps"))
    with explained(root):
        sync_filesystem(root)
    catalog.leave_no_trace()
    report(Progress(5, _STEPS, "steps"))
    seals: Facts = {
        run: {"before": facts, "manifest_after": seal_sha256(root / run)}
        for run, facts in runs.items()
    }
    _note(root, journal, {"scopes": journal["scopes"], "seals": seals}, modes)
    report(Progress(6, _STEPS, "steps"))


def _for_others(journal: Facts) -> Withdrawal:
    from femo_tui.store.catalog.stations import Withdrawal

    scopes = tuple(Scope(scope) for scope in _texts(journal.get("scopes", [])))
    code, utc, operator = (str(journal[key]) for key in ("code", "utc", "operator"))
    return Withdrawal(str(journal["id"]), code, int(str(journal["number"])), scopes, utc, operator)


def _forget_features(root: Path, code: str) -> None:
    """Remove what was computed of a participant's faces: while these are there to tell which."""
    hashes = traces.image_hashes(traces.image_files(root, code))
    if hashes:
        feature_files.forget(root / TRAINING / FEATURES, hashes)


def _note(root: Path, journal: Facts, facts: Facts, modes: Modes) -> None:
    """Write the line of the audit log, once."""
    if any(line.facts.get("id") == journal["id"] for line in audit.read(root)):
        return
    told: Facts = {
        "id": journal["id"],
        **facts,
        "given_out": journal["bundles"],
        "backups": journal["backups"],
    }
    code, operator, utc = (str(journal[key]) for key in ("code", "operator", "utc"))
    audit.note(root, str(journal["kind"]), operator, told, [code], utc=utc, modes=modes)


def _remove(folder: Path) -> None:
    with explained(folder):
        if folder.is_dir():
            shutil.rmtree(folder)


def _texts(value: object) -> list[str]:
    return [text for text in value if isinstance(text, str)] if isinstance(value, list) else []
