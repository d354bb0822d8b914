#!/usr/bin/python3
"""Compares a base with the second reading of the rules.

    fuzz.py [--seed N] [--count WORLDS | --seconds S] [--no-tests]

It goes on until 12,000 verdicts are compared, unless told for how long.
Without --no-tests the model's own tests, the kept regressions and a short race
run first.  The server is named by PGHOST, PGUSER and PGDATABASE.  A difference
is shrunk, shown as SQL and kept in regressions/.  The last line is
"N passed, N failed"; every verdict that was compared counts.
"""

import argparse
import json
import os
import random
import re
import sys
import time
import unittest
from datetime import date, timedelta
from decimal import Decimal

import psycopg2

import imports
import norms
import race
import release
import server as db
import workflow
from changes import effect as effect_of, sql
from rules import Base, add_months
from worlds import Generator

HERE = os.path.dirname(os.path.abspath(__file__))
KEPT = os.path.join(HERE, "regressions")
DAY = timedelta(days=1)


# ---- a check: one question to both sides -------------------------------------

def ask(server, world, check, keep=False):
    """What differs, or None, on a world that is loaded; and the effect of an operation."""
    kind = check["kind"]
    if kind == "operation":
        return db.compare_operation(server, world, check["operation"], keep, check.get("prove", False))
    if kind == "workflow":
        return workflow.compare(server, world, check), None
    if kind == "structure":
        return db.compare_structure(server, world, check), None
    base = Base(world)
    if kind == "import":
        return imports.compare(server, base, check["rows"]), None
    if kind == "check_binding":
        server.act_as(world.get("actor"))
        rows = server.check_binding([check["day"]], f"o.id = {check['organization']} AND m.id = {check['manager']}")
        wrong = db.compare_check_binding(base, rows)
        return (wrong[0][3] if wrong else None), None
    subject = [v for k, v in check.items() if k != "kind"]
    return getattr(db, "compare_" + kind)(base, server, *subject), None


def question(world, check):
    """The check as SQL."""
    if check["kind"] == "release":
        return f"COMMIT; CALL kb.unbind_inactive('{check['as_of']}');"
    if check["kind"] == "operation":
        return (f"SET LOCAL ROLE {world['actor']};\n" if world.get("actor") else "") + sql(check["operation"]) + ";"
    if check["kind"] == "workflow":
        return (f"-- a memo {check['item']} by {check['author']} with card {check['card']}:\n"
                f"-- submit_memo, approve_memo by {', '.join(check['approvers'])}, apply_memo by {check['applicant']}")
    if check["kind"] == "structure":
        return db.structure_sql(check) + ";"
    if check["kind"] == "check_binding":
        return f"SELECT * FROM kb.check_binding({check['organization']}, {check['manager']}, '{check['day']}');"
    if check["kind"] == "import":
        return imports.sql(check["rows"]) + ";"
    if check["kind"] == "holding":
        return "SELECT * FROM kb.holding;"
    if check["kind"] == "check_bindings":
        return "SELECT b.* FROM pair, kb.check_bindings('pair') AS b;  -- of every organization with every manager"
    return f"SELECT * FROM kb.{check['kind']}('{next(v for k, v in check.items() if k != 'kind')}');"


def fresh(server, world, check):
    """Loads the world for this one check."""
    if check["kind"] == "release":
        return release.compare(world, check["as_of"])
    server.begin(world)
    try:
        return ask(server, world, check)[0]
    finally:
        server.end()


# ---- shrinking ---------------------------------------------------------------

REFERENCES = {  # table -> column -> what it names
    "manager_post": {"manager_id": "manager", "lead_id": "manager", "unit_id": "unit"},
    "manager_territory": {"manager_id": "manager", "territory_id": "territory"},
    "organization": {"head_id": "organization", "territory_id": "territory"},
    "binding": {"organization_id": "organization", "manager_id": "manager"},
    "binding_log": {"organization_id": "organization", "manager_id": "manager"},
    "waiver": {"manager_id": "manager"},
    "turnover": {"organization_id": "organization"}, "overdue": {"organization_id": "organization"},
    "activity": {"manager_id": "manager", "organization_id": "organization"},
    "unit": {"parent_id": "unit"}, "territory": {"unit_id": "unit"},
}
LOOSE = ("lead_id", "head_id", "territory_id", "parent_id", "city", "client_group", "potential", "left_on",
         "novice_since", "until", "last_on", "territory_exception")


