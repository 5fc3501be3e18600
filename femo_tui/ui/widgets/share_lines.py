"""What left a store and what came in, as lines: the standing, one row a bundle, all of one."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta, tzinfo
from enum import Enum

from textual.content import Content

from femo_tui.model.given_out import Backup, Export
from femo_tui.store.imported import Imported
from femo_tui.ui import words
from femo_tui.ui.blocking.sharing import Book

COLUMNS = (("when", 14), ("what", 12), ("people", 8), ("level", 12), ("whom, where", 22), ("by", 8))
_NAME_WIDTH = 12
_CODES_SHOWN = 24
_FACT_WIDTH = 10  # beside it a hash fits into a dialog


class Way(Enum):
    """Which way data went."""

    OUT = ("given out", "$foreground")
    IN = ("brought in", "$foreground")
    COPY = ("backup", "$quiet")


@dataclass(frozen=True, slots=True)
class Entry:
    """One bundle, or one backup."""

    way: Way
    of: Export | Imported | Backup
    at: datetime
    key: str


def entries_of(book: Book) -> tuple[Entry, ...]:
    """Return everything, the newest first."""
    found = [
        *(Entry(Way.OUT, one, words.moment(one.utc), f"out {one.sha256}") for one in book.exports),
        *(
            Entry(Way.IN, one, words.moment(one.imported_utc), f"in {one.id}")
            for one in book.imports
        ),
        *(
            Entry(Way.COPY, one, words.moment(one.utc), f"copy {one.destination} {one.backup_id}")
            for one in book.backups
        ),
    ]
    return tuple(sorted(found, key=lambda entry: entry.at, reverse=True))


def row(entry: Entry, zone: tzinfo | None) -> list[Content]:
    """Return the cells of one entry."""
    word, style = entry.way.value
    people, level, whom, by = _facts(entry.of)
    return [
        Content.styled(f"{entry.at.astimezone(zone):%d %b %H:%M}", "$quiet"),
        Content.styled(word, style),
        Content(f"{people:>6}"),
        Content(level),
        whom,
        Content.styled(by, "$quiet"),
    ]


def _facts(of: Export | Imported | Backup) -> tuple[int, str, Content, str]:
    match of:
        case Export():
            whom = of.note or _keys(of.recipients)
            return len(of.participants), of.level, Content(whom), of.operator
        case Imported():
            return len(of.participants), of.level, signer_word(of), of.operator
        case Backup():
            return len(of.participants), "", Content(of.destination), of.operator


def _keys(recipients: Sequence[str]) -> str:
    return words.plural(len(recipients), "key") if recipients else "open to anybody"


def signer_word(of: Imported) -> Content:
    """Return who signed a bundle that came in, and whether somebody vouches for them."""
    if of.trusted_as:
        return Content.styled(f"{of.trusted_as}, trusted", "$success")
    if of.signer:
        return Content.styled("signer unknown", "$warning")
    return Content.styled("not signed", "$warning")


def standing_lines(book: Book) -> list[Content]:
    """Return where the three ways stand, a line each."""
    return [
        _named("Given out", _given_out(book)),
        _named("Brought in", _brought_in(book)),
        _named("Backed up", _backed_up(book)),
    ]


def _named(name: str, what: Content) -> Content:
    return Content.assemble((f"{name:<{_NAME_WIDTH}}", "$quiet bold"), what)


def _given_out(book: Book) -> Content:
    if not book.exports:
        return Content("nothing yet")
    people = {code for one in book.exports for code in one.participants}
    faces = sum(one.level == "full" for one in book.exports)
    parts = [words.plural(len(book.exports), "bundle"), words.people(len(people))]
    parts.append(f"{words.count(faces)} at level full" if faces else "none at level full")
    return Content(" · ".join(parts))


def _brought_in(book: Book) -> Content:
    if not book.imports:
        return Content("nothing yet")
    unknown = sum(one.trusted_as is None for one in book.imports)
    told = Content(words.plural(len(book.imports), "bundle"))
    if unknown:
        return told + Content.styled(f" · {unknown} whose signer nobody vouches for", "$warning")
    return told + Content(" · all of signers whom you trust")


def is_due(book: Book) -> bool:
    """Return whether the store should be backed up now."""
    last = words.moment(book.backups[-1].utc) if book.backups else None
    return last is None or book.at - last > timedelta(days=book.backup_days)


def _backed_up(book: Book) -> Content:
    if not book.backups:
        return Content.styled("! never: a dead disk would take everything", "$warning")
    last = book.backups[-1]
    held = set(book.participants) & set(last.participants)
    of = f"{words.count(len(held))} of {words.people(len(book.participants))}"
    gone = "" if book.is_there else "not there now: "
    whole = f"{age(book.at - words.moment(last.utc))} · {of} · {gone}{last.destination}"
    return Content.styled(f"! {whole}", "$warning") if is_due(book) else Content(whole)


def age(passed: timedelta) -> str:
    """Write how long ago something was: `6 days ago`."""
    minutes = int(passed.total_seconds() // 60)
    for size, noun in ((60 * 24, "day"), (60, "hour"), (1, "minute")):
        if minutes >= size:
            return f"{words.plural(minutes // size, noun)} ago"
    return "just now"


def about(entry: Entry) -> list[Content]:
    """Return two lines about an entry: what it is, and what can be done with it."""
    match entry.of:
        case Export() as one:
            opens = f"opened by {_keys(one.recipients)}" if one.recipients else "not encrypted"
            return [Content(one.file_name), _quiet(f"{opens} · sha256 {one.sha256[:16]}…")]
        case Imported() as one:
            kept = f"kept unchanged in imported/{one.id}/{one.file}"
            mark = ("SIMULATED ", "$warning bold") if one.simulated else ""
            return [Content.assemble(mark, one.name), _quiet(kept)]
        case Backup() as one:
            return [
                Content(f"{one.destination} · {one.backup_id} · read back when it was written"),
                _quiet(f"brought back by: {restore_command(one)}"),
            ]


def restore_command(backup: Backup) -> str:
    """Return what brings a backup back; it wants a store that is empty."""
    return f"femo restore {backup.destination} --store NEW"


def whole(entry: Entry, zone: tzinfo | None) -> list[Content]:
    """Return everything that is known of an entry, a fact a line."""
    of = entry.of
    when = f"{entry.at.astimezone(zone):%d %b %Y %H:%M} by {of.operator}"
    codes = sorted(of.participants)
    facts: list[tuple[str, str]] = [("when", when)]
    match of:
        case Export():
            facts += [
                ("file", of.file_name),
                ("sha256", of.sha256),
                ("level", of.level),
                ("for", of.note or words.NONE),
                *(("opened by", key) for key in of.recipients),
            ]
            if not of.recipients:
                facts.append(("opened by", "anybody: it is not encrypted"))
        case Imported():
            facts += [
                ("bundle", of.name),
                ("kept in", f"imported/{of.id}/{of.file}"),
                ("sha256", of.sha256),
                ("level", of.level),
                ("signed by", _signed(of)),
            ]
            codes = sorted(of.participants.values())
        case Backup():
            facts += [
                ("where", of.destination),
                ("backup", of.backup_id),
                ("restore", restore_command(of)),
                ("", "into a folder that is new, or empty"),
            ]
    shown = " ".join(codes[:_CODES_SHOWN])
    more = f" and {len(codes) - _CODES_SHOWN} more" if len(codes) > _CODES_SHOWN else ""
    facts.append((words.people(len(codes)), f"{shown}{more}" or words.NONE))
    return [Content.assemble((f"{name:<{_FACT_WIDTH}}", "$quiet"), what) for name, what in facts]


def _signed(of: Imported) -> str:
    if of.signer is None:
        return "nobody"
    return f"{of.trusted_as or 'nobody whom you know'} ({of.signer})"


def _quiet(text: str) -> Content:
    return Content.styled(text, "$quiet")
