"""A sensor on a serial port, on real pseudo-terminals."""

from __future__ import annotations

import errno
import os
import subprocess
import sys
import termios
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest

from femo_tui.devices.base import DeviceInfo, GsrSensor
from femo_tui.devices.gsr import make_gsr
from femo_tui.devices.gsr_ports import open_port
from femo_tui.errors import DeviceError, DeviceInUse, UsageError
from femo_tui.model.records import GsrSample, SampleFlag, Severity
from femo_tui.signals.grove import GroveCalibration
from tests.devices.gsr_wire import stream
from tests.support.inbox import CollectingInbox
from tests.support.pty_sensor import PtySensor

EDA = Path(__file__).parents[1] / "data" / "eda" / "neurokit_eda_10hz.csv"


@pytest.fixture
def pty(tmp_path: Path) -> Iterator[PtySensor]:
    with PtySensor(tmp_path) as sensor:
        yield sensor


def made(uri: str) -> GsrSensor:
    sensor = make_gsr(uri)
    assert sensor is not None
    return sensor


@contextmanager
def reading(uri: str) -> Iterator[CollectingInbox]:
    inbox = CollectingInbox()
    sensor = made(uri)
    try:
        sensor.open()
        sensor.start(inbox)
        sensor.cue(None)
        yield inbox
    finally:
        sensor.close()


def wait_samples(inbox: CollectingInbox, count: int) -> list[GsrSample]:
    inbox.wait_for(lambda records: sum(isinstance(r, GsrSample) for r in records) >= count, 30)
    return inbox.samples


def wait_event(inbox: CollectingInbox, name: str, count: int = 1) -> None:
    inbox.wait_for(
        lambda records: sum(getattr(r, "name", "") == name for r in records) >= count, 10
    )


def test_a_real_recording_arrives_whole(pty: PtySensor) -> None:
    """1 500 values through a port; what is stored equals the file."""
    lines = EDA.read_bytes().splitlines(keepends=True)[1:]
    with reading(f"serial:{pty.link}?unit=us") as inbox:
        writer = threading.Thread(target=pty.write, args=(b"\n" + b"".join(lines),))
        writer.start()
        samples = wait_samples(inbox, 1500)
        writer.join()
    assert [s.gsr_us for s in samples] == [float(line) for line in lines]
    assert [s.t_s for s in samples] == sorted(s.t_s for s in samples)
    assert [e.name for e in inbox.events] == ["connected"]


def test_framed_lines_are_recognised_and_volts_are_the_default(pty: PtySensor) -> None:
    with reading(f"serial:{pty.link}") as inbox:
        pty.write(b"".join(stream(5, 3)))
        assert [s.seq for s in wait_samples(inbox, 3)] == [5, 6, 7]
    with reading(f"serial:{pty.link}") as inbox:
        pty.write(b"0\n1.25\n")
        (sample,) = wait_samples(inbox, 1)
        assert sample.gsr_us == pytest.approx(16.7, abs=0.05)


def test_what_was_sent_before_the_start_has_no_time_and_is_dropped(pty: PtySensor) -> None:
    inbox = CollectingInbox()
    sensor = made(f"serial:{pty.link}")
    sensor.open()
    pty.write(b"".join(stream(0, 50)))
    sensor.start(inbox)
    pty.write(b"".join(stream(50, 2)))
    assert [s.seq for s in wait_samples(inbox, 2)] == [50, 51]
    sensor.close()


def test_a_silence_is_said_at_once_and_its_length_afterwards(pty: PtySensor) -> None:
    with reading(f"serial:{pty.link}") as inbox:
        pty.write(b"".join(stream(0, 3)))
        wait_event(inbox, "silent")
        pty.write(b"".join(stream(3, 3)))
        wait_event(inbox, "speaking_again")
        samples = wait_samples(inbox, 6)
    (silent,), (again,) = inbox.named("silent"), inbox.named("speaking_again")
    assert silent.severity is again.severity is Severity.LOSS
    assert 0.5 < silent.t_s - samples[2].t_s < 5
    assert again.detail["gap_s"] == pytest.approx(samples[3].t_s - samples[2].t_s)
    assert inbox.records.index(again) < inbox.records.index(samples[3])


def test_bytes_that_are_no_readings_are_a_silence_too(pty: PtySensor) -> None:
    with reading(f"serial:{pty.link}") as inbox:
        for _ in range(200):
            pty.write(b"?\n")
            if inbox.named("silent"):
                break
            inbox.clock.sleep_until(inbox.clock.now_s() + 0.05)
        assert inbox.named("silent")


