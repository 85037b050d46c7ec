"""Messages on their way: queued once, claimed before they are sent, recorded after."""

from django.db import models

from tactful.lake.fields import Tracked


class Delivery(Tracked):
    """One intended message. `key` is unique: the same intention cannot be queued twice.

    queued → claimed → sent | failed | dropped | in_doubt (the lease ran out while a marketing message
    was being handed over: it may have gone, so it is never sent again).
    """

    key = models.UUIDField(unique=True)
    decision_id = models.BigIntegerField()
    customer_id = models.BigIntegerField(db_index=True)
    journey_id = models.BigIntegerField(null=True)
    run_id = models.BigIntegerField(null=True)
    step = models.TextField(default="", blank=True)
    channel = models.TextField()
    topic = models.TextField()
    category = models.TextField(default="marketing")
    address = models.TextField()
    receiver = models.TextField(default="", blank=True, db_default="")  # whose pace it keeps to; blank: nobody's
    template = models.TextField()
    template_version = models.IntegerField()
    context = models.JSONField(default=dict)
    state = models.TextField(default="queued")
    reason = models.TextField(default="", blank=True)
    queued_at = models.DateTimeField()
    due_at = models.DateTimeField()
    claimed_by = models.TextField(null=True)
    lease_until = models.DateTimeField(null=True)
    attempts = models.IntegerField(default=0)
    sent_at = models.DateTimeField(null=True)
    provider = models.TextField(null=True)
    message_id = models.TextField(null=True)
    subject = models.TextField(null=True)
    delivered_at = models.DateTimeField(null=True)
    opened_at = models.DateTimeField(null=True)
    clicked_at = models.DateTimeField(null=True)
    bounced_at = models.DateTimeField(null=True)
    complained_at = models.DateTimeField(null=True)
    unsubscribed_at = models.DateTimeField(null=True)

    class Meta:
        indexes = [
            models.Index(
                name="delivery_waiting",
                fields=["receiver", "due_at"],
                condition=models.Q(state="queued") & ~models.Q(category="service"),
            ),
            models.Index(
                name="delivery_service_waiting",
                fields=["receiver", "due_at"],
                condition=models.Q(state="queued", category="service"),
            ),
            models.Index(name="delivery_leased", fields=["lease_until"], condition=models.Q(state="claimed")),
            models.Index(fields=["sent_at"]),
            models.Index(fields=["message_id"]),
            models.Index(
                name="delivery_bounced", fields=["bounced_at"], condition=models.Q(bounced_at__isnull=False)
            ),
            models.Index(fields=["address"]),
        ]


class Link(models.Model):
    """A target that messages link to. Tracked links carry its id and a signature, never an address."""

    url = models.TextField(unique=True)


class Sender(models.Model):
    """How mail leaves: exactly one row. The default keeps everything in the local mailbox."""

    id = models.SmallIntegerField(primary_key=True, default=1)
    provider = models.TextField(default="mailbox")  # mailbox | smtp | a vendor of providers.anymail
    from_name = models.TextField(default="", blank=True)
    from_address = models.TextField(default="hello@example.com")
    reply_to = models.TextField(default="", blank=True)
    smtp_host = models.TextField(default="", blank=True)
    smtp_port = models.IntegerField(default=587)
    smtp_user = models.TextField(default="", blank=True)
    smtp_password = models.TextField(default="", blank=True)
    smtp_security = models.TextField(default="starttls")  # none | starttls | tls
    paused = models.BooleanField(default=False)
    smtp_connections = models.IntegerField(default=4)
    smtp_messages = models.IntegerField(default=100)
    bounce_domain = models.TextField(default="", blank=True)
    options = models.JSONField(default=dict)

    class Meta:
        constraints = [models.CheckConstraint(name="one_sender", condition=models.Q(id=1))]


class Visit(models.Model):
    """A request for the image or a link of a message, kept until it is told who made it. `link_id` 0: the image."""

    delivery_id = models.BigIntegerField(db_index=True)
    link_id = models.BigIntegerField()
    at = models.DateTimeField()
    agent = models.TextField(default="", blank=True)
    looks = models.BooleanField()
    settled = models.BooleanField(default=False)

    class Meta:
        indexes = [models.Index(name="visit_waiting", fields=["at"], condition=models.Q(settled=False))]


class Fault(models.Model):
    """A message that a receiver turned away for reasons that are not the address's: for now, or because of us."""

    event_key = models.UUIDField(unique=True)
    delivery_key = models.UUIDField(db_index=True)
    kind = models.TextField()  # soft | policy | content
    reason = models.TextField(default="", blank=True)
    at = models.DateTimeField(db_index=True)


class Brake(models.Model):
    """A time in which marketing did not leave by a stream (provider and domain of From), and who ended it."""

    provider = models.TextField()
    domain = models.TextField()
    measure = models.TextField()
    reason = models.TextField()
    advice = models.TextField()
    count = models.IntegerField()
    of = models.IntegerField()
    paused_at = models.DateTimeField()
    resumed_at = models.DateTimeField(null=True)
    resumed_by = models.TextField(default="", blank=True)
    note = models.TextField(default="", blank=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(
                name="one_brake", fields=["provider", "domain"], condition=models.Q(resumed_at__isnull=True)
            )
        ]


class Hook(models.Model):
    """A way in for a provider of mail, or for raw messages. The secret is part of its address.

    `account` is whose messages are taken, where the provider names it: the first that was heard.
    """

    provider = models.TextField(primary_key=True)
    secret = models.TextField()
    signing_key = models.TextField(default="", blank=True)
    account = models.TextField(default="", blank=True)
    created_at = models.DateTimeField()
    last_at = models.DateTimeField(null=True)
    said = models.TextField(default="", blank=True)


class DkimKey(models.Model):
    """A key that signs for a domain. waiting (until its record is published) → active → retired."""

    domain = models.TextField()
    selector = models.TextField()
    algorithm = models.TextField()
    private_key = models.TextField()
    state = models.TextField(default="waiting")
    created_at = models.DateTimeField()
    checked_at = models.DateTimeField(null=True)
    found = models.TextField(default="", blank=True)
    retired_at = models.DateTimeField(null=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(name="one_selector", fields=["domain", "selector"]),
            models.UniqueConstraint(
                name="one_active_dkim_key", fields=["domain", "algorithm"], condition=models.Q(state="active")
            ),
        ]


class Pace(models.Model):
    """How fast messages may go to one receiver, or (`second`, `minute`, `day`) by a provider: see `domain.pacing`.

    `per_minute` is the company's own limit; null leaves the one of the data file. The rest is where it stands.
    """

    name = models.TextField(primary_key=True)
    per_minute = models.IntegerField(null=True)
    tokens = models.FloatField(null=True)
    at = models.DateTimeField(null=True)
    slow_level = models.SmallIntegerField(default=0)
    slowed_until = models.DateTimeField(null=True)
    slowed_by = models.TextField(default="", blank=True)


class ProviderPace(models.Model):
    """How fast a provider may be used, and its warm-up. Null: no limit, no warm-up."""

    provider = models.TextField(primary_key=True)
    per_second = models.IntegerField(null=True)
    per_minute = models.IntegerField(null=True)
    warm_up_since = models.DateField(null=True)
    warm_up_first = models.IntegerField(default=200)
    warm_up_growth = models.IntegerField(default=30)  # per cent from day to day
    warm_up_goal = models.IntegerField(default=50_000)
    day = models.DateField(null=True)
    day_count = models.IntegerField(default=0)
