"""Who did what: `audit.jsonl`, a chain of hashed lines that name participants by keyed pseudonyms.

Each line carries the SHA-256 of the line before it, and `audit-head` the number of lines and the
SHA-256 of the newest, so that none can be changed, left out or cut off unseen. A participant's
pseudonym is an HMAC of the code under a random key of their own in `audit-keys.json`: once the key
is destroyed nothing tells whose lines they are.
"""

from __future__ import annotations

import fcntl
import hashlib
import hmac
import json
import os
import re
import secrets
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

from femo_tui.errors import MalformedRecord
from femo_tui.model.clock import iso_seconds
from femo_tui.model.events import Facts
from femo_tui.model.records import JsonValue
from femo_tui.store.files import PRIVATE, Modes, explained, open_private, write_all, write_json
from femo_tui.store.withdrawn import withdrawn_ids

AUDIT_FILE, HEAD_FILE, KEYS_FILE = "audit.jsonl", "audit-head", "audit-keys.json"
PREVIOUS = "previous_sha256"
_KEY_BYTES = 32
_PSEUDONYM_DIGITS = 16
_HEAD = re.compile(rb"(\d{12}) ([0-9a-f]{64})\n")  # of one length: it is written over in place


@dataclass(frozen=True, slots=True)
class AuditLine:
    """One thing that somebody did."""

    utc: str
    operator: str
    action: str  # snake_case: participant_add, export, backup, withdraw, …
    participants: tuple[str, ...]  # pseudonyms
    facts: Facts


@dataclass(frozen=True, slots=True)
class AuditReport:
    """Whether the log is as it was written."""

    lines: int
    faults: tuple[str, ...]  # one sentence each; none if every line holds

    @property
    def holds(self) -> bool:
        return not self.faults


def note(
    root: Path,
    action: str,
    operator: str,
    facts: Mapping[str, JsonValue] | None = None,
    participants: Sequence[str] = (),
    *,
    utc: str | None = None,
    modes: Modes = PRIVATE,
) -> None:
    """Append one line and put it on the disk.

    The codes of `participants` are replaced by their pseudonyms, also where they stand as a word
    in `facts`.

    Raises:
        StoreError: it cannot be written; then what it tells of must not be done.
        MalformedRecord: the keys cannot be read; nor then.
    """
    with _locked(root, modes) as log:
        names = _pseudonyms(root, participants, modes)
        lines = _cut_torn_end(log)
        count, newest = _read_head(root) or (0, "")
        if count < len(lines):  # a writer was killed before it could write the head
            newest = _sha256(lines[-1])
        body = {
            "utc": utc or iso_seconds(datetime.now(UTC)),
            "operator": operator,
            "action": action,
            "participants": [names[code] for code in participants],
            "facts": _without_codes(dict(facts or {}), names),
            PREVIOUS: newest,
        }
        line = json.dumps(body, ensure_ascii=False, allow_nan=False).encode()
        write_all(log, line + b"\n")
        os.fsync(log)
        _write_head(root, len(lines) + 1, _sha256(line), modes)


def read(root: Path) -> tuple[AuditLine, ...]:
    """Return every line that can be read, the oldest first; `verify` names the others."""
    return tuple(line for _, line in _parsed(root) if line is not None)


def verify(root: Path) -> AuditReport:
    """Check every line against the one before it, and the newest against the head."""
    lines = _lines(root)
    faults = []
    previous = ""
    for number, line in enumerate(lines, start=1):
        try:
            follows = json.loads(line)[PREVIOUS] == previous
        except (ValueError, KeyError, TypeError):
            faults.append(f"{AUDIT_FILE} line {number}: this is no entry of the audit log")
        else:
            if not follows:
                before = f"line {number - 1} was changed" if number > 1 else "lines are gone"
                faults.append(
                    f"{AUDIT_FILE} line {number}: does not follow what stands before it: {before},"
                    " or a line was added, removed or moved there"
                )
        previous = _sha256(line)
    head = _read_head(root)
    if head is None:
        if lines:
            faults.append(f"{HEAD_FILE}: missing or damaged, so nobody can tell where the log ends")
    elif head[0] > len(lines):
        faults.append(f"{AUDIT_FILE}: {head[0]} lines were written, {len(lines)} are there")
    elif head[0] and _sha256(lines[head[0] - 1]) != head[1]:
        faults.append(f"{AUDIT_FILE} line {head[0]}: changed since it was written")
    return AuditReport(len(lines), tuple(faults))


def pseudonym(root: Path, code: str) -> str | None:
    """Return the name of a participant in the log, None if no line names them any more."""
    key = _read_keys(root).get(code)
    return None if key is None else _pseudonym(key, code)


def known_pseudonyms(root: Path) -> dict[str, str]:
    """Return pseudonym → code of everybody whose key there is."""
    return {_pseudonym(key, code): code for code, key in _read_keys(root).items()}


