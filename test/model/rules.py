"""A second reading of the policy: plain, slow, and written from the rules alone.

A world is a dict of table name -> list of rows (dicts with the columns of the
base's tables) and "today".  Base answers what the rules say about it: which
rules a change breaks, what the state is after it, compliance of a month, the
black list, and what is released.  Nothing here talks to a database.
"""

import calendar
from datetime import date, timedelta
from fractions import Fraction

import norms
from memos import Memos, blank

DAY = timedelta(days=1)
ON_PROFILE = ("target", "allowed")


def add_months(day, count):
    """PostgreSQL's month arithmetic: 31 August + 1 month is 30 September."""
    year, month = divmod(day.year * 12 + day.month - 1 + count, 12)
    return date(year, month + 1, min(day.day, calendar.monthrange(year, month + 1)[1]))


def last_day(first):
    return add_months(first, 1) - DAY


def months_served(novice_since, day):
    """Full months served, -1 for an intern."""
    if novice_since is None or day < novice_since:
        return -1
    count = (day.year - novice_since.year) * 12 + day.month - novice_since.month
    return count if add_months(novice_since, count) <= day else count - 1


def status(novice_since, day):
    if novice_since is None or day < novice_since:
        return "intern"
    if day < add_months(novice_since, 6):
        return "novice"
    return "experienced" if day < add_months(novice_since, 12) else "veteran"


class State:
    """What a statement changes: bindings {(organization, manager): (bound_on, additional,
    territory_exception)} and links {organization: head or None}."""

    def __init__(self, bindings, heads):
        self.bindings, self.heads = bindings, heads
        self.ended = {}     # rows that a statement ended, as the log says, made again or not

    def account(self, organization):
        return self.heads[organization] or organization

    def accounts(self, manager):
        return {self.account(o) for o, m in self.bindings if m == manager}

    def holders(self, organization):
        return {m for o, m in self.bindings if o == organization}


