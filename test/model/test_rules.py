"""The second reading itself, on cases computed by hand from the policy."""

import unittest
from datetime import date
from decimal import Decimal

import norms
from changes import effect
from rules import Base, add_months, months_served, status

TODAY = date(2010, 7, 15)
TEXT = "potential fully realised"


def world(**tables):
    """Office 4 (Moscow) with managers 1 and 2, office 5 (Tver) with 3; clients 1 to 6 of Moscow."""
    people = [dict(id=i, hired_on=date(2008, 1, 1), novice_since=date(2009, 1, 1), left_on=None) for i in (1, 2, 3)]
    posts = [post(1, "universal", 4), post(2, "universal", 4), post(3, "universal", 5)]
    made = dict(
        today=TODAY,
        unit=[dict(id=3, parent_id=None, kind="cluster", city=None), dict(id=4, parent_id=3, kind="office", city="Moscow"),
              dict(id=5, parent_id=3, kind="office", city="Tver")],
        manager=people, manager_post=posts,
        organization=[client(i) for i in range(1, 7)])
    made.update(tables)
    return made


def post(manager, spec, unit=4, since=date(2008, 1, 1), position="manager", lead=None):
    return dict(manager_id=manager, since=since, position=position, specialization=spec, unit_id=unit, lead_id=lead)


def client(i, **columns):
    return dict(dict(id=i, head_id=None, client_group="emo", potential="A", city="Moscow", territory_id=None), **columns)


def bound(o, m, day=date(2010, 1, 10), additional=False, exception=None):
    return dict(organization_id=o, manager_id=m, bound_on=day, additional=additional, territory_exception=exception)


def ended(o, m, since, until, additional=False):
    return dict(bound(o, m, since, additional), unbound_on=until, head_id=None, change="unbind")


def sizes(maximum, spec="universal", from_month=0):
    return [dict(specialization=spec, from_month=from_month, effective_from=date(2010, 1, 1), min_accounts=None,
                 max_accounts=maximum, min_meetings=None, min_meeting_share=None, min_cold_calls=None)
            for from_month in ((from_month, 2, 4, 6, 12) if from_month == 0 else (from_month,))]


def limits(**columns):
    """The policy in force with limits of the company's own."""
    return [dict(norms.SEED["policy"][0], **columns)]


def broken(w, operation):
    base = Base(w)
    return base.broken(base.state, effect(base, operation).after, base.today)


def insert(*rows):
    return {"form": "insert", "rows": [[o, m, dict(*rest)] for o, m, *rest in rows]}


def codes(w, operation):
    return {code for _, _, code in broken(w, operation)}


class Tenure(unittest.TestCase):
    def test_months_are_counted_from_the_day_itself(self):
        self.assertEqual(add_months(date(2009, 8, 31), 1), date(2009, 9, 30))
        self.assertEqual(add_months(date(2011, 8, 31), 6), date(2012, 2, 29))
        self.assertEqual(months_served(date(2009, 8, 31), date(2009, 9, 30)), 1)
        self.assertEqual(months_served(date(2009, 8, 31), date(2009, 9, 29)), 0)
        self.assertEqual(months_served(None, TODAY), -1)
        self.assertEqual(months_served(date(2010, 7, 16), TODAY), -1)

    def test_status_bounds(self):
        since = date(2010, 1, 15)
        for day, wanted in ((date(2010, 1, 14), "intern"), (since, "novice"), (date(2010, 7, 14), "novice"),
                            (date(2010, 7, 15), "experienced"), (date(2011, 1, 14), "experienced"),
                            (date(2011, 1, 15), "veteran")):
            self.assertEqual(status(since, day), wanted)


class Seeds(unittest.TestCase):
    def test_caps_of_off_profile_step_down(self):
        base = Base(world())
        cap = lambda day: base.norm_value("norm_specialization", "max_off_profile", day, "industrial")
        self.assertEqual([cap(date(2010, m, 1)) for m in (1, 4, 7)], [None, 3, 0])
        self.assertIsNone(base.norm("norm_specialization", date(2009, 12, 31), "industrial"))

    def test_size_by_months_served(self):
        base = Base(world())
        row = lambda day: base.tenure_norm(1, day)["min_accounts"] if base.tenure_norm(1, day) else None
        base.manager[1]["novice_since"] = date(2010, 2, 28)
        self.assertEqual([row(d) for d in (date(2010, 4, 27), date(2010, 4, 28), date(2010, 6, 28))], [None, 15, 20])


