"""What is found in a journey is told by the words of the canvas, not by paths of the file."""

import pytest

from tactful.journeys.domain.places import place_of


@pytest.mark.parametrize(
    ("path", "told"),
    [
        ("review_by", "To be reviewed by"),
        ("holdout", "Left alone for comparison"),
        ("failure_path", "What to do when it fails"),
        ("exit[0].if", "Who leaves"),
        ("entry.date", "Entry"),
        ("steps", "Steps"),
        ("steps.letter", "Step “letter”"),
        ("steps.letter.template", "Step “letter”, text"),
        ("steps.second-call.assignee", "Step “second-call”, for whom"),
    ],
)
def test_a_place_is_called_as_the_canvas_calls_it(path: str, told: str) -> None:
    assert place_of(path) == told
