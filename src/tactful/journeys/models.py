"""Journeys as written, version by version, and each customer's pass through them."""

from django.db import models

from tactful.lake.fields import Tracked


class Journey(models.Model):
    slug = models.TextField(unique=True)
    name = models.TextField()
    status = models.TextField(default="draft")  # draft | active | paused | archived
    version = models.IntegerField(default=1)
    created_at = models.DateTimeField()
    updated_at = models.DateTimeField()
    planned_until = models.DateTimeField(null=True)  # up to when the calendar has let customers in
    paused_at = models.DateTimeField(null=True)
    met = models.IntegerField(null=True)  # how many the moment of a broadcast met, whatever became of them
    places = models.JSONField(default=dict, blank=True)  # where somebody put steps on the canvas, by step


class JourneyVersion(models.Model):
    """A definition as it was saved. Runs finish on the version they began with."""

    journey = models.ForeignKey(Journey, on_delete=models.PROTECT, related_name="versions")
    number = models.IntegerField()
    definition = models.JSONField()
    created_at = models.DateTimeField()

    class Meta:
        constraints = [models.UniqueConstraint(name="one_journey_version", fields=["journey", "number"])]


class Launch(models.Model):
    """What the launch of a broadcast found. Append-only: one that is changed before it goes is let go anew."""

    journey = models.ForeignKey(Journey, on_delete=models.CASCADE, related_name="launches")
    at = models.DateTimeField()
    by = models.TextField(default="", blank=True)
    audience = models.IntegerField()
    reached = models.IntegerField()


class Run(Tracked):
    """One pass of one customer. Open while `ended_at` is null; `due_at` is when the clock looks at it again."""

    journey_id = models.BigIntegerField()
    version = models.IntegerField()
    began_on = models.IntegerField(null=True)  # the version by which he entered, where the run was moved since
    customer_id = models.BigIntegerField()
    key = models.TextField(default="", blank=True)
    step = models.TextField()
    state = models.JSONField(default=dict)
    started_at = models.DateTimeField()
    due_at = models.DateTimeField(null=True)
    waits_for = models.TextField(null=True)
    ended_at = models.DateTimeField(null=True)
    outcome = models.TextField(null=True)  # finished | exited:<why> | goal | failed:<why>
    goal_at = models.DateTimeField(null=True)
    in_holdout = models.BooleanField(default=False)
    lap = models.BigIntegerField(default=0)  # other than 0 where several may be open at once

    class Meta:
        constraints = [
            models.UniqueConstraint(
                name="one_open_run_per_key",
                fields=["journey_id", "customer_id", "key", "lap"],
                condition=models.Q(ended_at__isnull=True),
            )
        ]
        indexes = [
            models.Index(name="run_due", fields=["due_at"], condition=models.Q(ended_at__isnull=True)),
            models.Index(fields=["customer_id"]),
            models.Index(fields=["journey_id", "started_at"]),
        ]


class RunStep(models.Model):
    """A run came to a step, and left it by an edge. Counts per step and edge come from here."""

    run_id = models.BigIntegerField(db_index=True)
    journey_id = models.BigIntegerField()
    step = models.TextField()
    came_at = models.DateTimeField()
    left_at = models.DateTimeField(null=True)
    edge = models.TextField(null=True)

    class Meta:
        indexes = [models.Index(fields=["journey_id", "step"])]


class PlannedEntry(models.Model):
    """A customer whom the calendar lets in at `due_at`; it is taken away when he enters.

    `thing`: the number of the order or proposal whose date lets him in; empty where it is his own, or nobody's.
    """

    journey_id = models.BigIntegerField()
    customer_id = models.BigIntegerField()
    due_at = models.DateTimeField()
    thing = models.TextField(default="", blank=True, db_default="")

    class Meta:
        indexes = [models.Index(fields=["due_at"]), models.Index(fields=["journey_id", "due_at"])]