class Binding(unittest.TestCase):
    def test_plain_bind_is_in_order(self):
        self.assertEqual(codes(world(), insert((1, 1))), set())

    def test_personal(self):
        w = world()
        w["manager"][0]["left_on"] = TODAY
        self.assertEqual(codes(w, insert((1, 1))), {"personal"})
        w["manager"][0]["left_on"] = date(2010, 7, 16)
        self.assertEqual(codes(w, insert((1, 1))), set())
        self.assertEqual(codes(w, insert((1, 1, {"bound_on": date(2010, 7, 16)}))), {"personal"})
        w["manager"][0]["hired_on"] = date(2010, 7, 14)
        self.assertEqual(codes(w, insert((1, 1, {"bound_on": date(2010, 7, 13)}))), {"personal"})
        w["manager_post"][0].update(position="office_head", specialization=None)
        self.assertEqual(codes(w, insert((1, 1))), {"personal"})

    def test_base_size_counts_accounts_after_the_statement(self):
        w = world(norm_tenure=sizes(2), binding=[bound(1, 1), bound(2, 1)])
        self.assertEqual(broken(w, insert((3, 1))), {(3, 1, "base_size")})
        w["organization"][2]["head_id"] = 1     # no new client
        self.assertEqual(codes(w, insert((3, 1))), set())
        w["norm_tenure"] = sizes(1)             # over the norm already: may not grow, may swap
        self.assertEqual(codes(w, insert((4, 1))), {"base_size"})
        swap = {"form": "cte", "parts": [{"form": "delete", "rows": [[2, 1]]}, insert((4, 1))]}
        self.assertEqual(codes(w, swap), set())

    def test_swap_between_full_managers(self):
        w = world(norm_tenure=sizes(1), binding=[bound(1, 1), bound(2, 2)])
        swap = {"form": "update", "rows": [[1, 1, {"manager_id": 2}], [2, 2, {"manager_id": 1}]]}
        self.assertEqual(codes(w, swap), set())
        self.assertEqual(codes(w, {"form": "update", "rows": swap["rows"][:1]}), {"base_size"})

    def test_intern_and_no_specialization_have_no_size(self):
        w = world()
        w["manager"][0]["novice_since"] = None
        self.assertEqual(codes(w, insert((1, 1))), {"base_size"})
        w = world()
        w["manager_post"][0]["specialization"] = None
        self.assertEqual(codes(w, insert((1, 1))), {"base_size"})
        w["manager_post"][0]["position"] = "vtc_head"
        self.assertEqual(codes(w, insert((1, 1))), set())

    def test_groups(self):
        w = world(manager_post=[post(1, "industrial")])
        self.assertEqual(codes(w, insert((1, 1))), {"client_group"})     # emo, from 1 July
        w["today"] = date(2010, 6, 30)
        self.assertEqual(codes(w, insert((1, 1))), {"off_profile"})
        w["organization"][0]["client_group"] = None
        w["today"] = TODAY
        self.assertEqual(codes(w, insert((1, 1))), {"off_profile"})
        w["organization"][0]["client_group"] = "panel_builder"
        self.assertEqual(codes(w, insert((1, 1))), set())

    def test_group_quota_of_a_chain_manager(self):
        clients = [client(i, client_group="dealer") for i in range(1, 8)]
        w = world(manager_post=[post(1, "chain")], organization=clients, binding=[bound(i, 1) for i in range(1, 6)])
        self.assertEqual(broken(w, insert((6, 1))), {(6, 1, "group_quota")})
        w["binding"].pop()
        self.assertEqual(codes(w, insert((6, 1))), set())
        self.assertEqual(codes(w, insert((6, 1), (7, 1))), {"group_quota"})

    def test_territory_city(self):
        w = world(organization=[client(1, city="Tver"), client(2, city=None), client(3, city=None, head_id=1)])
        self.assertEqual(codes(w, insert((1, 1))), {"territory"})
        self.assertEqual(codes(w, insert((2, 1))), set())
        self.assertEqual(codes(w, insert((3, 1))), {"territory"})        # its head's city
        self.assertEqual(codes(w, insert((1, 1, {"territory_exception": TEXT}))), set())
        self.assertEqual(codes(w, insert((1, 1, {"territory_exception": "  "}))), {"territory"})
        w["manager_post"] = [post(1, "panel_builder")]
        w["organization"][0]["client_group"] = "chain"
        self.assertEqual(codes(w, insert((1, 1, {"territory_exception": TEXT}))), {"off_profile", "territory"})

    def test_territory_strict_and_its_dates(self):
        clients = [client(1, territory_id=7), client(2)]
        given = dict(manager_id=1, territory_id=7, since=date(2010, 1, 1), until=date(2010, 7, 16))
        w = world(manager_post=[post(1, "territorial")], organization=clients, territory=[dict(id=7)],
                  manager_territory=[given])
        self.assertEqual(codes(w, insert((1, 1))), set())
        self.assertEqual(codes(w, insert((2, 1, {"territory_exception": TEXT}))), {"territory"})
        given["until"] = TODAY
        self.assertEqual(codes(w, insert((1, 1))), {"territory"})

    def test_newcomer_territory(self):
        w = world(organization=[client(1, territory_id=7)], territory=[dict(id=7)])
        self.assertEqual(codes(w, insert((1, 1))), set())
        w["manager"][0]["novice_since"] = date(2010, 1, 16)
        self.assertEqual(codes(w, insert((1, 1))), {"newcomer_territory"})
        w["manager"][0]["novice_since"] = date(2010, 1, 15)
        self.assertEqual(codes(w, insert((1, 1))), set())

    def test_potential_only_out_of_the_pool(self):
        w = world(organization=[client(1, potential="C"), client(2, potential=None, head_id=1)])
        self.assertEqual(codes(w, insert((1, 1))), {"potential"})
        self.assertEqual(codes(w, insert((2, 1))), {"potential"})
        w["binding"] = [bound(2, 3, additional=True)]
        self.assertEqual(codes(w, insert((1, 1))), set())
        self.assertEqual(codes(w, {"form": "update", "rows": [[2, 3, {"manager_id": 1}]]}), set())
        given = {"form": "cte", "parts": [{"form": "delete", "rows": [[2, 3]]}, insert((2, 1))]}
        self.assertEqual(codes(w, given), set())

    def test_multiple(self):
        w = world(binding=[bound(1, 1)])
        self.assertEqual(codes(w, insert((1, 2, {"additional": True}))), {"multiple"})    # one office
        self.assertEqual(codes(w, insert((1, 3, {"additional": True, "territory_exception": TEXT}))), set())
        self.assertEqual(codes(w, insert((1, 3, {"territory_exception": TEXT}))), {"multiple"})
        self.assertEqual(effect(Base(w), insert((1, 3))).duplicates, {"multiple"})
        w["binding"] = [bound(1, 1, additional=True), bound(1, 2, additional=True)]       # came in so
        self.assertEqual(codes(w, {"form": "update", "rows": [[1, 1, {"territory_exception": TEXT}]]}), set())
        self.assertEqual(codes(w, {"form": "update", "rows": [[1, 1, {"additional": False}]]}), {"multiple"})

    def test_who_has_no_post_shares_every_office(self):
        w = world(binding=[bound(1, 3, additional=True)])
        w["manager_post"].pop()
        self.assertEqual(codes(w, insert((1, 1))), {"multiple"})

    def test_main_binding_not_before_the_previous_end(self):
        w = world(binding_log=[ended(1, 3, date(2010, 1, 1), date(2010, 7, 10))])
        at = lambda day, **more: insert((1, 1, dict(bound_on=date(2010, 7, day), **more)))
        self.assertEqual(codes(w, at(9)), {"multiple"})
        self.assertEqual(codes(w, at(10)), set())
        self.assertEqual(codes(w, at(9, additional=True)), set())
        w = world(binding=[bound(1, 1)])
        move = lambda **more: {"form": "update", "rows": [[1, 1, dict(manager_id=2, **more)]]}
        self.assertEqual(codes(w, move()), set())
        self.assertEqual(codes(w, move(bound_on=date(2010, 7, 14))), {"multiple"})

    def test_check_binding_of_a_bound_pair(self):
        w = world(norm_tenure=sizes(0), binding=[bound(1, 1)])
        passed = Base(w).check_binding(1, 1)
        self.assertEqual([c for c in norms.RULES if passed[c] is False], ["multiple"])
        self.assertFalse(Base(w).check_binding(2, 1)["base_size"])
        self.assertIsNone(passed["memo"])


