-- name: count_day
-- Marketing messages handed to a provider on one day, for its warm-up.
UPDATE delivery_providerpace
SET day_count = CASE WHEN day = %(today)s THEN day_count ELSE 0 END + %(count)s, day = %(today)s
WHERE provider = %(provider)s

-- name: assign
-- Queued messages of these domains keep to their own pace from now on.
UPDATE delivery_delivery SET receiver = lower(split_part(address, '@', 2))
WHERE state = 'queued' AND receiver = '' AND lower(split_part(address, '@', 2)) = ANY(%(names)s)

-- name: release
-- Queued messages of a domain keep to nobody's pace any more.
UPDATE delivery_delivery SET receiver = '' WHERE state = 'queued' AND receiver = %(name)s

-- name: waiting_by_receiver
-- How many queued messages there are for each receiver that a pace is kept for.
SELECT receiver, COUNT(*) FROM delivery_delivery WHERE state = 'queued' AND receiver <> '' GROUP BY receiver

-- name: waiting_marketing
-- How many marketing messages wait.
SELECT COUNT(*) FROM delivery_delivery WHERE state = 'queued' AND category <> 'service'
