-- name: queue
-- Put messages into the outbox; one that is there already (same key) stays as it is.
INSERT INTO delivery_delivery
    (key, decision_id, customer_id, journey_id, run_id, step, channel, topic, category, address, template,
     template_version, context, state, reason, queued_at, due_at, attempts, receiver)
SELECT key, decision_id, customer_id, journey_id, run_id, step, channel, topic, category, address, template,
       template_version, context::jsonb, 'queued', '', %(now)s, due_at, 0, receiver
FROM unnest(
    %(key)s::uuid[], %(decision_id)s::bigint[], %(customer_id)s::bigint[], %(journey_id)s::bigint[],
    %(run_id)s::bigint[], %(step)s::text[], %(channel)s::text[], %(topic)s::text[], %(category)s::text[],
    %(address)s::text[], %(template)s::text[], %(template_version)s::int[], %(context)s::text[],
    %(due_at)s::timestamptz[], %(receiver)s::text[]
) AS intent (key, decision_id, customer_id, journey_id, run_id, step, channel, topic, category, address, template,
             template_version, context, due_at, receiver)
ON CONFLICT (key) DO NOTHING
RETURNING key, id

-- name: claim
-- Take due messages for this worker, service mail or marketing, for each receiver as many as may go now. Rows that
-- another worker is taking are passed over.
WITH allowed AS (SELECT receiver, room FROM unnest(%(receiver)s::text[], %(room)s::int[]) AS one (receiver, room)),
due AS (
    SELECT waiting.id
    FROM allowed CROSS JOIN LATERAL (
        SELECT id, due_at FROM delivery_delivery AS queued
        WHERE queued.state = 'queued' AND (queued.category = 'service') = %(service)s
          AND queued.receiver = allowed.receiver AND queued.due_at <= %(now)s
        ORDER BY queued.due_at
        LIMIT allowed.room
        FOR UPDATE SKIP LOCKED
    ) AS waiting
    ORDER BY waiting.due_at
    LIMIT %(limit)s
)
UPDATE delivery_delivery AS delivery
SET state = 'claimed', claimed_by = %(worker)s, lease_until = %(lease_until)s, attempts = attempts + 1
FROM due
WHERE delivery.id = due.id
RETURNING delivery.id, key, attempts, decision_id, customer_id, journey_id, run_id, step, channel, topic, category,
          address, template, template_version, context, queued_at, receiver

-- name: one_claim_at_a_time
-- Claims of several workers follow each other, so that together they keep to the pace. Gives provider, pause, and
-- whether the brake holds marketing.
SELECT pg_advisory_xact_lock(hashtext('tactful claim')),
       (SELECT provider FROM delivery_sender), COALESCE((SELECT paused FROM delivery_sender), false),
       EXISTS (
           SELECT FROM delivery_brake AS brake
           JOIN delivery_sender AS sender
             ON sender.provider = brake.provider AND lower(split_part(sender.from_address, '@', 2)) = brake.domain
           WHERE brake.resumed_at IS NULL
       )

-- name: settle
-- Write down how attempts ended. The number of the attempt is the fence: a worker that comes late, after its message
-- was claimed again, changes nothing; one whose lease ran out but was not yet followed tells the truth after all.
UPDATE delivery_delivery AS delivery
SET state = ended.state,
    reason = ended.reason,
    due_at = COALESCE(ended.due_at, delivery.due_at),
    sent_at = CASE WHEN ended.state = 'sent' THEN %(now)s ELSE delivery.sent_at END,
    bounced_at = CASE WHEN ended.bounced THEN %(now)s ELSE delivery.bounced_at END,
    provider = COALESCE(NULLIF(ended.provider, ''), delivery.provider),
    message_id = COALESCE(NULLIF(ended.message_id, ''), delivery.message_id),
    subject = COALESCE(NULLIF(ended.subject, ''), delivery.subject),
    claimed_by = NULL,
    lease_until = NULL
FROM unnest(
    %(id)s::bigint[], %(attempt)s::int[], %(state)s::text[], %(reason)s::text[], %(due_at)s::timestamptz[],
    %(bounced)s::bool[], %(provider)s::text[], %(message_id)s::text[], %(subject)s::text[]
) AS ended (id, attempt, state, reason, due_at, bounced, provider, message_id, subject)
WHERE delivery.id = ended.id
  AND delivery.attempts = ended.attempt
  AND delivery.state IN ('claimed', 'in_doubt', 'queued')
RETURNING delivery.id, delivery.state