def test_unplugged_and_plugged_in_elsewhere(pty: PtySensor) -> None:
    with reading(f"serial:{pty.link}") as inbox:
        pty.write(b"".join(stream(40, 3)) + b"F,43,43")
        wait_samples(inbox, 3)
        held = os.open(pty.link, os.O_RDONLY | os.O_NOCTTY)  # so that another number is given
        pty.unplug()
        wait_event(inbox, "unplugged")
        pty.plug()
        os.close(held)
        wait_event(inbox, "reconnected")
        pty.write(b"".join(stream(0, 3)))
        samples = wait_samples(inbox, 6)
    assert [e.name for e in inbox.events] == [
        "connected",
        "line_rejected",
        "unplugged",
        "reconnected",
        "sensor_restarted",
        "speaking_again",
    ]
    assert [s.seq for s in samples] == [40, 41, 42, 43, 44, 45]
    (back,) = inbox.named("speaking_again")
    assert back.detail["gap_s"] == pytest.approx(samples[3].t_s - samples[2].t_s)
    for name in ("unplugged", "reconnected", "speaking_again", "sensor_restarted"):
        assert inbox.named(name)[0].severity is Severity.LOSS


def test_a_plug_that_comes_off_while_its_port_is_opened_again_is_tried_on(
    pty: PtySensor, monkeypatch: pytest.MonkeyPatch
) -> None:
    """pyserial lets through what the system says of a port that hangs up just then."""
    setting, failed = termios.tcsetattr, threading.Event()

    def hang_up_once(*given: Any) -> None:
        if not failed.is_set():
            failed.set()
            raise termios.error(errno.EIO, "Input/output error")
        setting(*given)

    with reading(f"serial:{pty.link}") as inbox:
        pty.write(b"".join(stream(0, 3)))
        wait_samples(inbox, 3)
        pty.unplug()
        wait_event(inbox, "unplugged")
        monkeypatch.setattr(termios, "tcsetattr", hang_up_once)
        pty.plug()
        assert failed.wait(10)
        wait_event(inbox, "reconnected")
        pty.write(b"".join(stream(3, 3)))
        assert len(wait_samples(inbox, 6)) == 6


def test_closing_gives_the_port_back_even_while_unplugged(pty: PtySensor) -> None:
    sensor = made(f"serial:{pty.link}")
    sensor.open()
    sensor.close()
    sensor.open()
    sensor.close()
    with reading(f"serial:{pty.link}") as inbox:
        pty.unplug()
        wait_event(inbox, "unplugged")


def test_a_port_in_use_is_refused(pty: PtySensor) -> None:
    holder = made(f"serial:{pty.link}")
    holder.open()
    with pytest.raises(DeviceInUse, match=r"usb-Arduino is in use: close the program"):
        made(f"serial:{pty.link}").open()
    holder.close()


def test_an_absent_port_is_named_with_what_to_do(tmp_path: Path) -> None:
    with pytest.raises(DeviceError, match=r"ttyNone is not there: plug the sensor in"):
        made(f"serial:{tmp_path}/ttyNone").open()


def test_a_file_is_no_port(tmp_path: Path) -> None:
    (tmp_path / "file").write_bytes(b"3.87\n")
    with pytest.raises(DeviceError, match="cannot be used as a serial port"):
        made(f"serial:{tmp_path}/file").open()


