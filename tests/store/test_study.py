"""The study file: defaults, a round trip, and all of its mistakes at once."""

from __future__ import annotations

import hashlib
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from femo_tui.errors import ProtocolError, UsageError
from femo_tui.model.study import Baseline, Measure, Study, parse_study
from femo_tui.store.study import load_study, to_toml, write_study


def test_a_store_without_a_study_file_has_the_defaults(tmp_path: Path) -> None:
    study = load_study(tmp_path)
    assert study == Study()
    assert (study.protocol, study.measure, study.baseline) == (
        *("wile2018", Measure.PERCENT),
        Baseline.NEUTRALS_AROUND,
    )


def test_what_is_written_is_read_back_with_its_hash(tmp_path: Path) -> None:
    study = Study(
        title='A "study" of Ärger',
        protocol="quick",
        protocol_sha256="ab" * 32,
        planned_n=24,
        measure=Measure.LOG_RATIO,
        baseline=Baseline.NEUTRAL_BEFORE,
        primary=("Happy_S - Neutral_S", "Stress_A - Boredom_A"),
        gsr_lag_s=1.5,
        consent_form_version="2.1",
        pilots=("P1", "P2"),
        language="es",
    )
    path = write_study(tmp_path / "store", study)
    read = load_study(tmp_path / "store")
    assert read.sha256 == hashlib.sha256(path.read_bytes()).hexdigest()
    assert {**_fields(read), "sha256": ""} == _fields(study)
    assert path.stat().st_mode & 0o777 == 0o600


def _fields(study: Study) -> dict[str, object]:
    return {name: getattr(study, name) for name in Study.__slots__}


@given(title=st.text(st.characters(exclude_categories=["Cs"]), min_size=1).filter(str.strip))
def test_any_title_survives(title: str) -> None:
    assert parse_study(to_toml(Study(title=title)), "study.toml").title == title


def test_a_study_is_not_written_over_another(tmp_path: Path) -> None:
    write_study(tmp_path, Study(title="first"))
    with pytest.raises(UsageError, match=r"study\.toml: this study exists already"):
        write_study(tmp_path, Study(title="second"))
    assert load_study(tmp_path).title == "first"


def test_all_mistakes_are_reported_with_their_lines(tmp_path: Path) -> None:
    (tmp_path / "study.toml").write_text(
        'title = ""\n'
        "planned_n = 0\n"
        'measure = "volts"\n'
        'baseline = 3\n'
        'pilots = ["P1", "p2"]\n'
        'colour = "red"\n'
        'language = "English"\n'
        'protocol_sha256 = "abc"\n'
    )  # fmt: skip
    with pytest.raises(ProtocolError) as caught:
        load_study(tmp_path)
    lines = str(caught.value).splitlines()
    path = tmp_path / "study.toml"
    assert [line.removeprefix(f"{path} ").split(":")[:2] for line in lines] == [
        ["line 1", " title"],
        ["line 2", " planned_n"],
        ["line 3", " measure"],
        ["line 4", " baseline"],
        ["line 5", " pilots"],
        ["line 6", " colour"],
        ["line 7", " language"],
        ["line 8", " protocol_sha256"],
    ]
    assert "'volts' is unknown; use one of percent, log_ratio, us" in lines[2]


@pytest.mark.parametrize("content", [b"title = ", b'title = "\xff"'])
def test_a_file_that_is_no_toml_is_one_mistake(tmp_path: Path, content: bytes) -> None:
    (tmp_path / "study.toml").write_bytes(content)
    with pytest.raises(ProtocolError, match=r"study\.toml: (this is no TOML|not UTF-8)"):
        load_study(tmp_path)


def test_every_mistake_in_the_primary_family_has_its_line() -> None:
    text = """title = "x"
primary = [
  "Happy_S - Neutral_S",
  "Happy - Neutral",
  "Neutral_S - Stress_S",
  "Happy_A - Happy_A",
  "Happy_S − Neutral_S",
  "Happy_S - Neutral_A",
]
gsr_lag_s = -1
"""
    with pytest.raises(ProtocolError) as wrong:
        parse_study(text, "study.toml")
    told = str(wrong.value).splitlines()
    told.sort(key=lambda line: int(line.split(":")[0].rpartition(" ")[2]))
    assert [line.split(":")[0] for line in told] == [
        f"study.toml line {n}" for n in (4, 5, 6, 7, 8, 10)
    ]
    for line, what in zip(
        told,
        (
            "is no comparison",
            '"Stress_S - Neutral_S"',
            "with itself",
            "twice",
            "its own, Neutral_S",
            "from 0 to 10",
        ),
        strict=True,
    ):
        assert what in line


def test_a_primary_family_is_a_list() -> None:
    with pytest.raises(ProtocolError, match=r"study\.toml line 1: primary: give a list"):
        parse_study('primary = "Happy_S - Neutral_S"', "study.toml")
