#!/usr/bin/python3
"""Sixteen sessions at mixed isolation levels on one small world, judged by the model.

    race.py [--seed N] [--seconds S] [--sessions N] [--memos]

Each session binds, moves, unbinds, links, inserts and deletes organizations at
random and keeps what it was told; two more release silent clients.  Every
50 ms the committed state is read and judged: nobody above his norm, no two
holders of one office, no chain of links, no orphan.  Afterwards the log must be
what the sessions were told, and with --memos, where nothing goes without an
approved memo item, each item must have been used once.  The last line is
"N passed, N failed": states judged, and log entries.
"""

import argparse
import collections
import random
import sys
import threading
import time
from datetime import date

import psycopg2
from psycopg2.extensions import ISOLATION_LEVEL_AUTOCOMMIT

from rules import Base, State
from server import LEVELS, load_sql

TODAY = date(2010, 7, 15)
DATABASE = "kbnorms_race"
MANAGERS = range(1, 7)
CLIENTS = range(1, 21)
LATECOMERS = range(100, 130)    # organizations that come and go
# What may be told to the loser of a race.
EXPECTED = {"23514", "23505", "23503", "40001", "40P01"}


def small_world():
    """Six managers of two offices with room for three clients each, and twenty clients."""
    unit = lambda i, parent, kind, city: dict(id=i, parent_id=parent, kind=kind, name=kind, city=city)
    return {
        "today": TODAY,
        "unit": [unit(1, None, "cluster", None), unit(2, 1, "office", "Tver"), unit(3, 1, "office", "Tver")],
        "manager": [dict(id=i, personnel_no=f"P{i}", full_name=f"Person {i}", hired_on=date(2008, 1, 1),
                         novice_since=date(2008, 2, 1), left_on=None) for i in MANAGERS],
        "manager_post": [dict(manager_id=i, since=date(2008, 1, 1), position="manager", specialization="universal",
                              unit_id=2 + i % 2, lead_id=None) for i in MANAGERS],
        "organization": [dict(id=i, name=f"Client {i}", head_id=i - 10 if i > 15 else None, client_group="emo",
                              potential="A", city=None, territory_id=None) for i in CLIENTS],
        "norm_tenure": [dict(specialization="universal", from_month=12, effective_from=date(2010, 1, 1),
                             min_accounts=0, max_accounts=3, min_meetings=None, min_meeting_share=None,
                             min_cold_calls=None)],
    }


