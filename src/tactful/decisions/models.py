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
    rules_id = models.BigIntegerField(null=True)  # the RulesInForce it was judged by

    class Meta:
        indexes = [
            models.Index(fields=["customer_id", "at"]),
            models.Index(fields=["journey_id", "at"]),
            models.Index(fields=["at"]),
        ]


class Touch(models.Model):
    """A slot of a customer's attention, taken in the transaction that queued the message.

    A call or a ticket takes one too: `message_key` is then the event's. `known_at` is when it was written down, and
    `settled_for` whose it was then: a merge changes `customer_id` alone.
    """

    customer_id = models.BigIntegerField()
    channel = models.TextField()
    topic = models.TextField()
    category = models.TextField()
    at = models.DateTimeField()
    message_key = models.UUIDField(unique=True)
    known_at = models.DateTimeField(null=True)  # null: at once
    settled_for = models.BigIntegerField(null=True)

    class Meta:
        indexes = [models.Index(fields=["customer_id", "at"])]


class Cap(models.Model):
    """At most `count` touches in any `days` days, or in a calendar period. What is empty means all together."""

    channel = models.TextField(default="", blank=True)
    category = models.TextField(default="", blank=True)
    topic = models.TextField(default="", blank=True)
    period = models.TextField(default="", blank=True)  # day | week | month; empty: rolling
    count = models.IntegerField()
    days = models.IntegerField()

    class Meta:
        constraints = [
            models.CheckConstraint(name="cap_counts", condition=models.Q(count__gte=0) & models.Q(days__gte=1)),
            models.UniqueConstraint(
                name="one_cap_per_window", fields=["channel", "category", "topic", "period", "days"]
            ),
        ]


class QuietHoursSetting(models.Model):
    """The hours of a customer's day without messages: exactly one row. Equal ends mean none."""

    id = models.SmallIntegerField(primary_key=True, default=1)
    start = models.TimeField()
    end = models.TimeField()

    class Meta:
        constraints = [models.CheckConstraint(name="one_quiet_hours", condition=models.Q(id=1))]


class GuardsSetting(models.Model):
    """What marketing waits for beside caps and quiet hours: exactly one row, the fields of `Guards`."""

    id = models.SmallIntegerField(primary_key=True, default=1)
    values = models.JSONField(default=dict)

    class Meta:
        constraints = [models.CheckConstraint(name="one_guards", condition=models.Q(id=1))]


class RulesInForce(models.Model):
    """The rules as a decision first found them: the past is judged by the rules of then. Append-only."""

    at = models.DateTimeField()
    rules = models.JSONField()


class JourneyLift(models.Model):
    """What a journey was proven to add per customer, beside what those left alone brought; minor units."""

    journey_id = models.BigIntegerField(primary_key=True)
    each_minor = models.BigIntegerField()
    base_minor = models.BigIntegerField()
    at = models.DateTimeField()


class Audit(models.Model):
    """An audit that was made: messages checked, and each breach {delivery, customer, rule, saw}."""

    at = models.DateTimeField(db_index=True)
    since = models.DateTimeField(null=True)
    until = models.DateTimeField()
    checked = models.IntegerField()
    found = models.IntegerField()  # `breaches` holds the first of them
    breaches = models.JSONField(default=list)
