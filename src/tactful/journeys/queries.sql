-- name: versions
-- Every version of every journey with a digest of its definition: small enough to be asked for in each batch.
SELECT journey.id, version.number, journey.status, journey.version = version.number,
       md5(version.definition::text)
FROM journeys_journey AS journey
JOIN journeys_journeyversion AS version ON version.journey_id = journey.id
ORDER BY journey.id, version.number

-- name: definitions
-- The definitions with these digests.
SELECT DISTINCT md5(definition::text), definition::text
FROM journeys_journeyversion
WHERE md5(definition::text) = ANY(%(digests)s)

-- name: one_version
-- One version of a journey.
SELECT version.definition::text
FROM journeys_journeyversion AS version
JOIN journeys_journey AS journey ON journey.id = version.journey_id
WHERE journey.slug = %(slug)s AND version.number = %(number)s

-- name: past_runs
-- The last end of these customers' earlier runs, for the re-entry rules.
SELECT run.journey_id, run.customer_id, run.key, max(run.ended_at)
FROM journeys_run AS run
JOIN unnest(%(journeys)s::bigint[], %(customers)s::bigint[]) AS wanted (journey_id, customer_id)
    ON wanted.journey_id = run.journey_id AND wanted.customer_id = run.customer_id
WHERE run.ended_at IS NOT NULL
GROUP BY run.journey_id, run.customer_id, run.key

-- name: summaries
-- Every journey with the counts of its runs.
SELECT journey.id, journey.slug, journey.name, journey.status, journey.version, journey.created_at,
       journey.updated_at, journey.planned_until, journey.met, version.definition::text,
       coalesce(runs.entered, 0), coalesce(runs.active, 0), coalesce(runs.goal, 0), coalesce(runs.ended, 0),
       coalesce(runs.in_holdout, 0), coalesce(runs.left_early, 0), coalesce(runs.goal_in_holdout, 0)
FROM journeys_journey AS journey
JOIN journeys_journeyversion AS version ON version.journey_id = journey.id AND version.number = journey.version
LEFT JOIN (
    SELECT journey_id,
           count(*) FILTER (WHERE NOT in_holdout) AS entered,
           count(*) FILTER (WHERE NOT in_holdout AND ended_at IS NULL) AS active,
           count(*) FILTER (WHERE NOT in_holdout AND goal_at IS NOT NULL) AS goal,
           count(*) FILTER (WHERE NOT in_holdout AND ended_at IS NOT NULL) AS ended,
           count(*) FILTER (WHERE in_holdout) AS in_holdout,
           count(*) FILTER (WHERE NOT in_holdout AND outcome LIKE 'exited:%%') AS left_early,
           count(*) FILTER (WHERE in_holdout AND goal_at IS NOT NULL) AS goal_in_holdout
    FROM journeys_run
    GROUP BY journey_id
) AS runs ON runs.journey_id = journey.id
WHERE %(slug)s::text IS NULL OR journey.slug = %(slug)s
ORDER BY journey.name, journey.id

-- name: last_entries
-- When somebody last entered each journey.
SELECT journey_id, max(started_at) FROM journeys_run GROUP BY journey_id

-- name: step_counts
-- How many runs came to each step, and by which edge they left it; a null edge is who stands there.
SELECT step, edge, count(*)
FROM journeys_runstep
WHERE journey_id = %(journey)s
GROUP BY step, edge

-- name: outcomes
-- How the runs of a journey ended, without those left alone for comparison, as in all its counts.
SELECT outcome, count(*)
FROM journeys_run
WHERE journey_id = %(journey)s AND outcome IS NOT NULL AND NOT in_holdout
GROUP BY outcome
ORDER BY count(*) DESC, outcome

-- name: runs_of_customer
-- A customer's runs, the latest first.
SELECT run.id, run.journey_id, journey.slug, journey.name, run.version, run.key, run.step,
       run.state ->> 'phase', run.started_at, run.due_at, run.waits_for, run.ended_at, run.outcome, run.goal_at,
       run.in_holdout
FROM journeys_run AS run
JOIN journeys_journey AS journey ON journey.id = run.journey_id
WHERE run.customer_id = %(customer)s
ORDER BY run.started_at DESC, run.id DESC
LIMIT %(limit)s

-- name: entered_by
-- The definition by which a run entered, whatever it was moved to since.
SELECT version.definition::text
FROM journeys_run AS run
JOIN journeys_journeyversion AS version
  ON version.journey_id = run.journey_id AND version.number = coalesce(run.began_on, run.version)
