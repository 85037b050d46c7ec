-- name: planned
-- runs that the clock looks at next, by quarter of an hour, and those whose customer has as many touches as a cap allows
WITH moves AS (
    SELECT id, customer_id, greatest(due_at, $now) AS "at"
    FROM runs
    WHERE ended_at IS NULL AND NOT in_holdout AND due_at < $until
), touched AS (
    SELECT customer_id, queued_at FROM deliveries WHERE category <> 'service' AND state <> 'dropped'
), counted AS (
    SELECT moves.id, moves."at", caps.count AS allowed, count(queued_at) AS touches
    FROM moves
    LEFT JOIN caps ON true
    LEFT JOIN touched
        ON touched.customer_id = moves.customer_id AND queued_at > moves."at" - to_days(caps.days::INTEGER)
    GROUP BY moves.id, moves."at", caps.days, caps.count
), judged AS (
    SELECT id, "at", coalesce(bool_or(touches >= allowed), false) AS full_up FROM counted GROUP BY id, "at"
)
SELECT time_bucket(INTERVAL 15 MINUTE, "at"), count(*), count(*) FILTER (full_up)
FROM judged
GROUP BY 1
ORDER BY 1
