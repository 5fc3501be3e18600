"""The lab's films on the command line: register, list, check, and try the screen they go to."""

from __future__ import annotations

import sys
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING

import click

from femo_tui.cli.common import place, print_json, print_table, with_json, with_place
from femo_tui.cli.completion import complete_protocol
from femo_tui.errors import UsageError

if TYPE_CHECKING:
    from femo_tui.model.media import MediaFile
    from femo_tui.recorder.films import Told
    from femo_tui.store.stimuli import Progress

FILMS = "films"  # where in stimuli/ a film goes that is given no name
BIG_BYTES = 50_000_000  # from here on reading it is said to go on


@click.group()
def stimuli() -> None:
    """Register the lab's films, list them, check them, try the screen."""


@stimuli.command()
@click.argument("file", type=click.Path(path_type=Path))
@click.option("--as", "media", metavar="NAME", help="Name inside stimuli/: films/stress.mp4.")
@click.option("--peak", "peak_s", type=float, metavar="S", help="Where the emotion is strongest.")
@click.option("--title", default="", help="The film's title.")
@click.option("--source", default="", help="Where it comes from: edition, cut, archive.")
@click.option("--licence", default="", help="What it may be used for.")
@click.option("--replace", "replace_other", is_flag=True, help="Take another film's place.")
@with_json
@with_place
def add(
    file: Path,
    media: str | None,
    peak_s: float | None,
    title: str,
    source: str,
    licence: str,
    replace_other: bool,
    store: str | None,
    operator: str | None,
    as_json: bool,
) -> None:
    """Copy FILE into the store and note what it is, so that another film is noticed."""
    from femo_tui.devices.media_probe import probe
    from femo_tui.model.clock import iso_seconds
    from femo_tui.model.media import MediaFile
    from femo_tui.recorder.films import describe
    from femo_tui.store.library import STIMULI_FOLDER
    from femo_tui.store.stimuli import RegisteredClip, add_clip

    where = place(store, operator)
    facts = probe(file.expanduser())
    if not facts.duration_s:
        raise UsageError(f"{file} is a drawing: only films are registered")
    if facts.truncated:
        raise UsageError(f"{file} is cut off: {facts.truncated}; copy it again")
    if peak_s is not None and not 0 <= peak_s <= facts.picture_s:
        raise UsageError(f"{file} lasts {facts.picture_s:.2f} s, so its peak is not at {peak_s:g}")
    own = where.store_root / STIMULI_FOLDER
    lies = file.expanduser().resolve()
    if media is None and lies.is_relative_to(own.resolve()):
        media = lies.relative_to(own.resolve()).as_posix()
    size_bytes = file.expanduser().stat().st_size
    clip = RegisteredClip(
        media=media or f"{FILMS}/{file.name}",
        file=MediaFile("", size_bytes, facts),
        added_utc=iso_seconds(datetime.now(UTC)),
        added_by=where.operator,
        peak_s=peak_s,
        title=title,
        source=source,
        licence=licence,
    )
    added = add_clip(
        where.store_root,
        file.expanduser(),
        clip,
        replace_other=replace_other,
        progress=_progress(file.name),
    )
    if as_json:
        print_json(added.to_json())
        return
    click.echo(f"{added.media}: {describe(added.file)}, SHA-256 {added.file.sha256[:12]}…")


@stimuli.command("list")
@with_json
@with_place
def list_(store: str | None, operator: str | None, as_json: bool) -> None:
    """List the registered films, those that protocols show, and the shipped ones."""
    from femo_tui.recorder.film_list import list_films

    root = place(store, operator).store_root
    films = list_films(
        root, lambda problem: click.echo(f"femo: {problem}", err=True), _progress_of_each()
    )
    if as_json:
        print_json([film.to_json() for film in films])
        return
    rows: list[tuple[str, ...]] = [
        (
            film.media,
            *_columns(film.file, None if film.clip is None else film.clip.peak_s),
            film.state.value,
            ", ".join(film.protocols),
        )
        for film in films
    ]
    header = ("film", "s", "size", "frames/s", "sound", "peak s", "state", "shown by")
    print_table(rows, header)


def _columns(file: MediaFile | None, peak_s: float | None) -> tuple[str, ...]:
    peak = "" if peak_s is None else f"{peak_s:g}"
    if file is None:
        return ("", "", "", "", peak)
    facts = file.facts
    rate = f"{facts.fps:g}{' variable' if facts.variable_rate else ''}"
    sound = facts.audio_codec or "none"
    return (f"{facts.duration_s:.2f}", f"{facts.width}×{facts.height}", rate, sound, peak)


@stimuli.command()
@click.argument("protocol", required=False, shell_complete=complete_protocol)
@click.option("--fresh", is_flag=True, help="Read every film again, also those known unchanged.")
@with_json
@with_place
def check(
    protocol: str | None, fresh: bool, store: str | None, operator: str | None, as_json: bool
) -> None:
    """Check the films of PROTOCOL (default: the study's): found, unchanged, whole, as declared."""
    from femo_tui.model.media import FindingLevel
    from femo_tui.recorder.films import check_films
    from femo_tui.store.library import find_protocol, load_protocol
    from femo_tui.store.study import load_study

    root = place(store, operator).store_root
    name = protocol or load_study(root).protocol
    beside = find_protocol(name, root).parent
    findings = check_films(
        load_protocol(name, root), root, beside, fresh=fresh, tell=_progress_of_each()
    )
    if as_json:
        print_json(
            [
                {
                    "media": found.media,
                    "level": found.level.value,
                    "text": found.sentence,
                    "facts": found.facts or None,
                }
                for found in findings
            ]
        )
    else:
        words = {FindingLevel.REFUSE: "refused"}
        for found in findings:
            click.echo(f"{words.get(found.level, found.level.value):<8}{found.sentence}")
    if any(found.level is FindingLevel.REFUSE for found in findings):
        sys.exit(1)


@stimuli.command()
@click.option("--player", help="mpv[?display=:0&screen=1] (default: the config file's).")
@with_json
@with_place
def testcard(player: str | None, store: str | None, operator: str | None, as_json: bool) -> None:
    """Show a test card with a tone on the participant's screen, and say what came of it."""
    from femo_tui.recorder.card_check import show_card

    where = place(store, operator)
    result = show_card(player or where.config.player, where.operator)
    if as_json:
        print_json({"ok": result.ok, "text": result.text, "remedy": result.remedy, **result.facts})
    else:
        click.echo(result.text)
        if result.remedy:
            click.echo(f"femo: {result.remedy}", err=True)
    if not result.ok:
        sys.exit(1)


def _progress_of_each() -> Told:
    bars: dict[str, Progress] = {}

    def tell(media: str, read_bytes: int, all_bytes: int) -> None:
        bars.setdefault(media, _progress(media))(read_bytes, all_bytes)

    return tell


def _progress(name: str) -> Progress:
    """Return what tells a terminal how far the reading of a big film is."""
    said = -1

    def tell(read_bytes: int, all_bytes: int) -> None:
        nonlocal said
        percent = 100 * read_bytes // all_bytes if all_bytes else 100
        if all_bytes >= BIG_BYTES and percent != said and sys.stderr.isatty():
            said = percent
            end = "\n" if read_bytes >= all_bytes else ""
            click.echo(f"\rreading {name}: {percent} %{end}", nl=False, err=True)

    return tell
