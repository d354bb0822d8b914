"""The other side of the comparison: a base in a server, and what it answers."""

import re
from datetime import date, timedelta

import psycopg2
from psycopg2.extensions import ISOLATION_LEVEL_AUTOCOMMIT

import norms
from changes import COLUMNS, copy, effect, literal, sql
from rules import Base, add_months, months_served, status

# In the order in which rows can be loaded.
TABLES = (
    "specialization", "client_group", "potential", "position", "unit", "territory", "manager", "manager_post", "manager_territory", "organization", "binding",
    "binding_log", "turnover", "overdue", "activity", "feed",
    "authority", "memo", "memo_item", "memo_approval", "waiver",
)
LEVELS = ("READ COMMITTED", "REPEATABLE READ", "SERIALIZABLE")


def roles_sql(world):
    """The roles that a world's authorities name; the transaction takes them back."""
    roles = world.get("roles", ())
    if not roles:
        return []
    lines = ["CREATE ROLE kbm;", "GRANT USAGE ON SCHEMA kb TO kbm;",
             "GRANT SELECT, INSERT, UPDATE, DELETE ON ALL TABLES IN SCHEMA kb TO kbm;",
             "GRANT EXECUTE ON ALL FUNCTIONS IN SCHEMA kb TO kbm;"]
    lines += [f"CREATE ROLE {role} IN ROLE kbm;" for role in roles]
    lines += [f"GRANT {group} TO {member};" for member, groups in world.get("member_of", {}).items()
              for group in groups]
    return lines


def load_sql(world):
    """The world as SQL, past the triggers that judge."""
    lines = roles_sql(world) + ["SET LOCAL session_replication_role = replica;"]
    for table in TABLES + tuple(norms.KEYS):
        rows = world.get(table)
        if not rows:
            continue
        columns = list(rows[0])
        cells = ",\n  ".join("(" + ", ".join(literal(row[c]) for c in columns) + ")" for row in rows)
        conflict = ""
        if table in norms.KEYS or table == "feed":
            key = norms.KEYS[table] + ("effective_from",) if table in norms.KEYS else ("name",)
            rest = [c for c in columns if c not in key]
            conflict = (f"\n  ON CONFLICT ({', '.join(key)}) DO UPDATE SET "
                        + ", ".join(f"{c} = excluded.{c}" for c in rest))
        lines.append(f"INSERT INTO kb.{table} ({', '.join(columns)}) VALUES\n  {cells}{conflict};")
    for row in world.get("rule", ()):
        lines.append(f"UPDATE kb.rule SET enforcement = '{row['enforcement']}' WHERE code = '{row['code']}';")
    lines.append("SET LOCAL session_replication_role = origin;")
    return "\n".join(lines)


