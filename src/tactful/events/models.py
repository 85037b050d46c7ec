"""The inbox at the door, the log behind it, and what could not be let in."""

from django.db import models

from tactful.lake.fields import Tracked


class Inbox(models.Model):
    """Acknowledged payloads that wait for the engine. A row is deleted in the transaction that reacts to it."""

    received_at = models.DateTimeField()
    source = models.TextField()
    historical = models.BooleanField(default=False)
    payload = models.TextField()


class Event(Tracked):
    """Something a customer did, or that happened to him. Append-only; a merge may change its customer."""

    message_key = models.UUIDField(unique=True)
    kind = models.TextField()
    name = models.TextField()
    customer_id = models.BigIntegerField(null=True)
    occurred_at = models.DateTimeField()
    received_at = models.DateTimeField()
    source = models.TextField()
    historical = models.BooleanField(default=False)
    properties = models.JSONField(default=dict)
    context = models.JSONField(null=True)

    class Meta:
        indexes = [
            models.Index(fields=["customer_id", "occurred_at"]),
            models.Index(fields=["name", "occurred_at"]),
        ]


class RejectedEvent(models.Model):
    """A payload that was not understood (stage `validate`) or could not be worked in (stage `react`)."""

    received_at = models.DateTimeField(db_index=True)
    source = models.TextField()
    stage = models.TextField()
    reason = models.TextField()
    payload = models.TextField()
