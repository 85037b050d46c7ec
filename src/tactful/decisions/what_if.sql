-- name: recorded
-- Marketing messages of a period that were sent, or stopped by the caps alone; of one held again and again, the first time.
SELECT id, customer_id, journey_id, channel, category, priority, at, verdict = 'send', topic, COALESCE(zone, 'UTC'),
       COALESCE(expected, 0)
FROM (
    SELECT DISTINCT ON (message_key, verdict = 'send')
           id, customer_id, journey_id, channel, category, priority, at, verdict, topic,
           jsonb_path_query_first(reasons, '$[*] ? (@.rule == "quiet_hours").saw.zone') #>> '{}' AS zone,
           (jsonb_path_query_first(reasons, '$[*] ? (@.rule == "arbitration").saw.expected_minor') #>> '{}')::bigint AS expected
    FROM decisions_decision
    WHERE at >= %(since)s AND at < %(until)s AND category <> 'service'
      AND (verdict = 'send' OR reason = 'frequency_cap')
      AND NOT EXISTS (
          SELECT FROM jsonb_array_elements(reasons) AS seen
          WHERE seen ->> 'rule' <> 'frequency_cap' AND seen ->> 'verdict' <> 'pass'
      )
    ORDER BY message_key, verdict = 'send', id
) AS message
ORDER BY id DESC
LIMIT %(limit)s

-- name: touches
-- Every touch of these customers that a cap of the period may have counted.
SELECT customer_id, at, channel, category, topic
FROM decisions_touch
WHERE customer_id = ANY(%(customers)s) AND at > %(since)s AND at < %(until)s
ORDER BY customer_id, at, id

-- name: page
-- Some decisions by their ids, the latest first.
SELECT id, customer_id, journey_id, run_id, step, channel, topic, category, priority, verdict, reason, reasons, at,
       hold_until, message_key
FROM decisions_decision
WHERE id = ANY(%(ids)s)
ORDER BY id DESC
