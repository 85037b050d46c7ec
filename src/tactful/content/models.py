"""Templates and their versions. A sent message names the version it was made from."""

from django.db import models


class Template(models.Model):
    slug = models.TextField(unique=True)
    name = models.TextField()
    created_at = models.DateTimeField()


class TemplateVersion(models.Model):
    """One text as it was saved. `html` is the MJML compiled once, still with its Liquid."""

    template = models.ForeignKey(Template, on_delete=models.PROTECT, related_name="versions")
    number = models.IntegerField()
    subject = models.TextField()
    preheader = models.TextField(default="", blank=True)
    mjml = models.TextField()
    html = models.TextField()
    text = models.TextField(default="", blank=True)
    created_at = models.DateTimeField()

    class Meta:
        constraints = [models.UniqueConstraint(name="one_template_version", fields=["template", "number"])]
