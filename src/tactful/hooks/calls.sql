-- name: queue
-- Calls to make; one that is there already (same key) stays as it is.
INSERT INTO hooks_call (key, url, body, customer_id, journey_id, run_id, step, state, queued_at, due_at, attempts, answer)
SELECT key, url, body, customer_id, journey_id, run_id, step, 'queued', at, at, 0, ''
FROM unnest(
    %(key)s::uuid[], %(url)s::text[], %(body)s::text[], %(customer_id)s::bigint[], %(journey_id)s::bigint[],
    %(run_id)s::bigint[], %(step)s::text[], %(at)s::timestamptz[]
) AS call (key, url, body, customer_id, journey_id, run_id, step, at)
ON CONFLICT (key) DO NOTHING

-- name: claim
-- Due calls, and those whose worker has died on the way: a receiver knows a call by its id.
WITH due AS (
    SELECT id FROM hooks_call
    WHERE (state = 'queued' AND due_at <= %(now)s) OR (state = 'claimed' AND lease_until < %(now)s)
    ORDER BY due_at
    LIMIT %(limit)s
    FOR UPDATE SKIP LOCKED
)
UPDATE hooks_call AS call
SET state = 'claimed', lease_until = %(lease_until)s, attempts = attempts + 1
FROM due
WHERE call.id = due.id
RETURNING call.id, key, url, body, attempts

-- name: settle
-- How attempts ended; one that was claimed again meanwhile is another's to settle.
UPDATE hooks_call AS call
SET state = ended.state, status = ended.status, answer = ended.answer, lease_until = NULL,
    due_at = COALESCE(ended.due_at, call.due_at),
    ended_at = CASE WHEN ended.state = 'queued' THEN NULL ELSE %(now)s END
FROM unnest(
    %(id)s::bigint[], %(attempt)s::int[], %(state)s::text[], %(status)s::int[], %(answer)s::text[],
    %(due_at)s::timestamptz[]
) AS ended (id, attempt, state, status, answer, due_at)
WHERE call.id = ended.id AND call.attempts = ended.attempt AND call.state = 'claimed'

-- name: again
-- A call that was given up, from the beginning.
UPDATE hooks_call SET state = 'queued', attempts = 0, due_at = %(now)s, ended_at = NULL
WHERE id = %(id)s AND state = 'failed'
