"""Every table of the lake."""

from tactful.catalog.lake import ORDER_LINES, ORDER_RETURNS, ORDERS
from tactful.consent.lake import CONSENT_WORDS, CONSENTS, REFUSALS
from tactful.customers.lake import CUSTOMERS
from tactful.decisions.lake import DECISIONS
from tactful.delivery.lake import DELIVERIES
from tactful.events.lake import EVENTS
from tactful.experiments.lake import ASSIGNMENTS
from tactful.journeys.lake import RUNS
from tactful.sales.lake import PROPOSALS, TASKS, TICKETS
from tactful.segments.lake import MEMBER_CHANGES

TABLES = (
    EVENTS,
    CUSTOMERS,
    ORDERS,
    ORDER_LINES,
    ORDER_RETURNS,
    CONSENTS,
    CONSENT_WORDS,
    REFUSALS,
    MEMBER_CHANGES,
    RUNS,
    DECISIONS,
    DELIVERIES,
    ASSIGNMENTS,
    TASKS,
    TICKETS,
    PROPOSALS,
)
