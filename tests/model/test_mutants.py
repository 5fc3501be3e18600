"""Ten thousand spoiled copies of the shipped protocols: each is read, or told its mistakes."""

from __future__ import annotations

import random
import re
from pathlib import Path

import pytest

from femo_tui import paths
from femo_tui.errors import ProtocolError
from femo_tui.model.arrange import arrange
from femo_tui.model.order_words import say_order
from femo_tui.model.protocol import StudyProtocol
from femo_tui.model.timeline import timeline
from femo_tui.store.library import load_protocol

MUTANTS = 10_000
SHARES = 4  # so that several cores can take part
SHIPPED = sorted(paths.stimuli_dir().glob("*.toml"))
MISTAKE = re.compile(r".+\.toml:\d+: .+")
VALUES = [
    *("", "0", "-1", "1e400", "nan", "true", '""', '"a"', '"clip"', '"neutral"', "[]", "[[]]"),
    *('["en"]', '["stress"]', "{}", "{ en = 1 }", "1979-05-27", "0x" + "f" * 5000, "9" * 5000),
    *('"latin_square"', '"shuffled"', '"counterbalanced"', '"seeded"', '"wile2018"', '"quick"'),
]


def mutant(original: bytes, dice: random.Random) -> bytes:
    """Spoil a file in one to three places."""
    lines = original.split(b"\n")
    for _ in range(dice.choice((1, 1, 1, 2, 3))):
        at = dice.randrange(len(lines))
        match dice.randrange(8):
            case 0 if lines[at]:
                flipped = bytearray(lines[at])
                flipped[dice.randrange(len(flipped))] ^= 1 << dice.randrange(8)
                lines[at] = bytes(flipped)
            case 1:
                del lines[at : at + dice.randint(1, 8)]
                lines = lines or [b""]
            case 2:
                lines[at:at] = lines[at : at + dice.randint(1, 8)]
            case 3:
                other = dice.randrange(len(lines))
                lines[at], lines[other] = lines[other], lines[at]
            case 4 | 5 | 6:
                key, equals, _ = lines[at].partition(b" = ")
                lines[at] = key + equals + dice.choice(VALUES).encode()
            case _:
                line = lines[at]
                lines[at] = line[: dice.randint(0, len(line))]
    return b"\n".join(lines)


def read(file: Path, store: Path) -> tuple[StudyProtocol | None, list[str]]:
    """Return a protocol, or its mistakes; any other error is let through."""
    try:
        return load_protocol(str(file), store), []
    except ProtocolError as problem:
        return None, str(problem).split("\n")


@pytest.mark.parametrize("share", range(SHARES))
def test_no_mutant_is_more_than_a_mistake(share: int, tmp_path: Path) -> None:
    """Whatever is read as a protocol can also be arranged and drawn, for anybody."""
    dice = random.Random(f"mutants {share}")
    originals = [path.read_bytes() for path in SHIPPED]
    file = tmp_path / "mutant.toml"
    refused = 0
    for _ in range(MUTANTS // SHARES):
        file.write_bytes(mutant(dice.choice(originals), dice))
        protocol, mistakes = read(file, tmp_path)
        assert all(MISTAKE.fullmatch(line) for line in mistakes), mistakes
        if protocol is None:
            refused += 1
            continue
        number = dice.randint(1, 50)
        arranged = arrange(protocol, "S01", number)
        assert sorted(s.name for s in arranged.steps) == sorted(s.name for s in protocol.steps)
        assert len(timeline(arranged, 20).rows) == len(protocol.steps)
        assert say_order(protocol, arranged)
    assert MUTANTS // SHARES * 0.3 < refused < MUTANTS // SHARES * 0.99  # neither all nor none
