"""Looks at the films and drawings of a protocol before a run: found, unchanged, as declared."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import partial
from pathlib import Path

from femo_tui import paths
from femo_tui.errors import DeviceError, UsageError
from femo_tui.model.events import DeviceNote, Facts, RunStart
from femo_tui.model.media import Finding, FindingLevel, MediaFile
from femo_tui.model.protocol import FilmLength, StepKind, StudyProtocol, Window
from femo_tui.model.records import Severity, Stream
from femo_tui.store.library import STIMULI_FOLDER, find_media
from femo_tui.store.media_cache import MediaCache
from femo_tui.store.stimuli import RegisteredClip, load_clips

MORE_THAN_ROUNDING_S = 0.05  # one frame: a window may end with the film's last one
AT_ITS_BEGINNING_S = 0.1  # sound and picture seldom begin together
Told = Callable[[str, int, int], None]  # film, bytes read, bytes in all


@dataclass(frozen=True, slots=True)
class _Use:
    """What one step expects of a film; of a drawing nothing but that it can be shown."""

    step: str
    is_film: bool
    duration_s: float | None = None
    window: Window | None = None


@dataclass(frozen=True, slots=True)
class Films:
    """The films and drawings of a run, none of which is refused."""

    paths: Mapping[str, Path]  # as the protocol names it → where it lies
    facts: Mapping[str, Facts]  # for run_start
    warnings: tuple[Finding, ...]

    @property
    def frame_s(self) -> dict[str, float]:
        """Return the longest frame of each film: what a position in it can be known to."""
        lengths = {media: facts.get("frame_s") for media, facts in self.facts.items()}
        return {media: s for media, s in lengths.items() if isinstance(s, float) and s > 0}

    @property
    def sha256_of(self) -> dict[str, str]:
        return {media: str(facts["sha256"]) for media, facts in self.facts.items()}


def find_films(protocol: StudyProtocol, store_root: Path, beside: Path | None) -> Films:
    """Check the films of a run, and return them.

    Raises:
        UsageError: some cannot be shown like this; every reason is in it.
        StoreError: the registry or a film cannot be read.
    """
    findings = check_films(protocol, store_root, beside)
    refused = [found.sentence for found in findings if found.level is FindingLevel.REFUSE]
    if refused:
        raise UsageError("; ".join(refused))
    facts = {found.media: found.facts for found in findings}
    lying = {media: find_media(media, store_root, beside) for media in facts}
    return Films(
        paths={media: path for media, path in lying.items() if path is not None},
        facts=facts,
        warnings=tuple(found for found in findings if found.level is FindingLevel.WARN),
    )


def check_films(
    protocol: StudyProtocol,
    store_root: Path,
    beside: Path | None,
    *,
    fresh: bool = False,
    tell: Told = lambda _media, _read, _all: None,
) -> list[Finding]:
    """Return what is found out about each film and drawing of a protocol, alternates included.

    A file is read through once and then only where it has changed, or `fresh` is asked for. There
    is one finding of level ok for each that is as it should be, else one for each thing wrong.

    Raises:
        StoreError: the registry cannot be read.
        MalformedRecord: it is no registry.
    """
    from femo_tui.devices.media_probe import probe

    cache = MediaCache(store_root, probe)
    registered = load_clips(store_root)
    findings: list[Finding] = []
    for media, uses in _uses(protocol).items():
        path = find_media(media, store_root, beside)
        if path is None:
            sentence = _missing(media, uses, store_root)
            findings.append(Finding(media, FindingLevel.REFUSE, sentence))
            continue
        try:
            file = cache.look(path, fresh=fresh, progress=partial(tell, media))
        except DeviceError as problem:
            findings.append(Finding(media, FindingLevel.REFUSE, str(problem)))
            continue
        in_store = path.is_relative_to(store_root / STIMULI_FOLDER)
        clip = registered.get(media) if in_store else None
        shipped = path.is_relative_to(paths.stimuli_dir())
        wrong = list(_judge(media, file, clip, uses, protocol, shipped=shipped))
        facts = _facts(file, clip)
        findings += [
            Finding(media, level, sentence, facts)
            for level, sentence in wrong or [(FindingLevel.OK, f"{media}: {describe(file)}")]
        ]
    return findings


def film_note(t_s: float, found: Finding) -> DeviceNote:
    """Return what stands in a run of a film that it was warned of."""
    detail: Facts = {"media": found.media}
    return DeviceNote(t_s, Stream.PLAYER, "film_check", Severity.WARNING, found.sentence, detail)


def refuse_other_films(start: RunStart, films: Films) -> None:
    """Keep a lost run from going on with other films than it began with.

    Raises:
        UsageError: a film is another one.
    """
    before = start.protocol.get("media")
    if not isinstance(before, dict):
        return
    for media, sha256 in films.sha256_of.items():
        known = before.get(media)
        if isinstance(known, dict) and known.get("sha256") != sha256:
            raise UsageError(
                f"{media} is another film than when this run began: put the first one back, or"
                " close the run with `femo recover`"
            )


def describe(file: MediaFile) -> str:
    """Say in few words what a film is made of."""
    facts = file.facts
    size = f"{facts.width}×{facts.height}"
    if not facts.duration_s:
        return f"{size}, {facts.video_codec}"
    rate = f"{facts.fps:g} frames/s{', variable' if facts.variable_rate else ''}"
    return f"{facts.duration_s:.1f} s, {size}, {rate}, {facts.audio_codec or 'no sound'}"


def films_of(protocol: StudyProtocol) -> list[str]:
    """Return the films that a protocol shows, alternates included, drawings not."""
    return [media for media, uses in _uses(protocol).items() if any(use.is_film for use in uses)]


def _missing(media: str, uses: Sequence[_Use], store_root: Path) -> str:
    steps = ", ".join(use.step for use in uses)
    place = f"put it at {store_root / STIMULI_FOLDER / media}"
    if any(use.is_film for use in uses):
        place = f"run `femo stimuli add FILE --as {media}`"
    return f"{media} is missing (shown in {steps}): {place}"


def _uses(protocol: StudyProtocol) -> dict[str, list[_Use]]:
    uses: dict[str, list[_Use]] = {}
    for step in protocol.steps:
        if step.media is None:
            continue
        is_film = step.kind is StepKind.CLIP
        own = _Use(step.name, is_film, step.duration_s if is_film else None, step.window)
        uses.setdefault(step.media, []).append(own)
        for clip in step.alternates:
            use = _Use(step.name, True, clip.duration_s, clip.window)
            uses.setdefault(clip.media, []).append(use)
    return uses


_Verdict = tuple[FindingLevel, str]


def _judge(
    media: str,
    file: MediaFile,
    clip: RegisteredClip | None,
    uses: Iterable[_Use],
    protocol: StudyProtocol,
    *,
    shipped: bool,
) -> Iterable[_Verdict]:
    """Yield everything that is wrong with one film."""
    facts = file.facts
    if not any(use.is_film for use in uses):
        return
    if not facts.duration_s:
        yield FindingLevel.REFUSE, f"{media} is a drawing and no film: put a film in its place"
        return
    if facts.begins_s > AT_ITS_BEGINNING_S:
        yield (
            FindingLevel.REFUSE,
            f"{media} counts its time from {facts.begins_s:.2f} s on, so that windows would lie"
            " elsewhere in it: copy it with `ffmpeg -i FILE -c copy NEW`, which counts from 0",
        )
        return
    if facts.truncated:
        yield FindingLevel.REFUSE, f"{media} is cut off: {facts.truncated}; copy it again"
        return
    if clip is not None and clip.file.sha256 != file.sha256:
        yield (
            FindingLevel.REFUSE,
            f"{media} is not the film that was registered on {clip.added_utc[:10]}: put that one"
            f" back, or register this one with `femo stimuli add --replace`",
        )
    elif clip is None and not shipped:
        yield (
            FindingLevel.WARN,
            f"{media} is not registered, so nobody would notice another film in its place:"
            " run `femo stimuli add` on it",
        )
    if facts.damaged_packets:
        yield (
            FindingLevel.WARN,
            f"{media} has {facts.damaged_packets} damaged packets: watch it once to its end",
        )
    if facts.picture_begins_s > AT_ITS_BEGINNING_S:
        yield (
            FindingLevel.WARN,
            f"{media} has no picture in its first {facts.picture_begins_s:.2f} s, which are not"
            " played: cut it again with `ffmpeg -ss … -i FILE`, -ss first, or encode it anew",
        )
    if len(facts.sound_tracks) > 1:
        yield (
            FindingLevel.WARN,
            f"{media} has {len(facts.sound_tracks)} sound tracks ({', '.join(facts.sound_tracks)})"
            " and the first one is played: keep that one alone, or make the right one the first",
        )
    if facts.subtitle_tracks:
        yield (
            FindingLevel.WARN,
            f"{media} has subtitles ({', '.join(facts.subtitle_tracks)}), which are not shown:"
            " leave them out, or burn them into the picture",
        )
    if facts.frame_s > protocol.thresholds.onset_uncertainty_s:
        yield (
            FindingLevel.WARN,
            f"{media} has a frame that stands for {facts.frame_s:.2f} s, so its windows are known"
            " no better than that: convert it to a constant rate",
        )
    for use in uses:
        yield from _judge_use(media, file, clip, use, protocol.film_length)


def _judge_use(
    media: str, file: MediaFile, clip: RegisteredClip | None, use: _Use, policy: FilmLength
) -> Iterable[_Verdict]:
    """Yield what is wrong with a film for one step that shows it."""
    lasts_s, window = file.facts.duration_s, use.window
    if use.duration_s is not None and abs(lasts_s - use.duration_s) > policy.tolerance_s:
        yield (
            FindingLevel.REFUSE if policy.refuse else FindingLevel.WARN,
            f"{media} lasts {lasts_s:.2f} s and {use.step} declares {use.duration_s:.2f} s:"
            " put the right cut in its place, or declare its length",
        )
    if not use.is_film or window is None:
        return
    seen_s = min(lasts_s, file.facts.picture_s)
    if window.end_s > seen_s + MORE_THAN_ROUNDING_S:
        yield (
            FindingLevel.REFUSE,
            f"{media} ends at {seen_s:.2f} s and the window of {use.step} at {window.end_s:.2f} s:"
            " begin the window earlier, or make it shorter",
        )
    if clip is not None and clip.peak_s is not None:
        peak_s = clip.peak_s
        if not window.start_s <= peak_s <= window.end_s:
            yield (
                FindingLevel.WARN,
                f"{media} has its peak at {peak_s:.2f} s, outside the window of {use.step}"
                f" ({window.start_s:.2f}–{window.end_s:.2f} s): move the window",
            )


def _facts(file: MediaFile, clip: RegisteredClip | None) -> Facts:
    return {
        **file.to_json(),
        "peak_s": None if clip is None else clip.peak_s,
        "registered": clip is not None,
    }
