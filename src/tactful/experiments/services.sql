-- name: mix
-- marks both rows where two records of one person had drawn different arms
UPDATE experiments_assignment AS own SET mixed = true
FROM unnest(%(old)s::bigint[], %(new)s::bigint[]) AS pair (old, new)
JOIN experiments_assignment AS one ON one.customer_id = pair.old
JOIN experiments_assignment AS other
    ON other.customer_id = pair.new AND other.experiment_id = one.experiment_id AND other.arm <> one.arm
WHERE own.id IN (one.id, other.id)

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