def test_a_port_without_rights_names_the_group(
    pty: PtySensor, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Root may open everything, so the refusal itself is made."""
    import serial

    def refuse(*_: object, **__: object) -> None:
        raise serial.SerialException(13, "could not open port")

    monkeypatch.setattr(serial, "serial_for_url", refuse)
    with pytest.raises(DeviceError, match="usermod -aG dialout"):
        made(f"serial:{pty.link}").open()


def test_facts(pty: PtySensor) -> None:
    calibration = GroveCalibration(cal=505, source="bench 2026-11-22")
    sensor = make_gsr(f"serial:{pty.link}?baud=500000&format=plain&unit=adc", calibration)
    assert sensor is not None
    info: DeviceInfo = sensor.open()
    sensor.close()
    assert not info.simulated
    assert info.rate_hz == 1000
    assert str(pty.link) in info.model
    assert info.facts["format"] == "plain"
    assert info.facts["unit"] == "adc"
    assert info.facts["calibration"] == calibration.facts()
    # Slope of Seeed's formula by hand: 5 µS reads 412.5, 100·(1024 + 1010)/(1024 + 825)² = 0.0595.
    assert info.facts["resolution_us_at_5_us"] == pytest.approx(0.0595, abs=2e-4)


@pytest.mark.parametrize(
    "uri",
    [
        "serial:",
        "serial:/dev/x?baud=fast",
        "serial:/dev/x?baud=9600.5",
        "serial:/dev/x?format=json",
        "serial:/dev/x?unit=mV",
        "serial:/dev/x?rate=0",
        "serial:/dev/x?parity=N",
    ],
)
def test_a_wrong_uri_is_refused(uri: str) -> None:
    with pytest.raises(UsageError, match=r"device serial:"):
        make_gsr(uri)


def _plug_in(monkeypatch: pytest.MonkeyPatch, *ports: tuple[Path, int | None]) -> None:
    """Let the system list these ports, with the USB vendors they say."""
    from serial.tools import list_ports
    from serial.tools.list_ports_common import ListPortInfo

    listed = []
    for path, vendor in ports:
        port = ListPortInfo(str(path))
        port.vid = vendor
        if path.parent.name == "gps":
            port.description = "CP2102 USB to UART"
        listed.append(port)
    monkeypatch.setattr(list_ports, "comports", lambda: listed)


def test_auto_takes_the_only_known_board(pty: PtySensor, monkeypatch: pytest.MonkeyPatch) -> None:
    _plug_in(monkeypatch, (Path("/dev/ttyOther"), None), (pty.link, 0x2341))
    with reading("serial:auto") as inbox:
        pty.write(b"".join(stream(0, 2)))
        assert len(wait_samples(inbox, 2)) == 2


def test_auto_listens_where_boards_are_unknown(
    pty: PtySensor, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "mute").mkdir()
    with PtySensor(tmp_path / "mute") as mute:
        _plug_in(monkeypatch, (mute.link, None), (tmp_path / "gone", None), (pty.link, None))
        stop = threading.Event()

        def speak() -> None:
            seq = 0
            while not stop.wait(0.05):
                pty.write(stream(seq, 1)[0])
                seq += 1

        writer = threading.Thread(target=speak)
        writer.start()
        try:
            with reading("serial:auto") as inbox:
                assert wait_samples(inbox, 1)[0].flag is SampleFlag.OK
        finally:
            stop.set()
            writer.join()


def test_auto_says_what_it_did_not_find(pty: PtySensor, monkeypatch: pytest.MonkeyPatch) -> None:
    _plug_in(monkeypatch)
    with pytest.raises(DeviceError, match="no serial port was found: plug the GSR sensor in"):
        made("serial:auto").open()
    monkeypatch.setattr("femo_tui.devices.gsr_auto.LISTEN_S", 0.2)
    _plug_in(monkeypatch, (pty.link, None))
    with pytest.raises(DeviceError, match=r"no GSR sensor was heard on .*usb-Arduino"):
        made("serial:auto").open()
    _plug_in(monkeypatch, (Path("/dev/ttyGone"), None))
    with pytest.raises(DeviceError, match="ttyGone is not there"):
        made("serial:auto").open()


def test_auto_names_every_port_that_it_saw_and_what_to_write(
    pty: PtySensor, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("femo_tui.devices.gsr_auto.LISTEN_S", 0.5)
    for name in ("gps", "held"):
        (tmp_path / name).mkdir()
    with PtySensor(tmp_path / "gps") as gps, PtySensor(tmp_path / "held") as held:
        _plug_in(monkeypatch, (pty.link, None), (gps.link, None), (held.link, None))
        taken = open_port(str(held.link), 9600)
        gps.write(b"$GPGGA,,,\r\n")
        timer = threading.Timer(0.2, gps.write, [b"$GPGSV,3,1,11\r\n"])
        timer.start()
        with pytest.raises(DeviceError) as caught:
            made("serial:auto?baud=9600").open()
        timer.join()
        taken.close()
    assert str(caught.value) == (
        f"no GSR sensor was heard on 3 serial ports, {pty.link} (unknown board; silent),"
        f" {gps.link} (CP2102 USB to UART; sends other lines), {held.link} (unknown board; in use):"
        " check its sketch and baud rate, or name its port, as in"
        f" serial:{pty.link}?baud=9600"
    )


def test_auto_says_that_a_sensor_sends_counts_and_how_to_take_them(
    pty: PtySensor, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("femo_tui.devices.gsr_auto.LISTEN_S", 0.5)
    _plug_in(monkeypatch, (tmp_path / "gone", None), (pty.link, None))
    timer = threading.Timer(0.2, pty.write, [b"511\r\n512\r\n"])
    timer.start()
    with pytest.raises(DeviceError) as caught:
        made("serial:auto").open()
    timer.join()
    assert str(caught.value) == (
        f"on {pty.link} (unknown board) lines arrive but none is a voltage (newest 512):"
        " add ?unit=adc to its address"
    )
    timer = threading.Timer(0.2, pty.write, [b"511\r\n512\r\n"])
    timer.start()
    sensor = made("serial:auto?unit=adc")
    assert str(pty.link) in sensor.open().model
    sensor.close()
    timer.join()


def test_auto_names_the_other_ports_where_none_may_be_opened(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    _plug_in(monkeypatch, (tmp_path / "one", None), (tmp_path / "two", None))
    with pytest.raises(DeviceError) as caught:
        made("serial:auto").open()
    one, two = (f"{tmp_path / name} (unknown board; cannot be opened)" for name in ("one", "two"))
    told = str(caught.value)
    assert told.startswith(f"GSR port {tmp_path / 'one'} is not there: plug the sensor in")
    assert told.endswith(f"; of 2 ports, {one}, {two}")


def test_making_a_simulated_sensor_loads_no_serial() -> None:
    code = (
        "import sys; from femo_tui.devices.gsr import make_gsr; make_gsr('sim:1').open();"
        "sys.exit('serial' in sys.modules or 'numpy' in sys.modules)"
    )
    assert subprocess.run([sys.executable, "-c", code], check=False).returncode == 0
