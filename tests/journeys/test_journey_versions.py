"""Running customers moved to another version: shown first, then done; nobody lands where nobody chose."""

from datetime import timedelta
from typing import Any

import pytest
from tests.journeys.machine_kit import LETTER, START, definition, event, hours, steps
from tests.journeys.test_journey_services import advanced

from tactful.journeys import queries, services
from tactful.journeys.domain.moving import LEAVE, Landing
from tactful.journeys.versions import move_runs
from tactful.kernel.errors import Conflict, InvalidInput


def wait(following: str = "letter", **span: Any) -> dict[str, Any]:
    return {"type": "wait", "next": following, **span}


OLD = definition(**steps("pause", pause=wait(hours=10), letter=LETTER))


def grown(new: dict[str, Any]) -> None:
    """A run waits at `pause` since the start; then the journey gets another version."""
    services.save(OLD, now=START)
    services.activate("cart", now=START)
    advanced(event("Cart Viewed", START))
    services.save(new, now=hours(1))


def run() -> Any:
    (found,) = queries.runs_of_customer(1)
    return found


@pytest.mark.django_db
class TestMoving:
    def test_a_step_that_has_not_changed_keeps_its_runs_as_they_are(self) -> None:
        grown(definition(**steps("pause", pause=wait("extra", hours=10), extra=wait(days=1), letter=LETTER)))
        assert queries.landings("cart", {}) == {1: [Landing("pause", 1, "pause", same=True)]}
        assert move_runs("cart", {}, now=hours(2)) == 1
        assert (run().version, run().due_at) == (2, hours(10))
        advanced(due=services.take_due(hours(10)), now=hours(10))
        assert run().step == "extra"

    def test_each_version_says_who_entered_by_it_and_how_many_were_moved(self) -> None:
        grown(definition(**steps("pause", pause=wait(hours=12), letter=LETTER)))
        advanced(event("Cart Viewed", hours(1), customer=2), now=hours(1))
        move_runs("cart", {}, now=hours(2))

        def told() -> list[tuple[int, ...]]:
            rows = queries.versions("cart")
            return [(row.number, row.entered, row.moved_on, row.moved_here, row.active) for row in rows]

        assert told() == [(2, 1, 0, 1, 2), (1, 1, 1, 0, 0)]
        services.save(definition(**steps("pause", pause=wait(hours=11), letter=LETTER)), now=hours(3))
        move_runs("cart", {}, now=hours(4))
        assert told() == [(3, 0, 0, 2, 2), (2, 1, 1, 0, 0), (1, 1, 1, 0, 0)]

    def test_a_wait_that_has_changed_counts_from_when_they_came(self) -> None:
        grown(definition(**steps("pause", pause=wait(hours=30), letter=LETTER)))
        move_runs("cart", {}, now=hours(2))
        assert (run().version, run().due_at) == (2, hours(30))

    def test_a_step_that_is_gone_needs_a_choice_and_nothing_moves_before(self) -> None:
        grown(definition(**steps("rest", rest=wait(hours=5), letter=LETTER)))
        assert queries.landings("cart", {})[1] == [Landing("pause", 1, None, same=False)]
        with pytest.raises(Conflict, match="pause"):
            move_runs("cart", {}, now=hours(2))
        with pytest.raises(InvalidInput, match="nowhere"):
            move_runs("cart", {"pause": "nowhere"}, now=hours(2))
        assert run().version == 1

    def test_a_chosen_step_is_taken_up_at_once(self) -> None:
        grown(definition(**steps("rest", rest=wait(hours=5), letter=LETTER)))
        move_runs("cart", {"pause": "letter"}, now=hours(2))
        assert (run().step, run().due_at) == ("letter", hours(2))
        advanced(due=services.take_due(hours(2)), now=hours(2))
        assert run().outcome == "finished"
        counts = queries.journey("cart").steps
        assert counts["pause"].edges == {"moved": 1}
        assert counts["letter"].edges == {"sent": 1}

    def test_those_for_whom_there_is_no_place_may_be_let_go(self) -> None:
        grown(definition(**steps("rest", rest=wait(hours=5), letter=LETTER)))
        assert move_runs("cart", {"pause": LEAVE}, now=hours(2)) == 1
        assert (run().ended_at, run().outcome) == (hours(2), "exited:moved out")

    def test_who_is_left_alone_for_comparison_stays_so(self) -> None:
        services.save(OLD | {"holdout": 0.9}, now=START)
        services.activate("cart", now=START)
        advanced(*(event("Cart Viewed", START, customer=number) for number in range(1, 30)))
        services.save(definition(**steps("rest", rest=wait(hours=5), letter=LETTER)), now=hours(1))
        move_runs("cart", {"pause": "letter"}, now=hours(2))
        held = [queries.runs_of_customer(number)[0] for number in range(1, 30)]
        assert {one.version for one in held} == {2}
        assert {one.due_at for one in held if one.in_holdout} == {START + timedelta(days=7)}
