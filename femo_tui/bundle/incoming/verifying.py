"""Verifies a bundle: hashes, signature, shape, versions; every fault is reported at once."""

from __future__ import annotations

import base64
import hashlib
import json
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum
from pathlib import Path

from femo_tui.bundle.incoming.bounds import STANDARD, Bounds
from femo_tui.bundle.incoming.contents import Contents, Keep, read_contents
from femo_tui.bundle.incoming.shape import (
    bag_facts,
    newer_format,
    people_of,
    shape_faults,
    study_title,
)
from femo_tui.bundle.keys import is_encrypted, open_plain
from femo_tui.bundle.layout import BAG_INFO, SIGNATURE, TAG_MANIFEST, Level
from femo_tui.bundle.signing import check_signature
from femo_tui.errors import BundleError, UsageError
from femo_tui.model.progress import Report, unheard
from femo_tui.store.files import explained

_SIGNER = re.compile(r"ed25519:[A-Za-z0-9+/]{43}=")
_SMALL_BYTES = 65_536


class Trust(StrEnum):
    """What is known of who signed a bundle."""

    TRUSTED = "trusted"  # a signer whom the config, or the caller, vouches for
    UNKNOWN = "unknown"  # the signature holds; nobody vouches for the signer
    NONE = "none"
    BROKEN = "broken"  # there is one, and it does not hold


@dataclass(frozen=True, slots=True)
class BundleReport:
    """What a bundle is, and what is wrong with it."""

    path: Path
    encrypted: bool
    name: str  # its top folder
    study: str  # the data set's name
    format: int | None
    level: Level | None
    simulated: bool
    trust: Trust
    signer: str | None  # ed25519:…
    trusted_as: str | None
    content_sha256: str  # of its tag manifest: the same however it is packed
    participants: tuple[str, ...]
    sessions: int
    runs: int
    faces: int
    files: int
    size_bytes: int  # of the plain tar
    faults: tuple[str, ...]  # one sentence each; none: it holds

    @property
    def holds(self) -> bool:
        return not self.faults


def verify_bundle(
    path: Path,
    *,
    identities: Sequence[Path] = (),
    trusted: Mapping[str, str] | None = None,
    signer: str | None = None,
    bounds: Bounds = STANDARD,
    report: Report = unheard,
) -> BundleReport:
    """Read a bundle to its end and say whether it holds.

    Args:
        path: the bundle, plain or encrypted.
        identities: files of age identities; without any, all of the lab's own.
        trusted: name → signer, as the config's [trusted] has them.
        signer: who must have signed it; it is trusted, any other a fault.
        bounds: how much of anything may be inside.
        report: told of the bytes read.

    Raises:
        BundleError: it is encrypted and there is no identity.
        StoreError: it cannot be read.
        Cancelled: `report` wants no more.
    """
    return look_through(
        path, identities=identities, trusted=trusted, signer=signer, bounds=bounds, report=report
    )[0]


def look_through(
    path: Path,
    *,
    identities: Sequence[Path] = (),
    trusted: Mapping[str, str] | None = None,
    signer: str | None = None,
    bounds: Bounds = STANDARD,
    keep: Keep | None = None,
    report: Report = unheard,
) -> tuple[BundleReport, Contents]:
    """Verify a bundle as `verify_bundle` does; also return what was found, and keep files of it."""
    with explained(path):
        if not path.exists():
            raise BundleError(f"{path}: no file is there; look at the path of the bundle")
        if not path.is_file():  # a FIFO would be waited for
            raise BundleError(f"{path}: this is no file; give the bundle's tar")
    encrypted = is_encrypted(path)
    with explained(path), open_plain(path, identities) as stream:
        contents = read_contents(
            stream, bounds, keep=keep, report=report, total_bytes=path.stat().st_size
        )
    facts = bag_facts(contents)
    faults = list(contents.faults)
    if newer := newer_format(facts):
        faults = [newer]
    elif contents.bytes_read:  # else it was not read to its end: much would be missing
        faults += shape_faults(contents)
    trust, by, trusted_as, said = _trust(contents, facts.signer, trusted or {}, signer)
    if contents.bytes_read or signer is not None:
        faults += said
    sessions = {folder.rpartition("/")[0] for folder in contents.runs}
    return (
        BundleReport(
            path=path,
            encrypted=encrypted,
            name=contents.name,
            study=study_title(contents),
            format=facts.format,
            level=facts.level,
            simulated=facts.simulated,
            trust=trust,
            signer=by,
            trusted_as=trusted_as,
            content_sha256=hashlib.sha256(contents.texts.get(TAG_MANIFEST, b"")).hexdigest(),
            participants=people_of(contents),
            sessions=len(sessions),
            runs=len(contents.runs),
            faces=contents.faces,
            files=contents.files,
            size_bytes=contents.bytes_read,
            faults=tuple(dict.fromkeys(faults)),
        ),
        contents,
    )


