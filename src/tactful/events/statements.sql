-- name: notify
-- wakes the engine when the transaction commits
SELECT pg_notify(%(channel)s, '')

-- name: take
-- the oldest payloads, removed from the inbox by the transaction that works them in
DELETE FROM events_inbox
WHERE id = ANY (ARRAY(SELECT id FROM events_inbox ORDER BY id LIMIT %(limit)s FOR UPDATE))
RETURNING id, received_at::text, source, historical, payload

-- name: known_keys
-- which of these messages are in the log already
SELECT message_key FROM events_event WHERE message_key = ANY (%(keys)s::uuid[])

-- name: new_ids
-- ids for the log, in order
SELECT nextval('events_event_id_seq') FROM generate_series(1, %(count)s)

-- name: move_customers
-- the past of merged customers follows them; says which events were moved, so that it can be undone
UPDATE events_event AS event SET customer_id = pair.into_id
FROM unnest(%(from_ids)s::bigint[], %(into_ids)s::bigint[]) AS pair (from_id, into_id)
WHERE event.customer_id = pair.from_id
RETURNING pair.from_id, event.id

-- name: give_back
-- events return to the customer they had before a merge
UPDATE events_event SET customer_id = %(customer_id)s WHERE id = ANY (%(ids)s)

-- name: catalogue
-- one row per event name: a loose scan over (name, occurred_at), which never reads the whole log
WITH RECURSIVE names AS (
    (SELECT name FROM events_event ORDER BY name LIMIT 1)
    UNION ALL
    SELECT (SELECT event.name FROM events_event AS event WHERE event.name > names.name ORDER BY event.name LIMIT 1)
    FROM names WHERE names.name IS NOT NULL
)
SELECT names.name, recent.count, latest.occurred_at, latest.kind, latest.properties
FROM names
CROSS JOIN LATERAL (
    SELECT count(*) FROM events_event AS event WHERE event.name = names.name AND event.occurred_at > %(since)s
) AS recent
CROSS JOIN LATERAL (
    SELECT event.occurred_at, event.kind, event.properties FROM events_event AS event
    WHERE event.name = names.name ORDER BY event.occurred_at DESC LIMIT 1
) AS latest
WHERE names.name IS NOT NULL
ORDER BY names.name

-- name: holding
-- Payloads in which any of these words, or numbers, stands somehow; whether he is meant is judged one by one.
SELECT id, payload FROM {table}
WHERE EXISTS (SELECT FROM unnest(%(words)s::text[]) AS word WHERE position(word IN lower(payload)) > 0)
   OR EXISTS (SELECT FROM unnest(%(digits)s::text[]) AS number
              WHERE position(number IN regexp_replace(payload, '[^0-9]', '', 'g')) > 0)

-- name: told_of
-- What customers ever said they are called.
SELECT DISTINCT COALESCE(properties ->> 'firstName', properties ->> 'first_name'),
                COALESCE(properties ->> 'lastName', properties ->> 'last_name'), properties ->> 'email', properties ->> 'phone'
FROM events_event WHERE customer_id = ANY(%(customers)s) AND kind = 'identify'
