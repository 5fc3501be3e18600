"""One run as an XDF file, for programs that read LSL recordings."""

from __future__ import annotations

from dataclasses import dataclass
from io import BufferedWriter
from itertools import chain
from pathlib import Path

from femo_tui import paths
from femo_tui.bundle.outgoing.noting import note_given_out
from femo_tui.bundle.outgoing.placed import check_place, placed
from femo_tui.bundle.outgoing.xdf import XdfWriter
from femo_tui.errors import ConsentError, StoreError
from femo_tui.model.clock import Clock, HostClock, iso_seconds
from femo_tui.model.given_out import Export
from femo_tui.model.left_out import LeftOut
from femo_tui.model.participants import Participant, Scope
from femo_tui.model.run_state import RunData
from femo_tui.store.exchange import FACES, GSR, ExchangeTail, streams_of
from femo_tui.store.layout import find_run
from femo_tui.store.run_reader import RunReader

LEVEL = "xdf"
_SCOPES = {GSR: (Scope.GSR, Scope.SHARE_GSR), FACES: (Scope.FACE, Scope.SHARE_FACE)}


@dataclass(frozen=True, slots=True)
class XdfExported:
    """What was written, and what was not."""

    path: Path
    sha256: str
    participant: str
    samples: dict[str, int]  # by stream
    simulated: bool
    left_out: tuple[LeftOut, ...]


def export_xdf(
    root: Path, run: str, out: Path, operator: str, *, note: str = "", clock: Clock | None = None
) -> XdfExported:
    """Write a whole run, also what was not accepted of it, and note that it was given out.

    Times are seconds since run start. Nothing that somebody typed is in it.

    Args:
        root: the store.
        run: a name as `find_run` takes it.
        out: the file to write; it must not exist.
        operator: who wants it.
        note: to whom it goes, noted in the store.
        clock: for the note.

    Raises:
        UnknownName: there is no such run.
        UsageError: `out` cannot be written to.
        ConsentError: neither skin conductance nor faces may be shared, or nobody has decided that
            the run is kept.
        StoreError: the run cannot be read, or the file not be written.
    """
    from femo_tui.store.catalog import Catalog

    check_place(out)
    run_dir = find_run(root, run)
    data = RunReader(run_dir, keep_samples=False).poll().data
    if data is not RunData.KEEP:
        what = f"run {run}: its data are {data.value.replace('_', ' ')}, not decided to be kept"
        to_do = f"ask the participant, then `femo decide {run} --data keep`"
        raise ConsentError(f"{what}; {to_do if data is RunData.UNTIL_ASKED else 'name another'}")
    tail = ExchangeTail(run_dir)
    moments = tail.poll()
    first = next(moments, None)  # of run_start, which says what streams there are
    if first is None or tail.start is None:
        raise StoreError(f"{run_dir}: its run.jsonl does not begin with run_start; restore it")
    start = tail.start
    with Catalog.open(root, clock) as catalog:
        person = catalog.participant(start.participant)
        streams = {stream.name: stream for stream in streams_of(start)}
        left_out = tuple(
            LeftOut(person.code, name, person.refusal(*scopes))
            for name, scopes in _SCOPES.items()
            if name in streams and not _shared(person, name)
        )
        kept = [stream for stream in streams.values() if _shared(person, stream.name)]
        if not any(stream.name in _SCOPES for stream in kept):
            why = "; ".join(one.reason for one in left_out) or "the run has no sensor and no camera"
            raise ConsentError(f"run {run} of {person.code} cannot be exported: {why}")
        facts = {
            "participant": person.code,
            "run": start.run,
            "protocol": str(start.protocol.get("name", "")),
            "simulated": " ".join(start.simulated),
        }
        with placed(out) as written, BufferedWriter(written) as file:
            writer = XdfWriter(file)
            for stream in kept:
                writer.add(stream, f"{stream.name}-{paths.store_hash(root)}", facts)
            names = {stream.name for stream in kept}
            for moment in chain((first,), moments):
                if moment.stream in names:
                    writer.put(moment)
            writer.finish()
        done = XdfExported(
            out, written.sha256, person.code, writer.counts, bool(start.simulated), left_out
        )
        utc = iso_seconds((clock or HostClock()).utc())
        note_given_out(
            catalog,
            out,
            Export(utc, operator, out.name, done.sha256, LEVEL, (), note, (person.code,)),
        )
    return done


def _shared(person: Participant, stream: str) -> bool:
    return all(person.allows(scope) for scope in _SCOPES.get(stream, ()))
