-- name: imported_until
-- When the last imported event arrived: what segments said before then leaves imports out.
SELECT max(received_at) FROM {events} WHERE historical

-- name: callers
-- The customers to whom something happened that may let them in.
CREATE TEMP TABLE callers AS
SELECT DISTINCT customer_id FROM {events}
WHERE name = ? AND customer_id IS NOT NULL
  AND (occurred_at BETWEEN ? AND ? OR received_at BETWEEN ? AND ?)

-- name: called
-- With them those whom the calendar or a segment called.
INSERT INTO callers SELECT DISTINCT customer_id FROM called ANTI JOIN callers USING (customer_id)

-- name: counted
-- How many may enter.
SELECT count(*) FROM callers SEMI JOIN {customers} AS c ON c.id = callers.customer_id AND c.active

-- name: cut
-- The rows of those who may enter, in parts by customer.
COPY (
    SELECT {columns}, customer_id % {parts} AS part
    FROM {rows} AS t SEMI JOIN callers USING (customer_id)
    WHERE {kept}
) TO '{place}' (FORMAT parquet, PARTITION_BY (part), OVERWRITE_OR_IGNORE)

-- name: people
-- The customers of a part.
SELECT customer_id, zone, is_test, email, phone, attributes, birth_date, country, first_name, last_name, city, language
FROM customers WHERE active ORDER BY customer_id

-- name: heard
-- What the journey hears of them in the period, in order. Imported events count from when they happened.
WITH moved AS (
    SELECT *, CASE
        WHEN historical OR received_at IS NULL THEN occurred_at
        WHEN occurred_at BETWEEN received_at - INTERVAL 1 HOUR AND received_at THEN occurred_at
        ELSE received_at
    END AS moment
    FROM events
)
SELECT customer_id, id, name, occurred_at, CASE WHEN historical THEN NULL ELSE received_at END, properties
FROM moved
WHERE list_contains($names, name) AND moment >= $since AND moment < $until
  AND (NOT list_contains($of_segments, name) OR (NOT historical AND moment >= $told_since))
ORDER BY customer_id, moment, id

-- name: called_in_part
-- Whom the calendar or a segment called, and when.
SELECT customer_id, "at", name, segment, key FROM called ORDER BY customer_id, "at"

-- name: told
-- What events told of the orders or deals of a part, also before the period.
SELECT customer_id, occurred_at, id, name, properties FROM events
WHERE list_contains($names, name) AND occurred_at < $until

-- name: words
-- Every word on consent, in the order in which it was said.
SELECT customer_id, channel, topic, granted, "at", how FROM consent_words
WHERE "at" < $until ORDER BY customer_id, "at", id

-- name: said
-- What changes how often somebody may be written to: his own choice, marketing held by staff, calls and tickets.
SELECT customer_id, name, occurred_at, properties FROM events
WHERE list_contains($names, name) AND occurred_at < $until
ORDER BY customer_id, occurred_at, id

-- name: touches
-- The messages that customers really got.
SELECT customer_id, queued_at, channel, category, topic, journey_id, id FROM deliveries
WHERE state <> 'dropped' AND queued_at < $until AND journey_id IS DISTINCT FROM $without
ORDER BY customer_id, queued_at, id

-- name: matters
-- What was under way with them, from when to when.
SELECT customer_id, 'ticket', opened_at, closed_at FROM tickets WHERE opened_at < $until
UNION ALL
SELECT customer_id, 'proposal', opened_at, closed_at FROM proposals WHERE opened_at < $until
UNION ALL
SELECT customer_id, 'task', created_at, done_at FROM tasks
WHERE created_at < $until AND journey_id IS DISTINCT FROM $without

-- name: bought
-- Completed orders that count in a year before some moment of the period: margin less what came back, discount.
SELECT customer_id, completed_at, margin_minor - returned_margin_minor, discount_minor FROM orders
WHERE status = 'completed' AND completed_at >= $since - INTERVAL 366 DAY AND completed_at < $until

-- name: orders_at_moments
-- Orders with a moment in a span, and until when they stood. {column} is one of our own names.
SELECT thing.customer_id, c.zone, thing.external_id, thing.{column}, thing.cancelled_at
FROM {orders} AS thing JOIN {customers} AS c ON c.id = thing.customer_id AND c.active
WHERE thing.{column} >= $since AND thing.{column} < $until

-- name: orders_with_dates
-- Orders of which events told dates, from when to when they stood.
SELECT thing.customer_id, c.zone, thing.external_id, thing.dates, thing.placed_at, thing.cancelled_at
FROM {orders} AS thing JOIN {customers} AS c ON c.id = thing.customer_id AND c.active
WHERE thing.dates <> '{{}}'

-- name: deals_at_moments
-- Proposals sent in a span, and when they were answered. {column} is one of our own names.
SELECT thing.customer_id, c.zone, thing.key, thing.{column}, thing.closed_at
FROM {proposals} AS thing JOIN {customers} AS c ON c.id = thing.customer_id AND c.active
WHERE thing.{column} >= $since AND thing.{column} < $until

-- name: deals_with_dates
-- Proposals of which events told dates, from when to when they waited.
SELECT thing.customer_id, c.zone, thing.key, thing.dates, thing.opened_at, thing.closed_at
FROM {proposals} AS thing JOIN {customers} AS c ON c.id = thing.customer_id AND c.active
WHERE thing.dates <> '{{}}'
