-- name: create
-- Tasks that do not exist yet.
INSERT INTO sales_task (key, customer_id, journey_id, run_id, title, note, assignee, created_at, due_at, result)
SELECT new.*, ''
FROM unnest(
    %(key)s::uuid[], %(customer_id)s::bigint[], %(journey_id)s::bigint[], %(run_id)s::bigint[], %(title)s::text[],
    %(note)s::text[], %(assignee)s::text[], %(created_at)s::timestamptz[], %(due_at)s::timestamptz[]
) AS new (key, customer_id, journey_id, run_id, title, note, assignee, created_at, due_at)
ON CONFLICT (key) DO NOTHING
RETURNING key, id

-- name: complete
-- Open tasks of these customers that are done now.
UPDATE sales_task AS task
SET done_at = done.at, result = done.result
FROM unnest(%(id)s::bigint[], %(customer_id)s::bigint[], %(at)s::timestamptz[], %(result)s::text[])
    AS done (id, customer_id, at, result)
WHERE task.id = done.id AND task.customer_id = done.customer_id AND task.done_at IS NULL
RETURNING task.id

-- name: move
-- Tasks follow the customer into the record that stays.
UPDATE sales_task AS task
SET customer_id = pair.new
FROM unnest(%(old)s::bigint[], %(new)s::bigint[]) AS pair (old, new)
WHERE task.customer_id = pair.old
RETURNING pair.old, task.id

-- name: give_back
-- Tasks go back to the customer they had before a merge that is undone.
UPDATE sales_task SET customer_id = %(from_id)s WHERE id = ANY(%(ids)s) AND customer_id = %(into_id)s
RETURNING id

-- name: save_holds
-- The word that counts on whether marketing waits for a customer.
INSERT INTO sales_contacthold (customer_id, until, reason, by, said_at)
SELECT * FROM unnest(
    %(customer_id)s::bigint[], %(until)s::timestamptz[], %(reason)s::text[], %(by)s::text[], %(said_at)s::timestamptz[]
)
ON CONFLICT (customer_id) DO UPDATE SET
    until = excluded.until, reason = excluded.reason, by = excluded.by, said_at = excluded.said_at
