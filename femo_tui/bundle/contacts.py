"""Who is who: code, name and contact in one age-encrypted file, which lies in no store.

Nothing else ever reads it. The `age` tool opens it without femo: it is CSV inside.
"""

from __future__ import annotations

import csv
import io
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from femo_tui.bundle.keys import read_identities
from femo_tui.errors import UsageError
from femo_tui.store.files import explained, replace

_COLUMNS = ["code", "name", "contact"]
_BY_PASSPHRASE = b"\n-> scrypt "
_HEADER_BYTES = 200


@dataclass(frozen=True, slots=True)
class Contact:
    """How somebody is called and reached."""

    name: str
    contact: str


@dataclass(frozen=True, slots=True)
class ContactsKey:
    """What opens the file: a passphrase, or the file of an age identity."""

    passphrase: str = ""
    identity: Path | None = None


def check_place(file: Path, root: Path) -> None:
    """Refuse a file that would lie among the data it tells the names of.

    Raises:
        UsageError: it lies in the store.
    """
    if file.resolve().is_relative_to(root.resolve()):
        raise UsageError(
            f"{file}: lies in the store; names are kept apart from the data: name another place"
        )


def needs_passphrase(file: Path) -> bool | None:
    """Return whether a passphrase opens the file, None where there is no file yet."""
    with explained(file):
        if not file.exists():
            return None
        with file.open("rb") as opened:
            return _BY_PASSPHRASE in opened.read(_HEADER_BYTES)


def read_contacts(file: Path, key: ContactsKey) -> dict[str, Contact]:
    """Return everybody in the file, by code.

    Raises:
        UsageError: the key does not open it, or it holds something else.
        StoreError: it cannot be read.
    """
    import pyrage
    from pyrage import x25519

    with explained(file):
        content = file.read_bytes()
    try:
        if key.identity is None:
            plain = pyrage.passphrase.decrypt(content, key.passphrase)
        else:
            opening = [x25519.Identity.from_str(k) for k in read_identities(key.identity)]
            plain = pyrage.decrypt(content, opening)
        rows = list(csv.DictReader(io.StringIO(plain.decode())))
        return {row["code"]: Contact(row["name"], row["contact"]) for row in rows}
    except pyrage.DecryptError:
        raise UsageError(f"{file}: this does not open it; try again") from None
    except (UnicodeDecodeError, KeyError, csv.Error):
        raise UsageError(f"{file}: holds no contacts; name another file") from None


def write_contacts(file: Path, contacts: Mapping[str, Contact], key: ContactsKey) -> None:
    """Write the file anew, at once; nothing plain touches the disk.

    Raises:
        StoreError: it cannot be written.
    """
    import pyrage
    from pyrage import x25519

    text = io.StringIO()
    writer = csv.writer(text, lineterminator="\n")
    writer.writerow(_COLUMNS)
    writer.writerows([code, who.name, who.contact] for code, who in sorted(contacts.items()))
    plain = text.getvalue().encode()
    if key.identity is None:
        content = pyrage.passphrase.encrypt(plain, key.passphrase)
    else:
        opening = [x25519.Identity.from_str(k) for k in read_identities(key.identity)]
        content = pyrage.encrypt(plain, [identity.to_public() for identity in opening])
    replace(file, content)
