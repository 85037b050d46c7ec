-- name: mix
-- marks all rows of a person whose records had drawn different arms
WITH pair AS (
    SELECT * FROM unnest(%(old)s::bigint[], %(new)s::bigint[]) AS pair (old, new)
), person AS (
    SELECT new AS who, old AS customer_id FROM pair UNION SELECT new, new FROM pair
), torn AS (
    SELECT array_agg(one.id) AS ids
    FROM person JOIN experiments_assignment AS one USING (customer_id)
    GROUP BY who, experiment_id HAVING count(DISTINCT arm) > 1
)
UPDATE experiments_assignment SET mixed = true WHERE id IN (SELECT unnest(ids) FROM torn)

-- name: move
-- gives the arms of the first customers to the second, where those have none and one of several goes
WITH going AS (
    SELECT DISTINCT ON (one.experiment_id, pair.new) one.id, pair.old, pair.new
    FROM unnest(%(old)s::bigint[], %(new)s::bigint[]) AS pair (old, new)
    JOIN experiments_assignment AS one ON one.customer_id = pair.old
    WHERE NOT EXISTS (
        SELECT FROM experiments_assignment AS other
        WHERE other.experiment_id = one.experiment_id AND other.customer_id = pair.new
    )
    ORDER BY one.experiment_id, pair.new, one.at, one.id
)
UPDATE experiments_assignment AS own SET customer_id = going.new
FROM going WHERE own.id = going.id
RETURNING going.old, own.id
