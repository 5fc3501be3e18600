"""What is shipped under stimuli/: complete, in every language, small, and safe to look at."""

from __future__ import annotations

import subprocess
from pathlib import Path

import numpy as np
import pytest

from femo_tui import paths
from femo_tui.devices.media_probe import probe
from femo_tui.errors import ProtocolError, UnknownName
from femo_tui.model.protocol import StepKind, StudyProtocol
from femo_tui.store.library import (
    find_media,
    find_protocol,
    list_protocols,
    load_protocol,
    missing_media,
)
from tests.support.needed import need

STIMULI = paths.stimuli_dir()
QUICK = STIMULI / "quick"
CLIPS = sorted(QUICK.glob("*.mp4"))
STUDY_ORDER = ["neutral", "stress", "neutral", "boredom", "neutral", "happy"]
MAX_BYTES = 400_000


@pytest.fixture
def lab(tmp_path: Path) -> Path:
    """Return a store with a folder for the lab's own stimuli."""
    (tmp_path / "stimuli").mkdir()
    return tmp_path


@pytest.fixture(params=["quick", "wile2018", "wile2018-balanced"])
def shipped(request: pytest.FixtureRequest, lab: Path) -> StudyProtocol:
    return load_protocol(request.param, lab)


def emotions(protocol: StudyProtocol, kind: StepKind) -> list[str]:
    steps = [step for step in protocol.steps if step.kind is kind]
    return [step.condition.emotion for step in steps if step.condition is not None]


def test_the_films_come_in_the_order_of_the_study(shipped: StudyProtocol) -> None:
    assert emotions(shipped, StepKind.CLIP) == STUDY_ORDER
    assert sorted(emotions(shipped, StepKind.ACTED)) == ["boredom", "happy", "neutral", "stress"]
    classes = {step.condition.class_name for step in shipped.windows if step.condition}
    assert len(classes) == 8


def test_whatever_the_participant_reads_is_there_in_both_languages(shipped: StudyProtocol) -> None:
    assert shipped.languages == ("en", "es")
    texts = [step.text for step in shipped.steps if step.text]
    texts += [scale.text for step in shipped.steps for scale in step.scales]
    texts += [step.content_warning for step in shipped.steps if step.content_warning]
    ends = [(scale.low_text, scale.high_text) for step in shipped.steps for scale in step.scales]
    assert all(set(low) == set(high) == {"en", "es"} for low, high in ends)
    assert all(set(text) == {"en", "es"} and text["en"] != text["es"] for text in texts)


def test_the_windows_of_the_study_are_its_windows(lab: Path) -> None:
    study = load_protocol("wile2018", lab)
    lengths = {step.name: step.window.duration_s for step in study.windows if step.window}
    films = [step.name for step in study.steps if step.kind is StepKind.CLIP]
    assert {lengths[name] for name in films} == {30.0}
    assert {s for name, s in lengths.items() if name.startswith("acted-")} == {10.0}
    assert lengths["baseline"] == 60.0
    stress = study.steps[study.step_index("stress")]
    assert "assault" in stress.content_warning["en"]
    rating = study.steps[study.step_index("stress") + 1]
    assert {(s.name, s.low, s.high) for s in rating.scales} >= {
        ("valence", 1, 9),
        ("arousal", 1, 9),
        ("stress", 0, 8),
        ("seen-before", 0, 1),
    }


def test_quick_is_quick_and_needs_nothing_else(lab: Path) -> None:
    quick = load_protocol("quick", lab)
    assert quick.planned_s < 60
    assert missing_media(quick, lab) == []
    for step in quick.steps:
        if step.kind is StepKind.CLIP:
            found = find_media(step.media or "", lab)
            assert found is not None
            assert probe(found).duration_s == pytest.approx(step.duration_s)


def test_what_is_shipped_stays_small() -> None:
    assert len(CLIPS) == 4
    assert sum(path.stat().st_size for path in QUICK.iterdir()) <= MAX_BYTES