def consistent(world):
    """Drops what names a row that is gone, until nothing does."""
    while True:
        ids = {t: {r["id"] for r in world.get(t, ())} for t in ("unit", "territory", "manager", "organization")}
        dangling = [(table, row) for table, columns in REFERENCES.items() for row in world.get(table, ())
                    if any(row.get(c) is not None and row[c] not in ids[to] for c, to in columns.items())]
        if not dangling:
            return world
        for table, row in dangling:
            world[table] = [r for r in world[table] if r is not row]


def smaller_worlds(world):
    if world.get("member_of"):
        yield dict(world, member_of={})
    # The words of the company stay: nothing here knows who uses them.
    for table in list(db.TABLES[:3:-1]) + list(norms.KEYS) + ["rule", "roles"]:
        rows = world.get(table, [])
        size = len(rows)
        while size:
            for start in range(0, len(rows), size):
                yield consistent(dict(world, **{table: rows[:start] + rows[start + size:]}))
            size //= 2
    for table in db.TABLES:
        for n, row in enumerate(world.get(table, ())):
            for column in LOOSE:
                if row.get(column) is not None and (table, column) != ("manager_territory", "territory_id"):
                    rows = list(world[table])
                    rows[n] = dict(row, **{column: None})
                    yield dict(world, **{table: rows})


def smaller_operations(operation):
    if operation["form"] == "cte":
        parts = operation["parts"]
        for n in range(len(parts)):
            rest = parts[:n] + parts[n + 1:]
            yield rest[0] if len(rest) == 1 else dict(operation, parts=rest)
        for n, part in enumerate(parts):
            for less in smaller_operations(part):
                yield dict(operation, parts=parts[:n] + [less] + parts[n + 1:])
        return
    rows = operation["rows"]
    for n in range(len(rows)):
        if len(rows) > 1:
            yield dict(operation, rows=rows[:n] + rows[n + 1:])


def smaller_checks(check):
    if check["kind"] == "import":
        for n in range(len(check["rows"])):
            yield dict(check, rows=check["rows"][:n] + check["rows"][n + 1:])
    if check["kind"] == "operation":
        for operation in smaller_operations(check["operation"]):
            yield dict(check, operation=operation)


def shrink(server, world, check, difference, seconds=20):
    """Drops and empties what it can while the same kind of difference stays."""
    kind, until = difference[:14], time.time() + seconds
    progress = True
    while progress and time.time() < until:
        progress = False
        for step in ("check", "world"):
            more = True
            while more and time.time() < until:
                more = False
                candidates = ((world, c) for c in smaller_checks(check)) if step == "check" else \
                    ((w, check) for w in smaller_worlds(world))
                for candidate in candidates:
                    try:
                        failed = fresh(server, *candidate)
                    except Exception:   # the smaller world makes no sense
                        continue
                    if failed and failed[:14] == kind:
                        world, check = candidate
                        more = progress = True
                        break
                    if time.time() > until:
                        break
    return world, check


# ---- keeping -----------------------------------------------------------------

def encode(value):
    return json.dumps(value, default=str, indent=1, sort_keys=True)


def _decode(value):
    if isinstance(value, dict):
        return {k: _decode(v) for k, v in value.items()}
    if isinstance(value, list):
        return [_decode(v) for v in value]
    if isinstance(value, str) and re.fullmatch(r"\d{4}-\d\d-\d\d", value):
        return date.fromisoformat(value)
    if isinstance(value, str) and re.fullmatch(r"-?\d+(\.\d+)?", value):
        return Decimal(value)
    return value


def decode(text):
    return _decode(json.loads(text))


def script(world, check):
    return (f"BEGIN;\nSET LOCAL kbnorms.today = '{world['today']}';\n{db.load_sql(world)}\n"
            f"{question(world, check)}\nROLLBACK;")


