"""What devices, windows and the gate say in the states that the tests look at."""

from __future__ import annotations

import math

from femo_tui.model.records import Box, JsonValue
from femo_tui.model.thumbnail import Thumbnail
from femo_tui.recorder.preflight_client import Check, CheckState

CHECKS = (
    Check("consent", CheckState.OK, "S09 · gsr, face, keep, train, share-gsr, share-face"),
    Check("films", CheckState.OK, "6 of 6 found, hashes match"),
    Check("disk", CheckState.OK, "214 GB free, the run needs 0.3 GB"),
    Check("login", CheckState.OK, "recording survives logout"),
    *(
        Check(
            "gsr",
            CheckState.OK,
            "Grove on /dev/ttyACM0 · calibrated today, resolves 0.061 µS",
            f"{4.8 + 0.2 * math.sin(n / 5):.2f} µS   10.0 Hz",
            "",
            4.8 + 0.2 * math.sin(n / 5),
        )
        for n in range(44)
    ),
    Check("camera", CheckState.WARNING, "/dev/video0 · 720×480", "face in 61 % of frames"),
    Check("player", CheckState.OK, "mpv on :0 · 1920×1080"),
)
GONE = Check(
    "gsr",
    CheckState.MISSING,
    "serial:auto finds no sensor",
    remedy="plug the Arduino in, then press r",
)
REFUSED = Check(
    "films",
    CheckState.MISSING,
    "4 of 6 can be shown",
    remedy="films/irreversible.mp4 is missing (shown in stress): run `femo stimuli add FILE --as"
    " films/irreversible.mp4`; films/the-lover.mp4 is not the film that was registered on"
    " 2026-11-02: put that one back, or register this one with `femo stimuli add --replace`",
)
# A bright oval before a darker wall, lit from the left.
FACE = bytes(
    min(int(60 + 1.5 * x + 110 * (((x - 24) / 9) ** 2 + ((y - 17) / 12) ** 2 < 1)), 255)
    for y in range(36)
    for x in range(48)
)
PICTURE = Thumbnail(1.0, 48, 36, FACE, Box(14, 5, 20, 24))
CRITERIA: dict[str, JsonValue] = {
    "window": {"value": "complete", "need": "complete", "ok": True},
    "onset_uncertainty_s": {"value": 0.017, "need": 0.1, "ok": True},
    "media_played_s": {"value": 52.0, "need": 52.0, "ok": True},
    "gsr_valid_share": {"value": 1.0, "need": 0.8, "ok": True},
    "longest_gap_s": {"value": 0.1, "need": 1.0, "ok": True},
    "gsr_rate_share": {"value": 1.0, "need": 0.9, "ok": True},
    "frames": {"value": 150, "need": 105, "ok": True},
    "face_yield": {"value": 0.6, "need": 0.7, "ok": False},
    "sharpness": {"value": 184.0, "need": 0.0, "ok": True},
}
ALL_MET: dict[str, JsonValue] = {
    **CRITERIA,
    "face_yield": {"value": 0.97, "need": 0.7, "ok": True},
}
# What `femo doctor` prints where it prints for no terminal: a line a thing, then the conclusion.
MACHINE = "\n".join(
    [
        "ok       Python     3.11.2",
        "ok       packages   all of the versions asked for",
        *(f"ok       thing {n:<4} as it should be" for n in range(16)),
        "look     popups     the screen saver of this seat may come up over a film: it is not known"
        " whether it can be held off from here",
        "                    → gsettings set org.gnome.desktop.session idle-delay 0",
        "missing  gsr        port /dev/ttyACM97 is not there",
        '                    → gsr = "serial:auto"   # in /home/ada/.config/femo/config.toml',
        "",
        "No session with a participant can be recorded here before this is there: gsr. `femo demo`"
        " and `femo rehearse` simulate one.\n",
    ]
)
