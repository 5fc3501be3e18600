"""The run state table: what is legal, and that every illegal move says why."""

from __future__ import annotations

import itertools

import pytest

from femo_tui.errors import IllegalCommand
from femo_tui.model.run_state import (
    ALLOWED_IN,
    TRANSITIONS,
    CommandName,
    RunState,
    advance,
    check_allowed,
)


@pytest.mark.parametrize(("state", "to"), itertools.product(RunState, RunState))
def test_every_pair_is_either_in_the_table_or_refused(state: RunState, to: RunState) -> None:
    if to in TRANSITIONS[state]:
        assert advance(state, to) is to
    else:
        with pytest.raises(IllegalCommand, match=f"{state.value} cannot become {to.value}"):
            advance(state, to)


def test_every_state_that_is_not_the_end_can_end() -> None:
    reached = {RunState.IDLE}
    while True:
        further = reached.union(*(TRANSITIONS[state] for state in reached))
        if further == reached:
            break
        reached = further
    assert reached == set(RunState) - {RunState.LOST}  # which readers derive
    assert TRANSITIONS[RunState.DONE] == frozenset()


@pytest.mark.parametrize(("command", "state"), itertools.product(CommandName, RunState))
def test_a_command_out_of_place_is_refused_with_the_states_it_needs(
    command: CommandName, state: RunState
) -> None:
    if state in ALLOWED_IN[command]:
        check_allowed(command, state)
    else:
        with pytest.raises(IllegalCommand, match=f"{command.value}: the run is {state.value}"):
            check_allowed(command, state)
