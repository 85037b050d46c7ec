-- name: messages
-- A part of the marketing that left, or may have left, with what the judging needs.
CREATE TEMPORARY TABLE audited ON COMMIT DROP AS
SELECT message.id, message.key, message.customer_id, message.channel, message.topic, message.category, message.address,
       message.sent_at, message.run_id, message.step, message.decision_id, decision.at AS decided_at, decision.verdict,
       decision.message_key AS decided_key, decision.rules_id, rules.rules,
       touch.id AS touch_id, touch.at AS touched_at, touch.settled_for,
       jsonb_path_query_first(decision.reasons, '$[*] ? (@.rule == "consent" && @.verdict == "pass").saw') AS agreed,
       jsonb_path_query_first(decision.reasons, '$[*] ? (@.rule == "quiet_hours").saw.zone') #>> '{}' AS zone,
       (jsonb_path_query_first(decision.reasons, '$[*] ? (@.rule == "own_choice").saw.per_week') #>> '{}')::int AS per_week
FROM delivery_delivery AS message
LEFT JOIN decisions_decision AS decision ON decision.id = message.decision_id
LEFT JOIN decisions_rulesinforce AS rules ON rules.id = decision.rules_id
LEFT JOIN decisions_touch AS touch ON touch.message_key = message.key
WHERE message.state IN ('sent', 'in_doubt') AND message.category <> 'service'
  AND message.id > %(after)s AND message.queued_at < %(until)s
  -- Of those who were erased afterwards nothing is left to judge by.
  AND COALESCE((SELECT erased_at FROM customers_customer AS person WHERE person.id = message.customer_id), '-infinity')
      < COALESCE(message.sent_at, message.queued_at)
ORDER BY message.id
LIMIT %(limit)s

-- name: part
-- How many there are, and the last of them.
SELECT count(*), max(id) FROM audited

-- name: addresses
-- To whom they went.
SELECT id, customer_id, channel, address, sent_at FROM audited WHERE sent_at IS NOT NULL AND address <> ''

-- name: people
-- For whom each was decided: another customer than now, where a merge came later.
SELECT id, customer_id, COALESCE(settled_for, customer_id), decided_at FROM audited WHERE decided_at IS NOT NULL

-- name: judge
-- Every rule again, from the tables alone. Each row is a breach: message, customer, rule, what was seen.
WITH RECURSIVE joined (new, old, at) AS (
    SELECT merge.into_customer_id, merge.from_customer_id, merge.at
    FROM customers_merge AS merge
    WHERE merge.undone_at IS NULL AND merge.into_customer_id IN (SELECT settled_for FROM audited)
    UNION
    SELECT joined.new, merge.from_customer_id, GREATEST(joined.at, merge.at)
    FROM joined JOIN customers_merge AS merge ON merge.into_customer_id = joined.old AND merge.undone_at IS NULL
),
zoned AS (
    SELECT message.*, COALESCE(customer.zone, message.zone) AS zone_now, customer.is_test, customer.erased_at
    FROM audited AS message LEFT JOIN customers_customer AS customer ON customer.id = message.customer_id
),
own AS (
    SELECT message.* FROM audited AS message
    WHERE message.decided_at IS NOT NULL AND NOT EXISTS (
        SELECT FROM customers_merge AS merge
        WHERE message.customer_id IN (merge.into_customer_id, merge.from_customer_id)
          AND GREATEST(merge.at, merge.undone_at) >= message.decided_at)
),
-- What somebody wished in the very instant of a decision may have been heard before it or after.
wished AS (
    SELECT own.* FROM own WHERE NOT EXISTS (
        SELECT FROM events_event AS event
        WHERE event.customer_id = own.customer_id AND event.name = 'Preferences Changed'
          AND event.received_at = own.decided_at)
),
wishes AS (
    SELECT own.*, chosen.per_week AS wished
    FROM wished AS own CROSS JOIN LATERAL (
        SELECT (event.properties ->> 'per_week')::int AS per_week
        FROM events_event AS event
        WHERE event.customer_id = own.customer_id AND event.name = 'Preferences Changed'
          AND NOT event.historical AND event.properties ? 'per_week' AND event.received_at < own.decided_at
          AND COALESCE(event.properties ->> 'per_week', '0') ~ '^[0-9]{1,3}$'
        ORDER BY event.occurred_at DESC, event.id DESC
        LIMIT 1
    ) AS chosen
),
caps AS (
    SELECT message.id, message.customer_id, message.touch_id, message.touched_at, message.settled_for, cap.*,
           CASE WHEN cap.period = '' THEN message.touched_at - make_interval(days => cap.days)
                ELSE date_trunc(cap.period, message.touched_at AT TIME ZONE message.zone) AT TIME ZONE message.zone
                     - interval '1 microsecond'
           END AS begins
    FROM audited AS message,
         jsonb_to_recordset(message.rules -> 'caps')
             AS cap (count int, days int, channel text, category text, topic text, period text)
    WHERE cap.channel IN ('', message.channel) AND cap.category IN ('', message.category)
      AND cap.topic IN ('', message.topic)
    UNION
    SELECT id, customer_id, touch_id, touched_at, settled_for, per_week, 7, '', '', '', 'own',
           touched_at - interval '7 days'
    FROM audited WHERE per_week IS NOT NULL
    UNION
    SELECT id, customer_id, touch_id, touched_at, settled_for, wished, 7, '', '', '', 'own',
           touched_at - interval '7 days'
    FROM wishes WHERE wished IS NOT NULL
),
counted AS (
    SELECT caps.*, (
        SELECT count(*) FROM decisions_touch AS other
        WHERE other.customer_id = caps.customer_id AND other.id <> caps.touch_id AND other.category <> 'service'
          AND other.at > caps.begins AND (other.at, other.id) < (caps.touched_at, caps.touch_id)
          AND COALESCE(other.known_at, other.at) <= caps.touched_at
          AND (other.known_at IS NULL OR caps.period <> 'own')
          AND caps.channel IN ('', other.channel) AND caps.category IN ('', other.category)
          AND caps.topic IN ('', other.topic)
          AND (other.settled_for IS NOT DISTINCT FROM caps.settled_for OR EXISTS (
              SELECT FROM joined
              WHERE joined.old = other.settled_for AND joined.new = caps.settled_for AND joined.at <= caps.touched_at))
    ) AS touches
    FROM caps
),
matters AS (
    SELECT customer_id, 'ticket' AS kind, opened_at, closed_at, ARRAY['Ticket Opened', 'Ticket Reopened'] AS opening,
           'Ticket Closed' AS closing
    FROM sales_ticket
    UNION ALL
    SELECT customer_id, 'proposal', opened_at, closed_at, ARRAY['Proposal Sent'], 'Proposal Answered' FROM sales_proposal
),
runs AS (
    SELECT own.*, run.started_at, run.key AS about, (run.state ->> 'event_id')::bigint AS began, version.definition
    FROM own
    JOIN journeys_run AS run ON run.id = own.run_id
    JOIN journeys_journeyversion AS version ON version.journey_id = run.journey_id AND version.number = run.version
),
exits AS (
    SELECT runs.*, exit.event AS ends, COALESCE(exit.same_key, false) AS same_key
    FROM runs, jsonb_to_recordset(COALESCE(definition -> 'exit', '[]')) AS exit (event text, "where" jsonb, same_key boolean)
    WHERE exit.event IS NOT NULL AND exit."where" IS NULL
),
ended AS (
    SELECT DISTINCT ON (exits.id) exits.id, exits.customer_id, event.name, event.occurred_at, event.received_at
    FROM exits
    JOIN events_event AS event
      ON event.customer_id = exits.customer_id AND event.name = exits.ends AND event.occurred_at > exits.started_at
     AND event.id IS DISTINCT FROM exits.began AND event.received_at < exits.sent_at - interval '10 minutes'
    WHERE NOT same_key OR about IN (
        event.properties ->> 'order_id', event.properties ->> 'cart_id', event.properties ->> 'deal_id',
        event.properties ->> 'proposal_id')
    ORDER BY exits.id, event.occurred_at
),
worth AS (
    SELECT runs.id, runs.customer_id, runs.sent_at,
           max(seen.came_at) + interval '1 hour' * COALESCE(
               (definition #>> ARRAY['steps', runs.step, 'expires_hours'])::float, 72) AS worth_until
    FROM runs JOIN journeys_runstep AS seen ON seen.run_id = runs.run_id AND seen.step = runs.step
    GROUP BY runs.id, runs.customer_id, runs.sent_at, runs.definition, runs.step
),
words AS (
    SELECT message.id, message.topic, said.granted, said.at, COALESCE(event.received_at, said.at) AS heard_at
    FROM audited AS message
    JOIN consent_consentrecord AS said
      ON said.customer_id = message.customer_id AND said.channel = message.channel
     AND said.topic IN (message.topic, '*')
    LEFT JOIN events_event AS event ON event.message_key = said.message_key
)
SELECT id, customer_id, 'decision', jsonb_build_object('decision', decision_id, 'verdict', verdict)
FROM audited WHERE verdict IS DISTINCT FROM 'send' OR decided_key IS DISTINCT FROM key
UNION ALL
SELECT id, customer_id, 'slot', jsonb_build_object('key', key) FROM audited WHERE touch_id IS NULL
UNION ALL
SELECT id, customer_id, 'consent_snapshot', jsonb_build_object('decision', decision_id)
FROM audited WHERE verdict = 'send' AND agreed -> 'topics' IS NULL
UNION ALL
SELECT id, customer_id, 'rules', jsonb_build_object('decision', decision_id)
FROM audited WHERE verdict = 'send' AND rules IS NULL
UNION ALL
SELECT id, customer_id, 'consent', jsonb_build_object('yes', yes, 'no', no, 'decided_at', decided_at)
FROM (
    SELECT message.id, message.customer_id, message.decided_at,
           (SELECT max(at) FROM words WHERE words.id = message.id AND granted AND heard_at <= message.decided_at) AS yes,
           (SELECT max(at) FROM words WHERE words.id = message.id AND NOT granted
             AND heard_at <= GREATEST(message.decided_at, message.sent_at - interval '10 minutes')
             AND at <= GREATEST(message.decided_at, message.sent_at - interval '10 minutes')) AS no
    FROM audited AS message WHERE decided_at IS NOT NULL
) AS asked
WHERE yes IS NULL OR no >= yes
UNION ALL
SELECT id, customer_id, 'erased', jsonb_build_object('erased_at', erased_at, 'sent_at', sent_at)
FROM zoned WHERE erased_at < sent_at - interval '10 minutes'
UNION ALL
SELECT id, customer_id, 'quiet_hours',
       jsonb_build_object('zone', zone, 'decided_at', decided_at, 'sent_at', sent_at, 'quiet', rules -> 'quiet')
FROM (
    SELECT *, (rules -> 'quiet' ->> 'start')::time AS quiet_from, (rules -> 'quiet' ->> 'end')::time AS quiet_to
    FROM zoned WHERE zone IS NOT NULL
) AS timed
WHERE quiet_from <> quiet_to
  AND (
      pg_temp.is_quiet((decided_at AT TIME ZONE zone)::time, quiet_from, quiet_to)
      OR (pg_temp.is_quiet(((sent_at - interval '10 minutes') AT TIME ZONE zone)::time, quiet_from, quiet_to)
          AND pg_temp.is_quiet((sent_at AT TIME ZONE zone)::time, quiet_from, quiet_to)
          AND pg_temp.is_quiet((sent_at AT TIME ZONE zone_now)::time, quiet_from, quiet_to))
  )
UNION ALL
SELECT id, customer_id, CASE period WHEN 'own' THEN 'own_choice' ELSE 'frequency_cap' END,
       jsonb_build_object('at_most', count, 'days', days, 'channel', channel, 'category', category, 'topic', topic,
                          'touches_before', touches)
FROM counted WHERE touches >= count
UNION ALL
SELECT own.id, own.customer_id, 'test_person', jsonb_build_object('decided_at', own.decided_at)
FROM own JOIN customers_customer AS customer ON customer.id = own.customer_id
WHERE customer.is_test AND NOT EXISTS (
    SELECT FROM events_event AS event
    WHERE event.customer_id = own.customer_id AND event.kind = 'identify' AND event.received_at >= own.decided_at)
UNION ALL
SELECT own.id, own.customer_id, 'own_choice',
       jsonb_build_object('paused_until', chosen.until, 'chosen_at', chosen.at, 'decided_at', own.decided_at)
FROM wished AS own CROSS JOIN LATERAL (
    SELECT event.occurred_at AS at, NULLIF(event.properties ->> 'paused_until', '')::timestamptz AS until
    FROM events_event AS event
    WHERE event.customer_id = own.customer_id AND event.name = 'Preferences Changed'
      AND NOT event.historical AND event.properties ? 'paused_until' AND event.received_at < own.decided_at
      AND pg_input_is_valid(COALESCE(NULLIF(event.properties ->> 'paused_until', ''), 'infinity'), 'timestamptz')
    ORDER BY event.occurred_at DESC, event.id DESC
    LIMIT 1
) AS chosen
WHERE chosen.until > own.decided_at
UNION ALL
SELECT own.id, own.customer_id, 'sales_sync',
       jsonb_build_object('matter', matter.kind, 'opened_at', matter.opened_at, 'decided_at', own.decided_at)
FROM own JOIN matters AS matter ON matter.customer_id = own.customer_id
WHERE matter.opened_at < own.decided_at AND (matter.closed_at IS NULL OR matter.closed_at > own.decided_at)
  AND matter.opened_at + make_interval(days => (own.rules #>> ARRAY['guards', matter.kind || '_days'])::int)
      > own.decided_at
  AND EXISTS (
      SELECT FROM events_event AS event
      WHERE event.customer_id = own.customer_id AND event.name = ANY(matter.opening)
        AND event.occurred_at = matter.opened_at AND event.received_at < own.decided_at)
  AND NOT EXISTS (
      SELECT FROM events_event AS event
      WHERE event.customer_id = own.customer_id AND event.name = matter.closing
        AND event.occurred_at >= matter.opened_at AND event.received_at <= own.decided_at)
  AND NOT EXISTS (
      SELECT FROM journeys_run AS run JOIN events_event AS began ON began.id = (run.state ->> 'event_id')::bigint
      WHERE run.id = own.run_id AND (began.name = ANY(matter.opening) OR began.name = matter.closing))
UNION ALL
SELECT id, customer_id, 'status', jsonb_build_object('heard', name, 'occurred_at', occurred_at, 'received_at', received_at)
FROM ended
UNION ALL
SELECT message.id, message.customer_id, 'status',
       jsonb_build_object('topic', message.topic, 'retired_at', topic.retired_at, 'decided_at', message.decided_at)
FROM audited AS message JOIN consent_topic AS topic ON topic.slug = message.topic
WHERE topic.retired_at < GREATEST(message.decided_at, message.sent_at - interval '10 minutes')
UNION ALL
SELECT id, customer_id, 'status', jsonb_build_object('worth_sending_until', worth_until, 'sent_at', sent_at)
FROM worth WHERE worth_until < sent_at - interval '10 minutes'
UNION ALL
SELECT message.id, message.customer_id, 'twice', jsonb_build_object('decision', message.decision_id, 'other', other.id)
FROM audited AS message
JOIN delivery_delivery AS other
  ON other.customer_id = message.customer_id AND other.decision_id = message.decision_id AND other.id < message.id
 AND other.state IN ('sent', 'in_doubt')
ORDER BY 1, 3

-- name: is_quiet
-- Quiet hours that may span midnight. Of this session alone.
CREATE OR REPLACE FUNCTION pg_temp.is_quiet(local time, quiet_from time, quiet_to time) RETURNS boolean
LANGUAGE sql IMMUTABLE AS
'SELECT CASE WHEN quiet_from < quiet_to THEN local >= quiet_from AND local < quiet_to
             ELSE local >= quiet_from OR local < quiet_to END'
