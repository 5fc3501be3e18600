"""What the page of a run says, against the files of the run themselves."""

from __future__ import annotations

import csv
import hashlib
import json
import re
import statistics
from pathlib import Path

import pytest

from femo_tui.errors import UsageError
from femo_tui.model.events import Facts, StepStart, StepStop, WindowStart, WindowStop
from femo_tui.model.records import GsrSample, SampleFlag
from femo_tui.report.writing import write_run_report
from femo_tui.store.catalog import Catalog
from femo_tui.store.files import make_folder
from femo_tui.store.run_writer import RunWriter
from tests.support.femo import Femo, run_events
from tests.support.gsr_store import people_of
from tests.support.runs import ORIGIN_S, copy_of_golden, lose, run_start
from tests.support.shared_store import Lab
from tests.support.web_page import Element, Page

THIN = "\N{NARROW NO-BREAK SPACE}"


def page_of(root: Path, run: str) -> Page:
    done = write_run_report(root, run, None, "ana")
    try:
        return Page.read(done.path)
    finally:
        done.path.unlink()


def registered(root: Path, *codes: str) -> None:
    with Catalog.open(root) as catalog:
        for person in people_of(*codes):
            catalog.add_participant(person, "ana")
        catalog.reindex()


def golden_store(root: Path) -> Path:
    run_dir = root / "sessions/S01/2026-11-22T101530/run-01"
    run_dir.parent.mkdir(parents=True)
    copy_of_golden(run_dir)
    registered(root, "S01")
    return run_dir


def test_the_windows_are_those_of_the_files(lab: Lab) -> None:
    """Expected values are read from run.jsonl and gsr.csv with json, csv and statistics alone."""
    run_dir = lab.runs["S01"]
    samples = list(csv.DictReader((run_dir / "gsr.csv").open()))
    frames = list(csv.DictReader((run_dir / "frames.csv").open()))
    starts = {(e["step"], e["attempt"]): e for e in run_events(run_dir, "window_start")}
    verdicts = {(e["step"], e["attempt"]): e for e in run_events(run_dir, "verdict")}
    expected = []
    for stop in run_events(run_dir, "window_stop"):
        key = stop["step"], stop["attempt"]
        inside = [
            float(s["gsr_us"])
            for s in samples
            if starts[key]["t_s"] <= float(s["t_s"]) < stop["t_s"] and s["flag"] == "ok"
        ]
        seen = [f for f in frames if starts[key]["t_s"] <= float(f["t_s"]) < stop["t_s"]]
        sharp = statistics.median(float(f["sharpness"]) for f in seen)
        share = verdicts[key]["criteria"]["gsr_valid_share"]["value"]
        expected.append(
            {
                "Begins": f"0:{int(starts[key]['t_s']):02d}",
                "Length, s": f"{stop['t_s'] - starts[key]['t_s']:.1f}",
                "Onset known to, ms": "±10",
                "Valid": f"{100 * share:.0f} % {len(inside)} of {len(inside)} ok",
                "Mean, µS": f"{statistics.fmean(inside):.2f}",
                "Rate, Hz": "10.0",
                "Faces": "100 %",
                "Sharpness": f"{sharp:.0f}",
                "Verdict": verdicts[key]["verdict"].replace("_", " "),
            }
        )
    rows = page_of(lab.root, "S01/2026-11-20T101530").table("Quality of each window")
    assert len(rows) == len(expected) == 9
    for row, right in zip(rows, expected, strict=True):
        said = {name: row[name].replace(THIN, " ") for name in right}
        said["Verdict"] = re.sub(r"^\W+", "", said["Verdict"])
        assert said == right
    again = [row["Window"] for row in rows[2:4]]
    assert again == ["Stress_S stress", "Stress_S stress, attempt 2"]


def test_it_tells_who_what_when_and_with_what(lab: Lab) -> None:
    page = page_of(lab.root, "S01/2026-11-20T101530")
    assert page.root.one("h1").text == "S01, session 1, run 1"
    assert "20 November 2026, 10:15 UTC" in page.root.one("header").text
    assert page.fact("Skin conductance") == "Grove GSR, 10 Hz"
    calibration = page.fact("Calibration")
    assert "unworn and 100000 Ω" in calibration
    assert "measured 19 November 2026, 08:00 UTC" in calibration
    start = json.loads((lab.runs["S01"] / "run.jsonl").read_text().splitlines()[0])
    assert page.fact("SHA-256 of the protocol") == start["protocol"]["sha256"]
    manifest = (lab.runs["S01"] / "manifest-sha256.txt").read_bytes()
    assert page.fact("SHA-256 of manifest-sha256.txt") == hashlib.sha256(manifest).hexdigest()
    assert page.fact("Seal") == "sealed and verified"
    assert page.fact("Room temperature, °C") == "21.5"
    assert page.fact("Relative humidity, %") == "not recorded"
    answers = page.table("What was answered")
    assert [(a["About"], a["Answer"]) for a in answers] == [("stress", "7"), ("happy", "7")]


