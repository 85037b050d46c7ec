"""Tasks for people."""

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
