"""The lab streaming layer, loaded late and quiet: liblsl writes nothing on the terminal.

pylsl is an extra (`femo[lsl]`); nothing here is needed by a lab without it.
"""

from __future__ import annotations

import configparser
import io
import os
from collections.abc import Callable
from functools import cache
from pathlib import Path
from types import ModuleType

from femo_tui.errors import DeviceError
from femo_tui.model.clock import Clock

# Where liblsl looks for its settings, the first that is there (labstreaminglayer.readthedocs.io,
# "Configuration file"). Content given by the program replaces all of them, so it is read here.
_OWN_CONFIG = ("lsl_api.cfg", "~/lsl_api/lsl_api.cfg", "/etc/lsl_api/lsl_api.cfg")
_FATAL_ONLY = "-3"
_READINGS = 5  # of the two clocks; a busy machine may stop us in the middle of one


@cache
def load_lsl() -> ModuleType:
    """Return pylsl, with the lab's own settings of liblsl and its log off.

    Raises:
        DeviceError: it is not installed, or finds no liblsl.
    """
    try:
        import pylsl
    except ImportError:
        raise DeviceError(
            "LSL needs the package pylsl: install it with `pip install 'femo[lsl]'`"
        ) from None
    except RuntimeError as problem:
        first = str(problem).splitlines()[0]
        raise DeviceError(
            f"LSL needs liblsl, which pylsl does not find ({first}): install liblsl, or name it in"
            " PYLSL_LIB"
        ) from None
    pylsl.set_config_content(_quiet_config())
    module: ModuleType = pylsl
    return module


def lsl_offset_s(local_clock: Callable[[], float], clock: Clock) -> float:
    """Return LSL's clock minus boot time, in seconds, from the tightest of a few readings."""

    def reading() -> tuple[float, float]:
        before_s, lsl_s, after_s = clock.now_s(), local_clock(), clock.now_s()
        return after_s - before_s, lsl_s - (before_s + after_s) / 2

    return min(reading() for _ in range(_READINGS))[1]


def _quiet_config() -> str:
    """Return the lab's settings with the log's level replaced; one that is no INI file is left."""
    settings = configparser.ConfigParser(interpolation=None, strict=False)
    settings.optionxform = str  # type: ignore[assignment,method-assign]  # its keys have capitals
    named = os.environ.get("LSLAPICFG")
    for text in (named, *_OWN_CONFIG):
        path = Path(text).expanduser() if text else None
        if path is not None and path.is_file():
            try:
                settings.read_string(path.read_text("utf-8", errors="replace"))
            except configparser.Error:
                settings.clear()
            break
    settings["log"] = {"level": _FATAL_ONLY}
    content = io.StringIO()
    settings.write(content)
    return content.getvalue()
