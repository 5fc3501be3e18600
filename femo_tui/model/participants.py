"""Participants and what they consented to."""

from __future__ import annotations

import re
from collections.abc import Collection
from dataclasses import dataclass, replace
from datetime import date
from enum import Enum, StrEnum
from typing import Final

from femo_tui.errors import UsageError
from femo_tui.model.records import JsonValue


class Scope(StrEnum):
    """What a participant may consent to; the six are a contract with other labs."""

    GSR = "gsr"
    FACE = "face"
    KEEP = "keep"
    TRAIN = "train"
    SHARE_GSR = "share-gsr"
    SHARE_FACE = "share-face"


SCOPE_WORDS = {  # what each lets femo do: whoever ticks one has these words to ask with
    Scope.GSR: "record and analyse skin conductance",
    Scope.FACE: "record the face; crops of it are kept",
    Scope.KEEP: "keep whole frames, if the protocol asks",
    Scope.TRAIN: "train models on the face",
    Scope.SHARE_GSR: "give skin conductance to other labs",
    Scope.SHARE_FACE: "give pictures of the face to other labs",
}


class Sex(StrEnum):
    """As the participant states it."""

    F = "F"
    M = "M"
    X = "X"


class Unchanged(Enum):
    """For an expiry that may be given as None, never, and was not given at all."""

    UNCHANGED = "unchanged"


UNKNOWN = (
    "not registered in this store, so consent is not known: `femo reindex` enters whom runs tell of"
)
UNCHANGED: Final = Unchanged.UNCHANGED


@dataclass(frozen=True, slots=True)
class Consent:
    """The scopes a participant agreed to, on which form, when."""

    scopes: frozenset[Scope]  # none once it has expired
    form_version: str
    given_utc: str  # ISO 8601
    expires_utc: str | None = None  # it holds up to this second; None: until it is taken back
    lapsed: frozenset[Scope] = frozenset()  # what was agreed to, where it has expired

    def at(self, utc: str) -> Consent:
        """Return what holds at a time: an expired consent is none, and says what it was."""
        if self.expires_utc is None:
            return self
        agreed = self.scopes | self.lapsed
        if utc <= self.expires_utc:
            return replace(self, scopes=agreed, lapsed=frozenset())
        return replace(self, scopes=frozenset(), lapsed=agreed)

    def facts(self) -> dict[str, JsonValue]:
        """Return what a run and the audit log tell of it."""
        return {
            "scopes": sorted(scope.value for scope in self.scopes),
            "form_version": self.form_version,
            "given_utc": self.given_utc,
            "expires_utc": self.expires_utc,
        }


@dataclass(frozen=True, slots=True)
class Participant:
    """A person, known here by a code only."""

    code: str
    age: int | None
    sex: Sex | None
    notes: str
    consent: Consent
    registered_utc: str

    def allows(self, scope: Scope) -> bool:
        """Return whether the participant consented to `scope`."""
        return scope in self.consent.scopes

    def refusal(self, *scopes: Scope) -> str:
        """Return why what needs `scopes` may not be done, as one clause; empty where it may."""
        lacking = [scope for scope in scopes if not self.allows(scope)]
        if not lacking:
            return ""
        expired = [scope for scope in lacking if scope in self.consent.lapsed]
        words = " and ".join(scope.value for scope in expired or lacking)
        if expired:
            return f"consent to {words} expired on {(self.consent.expires_utc or '')[:10]}"
        return f"no consent to {words}"


def refused(
    person: Participant | None,
    then: Collection[str],
    *scopes: Scope,
    now: Collection[Scope] = (),
) -> str:
    """Return why what was recorded may not be used, as one clause; empty where it may.

    One rule for results, training and reports. A run is no proof of consent: it does not tell what
    was taken back since. So whoever the catalog does not know is left out.

    Args:
        person: as the catalog has them, None if it does not.
        then: the scopes consented to when it was recorded.
        scopes: what the use needs, at the recording and now.
        now: what it needs now alone, such as sharing, which may be agreed to later.
    """
    if person is None:
        return UNKNOWN
    if why := person.refusal(*scopes, *now):
        return why
    lacking = [scope.value for scope in scopes if scope.value not in then]
    return f"recorded without consent to {' and '.join(lacking)}" if lacking else ""


_CODE = re.compile(r"[A-Z][A-Z0-9]{0,11}")
AGE_RANGE = range(1, 121)


def check_code(code: str) -> str:
    """Return `code` if it can name a participant, a folder and a file at once."""
    if not _CODE.fullmatch(code):
        raise UsageError(
            f"participant code {code!r}: use a capital letter, then up to 11 capitals or digits,"
            " such as S01"
        )
    return code


def check_age(age: int) -> int:
    """Return `age` in years if a person can have it."""
    if age not in AGE_RANGE:
        raise UsageError(f"age {age}: give whole years from 1 to 120")
    return age


def parse_scopes(text: str) -> frozenset[Scope]:
    """Read `gsr,face,keep`, `all` or `none` as scopes."""
    words = [w for w in re.split(r"[,\s]+", text.strip().lower()) if w]
    if words == ["all"]:
        return frozenset(Scope)
    if words in ([], ["none"]):
        return frozenset()
    known = {s.value: s for s in Scope}
    unknown = [w for w in words if w not in known]
    if unknown:
        raise UsageError(
            f"consent scope {unknown[0]!r} is unknown: use all, none, or some of {', '.join(known)}"
        )
    return frozenset(known[w] for w in words)


def parse_expiry(text: str) -> str | None:
    """Read the last day on which a consent holds, `2027-12-31`; `never` and nothing are None.

    It holds to the end of that day, UTC.
    """
    word = text.strip().lower()
    if word in ("", "never"):
        return None
    try:
        day = date.fromisoformat(word)
    except ValueError:
        raise UsageError(
            f"expiry {text!r}: give the last day on which consent holds, such as 2027-12-31, or"
            " never"
        ) from None
    return f"{day.isoformat()}T23:59:59Z"


def next_code(taken: set[str]) -> str:
    """Propose the code after the highest numbered one: S01, S02, …"""
    numbers = [int(c[1:]) for c in taken if re.fullmatch(r"S\d+", c)]
    return f"S{max(numbers, default=0) + 1:02d}"
