"""Memos: what a change costs that uses its item, and the life of a memo of many; what grows faster than the items misses its goal."""

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


NONE = "kbnorms, no memo needed"
# Of the memos that single binds use, as a client analyst writes them.
ITEMS = 10

# What the profile says where the goal is missed.
USE_REMARK = ("a third of it marks the item: its row written anew and entered into two indexes, which alone is two fifths of "
              "what the bind costs without; the rest looks the item up, locks the memo, and reads its words and the authorities")


def write_memos(options, items, size):
    """An empty base and approved memos of so many items each, that bind so many organizations in all."""
    bindings = loads.BINDINGS.format(managers=options.managers, first=1, last=items)
    with Server(loads.DATABASE, "kb") as server:
        server.run("SET ROLE bench_author")
        server.run("INSERT INTO memo (reason) SELECT 'benchmark' FROM generate_series(1, %d)" % -(-items // size))
        server.run("INSERT INTO memo_item (memo_id, item_no, change, organization_id, to_manager_id)"
                   " SELECT f.first + (b.n - 1) / {0}, 1 + (b.n - 1) % {0}, 'bind', b.organization_id, b.manager_id"
                   " FROM (SELECT min(id) AS first FROM memo) f, (SELECT row_number() OVER () AS n, x.* FROM ({1}) x) b".format(size, bindings))
        server.run("SELECT submit_memo(id) FROM memo")
        server.run("SET ROLE bench_director")
        server.run("SELECT approve_memo(id) FROM memo")


def ready(contender, options, items, size):
    """An empty base; ours has its memos, the other one needs none."""
    loads.prepare(OURS, options)
    with Server(loads.DATABASE, "kb") as server:
        server.run("TRUNCATE memo, memo_item, memo_approval")
        server.run("UPDATE rule SET enforcement = %s WHERE code IN ('memo', 'approval', 'applicant')",
                   ("block" if contender == OURS else "off",))
    if contender == OURS:
        write_memos(options, items, size)
    with Server(loads.DATABASE) as server:
        server.run("VACUUM ANALYZE")
        server.run("CHECKPOINT")


ONE_BY_ONE = """
DO $$
BEGIN
    FOR o IN 1 .. {items} LOOP
        INSERT INTO binding (organization_id, manager_id) VALUES (o, 1 + o::bigint * 7919 % {managers});
        COMMIT;
    END LOOP;
END
$$"""


def uses(options, table, bulk, single):
    """Binds that use their memo items, beside the same that need none."""
    for load, items, size, statement, unit in (
            (bulk[0], bulk[1], bulk[1], loads.INSERT + loads.BINDINGS, 1),
            (single[0], single[1], ITEMS, ONE_BY_ONE, single[1])):
        if not table.wanted(load.name):
            continue

        def once(contender, items=items, size=size, statement=statement, unit=unit):
            ready(contender, options, items, size)
            with Server(loads.DATABASE, "kb") as server:
                server.run("SET ROLE bench_analyst")
                wall, cpu = server.timed(statement.format(managers=options.managers, first=1, last=items, items=items))
                (left,), = server.run("SELECT count(*) FROM memo WHERE state <> 'applied'")
            if left:
                raise RuntimeError("%d memos are not applied" % left)
            return (wall, cpu) if unit == 1 else (unit / wall, cpu / unit)
        table.measure(load, [OURS, NONE], once)


def run(options, table):
    many = min(100000, options.organizations)
    steps = {step: Load("memo of %d items: %s" % (many, step), "s") for step in STEPS}
    growth = Load("apply_memo: an item of %d beside one of %d" % (many, many // 4), "times", goal=1.3)
    few = max(200, int(3000 * min(1, options.scale)))
    bulk = Load("bind %d that use their memo items" % many, "s", NONE, 1.2, remark=USE_REMARK)
    single = Load("bind that uses its memo item, in the server", "tps", NONE, 1 / 1.2, more=True, remark=USE_REMARK)
    wanted = any(table.wanted(load.name) for load in (*steps.values(), growth))
    if not wanted and not any(table.wanted(load.name) for load in (bulk, single)):
        return
    build(options)
    uses(options, table, (bulk, many), (single, few))
    if wanted:
        lives_of_memos(options, table, many, growth, steps)
    Server.drop(loads.DATABASE)


def lives_of_memos(options, table, many, growth, steps):
    """The four steps of a memo, and whether the last one grows as its items."""
    lives = []
    with Server(loads.DATABASE, "kb") as server:
        server.run("UPDATE rule SET enforcement = 'block'")

    def once(_):
        """Both sizes: how many times the seconds and the CPU of an item are what they were."""
        few = life_of_memo(options, many // 4)["apply"]
        lives.append(life_of_memo(options, many))
        return tuple(big / small * (many // 4) / many for big, small in zip(lives[-1]["apply"], few))
    table.measure(growth, [OURS], once)
    for step, load in steps.items():
        table.measure(load, [OURS], lambda _, step=step, rest=iter(lives): next(rest)[step])