WHERE run.id = %(run)s

-- name: customers_at
-- Who stands at a step, left it by an edge, or (`*`) came to it at all; the latest first.
SELECT seen.id, run.customer_id, run.id, seen.came_at, seen.left_at
FROM journeys_runstep AS seen
JOIN journeys_run AS run ON run.id = seen.run_id
WHERE seen.journey_id = %(journey)s AND seen.step = %(step)s
  AND (%(edge)s::text = '*' OR seen.edge IS NOT DISTINCT FROM %(edge)s)
  AND (%(before)s::bigint IS NULL OR seen.id < %(before)s)
ORDER BY seen.id DESC
LIMIT %(limit)s

-- name: customers_in
-- The customers behind a count of a journey; the latest first.
SELECT id, customer_id, id, started_at, ended_at
FROM journeys_run
WHERE journey_id = %(journey)s AND (%(before)s::bigint IS NULL OR id < %(before)s)
  AND CASE %(group)s
      WHEN 'entered' THEN NOT in_holdout
      WHEN 'active' THEN NOT in_holdout AND ended_at IS NULL
      WHEN 'goal' THEN NOT in_holdout AND goal_at IS NOT NULL
      WHEN 'ended' THEN NOT in_holdout AND ended_at IS NOT NULL
      WHEN 'left_early' THEN NOT in_holdout AND outcome LIKE 'exited:%%'
      WHEN 'in_holdout' THEN in_holdout
  END
ORDER BY id DESC
LIMIT %(limit)s

-- name: planned
-- Open runs by the day on which the clock looks at them next, and what they do at that step.
SELECT (due_at AT TIME ZONE 'UTC')::date, state ->> 'phase', count(*)
FROM journeys_run
WHERE ended_at IS NULL AND NOT in_holdout AND due_at IS NOT NULL AND due_at <= %(until)s
GROUP BY 1, 2
ORDER BY 1, 2

-- name: behind_versions
-- How many open runs stand at each step of each version that is not the current one.
SELECT run.version, run.step, count(*) FILTER (WHERE NOT run.in_holdout)
FROM journeys_run AS run
JOIN journeys_journey AS journey ON journey.id = run.journey_id
WHERE journey.slug = %(slug)s AND run.ended_at IS NULL AND run.version <> journey.version
GROUP BY run.version, run.step
ORDER BY run.version, run.step

-- name: version_list
-- Every version of a journey with the runs that began on it, and with those that are on it since they were moved.
SELECT version.number, version.created_at, version.definition::text,
       count(run.id) FILTER (WHERE coalesce(run.began_on, run.version) = version.number),
       count(run.id) FILTER (WHERE run.version <> version.number),
       count(run.id) FILTER (WHERE run.version = version.number AND run.began_on <> version.number),
       count(run.id) FILTER (WHERE run.version = version.number AND run.ended_at IS NULL)
FROM journeys_journey AS journey
JOIN journeys_journeyversion AS version ON version.journey_id = journey.id
LEFT JOIN journeys_run AS run ON run.journey_id = journey.id AND NOT run.in_holdout
    AND version.number IN (run.version, run.began_on)
WHERE journey.slug = %(slug)s
GROUP BY version.id
ORDER BY version.number DESC

-- name: waiting
-- Whom the calendar will let in.
SELECT journey_id, count(*), min(due_at), max(due_at)
FROM journeys_plannedentry
WHERE journey_id = ANY(%(journeys)s)
GROUP BY journey_id

-- name: behind_messages
-- The runs behind queued messages, with the state of their journeys and when each came to the message's step.
SELECT run.id, run.journey_id, run.version, run.customer_id, run.key, run.step, run.state, run.started_at, run.due_at,
       run.waits_for, run.ended_at, run.outcome, run.in_holdout, run.lap, journey.status, asked.step,
       coalesce(max(seen.came_at), run.started_at)
FROM unnest(%(runs)s::bigint[], %(steps)s::text[]) AS asked (run_id, step)
JOIN journeys_run AS run ON run.id = asked.run_id
JOIN journeys_journey AS journey ON journey.id = run.journey_id
LEFT JOIN journeys_runstep AS seen ON seen.run_id = run.id AND seen.step = asked.step
GROUP BY run.id, journey.status, asked.step
