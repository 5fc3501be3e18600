"""Everything that is looked at, in the order in which it is told."""

from __future__ import annotations

from functools import partial

from femo_tui.doctor import host, screen, sensors, software, storing
from femo_tui.doctor.finding import Check, Standing

MACHINE = (
    Check("Python", software.look_at_python),
    Check("femo", software.look_at_femo),
    Check("packages", software.look_at_packages),
    Check("libraries", software.look_at_libraries, software.LIBRARIES_LIMIT_S),
    Check("config", storing.look_at_config),
    Check("store", storing.look_at_store, unanswered=Standing.MISSING),
    Check("catalog", storing.look_at_catalog, 10.0, Standing.MISSING),
    Check("study", storing.look_at_study, unanswered=Standing.MISSING),
    Check("disk", storing.look_at_disk, storing.DISK_LIMIT_S, Standing.MISSING),
)
DEVICES = (
    Check("player", screen.look_at_player, 6.0),
    Check("display", screen.look_at_display, screen.SCREEN_LIMIT_S),
    Check("sound", screen.look_at_sound),
    Check("popups", screen.look_at_popups, screen.SCREEN_LIMIT_S),
    Check("gsr", sensors.look_at_gsr),
    Check("camera", sensors.look_at_camera),
    Check("groups", sensors.look_at_groups, 5.0),
    Check("priority", host.look_at_priority),
)
SURROUNDINGS = (
    Check("login", host.look_at_login, 7.0),
    Check("clock", host.look_at_clock),
    Check("terminal", host.look_at_terminal),
)
EXTRAS = (
    Check("weights", software.look_at_weights),
    *(Check(name, partial(software.look_at_extra, name)) for name in software.EXTRAS),
)
WITH_DEVICES = (*MACHINE, *DEVICES, *SURROUNDINGS, *EXTRAS)
WITHOUT_DEVICES = (*MACHINE, *SURROUNDINGS, *EXTRAS)