class Waivers(unittest.TestCase):
    """What a waiver lets pass, on its first and last day and beside them."""

    @staticmethod
    def waiver(number, rule, manager=1, since=TODAY, until=date(2010, 7, 16)):
        return dict(id=number, manager_id=manager, rule=rule, since=since, until=until, reason="x", granted_by="x")

    def test_rules(self):
        for since, until, wanted in ((TODAY, date(2010, 7, 16), set()), (date(2010, 7, 16), date(2010, 7, 17), {"base_size"}),
                                     (date(2010, 7, 1), TODAY, {"base_size"})):
            w = world(norm_tenure=sizes(0), waiver=[self.waiver(1, "base_size", since=since, until=until)])
            self.assertEqual(codes(w, insert((1, 1))), wanted)
            self.assertEqual(Base(w).check_binding(1, 1)["base_size"], not wanted)
        self.assertEqual(codes(w, insert((1, 2))), {"base_size"})
        w = world(waiver=[self.waiver(1, "multiple"), self.waiver(2, "personal")], binding=[bound(1, 2)])
        self.assertEqual(codes(w, insert((1, 1, {"additional": True}))), {"multiple"})

    def test_log(self):
        w = world(norm_tenure=sizes(0), organization=[client(1, city="Tver", client_group="dealer")],
                  waiver=[self.waiver(5, "territory"), self.waiver(3, "off_profile"), self.waiver(2, "base_size"),
                          self.waiver(4, "base_size", until=date(2010, 8, 1))])
        self.assertEqual([row[9] for row in effect(Base(w), insert((1, 1))).log], ["4, 3, 5"])
        self.assertEqual([row[9] for row in effect(Base(world(waiver=w["waiver"])), insert((1, 1))).log], [None])

    def test_measures(self):
        w = world(binding=[bound(1, 1)], binding_log=[], waiver=[self.waiver(1, "base_size"), self.waiver(2, "cold_calls")])
        self.assertEqual(Base(w).compliance(date(2010, 7, 1))[1, "base_size"], ("exempt", 1, None, None))
        self.assertEqual(Base(w).waived_measures(date(2010, 7, 1)), {(1, "base_size"): 1})
        self.assertEqual(Base(w).compliance(date(2010, 6, 1))[1, "base_size"][0], "missed")


