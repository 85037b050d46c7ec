-- name: create
-- the rows of one file that were understood, for as long as the import runs
CREATE TEMPORARY TABLE import_rows (
    number bigint NOT NULL,
    customer text NOT NULL,
    at timestamptz NOT NULL,
    grouped text NOT NULL,
    refund boolean NOT NULL,
    fingerprint uuid NOT NULL,
    data text NOT NULL,
    cells text NOT NULL
)

-- name: fill
-- one batch of rows
COPY import_rows (number, customer, at, grouped, refund, fingerprint, data, cells) FROM STDIN

-- name: sorted
-- all rows by customer, with how many rows before say the same, and whose the first row of the group was
SELECT
    number, customer, at, grouped, refund,
    row_number() OVER (PARTITION BY fingerprint ORDER BY number) - 1,
    first_value(customer) OVER (PARTITION BY grouped ORDER BY number),
    data
FROM import_rows
ORDER BY customer, number

-- name: cells
-- rows as they stood in the file
SELECT number, cells FROM import_rows WHERE number = ANY (%(numbers)s) ORDER BY number

-- name: drop
-- the end of the import
DROP TABLE IF EXISTS import_rows
