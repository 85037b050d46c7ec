-- name: lock
-- one change of identities at a time: the engine's batch, or a person who takes a merge apart
SELECT pg_advisory_xact_lock(hashtextextended('tactful.customers.identity', 0))

-- name: owners
-- who owns these identifiers
SELECT identifier.kind, identifier.value, identifier.customer_id
FROM json_to_recordset(%(keys)s) AS wanted (kind text, value text)
JOIN customers_identifier AS identifier USING (kind, value)

-- name: hinted
-- the records that stay for ids given by our own sources: merged ones lead to what they were merged into, erased nowhere
WITH RECURSIVE trail AS (
    SELECT id AS hint, id, merged_into_id FROM customers_customer WHERE id = ANY (%(ids)s) AND erased_at IS NULL
    UNION ALL
    SELECT trail.hint, next.id, next.merged_into_id
    FROM trail JOIN customers_customer AS next ON next.id = trail.merged_into_id
)
SELECT hint, id FROM trail WHERE merged_into_id IS NULL

-- name: sheets
-- the records themselves with Sheet's fields, as one JSON text, which is read four times as fast as rows
SELECT coalesce(json_agg(sheet), '[]')::text FROM (
    SELECT customer.id, external_id, email, phone, first_name, last_name, language, zone, country, region, city,
        birth_date, source, owner, attributes, company_id, is_test, created_at, last_seen_at, merged_into_id,
        external_id IS NOT NULL OR email IS NOT NULL OR phone IS NOT NULL OR EXISTS (
            SELECT FROM customers_identifier AS identifier
            WHERE identifier.customer_id = customer.id AND identifier.kind <> 'anonymous_id'
        ) AS known
    FROM customers_customer AS customer
    WHERE customer.id = ANY (%(ids)s::bigint[])
) AS sheet

-- name: new_ids
-- ids for new customers, in order
SELECT nextval('customers_customer_id_seq') FROM generate_series(1, %(count)s)

-- name: insert_sheets
-- new customers
INSERT INTO customers_customer (
    id, external_id, email, phone, first_name, last_name, language, zone, country, region, city, birth_date, source,
    owner, attributes, company_id, is_test, created_at, last_seen_at, updated_at
)
SELECT
    id, external_id, email, phone, first_name, last_name, language, zone, country, region, city, birth_date, source,
    owner, attributes, company_id, is_test, created_at, last_seen_at, %(now)s
FROM json_to_recordset(%(rows)s) AS sheet (
    id bigint, external_id text, email text, phone text, first_name text, last_name text, language text, zone text,
    country text, region text, city text, birth_date date, source text, owner text, attributes jsonb,
    company_id bigint, is_test boolean, created_at timestamptz, last_seen_at timestamptz
)

-- name: update_sheets
-- customers that have changed
UPDATE customers_customer AS customer SET
    external_id = sheet.external_id, email = sheet.email, phone = sheet.phone, first_name = sheet.first_name,
    last_name = sheet.last_name, language = sheet.language, zone = sheet.zone, country = sheet.country,
    region = sheet.region, city = sheet.city, birth_date = sheet.birth_date, source = sheet.source,
    owner = sheet.owner, attributes = sheet.attributes, company_id = sheet.company_id, is_test = sheet.is_test,
    created_at = sheet.created_at, last_seen_at = sheet.last_seen_at, merged_into_id = sheet.merged_into_id,
    updated_at = %(now)s
FROM json_to_recordset(%(rows)s) AS sheet (
    id bigint, external_id text, email text, phone text, first_name text, last_name text, language text, zone text,
    country text, region text, city text, birth_date date, source text, owner text, attributes jsonb,
    company_id bigint, is_test boolean, created_at timestamptz, last_seen_at timestamptz, merged_into_id bigint
)
WHERE customer.id = sheet.id

-- name: insert_identifiers
-- names under which customers are known from now on
INSERT INTO customers_identifier (kind, value, customer_id, since)
SELECT kind, value, customer_id, since
FROM json_to_recordset(%(rows)s) AS row (kind text, value text, customer_id bigint, since timestamptz)

-- name: insert_contact_points
-- addresses as they were given; one that was contested and is now his own becomes usable
INSERT INTO customers_contactpoint AS point (customer_id, channel, address, status, since)
SELECT customer_id, channel, address, status, since
FROM json_to_recordset(%(rows)s)
    AS row (customer_id bigint, channel text, address text, status text, since timestamptz)
ON CONFLICT (customer_id, channel, address) DO UPDATE SET status = excluded.status, since = excluded.since
WHERE point.status = 'contested' AND excluded.status = 'ok'

-- name: move_identifiers
-- the names of merged records lead to those that stay
UPDATE customers_identifier AS identifier SET customer_id = pair.into_id
FROM unnest(%(from_ids)s::bigint[], %(into_ids)s::bigint[]) AS pair (from_id, into_id)
WHERE identifier.customer_id = pair.from_id
RETURNING pair.from_id, identifier.kind, identifier.value

-- name: move_contact_points
-- the addresses of merged records, except those that the other one has too
UPDATE customers_contactpoint AS point SET customer_id = pair.into_id
FROM unnest(%(from_ids)s::bigint[], %(into_ids)s::bigint[]) AS pair (from_id, into_id)
WHERE point.customer_id = pair.from_id AND NOT EXISTS (
    SELECT FROM customers_contactpoint AS other
    WHERE other.customer_id = pair.into_id AND other.channel = point.channel AND other.address = point.address
)
RETURNING pair.from_id, point.id

