"""Segments as written, who is in them, and how that changed."""

from django.db import models

from tactful.lake.fields import Tracked


class Segment(models.Model):
    slug = models.TextField(unique=True)
    name = models.TextField()
    goal = models.TextField(default="", blank=True)
    action = models.TextField(default="", blank=True)
    definition = models.JSONField()
    status = models.TextField(default="active")  # active | archived
    version = models.IntegerField(default=1)
    created_at = models.DateTimeField()
    updated_at = models.DateTimeField()
    counted_at = models.DateTimeField(null=True)
    # A stage of the lifecycle is a segment with a place among the stages: whoever meets several is in the first.
    position = models.IntegerField(null=True)


class SegmentVersion(models.Model):
    """What a segment said at each version."""

    segment_id = models.BigIntegerField()
    version = models.IntegerField()
    name = models.TextField()
    goal = models.TextField(default="", blank=True)
    action = models.TextField(default="", blank=True)
    definition = models.JSONField()
    saved_at = models.DateTimeField()
    saved_by = models.TextField(default="", blank=True)

    class Meta:
        constraints = [models.UniqueConstraint(name="one_segment_version", fields=["segment_id", "version"])]


class Cut(models.Model):
    """The value of a measure that a share of all customers with such a value did not exceed at a moment."""

    measure = models.TextField()
    percent = models.FloatField()
    at = models.DateTimeField()
    value = models.FloatField()

    class Meta:
        constraints = [models.UniqueConstraint(name="one_cut", fields=["measure", "percent", "at"])]


class Member(models.Model):
    """Who is in, since when."""

    segment_id = models.BigIntegerField()
    customer_id = models.BigIntegerField(db_index=True)
    since = models.DateTimeField()

    class Meta:
        constraints = [models.UniqueConstraint(name="one_membership", fields=["segment_id", "customer_id"])]


class Due(models.Model):
    """When time alone may next change what a customer is in. Who is not here waits for nothing."""

    customer_id = models.BigIntegerField(primary_key=True)
    at = models.DateTimeField(db_index=True)


class MemberChange(Tracked):
    """One entering or leaving."""

    segment_id = models.BigIntegerField()
    customer_id = models.BigIntegerField(db_index=True)
    at = models.DateTimeField()
    entered = models.BooleanField()

    class Meta:
        indexes = [models.Index(fields=["segment_id", "at"])]


class SegmentSize(models.Model):
    """Size at the end of a day (UTC), for the trend."""

    segment_id = models.BigIntegerField()
    day = models.DateField()
    size = models.IntegerField()

    class Meta:
        constraints = [models.UniqueConstraint(name="one_size_per_day", fields=["segment_id", "day"])]
