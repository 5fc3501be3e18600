"""Numbers as they are printed: SPSS's digits, and those of everything beside them."""

from __future__ import annotations

from decimal import ROUND_HALF_UP, Decimal

from femo_tui.model.study import Measure

UNITS = {Measure.PERCENT: "%", Measure.LOG_RATIO: "ln", Measure.US: "µS"}


def spss(value: float, places: int) -> str:
    """Return a number as SPSS prints it: halves rounded up, no zero before the point."""
    shown = Decimal(value).quantize(Decimal(1).scaleb(-places), ROUND_HALF_UP)
    if shown.is_zero():
        shown = abs(shown)
    text = f"{shown:f}"
    sign, digits = ("-", text[1:]) if text.startswith("-") else ("", text)
    return sign + (digits[1:] if digits.startswith("0.") else digits)


def p_text(p: float) -> str:
    """Return a p-value for prose: three decimals, and never zero."""
    return "< .001" if p < 0.0005 else spss(p, 3)


def number(value: float | None, places: int = 3) -> str:
    """Return a number with its leading zero, a dash for none."""
    if value is None:
        return "–"
    text = f"{value:.{places}f}"
    return text.removeprefix("-") if not float(text) else text


def percent(share: float) -> str:
    """Return a share as a percentage with one decimal."""
    return f"{100 * share:.1f} %"
