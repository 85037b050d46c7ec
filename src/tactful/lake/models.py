"""The manifest: which files make up each lake table, and up to where they are complete."""

from django.db import models

from tactful.lake.fields import ChangedIn


class LakeTable(models.Model):
    """Rows of `name` written by transactions below `flushed_to` (xid8 as a number) are in its live files."""

    name = models.TextField(primary_key=True)
    flushed_to = models.BigIntegerField(default=0)
    flushed_at = models.DateTimeField(null=True)
    shape = models.TextField(default="")


class LakeFile(models.Model):
    """One Parquet file. Superseded files stay for a while, for readers with an older manifest."""

    table = models.TextField(db_index=True)
    path = models.TextField(unique=True)
    rows = models.BigIntegerField()
    bytes = models.BigIntegerField()
    first_id = models.BigIntegerField(null=True)
    last_id = models.BigIntegerField(null=True)
    written_at = models.DateTimeField()
    superseded_at = models.DateTimeField(null=True)


class LakeGone(models.Model):
    """A row that was deleted from `source`, until no file holds it any more. Written by a trigger."""

    source = models.TextField()
    key = models.BigIntegerField()
    changed_in = ChangedIn()

    class Meta:
        indexes = [models.Index(name="lake_gone_since", fields=["source", "changed_in"])]
