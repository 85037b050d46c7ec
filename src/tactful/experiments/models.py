"""Who is left alone on purpose."""

from django.db import models


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
