"""Passes bytes through age while they are written or read; nothing plain is kept on the way."""

from __future__ import annotations

import os
import threading
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from io import RawIOBase
from pathlib import Path
from typing import BinaryIO

from femo_tui.errors import BundleError
from femo_tui.store.files import explained


@contextmanager
def encrypted(to: BinaryIO, recipients: Sequence[object]) -> Iterator[BinaryIO]:
    """Yield where plain bytes go; `to` gets an age file for the recipients of pyrage.

    Raises:
        OSError: `to` cannot be written.
    """
    import pyrage

    target = _Target(to)

    def encrypt(source: BinaryIO) -> None:
        try:
            pyrage.encrypt_io(source, target, recipients)
        except pyrage.EncryptError:
            if target.fault is not None:
                raise target.fault from None
            raise

    with _Passage(encrypt) as passage:
        yield passage.end


class _Target:
    """Where age writes to; it keeps the fault it met, which age tells in words only."""

    def __init__(self, to: BinaryIO) -> None:
        self._to = to
        self.fault: OSError | None = None

    def write(self, content: bytes) -> int:
        try:
            return self._to.write(content)
        except OSError as problem:
            self.fault = problem
            raise

    def flush(self) -> None:
        """Leave the rest to whoever opened the file."""


class _Passage:
    """A pipe whose other end a thread works on; what goes wrong there is raised here."""

    def __init__(self, work: Callable[[BinaryIO], object], *, inward: bool = True) -> None:
        reading, writing = os.pipe()
        ours, theirs = (writing, reading) if inward else (reading, writing)
        self.end: BinaryIO = os.fdopen(ours, "wb" if inward else "rb", 0 if not inward else -1)
        self._failure: Exception | None = None
        other: BinaryIO = os.fdopen(theirs, "rb" if inward else "wb")
        self._thread = threading.Thread(
            target=self._run, args=(work, other), name="femo-age", daemon=True
        )
        self._thread.start()

    def _run(self, work: Callable[[BinaryIO], object], other: BinaryIO) -> None:
        try:
            with other:
                work(other)
        except Exception as problem:  # noqa: BLE001 - raised where the work is waited for
            self._failure = problem

    def wait(self) -> None:
        """Wait for the other end and raise what went wrong there."""
        self._thread.join()
        if self._failure is not None:
            raise self._failure

    def __enter__(self) -> _Passage:
        return self

    def __exit__(self, kind: object, error: BaseException | None, trace: object) -> None:
        try:
            self.end.close()
        except BrokenPipeError:
            pass  # the other end says why
        self._thread.join()
        if self._failure is not None and (error is None or isinstance(error, BrokenPipeError)):
            raise self._failure


class Decrypted(RawIOBase):
    """The plain bytes of an age file, as they are read."""

    def __init__(self, path: Path, identities: Sequence[str]) -> None:
        import pyrage

        self._path = path
        keys = [pyrage.x25519.Identity.from_str(text) for text in identities]
        with explained(path):
            self._file = path.open("rb")
        self._passage = _Passage(
            lambda plain: pyrage.decrypt_io(self._file, plain, keys), inward=False
        )

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: memoryview) -> int:  # type: ignore[override]
        piece = self._passage.end.read(len(buffer))
        if not piece:
            self._end()
        buffer[: len(piece)] = piece
        return len(piece)

    def _end(self) -> None:
        import pyrage

        try:
            self._passage.wait()
        except pyrage.DecryptError as problem:
            raise BundleError(
                f"{self._path}: cannot be decrypted ({problem}): it is for other keys, or was"
                " changed or cut short"
            ) from None
        except OSError as problem:
            raise BundleError(
                f"{self._path}: cannot be decrypted ({problem}): it was changed or cut short"
            ) from None

    def close(self) -> None:
        if not self.closed:
            self._passage.end.close()
            try:
                self._passage.wait()
            except Exception:  # noqa: BLE001, S110 - who closes early wants no more of it
                pass
            self._file.close()
        super().close()
