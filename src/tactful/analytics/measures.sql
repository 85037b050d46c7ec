-- name: purchases
-- every purchase with its number in the customer's row of purchases and the one before; money less what came back
CREATE OR REPLACE TEMP TABLE purchases AS
SELECT
    orders.id, orders.customer_id, orders.completed_at AS bought_at, orders.currency,
    orders.revenue_minor - orders.returned_minor AS revenue_minor,
    orders.margin_minor - orders.returned_margin_minor AS margin_minor,
    row_number() OVER buyer AS nth,
    lead(orders.completed_at) OVER buyer AS next_at
FROM orders
JOIN customers ON customers.customer_id = orders.customer_id AND customers.active AND NOT customers.is_test
WHERE orders.status = 'completed' AND orders.completed_at IS NOT NULL
WINDOW buyer AS (PARTITION BY orders.customer_id ORDER BY orders.completed_at, orders.id)

-- name: people
-- the customers who count, and since when
CREATE OR REPLACE TEMP VIEW people AS
SELECT customers.customer_id, least(customers.created_at, first.bought_at) AS since
FROM customers
LEFT JOIN purchases AS first ON first.customer_id = customers.customer_id AND first.nth = 1
WHERE customers.active AND NOT customers.is_test

-- name: second_purchase_share
-- one row per buyer: whether he had bought twice when the period ended
SELECT period, customer_id, coalesce(second_at < until, false)::INTEGER AS part, 1 AS whole
FROM (
    SELECT customer_id, min(bought_at) FILTER (nth = 1) AS first_at, min(bought_at) FILTER (nth = 2) AS second_at
    FROM purchases WHERE nth <= 2 GROUP BY customer_id
) AS buyers
JOIN periods ON first_at < until

-- name: repeat_revenue
-- one row per purchase: its revenue, and the same again when it was not the customer's first
SELECT period, customer_id, CASE WHEN nth > 1 THEN revenue_minor ELSE 0 END AS part, revenue_minor AS whole
FROM purchases
JOIN periods ON bought_at >= since AND bought_at < until
WHERE currency = $currency

-- name: days_between_purchases
-- one row per day on which a customer bought again: days since the day he bought before
SELECT period, customer_id, day - previous_day AS part, 1 AS whole
FROM (
    SELECT customer_id, day, bought_at, lag(day) OVER (PARTITION BY customer_id ORDER BY day) AS previous_day
    FROM (SELECT customer_id, bought_at::DATE AS day, min(bought_at) AS bought_at FROM purchases GROUP BY ALL) AS days
) AS gaps
JOIN periods ON bought_at >= since AND bought_at < until
WHERE previous_day IS NOT NULL

-- name: journey_conversion
-- one row per run that was not held out: whether it reached its goal
SELECT period, customer_id, journey_id, (goal_at IS NOT NULL)::INTEGER AS part, 1 AS whole
FROM runs
JOIN people USING (customer_id)
JOIN periods ON started_at >= periods.since AND started_at < until
WHERE NOT in_holdout

-- name: unsubscribe_rate
-- one row per message sent: whether its reader unsubscribed from it
SELECT period, customer_id, (unsubscribed_at IS NOT NULL)::INTEGER AS part, 1 AS whole
FROM deliveries
JOIN people USING (customer_id)
JOIN periods ON sent_at >= periods.since AND sent_at < until
WHERE category <> 'service'

-- name: complaint_rate
-- one row per message sent: whether its reader marked it as spam
SELECT period, customer_id, (complained_at IS NOT NULL)::INTEGER AS part, 1 AS whole
FROM deliveries
JOIN people USING (customer_id)
JOIN periods ON sent_at >= periods.since AND sent_at < until
WHERE category <> 'service'

-- name: silent_share
-- one row per customer who was sent enough messages: whether he opened and clicked none
SELECT period, customer_id, (count(opened_at) + count(clicked_at) = 0)::INTEGER AS part, 1 AS whole
FROM deliveries
JOIN people USING (customer_id)
JOIN periods ON sent_at >= periods.since AND sent_at < until
WHERE category <> 'service'
GROUP BY period, customer_id
HAVING count(*) >= $silent_after

