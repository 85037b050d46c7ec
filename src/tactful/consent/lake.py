"""The latest word of each person per channel and topic, every word as it was said, and who refused, in the lake."""

from tactful.lake.tables import Column, LakeTable, Order, Type

CONSENTS = LakeTable(
    name="consents",
    source="consent_consentstate",
    columns=(
        Column("id", Type.BIGINT),
        Column("customer_id", Type.BIGINT),
        Column("channel", Type.TEXT),
        Column("topic", Type.TEXT),
        Column("granted", Type.BOOLEAN),
        Column("since", Type.MOMENT),
    ),
    order=Order.CUSTOMER,
)
REFUSALS = LakeTable(
    name="refusals",
    source="consent_refusal",
    columns=(
        Column("id", Type.BIGINT),
        Column("customer_id", Type.BIGINT),
        Column("channel", Type.TEXT),
        Column("since", Type.MOMENT),
    ),
    order=Order.CUSTOMER,
)
CONSENT_WORDS = LakeTable(
    name="consent_words",
    source="consent_consentrecord",
    columns=(
        Column("id", Type.BIGINT),
        Column("customer_id", Type.BIGINT),
        Column("channel", Type.TEXT),
        Column("topic", Type.TEXT),
        Column("granted", Type.BOOLEAN),
        Column("at", Type.MOMENT),
        Column("how", Type.TEXT, "concat_ws(', ', NULLIF(method, ''), NULLIF(source, ''))"),
    ),
    order=Order.CUSTOMER,
)
