"""Work that recurs, and work that takes long enough to need a progress bar."""

from django.db import models


class Periodic(models.Model):
    """When each piece of periodic work last began; compare-and-set on it decides who runs it."""

    name = models.TextField(primary_key=True)
    began_at = models.DateTimeField(null=True)
    ended_at = models.DateTimeField(null=True)
    error = models.TextField(default="", blank=True)


class Work(models.Model):
    """One long piece of work as people see it: how far, of how much, how it ended."""

    class State(models.TextChoices):
        RUNNING = "running"
        DONE = "done"
        FAILED = "failed"
        CANCELLED = "cancelled"
        INTERRUPTED = "interrupted"

    kind = models.TextField()
    title = models.TextField()
    state = models.TextField(choices=State.choices, default=State.RUNNING)
    done = models.BigIntegerField(default=0)
    total = models.BigIntegerField(null=True)
    result = models.JSONField(default=dict)
    began_at = models.DateTimeField(db_index=True)
    ended_at = models.DateTimeField(null=True)
