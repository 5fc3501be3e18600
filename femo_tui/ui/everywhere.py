"""The keys that hold on every screen: to the areas, to the help, out."""

from __future__ import annotations

from textual.binding import Binding, BindingType

EVERYWHERE_KEYS: list[BindingType] = [
    Binding("1", "go('home')", "Home", id="screen.home", tooltip="What needs you today"),
    Binding("2", "go('people')", "People", id="screen.people", tooltip="Participants"),
    Binding("3", "go('setup')", "Set up", id="screen.setup", tooltip="Prepare a run"),
    Binding("4", "go('live')", "Live", id="screen.live", tooltip="The run as it is saved"),
    Binding("5", "go('runs')", "Runs", id="screen.runs", tooltip="Everything recorded"),
    Binding("6", "go('train')", "Train", id="screen.train", tooltip="Models of the faces"),
    Binding("7", "go('results')", "Results", id="screen.results", tooltip="The study's question"),
    Binding("8", "go('share')", "Share", id="screen.share", tooltip="Bundles and backups"),
    Binding("q", "quit", "leave", id="app.leave", tooltip="Leave; a recording goes on"),
    Binding("question_mark", "help", "help", id="app.help", tooltip="What each key does here"),
    Binding(
        "f1",
        "help",
        "help",
        id="app.help-anywhere",
        tooltip="What each key does here, also while one writes; and back",
        priority=True,
    ),
    Binding(
        "ctrl+p",
        "command_palette",
        "palette",
        id="app.palette",
        tooltip="Find what can be done here by name",
        show=False,
    ),
    Binding("ctrl+t", "theme", "theme", id="app.theme", tooltip="Dark or light", show=False),
    Binding(
        "ctrl+g",
        "tour",
        "tour",
        id="app.tour",
        tooltip="The captions of the tour, or none; in a demonstration",
        show=False,
    ),
    Binding(
        "ctrl+l",
        "redraw",
        "redraw",
        id="app.redraw",
        tooltip="Paint the screen anew",
        show=False,
    ),
    Binding(
        "ctrl+q,ctrl+c",
        "quit",
        "leave",
        id="app.leave-anywhere",
        tooltip="Leave, also from a question; a recording goes on",
        show=False,
        priority=True,
    ),
]
