"""What matching found: parameters, targets, and how the search ended."""

from __future__ import annotations

from ..report.results import ExperimentResult
from ..study import Findings
from ..tables import frame, records


def result(findings: Findings, _: object = None) -> ExperimentResult:
    """What is written beside the parameter files."""
    return ExperimentResult(
        tables={
            "parameters": frame(findings["calibrated"]),
            "targets": frame(findings["targets"]),
        },
        records={name: records(data) for name, data in findings.data.items()},
        notes=notes(findings),
        parameters=findings.parameters,
    )


def notes(findings: Findings) -> list[str]:
    """How the search ended, and which moments judge what it found."""
    found = findings.extra["estimates"]
    plan, trials = found.plan, found.trials
    ended = "met its tolerance" if found.converged else "stopped at its limit"
    at_bound = ", ".join(found.at_bound) or "none"
    return [
        f"{plan.economy} for {plan.era}: sum of squared t-statistics "
        f"{found.objective:.3g} over {len(plan.targets)} moments and "
        f"{len(plan.free)} parameters; the search {ended} after "
        f"{trials.evaluations} solutions, {trials.failures} of which failed; at a "
        f"bound: {at_bound}.",
        *(
            f"{row['parameter']} = {row['value']:.4g}"
            + (f" ({row['standard_error']:.2g})" if row["standard_error"] else "")
            + f", {row['reading']}."
            for row in records(findings["calibrated"])
        ),
        f"Left out, to be judged by: {', '.join(plan.left_out)}.",
    ]
