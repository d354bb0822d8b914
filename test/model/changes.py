"""Statements: what they do to a state, what they must log, and their SQL.

An operation is plain data (so that it can be stored and shrunk):
  {"form": "insert", "rows": [[organization, manager, {column: value}], ...],
                     "conflict": None | "nothing" | "update"; or "copy": by COPY}
  {"form": "update", "rows": [[organization, manager, {column: value}], ...]}
  {"form": "delete", "rows": [[organization, manager], ...]}
  {"form": "merge",  "rows": [[organization, manager, "delete" | "update" | "insert", {...}], ...]}
  {"form": "link",   "rows": [[organization, head or None], ...]}
  {"form": "join",   "rows": [[new organization, head or None], ...]}
  {"form": "cte",    "parts": [operation, ...]}
All rows of an update set the same columns; a merge sets all of them.
"""

import io

from rules import State

COLUMNS = ("organization_id", "manager_id", "bound_on", "additional", "territory_exception")
TYPES = {"organization_id": "integer", "manager_id": "integer", "bound_on": "date",
         "additional": "boolean", "territory_exception": "text", "head_id": "integer"}


class Effect:
    """What one statement does: the state after it, the log rows it owes, the
    number of rows of each kind of action, and which unique keys it breaks."""

    def __init__(self, base):
        self.today = base.today
        self.before = base.state
        self.gone = {}      # pair -> old row, of rows deleted, moved or rewritten
        self.come = []      # (pair, new row, the pair it was before or None)
        self.heads = dict(base.state.heads)
        self.log = []
        self.changes = []   # what a memo must cover: (kind, organization, from, to, head, additional, justification)
        self.kinds = set()
        self.unknown = False    # names an organization or manager that is not there
        self.known = base.organization.keys(), base.manager.keys()

    def finish(self):
        bindings = {pair: row for pair, row in self.before.bindings.items() if pair not in self.gone}
        pairs, mains = list(bindings), [o for (o, _), row in bindings.items() if not row[1]]
        self.duplicates = set()     # unique keys broken by the outcome
        for pair, row, _ in self.come:
            if pair in pairs:
                self.duplicates.add("binding_pkey")
            if not row[1] and pair[0] in mains:
                self.duplicates.add("multiple")
            pairs.append(pair)
            mains += [] if row[1] else [pair[0]]
            bindings[pair] = row
            self.unknown |= pair[0] not in self.known[0] and pair[0] not in self.heads or pair[1] not in self.known[1]
        # Unique keys are checked row by row: a key freed and taken in one statement may refuse it.
        self.transient = set()
        for pair, row, source in self.come:
            if pair in self.gone and source != pair:
                self.transient.add("binding_pkey")
            if not row[1] and any(o == pair[0] and (o, m) != source and not old[1]
                                  for (o, m), old in self.gone.items()):
                self.transient.add("multiple")
        kept = {pair for pair, _, source in self.come if source == pair}
        self.after = State(bindings, self.heads)
        self.after.ended = {pair: row for pair, row in self.gone.items() if pair not in kept}

    def entry(self, change, pair, row, ended):
        self.log.append((pair[0], pair[1], row[0], self.today if ended else None, row[1], row[2], None, change, None, None))

    def insert(self, pair, row):
        self.kinds.add("insert")
        self.come.append((pair, row, None))
        self.bind(pair, row)

    def bind(self, pair, row):
        self.entry("bind", pair, row, False)
        self.changes.append(("bind", pair[0], None, pair[1], None, row[1], row[2]))

    def unbind(self, pair, row):
        self.entry("unbind", pair, row, True)
        self.changes.append(("unbind", pair[0], pair[1], None, None, row[1], row[2]))

    def delete(self, pair):
        if pair in self.before.bindings:
            self.kinds.add("delete")
            self.gone[pair] = self.before.bindings[pair]
            self.unbind(pair, self.gone[pair])

    def update(self, pair, values):
        if pair not in self.before.bindings:
            return
        self.kinds.add("update")
        old = self.before.bindings[pair]
        to = (values.get("organization_id", pair[0]), values.get("manager_id", pair[1]))
        bound_on, additional, exception = (
            values.get(column, was) for column, was in zip(COLUMNS[2:], old))
        if to != pair:      # a move, or an unbind and a bind: a new binding begins
            bound_on = self.today if bound_on == old[0] else bound_on
            exception = None if exception == old[2] else exception
        new = (bound_on, additional, exception)
        if to == pair and new == old:
            return
        self.gone[pair] = old
        self.come.append((to, new, pair))
        if to == pair:
            self.bind(pair, new)
        elif to[0] == pair[0]:
            self.entry("move", pair, old, True)
            self.entry("move", to, new, False)
            self.changes.append(("move", pair[0], pair[1], to[1], None, new[1], new[2]))
        else:
            self.unbind(pair, old)
            self.bind(to, new)

    def link(self, organization, head):
        old = self.before.heads.get(organization)
        self.kinds.add("link")
        self.heads[organization] = head
        self.unknown |= head is not None and head not in self.known[0]
        for change, value in (("unlink", old), ("link", head)):
            if old != head and value is not None:
                self.log.append((organization, None, None, None, None, None, value, change, None, None))
                self.changes.append((change, organization, None, None, value, None, None))


