"""`femo lsl`: the run that is being recorded, offered on the lab's network."""

from __future__ import annotations

from typing import TYPE_CHECKING

import click

from femo_tui.cli.common import place, with_place

if TYPE_CHECKING:
    from femo_tui.model.events import RunStart
    from femo_tui.store.exchange import ExchangeStream


@click.command()
@click.option("--once", is_flag=True, help="End with the run.")
@with_place
def lsl(once: bool, store: str | None, operator: str | None) -> None:
    """Offer each run as LSL streams while it is recorded, until Ctrl-C: GSR, markers, faces.

    What is offered is what was saved; nothing that somebody typed is in it. Whoever is in the same
    network can read it.
    """
    from femo_tui.recorder.lsl_outlets import offer_runs

    where = place(store, operator)

    def told(start: RunStart | None, streams: tuple[ExchangeStream, ...]) -> None:
        names = ", ".join(stream.name for stream in streams)
        click.echo(
            f"the run has ended: {names} are closed"
            if start is None
            else f"{start.participant} {start.run} is offered: {names}"
        )

    try:
        offer_runs(where.store_root, told, once=once)
    except KeyboardInterrupt:
        click.echo("nothing is offered any more; a recording goes on")
