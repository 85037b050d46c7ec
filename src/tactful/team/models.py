"""Staff, their keys, what they did, and the company's own settings."""

from typing import ClassVar

from django.contrib.auth.base_user import AbstractBaseUser, BaseUserManager
from django.db import models


class Role(models.TextChoices):
    ADMIN = "admin"
    MARKETER = "marketer"
    SALES = "sales"
    SERVICE = "service"
    ANALYST = "analyst"


class User(AbstractBaseUser):
    """A member of staff, known by e-mail."""

    email = models.EmailField(unique=True)
    name = models.TextField(default="", blank=True)
    role = models.TextField(choices=Role.choices, default=Role.MARKETER)
    is_active = models.BooleanField(default=True)
    zone = models.TextField(default="", blank=True)  # empty: the company's
    must_change_password = models.BooleanField(default=False)  # somebody else knows it
    created_at = models.DateTimeField()

    USERNAME_FIELD = "email"
    REQUIRED_FIELDS: ClassVar[list[str]] = []
    objects = BaseUserManager()


class ApiKey(models.Model):
    """A write key of a source. Only its SHA-256 is stored; the first characters help to recognise it."""

    name = models.TextField(unique=True)
    prefix = models.TextField()
    digest = models.TextField(unique=True)
    created_at = models.DateTimeField()
    last_used_at = models.DateTimeField(null=True)
    revoked_at = models.DateTimeField(null=True)


class Audit(models.Model):
    """Who changed what, when. Append-only."""

    at = models.DateTimeField(db_index=True)
    actor = models.TextField()
    action = models.TextField()
    subject = models.TextField()
    detail = models.JSONField(default=dict)


HERE = "http://127.0.0.1:8000"


class Workspace(models.Model):
    """The company that runs this installation: exactly one row."""

    id = models.SmallIntegerField(primary_key=True, default=1)
    name = models.TextField(default="My company")
    zone = models.TextField(default="UTC")
    currency = models.TextField(default="EUR")
    language = models.TextField(default="en")
    postal_address = models.TextField(default="", blank=True)
    colour = models.TextField(default="#0f766e")
    public_url = models.TextField(default=HERE)
    # What the installation called itself. While the public address is the same, nobody has set one.
    given_url = models.TextField(default=HERE)
    margin_share = models.FloatField(default=0.4)

    class Meta:
        constraints = [
            models.CheckConstraint(name="one_workspace", condition=models.Q(id=1)),
            models.CheckConstraint(
                name="margin_share_is_a_share",
                condition=models.Q(margin_share__gte=0) & models.Q(margin_share__lte=1),
            ),
        ]


class Notice(models.Model):
    """A word to staff that nobody has to answer. An empty `to` means everybody."""

    key = models.UUIDField(unique=True)
    to = models.TextField(default="", blank=True)
    text = models.TextField()
    customer_id = models.BigIntegerField(null=True)
    at = models.DateTimeField()
    read_at = models.DateTimeField(null=True)
    read_by = models.TextField(default="", blank=True)

    class Meta:
        indexes = [models.Index(fields=["-at"])]
