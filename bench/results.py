"""What was measured, as tables: medians, spread, ratios and goals."""

import csv
import os
import statistics
import sys

OURS = "kbnorms"


class Load:
    """One load and what each contender took for it, repetition by repetition.

    Values are times (less is better) or, where more is True, transactions a
    second.  The goal is a bound on the ratio of ours to the reference's median,
    or, with difference=True, on the difference.  The remark says why a goal is
    missed, where it is.
    """

    def __init__(self, name, unit, reference=None, goal=None, more=False, difference=False, remark=""):
        self.name = name
        self.unit = unit
        self.reference = reference
        self.goal = goal
        self.more = more
        self.difference = difference
        self.remark = remark
        self.values = {}
        self.cpu = {}

    def add(self, contender, value, cpu=None):
        """One repetition; cpu is milliseconds of the server's, for each unit of work or for all of it."""
        self.values.setdefault(contender, []).append(value)
        if cpu is not None:
            self.cpu.setdefault(contender, []).append(cpu)

    def median(self, contender):
        return statistics.median(self.values[contender])

    def ratios(self, contender, values=None):
        """Median, least and greatest ratio to the reference; the last two pair what ran side by side."""
        values = values or self.values
        if self.reference not in values or contender not in values:
            return None
        mine, other = values[contender], values[self.reference]
        pairs = [a / b for a, b in zip(mine, other) if b]
        if not pairs or not statistics.median(other):
            return None
        return statistics.median(mine) / statistics.median(other), min(pairs), max(pairs)

    def reached(self):
        """What the goal is about: our ratio to, or difference from, the reference, or our value where there is none."""
        if self.reference is None:
            return self.median(OURS)
        if self.difference:
            return self.median(OURS) - self.median(self.reference)
        return self.ratios(OURS)[0]

    def kept(self):
        return self.reached() >= self.goal if self.more else self.reached() <= self.goal


class Table:
    """All loads of one run."""

    def __init__(self, options):
        self.options = options
        self.loads = []

    def wanted(self, name):
        return self.options.only in name

    def add(self, load):
        self.loads.append(load)
        return load

    def measure(self, load, contenders, once, times=1, slow=()):
        """Run once(contender) -> (value, cpu) in turn, in an order that rotates; the slow ones in the first round only."""
        self.add(load)
        for repetition in range(times * self.options.repetitions):
            first = repetition % len(contenders)
            for contender in contenders[first:] + contenders[:first]:
                if repetition == 0 or contender not in slow:
                    load.add(contender, *once(contender))
        print("%s: %s" % (load.name, ", ".join(
            "%s %s" % (contender, figure(load.median(contender))) for contender in contenders)),
            file=sys.stderr, flush=True)
        return load

    def text(self, about):
        return markdown(self.loads, about, self.options)

    def write(self, directory, about):
        """Write bench.csv and bench.md."""
        os.makedirs(directory, exist_ok=True)
        with open(os.path.join(directory, "bench.csv"), "w", newline="", encoding="utf-8") as file:
            write_csv(csv.writer(file, lineterminator="\n"), self.loads)
        with open(os.path.join(directory, "bench.md"), "w", encoding="utf-8") as file:
            file.write(self.text(about))


def figure(value):
    """A number with three digits that mean something."""
    if value is None:
        return ""
    return "%.0f" % value if abs(value) >= 100 else "%.3g" % value


def write_csv(writer, loads):
    writer.writerow(["load", "contender", "unit", "repetitions", "median", "min", "max", "cpu_ms_median",
                     "reference", "ratio", "ratio_min", "ratio_max", "cpu_ratio"])
    for load in loads:
        for contender, values in load.values.items():
            ratio = load.ratios(contender) or (None, None, None)
            cpu = load.ratios(contender, load.cpu) or (None,)
            writer.writerow([
                load.name, contender, load.unit, len(values),
                *("%.6g" % value for value in (statistics.median(values), min(values), max(values))),
                "%.6g" % statistics.median(load.cpu[contender]) if contender in load.cpu else "",
                load.reference or "",
                *("" if value is None else "%.4g" % value for value in (*ratio, cpu[0]))])


def markdown(loads, about, options):
    lines = ["# Benchmark", "", "%s. Scale %g: %d managers, %d organizations; %d repetitions." % (
        about, options.scale, options.managers, options.organizations, options.repetitions), "",
        "## Goals", "",
        "| load | ours | reference | ratio (spread) | CPU ratio | goal | |", "| --- | ---: | ---: | ---: | ---: | ---: | --- |"]
    for load in loads:
        if load.goal is not None:
            lines.append(goal_row(load))
    lines += ["", "## All contenders", "",
              "Medians with the least and the greatest. The ratio is to the reference of the load, in brackets; "
              "its spread pairs what ran side by side, and slow contenders run once. CPU is that of the server, in ms.", "",
              "| load | contender | median (min to max) | unit | CPU | ratio (spread) | CPU ratio |",
              "| --- | --- | ---: | --- | ---: | ---: | ---: |"]
    for load in loads:
        for contender, values in load.values.items():
            lines.append("| %s%s | %s | %s (%s to %s) | %s | %s | %s | %s |" % (
                load.name, " [%s]" % load.reference if load.reference else "", contender,
                figure(statistics.median(values)), figure(min(values)), figure(max(values)), load.unit,
                figure(statistics.median(load.cpu[contender])) if contender in load.cpu else "",
                spread(load.ratios(contender)), figure((load.ratios(contender, load.cpu) or (None,))[0])))
    return "\n".join(lines) + "\n"


def goal_row(load):
    kept = load.kept()
    if load.reference is None or load.difference:
        ratio = "%s %s%s" % (figure(load.reached()), load.unit, " more" if load.difference else "")
    else:
        ratio = spread(load.ratios(OURS))
    return "| %s | %s %s | %s | %s | %s | %s %s%s | %s |" % (
        load.name, figure(load.median(OURS)), load.unit,
        "%s, %s %s" % (load.reference, figure(load.median(load.reference)), load.unit) if load.reference else "",
        ratio, figure((load.ratios(OURS, load.cpu) or (None,))[0]),
        "≥" if load.more else "≤", figure(load.goal),
        " " + load.unit if load.reference is None or load.difference else "",
        "kept" if kept else "missed" + (": " + load.remark if load.remark else ""))


def spread(ratio):
    return "%.2f (%.2f to %.2f)" % ratio if ratio else ""
