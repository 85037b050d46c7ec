"""Calls on their way to other systems, and how they were answered."""

from django.db import models


class Call(models.Model):
    """queued → claimed → done | failed. It may arrive twice; its id in the headers is the same then."""

    key = models.UUIDField(unique=True)
    url = models.TextField()
    body = models.TextField()
    customer_id = models.BigIntegerField(db_index=True)
    journey_id = models.BigIntegerField()
    run_id = models.BigIntegerField()
    step = models.TextField()
    state = models.TextField(default="queued")
    queued_at = models.DateTimeField()
    due_at = models.DateTimeField()
    lease_until = models.DateTimeField(null=True)
    attempts = models.IntegerField(default=0)
    status = models.IntegerField(null=True)
    answer = models.TextField(default="", blank=True)
    ended_at = models.DateTimeField(null=True)

    class Meta:
        indexes = [
            models.Index(
                name="call_waiting", fields=["due_at"], condition=models.Q(state__in=["queued", "claimed"])
            ),
            models.Index(fields=["journey_id", "-id"]),
        ]