def test_attempts_exposures_and_what_was_decided_later(lab: Lab) -> None:
    page = page_of(lab.root, "S05")
    steps = page.table("Each attempt")
    stress = [row for row in steps if row["Step"].startswith("stress")]
    assert [(row["Attempt"], row["Ended"]) for row in stress] == [("1", "redo"), ("2", "complete")]
    assert stress[1]["Exposure"] == "1"
    assert stress[1]["Played of declared, s"] == "4.0 of 4.0"
    decided = page.table("Amendments")
    assert [(row["About"], row["Decided"]) for row in decided] == [("acted-happy-1", "failed")]
    last = page.table("Quality of each window")[-1]
    assert last["Window"].startswith("Happy_A")
    assert "failed" in last["Verdict"]
    assert "afterwards" in last["Verdict"]


def test_a_changed_file_is_told(own_lab: Lab) -> None:
    rows = own_lab.runs["S05"] / "gsr.csv"
    rows.chmod(0o600)
    rows.write_bytes(rows.read_bytes().replace(b"5.000000", b"5.100000", 1))
    page = page_of(own_lab.root, "S05")
    assert "gsr.csv: changed since the run was sealed" in page.text
    assert page.fact("Seal") == "does not verify"


def scale_of(picture: Element) -> tuple[float, float]:
    """Return (µS at y 0, µS a pixel) as the axis of a figure tells them."""
    marks = [
        (float(text.attributes["y"]) - 4, float(text.text))
        for text in picture.all("text", "number")
        if "end" in text.classes
    ]
    (y1, us1), (y2, us2) = marks[0], marks[-1]
    per_px = (us2 - us1) / (y2 - y1)
    return us1 - y1 * per_px, per_px


def pieces(picture: Element) -> list[list[tuple[float, float]]]:
    """Return the unbroken pieces of the trace as (x, y)."""
    told = picture.one("path", "trace").attributes["d"].replace("h.01", "")
    return [
        [(float(x), float(y)) for x, y in re.findall(r"([\d.]+) ([\d.]+)", piece)]
        for piece in told.split("M")[1:]
    ]


def write_traced_run(root: Path) -> None:
    """Write 300 s at 100 Hz: one sample high, one low, 5 s missing, 3 s not worn, 2 s clipped."""
    run_dir = root / "sessions/S01/2026-11-22T101530/run-01"
    make_folder(run_dir)
    writer = RunWriter(run_dir, ORIGIN_S)
    start = run_start()
    gsr: Facts = {"uri": "serial:x", "model": "Grove", "simulated": False, "rate_hz": 100.0}
    start.devices["gsr"] = {**gsr, "facts": {}}
    writer.event(start)
    writer.event(StepStart(0.0, "happy", 1, "acted", "Happy_A", None, "a text"))
    writer.event(WindowStart(10.0, "happy", 1, "Happy_A", None, 0.0))
    for number in range(30_000):
        t_s = number / 100
        us: float | None = 5.0
        flag = SampleFlag.OK
        if 100 <= t_s < 105:
            continue
        if number == 5_000:
            us = 9.0
        if number == 25_000:
            us = 2.0
        if 150 <= t_s < 153:
            us, flag = None, SampleFlag.NOT_WORN
        if 200 <= t_s < 202:
            us, flag = 59.0, SampleFlag.CLIPPED
        writer.sample(GsrSample(ORIGIN_S + t_s, 1.0, us, flag))
    writer.event(WindowStop(40.0, "happy", 1, "Happy_A", "complete"))
    writer.event(StepStop(299.0, "happy", 1, "complete"))
    writer.close()
    registered(root, "S01")


@pytest.mark.parametrize("width", ["wide", "narrow"])
def test_the_trace_shows_every_extreme_and_crosses_no_gap(tmp_path: Path, width: str) -> None:
    """A single sample of 30 000 is seen; where nothing was measured the line breaks."""
    write_traced_run(tmp_path)
    page = page_of(tmp_path, "S01")
    picture = page.figure("gsr", width)
    at_zero, per_px = scale_of(picture)
    values = [at_zero + y * per_px for piece in pieces(picture) for _, y in piece]
    assert max(values) == pytest.approx(9.0, abs=0.02)  # clipped samples are no conductance
    assert min(values) == pytest.approx(2.0, abs=0.02)
    spans = [(piece[0][0], piece[-1][0]) for piece in pieces(picture)]
    assert len(spans) == 4
    ticks = [t for t in picture.all("text", "number") if "middle" in t.classes]
    minute = next(float(t.attributes["x"]) for t in ticks if t.text == "1:00")
    zero = next(float(t.attributes["x"]) for t in ticks if t.text == "0:00")
    a_second = (minute - zero) / 60
    begins = [(begin - zero) / a_second for begin, _ in spans]
    ends = [(end - zero) / a_second for _, end in spans]
    one_px = 1.1 / a_second
    assert begins == pytest.approx([0.0, 105.0, 153.0, 202.0], abs=one_px)
    assert ends == pytest.approx([100.0, 150.0, 200.0, 300.0], abs=one_px)
    told = picture.one("desc").text
    assert "1 gap, the longest 5.0 s; 1 × not worn, the longest 3.0 s" in told
    assert "1 × out of range, the longest 2.0 s" in told
    assert "between 2.00 and 9.00 µS" in told
    lanes = {t.text for t in picture.all("text", "lane")}
    assert lanes == {"gap", "invalid"}
    assert len(page.html) < 100_000  # of 700 kB of samples


