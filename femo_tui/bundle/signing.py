"""Ed25519 signatures of bundles: made with a lab's key, and checked."""

from __future__ import annotations

import base64
import json
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from femo_tui.errors import BundleError, UsageError
from femo_tui.store.files import explained

if TYPE_CHECKING:
    from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

_ALGORITHM = "ed25519"


@dataclass(frozen=True, slots=True)
class Signed:
    """A signature that holds."""

    signer: str  # ed25519:…
    trusted_as: str | None  # its name in the config's [trusted]; None: nobody vouches for it


def signer_of(key: Path) -> str:
    """Return the public part of a signing key.

    Raises:
        UsageError: the file is no Ed25519 key.
    """
    return _signer(_private(key))


def sign(content: bytes, key: Path) -> bytes:
    """Return `signature.json` over `content`; the same key signs the same bytes alike.

    Raises:
        UsageError: the file is no Ed25519 key.
    """
    private = _private(key)
    body = {
        "algorithm": _ALGORITHM,
        "signer": _signer(private),
        "signature": base64.b64encode(private.sign(content)).decode(),
    }
    return json.dumps(body, indent=2).encode() + b"\n"


def check_signature(content: bytes, signature: bytes, trusted: Mapping[str, str]) -> Signed:
    """Check `signature.json` over `content`.

    Args:
        content: the bytes of the tag manifest.
        signature: the bytes of the signature's file.
        trusted: name → signer, as the config's [trusted] has them.

    Raises:
        BundleError: it is no signature, or not over these bytes.
    """
    from cryptography.exceptions import InvalidSignature
    from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey

    try:
        body = json.loads(signature)
        signer, signed = body["signer"], base64.b64decode(body["signature"], validate=True)
        kind, _, public = signer.partition(":")
        if body["algorithm"] != _ALGORITHM or kind != _ALGORITHM:
            raise ValueError(f"its algorithm is not {_ALGORITHM}")
        key = Ed25519PublicKey.from_public_bytes(base64.b64decode(public, validate=True))
    except (ValueError, KeyError, TypeError, AttributeError, RecursionError) as problem:
        raise BundleError(f"signature.json: this is no signature ({problem})") from None
    try:
        key.verify(signed, content)
    except InvalidSignature:
        raise BundleError(
            "signature.json: the signature does not hold; the bundle was changed after it was"
            " signed, or somebody else's signature was put in"
        ) from None
    names = [name for name, known in trusted.items() if known == signer]
    return Signed(signer, names[0] if names else None)


def _private(path: Path) -> Ed25519PrivateKey:
    from cryptography.exceptions import UnsupportedAlgorithm
    from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
    from cryptography.hazmat.primitives.serialization import load_pem_private_key

    with explained(path):
        content = path.read_bytes()
    try:
        key = load_pem_private_key(content, password=None)
    except (ValueError, TypeError, UnsupportedAlgorithm):
        key = None
    if not isinstance(key, Ed25519PrivateKey):
        raise UsageError(f"{path}: this is no signing key; make one with `femo keys new`")
    return key


def _signer(private: Ed25519PrivateKey) -> str:
    public = private.public_key().public_bytes_raw()
    return f"{_ALGORITHM}:{base64.b64encode(public).decode()}"
