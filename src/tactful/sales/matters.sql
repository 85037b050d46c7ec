-- name: save
-- Matters as they stand: the first opening with its subject, and the state of the latest word. {table} is one of our own names.
INSERT INTO {table} AS matter (number, customer_id, subject, opened_at, late_at, closed_at, said_at)
SELECT * FROM unnest(
    %(number)s::text[], %(customer_id)s::bigint[], %(subject)s::text[], %(opened_at)s::timestamptz[],
    %(late_at)s::timestamptz[], %(closed_at)s::timestamptz[], %(said_at)s::timestamptz[]
)
ON CONFLICT (number) DO UPDATE SET
    opened_at = least(matter.opened_at, excluded.opened_at),
    late_at = least(matter.late_at, excluded.late_at),
    closed_at = CASE WHEN excluded.said_at >= matter.said_at THEN excluded.closed_at ELSE matter.closed_at END,
    customer_id = CASE WHEN excluded.said_at >= matter.said_at THEN excluded.customer_id ELSE matter.customer_id END,
    subject = CASE
        WHEN matter.subject = '' OR (excluded.subject <> '' AND excluded.opened_at < matter.opened_at)
        THEN excluded.subject ELSE matter.subject END,
    said_at = greatest(matter.said_at, excluded.said_at)

-- name: move
-- They follow the customer into the record that stays.
UPDATE {table} AS matter
SET customer_id = pair.new
FROM unnest(%(old)s::bigint[], %(new)s::bigint[]) AS pair (old, new)
WHERE matter.customer_id = pair.old
RETURNING pair.old, matter.id

-- name: give_back
-- They go back to the customer they had before a merge that is undone.
UPDATE {table} SET customer_id = %(from_id)s WHERE id = ANY(%(ids)s) AND customer_id = %(into_id)s

-- name: keep_dates
-- The deal a proposal belongs to, and of each of its dates the later word (`kernel.dates`).
UPDATE sales_proposal AS proposal
SET deal = coalesce(nullif(said.deal, ''), proposal.deal),
    dates = (
        SELECT coalesce(jsonb_object_agg(newest.name, newest.word), '{}')
        FROM (
            SELECT DISTINCT ON (told.name) told.name, told.word
            FROM (
                SELECT * FROM jsonb_each(proposal.dates) UNION ALL SELECT * FROM jsonb_each(said.dates::jsonb)
            ) AS told (name, word)
            ORDER BY told.name, told.word ->> 1 DESC, told.word ->> 0 DESC
        ) AS newest
    )
FROM unnest(%(number)s::text[], %(deal)s::text[], %(dates)s::text[]) AS said (number, deal, dates)
WHERE proposal.number = said.number

-- name: sent
-- Proposals without an answer that were sent in one of these spans.
SELECT proposal.number, proposal.customer_id, proposal.opened_at
FROM unnest(%(since)s::timestamptz[], %(until)s::timestamptz[]) AS span (since, until)
JOIN sales_proposal AS proposal ON proposal.opened_at >= span.since AND proposal.opened_at < span.until
WHERE proposal.closed_at IS NULL

-- name: dated_on
-- Proposals without an answer, of which an event told that date to be one of these days.
SELECT proposal.number, proposal.customer_id, wanted.day
FROM unnest(%(days)s::text[]) AS wanted (day)
JOIN sales_proposal AS proposal ON proposal.dates @> jsonb_build_object(%(date)s::text, jsonb_build_array(wanted.day))
WHERE proposal.dates <> '{}' AND proposal.closed_at IS NULL

-- name: unanswered
-- Those of these proposals that wait for an answer: whose each is, and of which deal.
SELECT number, customer_id, coalesce(nullif(deal, ''), number) FROM sales_proposal
WHERE number = ANY(%(numbers)s) AND closed_at IS NULL

-- name: dates_told
-- Those of these dates that an event has told of a proposal.
SELECT wanted.name FROM unnest(%(names)s::text[]) AS wanted (name)
WHERE EXISTS (SELECT FROM sales_proposal WHERE dates <> '{}' AND dates -> wanted.name IS NOT NULL)