def report(server, name, world, check, difference):
    """Shrinks, shows and keeps a difference."""
    if not fresh(server, world, check):
        print(f"--- {name}: {difference}\nonly in the sequence of that seed, not on a freshly loaded world\n")
        return
    world, check = shrink(server, world, check, difference)
    world = {k: v for k, v in world.items() if v}
    difference = fresh(server, world, check) or difference
    print(f"--- {name}: {difference}\n{script(world, check)}\n")
    os.makedirs(KEPT, exist_ok=True)
    with open(os.path.join(KEPT, name + ".json"), "w", encoding="utf-8") as file:
        file.write(encode({"about": difference, "world": world, "check": check}) + "\n")


# ---- running -----------------------------------------------------------------

class Run:
    def __init__(self, server, stop_after=5):
        self.server, self.passed, self.failed, self.stop_after = server, 0, 0, stop_after

    def count(self, name, world, check, difference):
        if difference is None:
            self.passed += 1
            return
        self.failed += 1
        if self.failed <= self.stop_after:
            self.server.end()
            report(self.server, name, world, check, difference)
            self.server.begin(world)

    def world(self, seed):
        try:
            self.questions(Generator(seed), seed)
        except psycopg2.Error as error:
            self.failed += 1
            print(f"--- seed {seed}: {error.pgcode} {error}")
            self.server.end()

    def questions(self, generator, seed):
        """All questions to one random world."""
        world = generator.make()
        self.server.level = db.LEVELS[seed % 3]
        self.server.begin(world)
        for n in range(40):
            before = None
            if generator.chance(0.2):
                before, (world, text) = world, generator.edit()
                generator.world = world
                self.server.all("SAVEPOINT edit; " + text)
            check = {"kind": "operation", "operation": generator.operation()}
            if n % 20 == 19:    # it takes as long as all else
                check["prove"] = True
            if generator.memos:
                world = generator.world = self.with_memos(generator, world, check["operation"])
            keep = generator.chance(0.3)
            difference, effect = ask(self.server, world, check, keep)
            self.count(f"seed-{seed}-{n}", world, check, difference)
            if difference:
                break
            if keep and effect:
                world = generator.world = advance(world, effect)
            if before and generator.chance(0.5):    # what was learnt of it must be forgotten
                world = generator.world = before
                self.server.all("ROLLBACK TO edit")
        for n in range(4):
            check = generator.removal()
            self.count(f"seed-{seed}-structure-{n}", world, check, ask(self.server, world, check)[0])
        for n in range(6 if generator.memos else 0):
            check = generator.workflow()
            self.count(f"seed-{seed}-workflow-{n}", world, check, ask(self.server, world, check)[0])
        check = generator.legacy()
        if check["rows"]:
            self.count(f"seed-{seed}-import", world, check, ask(self.server, world, check)[0])
        base, today = Base(world), world["today"]
        days = [today, generator.near(add_months(today, generator.one(-1, 1, 2))), today + generator.one(-1, 1) * DAY]
        self.server.act_as(world["actor"])
        rows = self.server.check_binding(sorted({d for d in days if d >= norms.START}))
        self.server.act_as(None)
        wrong = db.compare_check_binding(base, rows)
        self.passed += len(rows) // len(norms.RULES) - len(wrong)
        for o, m, day, text in wrong:
            check = {"kind": "check_binding", "organization": o, "manager": m, "day": day}
            self.count(f"seed-{seed}-check-{o}-{m}", world, check, text)
        lists = [{"kind": "candidates", "organization": generator.one(*world["organization"])["id"]} for _ in range(3)]
        lists += [{"kind": "claimable", "manager": generator.one(*world["manager"])["id"]} for _ in range(2)]
        for n, check in enumerate(lists + [{"kind": "holding"}, {"kind": "check_bindings"}][:1 + (seed % 3 == 0)]):
            self.count(f"seed-{seed}-list-{n}", world, check, ask(self.server, world, check)[0])
        this_month = today.replace(day=1)
        for back in (0, 1, generator.one(-1, 2, 3, 6, 12)):
            for kind in ("compliance", "blacklist") + (("scorecard",) if back == 1 else ()):
                check = {"kind": kind, "month": add_months(this_month, -back)}
                if check["month"] < norms.START:    # nothing was regulated
                    continue
                self.count(f"seed-{seed}-{kind}-{back}", world, check, ask(self.server, world, check)[0])
        self.server.end()
        if seed % 5 == 0 and 'release' in ("compliance", "blacklist"):
            check = {"kind": "release", "as_of": max(
                norms.START, generator.one(today, today, today - DAY, add_months(today, -1)))}
            self.count(f"seed-{seed}-release", world, check, fresh(self.server, world, check))
            self.server.end()

    def with_memos(self, generator, world, operation):
        """Somebody is going to make a change, and mostly a memo asks for it."""
        generator.world = generator.choose_actor()
        base = Base(generator.world)
        covered = generator.covered(base, effect_of(base, operation))
        new = {t: covered[t][len(world[t]):] for t in ("memo", "memo_item", "memo_approval")}
        self.server.all(db.load_sql(new))
        return covered

    def regressions(self):
        for file in sorted(os.listdir(KEPT)) if os.path.isdir(KEPT) else ():
            with open(os.path.join(KEPT, file), encoding="utf-8") as text:
                kept = decode(text.read())
            difference = fresh(self.server, kept["world"], kept["check"])
            self.passed += difference is None
            self.failed += difference is not None
            if difference:
                print(f"--- {file}: {difference}\n{script(kept['world'], kept['check'])}\n")

    def tell(self, passed, wrong):
        """Counts what another part has compared."""
        self.passed += passed
        self.failed += len(wrong)
        for text in wrong[:10]:
            print("---", text)

    def unit_tests(self):
        suite = unittest.defaultTestLoader.discover(HERE, "test_*.py")
        result = unittest.TextTestRunner(sys.stdout, verbosity=0).run(suite)
        bad = len(result.failures) + len(result.errors)
        self.passed += result.testsRun - bad
        self.failed += bad


