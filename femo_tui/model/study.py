"""The study that a store holds: what is asked, how it is measured, who is left out."""

from __future__ import annotations

import hashlib
import re
import tomllib
from dataclasses import dataclass
from enum import StrEnum

from femo_tui.errors import FemoError, ProtocolError, UsageError
from femo_tui.model.contrasts import parse_contrast
from femo_tui.model.participants import check_code

DEMONSTRATION = (
    "SIMULATED demonstration"  # the title of what `femo demo` makes, and of nothing else
)
LONGEST_LAG_S = 10.0  # skin answers within 1 to 5 s; beyond this it is another stimulus


class Measure(StrEnum):
    """What a comparison compares."""

    PERCENT = "percent"  # (emotion − baseline)/baseline × 100, as in the 2018 study
    LOG_RATIO = "log_ratio"
    US = "us"


class Baseline(StrEnum):
    """What an emotion's conductance is held against."""

    NEUTRALS_AROUND = "neutrals_around"  # the mean of the neutral before and the one after
    NEUTRAL_BEFORE = "neutral_before"
    NEUTRAL_AFTER = "neutral_after"
    FIRST_NEUTRAL = "first_neutral"
    BASELINE_STEP = "baseline_step"


@dataclass(frozen=True, slots=True)
class Study:
    """What `study.toml` says; the defaults hold for a store that has none."""

    title: str = "Untitled study"
    protocol: str = "wile2018"
    protocol_sha256: str = ""  # empty: any version of the protocol counts
    planned_n: int | None = None
    measure: Measure = Measure.PERCENT
    baseline: Baseline = Baseline.NEUTRALS_AROUND
    primary: tuple[str, ...] = ()  # the primary family; empty: each emotion against neutral
    gsr_lag_s: float = 0.0  # by which GSR windows come later than the film's
    consent_form_version: str = "1"
    pilots: tuple[str, ...] = ()  # participants who never count
    language: str = "en"
    shared_group: str = ""  # operators with their own logins who work on the store together
    backup_days: int = 7  # how old the last backup may be before it is asked for
    sha256: str = ""  # of the file's text; empty without a file


def parse_study(text: str, source: str) -> Study:
    """Read the text of a study file.

    Raises:
        ProtocolError: every mistake at once, each with `source` and its line.
    """
    try:
        given = tomllib.loads(text)
    except tomllib.TOMLDecodeError as problem:
        raise ProtocolError(f"{source}: this is no TOML: {problem}") from None
    default = Study()
    mistakes: list[str] = []

    def wrong(key: str, what: str) -> None:
        mistakes.append(f"{source}{_line_of(key, text)}: {key}: {what}")

    def text_of(key: str, otherwise: str) -> str:
        value = given.get(key, otherwise)
        if isinstance(value, str) and value.strip():
            return value
        wrong(key, 'write it as text, such as "…"')
        return otherwise

    for key in given.keys() - _KEYS:
        wrong(key, f"unknown; known are {', '.join(sorted(_KEYS))}")
    planned_n = given.get("planned_n")
    if planned_n is not None and (type(planned_n) is not int or planned_n < 1):
        wrong("planned_n", "give a whole number of participants, 1 or more")
    sha256 = given.get("protocol_sha256", "")
    if not isinstance(sha256, str) or not re.fullmatch("([0-9a-f]{64})?", sha256):
        wrong("protocol_sha256", "give the 64 hexadecimal digits that `femo protocol check` prints")
    measure = text_of("measure", default.measure.value)
    if measure not in list(Measure):
        wrong("measure", f"{measure!r} is unknown; use one of {', '.join(Measure)}")
    baseline = text_of("baseline", default.baseline.value)
    if baseline not in list(Baseline):
        wrong("baseline", f"{baseline!r} is unknown; use one of {', '.join(Baseline)}")
    language = text_of("language", default.language)
    if not re.fullmatch("[a-z]{2,3}", language):
        wrong("language", f"{language!r} is no language code; use one such as en or es")
    pilots = given.get("pilots", [])
    if not isinstance(pilots, list) or not all(isinstance(code, str) for code in pilots):
        wrong("pilots", 'give a list of participants, such as ["P1", "P2"]')
        pilots = []
    for code in pilots:
        try:
            check_code(code)
        except FemoError as problem:
            wrong("pilots", str(problem))
    primary = given.get("primary", [])
    if not isinstance(primary, list) or not all(isinstance(pair, str) for pair in primary):
        wrong("primary", 'give a list of comparisons, such as ["Happy_S - Neutral_S"]')
        primary = []
    compared: list[str] = []
    for pair in primary:
        try:
            label = parse_contrast(pair).label
        except UsageError as problem:
            mistakes.append(f"{source}{_line_of_item(pair, 'primary', text)}: primary: {problem}")
        else:
            if label in compared:
                where = _line_of_item(pair, "primary", text)
                mistakes.append(
                    f"{source}{where}: primary: {label} stands there twice; once is enough"
                )
            compared.append(label)
    lag_s = given.get("gsr_lag_s", 0.0)
    if type(lag_s) not in (int, float) or not 0 <= lag_s <= LONGEST_LAG_S:
        wrong("gsr_lag_s", f"give seconds from 0 to {LONGEST_LAG_S:g}")
        lag_s = 0.0
    shared_group = given.get("shared_group", "")
    if not isinstance(shared_group, str) or not re.fullmatch(_GROUP, shared_group):
        wrong("shared_group", 'give the name of a group of this machine, such as "lab"')
    backup_days = given.get("backup_days", default.backup_days)
    if type(backup_days) is not int or backup_days < 1:
        wrong("backup_days", "give a whole number of days, 1 or more")
    title, protocol = text_of("title", default.title), text_of("protocol", default.protocol)
    form = text_of("consent_form_version", default.consent_form_version)
    if mistakes:
        raise ProtocolError("\n".join(sorted(mistakes)))
    return Study(
        title=title,
        protocol=protocol,
        protocol_sha256=sha256,
        planned_n=planned_n,
        measure=Measure(measure),
        baseline=Baseline(baseline),
        primary=tuple(compared),
        gsr_lag_s=float(lag_s),
        consent_form_version=form,
        pilots=tuple(pilots),
        language=language,
        shared_group=shared_group,
        backup_days=backup_days,
        sha256=hashlib.sha256(text.encode()).hexdigest(),
    )


_KEYS = {
    *("title", "protocol", "protocol_sha256", "planned_n", "measure", "baseline"),
    *("primary", "gsr_lag_s"),
    *("consent_form_version", "pilots", "language"),
    *("shared_group", "backup_days"),
}
_GROUP = r"([a-z_][a-z0-9_-]{0,31})?"  # what groupadd takes; empty: the owner alone


def _line_of(key: str, text: str) -> str:
    """Return ` line N` of a key at the top level, empty if it is not written there."""
    for number, line in enumerate(text.splitlines(), start=1):
        if re.match(rf"\s*[\"']?{re.escape(key)}[\"']?\s*[=.\]]|\s*\[+\s*{re.escape(key)}", line):
            return f" line {number}"
    return ""


def _line_of_item(item: str, key: str, text: str) -> str:
    """Return ` line N` of a text in the list at `key`, the key's own line if it is not found."""
    begun = False
    for number, line in enumerate(text.splitlines(), start=1):
        begun = begun or re.match(rf"\s*[\"']?{re.escape(key)}[\"']?\s*=", line) is not None
        if begun and item in line:
            return f" line {number}"
    return _line_of(key, text)
