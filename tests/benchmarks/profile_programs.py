"""Where the seconds of a command go (`make profile`).

    python tests/benchmarks/profile_programs.py [--out DIR] [COMMAND ...]

The command line is that of fiscax, by default ``run regimes``. Printed, and written to
DIR as CSV and JSON: seconds of tracing, lowering and compiling by program, and seconds
by stage of a solve. Programs that the cache on disk has are read, not compiled: give
FISCAX_CACHE_DIR an empty folder to see a first run.
"""

import argparse
import functools
import json
import resource
import sys
import threading
import time
from collections import defaultdict
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parents[1] / "oracles"))

STARTED = time.monotonic()

import program_clock  # noqa: E402  isort: skip
import jax  # noqa: E402

SHOWN = 30
ELSE = "everything else"
# Where the stages of a solve begin: module, name, stage.
STAGES = (
    ("solvers.projection.blocks", "solve_block", "Newton solves"),
    ("solvers.projection.simulate", "walk", "ergodic sampling"),
    ("solvers.projection.simulate", "observe_many", "ergodic sampling"),
    ("solvers.projection.linear", "linear_policy", "derivatives and linear policy"),
    ("solvers.projection.linear", "reference", "derivatives and linear policy"),
    ("solvers.projection.verification", "check_stability", "stability"),
    ("solvers.projection.accuracy", "euler_errors", "Euler errors"),
    ("solvers.projection.pricing", "OperatorBuilder.__call__", "operators"),
    ("solvers.projection.pricing", "ExactStep.__call__", "operators"),
    ("experiments.report.results", "save_result", "files and figures"),
)


class StageClock:
    """Seconds and calls by stage; a stage within another counts as the inner one.

    Only the main thread is timed, so that stages add up to the wall clock.
    """

    def __init__(self):
        self.seconds, self.calls = defaultdict(float), defaultdict(int)
        self._stack = [ELSE]
        self._since = STARTED

    def __content__(self):
        """What is timed is kept on disk as if it were not timed."""
        return "clock"

    def switch(self):
        """Give the seconds since the last switch to the stage that is running."""
        now = time.monotonic()
        self.seconds[self._stack[-1]] += now - self._since
        self._since = now

    def timed(self, function, stage):
        """The function with its seconds counted under ``stage``."""

        @functools.wraps(function)
        def run(*arguments, **others):
            if threading.current_thread() is not threading.main_thread():
                return function(*arguments, **others)
            self.switch()
            self.calls[stage] += self._stack[-1] != stage
            self._stack.append(stage)
            try:
                # What was only sent off would be counted where it is waited for.
                return jax.block_until_ready(function(*arguments, **others))
            finally:
                self.switch()
                self._stack.pop()

        return run

    def watch(self):
        """Time every stage, under every name by which a module has imported it."""
        for place, name, stage in STAGES:
            module = __import__(f"fiscax.{place}", fromlist=["_"])
            *owner, name = name.split(".")
            if owner:
                kind = getattr(module, owner[0])
                setattr(kind, name, self.timed(getattr(kind, name), stage))
                continue
            found = getattr(module, name)
            timed = self.timed(found, stage)
            for other in [m for n, m in sys.modules.items() if n.startswith("fiscax.")]:
                for alias, value in list(vars(other).items()):
                    if value is found:
                        setattr(other, alias, timed)


def program_rows(clock):
    """One row per program, the dearest first, the rest in one, operations in one."""
    programs, operations = list(clock.programs.items()), clock.operations
    kept, rest = programs[:SHOWN], programs[SHOWN:]
    if rest:
        text = f"{len(rest)} more programs"
        kept.append((text, program_clock.total(c for _, c in rest)))
    text = f"{len(operations)} single operations"
    kept.append((text, program_clock.total(operations.values())))
    kept.append(("all", program_clock.total(clock.costs.values())))
    return [
        {
            "program": name,
            "trace": round(cost.trace, 3),
            "lower": round(cost.lower, 3),
            "compile": round(cost.compile, 3),
            "seconds": round(cost.seconds, 3),
            "compilations": cost.compilations,
        }
        for name, cost in kept
    ]


def stage_rows(clock):
    """One row per stage, the longest first, what is left last."""
    order = sorted(clock.seconds, key=lambda s: (s == ELSE, -clock.seconds[s]))
    return [
        {
            "stage": stage,
            "seconds": round(clock.seconds[stage], 3),
            "calls": clock.calls[stage],
        }
        for stage in order
    ]


def measured(command):
    """Tables by name of one command, and its exit code."""
    programs = program_clock.ProgramClock().start()
    stages = StageClock()
    stages.watch()
    from fiscax.experiments.command.cli import main

    code = main(command)
    stages.switch()
    used = resource.getrusage(resource.RUSAGE_SELF)
    from fiscax.experiments.command.manifest import peak_memory_mb

    whole = {
        "command": " ".join(["fiscax", *command]),
        "wall_seconds": round(time.monotonic() - STARTED, 2),
        "cpu_seconds": round(used.ru_utime + used.ru_stime, 2),
        "peak_memory_mb": round(peak_memory_mb()),
    }
    tables = {
        "whole": [whole],
        "programs": program_rows(programs),
        "stages": stage_rows(stages),
    }
    return tables, code


def main():
    """Run the command line, print the tables and write them."""
    import pandas as pd

    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--out", type=Path, default=Path("out/profile"))
    parser.add_argument("command", nargs=argparse.REMAINDER)
    options = parser.parse_args()
    command = options.command or ["run", "regimes"]
    options.out.mkdir(parents=True, exist_ok=True)
    if "--out" not in command:
        command = [*command, "--out", str(options.out / "results")]
    tables, code = measured(command)
    for name, rows in tables.items():
        frame = pd.DataFrame(rows)
        frame.to_csv(options.out / f"{name}.csv", index=False, lineterminator="\n")
        print(f"\n{frame.to_string(index=False, float_format='{:.2f}'.format)}")
    text = json.dumps(tables, indent=1) + "\n"
    (options.out / "profile.json").write_text(text, encoding="utf-8")
    return code


if __name__ == "__main__":
    sys.exit(main())
