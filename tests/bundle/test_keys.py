"""Keys: what the `age` tool reads, what is signed and believed, what is refused."""

from __future__ import annotations

import json
import subprocess
from pathlib import Path

import pytest

from femo_tui.bundle.keys import (
    encrypting,
    list_keys,
    new_keys,
    open_plain,
    read_recipients,
)
from femo_tui.bundle.outgoing.export import export
from femo_tui.bundle.outgoing.selection import ExportRequest
from femo_tui.bundle.signing import check_signature, sign
from femo_tui.config import load_config
from femo_tui.errors import BundleError, StoreError, UnknownName, UsageError
from tests.support.femo import Femo
from tests.support.opened import decrypt, unpack
from tests.support.shared_store import Lab

LARGE = bytes(range(256)) * 4000  # sixteen times what age encrypts at once


def encrypted(tmp_path: Path, recipient: str, content: bytes = LARGE) -> Path:
    path = tmp_path / "file.age"
    with path.open("wb") as file, encrypting(file, [recipient]) as to:
        to.write(content)
    return path


def test_age_opens_what_is_encrypted_here(tmp_path: Path) -> None:
    keys = new_keys("lab", tmp_path / "keys")
    path = encrypted(tmp_path, keys.recipient)
    assert LARGE not in path.read_bytes()
    assert decrypt(path, keys.identity_file, tmp_path / "plain").read_bytes() == LARGE


def test_what_age_encrypts_is_opened_here_armoured_or_not(tmp_path: Path) -> None:
    keys = new_keys("lab", tmp_path / "keys")
    (tmp_path / "plain").write_bytes(LARGE)
    decrypt(encrypted(tmp_path, keys.recipient), keys.identity_file, tmp_path / "there")  # or skip
    for options in ([], ["--armor"]):
        out = tmp_path / f"out{len(options)}"
        words: list[str | Path] = ["age", "-r", keys.recipient, *options, "-o", out]
        words += [tmp_path / "plain"]
        subprocess.run(words, check=True)
        with open_plain(out, [keys.identity_file]) as plain:
            assert plain.read() == LARGE


def test_one_of_several_identities_is_enough(tmp_path: Path) -> None:
    ours, theirs = (new_keys(name, tmp_path / "keys") for name in ("ours", "theirs"))
    with open_plain(
        encrypted(tmp_path, ours.recipient), [theirs.identity_file, ours.identity_file]
    ) as plain:
        assert plain.read(5) == LARGE[:5]  # left off early, on purpose


def test_another_key_opens_nothing(tmp_path: Path) -> None:
    ours, theirs = (new_keys(name, tmp_path / "keys") for name in ("ours", "theirs"))
    path = encrypted(tmp_path, ours.recipient)
    with (
        open_plain(path, [theirs.identity_file]) as plain,
        pytest.raises(BundleError, match=r"file\.age: cannot be decrypted"),
    ):
        plain.read()
    with pytest.raises(BundleError, match="you have no keys"):
        open_plain(path)


@pytest.mark.parametrize("at", [-1, 100_000, 300])
def test_a_changed_byte_is_no_plain_text(tmp_path: Path, at: int) -> None:
    keys = new_keys("lab", tmp_path / "keys")
    path = encrypted(tmp_path, keys.recipient)
    content = bytearray(path.read_bytes())
    content[at] ^= 1
    path.write_bytes(content)
    with open_plain(path, [keys.identity_file]) as plain, pytest.raises(BundleError):
        plain.read()


def test_a_cut_file_is_no_plain_text(tmp_path: Path) -> None:
    keys = new_keys("lab", tmp_path / "keys")
    path = encrypted(tmp_path, keys.recipient)
    path.write_bytes(path.read_bytes()[:200_000])
    with open_plain(path, [keys.identity_file]) as plain, pytest.raises(BundleError):
        plain.read()


def test_a_full_disk_is_told(tmp_path: Path) -> None:
    keys = new_keys("lab", tmp_path / "keys")
    with (
        Path("/dev/full").open("wb", buffering=0) as full,
        pytest.raises(OSError, match="No space left"),
        encrypting(full, [keys.recipient]) as to,
    ):
        to.write(LARGE * 4)


