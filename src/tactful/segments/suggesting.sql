-- name: property_names
-- What events of a name carry, the most usual first. Bounded: the latest year, so many rows.
SELECT found, count(*) AS times
FROM (
    SELECT unnest(json_keys(properties)) AS found
    FROM (SELECT properties FROM events WHERE name = $event AND occurred_at > $since LIMIT 20000)
)
GROUP BY found ORDER BY times DESC, found LIMIT 200

-- name: property_values
-- What stands in a property of events of a name, the most usual first.
SELECT found, count(*) AS times
FROM (
    SELECT json_extract_string(properties, $path) AS found
    FROM (SELECT properties FROM events WHERE name = $event AND occurred_at > $since LIMIT 20000)
)
WHERE found IS NOT NULL AND found <> '' AND contains(lower(found), lower($text))
GROUP BY found ORDER BY times DESC, found LIMIT 50

-- name: own_names
-- The attributes that the company gives its customers, or their firms, itself.
SELECT found, count(*) AS times
FROM (
    SELECT unnest(json_keys({document})) AS found
    FROM (SELECT {document} FROM customers WHERE active AND {document} IS NOT NULL LIMIT 200000)
)
GROUP BY found ORDER BY times DESC, found LIMIT 200

-- name: own_values
-- What stands in one of them, the most usual first.
SELECT found, count(*) AS times
FROM (
    SELECT json_extract_string({document}, $path) AS found
    FROM (SELECT {document} FROM customers WHERE active AND {document} IS NOT NULL LIMIT 200000)
)
WHERE found IS NOT NULL AND found <> '' AND contains(lower(found), lower($text))
GROUP BY found ORDER BY times DESC, found LIMIT 50

-- name: field_values
-- What stands in a field of the customers. The field's name comes from our own list.
SELECT "{field}" AS found, count(*) AS times
FROM (SELECT "{field}" FROM customers WHERE active LIMIT 500000)
WHERE "{field}" IS NOT NULL AND "{field}" <> '' AND contains(lower("{field}"), lower($text))
GROUP BY found ORDER BY times DESC, found LIMIT 50

-- name: categories
-- What was bought, the most usual category first.
SELECT category AS found, count(*) AS times
FROM (SELECT category FROM order_lines WHERE completed_at > $since LIMIT 500000)
WHERE category IS NOT NULL AND category <> '' AND contains(lower(category), lower($text))
GROUP BY found ORDER BY times DESC, found LIMIT 50
