"""Femo's two themes: one accent for the next action, red only for what loses data."""

from __future__ import annotations

from textual.theme import Theme

DARK = Theme(
    name="femo-dark",
    primary="#5fb3b3",
    accent="#5fb3b3",
    secondary="#8a9ba8",
    foreground="#d3d9de",
    background="#14181c",
    surface="#1a2026",
    panel="#232b33",
    success="#8fb573",
    warning="#d9a441",
    error="#e5625e",
    dark=True,
    variables={
        "quiet": "#7f8c97",
        "rule": "#37424c",
        "block-cursor-background": "#5fb3b3",
        "block-cursor-foreground": "#14181c",
        "block-cursor-text-style": "bold",
        "block-cursor-blurred-background": "#232b33",
        "block-cursor-blurred-foreground": "#d3d9de",
        "block-cursor-blurred-text-style": "none",
        "input-cursor-background": "#d3d9de",
        "input-selection-background": "#5fb3b3 35%",
    },
)

LIGHT = Theme(
    name="femo-light",
    primary="#14707a",
    accent="#14707a",
    secondary="#5b6770",
    foreground="#22292f",
    background="#fbfaf7",
    surface="#f3f1ec",
    panel="#e6e3db",
    success="#3f7a2f",
    warning="#8f5f00",
    error="#b3261e",
    dark=False,
    variables={
        "quiet": "#68737c",
        "rule": "#cdc9bf",
        "block-cursor-background": "#14707a",
        "block-cursor-foreground": "#ffffff",
        "block-cursor-text-style": "bold",
        "block-cursor-blurred-background": "#e6e3db",
        "block-cursor-blurred-foreground": "#22292f",
        "block-cursor-blurred-text-style": "none",
        "input-cursor-background": "#22292f",
        "input-selection-background": "#14707a 30%",
    },
)
