"""The benchmark: run by scripts/bench.sh against a throwaway cluster.

    make bench ARGS="[--scale N] [--repetitions N] [--seconds N] [--only WORD] [--without SCHEMA ...] [--growth] [--out DIR]"

Every load is run by all contenders in turn, again and again, in an order that
rotates; what is compared comes from one run.  Sizes follow --scale: 1 is
10,000 managers and 300,000 organizations.
"""

import argparse
import os
import sys

import growth
import loads
import memos
import reports
import release
import results
from server import Server


def arguments():
    parser = argparse.ArgumentParser(description="Measure kbnorms beside what one would write oneself.")
    parser.add_argument("--scale", type=float, default=1.0, help="size of the company; 1 is 10,000 managers")
    parser.add_argument("--repetitions", type=int, default=3, help="how often each contender runs each load")
    parser.add_argument("--seconds", type=float, default=3, help="length of one run of clients")
    parser.add_argument("--only", metavar="WORD", default="", help="only the loads whose name contains this")
    parser.add_argument("--without", metavar="SCHEMA", nargs="*", default=[], choices=loads.PEERS,
                        help="peers to leave out of the write loads: %s" % ", ".join(loads.PEERS))
    parser.add_argument("--growth", action="store_true", help="measure how cost grows with size instead")
    parser.add_argument("--out", metavar="DIR", default=os.path.join(os.path.dirname(__file__), "results"),
                        help="where to write the tables")
    options = parser.parse_args()
    loads.ALL[:] = [name for name in loads.ALL if loads.schema_of(name) not in options.without]
    options.managers = max(20, int(options.scale * 1000) * 10)
    options.organizations = options.managers * 30
    return options


def main():
    options = arguments()
    if options.growth:
        growth.run(options)
        return
    table = results.Table(options)
    about = Server.describe()
    for part in (loads, memos, reports, release):
        part.run(options, table)
        table.write(options.out, about)
    print(table.text(about))


if __name__ == "__main__":
    sys.exit(main())
