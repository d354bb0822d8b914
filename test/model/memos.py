"""The rules memo, approval and applicant: the written basis of a change, the
words that it needs, and who may make it.

A change is (kind, organization, from, to, head, additional, justification).
"""

import copy


def blank(text):
    return text is None or not text.strip()


def covers(item, change):
    kind, organization, giver, taker, head, additional, exception = change
    same = (item["change"], item["organization_id"], item["from_manager_id"], item["to_manager_id"],
            item["head_id"]) == (kind, organization, giver, taker, head)
    if kind in ("link", "unlink"):
        return same
    named = item["territory_exception"]
    return same and item["additional"] == additional and (named is None or named == exception)


class Memos:
    """What the memos and authorities of a base say about a change on a day."""

    def __init__(self, base, world):
        self.base = base
        self.memo = {r["id"]: r for r in world.get("memo", ())}
        self.items = sorted(world.get("memo_item", ()), key=lambda r: (r["memo_id"], r["item_no"]))
        self.words = list(world.get("memo_approval", ()))
        self.authority = list(world.get("authority", ()))
        self.actor = world.get("actor")
        self.member_of = world.get("member_of", {})

    def as_role(self, role):
        """The same for somebody else who asks."""
        other = copy.copy(self)
        other.actor = role
        return other

    def item_for(self, change):
        """The oldest approved item not yet used that covers a change, or None."""
        return next((i for i in self.items if i["used_at"] is None and covers(i, change)
                     and self.memo[i["memo_id"]]["state"] == "approved"), None)

    # ---- where somebody stands ---------------------------------------------

    def nearest(self, manager, kind, day):
        post = self.base.post(manager, day)
        units = self.base.up(post["unit_id"]) if post else ()
        return next((u["id"] for u in units if u["kind"] == kind), None)

    def region(self, manager, day):
        return self.nearest(manager, "region", day)

    def cluster(self, manager, day):
        """An office without a cluster is one of its own."""
        return self.nearest(manager, "cluster", day) or self.base.office(manager, day)

    def central(self, manager, day):
        """МРД or МРС; a person without specialization counts by his last one."""
        specs = [p["specialization"] for p in self.base.posts[manager]
                 if p["since"] <= day and self.base.specialized(p) and p["specialization"] is not None]
        return bool(specs) and specs[-1] in ("dealer", "chain")

    @staticmethod
    def sides(change):
        return [m for m in change[2:4] if m is not None]

    # ---- approval ----------------------------------------------------------

    def needed(self, change, before, after, day):
        """The words, as (capacity, unit), that a change needs."""
        kind, organization, _, taker = change[:4]
        if kind in ("link", "unlink"):
            return set()
        director = lambda region: ("centre", None) if region is None else ("sales_director", region)
        words = {director(self.region(m, day)) for m in self.sides(change)}
        if taker is not None and (organization, taker) not in before.bindings:
            for other in after.holders(organization) - {taker}:
                clusters = {self.cluster(taker, day), self.cluster(other, day)}
                if None in clusters or len(clusters) == 1:      # who has no post shares every office
                    words.add(director(self.region(taker, day)))
                else:
                    words.add(("centre_sales", None))
        return words

    def given(self, memo, capacity, unit):
        covering = {None} | {u["id"] for u in self.base.up(unit)}
        return any(w["memo_id"] == memo and w["approved"] and w["capacity"] == capacity
                   and w["unit_id"] in covering for w in self.words)

    def lacks_a_word(self, memo, change, before, after, day):
        if any(not self.given(memo, *word) for word in self.needed(change, before, after, day)):
            return True
        return (any(self.central(m, day) for m in self.sides(change)) and blank(self.memo[memo]["client_card"]))

    # ---- applicant ---------------------------------------------------------

    def acts_as(self, capacity, unit, day):
        """Whether the one who makes the change has a capacity over a unit; "any" for over anything."""
        roles = {self.actor, *self.member_of.get(self.actor, ())}
        covering = {None} if unit is None else {None} | {u["id"] for u in self.base.up(unit)} if unit != "any" else None
        return any(a["role_name"] in roles and a["capacity"] == capacity
                   and (covering is None or a["unit_id"] in covering)
                   and (a["since"] is None or a["since"] <= day) and (a["until"] is None or day < a["until"])
                   for a in self.authority)

    def may_apply(self, change, day):
        if change[0] in ("link", "unlink"):
            return self.acts_as("client_analyst", "any", day)
        if any(self.central(m, day) for m in self.sides(change)):
            return self.acts_as("centre", "any", day)
        return any(self.acts_as("client_analyst", self.region(m, day), day) for m in self.sides(change))

    # ---- all three ---------------------------------------------------------

    def broken(self, changes, before, after, day):
        """A set of (organization, code)."""
        found = set()
        for change in changes:
            item = self.item_for(change)
            if item is None:
                found.add((change[1], "memo"))
            elif self.lacks_a_word(item["memo_id"], change, before, after, day):
                found.add((change[1], "approval"))
            if not self.may_apply(change, day):
                found.add((change[1], "applicant"))
        return found

    def used(self, changes):
        """Item -> change, of those that a statement uses up."""
        pairs = [(self.item_for(change), change) for change in changes]
        return [(item, change) for item, change in pairs if item]
