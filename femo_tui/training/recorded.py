"""The face images of a store's runs: every window that counts, with the even set marked."""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import TYPE_CHECKING

from femo_tui.errors import MalformedRecord
from femo_tui.faces.selection import evenly, sharpness_floor, thinned
from femo_tui.model.counting import plural
from femo_tui.model.left_out import LeftOut, in_order
from femo_tui.model.participants import Participant, Scope, refused
from femo_tui.model.protocol import StepKind
from femo_tui.model.snapshot import RunSnapshot, WindowSummary
from femo_tui.model.study import Study
from femo_tui.stats.figures import calibration_from
from femo_tui.stats.recording import (
    calibration_facts,
    least_response_us,
    samples_of,
    slope_per_min,
)
from femo_tui.store.layout import FRAMES_FILE, MANIFEST
from femo_tui.store.rows import SavedFrame, read_frame_row
from femo_tui.store.tail import LineTail
from femo_tui.training.counted import CountedRun, counted_runs
from femo_tui.training.dataset import (
    DataSet,
    FaceImage,
    PersonFacts,
    WindowGsr,
    sha256_of,
)

if TYPE_CHECKING:
    from femo_tui.signals.quality import Floats

# Of a window's images at most so many are looked at for the study's set, spread evenly: two a
# second of the study's 30 s. Neighbours 100 ms apart hardly differ, and every one costs 5 ms.
CANDIDATES_PER_WINDOW = 60
_REST_KINDS = (StepKind.BASELINE, StepKind.REST, StepKind.SETTLE)  # the first that was recorded
_SHORTEST_REST_S = 1.0


def recorded_set(
    root: Path, study: Study, people: Mapping[str, Participant], *, with_gsr: bool
) -> DataSet:
    """Return what may be learnt from the runs of a store."""
    runs, left_out = counted_runs(root, study, people, keep_samples=with_gsr)
    images: list[FaceImage] = []
    facts: list[PersonFacts] = []
    gsr: list[WindowGsr] = []
    for run in runs:
        found = _images(root, run, left_out)
        if not found:
            left_out.append(LeftOut(run.person.code, "", "no image of a face in any window"))
            continue
        images += found
        facts.append(_facts(root, run))
        if with_gsr:
            gsr += _window_gsr(root, run, left_out, study.gsr_lag_s)
    return DataSet(tuple(images), tuple(facts), tuple(gsr), in_order(left_out))


def window_name(root: Path, run_dir: Path, window: WindowSummary) -> str:
    return f"{run_dir.relative_to(root).as_posix()}#{window.step}-{window.attempt}"


def _facts(root: Path, run: CountedRun) -> PersonFacts:
    run_dir = run.snapshot.run_dir
    return PersonFacts(
        run.person.code,
        tuple(sorted(scope.value for scope in run.person.consent.scopes)),
        run.person.consent.form_version,
        run_dir.relative_to(root).as_posix(),
        sha256_of(run_dir / MANIFEST),
        run.snapshot.simulated,
    )


def _images(root: Path, run: CountedRun, left_out: list[LeftOut]) -> list[FaceImage]:
    frames = list(saved_faces(run.snapshot.run_dir))
    floor = sharpness_floor([frame.sharpness for frame in frames])
    place = run.snapshot.run_dir.relative_to(root).as_posix()
    films = {step.name: step.media or "" for step in run.snapshot.steps}
    images = []
    for window in run.windows:
        assert window.class_name is not None
        assert window.end_s is not None
        inside = [f for f in frames if window.onset_s <= f.t_s < window.end_s]
        sharp = [f for f in inside if f.sharpness is None or f.sharpness >= floor]
        usable = [f for f in sharp if f.frame not in run.snapshot.rejected_frames]
        what = f"{window.class_name}, step {window.step}"
        for count, reason in (
            (len(inside) - len(sharp), "not sharp"),
            (len(sharp) - len(usable), "rejected by eye"),
        ):
            if count:
                left_out.append(
                    LeftOut(run.person.code, what, f"{plural(count, 'image')} {reason}")
                )
        even = set(evenly([f.t_s for f in usable], window.onset_s, window.end_s))
        wanted = even | set(thinned(len(usable), CANDIDATES_PER_WINDOW))
        images += [
            FaceImage(
                path=f"{place}/{usable[i].face_file}",
                participant=run.person.code,
                class_name=window.class_name,
                window=window_name(root, run.snapshot.run_dir, window),
                even=i in even,
                clip=window.media or films.get(window.step, ""),
                folder=place,
                frame=usable[i].frame,
                t_s=usable[i].t_s,
                sharpness=usable[i].sharpness,
                brightness=usable[i].brightness,
                box=_box(usable[i]),
            )
            for i in sorted(wanted)
        ]
    return images


