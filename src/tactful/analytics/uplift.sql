-- name: margins
-- for each journey and side: customers who entered, their margin afterwards, orders in other currencies
WITH entered AS (
    SELECT journey_id, customer_id, min(started_at) AS began, arg_min(in_holdout, (started_at, runs.id)) AS held_out
    FROM runs
    JOIN customers USING (customer_id)
    WHERE started_at >= $since AND started_at < $until AND customers.active AND NOT customers.is_test
    GROUP BY ALL
), brought AS (
    SELECT
        journey_id, entered.customer_id, held_out,
        coalesce(sum(margin_minor - returned_margin_minor) FILTER (currency = $currency), 0) AS margin,
        count(orders.id) FILTER (currency <> $currency) AS elsewhere
    FROM entered
    LEFT JOIN orders
        ON orders.customer_id = entered.customer_id AND orders.status = 'completed'
        AND completed_at > began AND completed_at <= began + to_days($days) AND completed_at < $until
    GROUP BY ALL
)
SELECT journey_id, held_out, count(*), avg(margin), coalesce(var_samp(margin), 0), sum(elsewhere)
FROM brought
GROUP BY journey_id, held_out
ORDER BY journey_id, held_out
