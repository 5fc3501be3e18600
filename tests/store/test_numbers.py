"""The order of registration outlives the catalog: orders of protocols were drawn by it."""

from __future__ import annotations

import json
from pathlib import Path

from femo_tui.model.clock import VirtualClock
from femo_tui.store.catalog import Catalog
from tests.support.runs import golden_in


def test_people_keep_their_numbers_when_the_catalog_is_lost(tmp_path: Path) -> None:
    root = tmp_path / "store"
    for code, number in (("S01", 7), ("S02", 3), ("S03", 3)):
        moved = golden_in(root, code)
        first, _, rest = (moved / "run.jsonl").read_text("utf-8").partition("\n")
        start = json.loads(first)
        start["participant"] = code
        for_whom = "" if code == "S03" else code  # S03's was reassigned: drawn for somebody else
        start["protocol"]["arranged"] = {"participant": for_whom, "number": number}
        (moved / "run.jsonl").chmod(0o600)
        (moved / "run.jsonl").write_text(f"{json.dumps(start)}\n{rest}", "utf-8")
    with Catalog.open(root, VirtualClock()) as catalog:
        catalog.reindex()
        people = catalog.participants()
        numbers = {person.code: catalog.participant_number(person.code) for person in people}
    assert numbers == {"S01": 7, "S02": 3, "S03": 8}