def _box(frame: SavedFrame) -> tuple[int, int, int, int] | None:
    box = frame.box
    return None if box is None else (box.x, box.y, box.w, box.h)


def saved_faces(run_dir: Path) -> Iterator[SavedFrame]:
    """Yield the frames whose face was saved; lines that are no rows are `femo show`'s business."""
    for _, line in LineTail(run_dir / FRAMES_FILE).read():
        if b"_face.jpg" in line:  # most frames lie outside windows: passed over unread
            try:
                yield read_frame_row(line)
            except MalformedRecord:
                continue


def _window_gsr(
    root: Path, run: CountedRun, left_out: list[LeftOut], lag_s: float
) -> list[WindowGsr]:
    """Return the skin conductance of each window, which comes later than the film's by a lag."""
    from femo_tui.signals.responses import find_responses

    code = run.person.code
    then = run.snapshot.start.scopes if run.snapshot.start else ()
    if why := refused(run.person, then, Scope.GSR):
        left_out.append(LeftOut(code, "GSR", why))
        return []
    samples = samples_of(run.snapshot)
    t_s, gsr_us = samples.t_s[samples.valid], samples.gsr_us[samples.valid]
    t_s = t_s - lag_s  # on the clock of the windows
    rest_us = _rest_us(run.snapshot, t_s, gsr_us)
    if rest_us is None:
        left_out.append(LeftOut(code, "GSR", "no unlabelled rest step with valid samples"))
        return []
    start = run.snapshot.start
    calibration = None if start is None else calibration_from(calibration_facts(start))
    responses = find_responses(t_s, gsr_us, least_response_us(gsr_us, calibration))
    found = []
    for window in run.windows:
        assert window.end_s is not None
        inside = (t_s >= window.onset_s) & (t_s < window.end_s)
        if inside.sum() < 2:
            what = f"GSR of {window.class_name}, step {window.step}"
            left_out.append(LeftOut(code, what, "fewer than two valid samples"))
            continue
        name = window_name(root, run.snapshot.run_dir, window)
        begun = [r for r in responses if window.onset_s <= r.onset_s < window.end_s]
        found.append(
            WindowGsr(
                window=name,
                log_ratio=math.log(float(gsr_us[inside].mean()) / rest_us),
                slope_per_min=(slope_per_min(t_s[inside], gsr_us[inside]) or 0.0) / rest_us,
                responses_per_min=60 * len(begun) / (window.end_s - window.onset_s),
                response_us=sum(r.amplitude_us for r in begun) / len(begun) if begun else 0.0,
            )
        )
    return found


def _rest_us(snapshot: RunSnapshot, t_s: Floats, gsr_us: Floats) -> float | None:
    """Return the mean conductance of a rest step that has no class: never that of a neutral."""
    for kind in _REST_KINDS:
        for step in snapshot.steps:
            if step.kind != kind.value or step.class_name or step.stopped_s is None:
                continue
            assert step.started_s is not None
            inside = (t_s >= step.started_s) & (t_s < step.stopped_s)
            if step.stopped_s - step.started_s >= _SHORTEST_REST_S and inside.any():
                return float(gsr_us[inside].mean())
    return None
