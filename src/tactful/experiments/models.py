"""Who is left alone on purpose, and who gets which text."""

from django.db import models

from tactful.lake.fields import Tracked


class Holdout(models.Model):
    """A share of all customers who get no marketing, so that its effect can be counted. Slug `global`."""

    slug = models.TextField(primary_key=True)
    share = models.FloatField(default=0.0)
    seed = models.TextField()
    started_at = models.DateTimeField()

    class Meta:
        constraints = [
            models.CheckConstraint(
                name="holdout_is_a_share", condition=models.Q(share__gte=0) & models.Q(share__lt=1)
            )
        ]


class Experiment(models.Model):
    """Texts of one step of a journey under test. Other arms, shares or another metric begin a new phase.

    `arms` and `metric` are the design as `records` writes it; `stopped` holds arm → moment for those that a guard
    took out. `winner` goes on when the status is not running any more. `evidence` is what the last look saw.
    """

    journey_id = models.BigIntegerField()
    step = models.TextField()
    phase = models.IntegerField()
    version = models.IntegerField()  # of the journey, that asked for it first
    arms = models.JSONField()
    metric = models.JSONField()
    alpha = models.FloatField(default=0.05)
    status = models.TextField(default="running")
    started_at = models.DateTimeField()
    decided_at = models.DateTimeField(null=True)
    winner = models.TextField(default="", blank=True)
    reason = models.TextField(default="", blank=True)  # of who ended it by hand
    stopped = models.JSONField(default=dict)
    evidence = models.JSONField(default=dict)

    class Meta:
        constraints = [
            models.UniqueConstraint(name="one_phase_of_a_step", fields=["journey_id", "step", "phase"]),
            models.CheckConstraint(
                name="an_ended_experiment_says_when",
                condition=models.Q(status="running") ^ models.Q(decided_at__isnull=False),
            ),
        ]


class Assignment(Tracked):
    """A customer's arm. `epoch`: how many arms had been stopped when the lot was drawn. `mixed`: a merge found
    that one person had got two arms, so that he counts for none."""

    experiment_id = models.BigIntegerField()
    customer_id = models.BigIntegerField(db_index=True)
    arm = models.TextField()
    epoch = models.SmallIntegerField(default=0)
    message_key = models.UUIDField(db_index=True)
    at = models.DateTimeField()
    mixed = models.BooleanField(default=False)

    class Meta:
        constraints = [
            models.UniqueConstraint(name="one_arm_of_a_customer", fields=["experiment_id", "customer_id"])
        ]


class Look(models.Model):
    """What an experiment looked like at one moment, for its course."""

    experiment_id = models.BigIntegerField()
    at = models.DateTimeField()
    evidence = models.JSONField()

    class Meta:
        constraints = [models.UniqueConstraint(name="one_look_at_a_time", fields=["experiment_id", "at"])]