@pytest.mark.parametrize("clip", CLIPS, ids=lambda clip: clip.stem)
def test_no_clip_flashes(clip: Path) -> None:
    """WCAG 2.2, 2.3.1: at most three flashes in any second.

    A flash is a pair of opposing changes of relative luminance by 0.1 or more; looked at in each
    cell of a 6 × 6 grid, which is less than the area from which on a flash counts.
    """
    need("ffmpeg")
    raw = subprocess.run(
        ["ffmpeg", "-v", "error", "-i", str(clip), "-f", "rawvideo", "-pix_fmt", "rgb24", "-"],
        check=True,
        capture_output=True,
    ).stdout
    frames = np.frombuffer(raw, np.uint8).reshape(-1, 360, 640, 3)
    weights = np.array([0.2126, 0.7152, 0.0722])
    cells = []
    for frame in frames:
        srgb = frame[::4, ::4] / 255
        linear = np.where(srgb <= 0.04045, srgb / 12.92, ((srgb + 0.055) / 1.055) ** 2.4)
        luminance = (linear @ weights)[:90, :156]
        cells.append(luminance.reshape(6, 15, 6, 26).mean(axis=(1, 3)).ravel())
    for course in np.array(cells).T:
        turns = turning_points(course, 0.1)
        for start in turns:
            assert sum(start <= turn < start + 25 for turn in turns) <= 2 * 3


def turning_points(course: np.ndarray[tuple[int], np.dtype[np.float64]], by: float) -> list[int]:
    """Return the frames at which the course has changed direction by at least `by`."""
    turns: list[int] = []
    low = high = course[0]
    rising: bool | None = None
    for frame, value in enumerate(course):
        low, high = min(low, value), max(high, value)
        if rising is not True and value - low >= by:
            rising, high = True, value
            turns.append(frame)
        elif rising is not False and high - value >= by:
            rising, low = False, value
            turns.append(frame)
    return turns


def test_flashes_are_seen_where_there_are_some() -> None:
    flicker = np.tile([0.0, 0.0, 0.5, 0.5], 10)  # 6 Hz at 25 frames a second
    assert len(turning_points(flicker, 0.1)) == 19


# --- the library ---------------------------------------------------------------------------------


def test_the_labs_own_protocol_goes_before_a_shipped_one(lab: Path) -> None:
    text = (STIMULI / "quick.toml").read_text(encoding="utf-8")
    own = lab / "stimuli" / "quick.toml"
    own.write_text(text.replace("Quick run", "Our run"), encoding="utf-8")
    (lab / "stimuli" / "pilot.toml").write_text(text, encoding="utf-8")
    assert list_protocols(lab) == ["pilot", "quick", "wile2018", "wile2018-balanced"]
    assert find_protocol("quick", lab) == own
    assert load_protocol("quick", lab).title.startswith("Our run")
    assert load_protocol(str(STIMULI / "quick.toml"), lab).title.startswith("Quick run")


def test_an_unknown_protocol_names_those_there_are(lab: Path) -> None:
    with pytest.raises(UnknownName, match="did you mean wile2018\\?"):
        load_protocol("wile2019", lab)
    with pytest.raises(UnknownName, match="known are quick, wile2018, wile2018-balanced"):
        load_protocol("xyz", lab)
    with pytest.raises(UnknownName, match=r"nowhere\.toml: no such protocol file"):
        load_protocol("nowhere.toml", lab)


def test_mistakes_are_named_with_the_file(lab: Path) -> None:
    own = lab / "stimuli" / "own.toml"
    own.write_bytes(b'name = "own"\ntitle = "caf\xe9"\n')
    with pytest.raises(ProtocolError, match=r"own\.toml:2: not UTF-8"):
        load_protocol("own", lab)
    own.write_text('name = "own"\ntitle = 3\n')
    with pytest.raises(ProtocolError, match=r"own\.toml:2: title is 3; write a text"):
        load_protocol("own", lab)


def test_a_missing_film_is_named_with_who_shows_it_and_what_to_do(lab: Path) -> None:
    study = load_protocol("wile2018", lab)
    missing = missing_media(study, lab)
    assert len(missing) == 4
    place = lab / "stimuli" / "films" / "the-lover.mp4"
    assert "neutral-1, neutral-2, neutral-3" in missing[0]
    assert missing[0].endswith(": run `femo stimuli add FILE --as films/the-lover.mp4`")
    place.parent.mkdir()
    place.write_bytes(b"film")
    assert len(missing_media(study, lab)) == 3
    assert find_media("films/the-lover.mp4", lab) == place


def test_films_may_lie_beside_a_protocol(
    lab: Path, tmp_path_factory: pytest.TempPathFactory
) -> None:
    beside = tmp_path_factory.mktemp("usb")
    (beside / "films").mkdir()
    (beside / "films" / "irreversible.mp4").write_bytes(b"film")
    study = load_protocol("wile2018", lab)
    assert len(missing_media(study, lab, beside)) == 3
    assert find_media("films/irreversible.mp4", lab, beside) is not None
    assert find_media("films/irreversible.mp4", lab) is None
