#!/usr/bin/python3
"""Hands every alert of a client base to a command: a mailer, a bot, a log.

    listen.py [--base kb] [--once] [COMMAND [ARGUMENT ...]]

The connection is libpq's (PGHOST, PGDATABASE, PGUSER ...); the role needs no
more than to read (grant_access('bot', 'reader')).  For each notification the
command is run with the text on its standard input and KIND, MANAGER_ID, ALERTS
and BASE in its environment; without a command the text is printed.  Nothing is
lost while nobody listens: at the start everything open that was raised since
the last run is told from the table, and a file remembers how far that was.
"""
import argparse
import json
import os
import select
import subprocess
import sys

import psycopg2
from psycopg2 import sql

options = argparse.ArgumentParser(description="Hand alerts of kbnorms to a command.")
options.add_argument("--base", default="kb")
options.add_argument("--state", default=os.path.expanduser("~/.kbnorms_alerts"), help="file that remembers what was told")
options.add_argument("--once", action="store_true", help="tell what is there and end")
options.add_argument("command", nargs=argparse.REMAINDER)
options = options.parse_args()


def tell(kind, manager_id, alerts, message):
    """One message for the command."""
    text = message if alerts == 1 else "%s (+%d)" % (message, alerts - 1)
    if not options.command:
        print("%s: %s" % (kind, text), flush=True)
        return
    environment = dict(os.environ, BASE=options.base, KIND=kind, MANAGER_ID=str(manager_id or ""), ALERTS=str(alerts))
    subprocess.run(options.command, input=text, text=True, env=environment, check=True)


def tell_since(cursor, seen):
    """What was raised after a moment and is open; returns the latest moment."""
    cursor.execute(
        sql.SQL(
            """
            SELECT kind, manager_id, count(*), (array_agg(message ORDER BY due_on, id))[1], max(raised_at)::text
            FROM {}.alert
            WHERE state = 'open' AND raised_at > %s
            GROUP BY kind, manager_id, CASE WHEN manager_id IS NULL THEN coalesce(subject, id::text) END
            ORDER BY max(raised_at), kind, manager_id"""
        ).format(sql.Identifier(options.base)),
        (seen,),
    )
    for kind, manager_id, alerts, message, raised_at in cursor.fetchall():
        tell(kind, manager_id, alerts, message)
        seen = raised_at
    with open(options.state, "w") as state:
        state.write(seen)
    return seen


connection = psycopg2.connect("")
connection.autocommit = True
cursor = connection.cursor()
cursor.execute("LISTEN kbnorms_alert")  # first, so that nothing falls between
try:
    with open(options.state) as state:
        seen = state.read().strip()
except FileNotFoundError:
    seen = "-infinity"
seen = tell_since(cursor, seen)
while not options.once:
    if select.select([connection], [], [], 60)[0]:
        connection.poll()
    # A notification says that there is something; the table says what.
    if any(json.loads(n.payload)["base"] == options.base for n in connection.notifies):
        seen = tell_since(cursor, seen)
    connection.notifies.clear()
