"""The bench: every scenario, or those named, side by side and in turn.

bench/run [scenario ...] [--quick] [--pairs N] [--save] [--without-chatdock]
"""

import argparse
import os
import signal
import sys
import time

from bench.contest import contest
from bench.cpu import busy_seconds, own_seconds
from bench.figures import Figure
from bench.processes import ROOT, BenchError
from bench.report import new_run, quietness, save, table
from bench.scenarios import SCENARIOS

PAIRS, QUICK_PAIRS = 5, 2
RESULTS = ROOT / "bench" / "results"


def main() -> int:
    """Run, print, and save where that is asked for. Exit 1 when a target was missed or a stream was incomplete."""
    options = _options()
    if (os.cpu_count() or 1) < 2:
        print("The bench needs two cores: one for the server, one for the load and the upstream.", file=sys.stderr)
        return 2
    signal.signal(signal.SIGTERM, lambda number, frame: sys.exit(128 + number))  # so that everything is cleaned up
    pairs = options.pairs or (QUICK_PAIRS if options.quick else PAIRS)
    names = options.scenarios or list(SCENARIOS)
    began_at, busy, own = time.monotonic(), busy_seconds(), own_seconds()
    with contest(pairs=pairs, quick=options.quick, with_chatdock=not options.without_chatdock) as running:
        for name in names:
            known = len(running.figures)
            try:
                SCENARIOS[name](running)
            except (BenchError, OSError, TimeoutError) as error:
                running.problems.append(f"{name}: {error}")
            _show(running.figures[known:])
    others = (busy_seconds() - busy) - (own_seconds() - own)
    others_percent = 100 * max(others, 0.0) / ((time.monotonic() - began_at) * (os.cpu_count() or 1))
    run = new_run(running.figures, running.problems, pairs=pairs, others_percent=others_percent)
    if len(names) > 1:
        print("\nAll together:")
        _show(run.figures)
    print(f"\n{quietness(run)}")
    for problem in run.problems:
        print(f"problem: {problem}", file=sys.stderr)
    if options.save:
        print(f"saved to {save(run, RESULTS).relative_to(ROOT)}")
    return 1 if run.problems or any(figure.is_met is False for figure in run.figures) else 0


def _options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(
        prog="bench/run", description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("scenarios", nargs="*", metavar="scenario", help=", ".join(SCENARIOS))
    parser.add_argument("--quick", action="store_true", help=f"shorter streams and {QUICK_PAIRS} pairs")
    parser.add_argument("--pairs", type=int, help=f"pairs of each measure (default {PAIRS})")
    parser.add_argument("--save", action="store_true", help="write bench/results/<date>.md and .json")
    parser.add_argument("--without-chatdock", action="store_true", help="measure the peers alone")
    options = parser.parse_args()
    if unknown := set(options.scenarios) - set(SCENARIOS):
        parser.error(f"no such scenario: {', '.join(sorted(unknown))}")
    return options


def _show(figures: list[Figure]) -> None:
    if figures:
        print(f"\n{table(figures)}", flush=True)


if __name__ == "__main__":
    sys.exit(main())
