"""Writing segments, keeping their members, and asking rules about customers."""

from tactful.segments.services.asking import count, evaluate, explain, ids
from tactful.segments.services.comparing import Beside, Comparison, beside, common, compare
from tactful.segments.services.counting import fill, recount
from tactful.segments.services.cutting import make_cuts, make_missing_cuts
from tactful.segments.services.lifecycle import (
    Flow,
    Removal,
    arrange_stages,
    flowed,
    flows,
    install_stages,
    move_stage,
    passed,
    passed_ids,
    removal,
    remove_stage,
    save_stage,
    shift,
)
from tactful.segments.services.membership import (
    Change,
    forget,
    look_again,
    move_customers,
    refresh,
    take_due,
    write_sizes,
)
from tactful.segments.services.past import (
    PastRules,
    asked_of_past,
    members_by_moment,
    past_rules,
    with_cuts,
)
from tactful.segments.services.writing import Ready, archive, install_ready, ready, save

__all__ = [
    "Beside",
    "Change",
    "Comparison",
    "Flow",
    "PastRules",
    "Ready",
    "Removal",
    "archive",
    "arrange_stages",
    "asked_of_past",
    "beside",
    "common",
    "compare",
    "count",
    "evaluate",
    "explain",
    "fill",
    "flowed",
    "flows",
    "forget",
    "ids",
    "install_ready",
    "install_stages",
    "look_again",
    "make_cuts",
    "make_missing_cuts",
    "members_by_moment",
    "move_customers",
    "move_stage",
    "passed",
    "passed_ids",
    "past_rules",
    "ready",
    "recount",
    "refresh",
    "removal",
    "remove_stage",
    "save",
    "save_stage",
    "shift",
    "take_due",
    "with_cuts",
    "write_sizes",
]