def read_signer(text: str) -> str:
    """Return a signer: `ed25519:…` as it is, or that of a `.pub` file.

    Raises:
        UsageError: it is neither.
    """
    if _SIGNER.fullmatch(text):
        return text
    path = Path(text).expanduser()
    try:
        with path.open("rb") as file:
            found = _SIGNER.search(file.read(_SMALL_BYTES).decode(errors="replace"))
    except OSError:
        found = None
    if found is None:
        raise UsageError(
            f"signer {text[:80]!r} is none: give one that begins with ed25519:, or the .pub file"
            " that `femo keys new` wrote"
        )
    return found[0]


def describe_trust(found: BundleReport) -> str:
    """Return whose signature a bundle has, as one clause."""
    match found.trust:
        case Trust.TRUSTED:
            return f"signed by {found.trusted_as}, whom you trust ({found.signer})"
        case Trust.UNKNOWN:
            return (
                f"signed by {found.signer}, whom nobody here vouches for: if you know whose key it"
                " is, write it into [trusted] of the config file"
            )
        case Trust.BROKEN:
            return "the signature does not hold"
        case Trust.NONE:
            return "not signed: nothing tells who made it"


def _trust(
    contents: Contents, stated: str | None, trusted: Mapping[str, str], wanted: str | None
) -> tuple[Trust, str | None, str | None, list[str]]:
    """Return whose signature there is, by whom, trusted as whom, and what is wrong with it."""
    signature = contents.texts.get(SIGNATURE)
    if signature is None:
        faults = []
        if stated is not None:
            faults.append(f"{SIGNATURE}: missing, though {BAG_INFO} says that there is one")
        if wanted is not None:
            faults.append(f"{SIGNATURE}: missing, so nothing tells that {wanted} made the bundle")
        return Trust.NONE, None, None, faults
    if wanted is not None:
        trusted = {**trusted, "the one asked for": wanted}
    try:
        _check_form(signature)
        signed = check_signature(contents.texts.get(TAG_MANIFEST, b""), signature, trusted)
    except BundleError as problem:
        return Trust.BROKEN, None, None, [str(problem)]
    faults = []
    if stated is not None and signed.signer != stated:
        faults.append(f"{SIGNATURE}: by {signed.signer}, not by {stated} as {BAG_INFO} says")
    if wanted is not None and signed.signer != wanted:
        faults.append(f"{SIGNATURE}: by {signed.signer}, not by {wanted}")
    trust = Trust.UNKNOWN if signed.trusted_as is None else Trust.TRUSTED
    return trust, signed.signer, signed.trusted_as, faults


def _check_form(signature: bytes) -> None:
    """Check that a signature is written in the one way that femo writes it.

    Otherwise a byte of it that says nothing could be another, unseen.
    """
    try:
        body = json.loads(signature)
        texts = [body["signer"].partition(":")[2], body["signature"]]
        again = [base64.b64encode(base64.b64decode(text)).decode() for text in texts]
        ordered = {key: body[key] for key in ("algorithm", "signer", "signature")}
        plain = again == texts and json.dumps(ordered, indent=2).encode() + b"\n" == signature
    except (ValueError, KeyError, TypeError, AttributeError, RecursionError):
        plain = False
    if not plain:
        raise BundleError(f"{SIGNATURE}: not written as femo writes it, so it was changed")
