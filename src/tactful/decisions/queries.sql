-- name: caps
-- All caps, the shortest window first.
SELECT count, days, channel, category, topic, period FROM decisions_cap ORDER BY channel, days, category, topic, period

-- name: quiet_hours
-- The one row of quiet hours.
SELECT start, "end" FROM decisions_quiethourssetting WHERE id = 1

-- name: guards
-- The one row of guards.
SELECT values FROM decisions_guardssetting WHERE id = 1

-- name: lifts
-- What journeys were last proven to add per customer.
SELECT journey_id, each_minor, base_minor FROM decisions_journeylift

-- name: audits
-- The latest audits.
SELECT at, since, until, checked, found, breaches FROM decisions_audit ORDER BY id DESC LIMIT %(limit)s

-- name: breaches_since
-- Audits of these days that found something: the messages, each once.
SELECT count(DISTINCT breach ->> 'delivery')
FROM decisions_audit, jsonb_array_elements(breaches) AS breach
WHERE at >= %(since)s

-- name: pressure
-- The touches of these customers since a moment.
SELECT customer_id, at, channel, category, topic
FROM decisions_touch
WHERE customer_id = ANY(%(customers)s) AND at > %(since)s
ORDER BY customer_id, at, id

-- name: stopped
-- What became of each marketing message to a customer, where it did not go.
SELECT reason, count(*), max(at), max(hold_until) FILTER (WHERE verdict = 'hold')
FROM (
    SELECT DISTINCT ON (message_key) message_key, verdict, reason, at, hold_until
    FROM decisions_decision
    WHERE customer_id = %(customer)s AND at > %(since)s AND category <> 'service'
    ORDER BY message_key, id DESC
) AS latest
WHERE verdict <> 'send'
GROUP BY reason
ORDER BY count(*) DESC, max(at) DESC

-- name: passes
-- What the filters of the screen ask of a decision: no statement, but what page, reason_counts and customers share.
(%(verdict)s::text IS NULL OR verdict = %(verdict)s)
  AND (%(reason)s::text IS NULL OR reason = %(reason)s)
  AND (%(journey)s::bigint IS NULL OR journey_id = %(journey)s)
  AND (%(channel)s::text IS NULL OR channel = %(channel)s)
  AND (%(customer)s::bigint IS NULL OR customer_id = %(customer)s)
  AND (%(since)s::timestamptz IS NULL OR at >= %(since)s)
  AND (%(until)s::timestamptz IS NULL OR at < %(until)s)

-- name: page
-- Decisions by every filter of the screen, the latest first.
SELECT id, customer_id, journey_id, run_id, step, channel, topic, category, priority, verdict, reason, reasons, at,
       hold_until, message_key
FROM decisions_decision
WHERE {passes}
  AND (%(before)s::bigint IS NULL OR id < %(before)s)
ORDER BY id DESC
LIMIT %(limit)s

-- name: one
-- One decision.
SELECT id, customer_id, journey_id, run_id, step, channel, topic, category, priority, verdict, reason, reasons, at,
       hold_until, message_key
FROM decisions_decision
WHERE id = %(id)s

-- name: of_message
-- All decisions on one message: held ones are decided again.
SELECT id, customer_id, journey_id, run_id, step, channel, topic, category, priority, verdict, reason, reasons, at,
       hold_until, message_key
FROM decisions_decision
WHERE message_key = %(key)s
ORDER BY id

-- name: reason_counts
-- Decisions and people by local day, verdict and reason, by every filter of the screen.
SELECT (at AT TIME ZONE %(zone)s)::date, verdict, reason, count(*), count(DISTINCT customer_id)
FROM decisions_decision
WHERE {passes}
GROUP BY 1, 2, 3
ORDER BY 1, 2, 3

-- name: customers
-- How many customers are behind the decisions that pass the filters.
SELECT count(DISTINCT customer_id)
FROM decisions_decision
WHERE {passes}

-- name: people
-- Everybody who had a reason to hear from us, each once: sent wins over the latest thing that stopped it.
SELECT verdict, reason, count(*)
FROM (
    SELECT DISTINCT ON (customer_id) customer_id, verdict, reason
    FROM decisions_decision
    WHERE at >= %(since)s AND at < %(until)s AND (%(journey)s::bigint IS NULL OR journey_id = %(journey)s)
    ORDER BY customer_id, verdict = 'send' DESC, id DESC
) AS person
GROUP BY verdict, reason
ORDER BY count(*) DESC, verdict, reason

-- name: settling
-- Of each customer the one decision by which `people` counts him. What narrows the list comes after that choice.
SELECT id, customer_id, journey_id, run_id, step, channel, topic, category, priority, verdict, reason, reasons, at,
       hold_until, message_key
FROM decisions_decision
WHERE id IN (
    SELECT person.id
    FROM (
        SELECT DISTINCT ON (customer_id) customer_id, id, verdict, reason
        FROM decisions_decision
        WHERE at >= %(since)s AND at < %(until)s AND (%(journey)s::bigint IS NULL OR journey_id = %(journey)s)
        ORDER BY customer_id, verdict = 'send' DESC, id DESC
    ) AS person
    WHERE person.verdict = ANY(%(verdicts)s)
      AND (%(reason)s::text IS NULL OR person.reason = %(reason)s)
      AND (%(before)s::bigint IS NULL OR person.id < %(before)s)
    ORDER BY person.id DESC
    LIMIT %(limit)s
)
ORDER BY id DESC

-- name: pressure_histogram
-- How many customers had how many touches.
SELECT touches, count(*)
FROM (
    SELECT customer_id, count(*) AS touches
    FROM decisions_touch
    WHERE at >= %(since)s AND at < %(until)s AND category <> 'service'
    GROUP BY customer_id
) AS person
GROUP BY touches
ORDER BY touches