def advance(world, effect):
    """The world after an accepted operation."""
    columns = ("organization_id", "manager_id", "bound_on", "unbound_on", "additional", "territory_exception",
               "head_id", "change", "taken_on", "waivers")
    known = {r["id"]: r for r in world["organization"]}
    blank = dict(name="new", client_group=None, potential=None, city=None, territory_id=None)
    used = {(item["memo_id"], item["item_no"]) for item, _ in effect.used}
    items = [dict(i, used_at=i["used_at"] or (world["today"] if (i["memo_id"], i["item_no"]) in used else None))
             for i in world.get("memo_item", ())]
    applied = {memo for memo, _ in used} - {i["memo_id"] for i in items if i["used_at"] is None}
    return dict(
        world,
        memo=[dict(m, state="applied") if m["id"] in applied else m for m in world.get("memo", ())],
        memo_item=items,
        binding=[dict(organization_id=o, manager_id=m, bound_on=b, additional=a, territory_exception=e)
                 for (o, m), (b, a, e) in effect.after.bindings.items()],
        binding_log=world["binding_log"] + [dict(zip(columns, row)) for row in effect.log],
        organization=[dict(known.get(o, dict(blank, id=o)), head_id=head) for o, head in effect.after.heads.items()])


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--count", type=int)
    parser.add_argument("--seconds", type=float)
    parser.add_argument("--no-tests", action="store_true")
    arguments = parser.parse_args()
    server = db.Server()
    server.make_base()
    release.make_template()
    run = Run(server)
    if not arguments.no_tests:
        run.unit_tests()
        for wrong in (db.compare_seeds(server), db.compare_tenure(server, random.Random(arguments.seed))):
            run.tell(not wrong, wrong)
        run.regressions()
        for memos in (False, True):
            passed, wrong, _ = race.race(arguments.seed, 5, 16, memos)
            run.tell(passed, wrong)
    seed, started, done = arguments.seed, time.time(), run.passed
    while (seed < arguments.seed + arguments.count if arguments.count
           else time.time() < started + arguments.seconds if arguments.seconds
           else run.passed < done + 12000):
        run.world(seed)
        seed += 1
        if run.failed >= run.stop_after:
            break
    release.drop_databases()
    print(f"{seed - arguments.seed} worlds from seed {arguments.seed}")
    print(f"{run.passed} passed, {run.failed} failed")
    return run.failed > 0 or run.passed == 0


if __name__ == "__main__":
    sys.exit(main())
