-- name: hold_shared
-- Batches may work side by side, but not while a chunk of a recount is decided. Held to the transaction's end.
SELECT pg_advisory_xact_lock_shared(%(lock)s)

-- name: hold_alone
-- A chunk of a recount waits for the batches at work and keeps new ones waiting for its short transaction.
SELECT pg_advisory_xact_lock(%(lock)s)

-- name: members_of
-- Which of these segments these customers are in.
SELECT segment_id, customer_id FROM segments_member
WHERE customer_id = ANY(%(customers)s) AND segment_id = ANY(%(segments)s)

-- name: change_members
-- Enter and leave, with a row of history for each that really did.
WITH given AS (
    SELECT * FROM unnest(%(segments)s::bigint[], %(customers)s::bigint[], %(entered)s::boolean[])
        AS given(segment_id, customer_id, entered)
), added AS (
    INSERT INTO segments_member (segment_id, customer_id, since)
    SELECT segment_id, customer_id, %(at)s FROM given WHERE entered
    ON CONFLICT DO NOTHING
    RETURNING segment_id, customer_id
), gone AS (
    DELETE FROM segments_member AS member USING given
    WHERE NOT given.entered AND member.segment_id = given.segment_id AND member.customer_id = given.customer_id
    RETURNING member.segment_id, member.customer_id
), happened AS (
    SELECT segment_id, customer_id, true AS entered FROM added
    UNION ALL SELECT segment_id, customer_id, false FROM gone
), noted AS (
    INSERT INTO segments_memberchange (segment_id, customer_id, at, entered)
    SELECT segment_id, customer_id, %(at)s, entered FROM happened
    ORDER BY customer_id, segment_id  -- the same on every plan
)
SELECT segment_id, customer_id, entered FROM happened ORDER BY customer_id, segment_id

-- name: move_members
-- A merged record's memberships go to the one that stays, where it has none.
INSERT INTO segments_member (segment_id, customer_id, since)
SELECT segment_id, %(into_id)s, since FROM segments_member WHERE customer_id = %(from_id)s
ON CONFLICT DO NOTHING

-- name: drop_members
-- A merged record is in no segment.
DELETE FROM segments_member WHERE customer_id = %(from_id)s

-- name: move_changes
-- Its history is the history of the one that stays.
UPDATE segments_memberchange SET customer_id = %(into_id)s WHERE customer_id = %(from_id)s

-- name: sizes_now
-- How many are in each segment.
SELECT segment_id, count(*) FROM segments_member WHERE segment_id = ANY(%(segments)s) GROUP BY segment_id

-- name: trends
-- The sizes of each segment from a day on.
SELECT segment_id, day, size FROM segments_segmentsize
WHERE segment_id = ANY(%(segments)s) AND day >= %(since)s
ORDER BY segment_id, day

-- name: moves
-- How many customers entered and left each segment since a moment.
SELECT segment_id, count(DISTINCT customer_id) FILTER (WHERE entered),
       count(DISTINCT customer_id) FILTER (WHERE NOT entered)
FROM segments_memberchange
WHERE segment_id = ANY(%(segments)s) AND at > %(since)s AND at <= %(until)s
GROUP BY segment_id

-- name: segments
-- Segments as written, by name: those of a status, or one.
SELECT id, slug, name, goal, action, definition, status, version, created_at, updated_at, counted_at,
       position
FROM segments_segment
WHERE (%(status)s::text IS NULL OR status = %(status)s) AND (%(slug)s::text IS NULL OR slug = %(slug)s)
ORDER BY name, id

-- name: everyone_in
-- Everyone in each of these segments, as one text: the driver would take each number to pieces.
SELECT segment_id, string_agg(customer_id::text, ',') FROM segments_member
WHERE segment_id = ANY(%(segments)s) GROUP BY segment_id

-- name: shared_with
-- The segments that share most customers with one, the largest number first.
SELECT other.segment_id, count(*) AS in_both
FROM segments_member AS own JOIN segments_member AS other ON other.customer_id = own.customer_id
WHERE own.segment_id = %(segment)s AND other.segment_id <> own.segment_id AND other.segment_id = ANY(%(segments)s)
GROUP BY other.segment_id ORDER BY in_both DESC, other.segment_id LIMIT %(most)s

