-- name: save
-- Matters as they stand: the first opening with its subject, and the state of the latest word. {table} is one of our own names.
INSERT INTO {table} AS matter (number, customer_id, subject, opened_at, late_at, closed_at, said_at)
SELECT * FROM unnest(
    %(number)s::text[], %(customer_id)s::bigint[], %(subject)s::text[], %(opened_at)s::timestamptz[],
    %(late_at)s::timestamptz[], %(closed_at)s::timestamptz[], %(said_at)s::timestamptz[]
)
ON CONFLICT (number) DO UPDATE SET
    opened_at = least(matter.opened_at, excluded.opened_at),
    late_at = least(matter.late_at, excluded.late_at),
    closed_at = CASE WHEN excluded.said_at >= matter.said_at THEN excluded.closed_at ELSE matter.closed_at END,
    customer_id = CASE WHEN excluded.said_at >= matter.said_at THEN excluded.customer_id ELSE matter.customer_id END,
    subject = CASE
        WHEN matter.subject = '' OR (excluded.subject <> '' AND excluded.opened_at < matter.opened_at)
        THEN excluded.subject ELSE matter.subject END,
    said_at = greatest(matter.said_at, excluded.said_at)

-- name: move
-- They follow the customer into the record that stays.
UPDATE {table} AS matter
SET customer_id = pair.new
FROM unnest(%(old)s::bigint[], %(new)s::bigint[]) AS pair (old, new)
WHERE matter.customer_id = pair.old
RETURNING pair.old, matter.id

-- name: give_back
-- They go back to the customer they had before a merge that is undone.
UPDATE {table} SET customer_id = %(from_id)s WHERE id = ANY(%(ids)s) AND customer_id = %(into_id)s
