"""Tasks for people, tickets and proposals, and customers whom marketing was asked to leave alone for a while."""

from django.contrib.postgres.indexes import GinIndex
from django.db import models

from tactful.lake.fields import Tracked


class Task(Tracked):
    """Something a person should do for a customer. `key` keeps a journey from asking twice."""

    key = models.UUIDField(unique=True)
    customer_id = models.BigIntegerField(db_index=True)
    journey_id = models.BigIntegerField(null=True)
    run_id = models.BigIntegerField(null=True)
    title = models.TextField()
    note = models.TextField(default="", blank=True)
    assignee = models.TextField(default="", blank=True)
    created_at = models.DateTimeField()
    due_at = models.DateTimeField()
    done_at = models.DateTimeField(null=True)
    result = models.TextField(default="", blank=True)

    class Meta:
        indexes = [models.Index(name="task_open", fields=["due_at"], condition=models.Q(done_at__isnull=True))]


class ContactHold(models.Model):
    """The latest word of staff on whether marketing waits for a customer. `until` is null once it goes on."""

    customer_id = models.BigIntegerField(primary_key=True)
    until = models.DateTimeField(null=True)
    reason = models.TextField(default="", blank=True)
    by = models.TextField(default="", blank=True)
    said_at = models.DateTimeField()


class Matter(Tracked):
    """Something open between a customer and us until an event closes it. `late_at`: when somebody should look."""

    number = models.TextField(unique=True)
    customer_id = models.BigIntegerField(db_index=True)
    subject = models.TextField(default="", blank=True)
    opened_at = models.DateTimeField()
    late_at = models.DateTimeField()
    closed_at = models.DateTimeField(null=True)
    said_at = models.DateTimeField()

    class Meta:
        abstract = True


class Ticket(Matter):
    """A question or complaint at the service desk."""


class Proposal(Matter):
    """An offer that waits for an answer. `dates` are those that events told of it: `kernel.dates`."""

    deal = models.TextField(default="", blank=True, db_default="")
    dates = models.JSONField(default=dict, db_default={})

    class Meta:
        # For the calendar of journeys, which looks every half minute.
        indexes = [
            models.Index(
                fields=["opened_at"], name="proposals_waiting", condition=models.Q(closed_at__isnull=True)
            ),
            GinIndex(
                fields=["dates"],
                opclasses=["jsonb_path_ops"],
                name="proposals_by_dates",
                condition=~models.Q(dates={}),
            ),
        ]


class Reply(models.Model):
    """What a customer answered to a message. Marketing waits for him until somebody has read it."""

    event_key = models.UUIDField(unique=True)
    customer_id = models.BigIntegerField(db_index=True)
    address = models.TextField(default="", blank=True)
    name = models.TextField(default="", blank=True)
    subject = models.TextField(default="", blank=True)
    text = models.TextField(default="", blank=True)
    about = models.TextField(default="", blank=True)
    received_at = models.DateTimeField(db_index=True)
    read_at = models.DateTimeField(null=True)
    read_by = models.TextField(default="", blank=True)

    class Meta:
        indexes = [
            models.Index(name="reply_unread", fields=["customer_id"], condition=models.Q(read_at__isnull=True))
        ]
