"""Laws of the drawing of a journey: whatever the steps, boxes stand apart and ways go down."""

from itertools import pairwise

from hypothesis import given
from hypothesis import strategies as st

from tactful.web.charts import spark_path
from tactful.web.flow import HEIGHT, WIDTH, Drawing, Way, draw


@st.composite
def graphs(build: st.DrawFn) -> tuple[list[str], list[Way]]:
    """Steps that can all be reached from the first, with some ways across and back."""
    count = build(st.integers(1, 14))
    names = [f"s{number}" for number in range(count)]
    ways = {(names[build(st.integers(0, place - 1))], names[place]) for place in range(1, count)}
    across = build(st.lists(st.tuples(st.sampled_from(names), st.sampled_from(names)), max_size=8))
    ways |= {(source, target) for source, target in across if source != target}
    return names, [Way(source, target) for source, target in sorted(ways)]


@given(graphs())
def test_boxes_never_overlap_and_stay_on_the_canvas(graph: tuple[list[str], list[Way]]) -> None:
    drawing = draw(*graph)
    for place, box in enumerate(drawing.boxes):
        assert box.x >= 0
        assert box.x + WIDTH <= drawing.width
        assert box.y >= 0
        assert box.y + HEIGHT <= drawing.height
        for other in drawing.boxes[place + 1 :]:
            apart = abs(box.x - other.x) >= WIDTH - 0.01 or abs(box.y - other.y) >= HEIGHT
            assert apart, (box, other)


@given(graphs())
def test_every_way_is_drawn(graph: tuple[list[str], list[Way]]) -> None:
    names, ways = graph
    drawing = draw(names, ways)
    assert {curve.way for curve in drawing.curves} == set(ways)
    assert [box.name for box in drawing.boxes] == names


def test_steps_one_after_the_other_stand_in_one_line() -> None:
    names = ["entry", "wait", "message", "end"]
    drawing: Drawing = draw(names, [Way(a, b) for a, b in pairwise(names)])
    assert len({box.x for box in drawing.boxes}) == 1
    assert [box.y for box in drawing.boxes] == sorted(box.y for box in drawing.boxes)


def test_a_trend_begins_at_zero_and_leaves_gaps_where_nothing_is_known() -> None:
    line = spark_path([10.0, None, 5.0])
    assert line.line.count("M") == 2
    assert line.under == ""
    assert spark_path([0.0, 10.0]).line == "M0.0 22.0L96.0 2.0"