def effect(base, operation):
    result = Effect(base)
    _apply(result, operation)
    result.finish()
    if base.limits_intake(base.today) and not result.unknown:
        result.log = [row[:8] + (base.today, None) if row[1] is not None and row[3] is None
                      and base.takes(result.before, result.after, row[0], row[1]) else row for row in result.log]
    if base.waivers and not result.unknown:
        result.log = [row[:9] + (_waivers(base, result, row),) for row in result.log]
    result.used = base.memos.used(result.changes)
    return result


def _waivers(base, result, row):
    """The waivers that a row of the log must name."""
    if row[1] is None:
        return base.waivers_of_link(result.before, result.after, row[0])
    return None if row[3] is not None else base.waivers_named(result.before, result.after, row[0], row[1])


def _apply(result, operation):
    form = operation["form"]
    if form == "cte":
        for part in operation["parts"]:
            _apply(result, part)
    elif form == "delete":
        for organization, manager in operation["rows"]:
            result.delete((organization, manager))
    elif form == "update":
        for organization, manager, values in operation["rows"]:
            result.update((organization, manager), values)
    elif form in ("link", "join"):
        for organization, head in operation["rows"]:
            if form == "join" or organization in result.heads:
                result.link(organization, head)
    elif form == "merge":
        for organization, manager, action, values in operation["rows"]:
            pair = (organization, manager)
            if action == "insert" and pair not in result.before.bindings:
                result.insert(pair, _row(result, values))
            elif action == "delete":
                result.delete(pair)
            elif action == "update":
                result.update(pair, values)
    else:
        for organization, manager, values in operation["rows"]:
            _insert(result, (organization, manager), _row(result, values), operation.get("conflict"))


def _row(result, values):
    return (values.get("bound_on", result.today), values.get("additional", False),
            values.get("territory_exception"))


def _insert(result, pair, row, conflict):
    main = None
    if not row[1]:
        main = next((p for p, r in result.before.bindings.items() if p[0] == pair[0] and not r[1]), None)
    if conflict == "nothing":
        there = list(result.before.bindings) + [p for p, _, _ in result.come]
        mains = [p[0] for p, r, _ in result.come if not r[1]]
        if pair in there or main or not row[1] and pair[0] in mains:
            return
    if conflict == "update" and main:
        result.update(main, {"manager_id": pair[1], "bound_on": row[0]})
    else:
        result.insert(pair, row)


# ---- SQL -------------------------------------------------------------------

def literal(value):
    if value is None:
        return "NULL"
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, (int, float)) or type(value).__name__ == "Decimal":
        return str(value)
    return "'" + str(value).replace("'", "''") + "'"


def values_list(rows):
    return ", ".join("(" + ", ".join(map(literal, row)) + ")" for row in rows)