class Limits(unittest.TestCase):
    """cool_off, intake_limit and move_limit, at the bound and one past it."""

    MOVE = {"form": "update", "rows": [[1, 1, {"manager_id": 2}]]}

    def test_cool_off(self):
        for until, days, wanted in ((date(2010, 7, 5), 10, set()), (date(2010, 7, 6), 10, {"cool_off"}),
                                    (date(2010, 7, 6), None, set()), (date(2010, 7, 15), 0, set())):
            w = world(policy=limits(cool_off_days=days), binding_log=[ended(2, 1, date(2010, 1, 1), until)],
                      organization=[client(1), client(2, head_id=1), client(3)])
            self.assertEqual(codes(w, insert((1, 1))), wanted)
            self.assertEqual(codes(w, insert((3, 1))), set())
        nothing = world(policy=limits(cool_off_days=10), binding_log=[ended(1, 1, date(2010, 7, 15), date(2010, 7, 15))])
        self.assertEqual(codes(nothing, insert((1, 1))), set())

    def test_intake(self):
        taken = dict(ended(6, 1, TODAY, None), change="bind", taken_on=TODAY)
        w = world(policy=limits(max_new_accounts_per_day=2), binding_log=[taken])
        self.assertEqual(codes(w, insert((1, 1))), set())
        self.assertEqual(codes(w, insert((1, 1), (2, 1))), {"intake_limit"})
        self.assertEqual(codes(w, insert((1, 1), (6, 1))), set())
        self.assertEqual(codes(world(policy=limits(max_new_accounts_per_day=2)), insert((1, 1), (2, 1))), set())
        base = Base(w)
        self.assertEqual([row[8] for row in effect(base, insert((1, 1))).log], [TODAY])
        self.assertEqual([row[8] for row in effect(Base(world()), insert((1, 1))).log], [None])

    def test_moves(self):
        for until, wanted in ((date(2010, 7, 5), set()), (date(2010, 7, 6), {"move_limit"})):
            w = world(policy=limits(max_moves=1, move_days=10), binding=[bound(1, 1, until)],
                      binding_log=[ended(1, 3, date(2010, 1, 1), until)])
            self.assertEqual(codes(w, self.MOVE), wanted)
            self.assertEqual(codes(dict(w, policy=limits(max_moves=1)), self.MOVE), set())
            self.assertEqual(codes(dict(w, policy=limits(max_moves=2, move_days=10)), self.MOVE), set())

    def test_moves_of_a_client(self):
        both = dict(organization=[client(1), client(2, head_id=1)], policy=limits(max_moves=1, move_days=10))
        follows = world(binding=[bound(1, 2, TODAY), bound(2, 1)], binding_log=[ended(1, 1, date(2010, 1, 1), TODAY)], **both)
        move = {"form": "update", "rows": [[2, 1, {"manager_id": 2}]]}
        self.assertEqual(codes(follows, move), set())
        later = world(binding=[bound(1, 2, date(2010, 7, 14)), bound(2, 1)],
                      binding_log=[ended(1, 1, date(2010, 1, 1), date(2010, 7, 14))], **both)
        self.assertEqual(codes(later, move), {"move_limit"})

    def test_what_is_a_move(self):
        w = world(policy=limits(max_moves=0, move_days=10), binding_log=[ended(1, 2, date(2010, 1, 1), date(2010, 7, 1))])
        self.assertEqual(codes(w, insert((1, 1))), {"move_limit"})
        self.assertEqual(codes(w, insert((1, 2))), set())
        self.assertEqual(codes(w, insert((2, 1))), set())
        beside = world(policy=limits(max_moves=0, move_days=10),
                       binding_log=[ended(1, 2, date(2010, 1, 1), date(2010, 7, 1), additional=True)])
        self.assertEqual(codes(beside, insert((1, 1))), set())


