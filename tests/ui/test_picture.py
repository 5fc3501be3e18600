"""The picture of the camera: its proportions, its greys, its box, and what it costs."""

from __future__ import annotations

import random
from functools import partial

import pytest
from textual.app import App, ComposeResult
from textual.geometry import Region

from femo_tui.model.records import Box
from femo_tui.model.thumbnail import Thumbnail
from femo_tui.ui.widgets.picture import BOX, GREYS, Picture, PictureStrip, half_blocks

RAMP = bytes(round(x * 255 / 47) for _ in range(36) for x in range(48))
FACE = Box(12, 9, 24, 18)


def thumbnail(grey: bytes = RAMP, box: Box | None = None) -> Thumbnail:
    return Thumbnail(1.0, 48, 36, grey, box)


def test_the_sides_keep_their_ratio_whatever_the_room() -> None:
    # A half block is as high as it is wide: 4:3 needs 4 columns for 3 half blocks, 2 a line.
    for room, wide, high in (((48, 18), 48, 36), ((32, 40), 32, 24), ((80, 6), 16, 12)):
        levels = half_blocks(thumbnail(), *room, None)
        assert (len(levels[0]), len(levels)) == (wide, high)


def test_black_is_the_darkest_grey_and_white_the_lightest() -> None:
    row = half_blocks(thumbnail(), 48, 18, None)[0]
    assert (row[0], row[-1]) == (0, GREYS - 1)
    assert row == sorted(row)
    assert set(row) == set(range(GREYS))


def test_the_box_stands_around_the_face() -> None:
    levels = half_blocks(thumbnail(box=FACE), 48, 18, None)
    on_line = {
        (x, y) for y, row in enumerate(levels) for x, level in enumerate(row) if level == BOX
    }
    assert {x for x, _ in on_line} == set(range(12, 37))
    assert {y for _, y in on_line} == set(range(9, 28))
    assert (24, 18) not in on_line


def test_a_box_that_reaches_out_of_the_picture_is_cut_at_its_edge() -> None:
    levels = half_blocks(thumbnail(box=Box(40, -4, 30, 90)), 48, 18, None)
    assert levels[0][47] == levels[35][47] == BOX


def test_the_noise_of_a_camera_changes_no_grey() -> None:
    chance = random.Random(1)
    noisy = bytes(min(max(level + chance.randint(-3, 3), 0), 255) for level in RAMP)
    first = half_blocks(thumbnail(), 32, 12, None)
    assert half_blocks(thumbnail(noisy), 32, 12, first) == first


class Shown(App[None]):
    CSS = "Picture { width: 32; height: 12; }"

    def compose(self) -> ComposeResult:
        yield Picture()


async def test_a_picture_that_changes_in_one_place_draws_only_there(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    app = Shown()
    drawn: list[tuple[int, Region]] = []

    def note(number: int, *regions: Region) -> None:
        drawn.extend((number, region) for region in regions)

    async with app.run_test(size=(80, 24)) as pilot:
        picture = app.query_one(Picture)
        picture.show(thumbnail())
        await pilot.pause()
        for number, strip in enumerate(app.query(PictureStrip)):
            monkeypatch.setattr(strip, "refresh", partial(note, number))
        changed = bytearray(RAMP)
        changed[20 * 48 + 30 : 20 * 48 + 33] = b"\x00\x00\x00"
        picture.show(thumbnail(bytes(changed)))
    assert {number for number, _ in drawn} == {2}  # columns 16 to 23 of 32: pixels 24 to 35
    assert {region.y for _, region in drawn} == {6}


async def test_no_picture_is_blank() -> None:
    app = Shown()
    async with app.run_test(size=(80, 24)) as pilot:
        picture = app.query_one(Picture)
        picture.show(thumbnail())
        await pilot.pause()
        assert "▀" in picture.line(0, 8, 0).text
        picture.show(None)
        await pilot.pause()
        assert picture.line(0, 8, 0).text == " " * 8