def test_a_lost_run_says_so(tmp_path: Path) -> None:
    lose(golden_store(tmp_path), 4.0)
    page = page_of(tmp_path, "S01")
    assert "This run lost its recorder" in page.text
    assert page.fact("Seal") == "not sealed"


def test_a_run_without_sensor_or_camera_says_so(tmp_path: Path) -> None:
    run_dir = tmp_path / "sessions/S01/2026-11-22T101530/run-01"
    make_folder(run_dir)
    writer = RunWriter(run_dir, ORIGIN_S)
    writer.event(run_start())
    writer.close()
    registered(tmp_path, "S01")
    page = page_of(tmp_path, "S01")
    assert "Not shown: no sample was recorded." in page.text
    assert "No window was opened." in page.text
    assert page.fact("Camera") == "none"
    assert page.root.all("svg") == []


def test_simulated_is_seen_first_and_on_every_sheet(tmp_path: Path) -> None:
    golden_store(tmp_path)
    page = page_of(tmp_path, "S01")
    assert page.root.one("aside", "simulated").text.startswith("SIMULATED")
    assert page.root.one("head").one("title").text.endswith("SIMULATED")
    style = page.root.one("style").text
    assert re.search(r'@bottom-left \{ content: "[^"]*SIMULATED"', style)
    assert page.fact("Skin conductance").endswith("SIMULATED")


def test_the_same_run_gives_the_same_bytes(lab: Lab) -> None:
    first, second = (page_of(lab.root, "S06/2026-11-20T101530").html for _ in range(2))
    assert first == second


def test_a_page_needs_nothing_from_elsewhere(lab: Lab) -> None:
    html = page_of(lab.root, "S01/2026-11-20T101530").html
    for needle in ("http://", "https://", "url(", "@import", "<script", "<link", "javascript:"):
        assert needle not in html
    sources = re.findall(r'(?:src|href)="([^"]*)"', html)
    assert sources
    assert all(source.startswith("data:image/jpeg;base64,") for source in sources)
    assert "default-src &#x27;none&#x27;" in html


def test_a_discarded_run_has_no_page(own_lab: Lab, femo: Femo) -> None:
    lab = Femo(femo.home, own_lab.root)
    lab.ok("decide", "S05", "--data", "discard", "--reason", "asked for it")
    with pytest.raises(UsageError, match="was discarded; nothing of it is left"):
        write_run_report(own_lab.root, "S05", None, "ana")


def test_the_command_says_where_the_page_is_and_overwrites_none(lab: Lab, femo: Femo) -> None:
    lab_femo = Femo(femo.home, lab.root)
    done = lab_femo.json("report", "S06/2026-11-20T101530")
    path = Path(done["report"])
    assert path.parent == lab.root / "exports"
    assert path.stat().st_mode & 0o777 == 0o600
    assert path.parent.stat().st_mode & 0o777 == 0o700
    assert done["sha256"] == hashlib.sha256(path.read_bytes()).hexdigest()
    assert (done["leaves_store"], done["participants"]) == (False, ["S06"])
    again = lab_femo.run("report", "S06/2026-11-20T101530", "--out", str(path))
    assert again.returncode == 2
    assert "exists already and is never overwritten" in again.stderr
    path.unlink()
    for args in ((), ("S01", "--study"), ("S01", "--show-p"), ("S01", "--model", "m-01")):
        assert lab_femo.run("report", *args).returncode == 2
    assert lab_femo.run("report", "S77").returncode == 2


def test_a_sensor_that_is_silent_at_first_has_a_gap(tmp_path: Path) -> None:
    run_dir = golden_store(tmp_path)
    path = run_dir / "gsr.csv"
    path.chmod(0o600)
    header, *rows = path.read_text("utf-8").splitlines(keepends=True)
    late = [row for row in rows if float(row.split(",")[0]) >= 3.0]
    path.write_text("".join([header, *late]), "utf-8")
    told = page_of(tmp_path, "S01").figure("gsr", "wide").one("desc").text
    assert f"the longest {float(late[0].split(',')[0]):.1f} s" in told