class Links(unittest.TestCase):
    def test_chains_loops_and_self_links(self):
        w = world(organization=[client(1), client(2, head_id=1), client(3)])
        base = Base(w)
        bad = lambda *rows: base.bad_links(base.state, effect(base, {"form": "link", "rows": [list(r) for r in rows]}).after)
        self.assertEqual(bad((3, 1)), set())
        self.assertEqual(bad((3, 2)), {3})
        self.assertEqual(bad((1, 3)), {1})
        self.assertEqual(bad((3, 3)), {3})
        self.assertEqual(bad((2, None), (1, 2)), set())
        self.assertEqual(bad((2, 3), (3, 2)), {2, 3})

    def test_unlink_raises_a_count(self):
        w = world(organization=[client(1), client(2, head_id=1)], binding=[bound(1, 1), bound(2, 1)])
        unlink = {"form": "link", "rows": [[2, None]]}
        self.assertEqual(codes(w, unlink), set())
        w["norm_tenure"] = sizes(1)
        self.assertEqual(broken(w, unlink), {(None, 1, "base_size")})


class Log(unittest.TestCase):
    def test_move_begins_a_new_binding(self):
        w = world(binding=[bound(1, 1, exception=TEXT)])
        done = effect(Base(w), {"form": "update", "rows": [[1, 1, {"manager_id": 3}]]})
        self.assertEqual(done.after.bindings, {(1, 3): (TODAY, False, None)})
        self.assertEqual(done.log, [(1, 1, date(2010, 1, 10), TODAY, False, TEXT, None, "move", None, None),
                                    (1, 3, TODAY, None, False, None, None, "move", None, None)])

    def test_kept_pair_is_logged_as_a_bind(self):
        w = world(binding=[bound(1, 1)])
        done = effect(Base(w), {"form": "update", "rows": [[1, 1, {"additional": True}]]})
        self.assertEqual(done.log, [(1, 1, date(2010, 1, 10), None, True, None, None, "bind", None, None)])
        self.assertEqual(effect(Base(w), {"form": "update", "rows": [[1, 1, {"additional": False}]]}).log, [])

    def test_other_organization_is_an_unbind_and_a_bind(self):
        w = world(binding=[bound(1, 1)])
        done = effect(Base(w), {"form": "update", "rows": [[1, 1, {"organization_id": 2}]]})
        self.assertEqual([(row[0], row[7]) for row in done.log], [(1, "unbind"), (2, "bind")])

    def test_change_of_head_is_two_rows(self):
        w = world(organization=[client(1), client(2, head_id=1), client(3)])
        done = effect(Base(w), {"form": "link", "rows": [[2, 3]]})
        self.assertEqual([(row[0], row[6], row[7]) for row in done.log], [(2, 1, "unlink"), (2, 3, "link")])


