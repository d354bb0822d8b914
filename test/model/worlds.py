"""Random worlds and random operations, the same for the same seed.

Small on purpose: few people and clients, norms of one to four accounts, and
facts that lie on a bound or a day, a kopeck, an account beside it.
"""

import random
from datetime import date, timedelta
from decimal import Decimal

import norms
from changes import literal
from rules import add_months, last_day

DAY = timedelta(days=1)
TODAYS = (
    "2010-07-15", "2010-07-15", "2010-07-15", "2010-07-01", "2010-06-30", "2010-04-01", "2010-03-31",
    "2010-02-28", "2010-08-31", "2010-12-31", "2011-03-01", "2011-05-31", "2012-02-29", "2012-03-31", "2010-01-01",
)
CITIES = ("Moscow", "Tver", None)
AMOUNTS = ("0", "-5", "0.01", "15000", "15000.01", "14999.99", "20000", "49999.99", "50000", "149999.99",
           "150000", "299999.99", "300000", "7000")
TEXTS = (None, None, "full potential, excellent interaction", "  ", "")


class Generator:
    def __init__(self, seed):
        self.rng = random.Random(seed)
        self.world = {}

    def chance(self, share):
        return self.rng.random() < share

    def one(self, *choices):
        return self.rng.choice(choices)

    def near(self, day):
        return day + self.one(-1, 0, 0, 1) * DAY

    def past(self):
        """A day that some period may end or begin on."""
        today = self.world["today"]
        return self.one(
            self.near(add_months(today, -self.one(1, 2, 2, 6, 6, 12))),
            self.near(today.replace(day=1)), self.near(add_months(today.replace(day=1), -1)),
            today - self.rng.randrange(700) * DAY, today)

    def rows(self, table, rows):
        self.world[table] = list(rows)

    # ---- the world ---------------------------------------------------------

    def make(self):
        self.world = {"today": date.fromisoformat(self.one(*TODAYS))}
        self.easy = self.chance(0.5)    # a world where most changes are in order
        self.specs = self.rng.sample(norms.SPECIALIZATIONS, self.one(1, 2, 3))
        self.quiet = self.chance(0.4)   # clients have bought little for long
        self.waiving = self.chance(0.25)
        self.limited = self.chance(0.3)     # under limits of the company's own
        self.large = self.chance(0.12)  # under the norms of 2010 themselves
        self.groups, self.potentials, self.posts = norms.GROUPS, norms.POTENTIALS, dict(norms.POSITIONS)
        if self.chance(0.3):
            self.own_words()
        self.units()
        self.people()
        self.clients()
        self.bindings()
        self.facts()
        if self.chance(0.5):    # whom nothing is known of yet
            self.world["organization"].append({
                "id": 90, "name": "Client 90", "head_id": None, "client_group": None, "potential": None,
                "city": None, "territory_id": None})
            self.world["manager"].append({"id": 90, "personnel_no": "P90", "full_name": "Person 90",
                                          "hired_on": self.past(), "novice_since": None, "left_on": None})
        if not self.large:
            self.norms()
        self.rows("waiver", [self.waiver(i) for i in range(1, 1 + self.waiving * self.one(2, 5, 12))])
        rules = [c for c in norms.RULES if c not in norms.MEMO_RULES]
        self.world["actor"] = None
        self.memos = self.chance(0.4)
        if self.memos:
            self.authorities()
        self.rows("rule", [{"code": code, "enforcement": self.one("warn", "off")}
                           for code in rules if self.chance(0.25) and self.chance(0.35)]
                  + [{"code": code, "enforcement": self.one("block", "block", "block", "warn", "off")}
                     for code in norms.MEMO_RULES if self.memos])
        return self.world

    def waiver(self, number):
        """A waiver in force about now, of a rule or a measure."""
        today = self.world["today"]
        rules = [c for c in norms.RULES if c not in norms.NEVER_WAIVED]
        since = self.one(self.past(), today, today, today + DAY, today - DAY)
        return {"id": number, "manager_id": self.one(*self.world["manager"])["id"],
                "rule": self.one(*rules, *rules, *norms.MEASURES, "base_size"), "since": since,
                "until": max(since + DAY, self.one(today, today + DAY, today + DAY, today + 40 * DAY, self.past())),
                "reason": "because", "granted_by": "kbm_centre"}

    def own_words(self):
        """Codes that a company has added to the dictionaries."""
        self.specs.append("exporter")
        self.groups, self.potentials = self.groups + ("state",), self.potentials + ("D",)
        self.posts.update(broker=(True, True), keeper=(True, False), adviser=(False, False))
        named = lambda code, **more: dict(code=code, name_en=code, name_ru=code, **more)
        self.rows("specialization", [named("exporter", central=False)])
        self.rows("client_group", [named("state")])
        self.rows("potential", [{"code": "D", "rank": 9}])
        self.rows("position", [named(code, holds_base=self.posts[code][0], specialized=self.posts[code][1])
                               for code in ("broker", "keeper", "adviser")])

    def units(self):
        unit = lambda i, parent, kind, city=None: {"id": i, "parent_id": parent, "kind": kind,
                                                   "name": f"{kind} {i}", "city": city}
        self.rows("unit", [
            unit(1, None, "centre", self.one(*CITIES)), unit(2, 1, "region", self.one(*CITIES)),
            unit(3, 2, "cluster", self.one(None, None, "Moscow")), unit(4, 3, "office", self.one(*CITIES)),
            unit(5, 3, "office", self.one(*CITIES)), unit(6, 2, "office", self.one(*CITIES)),
            unit(7, 4, "service"), unit(8, 2, "vtc", self.one(*CITIES)), unit(9, 1, "region"),
            unit(10, 9, "office", "Tver"),
        ])
        self.rows("territory", [{"id": i, "unit_id": self.one(None, 4), "name": f"territory {i}"} for i in (1, 2, 3)])

    def people(self):
        today, managers, posts = self.world["today"], [], []
        self.world["manager_post"] = posts
        count = self.one(1, 2) if self.large else self.one(3, 4, 5, 7)
        for i in range(1, count + 1):
            novice = self.one(None, self.near(add_months(today, -self.one(0, 2, 4, 6, 7, 12))),
                              self.near(add_months(today, -self.one(6, 12))), today - 900 * DAY, today + 3 * DAY)
            hired = min(today, novice or today) - self.one(0, 1, 30, 400) * DAY
            if self.easy:
                novice = novice and min(novice, today)
            elif self.chance(0.08):
                hired = today + self.one(1, 1, 30) * DAY
            left = None
            if self.chance(0.05 if self.easy else 0.2):
                left = max(hired + DAY, self.one(today, today - DAY, today + DAY, self.past(), today + 30 * DAY))
            managers.append({"id": i, "personnel_no": f"P{i}", "full_name": f"Person {i}", "hired_on": hired,
                             "novice_since": novice, "left_on": left})
            if self.chance(0.03):
                continue
            days = {hired if self.chance(0.95) else hired + 20 * DAY}
            while self.chance(0.4):
                days.add(self.past())
            if self.easy and self.chance(0.3):      # a change of specialization whose time runs out about now
                days.add(self.near(add_months(today, -self.one(1, 2, 2, 3))))
            for since in sorted(d for d in days if d >= hired and (left is None or d < left)):
                posts.append(self.post(i, since, count))
        self.rows("manager", managers)
        territories = []
        for i in range(1, count + 1):
            for territory in (1, 2, 3):
                if self.chance(0.3):
                    since = self.past()
                    until = None if self.chance(0.7) else max(since + DAY, self.one(today, today + DAY, self.past()))
                    territories.append({"manager_id": i, "territory_id": territory, "since": since, "until": until})
        self.rows("manager_territory", territories)

    def post(self, manager, since, count):
        position = self.rng.choices(list(norms.POSITIONS), 
                                    (60, 12, 4, 2, 1, 0, 0, 0) if self.easy else (50, 14, 8, 7, 5, 2, 2, 2))[0]
        spec = self.one(*self.specs) if self.chance(0.95 if self.posts[position][1] else 0.1) else None
        leads = [p["manager_id"] for p in self.world["manager_post"] if p["position"] == "group_lead"]
        lead = self.one(self.rng.randrange(1, count + 1), *leads)
        return {"manager_id": manager, "since": since, "position": position, "specialization": spec,
                "unit_id": self.one(4, 5, 6, 7, 4, 8, 10),
                "lead_id": lead if lead != manager and self.chance(0.5) else None}

    def clients(self):
        count = self.one(30, 50) if self.large else self.one(6, 10, 14)
        own = [g for (s, g) in ((s, g) for s in self.specs for g in norms.GROUPS)
               if any(r["specialization"] == s and r["client_group"] == g for r in norms.SEED["norm_client_group"])]
        organizations = []
        for i in range(1, count + 1):
            heads = [r["id"] for r in organizations if r["head_id"] is None]
            organizations.append({
                "id": i, "name": f"Client {i}", "head_id": self.one(*heads) if heads and self.chance(0.3) else None,
                "client_group": self.one(*own) if self.chance(0.95 if self.easy else 0.7) else self.one(None, *self.groups),
                "potential": self.one("S", "A", "B") if self.easy else self.one("S", "A", None, *self.potentials),
                "city": self.one(None, *CITIES) if self.easy else self.one(*CITIES),
                "territory_id": self.one(None, None, None, 1) if self.easy else self.one(None, 1, 2, 3)})
        self.rows("organization", organizations)

    def holder(self):
        """Somebody on the books today who has had a post."""
        today = self.world["today"]
        return [m["id"] for m in self.world["manager"] if m["hired_on"] <= today
                and any(p["manager_id"] == m["id"] and p["since"] <= today for p in self.world["manager_post"])]

    def bindings(self):
        today, bindings, log = self.world["today"], [], []
        first_post = {m: min(p["since"] for p in self.world["manager_post"] if p["manager_id"] == m)
                      for m in self.holder()}
        for organization in self.world["organization"]:
            o, main = organization["id"], self.chance(0.6)
            holders = [m for m in first_post if self.chance(0.25)] if main or self.chance(0.2) else []
            heads = [b["manager_id"] for b in bindings if b["organization_id"] == organization["head_id"]]
            if heads and self.chance(0.5):  # a client is mostly held whole
                holders, main = heads, True
            for n, m in enumerate(holders):
                additional = not main or n > 0
                day = max(first_post[m], min(today, self.past()))
                if self.quiet and self.chance(0.8):
                    day = max(first_post[m], self.near(add_months(today, -6)) - self.one(0, 0, 100) * DAY)
                bindings.append({"organization_id": o, "manager_id": m, "bound_on": day, "additional": additional,
                                 "territory_exception": self.one(*TEXTS)})
            for m in first_post:
                if self.chance(0.12):
                    until = min([b["bound_on"] for b in bindings if (b["organization_id"], b["manager_id"]) == (o, m)]
                                + [self.past(), today])
                    since = until - self.one(0, 1, 31, 200) * DAY
                    if since >= first_post[m]:
                        log.append(self.ended(o, m, since, until))
        log += [self.taken(b["organization_id"], b["manager_id"]) for b in bindings if self.limited and self.chance(0.2)]
        self.rows("binding", bindings)
        self.rows("binding_log", log)

    def ended(self, organization, manager, since, until):
        return {"organization_id": organization, "manager_id": manager, "bound_on": since, "unbound_on": until,
                "additional": self.chance(0.3), "territory_exception": self.one(*TEXTS), "head_id": None,
                "change": self.one("unbind", "move"), "taken_on": None, "waivers": None}

    def taken(self, organization, manager):
        """A client taken today or yesterday."""
        today = self.world["today"]
        return {"organization_id": organization, "manager_id": manager, "bound_on": today, "unbound_on": None,
                "additional": False, "territory_exception": None, "head_id": None, "change": "bind",
                "taken_on": self.one(today, today, today - DAY), "waivers": None}

    def facts(self):
        today = self.world["today"]
        this_month = today.replace(day=1)
        turnover = {}
        for organization in self.world["organization"]:
            for back in range(9):
                if self.chance(0.04 if self.quiet and back < 7 else 0.3):
                    month = add_months(this_month, -back)
                    day = self.one(None, None, last_day(month), month, month + self.rng.randrange(28) * DAY)
                    edge = self.near(add_months(today, -6))
                    if edge.replace(day=1) == month:
                        day = edge
                    turnover[organization["id"], month] = {
                        "organization_id": organization["id"], "month": month,
                        "amount": Decimal(self.one(*AMOUNTS)), "last_on": day}
        self.rows("turnover", turnover.values())
        self.rows("overdue", [{"organization_id": r["id"], "amount": Decimal(self.one("0", "0.01", "-3", "100")),
                               "since": today} for r in self.world["organization"] if self.chance(0.2)])
        activity = []
        for manager in self.world["manager"]:
            for _ in range(self.one(0, 3, 6, 9)):
                month = add_months(this_month, -self.one(0, 0, 1, 1, 2))
                activity.append({
                    "manager_id": manager["id"], "kind": self.one("meeting", "meeting", "cold_call"),
                    "organization_id": None if self.chance(0.1) else self.one(*self.world["organization"])["id"],
                    "happened_on": self.one(month, last_day(month), self.near(today),
                                            month + self.rng.randrange(28) * DAY),
                    "outside_office": not self.chance(0.15)})
        self.rows("activity", activity)
        self.rows("feed", [{"name": name, "loaded_through": today - self.one(0, 0, 0, 1, 3, 4) * DAY}
                           for name in ("turnover", "overdue", "activity")])

    def norms(self):
        today = self.world["today"]
        since = lambda: max(norms.START, self.one(norms.START, today, today - DAY, today + DAY, self.past()))
        keyed = {table: {} for table in norms.KEYS}

        def add(table, row):
            keyed[table][tuple(row[k] for k in norms.KEYS[table]) + (row["effective_from"],)] = row

        for spec in self.specs:
            for from_month in (-1, 0, 2, 4, 6, 12):
                if self.chance(0.15 if from_month < 0 else 0.75):
                    low, high = self.one(None, 0, 1, 2), self.one(None, 3, 4, 6) if self.easy else self.one(2, 2, 3)
                    count = self.one(None, 1, 2)
                    share = self.one(None, Decimal("0.5"), Decimal("0.34"), Decimal("1")) if count is None else None
                    add("norm_tenure", {
                        "specialization": spec, "from_month": from_month, "effective_from": since(),
                        "min_accounts": low, "max_accounts": high, "min_meetings": count,
                        "min_meeting_share": share, "min_cold_calls": self.one(None, 0, 1, 2)})
            while self.chance(0.5):
                add("norm_specialization", {
                    "specialization": spec, "effective_from": since(),
                    "min_paying_share": self.one(None, Decimal("0.5"), Decimal("0.3333"), Decimal("0.35")),
                    "max_off_profile": self.one(None, 0, 1, 2), "may_bind_off_profile": self.chance(0.3),
                    "territory_rule": self.one("none", "city", "city", "strict"),
                    "exception_only_on_profile": self.chance(0.5), "newcomers_avoid_territories": self.chance(0.5),
                    "blacklist_months": self.one(None, 1, 2, 3),
                    "blacklist_below": self.one(None, Decimal(15000), Decimal(50000))})
            for group in self.groups:
                if self.chance(0.25):
                    stance = self.one("target", "allowed", "allowed", "forbidden", None)
                    cap = self.one(0, 1, 1, 2, None) if stance == "allowed" else None
                    add("norm_client_group", {"specialization": spec, "client_group": group,
                                              "effective_from": since(), "stance": stance, "max_accounts": cap})
            for potential in self.potentials:
                if self.chance(0.15):
                    add("norm_potential", {
                        "specialization": spec, "potential": potential, "effective_from": since(),
                        "stance": self.one("target", "allowed", None),
                        "blacklist_below": self.one(None, Decimal(50000), Decimal(15000))})
        if self.chance(0.6):
            add("norm_position", {"position": "group_lead", "effective_from": since(), "min_meetings": None,
                                  "min_own_meeting_share": self.one(Decimal("0.5"), Decimal("1")),
                                  "min_group_meetings": self.one(0, 1, 2, None)})
        if "keeper" in self.posts and self.chance(0.5):
            add("norm_position", {"position": "broker", "effective_from": since(), "min_meetings": None,
                                  "min_own_meeting_share": Decimal("0.5"), "min_group_meetings": self.one(1, 2)})
        for position in ("office_head", "personal_sales_head", "adviser"):
            if position in self.posts and self.chance(0.6):
                add("norm_position", {"position": position, "effective_from": since(),
                                      "min_meetings": self.one(0, 1, 2, 3),
                                      "min_own_meeting_share": None, "min_group_meetings": None})
        for _ in range(1 + self.limited):
            if self.limited or self.chance(0.4):
                limit = lambda *choices: self.one(None, *choices) if self.limited else None
                add("policy", {"effective_from": since(), "paying_above": Decimal(self.one("15000", "14999.99", "0")),
                               "inactivity_months": self.one(6, 1, 3), "respecialization_months": self.one(2, 1),
                               "handover_months": self.one(1, 2), "max_feed_lag_days": self.one(3, 0),
                               "max_unbind_share": Decimal(self.one("0.05", "0.5", "1", "0")),
                               "max_unbind_count": self.one(50, 0, 2, 3),
                               "cool_off_days": limit(0, 1, 31, 200), "max_new_accounts_per_day": limit(0, 1, 1, 2),
                               "max_moves": limit(0, 1, 1, 2), "move_days": limit(1, 31, 200)})
        for table, rows in keyed.items():
            self.rows(table, rows.values())

    def removal(self):
        """A check: somebody or some client is deleted or renumbered."""
        table = self.one("organization", "manager")
        rows = self.world[table]
        row = rows[-1] if self.chance(0.3) else self.one(*rows)
        return {"kind": "structure", "act": self.one("delete", "renumber"), "table": table, "id": row["id"]}

    # ---- memos and who may what --------------------------------------------

    ROLES = (("kbm_dp2", "sales_director", 2), ("kbm_dp9", "sales_director", 9), ("kbm_centre", "centre", None),
             ("kbm_sales", "centre_sales", None), ("kbm_mka2", "client_analyst", 2),
             ("kbm_mka9", "client_analyst", 9), ("kbm_mka", "client_analyst", None),
             ("kbm_group", "client_analyst", 2), ("kbm_office", "client_analyst", 4))

    def authorities(self):
        today = self.world["today"]
        rows = []
        for role, capacity, unit in self.ROLES:
            if self.chance(0.9):
                rows.append({"id": len(rows) + 1, "role_name": role, "capacity": capacity, "unit_id": unit,
                             "since": self.one(None, date(2000, 1, 1)),
                             "until": None if self.chance(0.85) else self.one(today, today + DAY)})
        self.rows("authority", rows)
        self.world["roles"] = [role for role, _, _ in self.ROLES] + ["kbm_deputy"]
        self.world["member_of"] = {"kbm_deputy": ["kbm_group"]}
        for table in ("memo", "memo_item", "memo_approval"):
            self.rows(table, [])

    def legacy(self):
        """A check: source rows of a first load.  What is unsound or there already has an organization of its
        own, so that it is not asked whether it contradicts what is sound."""
        today, rows = self.world["today"], []
        blank = {b["organization_id"] for b in self.world["binding"] if b["territory_exception"] not in (None, TEXTS[2])}
        organizations = [r["id"] for r in self.world["organization"] if r["id"] not in blank]
        self.rng.shuffle(organizations)
        row = lambda o, m, day, additional: {
            "organization_id": o, "manager_id": m, "personnel_no": f"P{m}", "bound_on": day,
            "additional": additional, "territory_exception": self.one(None, TEXTS[2])}
        for n, o in enumerate(organizations[:8]):
            managers = self.rng.sample([m["id"] for m in self.world["manager"]], min(2, len(self.world["manager"])))
            day, what = min(today, self.one(today, today - DAY, self.past())), self.rng.randrange(8)
            if what == 0:
                rows.append(row(self.one(o, 999), 999, day, False))
            elif what == 1:
                rows.append(row(o, managers[0], self.one(None, today + DAY), self.chance(0.5)))
            elif what in (2, 3) and any(b["organization_id"] == o for b in self.world["binding"]):
                continue
            elif what == 2:     # rows that contradict each other, and perhaps one that does not
                rows += [row(o, m, day, False) for m in managers]
            elif what == 3:
                rows += [row(o, managers[0], day, True), row(o, managers[0], day - DAY, self.chance(0.5))]
            elif what == 4:
                rows += [dict(b, personnel_no=f"P{b['manager_id']}") for b in self.world["binding"] if b["organization_id"] == o]
            else:
                rows += [row(o, m, day, k > 0) for k, m in enumerate(managers)]
        return {"kind": "import", "rows": rows}

    def choose_actor(self):
        return dict(self.world, actor=self.one(None, "kbm_mka", "kbm_mka", "kbm_centre", *self.world["roles"]))

    def covered(self, base, effect):
        """The world with memos for what a statement is going to do, right ones mostly."""
        world, today = dict(self.world), self.world["today"]
        memos, items, words = [list(world[t]) for t in ("memo", "memo_item", "memo_approval")]
        for n, change in enumerate(effect.changes):
            kind, organization, giver, taker, head, additional, exception = change
            if n == 0 or self.chance(0.4):
                memo = max([m["id"] for m in memos], default=0) + 1
                state = "approved" if self.chance(0.9) else self.one("submitted", "draft", "rejected")
                memos.append({"id": memo, "state": state, "author": "kbm_author", "reason": "because",
                              "client_card": "card" if self.chance(0.7) else None})
            if self.chance(0.08) or any(m not in base.manager for m in effect.after.holders(organization) | {giver, taker} - {None}):
                continue
            if self.chance(0.04):
                additional = not additional
            items.append({
                "memo_id": memo, "item_no": sum(i["memo_id"] == memo for i in items) + 1, "change": kind,
                "organization_id": organization, "from_manager_id": giver, "to_manager_id": taker, "head_id": head,
                "additional": bool(additional),
                "territory_exception": None if kind in ("link", "unlink", "unbind") or self.chance(0.7)
                else self.one(exception, exception, "another"),
                "used_at": today if self.chance(0.04) else None})
            for capacity, unit in sorted(base.memos.needed(change, effect.before, effect.after, today), key=str):
                if self.chance(0.94):
                    role = next((r for r, c, u in self.ROLES if (c, u) == (capacity, unit)), None)
                    if role and any(a["role_name"] == role for a in world["authority"]):
                        words.append({"memo_id": memo, "capacity": capacity, "unit_id": unit, "role_name": role,
                                      "decided_by": role, "decided_at": today - 10 * DAY, "approved": True})
        return dict(world, memo=memos, memo_item=items, memo_approval=words)

    def workflow(self):
        """A check: a memo of one item, those who will be asked for their word, and who applies it."""
        o, others = self.one(*self.world["organization"])["id"], [m["id"] for m in self.world["manager"]]
        pairs = [(b["organization_id"], b["manager_id"], b["additional"]) for b in self.world["binding"]]
        kind = self.one("bind", "bind", "link", *(("move", "move", "unbind") if pairs else ()))
        item = {"change": kind, "organization_id": o, "from_manager_id": None, "to_manager_id": None,
                "head_id": None, "additional": self.chance(0.3), "territory_exception": None}
        if kind == "bind":
            item.update(organization_id=self.free(), to_manager_id=self.one(*others))
        elif kind == "link":
            row = self.one(*self.world["organization"])
            item.update(organization_id=row["id"], change="link" if row["head_id"] is None else "unlink",
                        head_id=row["head_id"] or self.one(*self.world["organization"])["id"])
        else:
            o, m, additional = self.one(*pairs)
            item.update(organization_id=o, from_manager_id=m, additional=additional)
            if kind == "move":
                item["to_manager_id"] = self.one(*others)
        role = lambda: self.one(*self.world["roles"])
        words = [role for role, capacity, _ in self.ROLES if capacity != "client_analyst"]
        return {"kind": "workflow", "item": item, "author": self.one(role(), *words), "card": self.one(None, "card"),
                "approvers": [self.one(role(), *words) for _ in range(self.one(1, 3, 5))],
                "applicant": self.one(role(), "kbm_mka", "kbm_centre")}

    # ---- changes of what a judgement rests on ------------------------------

    def edit(self):
        """(the world after it, SQL) of a change of norms, rules, people, clients or of the day."""
        world, what = self.world, self.rng.randrange(8 + self.waiving)
        if what == 8:
            return self.edited("waiver", ("id",), self.waiver(1 + max((w["id"] for w in world["waiver"]), default=0)))
        if what == 0:
            today = world["today"] + self.one(1, 1, 2, 17, 31) * DAY
            return dict(world, today=today), f"SET LOCAL kbnorms.today = '{today}'"
        if what == 1:
            code = self.one(*(c for c in norms.RULES if c not in norms.MEMO_RULES))
            row = {"code": code, "enforcement": self.one("block", "block", "warn", "off")}
            return self.edited("rule", ("code",), row)
        if what in (2, 3, 4):
            drawn = Generator(self.rng.random())
            drawn.world, drawn.specs, drawn.easy = {"today": world["today"]}, self.specs, self.easy
            drawn.limited = self.limited
            drawn.groups, drawn.potentials, drawn.posts = self.groups, self.potentials, self.posts
            drawn.norms()
            table = self.one(*(t for t in norms.KEYS if drawn.world[t]))
            return self.edited(table, norms.KEYS[table] + ("effective_from",), self.one(*drawn.world[table]))
        if what == 5:
            row = dict(self.one(*world["manager"]))
            row["novice_since"] = self.one(None, self.near(add_months(world["today"], -self.one(0, 2, 6, 12))))
            return self.edited("manager", ("id",), row)
        if what == 6:
            row = dict(self.one(*world["organization"]))
            row.update(client_group=self.one(None, *self.groups), city=self.one(*CITIES),
                       territory_id=self.one(None, 1, 2), potential=self.one(None, "A", "C"))
            return self.edited("organization", ("id",), row)
        manager = self.one(*world["manager"])
        since = max(manager["hired_on"], self.past())
        if manager["left_on"] is not None:
            since = manager["hired_on"]
        return self.edited("manager_post", ("manager_id", "since"),
                           self.post(manager["id"], since, 1))

    def edited(self, table, key, row):
        same = lambda r: all(r[k] == row[k] for k in key)
        rest = [r for r in self.world.get(table, ()) if not same(r)]
        values = {c: v for c, v in row.items() if c not in key}
        sets = ", ".join(f"{c} = {literal(v)}" for c, v in values.items() if c != "head_id")
        if len(rest) < len(self.world.get(table, ())) or table in ("rule", "manager", "organization"):
            text = (f"UPDATE kb.{table} SET {sets} WHERE "
                    + " AND ".join(f"{k} = {literal(row[k])}" for k in key))
        else:
            text = (f"INSERT INTO kb.{table} ({', '.join(row)}) VALUES ({', '.join(map(literal, row.values()))})"
                    + ("" if table not in norms.KEYS else
                       f" ON CONFLICT ({', '.join(key)}) DO UPDATE SET "
                       + ", ".join(f"{c} = excluded.{c}" for c in values)))
        return dict(self.world, **{table: rest + [row]}), text

    # ---- operations --------------------------------------------------------

    def operation(self):
        form = self.rng.choices(("insert", "update", "delete", "merge", "cte", "link", "join"),
                                (30, 30, 8, 10, 12, 12, 2))[0]
        return getattr(self, "op_" + form)()

    def organization(self):
        return 999 if self.chance(0.005) else self.one(*self.world["organization"])["id"]

    def free(self):
        """An organization without a main holder, mostly."""
        taken = {b["organization_id"] for b in self.world["binding"] if not b["additional"]}
        free = [r["id"] for r in self.world["organization"] if r["id"] not in taken]
        return self.one(*free) if free and self.chance(0.8) else self.organization()

    def someone(self):
        return 999 if self.chance(0.005) else self.one(*self.world["manager"])["id"]

    def bound_day(self):
        today = self.world["today"]
        return self.one(today, today, today - DAY, self.past(), today if self.easy else today + DAY)

    def values(self, everything=False):
        """Columns of a new binding; some are left to their defaults."""
        values = {}
        if everything or self.chance(0.3):
            values["bound_on"] = self.bound_day() if self.chance(0.6) else self.world["today"]
        if everything or self.chance(0.3):
            values["additional"] = self.chance(0.3)
        if everything or self.chance(0.4):
            values["territory_exception"] = self.one(*TEXTS)
        return values

    def pairs(self, most):
        pairs = [(b["organization_id"], b["manager_id"]) for b in self.world["binding"]]
        return self.rng.sample(pairs, min(len(pairs), self.rng.randrange(1, most + 1)))

    def several(self):
        return self.one(1, 1, 1, 2, 3, 5, 12 if self.large else 1, 30 if self.large else 1)

    def op_insert(self):
        one_manager = self.someone() if self.chance(0.5) else None
        rows, seen = [], set()
        for _ in range(self.several()):
            o, m = self.free(), one_manager or self.someone()
            if (o, m) not in seen and o not in {p[0] for p in seen}:
                rows.append([o, m, self.values()])
                seen.add((o, m))
        if self.chance(0.08) and rows[0][0] != 999:   # a second holder in the same statement
            rows.append([rows[0][0], self.someone(), dict(self.values(), additional=True)])
        conflict = self.one("nothing", "update") if self.chance(0.15) else None
        if conflict == "update":
            rows = [[o, m, dict(v, additional=False)] for o, m, v in {r[0]: r for r in rows}.values()]
        elif conflict is None and self.chance(0.15):
            conflict, columns = "copy", list(self.values())
            rows = [[o, m, {c: self.values(everything=True)[c] for c in columns}] for o, m, _ in rows]
        return {"form": "insert", "rows": rows, "conflict": conflict}

    def op_update(self):
        pairs = self.pairs(4)
        if not pairs:
            return self.op_insert()
        columns = self.one(["manager_id"], ["manager_id"], ["manager_id"], ["manager_id", "bound_on"],
                           ["organization_id"], ["additional"], ["bound_on"], ["territory_exception"],
                           ["manager_id", "territory_exception"], ["manager_id", "additional"],
                           ["organization_id", "manager_id"], ["additional", "bound_on"])
        rows = [[o, m, {c: self.value(c, o, m) for c in columns}] for o, m in pairs]
        if columns == ["manager_id"] and len(rows) > 1 and self.chance(0.5):   # a swap
            targets = [m for _, m, _ in rows]
            for row, m in zip(rows, targets[1:] + targets[:1]):
                row[2]["manager_id"] = m
        return {"form": "update", "rows": rows}

    def value(self, column, organization, manager):
        row = next(b for b in self.world["binding"]
                   if (b["organization_id"], b["manager_id"]) == (organization, manager))
        if self.chance(0.1):
            return row[column]
        if column == "manager_id":
            return self.someone()
        if column == "organization_id":
            return self.free()
        if column == "bound_on":
            return self.bound_day()
        return not row["additional"] if column == "additional" else self.one(*TEXTS)

    def op_delete(self):
        return {"form": "delete", "rows": [list(p) for p in self.pairs(3)]} if self.world["binding"] \
            else self.op_insert()

    def op_merge(self):
        rows, used = [], set()
        for o, m in self.pairs(3) if self.world["binding"] else ():
            old = next(b for b in self.world["binding"] if (b["organization_id"], b["manager_id"]) == (o, m))
            if self.chance(0.5):
                rows.append([o, m, "delete", {}])
            else:
                values = {c: old[c] for c in ("manager_id", "bound_on", "additional", "territory_exception")}
                if self.chance(0.8):
                    values["manager_id"] = self.someone()
                if self.chance(0.2):
                    values["bound_on"] = self.bound_day()
                rows.append([o, m, "update", values])
            used.add((o, m))
        there = {(b["organization_id"], b["manager_id"]) for b in self.world["binding"]}
        for _ in range(self.one(0, 1, 1, 2)):
            o, m = self.one(self.free(), *[r[0] for r in rows]), self.someone()
            if (o, m) not in used | there:
                rows.append([o, m, "insert", self.values(everything=True)])
                used.add((o, m))
        return {"form": "merge", "rows": rows} if rows else self.op_insert()

    def op_cte(self):
        parts = [self.op_delete()] if self.world["binding"] else []
        gone = {tuple(row[:2]) for part in parts for row in part["rows"]}
        insert = self.op_insert()
        if parts and parts[0]["form"] == "delete" and self.chance(0.6):   # give what was taken
            insert["rows"][0][0] = parts[0]["rows"][0][0]
        insert["conflict"] = None
        insert["rows"] = [r for n, r in enumerate(insert["rows"]) if r[0] not in {q[0] for q in insert["rows"][:n]}]
        parts.append(insert)
        if self.chance(0.4):
            update = self.op_update()
            if update["form"] == "update":
                update["rows"] = [r for r in update["rows"] if tuple(r[:2]) not in gone]
                if update["rows"]:
                    parts.append(update)
        if self.chance(0.15):
            parts.append(self.op_link())
        self.rng.shuffle(parts)
        return {"form": "cte", "parts": parts} if len(parts) > 1 else parts[0]

    def op_link(self):
        organizations = [r["id"] for r in self.world["organization"]]
        rows, linked = [], [r["id"] for r in self.world["organization"] if r["head_id"] is not None]
        heads = [o for o in organizations if o not in linked]
        for o in self.rng.sample(organizations, self.one(1, 1, 1, 2, 3)):
            if o in linked and self.chance(0.5):
                rows.append([o, None])
            else:
                rows.append([o, self.one(*heads) if self.chance(0.8) else self.organization()])
        if self.chance(0.2) and linked:
            rows = [[o, None] for o in linked]
        return {"form": "link", "rows": rows}

    def op_join(self):
        new = max(r["id"] for r in self.world["organization"]) + 1
        return {"form": "join", "rows": [[new, self.one(None, self.organization(), self.organization())]]}
