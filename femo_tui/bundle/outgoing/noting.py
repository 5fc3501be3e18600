"""Notes what left the lab: nothing leaves it without."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from femo_tui.model.given_out import Export
from femo_tui.store import audit

if TYPE_CHECKING:
    from femo_tui.store.catalog import Catalog


def note_given_out(catalog: Catalog, out: Path, given: Export) -> None:
    """Note a file in the catalog and in the audit log; it is removed if that cannot be done."""
    facts = {
        "file": given.file_name,
        "sha256": given.sha256,
        "level": given.level,
        "recipients": list(given.recipients),
        "note": given.note,
    }
    try:
        catalog.note_export(given)
        audit.note(catalog.root, "export", given.operator, facts, given.participants, utc=given.utc)
    except BaseException:
        out.unlink()
        raise