class Server:
    def __init__(self, level="READ COMMITTED", database=None):
        self.connection = psycopg2.connect(f"dbname={database}" if database else "")
        self.connection.set_isolation_level(ISOLATION_LEVEL_AUTOCOMMIT)
        self.cursor = self.connection.cursor()
        self.level = level
        self.all("SET client_min_messages = error")

    def all(self, statement):
        self.cursor.execute(statement)
        return self.cursor.fetchall() if self.cursor.description else []

    def make_base(self):
        self.all("CREATE EXTENSION IF NOT EXISTS kbnorms")
        if not self.all("SELECT 1 FROM pg_namespace WHERE nspname = 'kb'"):
            self.all("CALL kbnorms.create_client_base('kb', false)")

    def begin(self, world):
        self.all(f"BEGIN ISOLATION LEVEL {self.level}; SET LOCAL kbnorms.today = '{world['today']}'")
        self.all(load_sql(world))

    def end(self):
        self.all("ROLLBACK")

    # ---- answers -----------------------------------------------------------

    def bindings(self):
        return {row[:2]: row[2:] for row in self.all(f"SELECT {', '.join(COLUMNS)} FROM kb.binding")}

    def run(self, operation, actor=None):
        """(None, bindings, new log rows) or (error, None, None); leaves the world as it was after an error."""
        newest = self.all("SAVEPOINT operation; SELECT coalesce(max(id), 0) FROM kb.binding_log")[0][0]
        del self.connection.notices[:]
        try:
            self.all("SET LOCAL client_min_messages = warning")
            self.act_as(actor)
            if operation.get("conflict") == "copy":
                self.cursor.copy_expert(*copy(operation))
            else:
                self.all(sql(operation))
            self.act_as(None)
        except psycopg2.Error as error:
            self.all("ROLLBACK TO operation")
            return error, None, None
        log = self.all("SELECT organization_id, manager_id, bound_on, unbound_on, additional, territory_exception,"
                       " CASE WHEN change IN ('link', 'unlink') THEN head_id END, change::text, taken_on, waivers, memo_id"
                       f" FROM kb.binding_log WHERE id > {newest}")
        return None, self.bindings(), log

    def act_as(self, actor):
        self.all(f"SET LOCAL ROLE {actor or 'none'}")

    def memos(self):
        return (set(self.all("SELECT memo_id, item_no FROM kb.memo_item WHERE used_at IS NOT NULL")),
                set(self.all("SELECT id, state::text FROM kb.memo")))

    def faults(self):
        """What verify says; a world comes in past the triggers, so that there is something at once."""
        return set(self.all("SELECT check_name, row_key FROM kb.verify()"))

    def undo(self):
        self.all("ROLLBACK TO operation")

    def check_binding(self, days, where="true"):
        return self.all(
            "SELECT o.id, m.id, d.day, c.code, c.passed FROM kb.organization AS o, kb.manager AS m,"
            f" unnest(ARRAY[{', '.join(map(literal, days))}]::date[]) AS d (day),"
            f" LATERAL kb.check_binding(o.id, m.id, d.day) AS c WHERE {where}")

    def compliance(self, first):
        return {(m, measure): rest for m, measure, *rest in self.all(
            "SELECT manager_id, measure, verdict, actual, norm_min, norm_max, waiver_id"
            f" FROM kb.compliance('{first}')")}

    def blacklist(self, first):
        return {(m, a): rest for m, a, *rest in self.all(
            f"SELECT manager_id, account_id, potential, threshold, turnover FROM kb.blacklist('{first}')")}


FINDING = re.compile(r'rule "(\w+)"[^\n]*?organization "?(\d+)(?:[^\n]*?manager "?(\d+))?')
MORE = re.compile(r"and (\d+) more")


def findings(detail):
    """What a DETAIL names, and how many more there are."""
    named = {(int(o), int(m) if m else None, code) for code, o, m in FINDING.findall(detail)}
    more = MORE.search(detail)
    return named, int(more.group(1)) if more else 0


# ---- comparison: None, or what differs --------------------------------------

def compare_operation(server, world, operation, keep=False, prove=False):
    """Runs an operation on the loaded world.  Returns (difference, effect or None if refused)."""
    base = Base(world)
    expected = effect(base, operation)
    faults = server.faults() if prove else ()
    error, bindings, log = server.run(operation, world.get("actor"))
    difference = _refusal(base, expected, error) if error else _acceptance(base, expected, bindings, log)
    if not error and not difference:
        difference = _not_warned(base, expected, "\n".join(server.connection.notices))
    if not error and not difference and world.get("memo"):
        difference = _memos_used(base, expected, server.memos())
    if not error and not difference and prove:
        new = server.faults() - faults
        difference = f"verify finds {sorted(new)}" if new else None
    if not error and not keep:
        server.undo()
    return difference, None if error else expected


def sqlstate(code):
    return "42501" if code in ("approval", "applicant") else "23514"


EVERYTHING = {(state, None) for state in ("23514", "23505", "23503", "42501")}


def expectation(base, expected):
    """(SQLSTATEs and constraints that may be told, blocking findings, warned findings)."""
    mixed = len(expected.kinds) > 1
    if mixed and "link" in expected.kinds:
        # Whose client a company is while one statement binds and links it is not decided: see README.
        return EVERYTHING, set(), set()
    told = {("23505", c) for c in expected.duplicates | expected.transient}
    if expected.unknown:
        # In a mixed statement another kind of action may be judged before the missing row is looked for.
        return told | {("23503", None)} | ({(sqlstate(c), c) for c in norms.RULES} if mixed else set()), set(), set()
    if expected.duplicates:
        return told, set(), set()
    broken = base.broken(base.state, expected.after, base.today)
    broken |= {(o, None, code) for o, code in
               base.memos.broken(expected.changes, base.state, expected.after, base.today)}
    of = lambda kind: {f for f in broken if base.enforcement[f[2]] == kind}
    blocking = of("block")
    if base.bad_links(base.state, expected.after):
        told.add(("23514", "link"))
        if mixed:
            told |= {(sqlstate(f[2]), f[2]) for f in blocking}
    elif blocking:
        codes = {f[2] for f in blocking}
        told |= {(sqlstate(c), c) for c in (codes if mixed else [next(c for c in norms.RULES if c in codes)])}
    return told, blocking, of("warn")