class Base:
    """One world, readable by its rules."""

    def __init__(self, world):
        self.today = world["today"]
        rows = lambda name: world.get(name, ())
        self.enforcement = {code: "block" for code in norms.RULES}
        self.enforcement.update({code: "off" for code in norms.MEMO_RULES})
        self.enforcement.update({r["code"]: r["enforcement"] for r in rows("rule")})
        self.positions = dict(norms.POSITIONS)
        self.positions.update({r["code"]: (r["holds_base"], r["specialized"]) for r in rows("position")})
        self.norms = {}
        for table, key in norms.KEYS.items():
            merged = {}
            for row in list(norms.SEED[table]) + list(rows(table)):
                by_date = merged.setdefault(tuple(row[k] for k in key), {})
                by_date[row["effective_from"]] = row
            self.norms[table] = merged
        self.unit = {r["id"]: r for r in rows("unit")}
        self.manager = {r["id"]: r for r in rows("manager")}
        self.posts = {m: [] for m in self.manager}
        for r in sorted(rows("manager_post"), key=lambda r: r["since"]):
            self.posts[r["manager_id"]].append(r)
        self.manager_territory = list(rows("manager_territory"))
        self.organization = {r["id"]: r for r in rows("organization")}
        self.state = State(
            {(r["organization_id"], r["manager_id"]):
                (r["bound_on"], r["additional"], r["territory_exception"]) for r in rows("binding")},
            {r["id"]: r["head_id"] for r in rows("organization")})
        self.log = list(rows("binding_log"))
        self.waivers = list(rows("waiver"))
        self.turnover = {(r["organization_id"], r["month"]): r for r in rows("turnover")}
        self.overdue = {r["organization_id"]: r["amount"] for r in rows("overdue")}
        self.activity = list(rows("activity"))
        self.feed = {r["name"]: r["loaded_through"] for r in rows("feed")}
        self.memos = Memos(self, world)

    # ---- norms -------------------------------------------------------------

    def norm(self, table, day, *key):
        """The row of a key in force on a day, or None."""
        by_date = self.norms[table].get(key, {})
        dates = [d for d in by_date if d <= day]
        return by_date[max(dates)] if dates else None

    def norm_value(self, table, column, day, *key):
        row = self.norm(table, day, *key)
        return row[column] if row else None

    def tenure_norm(self, manager, day):
        """The row of the greatest from_month not above the months served, or None."""
        spec = self.specialization(manager, day)
        served = months_served(self.manager[manager]["novice_since"], day)
        steps = [key[1] for key in self.norms["norm_tenure"]
                 if key[0] == spec and key[1] <= served and self.norm("norm_tenure", day, *key)]
        return self.norm("norm_tenure", day, spec, max(steps)) if steps else None

    def max_accounts(self, manager, day):
        """The largest base, None when unlimited; without a norm nothing can be bound."""
        row = self.tenure_norm(manager, day)
        return row["max_accounts"] if row else 0

    def stance(self, spec, group, day):
        return self.norm_value("norm_client_group", "stance", day, spec, group)

    def quota(self, spec, group, day):
        row = self.norm("norm_client_group", day, spec, group)
        return row["max_accounts"] if row and row["stance"] == "allowed" else None

    def off_profile_group(self, spec, group, day):
        """Unknown, without a stance in force, or forbidden."""
        return self.stance(spec, group, day) not in ON_PROFILE

    # ---- people ------------------------------------------------------------

    def post(self, manager, day):
        """The post of a day; of a leaver the last one.  None: no post."""
        held = [p for p in self.posts[manager] if p["since"] <= day]
        return held[-1] if held else None

    def employed(self, manager, day):
        row = self.manager[manager]
        return row["hired_on"] <= day and (row["left_on"] is None or day < row["left_on"])

    def left(self, manager, day):
        left_on = self.manager[manager]["left_on"]
        return left_on is not None and left_on <= day

    def holds_base(self, post):
        return post is not None and self.positions[post["position"]][0]

    def specialized(self, post):
        return post is not None and self.positions[post["position"]][1]

    def specialization(self, manager, day):
        post = self.post(manager, day)
        return post["specialization"] if self.specialized(post) else None

    def status(self, manager, day):
        return status(self.manager[manager]["novice_since"], day)

    def up(self, unit):
        while unit is not None:
            yield self.unit[unit]
            unit = self.unit[unit]["parent_id"]

    def office(self, manager, day):
        """The nearest office above the post's unit, else that unit; None: no post."""
        post = self.post(manager, day)
        if post is None:
            return None
        return next((u["id"] for u in self.up(post["unit_id"]) if u["kind"] == "office"), post["unit_id"])

    def one_office(self, one, other, day):
        offices = self.office(one, day), self.office(other, day)
        return None in offices or offices[0] == offices[1]

    def manager_city(self, manager, day):
        post = self.post(manager, day)
        return next((u["city"] for u in self.up(post["unit_id"]) if u["city"] is not None), None) if post else None

    def territories(self, manager, day):
        return {t["territory_id"] for t in self.manager_territory
                if t["manager_id"] == manager and t["since"] <= day and (t["until"] is None or day < t["until"])}

    def run_start(self, manager, day, belongs):
        """First day of the unbroken run of posts, up to the one of that day, that belong."""
        start = None
        for post in self.posts[manager]:
            if post["since"] > day:
                break
            if not belongs(post):
                start = None
            elif start is None:
                start = post["since"]
        return start

    def last_change(self, manager, day):
        """(day, old, new) of the latest change of specialization, or None."""
        change = current = None
        for post in self.posts[manager]:
            spec = post["specialization"] if self.specialized(post) else None
            if post["since"] > day or spec is None:
                continue
            if current is not None and spec != current:
                change = (post["since"], current, spec)
            current = spec
        return change

    # ---- organizations -----------------------------------------------------

    def group(self, state, organization):
        return self.organization[state.account(organization)]["client_group"]

    def potential(self, state, organization):
        return self.organization[state.account(organization)]["potential"]

    def own_or_heads(self, state, organization, column):
        own = self.organization[organization][column]
        return own if own is not None else self.organization[state.account(organization)][column]

    def outside_territory(self, state, organization, manager, day):
        """Strict rule: the territory is unknown or not one of the manager's."""
        return self.own_or_heads(state, organization, "territory_id") not in self.territories(manager, day)

    def outside_city(self, state, organization, manager, spec, exception, day):
        """City rule: in another city, without a justification that counts."""
        here, there = self.manager_city(manager, day), self.own_or_heads(state, organization, "city")
        if here is None or there is None or here == there:
            return False
        if blank(exception):
            return True
        only = self.norm_value("norm_specialization", "exception_only_on_profile", day, spec)
        return bool(only) and self.off_profile_group(spec, self.group(state, organization), day)

    def barred_to_newcomer(self, state, organization, manager, spec, day):
        return (bool(self.norm_value("norm_specialization", "newcomers_avoid_territories", day, spec))
                and self.status(manager, day) in ("intern", "novice")
                and self.own_or_heads(state, organization, "territory_id") is not None)

    # ---- section 4: one rule each ------------------------------------------
    # Each is asked about one pair and says whether the pair breaks it.

    def breaks_personal(self, manager, bound_on, day):
        return (not self.employed(manager, day) or not self.holds_base(self.post(manager, day))
                or bound_on < self.manager[manager]["hired_on"] or bound_on > day)

    def breaks_base_size(self, before, after, manager, day):
        count, bound = len(after.accounts(manager)), self.max_accounts(manager, day)
        return bound is not None and count > bound and count > len(before.accounts(manager))

    def breaks_client_group(self, after, organization, spec, day):
        return self.stance(spec, self.group(after, organization), day) == "forbidden"

    def breaks_off_profile(self, after, organization, spec, day):
        allowed = self.norm_value("norm_specialization", "may_bind_off_profile", day, spec)
        return allowed is False and self.stance(spec, self.group(after, organization), day) is None

    def breaks_group_quota(self, before, after, organization, manager, spec, day):
        group = self.group(after, organization)
        quota = self.quota(spec, group, day)
        count = lambda state: sum(self.organization[a]["client_group"] == group for a in state.accounts(manager))
        return quota is not None and count(after) > quota and count(after) > count(before)

    def breaks_territory(self, after, organization, manager, spec, exception, day):
        rule = self.norm_value("norm_specialization", "territory_rule", day, spec)
        if rule == "strict":
            return self.outside_territory(after, organization, manager, day)
        return rule == "city" and self.outside_city(after, organization, manager, spec, exception, day)

    def breaks_potential(self, before, after, organization, spec, day):
        account = after.account(organization)
        if any(after.account(o) == account for o, _ in before.bindings):
            return False
        stance = self.norm_value("norm_potential", "stance", day, spec, self.potential(after, organization))
        return stance not in ON_PROFILE

    def breaks_multiple(self, before, after, organization, manager, day):
        bound_on, additional, _ = after.bindings[organization, manager]
        others = after.holders(organization) - {manager}
        if any(self.one_office(manager, other, day) for other in others):
            return True
        if additional:
            return False
        if any(not after.bindings[organization, other][1] for other in others):
            return True
        ends = [r["unbound_on"] for r in self.log
                if r["organization_id"] == organization and r["unbound_on"] is not None and not r["additional"]]
        ends += [day for (o, m), row in after.ended.items()
                 if o == organization and m != manager and not row[1]]
        return any(bound_on < end for end in ends)

    def limit(self, column, day):
        """A limit of the company's own that is in force, or None."""
        row = self.norm("policy", day)
        return row.get(column) if row else None

    def was_his_until(self, after, account, manager):
        """The latest end of a binding of any organization of an account to him; None: he never held any."""
        return max((r["unbound_on"] for r in self.log
                    if r["manager_id"] == manager and r["unbound_on"] is not None and r["bound_on"] < r["unbound_on"]
                    and after.account(r["organization_id"]) == account), default=None)

    def breaks_cool_off(self, after, organization, manager, day):
        days, end = self.limit("cool_off_days", day), self.was_his_until(after, after.account(organization), manager)
        return days is not None and end is not None and day < end + days * DAY

    def takes(self, before, after, organization, manager):
        """Is the client new to the manager's base?"""
        return after.account(organization) not in before.accounts(manager)

    def limits_intake(self, day):
        return self.limit("max_new_accounts_per_day", day) is not None and self.enforcement["intake_limit"] != "off"

    def breaks_intake_limit(self, before, after, manager, day):
        if not self.limits_intake(day):
            return False
        earlier = {after.account(r["organization_id"]) for r in self.log
                   if r["manager_id"] == manager and r.get("taken_on") == day}
        now = earlier | (after.accounts(manager) - before.accounts(manager))
        return len(now) > self.limit("max_new_accounts_per_day", day) and len(now) > len(earlier)

    def main_holders(self, before, after, organization, day):
        """[(manager, bound_on)] of an organization's main bindings as they ended, the present one last."""
        ends = [(r["unbound_on"], n, r["manager_id"], r["bound_on"]) for n, r in enumerate(self.log)
                if r["organization_id"] == organization and r["unbound_on"] is not None and not r["additional"]]
        ends += [(day, len(self.log), m, row[0]) for (o, m), row in after.ended.items()
                 if o == organization and not row[1]]
        present = [(m, row[0]) for (o, m), row in after.bindings.items() if o == organization and not row[1]]
        # check_binding may suppose a second one: then that is the present one.
        present.sort(key=lambda holder: (organization, holder[0]) not in before.bindings)
        return [end[2:] for end in sorted(ends)] + present[-1:]

    def moves(self, before, after, account, since, day):
        """How many moves of an account there are that are dated later than a day."""
        ways = {}   # (day, from, to) -> {organization: times}
        for organization in after.heads:
            if after.account(organization) != account:
                continue
            holders = self.main_holders(before, after, organization, day)
            for (one, _), (other, moved_on) in zip(holders, holders[1:]):
                if one != other and moved_on > since:
                    times = ways.setdefault((moved_on, one, other), {})
                    times[organization] = times.get(organization, 0) + 1
        return sum(max(times.values()) for times in ways.values())

    def breaks_move_limit(self, before, after, organization, manager, day):
        most, days = self.limit("max_moves", day), self.limit("move_days", day)
        holders = self.main_holders(before, after, organization, day)
        if most is None or days is None or len(holders) < 2 or holders[-2][0] == manager:
            return False
        return self.moves(before, after, after.account(organization), day - days * DAY, day) > most

    def waiver(self, manager, rule, day):
        """The waiver of a rule or measure in force: the one that holds longest, then the lowest number; or None."""
        held = [w for w in self.waivers if w["manager_id"] == manager and w["rule"] == rule
                and w["since"] <= day < w["until"]]
        return min(held, key=lambda w: (date.max - w["until"], w["id"]))["id"] if held else None

    def waived(self, manager, code, day):
        return code not in norms.NEVER_WAIVED and self.waiver(manager, code, day) is not None

    def broken(self, before, after, day):
        """What is broken by a change and not waived: a set of (organization, manager, code)."""
        return {(o, m, code) for o, m, code in self.objections(before, after, day) if not self.waived(m, code, day)}

    def waivers_named(self, before, after, organization, manager):
        """The waivers that a new or changed pair needs, as the log names them; None: none."""
        codes = {code for o, m, code in self.objections(before, after, self.today) if (o, m) == (organization, manager)}
        return self._numbers((manager, code) for code in norms.RULES if code in codes)

    def waivers_of_link(self, before, after, organization):
        """The same of a link: those of the organization's holders whose count it raises."""
        return self._numbers((m, "base_size") for m in sorted(after.holders(organization))
                             if self.specialized(self.post(m, self.today))
                             and self.breaks_base_size(before, after, m, self.today))

    def _numbers(self, needed):
        used = [str(self.waiver(m, code, self.today)) for m, code in needed
                if self.enforcement[code] != "off" and self.waived(m, code, self.today)]
        return ", ".join(used) or None

    def objections(self, before, after, day):
        """What is broken by a change, waived or not: a set of (organization, manager, code).

        The organization is None where a link alone raises a manager's count."""
        found = set()
        brought = {}  # manager -> accounts that binding rows brought in
        for pair, row in after.bindings.items():
            organization, manager = pair
            old = before.bindings.get(pair)
            if row == old:
                continue
            new = old is None
            bound_on, additional, exception = row
            post, spec = self.post(manager, day), self.specialization(manager, day)
            says = lambda code, breaks: found.add((organization, manager, code)) if breaks else None
            if new or bound_on != old[0]:
                says("personal", self.breaks_personal(manager, bound_on, day))
            if new or bound_on != old[0] or additional != old[1]:
                says("multiple", self.breaks_multiple(before, after, organization, manager, day))
            client = after.account(organization)
            new_client = new and self.takes(before, after, organization, manager)
            if new_client:
                says("cool_off", self.breaks_cool_off(after, organization, manager, day))
                says("intake_limit", self.breaks_intake_limit(before, after, manager, day))
            if new and not additional:
                says("move_limit", self.breaks_move_limit(before, after, organization, manager, day))
            if new_client and self.specialized(post):
                brought.setdefault(manager, set()).add(client)
                says("base_size", self.breaks_base_size(before, after, manager, day))
            if spec is None:
                continue
            if new or exception != old[2]:
                says("territory", self.breaks_territory(after, organization, manager, spec, exception, day))
            if new:
                says("newcomer_territory", self.barred_to_newcomer(after, organization, manager, spec, day))
            if new_client:
                says("client_group", self.breaks_client_group(after, organization, spec, day))
                says("off_profile", self.breaks_off_profile(after, organization, spec, day))
                says("group_quota", self.breaks_group_quota(before, after, organization, manager, spec, day))
                says("potential", self.breaks_potential(before, after, organization, spec, day))
        for manager in {m for _, m in after.bindings}:
            split_off = after.accounts(manager) - before.accounts(manager) - brought.get(manager, set())
            if (split_off and self.specialized(self.post(manager, day))
                    and self.breaks_base_size(before, after, manager, day)):
                found.add((None, manager, "base_size"))
        return found

    def bad_links(self, before, after):
        """Organizations whose new head would make a chain, a loop or a self-link."""
        bad = set()
        for organization, head in after.heads.items():
            if head is None or before.heads.get(organization) == head:
                continue
            if after.heads[head] is not None or organization in after.heads.values():
                bad.add(organization)
        return bad

    def check_binding(self, organization, manager, day=None):
        """code -> passed, as the call of that name."""
        day = day or self.today
        passed = dict.fromkeys(norms.RULES)
        pair, before = (organization, manager), self.state
        again = pair in before.bindings
        after = State(dict(before.bindings), before.heads)
        after.bindings[pair] = (day, False, None)
        broken = {code for o, m, code in self.broken(before, after, day) if (o, m) == pair}
        if again:
            broken = {"multiple"} | ({"personal"} if self.breaks_personal(manager, day, day) else set())
        else:
            bind = ("bind", organization, None, manager, None, False, None)
            broken |= {code for _, code in self.memos.broken([bind], before, after, day)}
        post, spec = self.post(manager, day), self.specialization(manager, day)
        for code in norms.RULES:
            judged = (code in ("personal", "multiple") + norms.MEMO_RULES + norms.LIMITS or spec is not None
                      or code == "base_size" and self.specialized(post))
            if self.enforcement[code] != "off" and judged:
                passed[code] = code not in broken
        return passed

    NORM_RULES = tuple(code for code in norms.RULES if code not in norms.MEMO_RULES)

    def candidates(self, organization):
        """Who could have it without breaking a rule of personal to multiple: by a move of its main
        binding, or a bind where nobody holds it; None where it has additional holders alone."""
        before = self.state
        holders = before.holders(organization)
        main = next((m for m in holders if not before.bindings[organization, m][1]), None)
        if holders and main is None:
            return None
        found = set()
        for manager in self.manager.keys() - holders:
            after = State({pair: row for pair, row in before.bindings.items() if pair != (organization, main)}, before.heads)
            after.bindings[organization, manager] = (self.today, False, None)
            after.ended = {pair: row for pair, row in before.bindings.items() if pair == (organization, main)}
            # Nobody is proposed who may hold no base, even where that is not judged.
            if not any(code == "personal" or self.enforcement[code] != "off"
                       for _, _, code in self.broken(before, after, self.today)):
                found.add(manager)
        return found

    def claimable(self, manager):
        """Accounts that nobody holds of which each organization could be bound to the manager."""
        state = self.state
        held = {state.account(o) for o, _ in state.bindings}
        refused = {state.account(o) for o in state.heads
                   if any(self.check_binding(o, manager)[code] is False for code in self.NORM_RULES)}
        return {state.account(o) for o in state.heads} - held - refused

    # ---- section 5: compliance ---------------------------------------------

    def held(self, day):
        """(organization, manager) -> (bound_on, additional, exception) at the end of a day."""
        holdings = {}
        for r in self.log:
            if r["unbound_on"] is not None and r["bound_on"] <= day < r["unbound_on"]:
                holdings[r["organization_id"], r["manager_id"]] = (
                    r["bound_on"], r["additional"], r["territory_exception"])
        holdings.update({pair: row for pair, row in self.state.bindings.items() if row[0] <= day})
        return holdings

    def as_of(self, first):
        """Day of judgement of a month and whether it is closed; None before it begins."""
        if first > self.today:
            return None, False
        closed = last_day(first) < self.today
        return (last_day(first) if closed else self.today), closed

    def by_the_norms(self, first):
        """Rows (manager, measure) -> (verdict, actual, norm_min, norm_max), whatever is waived."""
        as_of, closed = self.as_of(first)
        rows = {}
        if as_of is None:
            return rows
        held = self.held(as_of)
        for manager in self.manager:
            Judgement(self, manager, first, as_of, closed, held, rows).judge()
        return rows

    def waived_measures(self, first):
        """(manager, measure) -> the waiver by which it is exempt, where it would not be without."""
        as_of, _ = self.as_of(first)
        waivers = {key: self.waiver(*key, as_of) for key, row in self.by_the_norms(first).items() if row[0] != "exempt"}
        return {key: waiver for key, waiver in waivers.items() if waiver is not None}

    def compliance(self, first):
        """The same after waivers."""
        waived = self.waived_measures(first)
        return {key: ("exempt", row[1], None, None) if key in waived else row
                for key, row in self.by_the_norms(first).items()}

    def scorecard(self, first):
        """manager -> (missed, compliant)."""
        missed = {}
        for (manager, _), (verdict, *_) in self.compliance(first).items():
            missed[manager] = missed.get(manager, 0) + (verdict == "missed")
        return {m: (n, n == 0) for m, n in missed.items()}

    def blacklist(self, first):
        """(manager, account) -> (potential, threshold, largest turnover of the months)."""
        as_of, closed = self.as_of(first)
        listed = {}
        if as_of is None:
            return listed
        held = self.held(as_of)
        for organization, manager in held:
            spec = self.specialization(manager, as_of)
            if spec is None or not self.employed(manager, as_of):
                continue
            account = self.state.account(organization)
            potential = self.organization[account]["potential"]
            months = self.norm_value("norm_specialization", "blacklist_months", as_of, spec)
            below = self.norm_value("norm_potential", "blacklist_below", as_of, spec, potential)
            if below is None:
                below = self.norm_value("norm_specialization", "blacklist_below", as_of, spec)
            if not months or below is None:
                continue
            newest = first if closed else add_months(first, -1)
            sums = [sum(self.amount(o, add_months(newest, -n)) for o, m in held
                        if m == manager and self.state.account(o) == account) for n in range(months)]
            if all(total < below for total in sums):
                listed[manager, account] = (potential, below, max(sums))
        return listed

    def amount(self, organization, month):
        row = self.turnover.get((organization, month))
        return row["amount"] if row else 0

    # ---- section 6: automatic unbinding ------------------------------------

    def release(self, as_of):
        """(pairs due, pairs held back by receivables, whether a run must refuse)."""
        state = self.state
        alive = {}  # account -> last day of a sale
        for (organization, month), row in self.turnover.items():
            if row["amount"] > 0:
                day = row["last_on"] or last_day(month)
                account = state.account(organization)
                alive[account] = max(day, alive.get(account, day))
        owing = {state.account(o) for o, amount in self.overdue.items() if amount > 0}
        months = self.norm_value("policy", "inactivity_months", as_of)
        due, kept = set(), set()
        for organization, manager in state.bindings:
            account = state.account(organization)
            clock = min(row[0] for (o, m), row in state.bindings.items()
                        if m == manager and state.account(o) == account)
            clock = max(clock, alive.get(account, clock))
            if as_of >= add_months(clock, months):
                (kept if account in owing else due).add((organization, manager))
        lag = timedelta(days=self.norm_value("policy", "max_feed_lag_days", as_of))
        stale = any(self.feed.get(name) is None or self.feed[name] < as_of - lag
                    for name in ("turnover", "overdue"))
        flood = (len(due) > self.norm_value("policy", "max_unbind_share", as_of) * len(state.bindings)
                 and len(due) > self.norm_value("policy", "max_unbind_count", as_of))
        return due, kept, stale or flood