def write_memos(cursor, seed):
    """Approved memos for some of everything that the sessions may try, in no order."""
    rng = random.Random(seed)
    items = [("bind", o, None, m, None, additional) for o in CLIENTS for m in MANAGERS for additional in (True, False)]
    items += [("unbind", o, m, None, None, additional) for o in CLIENTS for m in MANAGERS for additional in (True, False)]
    items += [("move", o, one, other, None, rng.random() < 0.2)
              for o in CLIENTS for one in MANAGERS for other in MANAGERS if one != other]
    items += [(kind, o, None, None, head, None) for o in CLIENTS for head in CLIENTS if o != head
              for kind in ("link", "unlink")]
    items = items * 3
    rng.shuffle(items)
    rows = ",".join(cursor.mogrify("(%s, %s, %s, %s, %s, %s, %s, coalesce(%s, false))", (n // 3 + 1, n % 3 + 1) + item).decode()
                    for n, item in enumerate(items))
    cursor.execute("BEGIN; SET LOCAL session_replication_role = replica;"
                   "INSERT INTO kb.memo (id, state, reason, client_card)"
                   f" SELECT n, 'approved', 'race', 'card' FROM generate_series(1, {(len(items) + 2) // 3}) AS n;"
                   "INSERT INTO kb.memo_item (memo_id, item_no, change, organization_id, from_manager_id,"
                   f" to_manager_id, head_id, additional) VALUES {rows}; COMMIT")
    cursor.execute("UPDATE kb.rule SET enforcement = 'block' WHERE code = 'memo'")


def connect(database=DATABASE):
    connection = psycopg2.connect(f"dbname={database}" if database else "")
    connection.set_isolation_level(ISOLATION_LEVEL_AUTOCOMMIT)
    return connection


def make_database():
    admin = connect(None).cursor()
    admin.execute(f"DROP DATABASE IF EXISTS {DATABASE}")
    admin.execute(f"CREATE DATABASE {DATABASE}")
    admin.execute(f"ALTER DATABASE {DATABASE} SET kbnorms.today = '{TODAY}'")
    cursor = connect().cursor()
    cursor.execute("CREATE EXTENSION kbnorms")
    cursor.execute("CALL kbnorms.create_client_base('kb', false)")
    cursor.execute("BEGIN;" + load_sql(small_world()) + "COMMIT")


class Release(threading.Thread):
    """Releases silent clients again and again, each run beside another."""

    def __init__(self, until):
        super().__init__()
        self.until, self.runs, self.wrong = until, 0, []

    def run(self):
        cursor = connect().cursor()
        while time.time() < self.until:
            try:
                cursor.execute("CALL kb.unbind_inactive(force => true, reason => 'no feeds in a race')")
                self.runs += 1
            except psycopg2.Error as error:
                if error.pgcode not in EXPECTED:
                    self.wrong.append(f"release: {error.pgcode} {error}")
            time.sleep(0.1)


class Session(threading.Thread):
    """One client: random transactions, and what it was told of each that was committed."""

    def __init__(self, seed, until):
        super().__init__()
        self.rng = random.Random(seed)
        self.level = LEVELS[seed % 3]
        self.until, self.told, self.outcomes, self.wrong = until, [], collections.Counter(), []

    def run(self):
        cursor = connect().cursor()
        cursor.execute("SET deadlock_timeout = '20ms'")
        while time.time() < self.until:
            heard = []
            try:
                cursor.execute(f"BEGIN ISOLATION LEVEL {self.level}")
                if self.rng.random() < 0.5:     # the snapshot is older than what follows
                    cursor.execute("SELECT count(*) FROM kb.binding")
                for _ in range(self.rng.choice((1, 1, 2, 3))):
                    heard += self.statement(cursor)
                cursor.execute("ROLLBACK" if self.rng.random() < 0.1 else "COMMIT")
                if cursor.statusmessage == "COMMIT":
                    self.told += heard
                self.outcomes[cursor.statusmessage] += 1
            except psycopg2.Error as error:
                self.outcomes[error.pgcode, error.diag.constraint_name if error.pgcode != "40001" else None] += 1
                if error.pgcode not in EXPECTED:
                    self.wrong.append(f"{error.pgcode}: {error}")
                    if cursor.connection.closed:
                        return
                cursor.execute("ROLLBACK")

    def organization(self):
        return self.rng.choice(CLIENTS if self.rng.random() < 0.8 else LATECOMERS)

    def statement(self, cursor):
        """Runs one; returns the log entries it owes as (change, organization, manager or head)."""
        act = self.rng.choice(("bind", "bind", "bind", "move", "move", "unbind", "swap", "link", "join", "drop"))
        some = lambda: self.rng.choice((1, 1, 2, 4))
        if act == "bind":
            manager, additional = self.rng.choice(MANAGERS), self.rng.random() < 0.25
            day = self.rng.choice((TODAY, TODAY, date(2010, 1, 10)))    # the last is silent at once
            rows = ", ".join(f"({self.organization()}, {self.rng.choice((manager, self.rng.choice(MANAGERS)))},"
                             f" {additional}, '{day}')" for _ in range(some()))
            cursor.execute("INSERT INTO kb.binding (organization_id, manager_id, additional, bound_on)"
                           f" VALUES {rows} ON CONFLICT DO NOTHING RETURNING organization_id, manager_id")
            return [("bind", o, m) for o, m in cursor.fetchall()]
        if act == "move":
            cursor.execute("WITH old AS (SELECT organization_id, manager_id FROM kb.binding"
                           f" WHERE manager_id = {self.rng.choice(MANAGERS)} LIMIT {some()})"
                           f" UPDATE kb.binding AS b SET manager_id = {self.rng.choice(MANAGERS)} FROM old"
                           " WHERE (b.organization_id, b.manager_id) = (old.organization_id, old.manager_id)"
                           " RETURNING b.organization_id, old.manager_id, b.manager_id")
            return [entry for o, old, new in cursor.fetchall() if old != new
                    for entry in (("move", o, old), ("move", o, new))]
        if act == "unbind":
            cursor.execute(f"DELETE FROM kb.binding WHERE organization_id % 7 = {self.rng.randrange(7)}"
                           f" AND manager_id = {self.rng.choice(MANAGERS)} RETURNING organization_id, manager_id")
            return [("unbind", o, m) for o, m in cursor.fetchall()]
        if act == "swap":
            one, other = self.rng.sample(MANAGERS, 2)
            cursor.execute("WITH old AS (SELECT organization_id, manager_id FROM kb.binding"
                           f" WHERE manager_id IN ({one}, {other}) AND NOT additional)"
                           f" UPDATE kb.binding AS b SET manager_id = {one + other} - b.manager_id FROM old"
                           " WHERE (b.organization_id, b.manager_id) = (old.organization_id, old.manager_id)"
                           " RETURNING b.organization_id, old.manager_id, b.manager_id")
            return [entry for o, old, new in cursor.fetchall() for entry in (("move", o, old), ("move", o, new))]
        if act == "link":
            organization = self.organization()
            head = self.rng.choice(("NULL", self.organization()))
            # The old head is locked first, so that the session knows what it replaces.
            cursor.execute(f"SELECT head_id FROM kb.organization WHERE id = {organization} FOR NO KEY UPDATE")
            found = cursor.fetchall()
            cursor.execute(f"UPDATE kb.organization SET head_id = {head} WHERE id = {organization} RETURNING head_id")
            return [entry for (old,), (new,) in zip(found, cursor.fetchall()) if old != new
                    for entry in (("unlink", organization, old), ("link", organization, new)) if entry[2] is not None]
        if act == "join":
            organization, head = self.rng.choice(LATECOMERS), self.rng.choice(("NULL", self.organization()))
            cursor.execute(f"INSERT INTO kb.organization (id, name, head_id) VALUES ({organization}, 'new', {head})"
                           " ON CONFLICT DO NOTHING RETURNING id, head_id")
            return [("link", o, h) for o, h in cursor.fetchall() if h is not None]
        cursor.execute(f"DELETE FROM kb.organization WHERE id = {self.rng.choice(LATECOMERS)}")
        return []


def judge(base, bindings, heads):
    """What is wrong with a committed state."""
    state = State(dict(bindings), heads)
    orphans = [pair for pair in state.bindings if pair[0] not in heads]
    if orphans:
        return f"bindings of organizations that are gone: {orphans}"
    chains = [o for o, head in heads.items() if head is not None and heads.get(head, o) is not None]
    if chains:
        return f"chains of links at {chains}"
    for manager in MANAGERS:
        count, bound = len(state.accounts(manager)), base.max_accounts(manager, TODAY)
        if count > bound:
            return f"manager {manager} holds {count} accounts, at most {bound} are allowed"
    for organization in heads:
        holders = sorted(state.holders(organization))
        for n, one in enumerate(holders):
            if any(base.one_office(one, other, TODAY) for other in holders[:n]):
                return f"organization {organization} is held twice in one office: {holders}"
        if sum(not state.bindings[organization, m][1] for m in holders) > 1:
            return f"organization {organization} has two main holders"
    return None


STATE = """SELECT array(SELECT jsonb_build_array(organization_id, manager_id, additional) FROM kb.binding),
                  array(SELECT jsonb_build_array(id, head_id) FROM kb.organization)"""


def committed(cursor):
    cursor.execute(STATE)       # one statement, one snapshot
    bindings, heads = cursor.fetchone()
    return {(o, m): (TODAY, additional, None) for o, m, additional in bindings}, {o: head for o, head in heads}


def news(rounds):
    """A session must judge by the norms that others have committed last, whatever it has cached
    and however old its snapshot is, and forget what was rolled back.  (passed, what was wrong)"""
    rng, passed, wrong = random.Random(rounds), 0, []
    writer, cursor = connect().cursor(), connect().cursor()
    size = ("UPDATE kb.norm_tenure SET max_accounts = {}, min_accounts = 0"
            " WHERE specialization = 'universal' AND from_month = 12")
    bind = "INSERT INTO kb.binding (organization_id, manager_id) SELECT id, 1 FROM kb.organization WHERE id <= {}"

    def accepts(count):
        cursor.execute("SAVEPOINT attempt")
        try:
            cursor.execute(bind.format(count))
            return True
        except psycopg2.Error as error:
            if error.diag.constraint_name != "base_size":
                raise
            return False
        finally:
            cursor.execute("ROLLBACK TO attempt")

    for _ in range(rounds):
        level = rng.choice(LEVELS)
        cursor.execute(f"BEGIN ISOLATION LEVEL {level}; SELECT count(*) FROM kb.norm_tenure")
        for bound in rng.sample(range(1, 10), 3):
            writer.execute(size.format(bound))
            if rng.random() < 0.3:
                writer.execute(f"BEGIN; {size.format(0)}; ROLLBACK")
            if accepts(bound) and not accepts(bound + 1):
                passed += 1
            else:
                wrong.append(f"{level}: a maximum of {bound}, committed by another session, was not judged by")
        cursor.execute("ROLLBACK; BEGIN; SAVEPOINT norms")
        cursor.execute(size.format(0))
        refused = not accepts(1)
        cursor.execute("ROLLBACK TO norms")
        if refused and accepts(bound):
            passed += 1
        else:
            wrong.append("a norm that was rolled back went on being judged by")
        cursor.execute("ROLLBACK")
    writer.execute(size.format(3))
    return passed, wrong


def memos_used_once(cursor):
    """(number of items used, what is wrong with memos and log)"""
    cursor.execute("SELECT memo_id, count(*) FROM kb.memo_item WHERE used_at IS NOT NULL GROUP BY 1")
    used = dict(cursor.fetchall())
    cursor.execute("SELECT memo_id, sum(CASE change WHEN 'move' THEN 1 ELSE 2 END)::integer / 2 FROM kb.binding_log"
                   " WHERE reason IS DISTINCT FROM 'inactivity' GROUP BY 1")
    logged = dict(cursor.fetchall())
    wrong = [f"memo {memo}: {used.get(memo, 0)} items used, {logged.get(memo, 0)} changes logged"
             for memo in used.keys() | logged.keys() if used.get(memo) != logged.get(memo)]
    cursor.execute("SELECT id FROM kb.memo AS m WHERE (state = 'applied') IS DISTINCT FROM"
                   " NOT EXISTS (SELECT FROM kb.memo_item WHERE memo_id = m.id AND used_at IS NULL)")
    wrong += [f"memo {memo} is in the wrong state" for memo, in cursor.fetchall()]
    return sum(used.values()), wrong


def race(seed, seconds, sessions, memos=False):
    """(passed, failed, what happened)"""
    make_database()
    told_news, wrong_news = news(int(seconds))
    if memos:
        write_memos(connect().cursor(), seed)
    base, until = Base(small_world()), time.time() + seconds
    clients = [Session(seed * 100 + n, until) for n in range(sessions)]
    releases = [Release(until) for _ in range(2)]
    for client in clients + releases:
        client.start()
    cursor, passed, wrong = connect().cursor(), told_news, wrong_news
    while any(client.is_alive() for client in clients + releases):
        bad = judge(base, *committed(cursor))
        passed += bad is None
        wrong += [bad] if bad else []
        time.sleep(0.05)
    bindings, heads = committed(cursor)
    wrong += filter(None, [judge(base, bindings, heads)])
    told = collections.Counter(entry for client in clients for entry in client.told)
    cursor.execute("SELECT change::text, organization_id, coalesce(manager_id, head_id) FROM kb.binding_log"
                   " WHERE reason IS DISTINCT FROM 'inactivity'")
    logged = collections.Counter(cursor.fetchall())
    if told != logged:
        wrong.append(f"the log differs from what the sessions were told: told only {told - logged},"
                     f" logged only {logged - told}")
    passed += sum((told & logged).values())
    cursor.execute("SELECT organization_id, manager_id, sum(CASE WHEN unbound_on IS NULL THEN 1 ELSE -1 END)::integer"
                   " FROM kb.binding_log WHERE manager_id IS NOT NULL GROUP BY 1, 2")
    balance = {(o, m) for o, m, n in cursor.fetchall() if n != 0}
    if balance != set(bindings):
        wrong.append(f"log and bindings disagree at {sorted(balance ^ set(bindings))}")
    if memos:
        used, bad = memos_used_once(cursor)
        passed += used
        wrong += bad
    wrong += [text for client in clients + releases for text in client.wrong]
    cursor.execute("SELECT count(*) FROM kb.binding_log WHERE reason = 'inactivity'")
    released = cursor.fetchone()[0]
    outcomes = sum((client.outcomes for client in clients), collections.Counter())
    outcomes["released"] = released
    if not outcomes["COMMIT"] or not released or not all(release.runs for release in releases):
        wrong.append("nothing was committed, or nothing released")
    connect(None).cursor().execute(f"DROP DATABASE {DATABASE} WITH (FORCE)")
    return passed, wrong, outcomes


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--seconds", type=float, default=60)
    parser.add_argument("--sessions", type=int, default=16)
    parser.add_argument("--memos", action="store_true")
    arguments = parser.parse_args()
    passed, wrong, outcomes = race(arguments.seed, arguments.seconds, arguments.sessions, arguments.memos)
    for outcome, count in sorted(outcomes.items(), key=str):
        print(f"{count:7} {outcome}")
    for text in wrong[:10]:
        print("---", text)
    print(f"{passed} passed, {len(wrong)} failed")
    return bool(wrong) or not passed


if __name__ == "__main__":
    sys.exit(main())