def _refusal(base, expected, error):
    told, blocking, warned = expectation(base, expected)
    got = (error.pgcode, error.diag.constraint_name)
    if got not in told and (got[0], None) not in told:
        return f"refused as {got}: {error}; expected {sorted(map(str, told)) or 'acceptance'}: {sorted(map(str, blocking))}"
    if got[1] not in norms.RULES or told is EVERYTHING or expected.unknown or got[0] == "23505":
        return None
    named, more = findings(error.diag.message_detail or "")
    wrong = [f for f in named if not any(fits(f, b) for b in blocking | warned)]
    if wrong:
        return f"names {sorted(wrong)}, which is not broken; broken is {sorted(map(str, blocking))}: {error}"
    missing = [b for b in blocking if not any(fits(f, b) for f in named)]
    if missing and len(expected.kinds) == 1 and not more:
        return f"does not name {missing}: {error}"
    named_codes = {f[2] for f in named if base.enforcement[f[2]] == "block"}
    if not more and named_codes and got[1] != next(c for c in norms.RULES if c in named_codes):
        return f"CONSTRAINT {got[1]} is not the first of {sorted(named_codes)}"
    return None


def fits(finding, broken):
    """Of what a link breaks the reading names the manager alone, of what a memo lacks the organization."""
    return all(one == other or other is None for one, other in zip(finding, broken))


def _not_warned(base, expected, notices):
    """Under warn the same text is a WARNING."""
    told, _, warned = expectation(base, expected)
    named, more = findings(notices)
    missing = [b for b in warned if not any(fits(f, b) for f in named)]
    if missing and not more or any(not any(fits(f, b) for b in warned) for f in named) and told is not EVERYTHING:
        return f"warns of {sorted(map(str, named))}, expected {sorted(map(str, warned))}"
    return None


def _acceptance(base, expected, bindings, log):
    told, blocking, _ = expectation(base, expected)
    must = {t for t in told if t[0] != "23505"} if not expected.duplicates else told
    if must and told is not EVERYTHING:
        return f"accepted; expected {sorted(map(str, must))}: {sorted(map(str, blocking))}"
    if bindings != expected.after.bindings:
        return ("other bindings: " + _two_sides(bindings.items(), expected.after.bindings.items()))
    owed = [row + (_memo_of(base, expected, row),) for row in expected.log]
    if "link" in expected.kinds and len(expected.kinds) > 1:    # whose client is new, and what is broken, is not decided: see README
        log, owed = ([row[:8] + row[10:] for row in rows] for rows in (log, owed))
    if sorted(map(str, log)) != sorted(map(str, owed)):
        return "other log rows: " + _two_sides(log, owed)
    return None


def _memo_of(base, expected, row):
    """The memo that a log row must name."""
    for item, (kind, organization, giver, taker, head, *_) in expected.used:
        about = head == row[6] if row[1] is None else row[1] == (taker if row[3] is None else giver)
        if (kind, organization) == (row[7], row[0]) and about:
            return item["memo_id"]
    return None


def _memos_used(base, expected, got):
    used, states = set(), {}
    for item, _ in expected.used:
        used.add((item["memo_id"], item["item_no"]))
    used |= {(i["memo_id"], i["item_no"]) for i in base.memos.items if i["used_at"] is not None}
    for memo, row in base.memos.memo.items():
        items = {(memo, i["item_no"]) for i in base.memos.items if i["memo_id"] == memo}
        touched = any(item["memo_id"] == memo for item, _ in expected.used)
        states[memo] = "applied" if touched and items <= used else row["state"]
    if got != (used, set(states.items())):
        return f"memos: got {got}, expected {(used, states)}"
    return None


def _two_sides(got, wanted):
    got, wanted = set(map(str, got)), set(map(str, wanted))
    return f"got {sorted(got - wanted)}, expected {sorted(wanted - got)}"


