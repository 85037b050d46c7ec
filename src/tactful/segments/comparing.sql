-- name: groups
-- who stands in which column: the chosen segments, and everybody (0)
CREATE OR REPLACE TEMP TABLE groups AS
SELECT segment_id, customer_id FROM chosen
UNION ALL
SELECT 0, customer_id FROM customers WHERE active

-- name: bought
-- the one pass over the orders: completed purchases by customer and hour of the company's day, less what came back
CREATE OR REPLACE TEMP TABLE bought AS
SELECT
    customer_id,
    hour((completed_at AT TIME ZONE 'UTC') AT TIME ZONE $zone) AS at_hour,
    count(*) AS purchases,
    count(*) FILTER (currency <> $currency) AS elsewhere,
    coalesce(sum(revenue_minor - returned_minor) FILTER (currency = $currency), 0) AS revenue,
    coalesce(sum(margin_minor - returned_margin_minor) FILTER (currency = $currency), 0) AS margin,
    min(completed_at) AS first_at,
    max(completed_at) AS last_at
FROM orders
WHERE status = 'completed' AND completed_at <= $at AND customer_id IS NOT NULL
GROUP BY ALL

-- name: heard
-- the one pass over the messages: those sent and not bounced, with the hours of the first open and the first click
CREATE OR REPLACE TEMP TABLE heard AS
SELECT
    customer_id,
    channel,
    hour((opened_at AT TIME ZONE 'UTC') AT TIME ZONE $zone) AS opened_hour,
    hour((clicked_at AT TIME ZONE 'UTC') AT TIME ZONE $zone) AS clicked_hour,
    count(*) AS messages
FROM deliveries
WHERE sent_at <= $at AND bounced_at IS NULL AND customer_id IS NOT NULL
GROUP BY ALL

-- name: purchases
-- money and rhythm of each group
WITH buyers AS (
    SELECT
        customer_id, sum(purchases) AS purchases, sum(elsewhere) AS elsewhere,
        sum(revenue) AS revenue, sum(margin) AS margin, epoch(max(last_at)) - epoch(min(first_at)) AS seconds
    FROM bought GROUP BY customer_id
)
SELECT
    segment_id, count(*), count(*) FILTER (purchases >= 2), sum(revenue)::BIGINT, sum(margin)::BIGINT,
    sum(elsewhere)::BIGINT, sum(purchases - 1)::BIGINT, sum(seconds) / 86400
FROM groups JOIN buyers USING (customer_id)
GROUP BY segment_id

-- name: messages
-- what came of the messages to each group, by channel
SELECT
    segment_id, channel, sum(messages)::BIGINT,
    coalesce(sum(messages) FILTER (opened_hour IS NOT NULL), 0)::BIGINT,
    coalesce(sum(messages) FILTER (clicked_hour IS NOT NULL), 0)::BIGINT
FROM groups JOIN heard USING (customer_id)
GROUP BY segment_id, channel ORDER BY segment_id, channel

-- name: hours
-- how often people of each group opened, clicked or bought in each hour of the company's day
WITH acts AS (
    SELECT customer_id, opened_hour AS at_hour, messages AS acts FROM heard WHERE opened_hour IS NOT NULL
    UNION ALL
    SELECT customer_id, clicked_hour, messages FROM heard WHERE clicked_hour IS NOT NULL
    UNION ALL
    SELECT customer_id, at_hour, purchases FROM bought
)
SELECT segment_id, at_hour, sum(acts)::BIGINT
FROM groups JOIN acts USING (customer_id)
GROUP BY segment_id, at_hour ORDER BY segment_id, at_hour

-- name: everybody
-- how many customers there are
SELECT count(*) FROM groups WHERE segment_id = 0
