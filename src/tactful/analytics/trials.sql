-- name: sent
-- customers of an experiment whose message was sent: the base of all that follows
CREATE OR REPLACE TEMP TABLE sent AS
SELECT
    assignments.customer_id, arm, epoch, sent_at, complained_at, unsubscribed_at,
    sent_at + to_seconds($seconds) <= $now AS counted,
    sent_at + to_days($guard_days) <= $now AS guarded
FROM assignments
JOIN deliveries USING (message_key)
JOIN customers ON customers.customer_id = assignments.customer_id
WHERE experiment_id = $experiment AND NOT mixed AND customers.active AND NOT customers.is_test AND sent_at <= $now

-- name: counts
-- by arm and epoch: sent, and those whose window is over with the first and last sending, and the last of all
SELECT
    arm, epoch, count(*), count(*) FILTER (counted), min(sent_at) FILTER (counted), max(sent_at) FILTER (counted),
    max(sent_at)
FROM sent GROUP BY arm, epoch ORDER BY arm, epoch

-- name: margins
-- by arm: sum, squares and number of customers with any margin within their window
WITH each AS (
    SELECT arm, sent.customer_id, sum(margin_minor - returned_margin_minor)::DOUBLE AS margin
    FROM sent
    JOIN orders
        ON orders.customer_id = sent.customer_id AND orders.status = 'completed' AND currency = $currency
        AND completed_at > sent_at AND completed_at <= sent_at + to_seconds($seconds)
    WHERE counted
    GROUP BY ALL
)
SELECT arm, sum(margin), sum(margin * margin), count(*) FILTER (margin <> 0) FROM each GROUP BY arm

-- name: did
-- arm and customer with the properties of each event of that name within his window
SELECT arm, sent.customer_id, properties
FROM sent
JOIN events
    ON events.customer_id = sent.customer_id AND events.name = $event
    AND occurred_at > sent_at AND occurred_at <= sent_at + to_seconds($seconds)
WHERE counted
ORDER BY sent.customer_id

-- name: bought
-- arm and customer of those with margin within their window
SELECT DISTINCT arm, sent.customer_id
FROM sent
JOIN orders
    ON orders.customer_id = sent.customer_id AND orders.status = 'completed' AND currency = $currency
    AND completed_at > sent_at AND completed_at <= sent_at + to_seconds($seconds)
WHERE counted
ORDER BY sent.customer_id

-- name: guards
-- by arm: customers whose days for complaints are over, unsubscribes and complaints within them
SELECT
    arm, count(*),
    count(*) FILTER (unsubscribed_at <= sent_at + to_days($guard_days)),
    count(*) FILTER (complained_at <= sent_at + to_days($guard_days))
FROM sent WHERE guarded GROUP BY arm

-- name: people
-- customers of an arm whose message was sent, or whose window is over
SELECT customer_id FROM sent WHERE arm = $arm AND (counted OR NOT $closed) ORDER BY customer_id
