"""The reports, beside the best query over sets that one would write by hand and a naive one."""

import os

from results import OURS, Load
from server import HERE, Server, sql_file

DATABASE = "bench_report"
SET = "set query by hand"
NAIVE = "naive query"

# Each report, its columns that the set query must return alike, and ours.
REPORTS = {
    "compliance": (
        "month, manager_id, measure, actual, norm_min, norm_max, verdict, as_of", "SELECT * FROM kb.compliance('2010-07')"),
    "blacklist": ("manager_id, account_id, threshold, turnover", "SELECT * FROM kb.blacklist('2010-07')"),
    "due": ("manager_id, account_id, held_back", "SELECT * FROM kb.release_due('2010-08-15')"),
    "unbinding_forecast": (
        "month, manager_id, manager_name, unit_id, account_id, account_name, bindings, bound_on, last_sale_on, clock_on,"
        " clock_set_by, release_on, days_left, held_back, reason, overdue, overdue_since, as_of",
        "SELECT * FROM kb.unbinding_forecast"),
    "current_binding": (
        "organization_id, account_name, city, territory_name, in_base_since, manager_name, position_name_ru, specialization_name_ru,"
        " status, manager_city, office_name, cluster_name, region_name, centre_name, reason, bound_by, bound_at, as_of",
        "SELECT * FROM kb.current_binding"),
    "unit_scorecard": (
        "unit_id, managers, compliant_managers, clients, organizations, turnover, blacklisted",
        "SELECT * FROM kb.unit_scorecard('2010-07')"),
}

# What the profile says where the goal is missed.
BINDING_REMARK = ("a fifth is just-in-time compilation, which its estimated cost sets off; the rest looks up linked clients one by one and finds the "
                  "latest row of the log first and then reads it, so that a filter on one client or manager takes milliseconds")
PLANNING_REMARK = "nearly all of it is planning: the planner sees through the whole report"
REMARKS = {"current_binding": BINDING_REMARK}


def counted(query):
    """Runs the whole query and returns one row, so that nothing is measured but the query."""
    return "SELECT count(q.*) FROM (%s) q" % query


def by_hand(name):
    """The set query of a report, in which others may stand."""
    others = {other: sql_file("queries/%s.sql" % other) for other in ("compliance", "blacklist")}
    return sql_file("queries/%s.sql" % name, **others)


def build(options, months=6):
    """The company of the reports, with that many months of turnover."""
    Server.create(DATABASE)
    with Server(DATABASE) as server:
        server.run(sql_file("worlds/reported.sql", managers=options.managers, organizations=options.organizations, months=months))
        server.run("VACUUM ANALYZE")


def compare(name):
    """Ours and the set query agree, or there is nothing to compare."""
    columns, ours = REPORTS[name]
    theirs = by_hand(name)
    with Server(DATABASE) as server:
        for one, other in ((ours, theirs), (theirs, ours)):
            rows = server.run("SELECT count(*) FROM ("
                              "SELECT %s FROM (%s) a EXCEPT ALL SELECT %s FROM (%s) b) d" % (columns, one, columns, other))
            if rows[0][0]:
                raise RuntimeError("%s: %d rows differ from the query by hand" % (name, rows[0][0]))


def whole(name, title, options, table):
    ours = REPORTS[name][1]
    queries = {OURS: ours, SET: by_hand(name)}
    if os.path.exists(os.path.join(HERE, "queries/%s_naive.sql" % name)):
        queries[NAIVE] = sql_file("queries/%s_naive.sql" % name)

    def once(contender):
        with Server(DATABASE) as server:
            server.run("SELECT 1 FROM kb.compliance LIMIT 0")
            wall, cpu = server.timed(counted(queries[contender]))
            return wall * 1000, cpu
    compare(name)
    load = table.measure(Load(title, "ms", SET, 1.2, remark=REMARKS.get(name, "")), list(queries), once, slow=[NAIVE])
    if NAIVE not in queries:
        return
    naive = table.add(Load(title + ", against the naive", "ms", NAIVE, 0.5))
    naive.values = {key: load.values[key] for key in (OURS, NAIVE)}
    naive.cpu = {key: load.cpu[key] for key in (OURS, NAIVE)}


def of_one(options, table):
    """One manager's compliance, planned each time and prepared."""
    query = "SELECT * FROM kb.compliance('2010-07') WHERE manager_id = %s"
    for title, prepared in (("compliance of one manager, prepared", True),
                            ("compliance of one manager, planned anew", False)):
        if not table.wanted(title):
            continue
        with Server(DATABASE) as server:
            if prepared:
                server.run("PREPARE one (integer) AS " + query % "$1")

            def once(_, server=server, prepared=prepared, number=[0]):
                number[0] += 1
                one = 1 + number[0] * 7919 % options.managers
                wall, cpu = server.timed("EXECUTE one (%d)" % one if prepared else query % one)
                return wall * 1000, cpu
            for _ in range(10):
                once(OURS)
            table.measure(Load(title, "ms", goal=2, remark="" if prepared else PLANNING_REMARK), [OURS], once, times=20)


def run(options, table):
    titles = {"compliance": "compliance of a month, %d managers" % options.managers,
              "blacklist": "black list, %d managers" % options.managers,
              "due": "due for release, %d bindings" % options.organizations,
              "unbinding_forecast": "unbinding_forecast, %d bindings" % options.organizations,
              "current_binding": "current_binding, %d bindings" % options.organizations,
              "unit_scorecard": "unit_scorecard of a month, %d managers" % options.managers}
    if not any(table.wanted(title) for title in (*titles.values(), "compliance of one manager")):
        return
    build(options)
    for name, title in titles.items():
        if table.wanted(title):
            whole(name, title, options, table)
    of_one(options, table)
    Server.drop(DATABASE)
