-- name: update_products
-- What products are said to be; what is not said stays, and an older word does not replace a newer one.
INSERT INTO catalog_product AS p (sku, name, category, price_minor, cost_minor, currency, updated_at)
SELECT sku, name, category, price_minor, cost_minor, currency, updated_at
FROM json_to_recordset(%(rows)s::json) AS r(
    sku text, name text, category text, price_minor bigint, cost_minor bigint, currency text, updated_at timestamptz
)
ON CONFLICT (sku) DO UPDATE SET
    name = coalesce(nullif(excluded.name, ''), p.name),
    category = coalesce(nullif(excluded.category, ''), p.category),
    price_minor = coalesce(excluded.price_minor, p.price_minor),
    cost_minor = coalesce(excluded.cost_minor, p.cost_minor),
    currency = excluded.currency,
    updated_at = excluded.updated_at
WHERE p.updated_at <= excluded.updated_at

-- name: learn_products
-- Products that orders name: a new one is kept, a known one gets only what it lacks.
INSERT INTO catalog_product AS p (sku, name, category, price_minor, cost_minor, currency, updated_at)
SELECT sku, name, category, price_minor, cost_minor, currency, updated_at
FROM json_to_recordset(%(rows)s::json) AS r(
    sku text, name text, category text, price_minor bigint, cost_minor bigint, currency text, updated_at timestamptz
)
ON CONFLICT (sku) DO UPDATE SET
    name = coalesce(nullif(p.name, ''), excluded.name),
    category = coalesce(nullif(p.category, ''), excluded.category)
WHERE (p.name = '' AND excluded.name <> '') OR (p.category = '' AND excluded.category <> '')

-- name: save_orders
-- Orders as they are after the batch; a row that would not change is not written again.
INSERT INTO catalog_order AS o (
    external_id, customer_id, status, currency, placed_at, completed_at, cancelled_at, stated_at, historical,
    revenue_minor, discount_minor, shipping_minor, tax_minor, margin_minor, margin_estimated, coupon,
    dates, returned_minor, returned_margin_minor
)
SELECT
    external_id, customer_id, status, currency, placed_at, completed_at, cancelled_at, stated_at, historical,
    revenue_minor, discount_minor, shipping_minor, tax_minor, margin_minor, margin_estimated, coupon,
    dates, 0, 0
FROM json_to_recordset(%(rows)s::json) AS r(
    external_id text, customer_id bigint, status text, currency text, placed_at timestamptz,
    completed_at timestamptz, cancelled_at timestamptz, stated_at timestamptz, historical boolean,
    revenue_minor bigint, discount_minor bigint, shipping_minor bigint, tax_minor bigint, margin_minor bigint,
    margin_estimated boolean, coupon text, dates jsonb
)
ON CONFLICT (external_id) DO UPDATE SET
    customer_id = excluded.customer_id, status = excluded.status, currency = excluded.currency,
    placed_at = excluded.placed_at, completed_at = excluded.completed_at, cancelled_at = excluded.cancelled_at,
    stated_at = excluded.stated_at, historical = excluded.historical, revenue_minor = excluded.revenue_minor,
    discount_minor = excluded.discount_minor, shipping_minor = excluded.shipping_minor,
    tax_minor = excluded.tax_minor, margin_minor = excluded.margin_minor,
    margin_estimated = excluded.margin_estimated, coupon = excluded.coupon, dates = excluded.dates
WHERE (
    o.customer_id, o.status, o.currency, o.placed_at, o.completed_at, o.cancelled_at, o.stated_at, o.historical,
    o.revenue_minor, o.discount_minor, o.shipping_minor, o.tax_minor, o.margin_minor, o.margin_estimated, o.coupon,
    o.dates
) IS DISTINCT FROM (
    excluded.customer_id, excluded.status, excluded.currency, excluded.placed_at, excluded.completed_at,
    excluded.cancelled_at, excluded.stated_at, excluded.historical, excluded.revenue_minor,
    excluded.discount_minor, excluded.shipping_minor, excluded.tax_minor, excluded.margin_minor,
    excluded.margin_estimated, excluded.coupon, excluded.dates
)

-- name: save_lines
-- The lines of orders whose contents were named anew.
INSERT INTO catalog_orderline AS l (
    order_id, line, customer_id, completed_at, currency, sku, category, quantity, price_minor, revenue_minor,
    discount_minor, margin_minor
)
SELECT
    o.id, r.line, o.customer_id, CASE WHEN o.status = 'completed' THEN o.completed_at END, o.currency, r.sku, r.category,
    r.quantity, r.price_minor, r.revenue_minor, r.discount_minor, r.margin_minor