def test_keys_are_private_and_never_overwritten(tmp_path: Path) -> None:
    keys = new_keys("lab", tmp_path / "keys")
    for path in (keys.identity_file, keys.signing_file, keys.public_file):
        assert path.stat().st_mode & 0o777 == 0o600
    assert (tmp_path / "keys").stat().st_mode & 0o777 == 0o700
    with pytest.raises(UsageError, match="exist already"):
        new_keys("lab", tmp_path / "keys")
    with pytest.raises(UsageError, match="key name"):
        new_keys("../lab", tmp_path / "keys")
    assert list_keys(tmp_path / "keys") == [keys]
    public = keys.public_file.read_text()
    assert "SECRET" not in public
    assert "PRIVATE" not in public


def test_recipients_are_keys_or_files_of_keys(tmp_path: Path) -> None:
    keys = new_keys("lab", tmp_path / "keys")
    assert read_recipients([str(keys.public_file), keys.recipient]) == (keys.recipient,)
    with pytest.raises(UsageError, match="no age key"):
        read_recipients(["age1nothing"])
    with pytest.raises(UnknownName, match="no file"):
        read_recipients([str(tmp_path / "absent.pub")])
    with pytest.raises(UsageError, match="no age key"):
        read_recipients([str(keys.identity_file)])


def test_a_secret_key_given_by_mistake_is_not_printed(tmp_path: Path) -> None:
    keys = new_keys("lab", tmp_path / "keys")
    secret = keys.identity_file.read_text().splitlines()[-1]
    assert secret.startswith("AGE-SECRET-KEY-1")
    for given in (str(keys.identity_file), secret):
        with pytest.raises(UsageError) as told:
            read_recipients([given])
        assert secret not in str(told.value)


def test_a_signature_holds_for_its_bytes_only(tmp_path: Path) -> None:
    keys = new_keys("lab", tmp_path / "keys")
    signature = sign(b"manifest", keys.signing_file)
    assert sign(b"manifest", keys.signing_file) == signature
    known = check_signature(b"manifest", signature, {"lab b": keys.signer})
    assert (known.signer, known.trusted_as) == (keys.signer, "lab b")
    assert check_signature(b"manifest", signature, {}).trusted_as is None
    with pytest.raises(BundleError, match="does not hold"):
        check_signature(b"manifesto", signature, {})
    other = json.loads(signature) | {"signer": new_keys("b", tmp_path / "keys").signer}
    with pytest.raises(BundleError, match="does not hold"):
        check_signature(b"manifest", json.dumps(other).encode(), {})
    for broken in (b"", b"{}", b'{"signer": 1, "signature": "", "algorithm": "ed25519"}', b"[1]"):
        with pytest.raises(BundleError, match="no signature"):
            check_signature(b"manifest", broken, {})
    with pytest.raises(UsageError, match="no signing key"):
        sign(b"manifest", keys.identity_file)
    with pytest.raises(StoreError):
        sign(b"manifest", tmp_path / "absent.pem")


def test_openssl_agrees_with_the_signature(lab: Lab, tmp_path: Path) -> None:
    """Ed25519 over the bytes of the tag manifest, by a tool that knows nothing of femo."""
    import base64

    keys = new_keys("lab", tmp_path / "keys")
    request = ExportRequest(participants=("S02",), sign_with=keys.signing_file)
    done = export(lab.root, tmp_path / "out.tar", request, "ana")
    top = unpack(done.path, tmp_path / "out")
    body = json.loads((top / "signature.json").read_bytes())
    assert body["signer"] == done.signer == keys.signer
    (tmp_path / "signature").write_bytes(base64.b64decode(body["signature"]))
    words: list[str | Path] = ["openssl", "pkeyutl", "-verify", "-rawin"]
    words += ["-inkey", keys.signing_file]
    words += ["-in", top / "tagmanifest-sha256.txt", "-sigfile", tmp_path / "signature"]
    done_by = subprocess.run(words, capture_output=True, text=True, check=False)
    assert "Verified Successfully" in done_by.stdout, done_by.stderr
    assert f"Femo-Signer: {keys.signer}" in (top / "bag-info.txt").read_text()


def test_keys_on_the_command_line(femo: Femo, tmp_path: Path) -> None:
    made = femo.json("keys", "new", "lab")
    assert made["recipient"].startswith("age1")
    assert femo.json("keys", "show") == [made]
    assert Path(made["identity_file"]).is_relative_to(femo.home)
    config = tmp_path / "config.toml"
    config.write_text(f'[trusted]\n"lab b" = "{made["signer"]}"\n')
    assert load_config(config).trusted == {"lab b": made["signer"]}
    config.write_text("[trusted]\nlab = 1\n")
    with pytest.raises(UsageError, match=r"\[trusted\]"):
        load_config(config)