-- name: note_due
-- When customers have to be looked at again: sooner if now a sooner moment is known.
INSERT INTO segments_due (customer_id, at)
SELECT * FROM unnest(%(customers)s::bigint[], %(moments)s::timestamptz[])
ON CONFLICT (customer_id) DO UPDATE SET at = excluded.at WHERE segments_due.at > excluded.at

-- name: take_due
-- The customers for whom the time has come, the longest overdue first.
DELETE FROM segments_due WHERE customer_id IN (
    SELECT customer_id FROM segments_due WHERE at <= %(now)s ORDER BY at LIMIT %(limit)s FOR UPDATE SKIP LOCKED
)
RETURNING customer_id

-- name: move_due
-- Whoever stays in a merge is looked at as soon as either would have been.
INSERT INTO segments_due (customer_id, at)
SELECT %(into_id)s, at FROM segments_due WHERE customer_id = %(from_id)s
ON CONFLICT (customer_id) DO UPDATE SET at = excluded.at WHERE segments_due.at > excluded.at

-- name: drop_due
DELETE FROM segments_due WHERE customer_id = %(from_id)s

-- name: write_sizes
-- The size of each segment in use, at the end of the day as far as the day has come.
INSERT INTO segments_segmentsize (segment_id, day, size)
SELECT id, %(day)s, (SELECT count(*) FROM segments_member AS member WHERE member.segment_id = segment.id)
FROM segments_segment AS segment WHERE status = 'active' AND counted_at IS NOT NULL
ORDER BY id
ON CONFLICT (segment_id, day) DO UPDATE SET size = excluded.size

-- name: stage_flows
-- Moves between stages: what a customer left and entered at the same moment is one move.
WITH stages AS (
    SELECT id, slug FROM segments_segment WHERE position IS NOT NULL AND status = 'active'
), changed AS (
    SELECT customer_id, at,
           max(slug) FILTER (WHERE NOT entered) AS source, max(slug) FILTER (WHERE entered) AS target
    FROM segments_memberchange AS change JOIN stages ON stages.id = change.segment_id
    WHERE at >= %(since)s AND at < %(until)s
    GROUP BY customer_id, at
)
SELECT date_trunc('month', at AT TIME ZONE %(zone)s)::date AS month, source, target, count(DISTINCT customer_id)
FROM changed WHERE source IS DISTINCT FROM target
GROUP BY month, source, target ORDER BY month DESC, source NULLS FIRST, target NULLS LAST

-- name: stage_flowed
-- The customers who made such a move.
WITH stages AS (
    SELECT id, slug FROM segments_segment WHERE position IS NOT NULL AND status = 'active'
), changed AS (
    SELECT customer_id, at,
           max(slug) FILTER (WHERE NOT entered) AS source, max(slug) FILTER (WHERE entered) AS target
    FROM segments_memberchange AS change JOIN stages ON stages.id = change.segment_id
    WHERE at >= %(since)s AND at < %(until)s
    GROUP BY customer_id, at
)
SELECT DISTINCT customer_id FROM changed
WHERE source IS NOT DISTINCT FROM %(source)s::text AND target IS NOT DISTINCT FROM %(target)s::text
ORDER BY customer_id

-- name: cuts
-- The cuts made so far of these measures.
SELECT cut.measure, cut.percent, cut.at, cut.value FROM segments_cut AS cut
JOIN unnest(%(measures)s::text[], %(percents)s::float8[]) AS wanted (measure, percent)
  ON wanted.measure = cut.measure AND wanted.percent = cut.percent

-- name: keep_cut
-- One cut; made twice at a moment, the first stays.
INSERT INTO segments_cut (measure, percent, at, value) VALUES (%(measure)s, %(percent)s, %(at)s, %(value)s)
ON CONFLICT DO NOTHING

-- name: leave_all
-- A segment taken out of use: whoever was in it has left it, which its history tells.
WITH gone AS (DELETE FROM segments_member WHERE segment_id = %(segment)s RETURNING segment_id, customer_id)
INSERT INTO segments_memberchange (segment_id, customer_id, at, entered)
SELECT segment_id, customer_id, %(now)s, false FROM gone ORDER BY customer_id