REFERRING = {  # what keeps a row from being deleted or renumbered
    "organization": (("binding", "organization_id"), ("binding_log", "organization_id"), ("organization", "head_id"),
                     ("turnover", "organization_id"), ("overdue", "organization_id"), ("activity", "organization_id")),
    "manager": (("binding", "manager_id"), ("binding_log", "manager_id"), ("manager_post", "manager_id"),
                ("manager_post", "lead_id"), ("manager_territory", "manager_id"), ("activity", "manager_id"),
                ("memo_item", "from_manager_id"), ("memo_item", "to_manager_id"), ("waiver", "manager_id")),
}


def structure_sql(check):
    act = {"delete": "DELETE FROM kb.{}", "renumber": "UPDATE kb.{} SET id = 5000"}[check["act"]]
    return act.format(check["table"]) + f" WHERE id = {check['id']}"


def compare_structure(server, world, check):
    """Deleting or renumbering somebody with bindings, followers, history or facts: never, even with all rules off."""
    kept = any(row[column] == check["id"] for table, column in REFERRING[check["table"]] for row in world.get(table, ()))
    named = check["table"] == "organization" and any(  # as a head in the log, or by a memo: left open
        row["head_id"] == check["id"] or table == "memo_item" and row["organization_id"] == check["id"]
        for table in ("binding_log", "memo_item") for row in world.get(table, ()))
    server.all("SAVEPOINT operation")
    try:
        server.all(structure_sql(check))
        got = None
    except psycopg2.Error as error:
        got = error.pgcode
    server.undo()
    if kept and got != "23503" or not kept and not named and got is not None:
        return f"{structure_sql(check)}: got {got}, expected {'23503' if kept else 'acceptance'}"
    return None


def compare_check_binding(base, rows):
    """(organization, manager, day, text) of each pair that is answered otherwise."""
    answers, wrong = {}, []
    for o, m, day, code, passed in rows:
        answers.setdefault((o, m, day), {})[code] = passed
    for (o, m, day), got in answers.items():
        wanted = base.check_binding(o, m, day)
        again = (o, m) in base.state.bindings
        differs = {code: (got.get(code), wanted[code]) for code in norms.RULES
                   if code not in got or got[code] != wanted[code]
                   # Of a bound pair "the rest pass", and what is not judged is NULL: either will do.
                   and not (again and wanted[code] is None and got[code] and base.enforcement[code] != "off")}
        if differs or len(got) != len(norms.RULES):
            wrong.append((o, m, day, f"check_binding({o}, {m}, {day}): (got, expected) {differs}"))
    return wrong


def compare_check_bindings(base, server):
    """check_bindings of every pair: the broken rules of each."""
    server.all("CREATE TEMPORARY TABLE pair ON COMMIT DROP AS SELECT o.id AS organization_id, m.id AS manager_id"
               " FROM kb.organization AS o, kb.manager AS m; GRANT SELECT ON pair TO PUBLIC")
    server.act_as(base.memos.actor)
    got = set(server.all("SELECT organization_id, manager_id, code FROM kb.check_bindings('pair')"))
    server.act_as(None)
    wanted = {(o, m, code) for o in base.organization for m in base.manager
              for code, passed in base.check_binding(o, m).items() if passed is False}
    return None if got == wanted else "check_bindings: " + _two_sides(got, wanted)


def compare_candidates(base, server, organization):
    got = {m for m, in server.all(f"SELECT manager_id FROM kb.candidates({organization})")}
    wanted = base.candidates(organization)
    return None if wanted is None or got == wanted else f"candidates({organization}): " + _two_sides(got, wanted)


def compare_claimable(base, server, manager):
    got = {a for a, in server.all(f"SELECT account_id FROM kb.claimable({manager})")}
    wanted = base.claimable(manager)
    return None if got == wanted else f"claimable({manager}): " + _two_sides(got, wanted)


def compare_compliance(base, server, first):
    got, wanted = server.compliance(first), base.compliance(first)
    waived = base.waived_measures(first)
    for key in sorted(got.keys() | wanted.keys()):
        one, other = got.get(key), wanted.get(key)
        if one is None or other is None:
            return f"compliance({first}) {key}: got {one}, expected {other}"
        if one[0] != other[0]:
            return f"compliance({first}) {key}: got {list(map(str, one))}, expected {list(map(str, other))}"
        if one[4] != waived.get(key):
            return f"compliance({first}) {key}: waiver {one[4]}"
        if one[0] != "exempt" and not all(map(_equal, one[1:4], other[1:])):
            return f"compliance({first}) {key}: got {list(map(str, one))}, expected {list(map(str, other))}"
    return None


