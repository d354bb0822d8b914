"""How time, memory and disk grow with the company, and the exponents that fit."""

import csv
import math
import os
import sys
import threading
import time

import loads
import reports
from results import OURS, figure
from server import Server

# Of turnover: 17 rows an organization, 50 million for 100,000 managers.
MONTHS = 27

# Over one of the decades measured n log n is a power of 1.08 to 1.1; the rest
# of this is for noise.
BOUND = 1.2


def anonymous_memory(pid):
    """Kilobytes that the backend has for itself."""
    with open("/proc/%d/status" % pid, encoding="ascii") as file:
        for line in file:
            if line.startswith("RssAnon:"):
                return int(line.split()[1])
    return 0


def run_watched(server, query):
    """Run it; (seconds, CPU seconds, peak of the backend's own memory in MB above what it had)."""
    before = peak = anonymous_memory(server.pid)
    done = threading.Event()

    def watch():
        nonlocal peak
        while not done.wait(0.01):
            peak = max(peak, anonymous_memory(server.pid))
    watcher = threading.Thread(target=watch)
    watcher.start()
    try:
        wall, cpu = server.timed(query)
    finally:
        done.set()
        watcher.join()
    return wall, cpu / 1000, (peak - before) / 1024


def write_figures(options, rows):
    """One statement that binds everybody, and the size of what it leaves."""
    loads.build(options, [OURS, loads.BARE])
    for contender in (OURS, loads.BARE):
        schema = loads.schema_of(contender)
        loads.prepare(contender, options)
        with Server(loads.DATABASE, schema) as server:
            wall, cpu, memory = run_watched(server, loads.INSERT + loads.BINDINGS.format(
                managers=options.managers, first=1, last=options.organizations))
            (size,), = server.run("SELECT (pg_total_relation_size('binding') + pg_total_relation_size('binding_log')) / 2.0 ^ 20")
        for what, value in (("bind all, s", wall), ("bind all, CPU s", cpu),
                            ("bind all, MB of memory", memory), ("bindings and log, MB on disk", float(size))):
            rows.append((what, contender, options.organizations, value))
    Server.drop(loads.DATABASE)


def report_figures(options, rows):
    """The reports at that size, and what the facts take on disk."""
    reports.build(options, MONTHS)
    for name, (_, query) in reports.REPORTS.items():
        with Server(reports.DATABASE) as server:
            wall, cpu, memory = run_watched(server, reports.counted(query))
        for what, value in (("s", wall), ("CPU s", cpu), ("MB of memory", memory)):
            rows.append(("%s, %s" % (name, what), OURS, options.organizations, value))
    with Server(reports.DATABASE) as server:
        (turnover, size), = server.run("SELECT count(*), pg_total_relation_size('kb.turnover') / 2.0 ^ 20 FROM kb.turnover")
    rows.append(("turnover, MB on disk", OURS, options.organizations, float(size)))
    rows.append(("turnover, rows", OURS, options.organizations, turnover))
    Server.drop(reports.DATABASE)


def exponent(points):
    """The power of n that fits best: the slope of log value over log n."""
    points = [(math.log(n), math.log(value)) for n, value in points if value > 0]
    if len(points) < 2:
        return None
    mean_x = sum(x for x, _ in points) / len(points)
    mean_y = sum(y for _, y in points) / len(points)
    return (sum((x - mean_x) * (y - mean_y) for x, y in points)
            / sum((x - mean_x) ** 2 for x, _ in points))


def write(rows, directory, about):
    os.makedirs(directory, exist_ok=True)
    with open(os.path.join(directory, "growth.csv"), "w", newline="", encoding="utf-8") as file:
        writer = csv.writer(file, lineterminator="\n")
        writer.writerow(["what", "contender", "bindings", "value"])
        writer.writerows((what, contender, n, "%.6g" % value) for what, contender, n, value in rows)
    sizes = sorted({n for _, _, n, _ in rows})
    lines = ["# Growth", "", about + ". By number of bindings, 30 for each manager; one run of each size. "
             "The exponent is the slope over the two largest sizes and over all.", "",
             "| what | contender | %s | exponent, last (all) |" % " | ".join("%d" % n for n in sizes),
             "| --- | --- |%s ---: |" % (" ---: |" * len(sizes))]
    table = {}
    for what, contender, n, value in rows:
        table.setdefault((what, contender), {})[n] = value
    for (what, contender), values in table.items():
        points = sorted(values.items())
        last, whole = exponent(points[-2:]), exponent(points)
        lines.append("| %s | %s | %s | %s |" % (
            what, contender, " | ".join(figure(values.get(n)) for n in sizes),
            "%.2f (%.2f)%s" % (last, whole, " more than n log n" if last > BOUND and not what.endswith(", s") else "") if last is not None else ""))
    text = "\n".join(lines) + "\n"
    with open(os.path.join(directory, "growth.md"), "w", encoding="utf-8") as file:
        file.write(text)
    print(text)


def run(options):
    """A tenth of the company, the company, and ten times it."""
    rows = []
    standard = options.managers
    for managers in (standard // 10, standard, standard * 10):
        options.managers = max(20, managers // 10 * 10)
        options.organizations = options.managers * 30
        start = time.perf_counter()
        write_figures(options, rows)
        report_figures(options, rows)
        print("%d bindings: %.0f s" % (options.organizations, time.perf_counter() - start), file=sys.stderr, flush=True)
    write(rows, options.out, Server.describe())
