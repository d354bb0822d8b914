"""The release of inactive clients, beside a bare DELETE with the same log."""

from results import OURS, Load
from server import Server, sql_file

DATABASE = "bench_release"
FOUND = "bare delete that finds what is due, log"
GIVEN = "bare delete of a given list, log"
SCHEMAS = {OURS: "kb", FOUND: "bare", GIVEN: "bare"}


def build(options, organizations):
    Server.create(DATABASE)
    sizes = {"managers": options.managers, "organizations": organizations}
    with Server(DATABASE) as server:
        server.run(sql_file("worlds/company.sql", **sizes))
        server.run("CREATE SCHEMA bare")
        for name in ("tables", "log"):
            server.run(sql_file("peers/%s.sql" % name, schema="bare"))
        server.run(sql_file("worlds/peer.sql", schema="bare"))
        server.run(sql_file("worlds/silent.sql", **sizes))
        server.run("VACUUM ANALYZE")


def restore(schema):
    """Bind again what was released, past all triggers."""
    with Server(DATABASE, schema) as server:
        server.run("SET session_replication_role = replica; TRUNCATE binding_log;"
                   "INSERT INTO binding (organization_id, manager_id, bound_on) SELECT * FROM public.due")
        server.run("VACUUM binding")
        server.run("CHECKPOINT")


def run(options, table):
    organizations = options.managers * 100
    load = Load("release %d of %d" % (organizations // 10, organizations), "s", FOUND, 1.5)
    if not table.wanted(load.name):
        return
    build(options, organizations)
    statements = {
        OURS: "CALL kb.unbind_inactive(force => true, reason => 'benchmark')",
        FOUND: sql_file("queries/release.sql"),
        GIVEN: "DELETE FROM bare.binding b USING public.due d"
               " WHERE b.organization_id = d.organization_id AND b.manager_id = d.manager_id",
    }

    def once(contender):
        schema = SCHEMAS[contender]
        with Server(DATABASE, schema) as server:
            spent = server.timed(statements[contender])
            (left,), = server.run("SELECT count(*) FROM binding")
        if left != organizations - organizations // 10:
            raise RuntimeError("%s: %d bindings are left" % (contender, left))
        restore(schema)
        return spent
    table.measure(load, list(statements), once)
    Server.drop(DATABASE)