-- name: without_next_step_share
-- one row per customer: whether nothing was under way for him when the period ended
WITH steps AS (
    SELECT customer_id, started_at AS begins, ended_at AS ends FROM runs WHERE NOT in_holdout
    UNION ALL
    SELECT customer_id, created_at, done_at FROM tasks
    UNION ALL
    SELECT customer_id, queued_at, CASE WHEN state IN ('queued', 'claimed') THEN NULL ELSE coalesce(sent_at, queued_at) END
    FROM deliveries
), busy AS (
    SELECT DISTINCT period, customer_id
    FROM steps
    JOIN periods ON begins < until AND (ends IS NULL OR ends >= until)
)
SELECT periods.period, people.customer_id, (busy.customer_id IS NULL)::INTEGER AS part, 1 AS whole
FROM people
JOIN periods ON people.since < until
LEFT JOIN busy ON busy.customer_id = people.customer_id AND busy.period = periods.period

-- name: reactivated
-- one row per customer who was asleep at some moment of the period: whether he bought in it
SELECT period, customer_id, max((coalesce(next_at < until, false))::INTEGER) AS part, 1 AS whole
FROM purchases
JOIN periods ON bought_at + to_days($asleep_days) < until AND (next_at IS NULL OR next_at >= since)
WHERE next_at IS NULL OR next_at > bought_at + to_days($asleep_days)
GROUP BY period, customer_id

-- name: margin_contribution
-- one row per purchase: its margin, and the same again when a message had been clicked or opened shortly before
WITH clicks AS (
    SELECT customer_id, clicked_at FROM deliveries WHERE clicked_at IS NOT NULL AND category <> 'service'
), opens AS (
    SELECT customer_id, opened_at FROM deliveries WHERE opened_at IS NOT NULL AND category <> 'service'
), sold AS (
    SELECT period, purchases.customer_id, purchases.bought_at, margin_minor
    FROM purchases
    JOIN periods ON bought_at >= since AND bought_at < until
    WHERE currency = $currency
)
SELECT
    period, sold.customer_id,
    CASE
        WHEN clicked_at > sold.bought_at - to_days($click_days) OR opened_at > sold.bought_at - to_days($open_days) THEN margin_minor
        ELSE 0
    END AS part,
    margin_minor AS whole
FROM sold
ASOF LEFT JOIN clicks ON clicks.customer_id = sold.customer_id AND sold.bought_at >= clicked_at
ASOF LEFT JOIN opens ON opens.customer_id = sold.customer_id AND sold.bought_at >= opened_at

-- name: add_up
-- a measure's rows, added up for each period
SELECT period, coalesce(sum(part), 0), coalesce(sum(whole), 0), median(part)
FROM ({rows}) AS counted
GROUP BY period

-- name: add_up_by_journey
-- a measure's rows, added up for each journey
SELECT journey_id, sum(part), sum(whole)
FROM ({rows}) AS counted
GROUP BY journey_id
ORDER BY journey_id

-- name: add_up_by_segment
-- a measure's rows, added up for each segment in which the customer was when the period ended
WITH members AS (
    SELECT segment_id, customer_id
    FROM member_changes, periods
    WHERE "at" < until
    GROUP BY segment_id, customer_id
    HAVING arg_max(entered, ("at", id))
)
SELECT segment_id, sum(part), sum(whole)
FROM ({rows}) AS counted
JOIN members USING (customer_id)
GROUP BY segment_id
ORDER BY segment_id

-- name: behind
-- the customers who make up one side of a measure
SELECT DISTINCT customer_id
FROM ({rows}) AS counted
WHERE {side} <> 0 AND customer_id > $after
ORDER BY customer_id
LIMIT $limit

-- name: left_out
-- purchases of the period in other currencies, which no sum of money includes
SELECT count(*) FROM purchases JOIN periods ON bought_at >= since AND bought_at < until WHERE currency <> $currency

-- name: currencies
-- in which currencies people bought in the period, the most frequent first
SELECT currency, count(*)
FROM purchases JOIN periods ON bought_at >= since AND bought_at < until
GROUP BY currency
ORDER BY count(*) DESC, currency

-- name: reach
-- customers who had a reason to hear from the company: how many were contacted, and why the others were not
WITH last_word AS (
    SELECT customer_id, bool_or(verdict = 'send') AS contacted, arg_max(reason, ("at", id)) AS reason
    FROM decisions
    WHERE "at" >= $start AND "at" < $end
    GROUP BY customer_id
)
SELECT contacted, CASE WHEN contacted THEN '' ELSE reason END AS why, count(*) AS people
FROM last_word
GROUP BY ALL
ORDER BY people DESC, why
