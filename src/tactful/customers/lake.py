"""People in the lake."""

from tactful.lake.tables import Column, LakeTable, Order, Type

# The firm's facts stand with each of its customers: a rule about them reads no other row.
_COMPANY = """
SELECT firm.traits || jsonb_strip_nulls(jsonb_build_object('name', NULLIF(firm.name, ''), 'id', firm.external_id))
FROM customers_company AS firm WHERE firm.id = customers_customer.company_id"""

CUSTOMERS = LakeTable(
    name="customers",
    source="customers_customer",
    columns=(
        Column("id", Type.BIGINT),
        Column("customer_id", Type.BIGINT, "id"),
        Column("external_id", Type.TEXT),
        Column("email", Type.TEXT),
        Column("phone", Type.TEXT),
        Column("first_name", Type.TEXT),
        Column("last_name", Type.TEXT),
        Column("language", Type.TEXT),
        Column("zone", Type.TEXT),
        Column("country", Type.TEXT),
        Column("region", Type.TEXT),
        Column("city", Type.TEXT),
        Column("birth_date", Type.DATE),
        Column("source", Type.TEXT),
        Column("owner", Type.TEXT),
        Column("attributes", Type.JSON),
        Column("company_id", Type.BIGINT),
        Column("company", Type.JSON, _COMPANY),
        Column("is_test", Type.BOOLEAN),
        Column("created_at", Type.MOMENT),
        Column("last_seen_at", Type.MOMENT),
        Column("active", Type.BOOLEAN, "merged_into_id IS NULL AND erased_at IS NULL"),
    ),
    order=Order.CUSTOMER,
    customer="id",
)
