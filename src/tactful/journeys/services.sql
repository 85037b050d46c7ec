-- name: take_due
-- Runs whose moment has come, locked; those that another process works on are left to it.
SELECT run.id, run.journey_id, run.version, run.customer_id, run.key, run.step, run.state, run.started_at,
       run.due_at, run.waits_for, run.ended_at, run.outcome, run.in_holdout, run.lap
FROM journeys_run AS run
JOIN journeys_journey AS journey ON journey.id = run.journey_id AND journey.status = 'active'
WHERE run.ended_at IS NULL AND run.due_at <= %(now)s
ORDER BY run.due_at, run.id
LIMIT %(limit)s
FOR UPDATE OF run SKIP LOCKED

-- name: take_open
-- The open runs of these customers, locked in one order.
SELECT id, journey_id, version, customer_id, key, step, state, started_at, due_at, waits_for,
       ended_at, outcome, in_holdout, lap
FROM journeys_run
WHERE customer_id = ANY(%(customers)s) AND ended_at IS NULL
ORDER BY id
FOR UPDATE

-- name: fresh_ids
-- Ids for new runs.
SELECT nextval(pg_get_serial_sequence('journeys_run', 'id')) FROM generate_series(1, %(count)s)

-- name: update_runs
-- What became of runs that existed before the batch.
UPDATE journeys_run AS run
SET step = new.step, state = new.state::jsonb, due_at = new.due_at, waits_for = new.waits_for,
    ended_at = new.ended_at, outcome = new.outcome
FROM unnest(
    %(id)s::bigint[], %(step)s::text[], %(state)s::text[], %(due_at)s::timestamptz[], %(waits_for)s::text[],
    %(ended_at)s::timestamptz[], %(outcome)s::text[]
) AS new (id, step, state, due_at, waits_for, ended_at, outcome)
WHERE run.id = new.id AND run.ended_at IS NULL

-- name: insert_runs
-- Runs that began in the batch.
COPY journeys_run (id, journey_id, version, customer_id, key, step, state, started_at, due_at, waits_for,
                   ended_at, outcome, in_holdout, lap) FROM STDIN

-- name: leave_steps
-- How runs left the steps at which they stood before the batch.
UPDATE journeys_runstep AS seen
SET left_at = new.left_at, edge = new.edge
FROM unnest(%(run_id)s::bigint[], %(left_at)s::timestamptz[], %(edge)s::text[]) AS new (run_id, left_at, edge)
WHERE seen.run_id = new.run_id AND seen.left_at IS NULL

-- name: insert_steps
-- Steps that runs came to in the batch.
COPY journeys_runstep (run_id, journey_id, step, came_at, left_at, edge) FROM STDIN

-- name: reach_goals
-- The first goal event of each run within its window. A goal that is reached stays reached.
UPDATE journeys_run AS run
SET goal_at = reached.at
FROM (
    SELECT run.id, min(hit.at) AS at
    FROM journeys_run AS run
    JOIN unnest(
        %(journey_id)s::bigint[], %(version)s::int[], %(customer_id)s::bigint[], %(at)s::timestamptz[],
        %(within)s::interval[], %(key)s::text[]
    ) AS hit (journey_id, version, customer_id, at, within, key)
        ON hit.journey_id = run.journey_id AND hit.version = run.version AND hit.customer_id = run.customer_id
        AND (hit.key IS NULL OR hit.key = run.key)
    WHERE run.goal_at IS NULL AND hit.at > run.started_at AND hit.at <= run.started_at + hit.within
    GROUP BY run.id
) AS reached
WHERE run.id = reached.id

-- name: end_open_runs
-- Ends what is still open in an archived journey.
UPDATE journeys_run
SET ended_at = %(now)s, outcome = 'exited:archived', due_at = NULL, waits_for = NULL,
    state = state || '{"phase": "ended"}'
WHERE journey_id = %(journey)s AND ended_at IS NULL
RETURNING id, in_holdout

-- name: leave_by_exit
-- Closes the steps of runs that were ended from outside.
UPDATE journeys_runstep AS seen
SET left_at = run.ended_at, edge = 'exit'
FROM journeys_run AS run
WHERE run.id = seen.run_id AND run.id = ANY(%(runs)s) AND seen.left_at IS NULL

-- name: end_twins
-- Of two open runs in one place after a merge the one that began later ends, where it stood.
UPDATE journeys_run AS run
SET ended_at = (run.state ->> 'came_at')::timestamptz, outcome = 'exited:merged', due_at = NULL, waits_for = NULL,
    state = run.state || '{"phase": "ended"}'
FROM (
    SELECT open.id,
           row_number() OVER (
               PARTITION BY open.journey_id, coalesce(pair.new, open.customer_id), open.key, open.lap
               ORDER BY open.started_at, open.id
           ) AS place
    FROM journeys_run AS open
    LEFT JOIN unnest(%(old)s::bigint[], %(new)s::bigint[]) AS pair (old, new) ON pair.old = open.customer_id
    WHERE open.ended_at IS NULL AND open.customer_id = ANY(%(both)s)
) AS twin
WHERE twin.id = run.id AND twin.place > 1
RETURNING run.id

