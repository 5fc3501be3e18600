"""What is looked up before a run: who, which study, which protocol in whose order, which films."""

from __future__ import annotations

from dataclasses import dataclass, replace

from femo_tui.errors import UsageError
from femo_tui.model.arrange import arrange, arrange_again
from femo_tui.model.participants import Participant, Scope
from femo_tui.model.protocol import StudyProtocol
from femo_tui.model.study import Study
from femo_tui.recorder.assemble import films_beside, load_plan
from femo_tui.recorder.films import Films, find_films
from femo_tui.recorder.request import RecordRequest
from femo_tui.recorder.room import check_room
from femo_tui.store.films_shown import Showing
from femo_tui.store.run_start import read_run_start


@dataclass(frozen=True, slots=True)
class Plan:
    """One run before it begins; the protocol is the participant's own arrangement of it."""

    participant: Participant
    study: Study
    protocol: StudyProtocol
    films: Films
    shown_elsewhere: tuple[Showing, ...] = ()  # at other stations on the same catalog


def make_plan(request: RecordRequest) -> Plan:
    """Return the plan of a run; a lost one that goes on has the arrangement that it began with.

    Raises:
        UsageError: participant or protocol are unknown or have mistakes, or films are missing.
        StoreError: there is no room for it, or the store cannot be read.
    """
    from femo_tui.store.catalog import Catalog
    from femo_tui.store.study import load_study

    with Catalog.open(request.store_root) as catalog:
        participant = catalog.participant(request.participant)
        number = catalog.participant_number(request.participant)
        elsewhere = tuple(catalog.shown_elsewhere(request.participant))
    study = load_study(request.store_root)
    written = load_plan(request)
    if request.resume is None:
        protocol = arrange(written, participant.code, number)
    else:
        protocol = _as_begun(request, written)
    films = find_films(protocol, request.store_root, films_beside(request))
    if not (participant.allows(Scope.FACE) and participant.allows(Scope.KEEP)):
        protocol = replace(protocol, keep_frames=False)
    check_room(protocol, request.store_root)
    return Plan(participant, study, protocol, films, elsewhere)


def _as_begun(request: RecordRequest, written: StudyProtocol) -> StudyProtocol:
    assert request.resume is not None
    start = read_run_start(request.resume)
    if start is None:
        raise UsageError(f"{request.resume}: this is no run that can go on; record a new one")
    if start.protocol.get("sha256") != written.sha256:
        raise UsageError(
            f"{request.resume}: {written.name} was changed since this run began, so the run cannot"
            " go on; close it with `femo recover`, then record a new one"
        )
    return arrange_again(written, start.protocol)
