"""Protocols of a few seconds, put together from steps as TOML has them."""

from __future__ import annotations

Span = tuple[float, float]  # of a window: begin and length, in seconds of its step


def protocol(name: str, title: str, *parts: str) -> str:
    """Return a protocol of these steps, after whatever tables come first."""
    head = f'name = "{name}"\ntitle = "{title}"\nlanguages = ["en"]\n'
    return "\n".join([head, *parts])


def settle(duration_s: float) -> str:
    return f'[[step]]\nname = "settle"\nkind = "settle"\nduration_s = {duration_s}\n'


def rest(duration_s: float) -> str:
    return f'[[step]]\nname = "rest"\nkind = "rest"\nduration_s = {duration_s}\n'


def film(
    media: str = "quick/stress.mp4", duration_s: float = 3.2, window: Span = (0.4, 2.5)
) -> str:
    """Return the step `stress`, with a film that femo ships or another one."""
    return (
        '[[step]]\nname = "stress"\nkind = "clip"\nemotion = "stress"\nelicitation = "S"\n'
        f'media = "{media}"\n{_timed(duration_s, window)}'
    )


def acted(
    name: str, emotion: str, duration_s: float = 3.0, window: Span = (0.4, 2.5), media: str = ""
) -> str:
    """Return a step in which an expression is acted, with a drawing of it or without."""
    drawing = f'media = "{media}"\n' if media else ""
    return (
        f'[[step]]\nname = "{name}"\nkind = "acted"\nemotion = "{emotion}"\nelicitation = "A"\n'
        f'{drawing}text = {{ en = "Look {emotion}, please." }}\n{_timed(duration_s, window)}'
    )


def _timed(duration_s: float, window: Span) -> str:
    start_s, length_s = window
    return (
        f"duration_s = {duration_s}\nwindow = {{ start_s = {start_s}, duration_s = {length_s} }}\n"
    )
