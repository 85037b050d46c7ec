-- name: fresh_ids
-- Ids for decisions, in order.
SELECT nextval(pg_get_serial_sequence('decisions_decision', 'id')) FROM generate_series(1, %(count)s)

-- name: record
-- Decisions, with every reason.
COPY decisions_decision (id, customer_id, journey_id, run_id, step, channel, topic, category, priority, verdict,
                         reason, reasons, at, hold_until, message_key, rules_id) FROM STDIN

-- name: lock
-- One at a time may take slots of a customer; always in the same order, so that nobody waits in a circle.
SELECT pg_advisory_xact_lock(%(space)s, place)
FROM (SELECT DISTINCT (customer %% 2147483647)::int AS place FROM unnest(%(customers)s::bigint[]) AS customer
      ORDER BY place) AS places

-- name: reserved
-- Which of these messages have their slot already.
SELECT message_key FROM decisions_touch WHERE message_key = ANY(%(keys)s)

-- name: touch
-- Slots taken now.
COPY decisions_touch (customer_id, channel, topic, category, at, message_key, settled_for) FROM STDIN

-- name: release
-- A message that was not sent after all gives its slot back.
DELETE FROM decisions_touch WHERE message_key = ANY(%(keys)s)

-- name: move_decisions
-- Decisions follow the customer into the record that stays.
UPDATE decisions_decision AS decision
SET customer_id = pair.new
FROM unnest(%(old)s::bigint[], %(new)s::bigint[]) AS pair (old, new)
WHERE decision.customer_id = pair.old
RETURNING pair.old, decision.id

-- name: move_touches
-- And so does the pressure: two records of one person were contacted as one person.
UPDATE decisions_touch AS touch
SET customer_id = pair.new
FROM unnest(%(old)s::bigint[], %(new)s::bigint[]) AS pair (old, new)
WHERE touch.customer_id = pair.old
RETURNING pair.old, touch.id

-- name: return_decisions
-- Decisions go back to the customer they had before a merge that is undone.
UPDATE decisions_decision SET customer_id = %(from_id)s WHERE id = ANY(%(ids)s) AND customer_id = %(into_id)s

-- name: return_touches
-- And so does the pressure.
UPDATE decisions_touch SET customer_id = %(from_id)s WHERE id = ANY(%(ids)s) AND customer_id = %(into_id)s

-- name: touched_by_people
-- Calls and tickets take a slot too; the same event again changes nothing.
INSERT INTO decisions_touch (customer_id, channel, topic, category, at, message_key, known_at, settled_for)
SELECT customer_id, channel, '', %(category)s, at, message_key, %(now)s, customer_id
FROM unnest(%(customer_id)s::bigint[], %(channel)s::text[], %(at)s::timestamptz[], %(key)s::uuid[])
    AS contact (customer_id, channel, at, message_key)
ON CONFLICT (message_key) DO NOTHING

-- name: rules_in_force
-- The rules that were noted last.
SELECT id, rules FROM decisions_rulesinforce ORDER BY id DESC LIMIT 1
