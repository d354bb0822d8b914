"""A memo of many items: written, submitted, approved and applied; what grows faster than the items misses its goal."""

import loads
from results import OURS, Load
from server import Server

ROLES = {"bench_author": "author", "bench_director": "sales_director", "bench_analyst": "client_analyst"}

# Who does what.
STEPS = {
    "write": ("bench_author", "INSERT INTO memo_item (memo_id, item_no, change, organization_id, to_manager_id)"
              " SELECT {memo}, row_number() OVER (), 'bind', b.* FROM ({bindings}) b"),
    "submit": ("bench_author", "SELECT submit_memo({memo})"),
    "approve": ("bench_director", "SELECT approve_memo({memo})"),
    "apply": ("bench_analyst", "SELECT apply_memo({memo})"),
}


def build(options):
    """The company with its memo rules, and a role for each step."""
    loads.build(options, [OURS])
    with Server(loads.DATABASE, "kb") as server:
        server.run("UPDATE rule SET enforcement = 'block'")
        for role, capacity in ROLES.items():
            server.run("DO $$ BEGIN CREATE ROLE %s; EXCEPTION WHEN duplicate_object THEN NULL; END $$" % role)
            server.run("SELECT grant_access(%s, %s)", (role, capacity))


def life_of_memo(options, items):
    """An empty base and a memo that binds so many organizations: step -> (seconds, CPU milliseconds)."""
    loads.prepare(OURS, options)
    bindings = loads.BINDINGS.format(managers=options.managers, first=1, last=items)
    spent = {}
    with Server(loads.DATABASE, "kb") as server:
        server.run("TRUNCATE memo, memo_item, memo_approval")
        server.run("SET ROLE bench_author")
        (memo,), = server.run("INSERT INTO memo (reason) VALUES ('benchmark') RETURNING id")
        for step, (role, query) in STEPS.items():
            server.run("SET ROLE %s" % role)
            spent[step] = server.timed(query.format(bindings=bindings, memo=memo))
        (state,), = server.run("SELECT state FROM memo")
    if state != "applied":
        raise RuntimeError("the memo is %s" % state)
    return spent


def run(options, table):
    many = min(100000, options.organizations)
    steps = {step: Load("memo of %d items: %s" % (many, step), "s") for step in STEPS}
    growth = Load("apply_memo: an item of %d beside one of %d" % (many, many // 4), "times", goal=1.3)
    if not any(table.wanted(load.name) for load in (*steps.values(), growth)):
        return
    build(options)
    lives = []

    def once(_):
        """Both sizes: how many times the seconds and the CPU of an item are what they were."""
        few = life_of_memo(options, many // 4)["apply"]
        lives.append(life_of_memo(options, many))
        return tuple(big / small * (many // 4) / many for big, small in zip(lives[-1]["apply"], few))
    table.measure(growth, [OURS], once)
    for step, load in steps.items():
        table.measure(load, [OURS], lambda _, step=step, rest=iter(lives): next(rest)[step])
    Server.drop(loads.DATABASE)
