"""Sequences: each step's events joined to those before it, and the gap after the last."""

from sqlglot import exp

from tactful.segments.compiler import literals
from tactful.segments.compiler.moments import Moment
from tactful.segments.domain.conditions import Sequence

HAPPENED, CHANGE = "happened", "change"
_ABSENT = "x"


def chained(sequence: Sequence, steps: list[exp.Select], moment: Moment, key: str) -> exp.Select:
    """Per key whether the sequence `happened`, and the moment of its next `change` by time alone.

    `steps` are the events of each step as (`key`, `occurred_at`), those of the absent one last.
    """
    picked = exp.select(_key().as_(key)).from_(steps[0].subquery("e0", copy=False))
    for number, step in enumerate(sequence.steps[1:], start=1):
        on = _after(f"e{number}", f"e{number - 1}", step.within_days)
        picked = picked.join(steps[number].subquery(f"e{number}", copy=False), on=on, copy=False)
    if sequence.absent is not None:
        on = _after(_ABSENT, f"e{len(sequence.steps) - 1}", sequence.absent.within_days)
        picked = picked.join(steps[-1].subquery(_ABSENT, copy=False), on=on, join_type="left", copy=False)
    if sequence.days is not None:
        picked = picked.where(exp.GT(this=_when("e0"), expression=moment.ago(sequence.days)), copy=False)
    happened = literals.call("bool_or", _judged(sequence, moment)).as_(HAPPENED)
    change = exp.Min(this=_change(sequence, moment)).as_(CHANGE)
    return picked.select(happened, change, copy=False).group_by(_key(), copy=False)


def _judged(sequence: Sequence, moment: Moment) -> exp.Expr:
    if sequence.absent is None:
        return literals.true()
    over = exp.LTE(this=_over(sequence), expression=moment.now())
    return exp.and_(exp.Is(this=_when(_ABSENT), expression=exp.Null()), over)


def _change(sequence: Sequence, moment: Moment) -> exp.Expr:
    """When a chain begins to count, or drops out of the period."""
    waited = []
    if sequence.absent is not None:
        waited.append(_over(sequence))
    if sequence.days is not None:
        waited.append(exp.Add(this=_when("e0"), expression=literals.days(sequence.days)))
    ahead = [
        exp.Case(ifs=[exp.If(this=exp.GT(this=then.copy(), expression=moment.now()), true=then)]) for then in waited
    ]
    return literals.call("least", *ahead) if ahead else exp.cast(exp.Null(), exp.DType.TIMESTAMP)


def _over(sequence: Sequence) -> exp.Expr:
    """When the days are over in which the absent event might have come."""
    days = sequence.absent.within_days if sequence.absent else None
    return exp.Add(this=_when(f"e{len(sequence.steps) - 1}"), expression=literals.days(days or 0))


def _after(later: str, earlier: str, days: int | None) -> exp.Expr:
    same = exp.EQ(this=literals.column(later, "key"), expression=literals.column(earlier, "key"))
    order = exp.GT(this=_when(later), expression=_when(earlier))
    if days is None:
        return exp.and_(same, order)
    limit = exp.Add(this=_when(earlier), expression=literals.days(days))
    return exp.and_(same, order, exp.LTE(this=_when(later), expression=limit))


def _when(step: str) -> exp.Expr:
    return literals.column(step, "occurred_at")


def _key() -> exp.Expr:
    return literals.column("e0", "key")
