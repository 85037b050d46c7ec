-- name: keep
-- Answers of customers; the same event again changes nothing.
INSERT INTO sales_reply (event_key, customer_id, address, name, subject, text, about, received_at, read_by)
SELECT told.*, ''
FROM unnest(
    %(event_key)s::uuid[], %(customer_id)s::bigint[], %(address)s::text[], %(name)s::text[], %(subject)s::text[],
    %(text)s::text[], %(about)s::text[], %(received_at)s::timestamptz[]
) AS told
ON CONFLICT (event_key) DO NOTHING

-- name: read
-- Somebody has read these; the first who did stays.
UPDATE sales_reply AS reply
SET read_at = told.at, read_by = told.by
FROM unnest(%(id)s::bigint[], %(customer_id)s::bigint[], %(at)s::timestamptz[], %(by)s::text[])
    AS told (id, customer_id, at, by)
WHERE reply.id = told.id AND reply.customer_id = told.customer_id AND reply.read_at IS NULL
RETURNING reply.id

-- name: unread_of
-- Of these customers those with an answer that nobody has read, and since when.
SELECT customer_id, min(received_at) FROM sales_reply
WHERE customer_id = ANY(%(customers)s) AND read_at IS NULL
GROUP BY customer_id

-- name: move
-- Answers follow the customer into the record that stays.
UPDATE sales_reply AS reply
SET customer_id = pair.new
FROM unnest(%(old)s::bigint[], %(new)s::bigint[]) AS pair (old, new)
WHERE reply.customer_id = pair.old
RETURNING pair.old, reply.id

-- name: give_back
-- They go back to the customer they had before a merge that is undone.
UPDATE sales_reply SET customer_id = %(from_id)s WHERE id = ANY(%(ids)s) AND customer_id = %(into_id)s
