"""Whatever is said at the door, in whatever order: who is in which segment is what the rows say, in every scope."""

from pathlib import Path

import pytest
from tests.segments.world_kit import World, asked, histories, told

from tactful.flows import nightly
from tactful.segments import queries


@pytest.fixture(autouse=True)
def lake(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(nightly, "FOLDER", tmp_path)


def lived(seed: int, *, steps: int, compared: int) -> World:
    """A world that went through so many steps, compared at as many of them, the last among these."""
    world = World(seed)
    world.open()
    looked_at = {steps - 1, *world.dice.sample(range(steps - 1), compared - 1)}
    for step in range(steps):
        world.live()
        if step in looked_at:
            world.compare()
    world.work()
    return world


def entering_and_leaving_take_turns() -> int:
    """Of records that never were two: in, out, in, as long as they are there; each once in the log."""
    slugs = {row.id: row.slug for row in queries.segments()}
    inside = {(row[0], row[1]) for row in asked("SELECT customer_id, segment_id FROM segments_member")}
    log = told()
    for (customer, segment), moves in histories().items():
        assert [entered for _, entered in moves] == [number % 2 == 0 for number in range(len(moves))]
        assert moves[-1][1] == ((customer, segment) in inside)
        heard = log.get((customer, slugs[segment]), [])
        # The first count of a segment fills it without telling.
        assert heard == moves or heard == moves[1:], (customer, slugs[segment], heard, moves)
    return len(log)


@pytest.mark.django_db(transaction=True)
def test_all_scopes_agree_with_the_rows_whatever_happens() -> None:
    lived(1, steps=15, compared=3)
    assert entering_and_leaving_take_turns() > 20
    assert asked("SELECT count(*) FROM customers_merge")[0][0] > 0


@pytest.mark.slow
@pytest.mark.timeout(600)
@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize("seed", range(100, 108))
def test_all_scopes_agree_with_the_rows_for_long(seed: int) -> None:
    lived(seed, steps=80, compared=16)
    entering_and_leaving_take_turns()