-- name: apart
-- pairs that a person has taken apart
SELECT merge.from_customer_id, merge.into_customer_id
FROM unnest(%(from_ids)s::bigint[], %(into_ids)s::bigint[]) AS pair (from_id, into_id)
JOIN customers_merge AS merge
    ON (merge.from_customer_id, merge.into_customer_id) IN ((pair.from_id, pair.into_id), (pair.into_id, pair.from_id))
WHERE merge.undone_at IS NOT NULL

-- name: return_identifiers
-- the names that a merge had moved go back
UPDATE customers_identifier AS identifier SET customer_id = %(customer_id)s
FROM unnest(%(kinds)s::text[], %(values)s::text[]) AS moved (kind, value)
WHERE identifier.kind = moved.kind AND identifier.value = moved.value AND identifier.customer_id = %(into_id)s

-- name: keep_moved
-- what other capabilities have moved for a merge, so that it can be undone
UPDATE customers_merge AS merge SET moved = merge.moved || jsonb_build_object(%(name)s::text, row.ids)
FROM json_to_recordset(%(rows)s) AS row (from_id bigint, ids jsonb)
WHERE merge.id = (SELECT max(latest.id) FROM customers_merge AS latest WHERE latest.from_customer_id = row.from_id)

-- name: cards
-- Profiles as they stand, in the order of the value's fields.
SELECT id, external_id, email, phone, first_name, last_name, language, zone, country, region, city, birth_date, source,
       owner, attributes, company_id, is_test, created_at, updated_at, last_seen_at, merged_into_id, erased_at
FROM customers_customer
WHERE id = ANY(%(ids)s)

-- name: external_ids
-- The company's own ids.
SELECT id, external_id FROM customers_customer WHERE id = ANY(%(ids)s)

-- name: addresses
-- Addresses that work on a channel, each customer's present one last, before it the later ones.
SELECT point.customer_id, point.address
FROM customers_contactpoint AS point JOIN customers_customer AS customer ON customer.id = point.customer_id
WHERE point.customer_id = ANY(%(ids)s) AND point.channel = %(channel)s AND point.status = 'ok'
ORDER BY point.address IS NOT DISTINCT FROM CASE %(channel)s WHEN 'email' THEN customer.email ELSE customer.phone END,
         point.since, point.id

-- name: dated
-- customers who have one of these dates (or, yearly, one of these month-days) under an attribute
SELECT id, dated.value, zone
FROM customers_customer
CROSS JOIN LATERAL (
    SELECT CASE WHEN %(attribute)s IN ('birth_date', 'birthday') THEN birth_date::text ELSE attributes ->> %(attribute)s END AS value
) AS dated
WHERE merged_into_id IS NULL AND erased_at IS NULL
  AND (left(dated.value, 10) = ANY (%(texts)s) OR (%(yearly)s AND substr(dated.value, 6, 5) = ANY (%(texts)s)))

-- name: zones
-- the zones of these customers, as far as they are still there
SELECT id, zone FROM customers_customer WHERE id = ANY (%(ids)s) AND merged_into_id IS NULL AND erased_at IS NULL

-- name: attributes_known
-- those of these attributes that somebody has
SELECT wanted.name FROM unnest(%(names)s::text[]) AS wanted (name)
WHERE EXISTS (SELECT FROM customers_customer WHERE attributes ->> wanted.name IS NOT NULL)

-- name: by_zone
-- everybody by the zone that is known of him
SELECT coalesce(zone, ''), array_agg(id ORDER BY id)
FROM customers_customer
WHERE merged_into_id IS NULL AND erased_at IS NULL
GROUP BY 1

-- name: people
-- zone and attributes, as a journey may ask for them
SELECT id, zone, attributes::text, birth_date FROM customers_customer WHERE id = ANY (%(ids)s)

-- name: to_be_erased
-- A record and all that were merged into it, with the names that stand in them
WITH RECURSIVE person (id, step) AS (
    SELECT id, 0 FROM customers_customer WHERE id = %(customer)s
    UNION
    SELECT gone.id, person.step + 1
    FROM person JOIN customers_customer AS gone ON gone.merged_into_id = person.id
)
SELECT id, merged_into_id, erased_at, external_id, email, phone, first_name, last_name
FROM person JOIN customers_customer USING (id)
ORDER BY person.step, id
FOR UPDATE OF customers_customer

-- name: erase
-- what says who they were is taken out; their numbers stay
UPDATE customers_customer
SET external_id = NULL, email = NULL, phone = NULL, first_name = NULL, last_name = NULL, language = NULL, zone = NULL,
    country = NULL, region = NULL, city = NULL, birth_date = NULL, source = NULL, owner = NULL, attributes = '{}',
    company_id = NULL, last_seen_at = NULL, erased_at = %(now)s, updated_at = %(now)s
WHERE id = ANY(%(ids)s)

-- name: touch_company
-- The customers of these firms: what is known of them has changed, for the lake as for segments.
UPDATE customers_customer SET changed_in = pg_current_xact_id()
WHERE company_id = ANY(%(ids)s) AND merged_into_id IS NULL AND erased_at IS NULL
RETURNING id