FROM json_to_recordset(%(rows)s::json) AS r(
    external_id text, line integer, sku text, category text, quantity integer, price_minor bigint,
    revenue_minor bigint, discount_minor bigint, margin_minor bigint
)
JOIN catalog_order o ON o.external_id = r.external_id
ORDER BY o.id, r.line -- whichever way the join is made, the same lines get the same ids
ON CONFLICT (order_id, line) DO UPDATE SET
    customer_id = excluded.customer_id, completed_at = excluded.completed_at, currency = excluded.currency,
    sku = excluded.sku, category = excluded.category, quantity = excluded.quantity, price_minor = excluded.price_minor,
    revenue_minor = excluded.revenue_minor, discount_minor = excluded.discount_minor,
    margin_minor = excluded.margin_minor
WHERE (
    l.customer_id, l.completed_at, l.currency, l.sku, l.category, l.quantity, l.price_minor, l.revenue_minor,
    l.discount_minor, l.margin_minor
) IS DISTINCT FROM (
    excluded.customer_id, excluded.completed_at, excluded.currency, excluded.sku, excluded.category,
    excluded.quantity, excluded.price_minor, excluded.revenue_minor, excluded.discount_minor, excluded.margin_minor
)

-- name: empty_lines
-- Lines beyond the number an order now has: emptied, not deleted, so that the lake sees the change.
UPDATE catalog_orderline l SET
    quantity = 0, revenue_minor = 0, discount_minor = 0, margin_minor = 0, customer_id = NULL, completed_at = NULL
FROM json_to_recordset(%(rows)s::json) AS r(external_id text, lines integer)
JOIN catalog_order o ON o.external_id = r.external_id
WHERE l.order_id = o.id AND l.line >= r.lines AND l.quantity > 0

-- name: follow_order
-- Lines repeat their order's customer, completion and currency, also when only those changed.
UPDATE catalog_orderline l SET
    customer_id = o.customer_id, currency = o.currency, completed_at = CASE WHEN o.status = 'completed' THEN o.completed_at END
FROM catalog_order o
WHERE o.external_id = ANY(%(orders)s) AND l.order_id = o.id AND l.quantity > 0
    AND (l.customer_id, l.currency, l.completed_at) IS DISTINCT FROM
        (o.customer_id, o.currency, CASE WHEN o.status = 'completed' THEN o.completed_at END)

-- name: save_returns
-- Returns as they were said; the margin is the one of an unknown order until `attach_returns` finds it.
INSERT INTO catalog_orderreturn AS r (
    external_id, of_order, customer_id, currency, at, amount_minor, margin_minor, lines
)
SELECT external_id, of_order, customer_id, currency, at, amount_minor, margin_minor, lines
FROM json_to_recordset(%(rows)s::json) AS s(
    external_id text, of_order text, customer_id bigint, currency text, at timestamptz, amount_minor bigint,
    margin_minor bigint, lines jsonb
)
ON CONFLICT (external_id) DO UPDATE SET
    at = excluded.at, currency = excluded.currency, amount_minor = excluded.amount_minor,
    margin_minor = excluded.margin_minor, lines = excluded.lines
WHERE (r.at, r.currency, r.amount_minor, r.lines)
    IS DISTINCT FROM (excluded.at, excluded.currency, excluded.amount_minor, excluded.lines)

-- name: attach_returns
-- Returns find their order, and with it its customer; another currency than the order's is another matter.
UPDATE catalog_orderreturn r SET order_id = o.id, customer_id = coalesce(o.customer_id, r.customer_id)
FROM catalog_order o
WHERE o.external_id = ANY(%(orders)s) AND r.of_order = o.external_id AND r.currency = o.currency
    AND (r.order_id, r.customer_id) IS DISTINCT FROM (o.id, coalesce(o.customer_id, r.customer_id))

-- name: returns_with_orders
-- Attached returns of these orders with what their margin follows from.
SELECT r.id, r.margin_minor, r.amount_minor, r.lines, o.id, o.currency, o.revenue_minor, o.margin_minor
FROM catalog_orderreturn r JOIN catalog_order o ON o.id = r.order_id
WHERE o.external_id = ANY(%(orders)s)

-- name: save_return_margins
-- Margins of returns, where they differ from what was kept.
UPDATE catalog_orderreturn r SET margin_minor = s.margin_minor
FROM json_to_recordset(%(rows)s::json) AS s(id bigint, margin_minor bigint)
WHERE r.id = s.id

-- name: sum_returns
-- What came back of each order: never more than it brought, and all of it takes all of its margin.
UPDATE catalog_order o SET returned_minor = s.amount, returned_margin_minor = s.margin
FROM (
    SELECT p.id, least(sum(r.amount_minor), p.revenue_minor) AS amount,
        CASE WHEN sum(r.amount_minor) >= p.revenue_minor THEN p.margin_minor ELSE sum(r.margin_minor) END AS margin
    FROM catalog_order p JOIN catalog_orderreturn r ON r.order_id = p.id
    WHERE p.external_id = ANY(%(orders)s)
    GROUP BY p.id
) s
WHERE o.id = s.id AND (o.returned_minor, o.returned_margin_minor) IS DISTINCT FROM (s.amount, s.margin)

