"""The first load of bindings compared: what goes in, what is there already, what is rejected."""

from changes import literal

COLUMNS = ("organization_id", "personnel_no", "bound_on", "additional", "territory_exception")


def expected(base, rows):
    """(imported bindings, number present, number rejected) of source rows that are sound or not."""
    known = lambda r: r["organization_id"] in base.organization and r["manager_id"] in base.manager
    pair = lambda r: (r["organization_id"], r["manager_id"])
    row = lambda r: (r["bound_on"], r["additional"], r["territory_exception"])
    before, imported, present = base.state.bindings, {}, 0
    bound = {o for o, _ in before}
    for r in rows:
        repeated = sum(pair(r) == pair(other) for other in rows) > 1
        mains = sum(r["organization_id"] == other["organization_id"] and not other["additional"] for other in rows)
        if not known(r) or r["bound_on"] is None or r["bound_on"] > base.today or repeated \
                or not r["additional"] and mains > 1:
            continue
        if before.get(pair(r)) == row(r):
            present += 1
        elif r["organization_id"] not in bound:
            imported[pair(r)] = row(r)
    return imported, present, len(rows) - len(imported) - present


def sql(rows):
    cells = ", ".join("(" + ", ".join(literal(r[c]) for c in COLUMNS) + ")" for r in rows)
    return ("CREATE TEMPORARY TABLE legacy (organization_id integer, personnel_no text, bound_on date,"
            f" additional boolean, territory_exception text) ON COMMIT DROP; INSERT INTO legacy VALUES {cells};"
            " SELECT read, imported, present, rejected FROM kb.import_bindings('legacy')")


def compare(server, base, rows):
    """None, or what differs."""
    imported, present, rejected = expected(base, rows)
    server.all("SAVEPOINT import")
    try:
        got = server.all(sql(rows))[0]
        wanted = (len(rows), len(imported), present, rejected)
        if got != wanted:
            return f"import: read, imported, present, rejected: got {got}, expected {wanted}"
        after = {**base.state.bindings, **imported}
        if server.bindings() != after:
            return "import: other bindings"
        count = server.all("SELECT count(*) FROM kb.import_reject WHERE reason IS NOT NULL")[0][0]
        return None if count == rejected else f"import: {count} rows in import_reject, expected {rejected}"
    finally:
        server.all("ROLLBACK TO import")