def compare_scorecard(base, server, first):
    """One row per person: missed, compliant, and the verdict and the figure of each measure."""
    server.cursor.execute(f"SELECT * FROM kb.scorecard('{first}')")
    columns = [c.name for c in server.cursor.description]
    got = {row["manager_id"]: row for row in (dict(zip(columns, r)) for r in server.cursor.fetchall())}
    wanted = base.scorecard(first)
    counts = {m: (row["missed"], row["compliant"]) for m, row in got.items()}
    if counts != wanted:
        return f"scorecard({first}): " + _two_sides(counts.items(), wanted.items())
    rows = base.compliance(first)
    for manager, row in got.items():
        for measure in {m for _, m in rows} & set(columns):
            verdict, actual, *_ = rows.get((manager, measure), (None, None))
            if row[measure] != verdict or actual is not None and not _equal(row[measure + "_actual"], actual):
                return (f"scorecard({first}) {manager} {measure}: got {row[measure]} {row[measure + '_actual']},"
                        f" expected {verdict} {actual}")
        if row["manager_name"] != base.manager[manager]["full_name"]:
            return f"scorecard({first}): {manager} is called {row['manager_name']}"
    return None


def compare_holding(base, server):
    """Who held what and when; a row of no days may be there or not."""
    got = set(server.all("SELECT organization_id, manager_id, held_from, held_until, additional FROM kb.holding"
                         " WHERE held_from IS DISTINCT FROM held_until"))
    wanted = {(o, m, row[0], None, row[1]) for (o, m), row in base.state.bindings.items()}
    wanted |= {(r["organization_id"], r["manager_id"], r["bound_on"], r["unbound_on"], r["additional"])
               for r in base.log if r["unbound_on"] is not None and r["bound_on"] != r["unbound_on"]}
    return None if got == wanted else "holding: " + _two_sides(got, wanted)


def compare_tenure(server, rng):
    """months_served and manager_status on random days, month ends mostly."""
    wrong = []
    some_day = lambda: add_months(date(2009, 1, 31), rng.randrange(40)) + timedelta(days=rng.choice((-3, -2, -1, 0, 0, 1, 2)))
    for since, day in ((None, some_day()), *((some_day(), some_day()) for _ in range(300))):
        got = server.all(f"SELECT kbnorms.months_served({literal(since)}, '{day}'),"
                         f" kbnorms.manager_status({literal(since)}, '{day}')::text")[0]
        if got != (months_served(since, day), status(since, day)):
            wrong.append(f"since {since}, on {day}: got {got}, expected {months_served(since, day), status(since, day)}")
    return wrong


def _equal(one, other):
    if one is None or other is None:
        return one is other
    return abs(float(one) - float(other)) < 1e-6


def compare_blacklist(base, server, first):
    got, wanted = server.blacklist(first), base.blacklist(first)
    if {k: tuple(v) for k, v in got.items()} != wanted:
        return f"blacklist({first}): " + _two_sides(got.items(), ((k, list(v)) for k, v in wanted.items()))
    return None


def compare_seeds(server):
    """The norms of a new base against those of this reading, on each side of every date."""
    base, wrong = Base({"today": norms.JULY}), []
    for table, key in norms.KEYS.items():
        columns = list(norms.SEED[table][0])
        theirs = Base({"today": norms.JULY})
        theirs.norms[table] = {}
        for row in server.all(f"SELECT {', '.join(columns)} FROM kb.{table}"):
            row = dict(zip(columns, row))
            theirs.norms[table].setdefault(tuple(row[k] for k in key), {})[row["effective_from"]] = row
        for keyed in base.norms[table].keys() | theirs.norms[table].keys():
            for day in (norms.START, norms.APRIL, norms.JULY):
                for when in (day - timedelta(days=1), day):
                    one, other = (_norm(side, table, columns, when, keyed) for side in (theirs, base))
                    if one != other:
                        wrong.append(f"{table} {keyed} on {when}: got {one}, expected {other}")
    return wrong


def _norm(side, table, columns, day, key):
    """A row in force, without its date; no row says no more than a row of nothing, but of sizes."""
    row = side.norm(table, day, *key)
    if row is None and table == "norm_tenure":
        return None
    return {c: (row or {}).get(c) or None for c in columns if c not in norms.KEYS[table] + ("effective_from",)}