-- name: move_runs
-- Runs follow the customer into the record that stays.
UPDATE journeys_run AS run
SET customer_id = pair.new
FROM unnest(%(old)s::bigint[], %(new)s::bigint[]) AS pair (old, new)
WHERE run.customer_id = pair.old
RETURNING pair.old, run.id

-- name: return_runs
-- Runs go back to the customer they had before a merge that is undone; open ones only where they have no twin.
UPDATE journeys_run AS run
SET customer_id = %(from_id)s
WHERE run.id = ANY(%(runs)s) AND run.customer_id = %(into_id)s AND (run.ended_at IS NOT NULL OR NOT EXISTS (
    SELECT FROM journeys_run AS twin
    WHERE twin.customer_id = %(from_id)s AND twin.ended_at IS NULL AND twin.journey_id = run.journey_id
      AND twin.key = run.key AND twin.lap = run.lap
))

-- name: calendars
-- Journeys into which the calendar may let customers, and up to when it has; those being looked at are passed over.
SELECT journey.id, journey.version, journey.planned_until,
       (SELECT max(due_at) FROM journeys_plannedentry AS planned WHERE planned.journey_id = journey.id)
FROM journeys_journey AS journey
WHERE journey.status = 'active' AND journey.planned_until < %(now)s
ORDER BY journey.id
FOR UPDATE OF journey SKIP LOCKED

-- name: planned_until
-- The calendar has been read up to here.
UPDATE journeys_journey SET planned_until = %(until)s WHERE id = ANY(%(journeys)s)

-- name: met
-- The moment of a broadcast has come, somewhere on earth, and met so many.
UPDATE journeys_journey SET met = coalesce(met, 0) + %(count)s WHERE id = %(journey)s

-- name: plan_entries
-- Customers whom the calendar lets in.
COPY journeys_plannedentry (journey_id, customer_id, due_at, thing) FROM STDIN

-- name: take_planned
-- Those whose moment has come, once; the earliest first.
DELETE FROM journeys_plannedentry
WHERE id IN (
    SELECT planned.id
    FROM journeys_plannedentry AS planned
    JOIN journeys_journey AS journey ON journey.id = planned.journey_id AND journey.status = 'active'
    WHERE planned.due_at <= %(now)s
    ORDER BY planned.due_at, planned.id
    LIMIT %(limit)s
    FOR UPDATE OF planned SKIP LOCKED
)
RETURNING journey_id, customer_id, thing

-- name: put_off_entries
-- What waited while the journey was paused keeps its distances.
UPDATE journeys_plannedentry SET due_at = due_at + %(by)s WHERE journey_id = %(journey)s

-- name: forget_entries
-- Nobody is let in any more.
DELETE FROM journeys_plannedentry WHERE journey_id = %(journey)s

-- name: move_entries
-- Who waits to be let in follows the customer into the record that stays, once in each journey, and for each order or deal.
WITH moved AS (
    DELETE FROM journeys_plannedentry AS planned
    USING unnest(%(old)s::bigint[], %(new)s::bigint[]) AS pair (old, new)
    WHERE planned.customer_id = pair.old
    RETURNING planned.journey_id, pair.new AS customer_id, planned.due_at, planned.thing
)
INSERT INTO journeys_plannedentry (journey_id, customer_id, due_at, thing)
SELECT DISTINCT ON (journey_id, customer_id, thing) journey_id, customer_id, due_at, thing
FROM moved
WHERE NOT EXISTS (
    SELECT FROM journeys_plannedentry AS twin
    WHERE twin.journey_id = moved.journey_id AND twin.customer_id = moved.customer_id AND twin.thing = moved.thing
)
ORDER BY journey_id, customer_id, thing, due_at

-- name: end_runs_of
-- Ends the open runs of customers who are no more.
UPDATE journeys_run
SET ended_at = %(now)s, outcome = %(outcome)s, due_at = NULL, waits_for = NULL,
    state = state || '{"phase": "ended"}'
WHERE customer_id = ANY(%(customers)s) AND ended_at IS NULL
RETURNING id

-- name: fail_run
-- Ends a run that cannot be moved.
UPDATE journeys_run
SET ended_at = %(now)s, outcome = %(outcome)s, due_at = NULL, waits_for = NULL,
    state = state || '{"phase": "ended"}'
WHERE id = %(run)s AND ended_at IS NULL
RETURNING id

-- name: take_behind
-- The open runs of a journey that are not on its current version, locked.
SELECT id, journey_id, version, customer_id, key, step, state, started_at, due_at, waits_for,
       ended_at, outcome, in_holdout, lap
FROM journeys_run
WHERE journey_id = %(journey)s AND ended_at IS NULL AND version <> %(version)s
ORDER BY id
FOR UPDATE

-- name: to_version
-- Runs go on by another version.
UPDATE journeys_run SET version = %(version)s, began_on = coalesce(began_on, version) WHERE id = ANY(%(runs)s)

-- name: wake
-- Held messages of these customers are decided again now.
UPDATE journeys_run SET due_at = %(now)s
WHERE customer_id = ANY(%(customers)s) AND ended_at IS NULL AND state ->> 'phase' = 'held' AND due_at > %(now)s

-- name: forget_plans
-- Entries that were planned for customers who are no more.
DELETE FROM journeys_plannedentry WHERE customer_id = ANY(%(customers)s)
