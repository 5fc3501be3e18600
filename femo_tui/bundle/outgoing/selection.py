"""What goes into a bundle: by what was asked for, by consent as it stands, by what was accepted.

Whatever stays in the lab is named with its reason, by codes, classes and counts: nothing that
somebody typed, no date, no attempt.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date
from pathlib import Path

from femo_tui.bundle.layout import Level, RunPlace
from femo_tui.bundle.outgoing.shares import RunFold, RunShare
from femo_tui.bundle.outgoing.shift import DateShift
from femo_tui.bundle.outgoing.texts import FreeText, TextRule, names_of_this_place
from femo_tui.errors import UnknownName, UsageError
from femo_tui.model.events import Marker
from femo_tui.model.left_out import LeftOut
from femo_tui.model.participants import Participant, Scope
from femo_tui.model.progress import Progress, Report, unheard
from femo_tui.model.run_state import RunData
from femo_tui.model.study import Study
from femo_tui.store.layout import SESSIONS, WHOLE_FRAMES, runs_of, session_utc
from femo_tui.store.seal import is_sealed
from femo_tui.store.tombstone import has_tombstone

MARK = "mark"  # the command behind a marker that somebody typed
_NOT_IN_NAME = re.compile("[^a-z0-9]+")
_LONGEST_NAME = 40


@dataclass(frozen=True, slots=True)
class ExportRequest:
    """What somebody wants in a bundle, and how it is to be closed."""

    level: Level = Level.FULL
    participants: tuple[str, ...] = ()  # none: everybody
    since: date | None = None  # of sessions, in UTC, both days included
    until: date | None = None
    protocol: str = ""  # empty: any
    classic: bool = False  # the layout of 2018 beside
    texts_looked_at: bool = False  # free text may go, at level full
    recipients: tuple[str, ...] = ()  # age keys
    encrypt: bool = True  # False: plain on purpose, also with faces inside
    sign_with: Path | None = None  # an Ed25519 key


@dataclass(frozen=True, slots=True)
class Selection:
    """What goes, what stays, and which texts people typed about what goes."""

    level: Level
    classic: bool
    name: str  # of the top folder
    study: Study
    shares: tuple[RunShare, ...]  # in the order of the bundle
    left_out: tuple[LeftOut, ...]
    texts: tuple[FreeText, ...]
    rule: TextRule
    face_files: int

    @property
    def people(self) -> tuple[Participant, ...]:
        """Return the participants of whom there is something, by code."""
        return tuple({share.person.code: share.person for share in self.shares}.values())

    @property
    def simulated(self) -> bool:
        return any(share.start.simulated for share in self.shares)


def select(
    root: Path,
    study: Study,
    people: Sequence[Participant],
    request: ExportRequest,
    report: Report = unheard,
) -> Selection:
    """Choose what goes.

    Args:
        root: the store.
        study: as its study file says.
        people: as the catalog has them.
        request: what is wanted.
        report: told of each participant.

    Raises:
        UnknownName: somebody who was asked for is not registered.
        UsageError: nothing at all would go.
    """
    known = {person.code: person for person in people}
    for code in request.participants:
        if code not in known:
            raise UnknownName(f"participant {code} is not registered; see `femo participant list`")
    wanted = sorted(set(request.participants) or {*known, *_recorded(root)})
    chooser = _Chooser(root, request, study.gsr_lag_s)
    for number, code in enumerate(wanted):
        report(Progress(number, len(wanted), "participants"))
        chooser.choose(code, known.get(code))
    rule = TextRule(
        allowed=request.level is Level.FULL and request.texts_looked_at,
        names=chooser.operators | names_of_this_place(),
    )
    if not chooser.shares:
        why = "; ".join(dict.fromkeys(one.reason for one in chooser.left_out)) or "no run fits"
        raise UsageError(f"there is nothing to export: {why}")
    texts: tuple[FreeText, ...] = ()
    if request.level is Level.FULL:
        texts = tuple(
            FreeText(who, where, kind, text, rule.held_back(text))
            for who, where, kind, text in _texts(chooser.shares)
        )
    kept = len([text for text in texts if not rule.told(text.text)])
    if kept:
        texts_stay = "1 text stays" if kept == 1 else f"{kept} texts stay"
        chooser.left_out.append(LeftOut("", "free text", f"{texts_stay} in the lab"))
    return Selection(
        level=request.level,
        classic=request.classic,
        name=f"{_plain_name(study.title)}-{request.level.value}",
        study=study,
        shares=tuple(sorted(chooser.shares, key=lambda share: share.place.folder)),
        left_out=tuple(chooser.left_out),
        texts=texts,
        rule=rule,
        face_files=chooser.face_files,
    )


class _Chooser:
    """Goes through participants and their runs; what stays is named in `left_out`."""

    def __init__(self, root: Path, request: ExportRequest, reach_s: float) -> None:
        self.shares: list[RunShare] = []
        self.left_out: list[LeftOut] = []
        self.operators: set[str] = set()
        self.face_files = 0
        self._root, self._request, self._reach_s = root, request, reach_s

    def choose(self, code: str, person: Participant | None) -> None:
        """Choose among the runs of one participant."""
        runs = list(runs_of(self._root, code))
        asked = [run for run in runs if self._is_asked_for(run)]
        if not asked:
            return
        if person is None:
            self._leave(code, "", "not registered")
            return
        gsr = person.allows(Scope.GSR) and person.allows(Scope.SHARE_GSR)
        faces = person.allows(Scope.FACE) and person.allows(Scope.SHARE_FACE)
        if not gsr:
            self._leave(code, "GSR", _why_not(person, Scope.GSR, Scope.SHARE_GSR))
        if self._request.level is not Level.FULL:
            faces = False
        elif not faces:
            self._leave(code, "faces", _why_not(person, Scope.FACE, Scope.SHARE_FACE))
        if not (gsr or faces):
            return
        sessions = list(dict.fromkeys(run.parent.name for run in runs))
        shift = DateShift.from_sessions(sessions)
        for run in asked:
            number = int(run.name.partition("-")[2])
            place = RunPlace(code, sessions.index(run.parent.name) + 1, number, "")
            share = self._share(run, place, person, shift, gsr=gsr, faces=faces)
            if share is not None:
                self.shares.append(share)

    def _share(
        self,
        run_dir: Path,
        place: RunPlace,
        person: Participant,
        shift: DateShift,
        *,
        gsr: bool,
        faces: bool,
    ) -> RunShare | None:
        """Return what of a run goes, None if nothing does or it was not asked for."""
        code = person.code
        if has_tombstone(run_dir):
            self._leave(code, place.where, "discarded")
            return None
        fold = RunFold(run_dir)
        self.operators |= fold.operators
        if fold.start is None:
            return None  # never begun
        protocol = str(fold.start.protocol.get("name", ""))
        if self._request.protocol and protocol != self._request.protocol:
            return None
        if fold.stop is None or not is_sealed(run_dir):
            self._leave(code, place.where, "not finished: end it, or close it with femo recover")
            return None
        if fold.data is not RunData.KEEP:
            reason = f"its data are {fold.data.value.replace('_', ' ')}, not decided to be kept"
            self._leave(code, place.where, reason)
            return None
        windows = tuple(fold.windows())
        for name, count in sorted(fold.not_accepted().items()):
            self._leave(code, name, f"not accepted ({count})")
        if not windows:
            self._leave(code, place.where, "no accepted window")
            return None
        then = fold.start.scopes
        share = RunShare(
            place=RunPlace(code, place.session, place.run, protocol),
            run_dir=run_dir,
            name=run_dir.relative_to(self._root).as_posix(),
            person=person,
            shift=shift,
            start=fold.start,
            stop=fold.stop,
            gsr=gsr and Scope.GSR.value in then,
            faces=faces and Scope.FACE.value in then,
            windows=windows,
            attempts=fold.attempts(),
            answers=fold.answers(),
            cuts=fold.cuts(),
            reach_s=self._reach_s,
            rejected=fold.decided.rejected,
            chosen=fold.decided.chosen,
            not_accepted=fold.not_accepted(),
        )
        if share.rejected and share.faces:
            self._leave(code, place.where, f"faces rejected by eye ({len(share.rejected)})")
        if (run_dir / WHOLE_FRAMES).exists():
            self._leave(code, place.where, "whole frames: never exported")
        if share.faces:
            for frame, _ in share.frame_lines(with_images=True):
                self.face_files += bool(frame.face_file) + bool(frame.eyes_file)
        return share

    def _is_asked_for(self, run_dir: Path) -> bool:
        day = date.fromisoformat(session_utc(run_dir.parent.name)[:10])
        since, until = self._request.since, self._request.until
        return (since is None or day >= since) and (until is None or day <= until)

    def _leave(self, code: str, what: str, reason: str) -> None:
        self.left_out.append(LeftOut(code, what, reason))


def _why_not(person: Participant, *scopes: Scope) -> str:
    """Return why what needs all of `scopes` stays."""
    if person.consent.lapsed & set(scopes):
        return person.refusal(*scopes)
    return f"consent does not cover {' and '.join(scope.value for scope in scopes)}"


def _texts(shares: Sequence[RunShare]) -> Iterator[tuple[str, str, str, str]]:
    """Yield (participant, where, kind, text) of whatever was typed about what goes."""
    noted: set[str] = set()
    for share in shares:
        code, where = share.person.code, share.place.where
        if share.person.notes and code not in noted:
            noted.add(code)
            yield code, "", "note", share.person.notes
        for name, fact in share.start.environment.items():
            if isinstance(fact, str) and fact:
                yield code, where, "fact", f"{name}: {fact}"
        for window in share.windows:
            if window.reason:
                yield code, where, "reason", window.reason
        for event in share.events():
            if isinstance(event, Marker) and is_note(event) and event.text:
                yield code, where, "marker", event.text


def is_note(marker: Marker) -> bool:
    """Return whether a marker is a moment that somebody marked, not a command to the run."""
    return marker.ok and marker.command in (None, MARK)


def _recorded(root: Path) -> list[str]:
    """Return the codes of whoever has a folder."""
    folder = root / SESSIONS
    return [path.name for path in folder.iterdir() if path.is_dir()] if folder.is_dir() else []


def _plain_name(title: str) -> str:
    """Return a study's title as the name of a folder."""
    plain = unicodedata.normalize("NFKD", title).encode("ascii", "ignore").decode().lower()
    return _NOT_IN_NAME.sub("-", plain).strip("-")[:_LONGEST_NAME].strip("-") or "study"