-- name: sweep
-- Leases that ran out: marketing may have gone and is never sent again, service mail is sent again as the same message.
WITH expired AS (
    SELECT id FROM delivery_delivery
    WHERE state = 'claimed' AND lease_until < %(now)s
    FOR UPDATE SKIP LOCKED
)
UPDATE delivery_delivery AS delivery
SET state = CASE WHEN category = 'service' THEN 'queued' ELSE 'in_doubt' END,
    reason = 'the sender stopped in the middle',
    due_at = CASE WHEN category = 'service' THEN %(now)s ELSE due_at END,
    claimed_by = NULL,
    lease_until = NULL
FROM expired
WHERE delivery.id = expired.id
RETURNING delivery.state

-- name: project
-- The first moment of each kind of feedback, onto the deliveries it is about.
UPDATE delivery_delivery AS delivery
SET delivered_at = LEAST(delivery.delivered_at, heard.delivered_at),
    opened_at = LEAST(delivery.opened_at, heard.opened_at),
    clicked_at = LEAST(delivery.clicked_at, heard.clicked_at),
    bounced_at = LEAST(delivery.bounced_at, heard.bounced_at),
    complained_at = LEAST(delivery.complained_at, heard.complained_at),
    unsubscribed_at = LEAST(delivery.unsubscribed_at, heard.unsubscribed_at)
FROM (
    SELECT key,
           MIN(at) FILTER (WHERE kind = 'delivered_at') AS delivered_at,
           MIN(at) FILTER (WHERE kind = 'opened_at') AS opened_at,
           MIN(at) FILTER (WHERE kind = 'clicked_at') AS clicked_at,
           MIN(at) FILTER (WHERE kind = 'bounced_at') AS bounced_at,
           MIN(at) FILTER (WHERE kind = 'complained_at') AS complained_at,
           MIN(at) FILTER (WHERE kind = 'unsubscribed_at') AS unsubscribed_at
    FROM unnest(%(key)s::uuid[], %(kind)s::text[], %(at)s::timestamptz[]) AS event (key, kind, at)
    GROUP BY key
) AS heard
WHERE delivery.key = heard.key

-- name: find_or_make_links
-- The ids of link targets, made where they are new.
WITH wanted AS (SELECT DISTINCT url FROM unnest(%(url)s::text[]) AS target (url)),
made AS (
    INSERT INTO delivery_link (url) SELECT url FROM wanted ORDER BY url
    ON CONFLICT (url) DO NOTHING
    RETURNING url, id
)
SELECT url, id FROM made
UNION ALL
SELECT link.url, link.id FROM delivery_link AS link JOIN wanted USING (url)

-- name: move_customers
-- Deliveries of merged records belong to the record that stays.
UPDATE delivery_delivery AS delivery
SET customer_id = merged.into_id
FROM unnest(%(from)s::bigint[], %(into)s::bigint[]) AS merged (from_id, into_id)
WHERE delivery.customer_id = merged.from_id
RETURNING merged.from_id, delivery.id

-- name: give_back
-- Deliveries go back to the customer they had before a merge that is undone.
UPDATE delivery_delivery SET customer_id = %(from_id)s WHERE id = ANY(%(ids)s) AND customer_id = %(into_id)s

-- name: hold
-- Back into the outbox until later, as if it had not been claimed.
UPDATE delivery_delivery AS delivery
SET state = 'queued', reason = %(reason)s, due_at = held.due_at, attempts = attempts - 1,
    claimed_by = NULL, lease_until = NULL
FROM unnest(%(id)s::bigint[], %(due_at)s::timestamptz[]) AS held (id, due_at)
WHERE delivery.id = held.id AND delivery.state = 'claimed' AND delivery.claimed_by = %(worker)s

-- name: wake
-- Messages held at the claim for something that is over: due now.
UPDATE delivery_delivery SET due_at = %(now)s
WHERE customer_id = ANY(%(customers)s) AND state = 'queued' AND reason = ANY(%(reasons)s) AND due_at > %(now)s

-- name: forget_visits
-- With which programs erased customers read their messages.
DELETE FROM delivery_visit
WHERE delivery_id IN (SELECT id FROM delivery_delivery WHERE customer_id = ANY(%(customers)s))

-- name: forget
-- To whom and about what the messages of erased customers went; what waits is dropped.
UPDATE delivery_delivery
SET address = '', receiver = '', subject = NULL, context = '{}', message_id = NULL,
    state = CASE WHEN state = 'queued' THEN 'dropped' ELSE state END,
    reason = CASE WHEN state = 'queued' THEN 'erased' ELSE '' END
WHERE customer_id = ANY(%(customers)s)
RETURNING key, queued_at
