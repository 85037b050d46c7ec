-- name: install
-- The trigger functions: an update marks the row with its transaction, a delete leaves its key behind.
CREATE OR REPLACE FUNCTION lake_touch() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    NEW.changed_in := pg_current_xact_id();
    RETURN NEW;
END $$;
CREATE OR REPLACE FUNCTION lake_bury() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    EXECUTE format(
        'INSERT INTO lake_lakegone (source, key, changed_in) SELECT %L, %I, pg_current_xact_id() FROM gone',
        TG_ARGV[0], TG_ARGV[1]);
    RETURN NULL;
END $$

-- name: track
-- The triggers of one table.
CREATE OR REPLACE TRIGGER lake_touched BEFORE UPDATE ON {source} FOR EACH ROW EXECUTE FUNCTION lake_touch();
CREATE OR REPLACE TRIGGER lake_buried AFTER DELETE ON {source} REFERENCING OLD TABLE AS gone
FOR EACH STATEMENT EXECUTE FUNCTION lake_bury('{source}', '{key}')

-- name: tracked
-- Tables that have both triggers already: making them again would wait for every writer.
SELECT tgrelid::regclass::text FROM pg_trigger WHERE tgname IN ('lake_touched', 'lake_buried')
GROUP BY tgrelid HAVING count(*) = 2

-- name: restamp
-- Rows whose mark lies in the future came with a dump from another cluster: mark them as of now.
UPDATE {source} SET {key} = {key} WHERE changed_in >= pg_snapshot_xmax(pg_current_snapshot())

-- name: facts
-- The horizon of a snapshot. Transactions of other databases of the server cannot write here and do not hold it back.
SELECT
    coalesce(
        (SELECT min(running::text::bigint) FROM pg_snapshot_xip(pg_current_snapshot()) AS running
         WHERE NOT EXISTS (
            SELECT FROM pg_stat_activity AS elsewhere
            WHERE elsewhere.datname <> current_database()
              AND elsewhere.backend_xid::text::bigint = running::text::bigint % 4294967296)),
        pg_snapshot_xmax(pg_current_snapshot())::text::bigint) AS horizon,
    (SELECT system_identifier FROM pg_control_system()) AS cluster

-- name: manifest
-- Every table with its live files, one row per file, one without file for a table that has none.
SELECT named.name, named.flushed_to, named.shape, file.path, file.rows, file.bytes, file.first_id, file.last_id
FROM lake_laketable AS named
LEFT JOIN lake_lakefile AS file ON file."table" = named.name AND file.superseded_at IS NULL
ORDER BY file.id

-- name: hot
-- Whether a table has rows that its files lack, or files rows that it has no more.
SELECT '{name}' AS name, EXISTS (SELECT FROM {source} WHERE {changed}) OR EXISTS (
    SELECT FROM lake_lakegone WHERE source = '{source}' AND {changed}) AS hot

-- name: changed_keys
-- Keys of changed rows that may stand in files.
SELECT {key} AS key FROM {source} WHERE {changed} AND {key} <= {last}

-- name: gone_keys
-- Keys of rows deleted since.
SELECT key FROM lake_lakegone WHERE source = '{source}' AND {changed}

-- name: forget_gone
-- Deleted keys that no file holds any more.
DELETE FROM lake_lakegone WHERE source = %(source)s AND changed_in < %(below)s::xid8

-- name: extent
-- How many changed rows there are, and between which bounds.
SELECT count(*) AS rows, min({by}) AS first, max({by}) AS last FROM {source} WHERE {changed}
