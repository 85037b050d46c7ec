-- name: files
-- All rows of the files, when nothing in them has changed since.
SELECT {columns} FROM {files}

-- name: files_unmasked
-- The rows of the files without those that were changed or deleted since.
SELECT {columns} FROM {files} AS filed ANTI JOIN {masked} AS masked ON filed."{key}" = masked.key

-- name: tail
-- The rows that changed after the last flush.
SELECT {columns} FROM {tail}

-- name: nothing
-- No row, of the right types.
SELECT {nulls} WHERE false

-- name: write
-- A sorted file; row groups small enough to be skipped by their statistics, large enough to be read in parallel.
COPY (SELECT {columns} FROM ({rows}) ORDER BY {order}) TO {path}
(FORMAT parquet, COMPRESSION zstd, ROW_GROUP_SIZE 122880)

-- name: measure
-- Rows and extent of a file, answered from its footer.
SELECT count(*), min({extent}), max({extent}) FROM {files}

-- name: holds
-- Whether a file has any of the masked rows.
SELECT count(*) FROM (SELECT 1 FROM {files} AS filed SEMI JOIN {masked} AS masked ON filed."{key}" = masked.key LIMIT 1)

-- name: merged
-- A file's rows without the masked ones, with the changed rows of its customers.
SELECT {columns} FROM {files} AS filed ANTI JOIN {masked} AS masked ON filed."{key}" = masked.key
UNION ALL
SELECT {columns} FROM {tail} WHERE {range}

-- name: split
-- Customers at which rows divide into equal parts.
SELECT unnest(quantile_disc(customer_id, {shares})) FROM ({rows})
