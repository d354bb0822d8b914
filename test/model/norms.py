"""The norms of 2010, written out by hand from section 3 of the policy.

Rows have the columns of the base's norm tables, so that a world can add rows
of its own and the rows of a real base can be compared with these.
"""

from datetime import date
from decimal import Decimal

START = date(2010, 1, 1)
APRIL = date(2010, 4, 1)
JULY = date(2010, 7, 1)

#: The key of each norm table; effective_from completes it.
KEYS = {
    "norm_tenure": ("specialization", "from_month"),
    "norm_specialization": ("specialization",),
    "norm_client_group": ("specialization", "client_group"),
    "norm_potential": ("specialization", "potential"),
    "norm_position": ("position",),
    "policy": (),
}

SPECIALIZATIONS = ("territorial", "universal", "industrial", "panel_builder", "dealer", "chain")
GROUPS = ("emo", "distributor", "infrastructure", "industrial", "panel_builder", "dealer", "chain")
POTENTIALS = ("S", "A", "B", "C")

#: position -> (may hold a base, judged by the norms of a specialization)
POSITIONS = {
    "manager": (True, True),
    "group_lead": (True, True),
    "vtc_head": (True, False),
    "office_head": (False, False),
    "personal_sales_head": (False, False),
    "pool_head": (False, False),
    "sales_director": (False, False),
    "client_analyst": (False, False),
}

#: The rules of the moment of binding in the order of their table.
RULES = (
    "personal", "base_size", "client_group", "off_profile", "group_quota", "territory",
    "newcomer_territory", "potential", "multiple", "memo", "approval", "applicant",
    "cool_off", "intake_limit", "move_limit",
)
MEMO_RULES = ("memo", "approval", "applicant")
#: What a company may limit of its own; every position is judged.
LIMITS = ("cool_off", "intake_limit", "move_limit")
#: What no waiver lets pass: what a binding is and who decides on it.
NEVER_WAIVED = ("personal", "multiple") + MEMO_RULES
MEASURES = (
    "base_size", "paying_share", "off_profile", "client_group", "group_quota", "territory", "newcomer_territory",
    "meetings", "cold_calls", "respecialization", "handover", "head_meetings", "lead_own_meetings",
    "lead_group_meetings",
)

_SIZES = {  # minimum after 0, 2, 4, 6 and 12 full months; maximum
    "universal": ((None, 15, 20, 20, 20), 40),
    "territorial": ((None, 20, 30, 30, 30), 60),
    "industrial": ((None, 20, 20, 20, 20), 60),
    "panel_builder": ((None, 5, 7, 7, 10), 20),
    "dealer": ((None, 10, 10, 15, 15), 30),
    "chain": ((None, None, None, None, None), 10),
}
_CALLING = ("universal", "territorial", "industrial", "dealer")
_PAYING = {
    "universal": "0.35", "territorial": "0.25", "industrial": "0.35",
    "panel_builder": "0.70", "dealer": "0.50", "chain": "0.70",
}
_STANCES = {  # target, allowed, forbidden from 1 July
    "universal": (("emo", "distributor", "infrastructure"), ("industrial", "panel_builder"), ()),
    "territorial": (("emo", "distributor", "infrastructure", "industrial", "panel_builder"), (), ()),
    "industrial": (("industrial",), ("panel_builder",), ("emo", "distributor", "infrastructure")),
    "panel_builder": (("panel_builder",), (), ("emo", "distributor", "infrastructure", "industrial")),
    "dealer": (("dealer",), (), ()),
    "chain": (("chain",), ("dealer",), ()),
}
_SHARP = ("panel_builder", "dealer", "chain")  # black list by potential, one month


def _tenure():
    for spec, (minima, maximum) in _SIZES.items():
        for from_month, minimum in zip((0, 2, 4, 6, 12), minima):
            novice = from_month < 6
            yield {
                "specialization": spec, "from_month": from_month, "effective_from": START,
                "min_accounts": minimum, "max_accounts": maximum,
                "min_meetings": 20 if novice else None,
                "min_meeting_share": None if novice else Decimal("0.5"),
                "min_cold_calls": 100 if novice and spec in _CALLING else None,
            }


def _specialization():
    for spec in SPECIALIZATIONS:
        stepwise = spec in ("territorial", "industrial", "panel_builder")
        caps = ((START, None), (APRIL, 3), (JULY, 0)) if stepwise else ((START, 0),)
        for effective_from, cap in caps:
            yield {
                "specialization": spec, "effective_from": effective_from,
                "min_paying_share": Decimal(_PAYING[spec]),
                "max_off_profile": cap, "may_bind_off_profile": False,
                "territory_rule": {"territorial": "strict", "dealer": "none", "chain": "none"}.get(spec, "city"),
                "exception_only_on_profile": spec in ("industrial", "panel_builder"),
                "newcomers_avoid_territories": spec == "universal",
                "blacklist_months": 1 if spec in _SHARP else 2,
                "blacklist_below": None if spec in _SHARP else Decimal(15000),
            }


def _client_group():
    for spec, stances in _STANCES.items():
        for stance, groups in zip(("target", "allowed", "forbidden"), stances):
            for group in groups:
                yield {
                    "specialization": spec, "client_group": group,
                    "effective_from": JULY if stance == "forbidden" else START, "stance": stance,
                    "max_accounts": 5 if (spec, group) == ("chain", "dealer") else None,
                }


def _potential():
    below = {"S": Decimal(300000), "A": Decimal(150000), "B": Decimal(50000)}
    for spec in SPECIALIZATIONS:
        for potential in ("S", "A", "B"):
            yield {
                "specialization": spec, "potential": potential, "effective_from": START,
                "stance": "allowed" if (spec, potential) == ("territorial", "S") else "target",
                "blacklist_below": below[potential] if spec in _SHARP else None,
            }


def _position():
    for position, meetings, own, group in (
        ("office_head", 15, None, None),
        ("personal_sales_head", 20, None, None),
        ("group_lead", None, Decimal("0.5"), 15),
    ):
        yield {
            "position": position, "effective_from": START, "min_meetings": meetings,
            "min_own_meeting_share": own, "min_group_meetings": group,
        }


SEED = {
    "norm_tenure": list(_tenure()),
    "norm_specialization": list(_specialization()),
    "norm_client_group": list(_client_group()),
    "norm_potential": list(_potential()),
    "norm_position": list(_position()),
    "policy": [{
        "effective_from": START, "paying_above": Decimal(15000), "inactivity_months": 6,
        "respecialization_months": 2, "handover_months": 1, "max_feed_lag_days": 3,
        "max_unbind_share": Decimal("0.05"), "max_unbind_count": 50, "cool_off_days": None,
        "max_new_accounts_per_day": None, "max_moves": None, "move_days": None,
    }],
}
