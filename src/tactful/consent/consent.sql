-- name: record
-- The proof, one row per saying; a repeat is known by its event.
INSERT INTO consent_consentrecord (message_key, customer_id, channel, topic, granted, at, method, text, source)
SELECT message_key, customer_id, channel, topic, granted, at, method, text, source
FROM json_to_recordset(%(rows)s::json) AS r(
    message_key uuid, customer_id bigint, channel text, topic text, granted boolean, at timestamptz, method text,
    text text, source text
)
ON CONFLICT (message_key, channel, topic) DO NOTHING

-- name: save_states
-- The latest words; a row that would not change is not written again.
INSERT INTO consent_consentstate AS s (customer_id, channel, topic, granted, since)
SELECT customer_id, channel, topic, granted, since
FROM json_to_recordset(%(rows)s::json) AS r(
    customer_id bigint, channel text, topic text, granted boolean, since timestamptz
)
ON CONFLICT (customer_id, channel, topic) DO UPDATE SET granted = excluded.granted, since = excluded.since
WHERE (s.granted, s.since) IS DISTINCT FROM (excluded.granted, excluded.since)

-- name: save_preferences
-- The latest choice; what it leaves unsaid stays, and an import fills only what is unset.
INSERT INTO consent_preference AS p (customer_id, paused_until, per_week, updated_at)
SELECT customer_id, paused_until, per_week, updated_at
FROM json_to_recordset(%(rows)s::json) AS r(
    customer_id bigint, paused_until timestamptz, per_week integer, updated_at timestamptz
)
ON CONFLICT (customer_id) DO UPDATE SET
    paused_until = excluded.paused_until, per_week = excluded.per_week, updated_at = excluded.updated_at
WHERE (p.paused_until, p.per_week, p.updated_at)
    IS DISTINCT FROM (excluded.paused_until, excluded.per_week, excluded.updated_at)

-- name: suppress
-- Addresses that get nothing from now on; the weightier of two reasons stays, and that since the first.
INSERT INTO consent_suppression AS s (channel, address_hash, reason, at, said_at, source)
SELECT channel, address_hash, reason, at, said_at, source
FROM json_to_recordset(%(rows)s::json) AS r(
    channel text, address_hash text, reason text, at timestamptz, said_at timestamptz, source text
)
ON CONFLICT (channel, address_hash) DO UPDATE SET
    reason = excluded.reason, source = excluded.source, at = LEAST(s.at, excluded.at),
    said_at = GREATEST(COALESCE(s.said_at, s.at), excluded.said_at)
WHERE array_position(%(reasons)s, excluded.reason) > array_position(%(reasons)s, s.reason)
    OR (excluded.reason = s.reason AND (excluded.said_at > COALESCE(s.said_at, s.at) OR excluded.at < s.at))

-- name: welcome_back
-- A person who agrees again takes back his own "stop everything", and nothing else that silences the address.
DELETE FROM consent_suppression s
USING json_to_recordset(%(rows)s::json) AS r(channel text, address_hash text, at timestamptz)
WHERE s.channel = r.channel AND s.address_hash = r.address_hash AND s.reason = 'unsubscribed_all'
    AND COALESCE(s.said_at, s.at) < r.at

-- name: move_records
-- The proof follows the customer into the record that stays.
UPDATE consent_consentrecord SET customer_id = %(into)s WHERE customer_id = %(from)s RETURNING id

-- name: return_records
-- The proof goes back to the customer who said it before a merge that is undone.
UPDATE consent_consentrecord SET customer_id = %(from_id)s WHERE id = ANY(%(ids)s) AND customer_id = %(into_id)s

-- name: merge_preferences
-- Of two records that are one person the longer pause and the lower number hold.
INSERT INTO consent_preference AS p (customer_id, paused_until, per_week, updated_at)
SELECT %(into)s, paused_until, per_week, updated_at FROM consent_preference WHERE customer_id = %(from)s
ON CONFLICT (customer_id) DO UPDATE SET
    paused_until = greatest(p.paused_until, excluded.paused_until),
    per_week = least(p.per_week, excluded.per_week),
    updated_at = greatest(p.updated_at, excluded.updated_at)

-- name: states_of
-- The latest word of these customers on every channel and topic.
SELECT customer_id, channel, topic, granted, since FROM consent_consentstate WHERE customer_id = ANY(%(customers)s)

-- name: states_on
-- What these customers agreed to on one channel.
SELECT customer_id, topic, granted FROM consent_consentstate
WHERE customer_id = ANY(%(customers)s) AND channel = %(channel)s

-- name: preferences
-- How often these customers want to hear.
SELECT customer_id, paused_until, per_week FROM consent_preference WHERE customer_id = ANY(%(customers)s)

-- name: suppressed
-- Those of these addresses that get nothing on the channel.
SELECT address_hash FROM consent_suppression WHERE channel = %(channel)s AND address_hash = ANY(%(hashes)s)

-- name: follow_refusals
-- Of these customers, by their present addresses, those who get nothing; who has changed.
WITH suppressed AS (
    -- As far as the past is asked: an import knows of bounces from before it.
    SELECT r.customer_id, s.channel, s.reason, LEAST(s.at, s.said_at) AS since
    FROM json_to_recordset(%(rows)s::json) AS r(customer_id bigint, channel text, address_hash text)
    JOIN consent_suppression s USING (channel, address_hash)
),
gone AS (
    DELETE FROM consent_refusal f WHERE f.customer_id = ANY(%(customers)s) AND NOT EXISTS (
        SELECT FROM suppressed s WHERE s.customer_id = f.customer_id AND s.channel = f.channel
    )
    RETURNING f.customer_id
),
kept AS (
    INSERT INTO consent_refusal AS f (customer_id, channel, reason, since)
    SELECT customer_id, channel, reason, since FROM suppressed
    ON CONFLICT (customer_id, channel) DO UPDATE SET reason = excluded.reason, since = excluded.since
    WHERE (f.reason, f.since) IS DISTINCT FROM (excluded.reason, excluded.since)
    RETURNING f.customer_id
)
SELECT customer_id FROM gone UNION SELECT customer_id FROM kept
