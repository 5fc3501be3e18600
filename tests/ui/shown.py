"""What the console shows, as text."""

from __future__ import annotations

from textual.widgets import Static

from femo_tui.ui.app import FemoApp
from femo_tui.ui.widgets.frame import KeyLine, StatusLine
from femo_tui.ui.widgets.lines import Lines


def text_of(app: FemoApp) -> str:
    """Return all that is on the screen."""
    return "\n".join(strip.text for strip in app.screen._compositor.render_strips())


def keys(app: FemoApp) -> str:
    """Return what the key line offers; nothing while the screen is being made."""
    return "".join(line.text for line in app.screen.query(KeyLine))


def status_line(app: FemoApp) -> str:
    return "".join(line.text for line in app.screen.query(StatusLine))


def told(app: FemoApp) -> str:
    """Return what the topmost screen says, whether there is room for it or not."""
    screen = app.screen
    parts = [str(one.render()) for one in screen.query(Static)]
    return "\n".join([*parts, *(lines.text for lines in screen.query(Lines))])
