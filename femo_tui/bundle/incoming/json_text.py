"""Reads JSON from elsewhere: bounded before it is parsed, and only values that mean one thing."""

from __future__ import annotations

import json
import math
import re
from typing import NoReturn

from femo_tui.bundle.incoming.bounds import Bounds
from femo_tui.errors import BundleError
from femo_tui.model.records import JsonValue

# What a terminal acts on, or what shows text other than it is: controls but for tab and line end,
# turns of direction (not mere marks of it, which people type), and halves of characters.
UNSAFE = re.compile("[\x00-\x08\x0b-\x1f\x7f-\x9f\u202a-\u202e\u2066-\u2069\ud800-\udfff]")


def parse_json(content: bytes, bounds: Bounds) -> JsonValue:
    """Return the value of a JSON text.

    Raises:
        BundleError: it is none, too deep or too large, or holds a key twice, NaN, a whole number
            beyond 64 bits, or text that a terminal would act on.
    """
    if len(content) > bounds.whole_bytes:
        raise BundleError(f"JSON of {len(content)} bytes; {bounds.whole_bytes} are allowed")
    if sum(map(content.count, (b",", b"[", b"{"))) > bounds.json_values:
        raise BundleError(f"JSON of more than {bounds.json_values} values")
    try:
        value: JsonValue = json.loads(
            content.decode(),
            parse_constant=_refuse_constant,
            parse_int=lambda digits: _whole(digits, bounds),
            parse_float=_finite,
            object_pairs_hook=_object,
        )
        _check(value, bounds.json_depth, bounds)
    except RecursionError:
        raise BundleError(f"JSON of more than {bounds.json_depth} levels") from None
    except ValueError as problem:  # UnicodeDecodeError is one
        raise BundleError(f"this is no JSON ({str(problem)[:120]})") from None
    return value


def _check(value: JsonValue, levels: int, bounds: Bounds) -> None:
    """Look at what is inside a value; `levels` may still follow."""
    if isinstance(value, str):
        if found := UNSAFE.search(value):
            raise BundleError(
                f"a text holds a character that a terminal acts on (U+{ord(found[0]):04X})"
            )
        return
    if not isinstance(value, list | dict):
        return
    if not levels:
        raise BundleError(f"JSON of more than {bounds.json_depth} levels")
    for part in value:
        _check(part, levels - 1, bounds)
    if isinstance(value, dict):
        for part in value.values():
            _check(part, levels - 1, bounds)


def _refuse_constant(word: str) -> NoReturn:
    raise BundleError(f"{word} is no number in JSON")


def _whole(digits: str, bounds: Bounds) -> int:
    if len(digits.lstrip("-")) > bounds.digits:
        raise BundleError(f"a whole number of {len(digits)} digits; {bounds.digits} are allowed")
    return int(digits)


def _finite(digits: str) -> float:
    number = float(digits)
    if not math.isfinite(number):
        raise BundleError(f"{digits[:20]} is larger than any number")
    return number


def _object(pairs: list[tuple[str, JsonValue]]) -> dict[str, JsonValue]:
    found = dict(pairs)
    if len(found) < len(pairs):
        raise BundleError("an object holds a key twice")
    return found
