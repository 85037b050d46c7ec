"""What each person agreed to, with its proof; who must never be written to; how often he wants to hear."""

from django.db import models

from tactful.lake.fields import Tracked


class ConsentRecord(Tracked):
    """One yes or no, as it was said. Append-only: the proof."""

    message_key = models.UUIDField()
    customer_id = models.BigIntegerField(db_index=True)
    channel = models.TextField()
    topic = models.TextField()
    granted = models.BooleanField()
    at = models.DateTimeField()
    method = models.TextField()
    text = models.TextField(default="", blank=True)
    source = models.TextField(default="", blank=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(name="one_record_per_saying", fields=["message_key", "channel", "topic"])
        ]


class ConsentState(Tracked):
    """The latest word per channel and topic, derived from the records."""

    customer_id = models.BigIntegerField()
    channel = models.TextField()
    topic = models.TextField()
    granted = models.BooleanField()
    since = models.DateTimeField()

    class Meta:
        constraints = [
            models.UniqueConstraint(name="one_consent_state", fields=["customer_id", "channel", "topic"])
        ]


class Suppression(models.Model):
    """An address that gets nothing. Kept as a keyed hash, so that it survives erasure and re-import.

    `at` is when it was first heard: from then on nothing may go. `said_at` is when the word was said, against which
    a later yes is held, and from which the past is judged; null is the same moment.
    """

    channel = models.TextField()
    address_hash = models.TextField()
    reason = models.TextField()  # bounced | complained | erased | manual | unsubscribed_all
    at = models.DateTimeField()
    said_at = models.DateTimeField(null=True)
    source = models.TextField(default="", blank=True)

    class Meta:
        constraints = [models.UniqueConstraint(name="one_suppression", fields=["channel", "address_hash"])]


class Refusal(Tracked):
    """A customer whose present address on a channel gets nothing, derived from the suppressions.

    Segments ask by customer; a suppression knows the hash of an address only.
    """

    customer_id = models.BigIntegerField()
    channel = models.TextField()
    reason = models.TextField()
    since = models.DateTimeField()

    class Meta:
        constraints = [models.UniqueConstraint(name="one_refusal", fields=["customer_id", "channel"])]


class Preference(models.Model):
    """The person's own choice of how often: a pause until a day, at most so many a week."""

    customer_id = models.BigIntegerField(primary_key=True)
    paused_until = models.DateTimeField(null=True)
    per_week = models.IntegerField(null=True)
    updated_at = models.DateTimeField()


class Topic(models.Model):
    """Something a person can agree to hear about, in words shown on his preference page.

    One that is retired is asked about and written about no more; what was said of it stays recorded. `version`
    counts changes of the words, so that of two people who change them at once the second is told.
    """

    slug = models.TextField(primary_key=True)
    name = models.TextField()
    description = models.TextField(default="", blank=True)
    position = models.IntegerField(default=0)
    retired_at = models.DateTimeField(null=True)
    version = models.IntegerField(default=1)
