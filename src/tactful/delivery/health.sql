-- name: counts
-- Per stream: what was sent or bounced in a window, and what of it went wrong. A stream's own start, where somebody let
-- it go on by hand, lies in `resumed`.
WITH resumed AS (
    SELECT provider, domain, max(resumed_at) AS at FROM delivery_brake GROUP BY provider, domain
),
mails AS (
    SELECT provider, {domain} AS domain,
           COALESCE(sent_at, bounced_at) AS left_at, bounced_at, complained_at
    FROM delivery_delivery
    WHERE (sent_at >= %(since)s OR (sent_at IS NULL AND bounced_at >= %(since)s))
      AND message_id <> '' AND provider <> ''
)
SELECT provider, domain, count(*), count(bounced_at), count(complained_at)
FROM mails LEFT JOIN resumed USING (provider, domain)
WHERE left_at >= GREATEST(%(since)s, resumed.at)
GROUP BY provider, domain

-- name: streams
-- Those by which anything left, or bounced, whatever has been let go meanwhile.
SELECT DISTINCT provider, {domain} FROM delivery_delivery
WHERE (sent_at >= %(since)s OR (sent_at IS NULL AND bounced_at >= %(since)s)) AND message_id <> '' AND provider <> ''

-- name: refusals
-- Per stream: messages tried lately, and those of them that were refused because of us.
WITH resumed AS (
    SELECT provider, domain, max(resumed_at) AS at FROM delivery_brake GROUP BY provider, domain
),
refused AS (
    SELECT delivery_key, max(at) AS at FROM delivery_fault
    WHERE kind = 'policy' AND at >= %(since)s
    GROUP BY delivery_key
),
tried AS (
    SELECT key FROM delivery_delivery WHERE sent_at >= %(since)s
    UNION SELECT key FROM delivery_delivery WHERE bounced_at >= %(since)s
    UNION SELECT delivery_key FROM refused
),
mails AS (
    SELECT provider, {domain} AS domain, refused.at AS refused_at,
           COALESCE(refused.at, sent_at, bounced_at) AS at
    FROM tried JOIN delivery_delivery USING (key) LEFT JOIN refused ON refused.delivery_key = key
    WHERE message_id <> '' AND provider <> ''
)
SELECT provider, domain, count(*), count(refused_at)
FROM mails LEFT JOIN resumed USING (provider, domain)
WHERE mails.at >= GREATEST(%(since)s, resumed.at)
GROUP BY provider, domain

-- name: pause
-- Put the brake on, where it is not on.
INSERT INTO delivery_brake
    (provider, domain, measure, reason, advice, count, "of", paused_at, resumed_by, note)
VALUES (%(provider)s, %(domain)s, %(measure)s, %(reason)s, %(advice)s, %(count)s, %(of)s, %(now)s, '', '')
ON CONFLICT (provider, domain) WHERE resumed_at IS NULL DO NOTHING
RETURNING id

-- name: days
-- Per local day and stream: mails, bounces, complaints.
SELECT (COALESCE(sent_at, bounced_at) AT TIME ZONE %(zone)s)::date AS day, count(*), count(bounced_at),
       count(complained_at)
FROM delivery_delivery
WHERE (sent_at >= %(since)s OR (sent_at IS NULL AND bounced_at >= %(since)s))
  AND provider = %(provider)s AND {domain} = %(domain)s
GROUP BY day ORDER BY day

-- name: receivers
-- Per domain of the recipients: mails, bounces, complaints, those with most mails first.
SELECT lower(split_part(address, '@', 2)) AS at_domain, count(*), count(bounced_at), count(complained_at),
       count(opened_at)
FROM delivery_delivery
WHERE (sent_at >= %(since)s OR (sent_at IS NULL AND bounced_at >= %(since)s))
  AND provider = %(provider)s AND {domain} = %(domain)s
GROUP BY at_domain ORDER BY count(*) DESC, at_domain LIMIT %(limit)s

-- name: behind
-- The messages that bounced, were complained of or refused because of us, the latest first.
SELECT delivery.id, customer_id, address, subject, COALESCE(sent_at, bounced_at) AS left_at,
       COALESCE(NULLIF(delivery.reason, ''), fault.reason, '')
FROM delivery_delivery AS delivery
LEFT JOIN LATERAL (
    SELECT reason FROM delivery_fault WHERE delivery_key = delivery.key AND kind = 'policy' ORDER BY at DESC LIMIT 1
) AS fault ON %(what)s = 'refusal'
WHERE (sent_at >= %(since)s OR (sent_at IS NULL AND COALESCE(bounced_at, queued_at) >= %(since)s))
  AND provider = %(provider)s AND {domain} = %(domain)s
  AND CASE %(what)s WHEN 'bounce' THEN bounced_at IS NOT NULL WHEN 'complaint' THEN complained_at IS NOT NULL
      ELSE fault.reason IS NOT NULL END
  AND delivery.id < %(before)s
ORDER BY delivery.id DESC LIMIT %(limit)s

-- name: keep_faults
-- What receivers turned away for now, or because of us. The same event again changes nothing.
INSERT INTO delivery_fault (event_key, delivery_key, kind, reason, at)
SELECT * FROM unnest(
    %(event_key)s::uuid[], %(delivery_key)s::uuid[], %(kind)s::text[], %(reason)s::text[], %(at)s::timestamptz[]
)
ON CONFLICT (event_key) DO NOTHING

-- name: worn_out
-- Of these messages' addresses those that have refused for now so often and so long, with nothing taken in between.
WITH concerned AS (
    SELECT DISTINCT address FROM delivery_delivery WHERE key = ANY(%(keys)s)
),
faults AS (
    SELECT delivery.address, delivery.key, max(fault.at) AS at
    FROM concerned JOIN delivery_delivery AS delivery USING (address)
    JOIN delivery_fault AS fault ON fault.delivery_key = delivery.key AND fault.kind = 'soft'
    GROUP BY delivery.address, delivery.key
),
taken AS (
    SELECT delivery.address, max(COALESCE(delivered_at, opened_at, clicked_at, sent_at)) AS at
    FROM concerned JOIN delivery_delivery AS delivery USING (address)
    WHERE delivery.state = 'sent' AND delivery.bounced_at IS NULL
      AND NOT EXISTS (SELECT FROM faults WHERE faults.key = delivery.key)
    GROUP BY delivery.address
)
SELECT faults.address, (array_agg(faults.key ORDER BY faults.at DESC))[1], count(*)
FROM faults LEFT JOIN taken USING (address)
WHERE taken.at IS NULL OR faults.at > taken.at
GROUP BY faults.address
HAVING count(*) >= %(times)s AND max(faults.at) - min(faults.at) >= %(span)s::interval
