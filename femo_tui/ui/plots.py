"""Plots in braille: each participant as a line between two classes, and boxes beside them."""

from __future__ import annotations

import threading
from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from plotext._plotter.plot import plot_class

BOX_WIDTH = 0.4  # of the room that a class has
_ONE_AT_A_TIME = threading.Lock()  # plotext has one figure a process


def paired_plot(
    names: tuple[str, str], pairs: Sequence[tuple[float, float]], width: int, height: int
) -> list[str]:
    """Draw pairs as lines on the left and either side as a box on the right; return the lines."""

    def draw(figure: plot_class) -> None:
        figure.subplots(1, 2)
        lines = figure.subplot(1, 1)
        for pair in pairs:
            lines.draw(lines.signal([1, 2], list(pair), marker="braille").lines())
        lines.ruler("x").ticks([1, 2], list(names))
        lines.ruler("x").lim(0.9, 2.1)
        _boxes(figure.subplot(1, 2), names, ([a for a, _ in pairs], [b for _, b in pairs]))

    return _drawn(draw, width, height)


def box_plot(
    names: Sequence[str], columns: Sequence[Sequence[float]], width: int, height: int
) -> list[str]:
    """Draw each column as a box: quartiles and median, with lines to the least and the most."""
    return _drawn(lambda figure: _boxes(figure, names, columns), width, height)


def loss_plot(
    steps: Sequence[int],
    training: Sequence[float],
    validation: Sequence[float],
    width: int,
    height: int,
) -> list[str]:
    """Draw the losses over the steps: training in braille, validation in dots; return the lines."""

    def draw(figure: plot_class) -> None:
        figure.draw(figure.signal(list(steps), list(training), marker="braille").lines())
        figure.draw(figure.signal(list(steps), list(validation), marker="·").lines())

    return _drawn(draw, width, height)


def _boxes(figure: plot_class, names: Sequence[str], columns: Sequence[Sequence[float]]) -> None:
    boxes = figure.box(
        list(names), [list(one) for one in columns], marker="braille", width=BOX_WIDTH, fill=False
    )
    figure.draw(boxes)
    figure.ruler("x").lim(0.5, len(names) + 0.5)


def _drawn(draw: Callable[[plot_class], None], width: int, height: int) -> list[str]:
    import plotext

    with _ONE_AT_A_TIME:
        plotext.terminal.limit(False, False)  # what the terminal offers is the caller's business
        figure = plotext.figure
        figure.clear()
        figure.theme("colorless")
        figure.plot_size(width, height)
        draw(figure)
        return [line.rstrip() for line in figure.build().string(colorless=True).splitlines()]