def meeting(manager, organization, day, **more):
    return dict(dict(manager_id=manager, organization_id=organization, kind="meeting", happened_on=day,
                     outside_office=True), **more)


JUNE = date(2010, 6, 1)
JULY = date(2010, 7, 1)


class Compliance(unittest.TestCase):
    def verdict(self, w, manager, measure, first=JUNE):
        row = Base(w).compliance(first).get((manager, measure))
        return row and row[0]

    def test_months(self):
        base = Base(world())
        self.assertEqual(base.as_of(JUNE), (date(2010, 6, 30), True))
        self.assertEqual(base.as_of(JULY), (TODAY, False))
        self.assertEqual(base.compliance(date(2010, 8, 1)), {})
        self.assertFalse(Base(world(today=date(2010, 6, 30))).as_of(JUNE)[1])

    def test_base_is_rebuilt_from_the_history(self):
        w = world(binding=[bound(1, 1, date(2010, 6, 30)), bound(2, 1, date(2010, 7, 1))],
                  binding_log=[ended(3, 1, date(2010, 1, 1), date(2010, 7, 1)), ended(4, 1, date(2010, 1, 1), date(2010, 6, 30)),
                               ended(5, 1, date(2010, 6, 30), date(2010, 6, 30))])
        self.assertEqual(Base(w).compliance(JUNE)[1, "base_size"], ("missed", 2, 20, 40))

    def test_paying_share(self):
        w = world(binding=[bound(1, 1), bound(2, 1), bound(3, 1)],
                  turnover=[dict(organization_id=1, month=JUNE, amount=Decimal("15000.01"), last_on=None),
                            dict(organization_id=2, month=JUNE, amount=Decimal(15000), last_on=None)])
        self.assertEqual(Base(w).compliance(JUNE)[1, "paying_share"][0], "missed")     # 1/3 < 0.35
        w["binding"].pop()
        self.assertEqual(self.verdict(w, 1, "paying_share"), "met")
        self.assertEqual(self.verdict(w, 1, "paying_share", JULY), "pending")
        self.assertEqual(self.verdict(w, 2, "paying_share"), "exempt")

    def test_turnover_of_organizations_with_others_does_not_count(self):
        w = world(organization=[client(1), client(2, head_id=1)], binding=[bound(1, 1), bound(2, 3)],
                  turnover=[dict(organization_id=o, month=JUNE, amount=Decimal(9000), last_on=None) for o in (1, 2)])
        self.assertEqual(self.verdict(w, 1, "paying_share"), "missed")
        w["binding"][1]["manager_id"] = 1
        self.assertEqual(self.verdict(w, 1, "paying_share"), "met")

    def test_off_profile_cap(self):
        clients = [client(i) for i in range(1, 5)]
        w = world(manager_post=[post(1, "industrial")], organization=clients, binding=[bound(i, 1) for i in range(1, 5)])
        self.assertEqual(self.verdict(w, 1, "off_profile", date(2010, 3, 1)), "exempt")
        self.assertEqual(Base(w).compliance(JUNE)[1, "off_profile"], ("missed", 4, None, 3))
        w["organization"][0]["client_group"] = "industrial"
        self.assertEqual(self.verdict(w, 1, "off_profile"), "met")
        self.assertEqual(self.verdict(w, 1, "off_profile", JULY), "missed")
        self.assertEqual((self.verdict(w, 1, "client_group"), self.verdict(w, 1, "client_group", JULY)), ("met", "missed"))

    def test_meetings_of_a_veteran_are_a_share_of_accounts(self):
        w = world(binding=[bound(i, 1) for i in (1, 2, 3)], activity=[meeting(1, 4, date(2010, 6, 30))] * 1)
        self.assertEqual(self.verdict(w, 1, "meetings"), "missed")
        w["activity"] += [meeting(1, 4, date(2010, 6, 1)), meeting(1, None, JUNE), meeting(1, 1, JULY),
                          meeting(1, 1, JUNE, outside_office=False)]
        self.assertEqual(self.verdict(w, 1, "meetings"), "met")         # 2 of 1.5
        self.assertEqual(self.verdict(w, 1, "meetings", JULY), "pending")
        self.assertEqual(self.verdict(w, 2, "meetings"), "exempt")      # no accounts

    def test_incomplete_first_month_is_not_judged(self):
        w = world()
        w["manager"][0]["novice_since"] = date(2010, 6, 1)
        self.assertEqual(self.verdict(w, 1, "cold_calls"), "missed")
        w["manager"][0]["novice_since"] = date(2010, 6, 2)
        self.assertEqual(self.verdict(w, 1, "cold_calls"), "exempt")
        w["manager"][0]["novice_since"] = date(2010, 6, 1)
        w["manager_post"].append(post(1, None, since=date(2010, 3, 1), position="office_head"))
        w["manager_post"].append(post(1, "universal", since=date(2010, 6, 2)))
        self.assertEqual(self.verdict(w, 1, "cold_calls"), "exempt")

    def test_interns_are_exempt_from_everything(self):
        w = world(binding=[bound(1, 1)])
        w["manager"][0]["novice_since"] = None
        verdicts = {row[0] for (m, _), row in Base(w).compliance(JUNE).items() if m == 1}
        self.assertEqual(verdicts, {"exempt"})

    def test_respecialization(self):
        w = world(organization=[client(1), client(2, client_group="industrial"), client(3), client(4, client_group="chain")],
                  binding=[bound(1, 1), bound(2, 1), bound(3, 1, date(2010, 5, 16)), bound(4, 1)])
        w["manager_post"].append(post(1, None, since=date(2010, 5, 1), position="vtc_head"))
        w["manager_post"].append(post(1, "industrial", since=date(2010, 5, 16)))
        row = Base(w).compliance(JULY)
        self.assertEqual(row[1, "respecialization"], ("pending", 1, None, 0))   # 4 fitted neither
        self.assertEqual(row[1, "client_group"][:2], ("missed", 1))             # 3 came with the change
        self.assertEqual(row[1, "base_size"][0], "pending")
        w["manager_post"][-1]["since"] = date(2010, 5, 15)
        w["binding"][2]["bound_on"] = date(2010, 5, 15)
        row = Base(w).compliance(JULY)
        self.assertEqual(row[1, "respecialization"], ("missed", 1, None, 0))
        self.assertEqual(row[1, "client_group"][:2], ("missed", 2))
        self.assertEqual(row[1, "base_size"][0], "missed")

    def test_handover(self):
        w = world(binding=[bound(1, 1)])
        w["manager"][0]["left_on"] = date(2010, 6, 15)
        self.assertEqual(self.verdict(w, 1, "handover", JUNE), "pending")
        self.assertEqual(self.verdict(w, 1, "handover", JULY), "missed")
        self.assertIsNone(self.verdict(w, 1, "base_size", JULY))
        w["manager"][0]["left_on"] = date(2010, 6, 16)
        self.assertEqual(self.verdict(w, 1, "handover", JULY), "pending")
        w["manager_post"].append(post(1, None, since=date(2010, 6, 1), position="office_head"))
        self.assertEqual(self.verdict(w, 1, "handover", JULY), "missed")    # the earlier day
        self.assertIsNone(self.verdict(w, 2, "handover", JULY))

    def test_handover_to_a_vtc(self):
        w = world(binding=[bound(1, 1), bound(2, 1, date(2010, 6, 20))])
        w["manager_post"].append(post(1, None, since=date(2010, 6, 20), position="vtc_head"))
        self.assertEqual(Base(w).compliance(JULY)[1, "handover"], ("pending", 1, None, 0))
        self.assertEqual(self.verdict(w, 1, "base_size", JULY), "exempt")

    def test_heads_and_leads(self):
        w = world(binding=[bound(1, 2), bound(2, 1)])
        w["manager_post"][0]["position"] = "group_lead"
        w["manager_post"][1]["lead_id"] = 1
        w["activity"] = [meeting(1, 1, date(2010, 6, d)) for d in range(1, 16)] + [meeting(1, 2, JUNE)]
        row = Base(w).compliance(JUNE)
        self.assertEqual(row[1, "lead_group_meetings"], ("met", 15, 15, None))
        self.assertEqual(row[1, "lead_own_meetings"][:2], ("met", 1))
        self.assertEqual(row[1, "meetings"][:2], ("met", 16))
        w["manager_post"][1]["since"] = date(2010, 6, 2)
        self.assertEqual(Base(w).compliance(JUNE)[1, "lead_group_meetings"][:2], ("missed", 14))
        w["manager_post"][2].update(position="office_head", specialization=None)
        self.assertEqual(Base(w).compliance(JUNE)[3, "head_meetings"], ("missed", 0, 15, None))
        self.assertEqual(Base(w).scorecard(JUNE)[3], (1, False))

    def test_black_list(self):
        w = world(binding=[bound(1, 1), bound(2, 1)],
                  turnover=[dict(organization_id=1, month=date(2010, 5, 1), amount=Decimal("14999.99"), last_on=None),
                            dict(organization_id=2, month=date(2010, 5, 1), amount=Decimal(15000), last_on=None)])
        listed = Base(w).blacklist(JUNE)
        self.assertEqual(listed, {(1, 1): ("A", Decimal(15000), Decimal("14999.99"))})
        self.assertEqual(set(Base(w).blacklist(JULY)), {(1, 1)})     # May and June, the last closed ones
        w["manager_post"][0]["specialization"] = "dealer"
        w["organization"][0]["potential"] = None
        self.assertEqual(set(Base(w).blacklist(JUNE)), {(1, 2)})