def _source(rows, columns, name="v"):
    """A VALUES list with typed columns."""
    cells = ", ".join("(" + ", ".join(
        literal(cell) + ("::" + kind if kind else "") for cell, (_, kind) in zip(row, columns)) + ")" for row in rows)
    return f"(VALUES {cells}) AS {name} ({', '.join(column for column, _ in columns)})"


def copy(operation):
    """An insert as COPY: the command and its data.  A column is in all rows or in none."""
    columns = list(operation["rows"][0][2])
    lines = ["\t".join("\\N" if cell is None else str(cell) for cell in row[:2] + [row[2][c] for c in columns])
             for row in operation["rows"]]
    return (f"COPY kb.binding ({', '.join(['organization_id', 'manager_id'] + columns)}) FROM STDIN",
            io.StringIO("".join(line + "\n" for line in lines)))


KEY = [("o", "integer"), ("m", "integer")]


def sql(operation, returning=""):
    if operation.get("conflict") == "copy":
        command, data = copy(operation)
        return f"{command};\n{data.read()}\\."
    form, rows = operation["form"], operation.get("rows")
    if form == "cte":
        *first, last = operation["parts"]
        parts = ", ".join(f"step{n} AS ({sql(part, ' RETURNING 1')})" for n, part in enumerate(first))
        return f"WITH {parts} {sql(last)}"
    if form == "delete":
        return (f"DELETE FROM kb.binding AS b USING {_source(rows, KEY)}"
                f" WHERE b.organization_id = v.o AND b.manager_id = v.m" + returning)
    if form == "update":
        columns = list(rows[0][2])
        source = [row[:2] + [row[2][column] for column in columns] for row in rows]
        sets = ", ".join(f"{column} = v.{column}" for column in columns)
        return (f"UPDATE kb.binding AS b SET {sets}"
                f" FROM {_source(source, KEY + [(c, TYPES[c]) for c in columns])}"
                f" WHERE b.organization_id = v.o AND b.manager_id = v.m" + returning)
    if form == "link":
        return (f"UPDATE kb.organization AS o SET head_id = v.head"
                f" FROM {_source(rows, [('o', 'integer'), ('head', 'integer')])} WHERE o.id = v.o" + returning)
    if form == "join":
        return (f"INSERT INTO kb.organization (id, name, head_id)"
                f" VALUES {values_list([[o, 'new', head] for o, head in rows])}" + returning)
    if form == "merge":
        columns = KEY + [("act", "text")] + [(c, TYPES[c]) for c in COLUMNS[1:]]
        source = []
        for organization, manager, action, values in rows:
            full = dict(manager_id=manager, bound_on=None, additional=None, territory_exception=None)
            full.update(values)
            source.append([organization, manager, action] + [full[c] for c in COLUMNS[1:]])
        return (f"MERGE INTO kb.binding AS b USING {_source(source, columns)}"
                " ON b.organization_id = v.o AND b.manager_id = v.m"
                " WHEN MATCHED AND v.act = 'delete' THEN DELETE"
                " WHEN MATCHED AND v.act = 'update' THEN UPDATE SET manager_id = v.manager_id,"
                " bound_on = v.bound_on, additional = v.additional, territory_exception = v.territory_exception"
                " WHEN NOT MATCHED AND v.act = 'insert' THEN INSERT"
                " VALUES (v.o, v.m, v.bound_on, v.additional, v.territory_exception)")
    columns = sorted({c for row in rows for c in row[2]})
    cells = ", ".join("(" + ", ".join(
        [str(row[0]), str(row[1])] + [literal(row[2][c]) if c in row[2] else "DEFAULT" for c in columns]) + ")"
        for row in rows)
    conflict = {None: "", "nothing": " ON CONFLICT DO NOTHING",
                "update": " ON CONFLICT (organization_id) WHERE NOT additional"
                          " DO UPDATE SET manager_id = excluded.manager_id, bound_on = excluded.bound_on",
                }[operation.get("conflict")]
    return (f"INSERT INTO kb.binding ({', '.join(['organization_id', 'manager_id'] + columns)})"
            f" VALUES {cells}{conflict}" + returning)
