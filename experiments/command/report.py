"""The report: its studies measured side by side, its page growing from the top."""

import argparse
from collections.abc import Sequence
from contextlib import suppress
from pathlib import Path

from ...errors import FiscaxError
from .. import registry
from ..report.results import ExperimentResult, save_result
from .beside import Measured, SideBySide, usual_processes
from .kept import KeptFindings, KeptResults, packed
from .manifest import Run
from .page import ReportPage


def make_report(options: argparse.Namespace) -> None:
    """Run the experiments of the report; the page grows with them."""
    out = options.out or Path("out/report")
    entries = registry.report_experiments(options.slow)
    if not entries:
        raise FiscaxError("no experiment is registered for the report")
    with Run(out, options.arguments, seed=options.seed) as record:
        given = {"seed": options.seed}
        findings = KeptFindings.of(given, options.fresh)
        context = registry.ExperimentContext({}, out, options.seed, keep=findings)
        kept = KeptResults(out, given, options.fresh)
        sections = Sections(entries, context, kept, record)
        sections.take_kept()
        sections.measure(options.processes or usual_processes())
    print(f"{sections.page.path}")


class Sections:
    """Results of the report: saved as they arrive, on the page in their order."""

    def __init__(
        self,
        entries: Sequence[registry.Experiment],
        context: registry.ExperimentContext,
        kept: KeptResults,
        record: Run,
    ) -> None:
        self.page = ReportPage(context.out / "index.html")
        self.results: dict[str, ExperimentResult] = {}
        self._files: dict[str, list[Path]] = {}
        self._entries, self._context = entries, context
        self._kept, self._record = kept, record
        self._shown = 0
        record.extra["stage_seconds"] = context.progress.seconds

    def take_kept(self) -> None:
        """Take what an earlier report has complete."""
        for entry in self._entries:
            found = self._kept.find(entry.name)
            if found is not None:
                self._say(entry.name, "complete from an earlier run (--fresh: again)")
                # A figure's layout depends on how often it was drawn: as at first.
                self._save(entry.name, found[0])

    def measure(self, processes: int) -> None:
        """Measure what is left, and finish the page."""
        left = [entry for entry in self._entries if entry.name not in self.results]
        studies = SideBySide(left, self._context, processes)
        try:
            self._grow(studies)
            for found in studies:
                self._add(found)
                self._grow(studies)
        except BaseException:
            # What was done stays readable, and says that nobody goes on with it.
            with suppress(Exception):
                for found in studies.arrived():
                    self._add(found)
            if self.results:
                stopped = ", ".join(studies.under_way)
                self.page.write(f"{self._count()}; stopped at {stopped}")
            raise
        self._record.outputs += self.page.write_talk()
        self._record.outputs.append(self.page.write())
        self._record.parameters = {e: r.parameters for e, r in self._in_order()}
        vintages = {e: r.data_vintage for e, r in self._in_order() if r.data_vintage}
        self._record.extra["data_vintage"] = vintages or None

    def _add(self, found: Measured) -> None:
        """Save and keep a study that was measured now."""
        stages = self._context.progress.seconds
        stages.update(found.stages)
        stages[f"{found.name}, all of it"] = found.seconds
        where = f" (process {found.process})" if found.process > 1 else ""
        self._say(found.name, f"{found.seconds:.1f} s{where}")
        if found.used:
            others = self._record.extra.setdefault("other_processes", {})
            others[str(found.process)] = found.used
        content = packed(found.result)
        files = self._save(found.name, found.result)
        self._kept.keep(found.name, content, files, found.seconds)

    def _save(self, name: str, result: ExperimentResult) -> list[Path]:
        """Write a result, and give it to the studies that gather others."""
        _check_no_overlap(self._record.outputs, name, result, self._context.out)
        files = save_result(result, self._context.out, name)
        self._record.outputs += files
        registry.share_result(self._context, name, result)
        self.results[name], self._files[name] = result, files
        return files

    def _grow(self, studies: SideBySide) -> None:
        """Write the page as far as its sections are there without a gap."""
        for entry in self._entries[self._shown :]:
            if entry.name not in self.results:
                break
            name = entry.name
            self.page.add(entry, self.results[name], self._files[name])
            self._shown += 1
        left = [e.name for e in self._entries if e.name not in self.results]
        if self._shown and left:
            running = ", ".join(studies.under_way)
            minutes = self._minutes(left, studies.count)
            self.page.write(
                f"{self._count()}; running: {running}; about {minutes} "
                f"minute{'s' if minutes > 1 else ''} left"
            )

    def _count(self) -> str:
        done = len(self.results)
        beyond = f", {self._shown} of them below" if done > self._shown else ""
        return f"{done} of {len(self._entries)} sections done{beyond}"

    def _minutes(self, left: Sequence[str], processes: int) -> int:
        """About how long the rest takes: as long as the last time, or as others do."""
        known = {e.name: self._kept.seconds(e.name) for e in self._entries}
        done = [s for name in self.results if (s := known[name]) is not None]
        usual = sum(done) / len(done) if done else 0.0
        rest = [usual if (s := known[name]) is None else s for name in left]
        return max(1, round(sum(rest) / processes / 60))

    def _in_order(self) -> list[tuple[str, ExperimentResult]]:
        return [(e.name, self.results[e.name]) for e in self._entries]

    def _say(self, name: str, text: str) -> None:
        self._context.progress.say(f"{name:<16s} {text}")


def _check_no_overlap(
    written: Sequence[Path], name: str, result: ExperimentResult, out: Path
) -> None:
    names = {f"{n}.json" for n in result.records} | {f"{n}.csv" for n in result.tables}
    names |= {f"{n}.svg" for n in result.figures} | {f"{n}.nc" for n in result.datasets}
    for path in written:
        if path.relative_to(out).as_posix() in names:
            raise FiscaxError(f"'{name}' would write {path.name} a second time")