class Release(unittest.TestCase):
    def test_clock(self):
        feeds = [dict(name=n, loaded_through=TODAY) for n in ("turnover", "overdue")]
        w = world(binding=[bound(1, 1, date(2010, 1, 15)), bound(2, 1, date(2010, 1, 16)), bound(3, 1, date(2009, 1, 1)),
                           bound(4, 1, date(2009, 1, 1)), bound(5, 1, date(2009, 1, 1))],
                  turnover=[dict(organization_id=3, month=date(2010, 1, 1), amount=Decimal("0.01"), last_on=date(2010, 1, 16)),
                            dict(organization_id=5, month=date(2010, 6, 1), amount=Decimal(0), last_on=None)],
                  overdue=[dict(organization_id=4, amount=Decimal("0.01"))], feed=feeds)
        self.assertEqual(Base(w).release(TODAY), ({(1, 1), (5, 1)}, {(4, 1)}, False))
        feeds[1]["loaded_through"] = date(2010, 7, 12)
        self.assertFalse(Base(w).release(TODAY)[2])
        feeds[1]["loaded_through"] = date(2010, 7, 11)
        self.assertTrue(Base(w).release(TODAY)[2])

    def test_a_flood_is_refused_above_both_bounds(self):
        clients = [client(i) for i in range(1, 102)]
        w = world(organization=clients, binding=[bound(i, 1, date(2009, 1, 1)) for i in range(1, 52)],
                  feed=[dict(name=n, loaded_through=TODAY) for n in ("turnover", "overdue")])
        self.assertTrue(Base(w).release(TODAY)[2])
        w["binding"].pop()
        self.assertFalse(Base(w).release(TODAY)[2])

    def test_an_account_leaves_with_all_its_bindings(self):
        w = world(organization=[client(1), client(2, head_id=1)],
                  binding=[bound(1, 1, date(2009, 1, 1)), bound(2, 1, date(2010, 6, 1)), bound(2, 3, date(2010, 6, 1), True)],
                  feed=[dict(name=n, loaded_through=TODAY) for n in ("turnover", "overdue")])
        self.assertEqual(Base(w).release(TODAY)[0], {(1, 1), (2, 1)})
        w["binding"][0]["manager_id"] = 3
        self.assertEqual(Base(w).release(TODAY)[0], {(1, 3), (2, 3)})


if __name__ == "__main__":
    unittest.main()
