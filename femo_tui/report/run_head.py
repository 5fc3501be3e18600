"""How the page of a run begins: who, what, when, what came of it, and what is not on it."""

from __future__ import annotations

from collections.abc import Iterator

from femo_tui.model.run_state import RunData, RunState
from femo_tui.report import words
from femo_tui.report.markup import Child, Markup, joined
from femo_tui.report.page import bullets, figures, masthead, notice
from femo_tui.report.run_material import RunMaterial
from femo_tui.report.run_missing import GAP
from femo_tui.store.layout import WHOLE_FRAMES

_SIMULATED = {"gsr": "the skin conductance sensor", "camera": "the camera", "player": "the screen"}


def title_of(material: RunMaterial) -> str:
    return f"{material.participant}, session {material.session}, run {material.number}"


def head(material: RunMaterial) -> Markup:
    """Return the head of the page with everything that must be seen first."""
    start, run = material.start, material.run
    protocol = start.protocol
    person = [material.participant]
    if material.age is not None:
        person.append(f"{material.age} years")
    if start.sex is not None:
        person.append(str(start.sex))
    when = words.moment(material.rules.utc(start.utc))
    what = f"{protocol.get('title', '')} (protocol {protocol.get('name', '')})"
    return joined(
        masthead(
            "Run report",
            title_of(material),
            (
                f"{', '.join(person)} · {when} · {words.clock(run.elapsed_s)} long",
                f"{start.study.get('title', '')} · {what}",
            ),
        ),
        *_loud(material),
        _key_figures(material),
        _not_here(material),
    )


def ending(material: RunMaterial) -> str:
    """Return how the run ended."""
    run = material.run
    if run.stop is None:
        return "lost: it has no end" if run.state is RunState.LOST else words.named(run.state)
    reason = material.rules.texts.told(run.stop.reason)
    return f"{run.stop.status.value}{f': {reason}' if reason else ''}"


def seal_words(material: RunMaterial) -> str:
    if not material.run.sealed:
        return "not sealed"
    return "does not verify" if material.faults else "sealed and verified"


def _loud(material: RunMaterial) -> Iterator[Markup]:
    run = material.run
    if material.start.simulated:
        which = [_SIMULATED.get(name, name) for name in material.start.simulated]
        yield notice(
            "simulated",
            "SIMULATED",
            f"Simulated: {', '.join(which)}. What stands here says nothing about a person.",
        )
    if run.state is RunState.LOST:
        yield notice(
            "warning",
            "This run lost its recorder",
            "It was never closed, and is not sealed. What had been saved stands here.",
        )
    elif run.stop is None:
        yield notice("warning", "This run still goes on", "What is saved by now stands here.")
    if run.data is not RunData.KEEP:
        yield notice(
            "warning",
            "Kept until asked",
            "The participant has yet to be asked about these data. They are in no analysis.",
        )
    if material.faults:
        yield notice("warning", "This run does not verify", bullets(list(material.faults[:12])))
    if run.problems:
        yield notice("warning", "Lines that cannot be read", bullets(list(run.problems[:12])))


def _key_figures(material: RunMaterial) -> Markup:
    run, windows = material.run, material.windows
    accepted = sum(window.accepted for window in windows)
    samples = sum(window.gsr_samples for window in windows)
    valid = sum(window.gsr_valid for window in windows)
    frames = sum(window.frames for window in windows)
    faces = sum(window.frames_with_face for window in windows)
    return figures(
        (
            ("Windows accepted", f"{accepted} of {len(windows)}", ending(material)),
            (
                "Samples ok",
                words.share(valid, samples),
                f"of those in windows; {words.count(run.gsr_lost)} lost" if samples else "none",
            ),
            ("Gaps", *_gaps(material)),
            (
                "Faces found",
                words.share(faces, frames),
                f"of frames in windows; {words.count(run.faces.dropped)} dropped"
                if frames
                else "no camera",
            ),
            ("Files", "sealed" if run.sealed else "open", seal_words(material)),
        )
    )


def _gaps(material: RunMaterial) -> tuple[str, str]:
    """Return how many gaps there are in the whole run, and the longest."""
    if material.samples is None:
        return words.NONE, "no conductance is shown"
    gaps = [one.length_s for one in material.missing if one.kind == GAP]
    return str(len(gaps)), f"the longest {max(gaps):.1f} s" if gaps else "in the whole run"


def _not_here(material: RunMaterial) -> Markup | None:
    items = list(_left_out(material))
    if not items:
        return None
    return notice("plain", "Not on this page", bullets(items))


def _left_out(material: RunMaterial) -> Iterator[Child]:
    run, rules = material.run, material.rules
    if material.no_samples:
        yield f"Skin conductance: {material.no_samples}."
    if material.no_faces:
        yield f"Pictures of faces: {material.no_faces}."
    else:
        if any(not w.accepted and w.frames_with_face for w in run.windows):
            yield "Pictures of faces of windows that were not accepted."
        if run.rejected_frames:
            yield f"{words.plural(len(run.rejected_frames), 'face')} rejected by eye."
    if (material.run_dir / WHOLE_FRAMES).exists():
        yield "Whole frames of the camera: they never leave the run's folder."
    if any(rating.about is None for rating in run.ratings):
        yield "Answers about the person (questionnaires)."
    if material.texts:
        stay = words.plural(len(material.texts), "text")
        yield (
            f"{stay} that somebody typed (notes, reasons): --texts-looked-at adds what names"
            " nobody, once somebody looked at it."
        )
    yield "Names of operators, computers and ports, and the sensor's serial number."
    if rules.leaves:
        yield "Attempts that were not accepted, and the time that they took."
        yield (
            "Real dates: this page was written outside the store, so the participant's first"
            " session begins at 1 January 1900, as in a bundle."
        )