class Judgement:
    """One person, one month: writes his rows of compliance."""

    def __init__(self, base, manager, first, as_of, closed, held, rows):
        self.base, self.manager, self.first, self.as_of, self.rows = base, manager, first, as_of, rows
        self.below = "missed" if closed else "pending"
        self.post = base.post(manager, as_of)
        self.on_staff = base.employed(manager, as_of)
        self.spec = base.specialization(manager, as_of)
        self.person = base.manager[manager]
        self.base_of = {}  # account -> {organization: (bound_on, additional, exception)}
        for (organization, holder), row in held.items():
            if holder == manager:
                self.base_of.setdefault(base.state.account(organization), {})[organization] = row

    def judge(self):
        base = self.base
        if self.on_staff and base.holds_base(self.post):
            judged = self.spec is not None and base.status(self.manager, self.as_of) != "intern"
            self.holder(judged)
            own = self.position_norm("min_own_meeting_share")
            if own is not None:
                self.lead(judged, own)
        elif self.on_staff and self.post and self.position_norm("min_meetings") is not None:
            position = self.post["position"]
            self.at_least("head_meetings", len(self.outside_meetings()), self.position_norm("min_meetings"),
                          self.incomplete(lambda p: p["position"] == position, novice=False))
        self.handover()

    def position_norm(self, column):
        return self.base.norm_value("norm_position", column, self.as_of, self.post["position"])

    def put(self, measure, verdict, actual=None, norm_min=None, norm_max=None):
        self.rows[self.manager, measure] = (verdict, actual, norm_min, norm_max)

    def at_least(self, measure, actual, norm, exempt=False):
        if exempt or norm is None:
            self.put(measure, "exempt")
        else:
            self.put(measure, "met" if actual >= norm else self.below, actual, norm)

    def at_most(self, measure, actual, norm, exempt=False):
        if exempt or norm is None:
            self.put(measure, "exempt")
        else:
            self.put(measure, "met" if actual <= norm else "missed", actual, None, norm)

    def incomplete(self, carries, novice=True):
        """Whether the month began before he could be judged in the whole of it."""
        start = self.base.run_start(self.manager, self.as_of, carries)
        since = self.person["novice_since"]
        return (self.first < self.person["hired_on"] or start is None or self.first < start
                or novice and (since is None or self.first < since))

    def activities(self, kind):
        return [a for a in self.base.activity
                if a["manager_id"] == self.manager and a["kind"] == kind
                and self.first <= a["happened_on"] <= self.as_of]

    def outside_meetings(self):
        return [a for a in self.activities("meeting") if a["outside_office"] and a["organization_id"] is not None]

    def policy(self, column):
        return self.base.norm_value("policy", column, self.as_of)

    # A holder of a base.

    def holder(self, judged):
        measures = ("base_size", "paying_share", "off_profile", "client_group", "group_quota", "territory",
                    "newcomer_territory", "meetings", "cold_calls", "respecialization")
        for measure in measures:
            if judged:
                getattr(self, measure)()
            else:
                self.put(measure, "exempt")

    def spec_norm(self, column):
        return self.base.norm_value("norm_specialization", column, self.as_of, self.spec)

    def grace(self):
        """Whether his latest change of specialization still has time."""
        change = self.base.last_change(self.manager, self.as_of)
        return change is not None and self.as_of < add_months(change[0], self.policy("respecialization_months"))

    def base_size(self):
        row, count = self.base.tenure_norm(self.manager, self.as_of), len(self.base_of)
        low, high = (row["min_accounts"], row["max_accounts"]) if row else (None, 0)
        if low is None and high is None:
            return self.put("base_size", "exempt")
        fits = (low is None or low <= count) and (high is None or count <= high)
        verdict = "met" if fits else "pending" if self.grace() else "missed"
        self.put("base_size", verdict, count, low, high)

    def paying_share(self):
        above = self.policy("paying_above")
        paying = sum(sum(self.base.amount(o, self.first) for o in organizations) > above
                     for organizations in self.base_of.values())
        norm = self.spec_norm("min_paying_share")
        if not self.base_of:
            return self.put("paying_share", "exempt")
        self.at_least("paying_share", Fraction(paying, len(self.base_of)), None if norm is None else Fraction(norm))

    def counted(self):
        """His accounts less those that a change of specialization still leaves time for."""
        spared = self.unfit() if self.grace() else set()
        return {a: organizations for a, organizations in self.base_of.items() if a not in spared}

    def group_of(self, account):
        return self.base.organization[account]["client_group"]

    def is_off_profile(self, account, organizations, spec):
        if self.base.off_profile_group(spec, self.group_of(account), self.as_of):
            return True
        rule = self.base.norm_value("norm_specialization", "territory_rule", self.as_of, spec)
        return rule == "strict" and any(
            self.base.outside_territory(self.base.state, o, self.manager, self.as_of) for o in organizations)

    def is_outside(self, organizations, spec):
        rule = self.base.norm_value("norm_specialization", "territory_rule", self.as_of, spec)
        return rule == "city" and any(
            self.base.outside_city(self.base.state, o, self.manager, spec, row[2], self.as_of)
            for o, row in organizations.items())

    def is_barred(self, organizations, spec):
        return any(self.base.barred_to_newcomer(self.base.state, o, self.manager, spec, self.as_of)
                   for o in organizations)

    def off_profile(self):
        count = sum(self.is_off_profile(a, os, self.spec) for a, os in self.counted().items())
        self.at_most("off_profile", count, self.spec_norm("max_off_profile"))

    def client_group(self):
        count = sum(self.base.stance(self.spec, self.group_of(a), self.as_of) == "forbidden" for a in self.counted())
        self.at_most("client_group", count, 0)

    def group_quota(self):
        groups = [self.group_of(a) for a in self.counted()]
        over = 0
        for group in set(groups):
            quota = self.base.quota(self.spec, group, self.as_of)
            if quota is not None:
                over += max(0, groups.count(group) - quota)
        self.at_most("group_quota", over, 0)

    def territory(self):
        count = sum(self.is_outside(os, self.spec) for os in self.counted().values())
        self.at_most("territory", count, 0, exempt=self.spec_norm("territory_rule") != "city")

    def newcomer_territory(self):
        avoids = self.spec_norm("newcomers_avoid_territories")
        novice = self.base.status(self.manager, self.as_of) == "novice"
        count = sum(self.is_barred(os, self.spec) for os in self.counted().values())
        self.at_most("newcomer_territory", count, 0, exempt=not (avoids and novice))

    def meeting_norm(self, count, share):
        """A number of meetings, or a share of the accounts (nobody to meet: None)."""
        if count is not None:
            return count
        return None if share is None or not self.base_of else Fraction(share) * len(self.base_of)

    def tenure_norm(self, column):
        row = self.base.tenure_norm(self.manager, self.as_of)
        return row[column] if row else None

    def unsettled(self):
        return self.incomplete(self.base.specialized)

    def meetings(self):
        norm = self.meeting_norm(self.tenure_norm("min_meetings"), self.tenure_norm("min_meeting_share"))
        self.at_least("meetings", len(self.outside_meetings()), norm, self.unsettled())

    def cold_calls(self):
        self.at_least("cold_calls", len(self.activities("cold_call")), self.tenure_norm("min_cold_calls"),
                      self.unsettled())

    def unfit(self):
        """Accounts from before his latest change of specialization that fitted the old one only."""
        change = self.base.last_change(self.manager, self.as_of)
        if change is None:
            return set()
        day, old, new = change
        unfit = lambda a, os, spec: (self.is_off_profile(a, os, spec) or self.is_outside(os, spec)
                                     or self.is_barred(os, spec))
        return {a for a, os in self.base_of.items() if min(row[0] for row in os.values()) < day
                and not unfit(a, os, old) and unfit(a, os, new)}

    def respecialization(self):
        if self.base.last_change(self.manager, self.as_of) is None:
            return self.put("respecialization", "exempt")
        count = len(self.unfit())
        verdict = "met" if count == 0 else "pending" if self.grace() else "missed"
        self.put("respecialization", verdict, count, None, 0)

    # Leads, and who has to hand over.

    def lead(self, judged, own_share):
        unsettled = not judged or self.incomplete(lambda p: p["position"] == self.post["position"])
        met = self.outside_meetings()
        own = sum((a["organization_id"], self.manager) in self.base.held(a["happened_on"]) for a in met)
        self.at_least("lead_own_meetings", own, self.meeting_norm(None, own_share), unsettled)
        group = sum(any(self.in_group(m, a["happened_on"])
                        for o, m in self.base.held(a["happened_on"]) if o == a["organization_id"]) for a in met)
        self.at_least("lead_group_meetings", group, self.position_norm("min_group_meetings"), unsettled)

    def in_group(self, manager, day):
        post = self.base.post(manager, day)
        return (self.base.employed(manager, day) and post is not None
                and post["position"] == "manager" and post["lead_id"] == self.manager)

    def handover(self):
        base, accounts = self.base, self.base_of
        days = []
        if base.left(self.manager, self.as_of):
            days.append(self.person["left_on"])
        if self.post and not base.holds_base(self.post):
            days.append(base.run_start(self.manager, self.as_of, lambda p: not base.holds_base(p)))
        elif not days and base.holds_base(self.post) and not base.specialized(self.post):
            since = base.run_start(self.manager, self.as_of, lambda p: base.holds_base(p) and not base.specialized(p))
            days.append(since)
            accounts = {a for a, os in accounts.items() if min(row[0] for row in os.values()) < since}
        if days and accounts:
            late = self.as_of >= add_months(min(days), self.policy("handover_months"))
            self.put("handover", "missed" if late else "pending", len(accounts), None, 0)
