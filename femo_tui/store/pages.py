"""Reports in the store's `exports/`: found again when what they show has to go.

A page says in its head what it is of; a picture in it is a face.
"""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path

from femo_tui.store.files import explained
from femo_tui.store.layout import EXPORTS
from femo_tui.store.rewriting import word

META = "femo-report"  # the name under which a page's head tells what it is of
SUFFIX = ".html"
_FACE = b'src="data:image/jpeg'


def subject_of(where: str) -> str:
    """Return what the page of a run says that it is of; `where` is S01/2026-11-22T101530/run-01."""
    return f"run {where}"


def pages_of_run(root: Path, where: str) -> tuple[Path, ...]:
    """Return the pages of one run."""
    head = f'<meta name="{META}" content="{subject_of(where)}">'.encode()
    return tuple(page for page in _pages(root) if head in _read(page))


def pages_with_faces(root: Path, code: str) -> tuple[Path, ...]:
    """Return the pages that show faces of a participant."""
    theirs = word(code)
    return tuple(
        page
        for page in _pages(root)
        if _FACE in (content := _read(page)) and theirs.search(content) is not None
    )


def remove_pages(pages: Iterable[Path]) -> None:
    """Remove pages; one that is gone already is none to remove.

    Raises:
        StoreError: one cannot be removed.
    """
    for page in pages:
        with explained(page):
            page.unlink(missing_ok=True)


def _pages(root: Path) -> list[Path]:
    with explained(root / EXPORTS):
        return sorted(path for path in (root / EXPORTS).rglob(f"*{SUFFIX}") if path.is_file())


def _read(page: Path) -> bytes:
    with explained(page):
        return page.read_bytes()
