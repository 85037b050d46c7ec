"""Who is left alone on purpose stays the same, whatever happens around."""

from datetime import UTC, datetime, timedelta

import pytest

from tactful.experiments import queries, services
from tactful.experiments.domain.holdout import in_holdout
from tactful.kernel.errors import InvalidInput

NOW = datetime(2026, 3, 4, tzinfo=UTC)
EVERYBODY = range(1, 5001)


def drawn(share: float, seed: str = "global") -> set[int]:
    return {customer for customer in EVERYBODY if in_holdout(seed, customer, share)}


def test_a_holdout_has_about_its_share_of_customers() -> None:
    assert len(drawn(0)) == 0
    assert 0.08 * 5000 < len(drawn(0.1)) < 0.12 * 5000


def test_a_larger_share_keeps_everybody_it_had() -> None:
    assert drawn(0.05) < drawn(0.1) < drawn(0.5)


def test_another_seed_draws_independently() -> None:
    both = drawn(0.5) & drawn(0.5, "other")
    assert 0.22 * 5000 < len(both) < 0.28 * 5000


@pytest.mark.django_db
class TestSetting:
    def test_nobody_is_held_out_until_a_share_is_set(self) -> None:
        assert queries.holdout() is None
        assert queries.held_out(EVERYBODY) == set()
        services.set_up(now=NOW)
        services.set_up(now=NOW)
        assert [one.share for one in queries.holdouts()] == [0.0]
        assert queries.held_out(EVERYBODY) == set()

    def test_a_share_draws_the_same_customers_each_time(self) -> None:
        services.set_holdout(0.1, now=NOW)
        assert queries.held_out(EVERYBODY) == drawn(0.1)
        assert queries.held_out([1, 2, 3], "another") == set()

    def test_the_start_moves_only_when_the_draw_changes(self) -> None:
        later = NOW + timedelta(days=1)
        services.set_holdout(0.1, now=NOW)
        services.set_holdout(0.1, now=later)
        first = queries.holdout()
        services.set_holdout(0.2, now=later)
        second = queries.holdout()
        assert first is not None
        assert second is not None
        assert (first.started_at, second.started_at, second.seed) == (NOW, later, first.seed)

    @pytest.mark.parametrize("share", [-0.1, 1, 2])
    def test_an_impossible_share_is_refused(self, share: float) -> None:
        with pytest.raises(InvalidInput):
            services.set_holdout(share, now=NOW)
