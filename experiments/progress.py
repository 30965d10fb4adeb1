"""What a long command tells on standard error while it works."""

import sys
import time
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from typing import TypeVar

Item = TypeVar("Item")


class Progress:
    """Stages with their seconds, and loops with a bar and the estimated time left.

    Standard output is left to results. Where standard error is not a terminal a stage
    is one plain line and a loop prints every tenth of its way.

    Parameters
    ----------
    quiet
        Print nothing.
    """

    def __init__(self, quiet: bool = False) -> None:
        self.quiet = quiet
        self.seconds: dict[str, float] = {}

    @contextmanager
    def stage(self, text: str) -> Iterator[None]:
        """Name what is being done; prints the seconds it took when it ends."""
        started = time.monotonic()
        if self._live:
            self._print(f"  {text} ...", end="\r")
        yield
        spent = time.monotonic() - started
        self.seconds[text] = self.seconds.get(text, 0.0) + spent
        self._print(f"  {text:<58s} {spent:7.1f} s")

    def say(self, text: str) -> None:
        """Print one line."""
        self._print(text)

    def track(
        self, items: Iterable[Item], text: str, total: int, done: int = 0
    ) -> Iterator[Item]:
        """Yield the items, showing how many of ``total`` are done and the time left.

        ``done`` counts those finished before (a resumed sweep): they move the bar but
        not the estimate, which is seconds per item of this loop.
        """
        if self._live:
            yield from self._bar(items, text, total, done)
            return
        started = time.monotonic()
        for index, item in enumerate(items, start=1):
            yield item
            position = done + index
            if (
                position == total
                or position * 10 // total > (position - 1) * 10 // total
            ):
                spent = time.monotonic() - started
                left = spent / index * (total - position)
                self._print(f"  {text}: {position} of {total}, {left:.0f} s left")

    def _bar(
        self, items: Iterable[Item], text: str, total: int, done: int
    ) -> Iterator[Item]:
        from rich import progress
        from rich.console import Console

        columns = (
            progress.TextColumn("  {task.description}"),
            progress.BarColumn(),
            progress.MofNCompleteColumn(),
            progress.TimeElapsedColumn(),
            progress.TextColumn("left"),
            progress.TimeRemainingColumn(),
        )
        with progress.Progress(*columns, console=Console(stderr=True)) as bar:
            task = bar.add_task(text, total=total, completed=done)
            for item in items:
                yield item
                bar.advance(task)

    @property
    def _live(self) -> bool:
        return not self.quiet and sys.stderr.isatty()

    def _print(self, text: str, end: str = "\n") -> None:
        if not self.quiet:
            print(text, file=sys.stderr, end=end, flush=True)
