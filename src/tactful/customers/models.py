"""People, what they are known by, where they can be reached, and which records were one person."""

from django.db import models
from django.db.models import F, Q
from django.db.models.functions import Collate, Lower

from tactful.lake.fields import Tracked

_ACTIVE = Q(merged_into_id__isnull=True, erased_at__isnull=True)
# In collation "C" one index serves both sorting and the search for beginnings, on every server.
_FIRST, _LAST = Collate(Lower("first_name"), "C"), Collate(Lower("last_name"), "C")


class Customer(Tracked):
    """A person. `external_id` is the company's own id; a merged record points to the one that stays.

    `owner` is the member of staff who looks after him, by e-mail.
    """

    external_id = models.TextField(null=True)
    email = models.TextField(null=True)
    phone = models.TextField(null=True)
    first_name = models.TextField(null=True)
    last_name = models.TextField(null=True)
    language = models.TextField(null=True)
    zone = models.TextField(null=True)
    country = models.TextField(null=True)
    region = models.TextField(null=True)
    city = models.TextField(null=True)
    birth_date = models.DateField(null=True)
    source = models.TextField(null=True)
    owner = models.TextField(null=True)
    attributes = models.JSONField(default=dict)
    company_id = models.BigIntegerField(null=True)
    is_test = models.BooleanField(default=False)
    created_at = models.DateTimeField()
    updated_at = models.DateTimeField()
    last_seen_at = models.DateTimeField(null=True)
    merged_into_id = models.BigIntegerField(null=True, db_index=True)
    erased_at = models.DateTimeField(null=True)

    class Meta:
        # Not `unique=True`, which would bring a second index for LIKE: this table is written to all the time.
        constraints = [models.UniqueConstraint(name="one_customer_per_external_id", fields=["external_id"])]
        indexes = [
            models.Index(_LAST, _FIRST, F("id"), name="customers_by_name", condition=_ACTIVE),
            models.Index(_FIRST, name="customers_by_first_name", condition=_ACTIVE),
            models.Index(fields=["-created_at", "-id"], name="customers_newest", condition=_ACTIVE),
            models.Index(
                F("last_seen_at").desc(nulls_last=True),
                F("id").desc(),
                name="customers_last_seen",
                condition=_ACTIVE,
            ),
            models.Index(
                fields=["owner", "-created_at", "-id"],
                name="customers_by_owner",
                condition=_ACTIVE & Q(owner__isnull=False),
            ),
        ]


class Identifier(models.Model):
    """One name under which a person is known. Kinds: user_id, anonymous_id, email, phone, card, messenger."""

    kind = models.TextField()
    value = models.TextField()
    customer_id = models.BigIntegerField(db_index=True)
    since = models.DateTimeField()

    class Meta:
        constraints = [models.UniqueConstraint(name="one_owner_per_identifier", fields=["kind", "value"])]
        indexes = [models.Index(Collate("value", "C"), name="identifiers_by_beginning")]


class ContactPoint(models.Model):
    """An address on a channel and whether it works.

    `ok`, `invalid` (syntax), `bounced`, or `contested`: given by this customer, owned by another.
    """

    customer_id = models.BigIntegerField()
    channel = models.TextField()
    address = models.TextField()
    status = models.TextField(default="ok")
    since = models.DateTimeField()

    class Meta:
        constraints = [
            models.UniqueConstraint(name="one_contact_point", fields=["customer_id", "channel", "address"])
        ]


class Merge(models.Model):
    """Two records found to be one person. `moved` holds what is needed to take them apart again."""

    from_customer_id = models.BigIntegerField(db_index=True)
    into_customer_id = models.BigIntegerField(db_index=True)
    at = models.DateTimeField()
    rule = models.TextField()
    moved = models.JSONField(default=dict)
    undone_at = models.DateTimeField(null=True)


class Company(models.Model):
    """A firm to which customers belong (Segment's `group`)."""

    external_id = models.TextField(unique=True)
    name = models.TextField(default="", blank=True)
    traits = models.JSONField(default=dict)
    created_at = models.DateTimeField()
    updated_at = models.DateTimeField()
