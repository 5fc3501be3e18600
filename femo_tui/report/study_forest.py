"""Comparisons as a figure: each estimate with its interval about zero."""

from __future__ import annotations

from collections.abc import Sequence

from femo_tui.report.markup import Child, Markup, el
from femo_tui.report.picture import (
    Scale,
    Sheet,
    drawn,
    line,
    places,
    text,
    ticks,
)
from femo_tui.stats.comparisons import Comparison
from femo_tui.stats.render.numbers import number, percent

_ROW_PX, _NAME_PX, _NUMBERS_PX, _TOP_PX, _AXIS_PX = 28.0, 172.0, 214.0, 26.0, 40.0
_HALF_PX, _CAP_PX = 3.5, 5.0


def draw_forest(
    key: str, title: str, comparisons: Sequence[Comparison], unit: str, sheet: Sheet
) -> Markup:
    """Draw comparisons one under the other; those without pairs say so."""
    known = [one for one in comparisons if one.test.hodges_lehmann is not None]
    low, high = _range(known)
    left = 8.0 if sheet.is_narrow else _NAME_PX
    right = sheet.width - (8.0 if sheet.is_narrow else _NUMBERS_PX)
    across = Scale(low, high, left, right)
    row_px = _ROW_PX * (2.0 if sheet.is_narrow else 1.0)
    bottom = _TOP_PX + row_px * len(comparisons)
    tops = [_TOP_PX + row_px * i for i in range(len(comparisons))]
    middles = [top + (row_px * 0.72 if sheet.is_narrow else row_px / 2) for top in tops]
    half_px = 9.0 if sheet.is_narrow else row_px / 2  # beside names, not through them
    parts: list[Child] = [*_axis(across, bottom, unit, middles, half_px), *_ends(across)]
    for one, top, middle in zip(comparisons, tops, middles, strict=True):
        parts += _row(one, across, top, middle, sheet)
    told = "; ".join(_told(one, unit) for one in comparisons)
    return drawn(sheet, bottom + _AXIS_PX, title, f"{told}.", *parts)


def _range(known: Sequence[Comparison]) -> tuple[float, float]:
    """Return what the axis spans: every interval, and zero."""
    ends = [
        end
        for one in known
        for end in (one.test.hl_low, one.test.hl_high, one.test.hodges_lehmann)
        if end is not None
    ]
    low, high = min([0.0, *ends]), max([0.0, *ends])
    room = (high - low or 2.0) * 0.05
    return low - room, high + room


def _axis(
    across: Scale, bottom: float, unit: str, middles: Sequence[float], half_px: float
) -> list[Child]:
    marks = ticks(across.low, across.high, 6 if across.to_px - across.from_px > 400 else 4)
    decimals = places(marks)
    parts: list[Child] = [line(across.from_px, bottom, across.to_px, bottom, "axis")]
    for mark in marks:
        x = across(mark)
        told = f"{mark:.{decimals}f}".replace("-", "−") if round(mark, 9) else "0"
        kind = "grid" if round(mark, 9) else "zero"
        parts += [line(x, y - half_px, x, y + half_px, kind) for y in middles]
        parts.append(text(x, bottom + 16, told, "middle number"))
    middle = (across.from_px + across.to_px) / 2
    parts.append(text(middle, bottom + 33, f"difference, {unit}", "middle unit"))
    return parts


def _ends(across: Scale) -> list[Child]:
    """Return what lies to either side of zero, where there is room for the words."""
    zero = across(0.0)
    parts: list[Child] = []
    if zero - across.from_px > 46:
        parts.append(text(zero - 8, 14, "← less", "end unit"))
    if across.to_px - zero > 46:
        parts.append(text(zero + 8, 14, "more →", "unit"))
    return parts


def _row(one: Comparison, across: Scale, y: float, middle: float, sheet: Sheet) -> list[Child]:
    name_y = y + 15 if sheet.is_narrow else middle + 4
    parts: list[Child] = [text(0 if not sheet.is_narrow else across.from_px, name_y, one.label)]
    test = one.test
    if test.hodges_lehmann is None or test.hl_low is None or test.hl_high is None:
        parts.append(text(across(0.0) + 8, middle + 4, "nobody has both", "number"))
        return parts
    low, at, high = across(test.hl_low), across(test.hodges_lehmann), across(test.hl_high)
    parts += [
        line(low, middle, high, middle, "interval"),
        line(low, middle - _CAP_PX, low, middle + _CAP_PX, "interval"),
        line(high, middle - _CAP_PX, high, middle + _CAP_PX, "interval"),
        el("circle", cx=at, cy=middle, r=_HALF_PX + 0.5, class_="estimate"),
    ]
    numbers = f"{_signed(test.hodges_lehmann)} [{_signed(test.hl_low)}, {_signed(test.hl_high)}]"
    level = "" if test.hl_level is None else f"  {percent(test.hl_level)}"
    where = (sheet.width - 4, name_y) if sheet.is_narrow else (sheet.width - 2, middle + 4)
    parts.append(text(*where, numbers + ("" if sheet.is_narrow else level), "end number"))
    return parts


def _signed(value: float) -> str:
    told = number(value, 2)
    return f"+{told}" if value > 0 and told.strip("0.") else told.replace("-", "−")


def _told(one: Comparison, unit: str) -> str:
    test = one.test
    if test.hodges_lehmann is None or test.hl_level is None:
        return f"{one.label}: nobody has both"
    return (
        f"{one.label}: {number(test.hodges_lehmann, 2)} {unit}, interval"
        f" {number(test.hl_low, 2)} to {number(test.hl_high, 2)} at {percent(test.hl_level)}"
    )
