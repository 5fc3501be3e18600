"""The command line: one module a command group, one late import a command."""

from __future__ import annotations

import os
import sys

import click

from femo_tui import __version__
from femo_tui.errors import FemoError

# command → (module, attribute, one line of help): help and completion import no command
COMMANDS = {
    "demo": ("demo", "demo", "Record a whole simulated study, then open the console on it."),
    "rehearse": ("rehearse", "rehearse", "Practise on a simulated run in which things go wrong."),
    "doctor": ("doctor", "doctor", "Say what works on this machine, and what is missing."),
    "study": ("study", "study", "Set up the study of a store, or show it."),
    "participant": ("participant", "participant", "Register, list, show and edit participants."),
    "contact": ("contact", "contact", "Keep who is who, encrypted and apart from the data."),
    "protocol": ("protocol", "protocol", "List protocols, show one, check a file."),
    "stimuli": ("stimuli", "stimuli", "Register films, list them, check them, try the screen."),
    "firmware": ("firmware", "firmware", "Write out the Arduino sketch; say how to flash it."),
    "calibrate": ("calibrate", "calibrate", "Measure a GSR sensor, for every later recording."),
    "record": ("record", "record", "Record one run, in the foreground or detached."),
    "status": ("control", "status", "Say what is being recorded right now."),
    "pause": ("control", "pause", "Pause the run."),
    "resume": ("control", "resume", "Go on with a paused run."),
    "skip": ("control", "skip", "Leave the step that runs and go to the next."),
    "redo": ("control", "redo", "Do the step again, as a new attempt."),
    "rate": ("control", "rate", "Answer a question for the participant."),
    "verdict": ("control", "verdict", "Give the window at the gate its verdict."),
    "mark": ("control", "mark", "Write a marker into the run."),
    "stop": ("control", "stop", "End the run in order; what was recorded is sealed."),
    "abort": ("control", "abort", "Break the run off at once."),
    "sessions": ("sessions", "sessions", "List the runs of the store."),
    "show": ("sessions", "show", "Show one run, window by window."),
    "decide": ("sessions", "decide", "Keep or discard the data of a run."),
    "recover": ("sessions", "recover", "Close a lost run as partial."),
    "reassign": ("reassign", "reassign", "Give a run to the participant whose it really is."),
    "results": ("results", "results", "Test the study's question; say what was left out."),
    "report": ("report", "report", "Write a run, or the study, as a page to look at and print."),
    "wilcoxon": ("wilcoxon", "wilcoxon", "Signed-rank test of two columns of a CSV file."),
    "dataset": ("dataset", "dataset", "Bring folders of face images in for training and tests."),
    "frames": ("frames", "frames", "Choose the frames to learn from; reject single ones by eye."),
    "train": ("train", "train", "Train a model, and say how far it can be trusted."),
    "models": ("models", "models", "List the models; show one, and who it learnt from."),
    "evaluate": ("models", "evaluate", "Evaluate a model on a folder of images."),
    "classify": ("models", "classify", "Say which class a model sees in images."),
    "export": ("export", "export", "Write a bundle: what may leave the lab, in one file."),
    "lsl": ("lsl", "lsl", "Offer the run that is recorded as LSL streams."),
    "keys": ("keys", "keys", "Make keys that open and sign bundles; show those there are."),
    "backup": ("backup", "backup", "Back the store up, or look at the backups there are."),
    "restore": ("backup", "restore", "Bring a store back from a backup, into a new place."),
    "verify": ("incoming", "verify", "Check a bundle: whole, unchanged, by whom it is signed."),
    "import": ("incoming", "import_", "Take a bundle into the store, once it is verified."),
    "audit": ("audit", "audit", "Check the log of who did what, or show it."),
    "reindex": ("sessions", "reindex", "Index the runs again from their folders."),
}


class _Femo(click.Group):
    """The group of all commands; each is imported when it is run."""

    def list_commands(self, ctx: click.Context) -> list[str]:
        return list(COMMANDS)

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        if cmd_name not in COMMANDS:
            return None
        from importlib import import_module

        module, attribute, _ = COMMANDS[cmd_name]
        command = getattr(import_module(f"femo_tui.cli.{module}"), attribute)
        assert isinstance(command, click.Command)
        return command

    def format_commands(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        with formatter.section("Commands"):
            formatter.write_dl([(name, line) for name, (_, _, line) in COMMANDS.items()])


def _say_version(ctx: click.Context, parameter: click.Parameter, asked: bool) -> None:
    if asked:
        from femo_tui.commit import commit

        known = commit()
        click.echo(f"femo {__version__}" + (f" (commit {known[:12]})" if known else ""))
        ctx.exit()


@click.group(cls=_Femo, invoke_without_command=True)
@click.option("--version", is_flag=True, is_eager=True, expose_value=False, callback=_say_version,
              help="Show the version and the commit, and exit.")  # fmt: skip
@click.option("--store", help="The store's folder (else FEMO_STORE, the config file, sessions/).")
@click.option("--operator", help="Who acts (else the config file, the login).")
@click.option("--catalog", help="A server's URL, or `store` (else FEMO_CATALOG, the config file).")
@click.pass_context
def femo(ctx: click.Context, store: str | None, operator: str | None, catalog: str | None) -> None:
    """A session console for studies of emotion through the face and skin response.

    Without a command, `femo` opens the console.
    """
    ctx.obj = {"store": store, "operator": operator, "catalog": catalog}
    if ctx.invoked_subcommand is None:
        from femo_tui.cli.console import open_console

        sys.exit(open_console(store, operator))


def main() -> None:
    """Run femo; an error is one sentence on standard error."""
    try:
        femo(prog_name="femo")
    except FemoError as problem:
        if os.environ.get("FEMO_DEBUG") == "1":
            raise
        click.echo(f"femo: {problem}", err=True)
        sys.exit(problem.exit_status)
    except Exception as problem:
        if os.environ.get("FEMO_DEBUG") == "1":
            raise
        click.echo(
            f"femo: a defect stopped this ({type(problem).__name__}: {problem});"
            " run it again with FEMO_DEBUG=1 and report what that prints",
            err=True,
        )
        sys.exit(1)
