"""Keys of a lab: age identities that open bundles, Ed25519 keys that sign them.

`femo keys new lab` writes three files: `lab.age` (the identity, as `age -i` reads it), `lab.pem`
(the signing key, PKCS #8) and `lab.pub`, which goes to other labs: the recipient they encrypt to,
and the signer they may trust.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from io import BufferedReader
from pathlib import Path
from typing import BinaryIO

from femo_tui import paths
from femo_tui.bundle.age_pipe import Decrypted, encrypted
from femo_tui.bundle.signing import signer_of
from femo_tui.errors import BundleError, UnknownName, UsageError
from femo_tui.store.files import explained, make_folder, write_new

IDENTITY, SIGNING, PUBLIC = ".age", ".pem", ".pub"
_SECRET = "AGE-SECRET-KEY-"
_NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9_-]{0,39}")
_BEGINNINGS = (b"age-encryption.org/", b"-----BEGIN AGE ENCRYPTED FILE-----")
_PUBLIC_LIMIT = 65_536  # a file of recipients is small


@dataclass(frozen=True, slots=True)
class Keys:
    """One lab's keys: the files, and what others may know of them."""

    name: str
    identity_file: Path
    signing_file: Path
    public_file: Path
    recipient: str  # age1…
    signer: str  # ed25519:… in base64


def keys_folder() -> Path:
    """Return where keys are kept unless somebody says otherwise."""
    return paths.config_file().parent / "keys"


def new_keys(name: str, folder: Path) -> Keys:
    """Make an identity and a signing key; files that exist are never overwritten.

    Raises:
        UsageError: `name` cannot name files, or has keys already.
        StoreError: they cannot be written.
    """
    from cryptography.hazmat.primitives import serialization
    from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
    from pyrage import x25519

    if not _NAME.fullmatch(name):
        raise UsageError(f"key name {name!r}: use up to 40 letters, digits and dashes, such as lab")
    identity_file, signing_file, public_file = _files(name, folder)
    for path in (identity_file, signing_file, public_file):
        if path.exists():
            raise UsageError(f"{path}: these keys exist already; choose another name")
    identity = x25519.Identity.generate()
    recipient = str(identity.to_public())
    signing = Ed25519PrivateKey.generate()
    pem = signing.private_bytes(
        serialization.Encoding.PEM,
        serialization.PrivateFormat.PKCS8,
        serialization.NoEncryption(),
    )
    make_folder(folder)
    write_new(identity_file, f"# public key: {recipient}\n{identity}\n".encode())
    write_new(signing_file, pem)
    signer = signer_of(signing_file)
    write_new(public_file, f"# {name}\n{recipient}\n# signer {signer}\n".encode())
    return Keys(name, identity_file, signing_file, public_file, recipient, signer)


def list_keys(folder: Path) -> list[Keys]:
    """Return the keys of a folder, by name."""
    with explained(folder):
        names = sorted(path.stem for path in folder.glob(f"*{SIGNING}"))
    return [_read_keys(name, folder) for name in names]


def read_recipients(given: Sequence[str]) -> tuple[str, ...]:
    """Return age recipients: each of `given` is one (`age1…`) or a file of some, one a line.

    Raises:
        UsageError: it is neither.
    """
    from pyrage import RecipientError, x25519

    found: list[str] = []
    for text in given:
        for line in _recipient_lines(text):
            try:
                x25519.Recipient.from_str(line)
            except RecipientError:  # what it is instead is not told: it may be a secret key
                raise UsageError(
                    f"recipient {text[:80]!r} is no age key: give one that begins with age1, or"
                    " the .pub file that `femo keys new` wrote"
                ) from None
            found.append(line)
    return tuple(dict.fromkeys(found))


def is_encrypted(path: Path) -> bool:
    """Return whether a file begins as age files do."""
    with explained(path), path.open("rb") as file:
        return file.read(max(map(len, _BEGINNINGS))).startswith(_BEGINNINGS)


@contextmanager
def encrypting(to: BinaryIO, recipients: Sequence[str]) -> Iterator[BinaryIO]:
    """Yield where plain bytes go; what is written to `to` is an age file for the recipients.

    Nothing plain is kept anywhere on the way.

    Raises:
        OSError: `to` cannot be written.
    """
    import pyrage

    keys = [pyrage.x25519.Recipient.from_str(text) for text in recipients]
    with encrypted(to, keys) as plain:
        yield plain


def open_plain(path: Path, identities: Sequence[Path] = ()) -> BinaryIO:
    """Return the plain tar of a bundle, decrypted while it is read where it is encrypted.

    Args:
        path: the bundle.
        identities: files of age identities; without any, all of the lab's own.

    A read raises BundleError where no identity fits, or the file was changed or cut short.

    Raises:
        BundleError: it is encrypted, and there is no identity.
        StoreError: it cannot be read.
    """
    if not is_encrypted(path):
        with explained(path):
            return path.open("rb")
    files = identities or sorted(keys_folder().glob(f"*{IDENTITY}"))
    if not files:
        raise BundleError(
            f"{path}: encrypted, and you have no keys; name the file of an identity, or ask for a"
            " bundle for yours (`femo keys new`)"
        )
    keys = [key for file in files for key in read_identities(file)]
    return BufferedReader(Decrypted(path, keys))


def _files(name: str, folder: Path) -> tuple[Path, Path, Path]:
    return folder / f"{name}{IDENTITY}", folder / f"{name}{SIGNING}", folder / f"{name}{PUBLIC}"


def _read_keys(name: str, folder: Path) -> Keys:
    files = _files(name, folder)
    recipient = next(iter(_lines(files[2])), "")
    return Keys(name, *files, recipient, signer_of(files[1]))


def _recipient_lines(text: str) -> list[str]:
    if text.startswith("age1"):
        return [text]
    if text.upper().startswith(_SECRET):
        raise UsageError(
            "recipient: this is a secret key, which nobody else may see; give its public part,"
            " which begins with age1"
        )
    path = Path(text).expanduser()
    if not path.is_file():
        raise UnknownName(
            f"recipient {text[:80]!r}: no age key and no file; give one that begins with age1, or"
            " the .pub file that `femo keys new` wrote"
        )
    lines = _lines(path)
    if not lines:
        raise UsageError(f"{path}: there is no age key in it")
    return lines


def _lines(path: Path) -> list[str]:
    """Return the lines of a small file that say something."""
    with explained(path), path.open("rb") as file:
        text = file.read(_PUBLIC_LIMIT).decode(errors="replace")
    lines = (line.strip() for line in text.splitlines())
    return [line for line in lines if line and not line.startswith("#")]


def read_identities(path: Path) -> list[str]:
    """Return the identities of a file as `age-keygen` writes it.

    Raises:
        UsageError: there is none in it.
    """
    from pyrage import IdentityError, x25519

    lines = _lines(path)
    try:
        for line in lines:
            x25519.Identity.from_str(line)
    except IdentityError:
        lines = []
    if not lines:
        raise UsageError(f"{path}: this holds no age identity (AGE-SECRET-KEY-1…)")
    return lines