def destroy_key(root: Path, code: str, modes: Modes = PRIVATE) -> None:
    """Have nothing tell any more which lines are about a participant; again is harmless."""
    with _locked(root, modes):
        keys = _read_keys(root)
        if keys.pop(code, None) is not None:
            write_json(root / KEYS_FILE, keys, modes)
        with explained(root):
            for left in root.glob(f".{KEYS_FILE}.*.part"):  # of a writer that was killed
                left.unlink()


@contextmanager
def _locked(root: Path, modes: Modes) -> Iterator[int]:
    """Lend the open log to one writer at a time."""
    path = root / AUDIT_FILE
    with explained(path):
        log = open_private(path, os.O_RDWR | os.O_CREAT | os.O_APPEND, modes)
        try:
            fcntl.flock(log, fcntl.LOCK_EX)
            yield log
        finally:
            os.close(log)


def _cut_torn_end(log: int) -> list[bytes]:
    """Return the whole lines; what a killed writer left after them is cut off."""
    content = os.pread(log, os.fstat(log).st_size, 0)
    whole = content.rfind(b"\n") + 1
    if whole < len(content):
        os.ftruncate(log, whole)
    return content[:whole].splitlines()


def _lines(root: Path) -> list[bytes]:
    path = root / AUDIT_FILE
    with explained(path):
        try:
            content = path.read_bytes()
        except FileNotFoundError:
            return []
    return content[: content.rfind(b"\n") + 1].splitlines()


def _parsed(root: Path) -> Iterator[tuple[int, AuditLine | None]]:
    for number, line in enumerate(_lines(root), start=1):
        try:
            body = json.loads(line)
            yield (
                number,
                AuditLine(
                    str(body["utc"]),
                    str(body["operator"]),
                    str(body["action"]),
                    tuple(str(name) for name in body["participants"]),
                    dict(body["facts"]),
                ),
            )
        except (ValueError, KeyError, TypeError):
            yield number, None


def _read_head(root: Path) -> tuple[int, str] | None:
    path = root / HEAD_FILE
    with explained(path):
        try:
            match = _HEAD.fullmatch(path.read_bytes())
        except FileNotFoundError:
            return None
    return None if match is None else (int(match[1]), match[2].decode())


def _write_head(root: Path, count: int, newest: str, modes: Modes) -> None:
    """Write over the head; if power fails before it is on the disk, the log is ahead of it."""
    head = open_private(root / HEAD_FILE, os.O_WRONLY | os.O_CREAT, modes)
    try:
        os.pwrite(head, f"{count:012d} {newest}\n".encode(), 0)
    finally:
        os.close(head)


def _read_keys(root: Path) -> dict[str, str]:
    path = root / KEYS_FILE
    with explained(path):
        try:
            content = path.read_bytes()
        except FileNotFoundError:
            return {}
    try:
        return {str(code): str(key) for code, key in json.loads(content).items()}
    except (ValueError, AttributeError):
        raise MalformedRecord(
            f"{path}: damaged, and nothing is written over it; restore it from a backup, or remove"
            " it: then nothing tells any more whose lines the audit log has"
        ) from None


def _pseudonyms(root: Path, codes: Iterable[str], modes: Modes) -> dict[str, str]:
    """Return code → name in the log, with keys for those who had none; under the log's lock."""
    keys = _read_keys(root)
    new = [code for code in dict.fromkeys(codes) if code not in keys]
    # Who is withdrawn gets no key again: their tombstone's id stands for them.
    gone = withdrawn_ids(root) if new else {}
    made = {code: secrets.token_hex(_KEY_BYTES) for code in new if code not in gone}
    if made:
        write_json(root / KEYS_FILE, {**keys, **made}, modes)
    return gone | {code: _pseudonym(key, code) for code, key in {**keys, **made}.items()}


def _pseudonym(key: str, code: str) -> str:
    digest = hmac.new(bytes.fromhex(key), code.encode(), hashlib.sha256).hexdigest()
    return f"p-{digest[:_PSEUDONYM_DIGITS]}"


def _without_codes(value: JsonValue, names: Mapping[str, str]) -> JsonValue:
    if not names or not value:
        return value
    codes = "|".join(sorted(map(re.escape, names), key=len, reverse=True))
    return _replaced(value, re.compile(rf"(?<![A-Za-z0-9])(?:{codes})(?![A-Za-z0-9])"), names)


def _replaced(value: JsonValue, codes: re.Pattern[str], names: Mapping[str, str]) -> JsonValue:
    if isinstance(value, str):
        return codes.sub(lambda match: names[match[0]], value)
    if isinstance(value, Mapping):
        return {
            codes.sub(lambda match: names[match[0]], key): _replaced(item, codes, names)
            for key, item in value.items()
        }
    if isinstance(value, Sequence):
        return [_replaced(item, codes, names) for item in value]
    return value


def _sha256(content: bytes) -> str:
    return hashlib.sha256(content).hexdigest()
