"""Connections to the throwaway cluster, databases in it, and what its backends cost."""

import os
import platform
import re
import subprocess
import time

import psycopg2

HERE = os.path.dirname(os.path.abspath(__file__))
TODAY = "2010-08-15"


def sql_file(name, **values):
    """The text of a file of this directory: @name@ and :name replaced."""
    with open(os.path.join(HERE, name), encoding="utf-8") as file:
        text = file.read()
    for key, value in values.items():
        text = text.replace("@%s@" % key, str(value))
        text = re.sub(r"(?<!:):%s\b" % key, str(value), text)
    return text


class Server:
    """A session in one database, with one schema first in its search_path."""

    def __init__(self, database, schema="public"):
        self.connection = psycopg2.connect(dbname=database, options="-c search_path=%s,kbnorms" % schema)
        self.connection.autocommit = True
        self.cursor = self.connection.cursor()
        self.pid = self.connection.get_backend_pid()

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.connection.close()

    def run(self, query, values=None):
        """Run a statement or several, and return the rows of the last, if it has any."""
        self.cursor.execute(query, values)
        return self.cursor.fetchall() if self.cursor.description else None

    def cpu(self):
        """Seconds of CPU that the backend has used."""
        with open("/proc/%d/schedstat" % self.pid, encoding="ascii") as file:
            return int(file.read().split()[0]) / 1e9

    def timed(self, query, values=None):
        """Run it; seconds that passed, and milliseconds of CPU that it took."""
        cpu = self.cpu()
        start = time.perf_counter()
        self.run(query, values)
        return time.perf_counter() - start, (self.cpu() - cpu) * 1000

    @staticmethod
    def create(database):
        """A database with an empty client base "kb" of norms alone: nothing here has a memo."""
        with Server("postgres") as server:
            server.run('DROP DATABASE IF EXISTS "%s"' % database)
            server.run('CREATE DATABASE "%s"' % database)
            server.run("ALTER DATABASE \"%s\" SET kbnorms.today = '%s'" % (database, TODAY))
        with Server(database) as server:
            server.run("CREATE EXTENSION kbnorms")
            server.run("CALL kbnorms.create_client_base('kb', false)")

    @staticmethod
    def drop(database):
        with Server("postgres") as server:
            server.run('DROP DATABASE "%s"' % database)

    @staticmethod
    def ended_cpu():
        """Seconds of CPU of all backends that have ended."""
        with Server("postgres") as server:
            (directory,), = server.run("SHOW data_directory")
        with open(os.path.join(directory, "postmaster.pid"), encoding="ascii") as file:
            postmaster = int(file.readline())
        with open("/proc/%d/stat" % postmaster, encoding="ascii") as file:
            fields = file.read().rsplit(")", 1)[1].split()
        return (int(fields[13]) + int(fields[14])) / os.sysconf("SC_CLK_TCK")

    @staticmethod
    def describe():
        """The machine, the server and the day, in one line."""
        with open("/proc/cpuinfo", encoding="utf-8") as file:
            model = re.search(r"model name\s*:\s*(.*)", file.read())
        memory = os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES") / 2**30
        with Server("postgres") as server:
            (version,), = server.run("SELECT 'PostgreSQL ' || current_setting('server_version')")
        commit = subprocess.run(["git", "describe", "--always", "--dirty"], cwd=HERE, check=False,
                                capture_output=True, text=True).stdout.strip()
        return "%s, %d x %s, %.0f GB, Linux %s, %s, load average before it %.1f, kbnorms at %s" % (
            version, os.cpu_count(), model.group(1) if model else platform.machine(), memory,
            platform.release(), time.strftime("%Y-%m-%d %H:%M"), os.getloadavg()[0], commit or "an unknown commit")
