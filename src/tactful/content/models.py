"""Templates with their versions and languages, blocks and images for them, and what reviews said
of them. A sent message names the version it was made from."""

from django.db import models


class Template(models.Model):
    slug = models.TextField(unique=True)
    name = models.TextField()
    created_at = models.DateTimeField()
    archived_at = models.DateTimeField(null=True)


class TemplateVersion(models.Model):
    """One text as it was saved, in its own language. `html` is the MJML compiled once, still with its Liquid."""

    template = models.ForeignKey(Template, on_delete=models.PROTECT, related_name="versions")
    number = models.IntegerField()
    language = models.TextField(default="en")
    subject = models.TextField()
    preheader = models.TextField(default="", blank=True)
    mjml = models.TextField()
    html = models.TextField()
    text = models.TextField(default="", blank=True)
    created_at = models.DateTimeField()
    saved_by = models.TextField(default="", blank=True)
    approved_by = models.TextField(default="", blank=True)
    approved_at = models.DateTimeField(null=True)

    class Meta:
        constraints = [models.UniqueConstraint(name="one_template_version", fields=["template", "number"])]


class Translation(models.Model):
    """A version's text in another language."""

    version = models.ForeignKey(TemplateVersion, on_delete=models.CASCADE, related_name="translations")
    language = models.TextField()
    subject = models.TextField()
    preheader = models.TextField(default="", blank=True)
    mjml = models.TextField()
    html = models.TextField()
    text = models.TextField(default="", blank=True)

    class Meta:
        constraints = [models.UniqueConstraint(name="one_text_per_language", fields=["version", "language"])]


class Block(models.Model):
    """A piece of MJML that can be put into any template."""

    slug = models.TextField(unique=True)
    name = models.TextField()
    mjml = models.TextField()
    saved_by = models.TextField(default="", blank=True)
    created_at = models.DateTimeField()


class Image(models.Model):
    """A picture for messages. Its bytes lie in the data folder, under the digest of what is served."""

    digest = models.TextField(unique=True)
    kind = models.TextField()  # png | jpeg | gif | webp
    name = models.TextField()
    alt = models.TextField(default="", blank=True)
    width = models.IntegerField()
    height = models.IntegerField()
    size = models.IntegerField()
    uploaded_by = models.TextField(default="", blank=True)
    uploaded_at = models.DateTimeField()


class Rules(models.Model):
    """What holds for messages before they go out: exactly one row."""

    id = models.SmallIntegerField(primary_key=True, default=1)
    eyes_since = models.DateTimeField(null=True)  # a second person must read texts since then; null: need not
    seeds = models.JSONField(default=list)

    class Meta:
        verbose_name_plural = "rules"
        constraints = [models.CheckConstraint(name="one_row_of_rules", condition=models.Q(id=1))]


class Review(models.Model):
    """What the quality review found of a version, for an audience. Append-only; a launch keeps its own."""

    version = models.ForeignKey(TemplateVersion, on_delete=models.PROTECT, related_name="reviews")
    audience = models.TextField(default="", blank=True)  # a segment; empty: everybody
    occasion = models.TextField(default="", blank=True)  # what was to be launched; empty: a look by a person
    findings = models.JSONField(default=list)
    at = models.DateTimeField(db_index=True)
    by = models.TextField(default="", blank=True)


class TriedLink(models.Model):
    """How an address on another site answered when somebody asked to try it. Blank: well."""

    url = models.TextField(unique=True)
    wrong = models.TextField(default="", blank=True)
    tried_at = models.DateTimeField()