-- name: order_facts
-- What each of these customers bought, by the rule of a purchase.
SELECT customer_id, count(*), sum(revenue_minor), sum(discount_minor), sum(margin_minor), sum(returned_minor),
    sum(returned_margin_minor), min(completed_at), max(completed_at)
FROM catalog_order
WHERE customer_id = ANY(%(customers)s) AND status = 'completed'
GROUP BY customer_id

-- name: products_by_sku
-- Products by number.
SELECT sku, name, category, price_minor, cost_minor, currency FROM catalog_product WHERE sku = ANY(%(skus)s)

-- name: orders_by_number
-- Orders by the company's own number, without their lines.
SELECT external_id, customer_id, placed_at, completed_at, cancelled_at, stated_at, historical, currency,
       revenue_minor, discount_minor, shipping_minor, tax_minor, margin_minor, margin_estimated, coupon, dates::text
FROM catalog_order
WHERE external_id = ANY(%(numbers)s)

-- name: next_offers
-- Of each category that a customer buys from: the products he has not had, by how many of those bought them who
-- bought what he bought there. At most 2,000 of the latest other buyers of each product are looked at.
WITH own AS (
    SELECT sku, max(category) AS category, sum(quantity) AS items
    FROM catalog_orderline
    WHERE customer_id = %(customer)s AND completed_at IS NOT NULL AND quantity > 0
    GROUP BY sku
),
liked AS (
    SELECT category, sum(items) AS items, sum(sum(items)) OVER () AS all_items
    FROM own GROUP BY category ORDER BY items DESC, category LIMIT 3
),
peers AS (
    SELECT DISTINCT own.category, line.customer_id
    FROM (SELECT own.* FROM own JOIN liked USING (category) ORDER BY own.items DESC, own.sku LIMIT 20) AS own
    CROSS JOIN LATERAL (
        SELECT other.customer_id
        FROM catalog_orderline AS other
        WHERE other.sku = own.sku AND other.completed_at IS NOT NULL AND other.customer_id <> %(customer)s
        ORDER BY other.completed_at DESC
        LIMIT 2000
    ) AS line
),
counted AS (SELECT category, count(*) AS peers FROM peers GROUP BY category),
others AS (
    SELECT peers.category, line.sku, count(DISTINCT line.customer_id) AS buyers
    FROM peers
    JOIN catalog_orderline AS line ON line.customer_id = peers.customer_id AND line.category = peers.category
    WHERE line.completed_at IS NOT NULL AND line.quantity > 0 AND line.sku NOT IN (SELECT sku FROM own)
    GROUP BY peers.category, line.sku
)
SELECT others.sku, coalesce(product.name, ''), others.category, liked.items, liked.all_items, others.buyers,
    counted.peers
FROM others
JOIN liked USING (category)
JOIN counted USING (category)
LEFT JOIN catalog_product AS product ON product.sku = others.sku
ORDER BY liked.items DESC, others.category, others.buyers DESC, others.sku
LIMIT 50

-- name: dated_at
-- Orders that still stand, of which one moment lies in one of these spans. {column} is one of our own names.
SELECT orders.external_id, orders.customer_id, orders.{column}
FROM unnest(%(since)s::timestamptz[], %(until)s::timestamptz[]) AS span (since, until)
JOIN catalog_order AS orders ON orders.{column} >= span.since AND orders.{column} < span.until
WHERE orders.cancelled_at IS NULL AND orders.customer_id IS NOT NULL

-- name: dated_on
-- Orders that still stand, of which an event told that date to be one of these days.
SELECT orders.external_id, orders.customer_id, wanted.day
FROM unnest(%(days)s::text[]) AS wanted (day)
JOIN catalog_order AS orders ON orders.dates @> jsonb_build_object(%(date)s::text, jsonb_build_array(wanted.day))
WHERE orders.dates <> '{}' AND orders.cancelled_at IS NULL AND orders.customer_id IS NOT NULL

-- name: standing
-- Those of these orders that were not cancelled, and whose each is.
SELECT external_id, customer_id FROM catalog_order
WHERE external_id = ANY(%(numbers)s) AND cancelled_at IS NULL AND customer_id IS NOT NULL

-- name: dates_told
-- Those of these dates that an event has told of an order.
SELECT wanted.name FROM unnest(%(names)s::text[]) AS wanted (name)
WHERE EXISTS (SELECT FROM catalog_order WHERE dates <> '{}' AND dates -> wanted.name IS NOT NULL)
