"""Bundles from hostile or careless hands: each is refused with its reason, and leaves nothing.

Every row goes through `verify` and through `import` into a store that is in use. While an import
works, every path that the process opens for writing, makes, renames or links is noted by an audit
hook: all lie in the staging folder.
"""

from __future__ import annotations

import os
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from femo_tui.bundle.incoming.importing import ImportRequest, import_bundle
from femo_tui.bundle.incoming.verifying import verify_bundle
from femo_tui.errors import BundleError
from femo_tui.model.participants import Consent, Participant, Scope
from femo_tui.store.catalog import Catalog
from femo_tui.store.imported import IMPORTED
from tests.bundle.hostile_archives import ARCHIVES, MEMBERS, SOUND_TAR, Row
from tests.bundle.hostile_contents import CONTENTS, RUNS, TABLE, holding
from tests.support.bags import TOP, archive, plain


class Writes:
    """Notes what the process opens for writing, makes, renames and links while it is asked to."""

    def __init__(self) -> None:
        self.active = False
        self.paths: list[str] = []

    def hook(self, event: str, args: tuple[object, ...]) -> None:
        if not self.active:
            return
        if event == "open":
            flags = args[2] if isinstance(args[2], int) else 0
            if flags & (os.O_WRONLY | os.O_RDWR | os.O_CREAT) and isinstance(args[0], str | bytes):
                self.paths.append(os.fsdecode(args[0]))
        elif event in ("os.mkdir", "os.symlink", "os.link", "os.rename", "os.mkfifo", "os.mknod"):
            self.paths += [os.fsdecode(a) for a in args if isinstance(a, str | bytes | os.PathLike)]


WRITES = Writes()
sys.addaudithook(WRITES.hook)


@pytest.fixture(scope="module")
def place(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return a folder with a store in use, and something beside it."""
    folder = tmp_path_factory.mktemp("place")
    (folder / "beside.txt").write_text("untouched")
    with Catalog.open(folder / "store") as catalog:
        consent = Consent(frozenset(Scope), "1", "2026-01-01T00:00:00Z")
        catalog.add_participant(Participant("S07", 30, None, "", consent, consent.given_utc), "ana")
    return folder


def tree(folder: Path) -> dict[str, tuple[int, bytes]]:
    """Return everything in a folder: path → mode and content; SQLite's own two files aside."""
    return {
        path.relative_to(folder).as_posix(): (
            path.lstat().st_mode,
            path.read_bytes() if path.is_file() else b"",
        )
        for path in folder.rglob("*")
        if not path.name.startswith("catalog.db-")
    }


def writes() -> Iterator[list[str]]:
    WRITES.paths.clear()
    WRITES.active = True
    try:
        yield WRITES.paths
    finally:
        WRITES.active = False


noted_writes = pytest.fixture(writes)


@pytest.mark.parametrize("row", [*ARCHIVES, *CONTENTS, *RUNS], ids=lambda row: row.name)
def test_it_is_refused_with_the_reason_and_nothing_remains(
    row: Row, place: Path, tmp_path: Path, noted_writes: list[str]
) -> None:
    path = tmp_path / "bundle.tar"
    path.write_bytes(row.make())
    before = tree(place)
    if row not in RUNS:
        found = verify_bundle(path, bounds=row.bounds)
        assert row.said in "; ".join(found.faults)
    noted_writes.clear()
    with pytest.raises(BundleError) as refused:
        import_bundle(place / "store", ImportRequest(path), "ana", bounds=row.bounds)
    said = str(refused.value)
    assert row.said in said
    assert said.isprintable(), "nothing that a terminal acts on is told"
    staging = f"{place}/store/{IMPORTED}/.staging-"
    made = f"{place}/store/{IMPORTED}"
    assert [p for p in noted_writes if not p.startswith(staging) and p != made] == []
    assert tree(place) == before


@pytest.mark.parametrize(
    "content",
    [
        SOUND_TAR,
        holding(TABLE, b"sha256\n" + b"1" * 64 + b"\n")(),  # a hash without a letter
        holding("data/README.md", "ein Wort und \u200f\u05e2\u05d1\u05e8\u05d9\u05ea\n".encode())(),
        archive([plain(f"{TOP}/data/", type=b"5"), *MEMBERS]),  # as `tar` packs a folder
    ],
    ids=["as it was made", "digits", "a mark of direction", "with a folder"],
)
def test_a_sound_one_is_none_of_these(tmp_path: Path, content: bytes) -> None:
    path = tmp_path / "bundle.tar"
    path.write_bytes(content)
    assert verify_bundle(path).faults == ()


def test_nothing_in_the_tree_extracts_an_archive_by_itself() -> None:
    root = Path(__file__).parents[2]
    word = "extract" + "all"
    files = [path for top in ("femo_tui", "tests") for path in (root / top).rglob("*.py")]
    assert len(files) > 300
    assert [path for path in files if word in path.read_text("utf-8")] == []
