-- name: note
-- One open or click, to be judged with its neighbours.
INSERT INTO delivery_visit (delivery_id, link_id, at, agent, looks, settled)
SELECT id, %(link_id)s, %(at)s, %(agent)s, %(looks)s, false
FROM delivery_delivery WHERE id = %(delivery_id)s AND address <> '' -- whose reader was erased tells of nobody

-- name: ripe
-- Visits that nothing can change any more, with the earlier and later ones of their messages.
WITH ripe AS (
    SELECT id, delivery_id FROM delivery_visit
    WHERE NOT settled AND at <= %(before)s
    ORDER BY id
    LIMIT %(limit)s
    FOR UPDATE SKIP LOCKED
)
SELECT visit.id, visit.delivery_id, visit.link_id, visit.at, visit.agent, visit.looks,
       visit.id IN (SELECT id FROM ripe) AS is_ripe
FROM delivery_visit AS visit
WHERE visit.delivery_id IN (SELECT delivery_id FROM ripe)
ORDER BY visit.id

-- name: settle
-- They have been told.
UPDATE delivery_visit SET settled = true WHERE id = ANY(%(ids)s)

-- name: forget
-- Old requests are nobody's business any more: the events that tell of them stay.
DELETE FROM delivery_visit WHERE settled AND at < %(before)s
