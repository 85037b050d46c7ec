"""Every message that was considered, with the reasons; and the pressure each customer is under."""

from django.db import models

from tactful.lake.fields import Tracked


class Decision(Tracked):
    """One verdict. `reasons` lists every rule in order: {rule, verdict, reason, saw}."""

    customer_id = models.BigIntegerField()
    journey_id = models.BigIntegerField(null=True)
    run_id = models.BigIntegerField(null=True)
    step = models.TextField(default="", blank=True)
    channel = models.TextField()
    topic = models.TextField()
    category = models.TextField(default="marketing")
    priority = models.IntegerField(default=0)
    verdict = models.TextField()  # send | hold | drop
    reason = models.TextField()  # the name of the rule that settled it; `clear` when nothing forbade
    reasons = models.JSONField(default=list)
    at = models.DateTimeField()
    hold_until = models.DateTimeField(null=True)
    message_key = models.UUIDField(db_index=True)

    class Meta:
        indexes = [
            models.Index(fields=["customer_id", "at"]),
            models.Index(fields=["journey_id", "at"]),
            models.Index(fields=["at"]),
        ]


class Touch(models.Model):
    """A slot of a customer's attention, taken in the transaction that queued the message."""

    customer_id = models.BigIntegerField()
    channel = models.TextField()
    topic = models.TextField()
    category = models.TextField()
    at = models.DateTimeField()
    message_key = models.UUIDField(unique=True)

    class Meta:
        indexes = [models.Index(fields=["customer_id", "at"])]


class Cap(models.Model):
    """At most `count` touches in any `days` days. An empty channel means all channels together."""

    channel = models.TextField(default="", blank=True)
    count = models.IntegerField()
    days = models.IntegerField()

    class Meta:
        constraints = [
            models.CheckConstraint(name="cap_counts", condition=models.Q(count__gte=0) & models.Q(days__gte=1)),
            models.UniqueConstraint(name="one_cap_per_window", fields=["channel", "days"]),
        ]


class QuietHoursSetting(models.Model):
    """The hours of a customer's day without messages: exactly one row. Equal ends mean none."""

    id = models.SmallIntegerField(primary_key=True, default=1)
    start = models.TimeField()
    end = models.TimeField()

    class Meta:
        constraints = [models.CheckConstraint(name="one_quiet_hours", condition=models.Q(id=1))]
