"""Products and orders. All money is in minor units of the row's currency."""

from django.contrib.postgres.indexes import GinIndex
from django.db import models

from tactful.lake.fields import Tracked

_STANDS = models.Q(cancelled_at__isnull=True)


class Product(models.Model):
    sku = models.TextField(unique=True)
    name = models.TextField(default="", blank=True)
    category = models.TextField(default="", blank=True)
    price_minor = models.BigIntegerField(null=True)
    cost_minor = models.BigIntegerField(null=True)
    currency = models.TextField(default="EUR")
    updated_at = models.DateTimeField()


class Order(Tracked):
    """One purchase. `revenue_minor` is what goods brought after discounts, without shipping and tax.

    `margin_minor` is revenue less cost of goods; where the cost is unknown, the workspace's margin share
    is applied and `margin_estimated` says so. Returns do not change revenue: they are counted beside it.
    `stated_at` is the moment of the latest event that named the contents: an older one arriving late does not
    overwrite them. It is null while only a cancellation is known. `dates` are those that events told
    (`kernel.dates`).
    """

    external_id = models.TextField(unique=True)
    customer_id = models.BigIntegerField(null=True)
    status = models.TextField(default="completed")  # placed | completed | cancelled
    currency = models.TextField()
    placed_at = models.DateTimeField()
    completed_at = models.DateTimeField(null=True)
    cancelled_at = models.DateTimeField(null=True)
    stated_at = models.DateTimeField(null=True)
    revenue_minor = models.BigIntegerField()
    discount_minor = models.BigIntegerField(default=0)
    shipping_minor = models.BigIntegerField(default=0)
    tax_minor = models.BigIntegerField(default=0)
    margin_minor = models.BigIntegerField()
    margin_estimated = models.BooleanField(default=False)
    returned_minor = models.BigIntegerField(default=0)
    returned_margin_minor = models.BigIntegerField(default=0)
    coupon = models.TextField(null=True)
    historical = models.BooleanField(default=False)
    dates = models.JSONField(default=dict, db_default={})

    class Meta:
        # The last three: for the calendar of journeys, which looks every half minute.
        indexes = [
            models.Index(fields=["customer_id", "completed_at"]),
            models.Index(fields=["completed_at"], name="orders_by_completion", condition=_STANDS),
            models.Index(fields=["placed_at"], name="orders_by_placing", condition=_STANDS),
            GinIndex(
                fields=["dates"],
                opclasses=["jsonb_path_ops"],
                name="orders_by_dates",
                condition=~models.Q(dates={}),
            ),
        ]


class OrderLine(Tracked):
    """A product in an order. `customer_id`, `completed_at` and `currency` repeat the order's, for the lake.

    `completed_at` is null where the order is no purchase (not completed, or cancelled). A line that an update took
    out of the order stays with quantity 0 and no customer: the lake sees changed rows, never missing ones.
    """

    order_id = models.BigIntegerField()
    line = models.IntegerField()
    customer_id = models.BigIntegerField(null=True)
    completed_at = models.DateTimeField(null=True)
    currency = models.TextField(default="")
    sku = models.TextField()
    category = models.TextField(default="", blank=True)
    quantity = models.IntegerField()
    price_minor = models.BigIntegerField()
    revenue_minor = models.BigIntegerField()
    discount_minor = models.BigIntegerField(default=0)
    margin_minor = models.BigIntegerField()

    class Meta:
        constraints = [models.UniqueConstraint(name="one_row_per_line", fields=["order_id", "line"])]
        indexes = [
            models.Index(fields=["customer_id"]),
            # Who else bought a product, the latest first.
            models.Index(
                fields=["sku", "-completed_at"],
                name="order_lines_by_product",
                condition=models.Q(completed_at__isnull=False),
            ),
        ]


class OrderReturn(Tracked):
    """Goods that came back. `order_id` is null when the return names no order that is known (yet).

    `of_order` is the company's own number of the order, by which the return is attached when the order arrives.
    """

    external_id = models.TextField(unique=True)
    of_order = models.TextField(null=True, db_index=True)
    order_id = models.BigIntegerField(null=True, db_index=True)
    customer_id = models.BigIntegerField(null=True, db_index=True)
    currency = models.TextField()
    at = models.DateTimeField()
    amount_minor = models.BigIntegerField()
    margin_minor = models.BigIntegerField()
    lines = models.JSONField(default=list)
