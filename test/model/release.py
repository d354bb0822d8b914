"""Automatic unbinding compared: it commits, so that each case gets a database of its own."""

import psycopg2

import server as db
from rules import Base

TEMPLATE = "kbnorms_model"
CASE = "kbnorms_case"


def make_template():
    admin = db.Server()
    admin.all(f"DROP DATABASE IF EXISTS {TEMPLATE}")
    admin.all(f"CREATE DATABASE {TEMPLATE}")
    base = db.Server(database=TEMPLATE)
    base.make_base()
    base.connection.close()


def drop_databases():
    admin = db.Server()
    for name in (CASE, TEMPLATE):
        admin.all(f"DROP DATABASE IF EXISTS {name} WITH (FORCE)")


def compare(world, as_of):
    """None, or what differs in a dry run, a real one, a forced one and one more."""
    world = dict(world, roles=(), member_of={}, actor=None)     # a role would outlive the case
    admin = db.Server()
    admin.all(f"DROP DATABASE IF EXISTS {CASE} WITH (FORCE)")
    admin.all(f"CREATE DATABASE {CASE} TEMPLATE {TEMPLATE}")
    server = db.Server(database=CASE)
    try:
        server.begin(world)
        server.all("COMMIT")
        server.all(f"SET kbnorms.today = '{world['today']}'")
        return _differences(server, Base(world), as_of)
    finally:
        server.connection.close()
        admin.connection.close()


def _call(server, arguments):
    """(SQLSTATE or None, the newest job_run's state and number released)"""
    code = None
    try:
        server.all(f"CALL kb.unbind_inactive({arguments})")
    except psycopg2.Error as error:
        code = error.pgcode
    return (code,) + (server.all("SELECT state, released FROM kb.job_run ORDER BY id DESC LIMIT 1") or [(None, None)])[0]


def _differences(server, base, as_of):
    due, _, refused = base.release(as_of)
    before = server.bindings()
    say = lambda what, got, wanted: f"release as of {as_of}, {what}: got {got}, expected {wanted}"
    got = _call(server, f"'{as_of}', true")
    if got != (None, "dry", len(due)):
        return say("dry run", got, (None, "dry", len(due)))
    if server.bindings() != before:
        return say("dry run", "changed bindings", "none")
    if refused:
        got = _call(server, f"'{as_of}'")
        if got[:2] != ("55000", "refused") or server.bindings() != before:
            return say("refusal", got, ("55000", "refused"))
        if not _call(server, f"'{as_of}', force => true")[0]:
            return say("forced without a reason", "accepted", "an error")
    got = _call(server, f"'{as_of}'" + (", force => true, reason => 'checked by hand'" if refused else ""))
    if got != (None, "done", len(due)):
        return say("run", got, (None, "done", len(due)))
    left = {pair: row for pair, row in before.items() if pair not in due}
    if server.bindings() != left:
        return say("bindings", sorted(server.bindings()), sorted(left))
    log = server.all("SELECT organization_id, manager_id, unbound_on FROM kb.binding_log"
                     " WHERE change = 'unbind' AND reason = 'inactivity'")
    if sorted(log) != sorted(pair + (base.today,) for pair in due):
        return say("log", sorted(log), sorted(due))
    got = _call(server, f"'{as_of}'" + (", force => true, reason => 'again'" if refused else ""))
    if got != (None, "done", 0) or server.bindings() != left:
        return say("second run", got, (None, "done", 0))
    return None
