"""Shows the progress of steps: one live line on a terminal, plain lines elsewhere."""

import sys
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from typing import TextIO

_LIVE_INTERVAL_SECONDS = 0.2
_PLAIN_INTERVAL_SECONDS = 10.0
_LINE_WIDTH = 100


class Progress:
    """Times named steps and prints them as they run."""

    def __init__(self, stream: TextIO | None = None) -> None:
        self._stream = stream or sys.stdout
        self._live = self._stream.isatty()
        self._lock = threading.Lock()
        self._title = ""
        self._detail = ""
        self._started = 0.0

    @contextmanager
    def step(self, title: str) -> Iterator[None]:
        """Show `title` and the seconds while the block runs, then its outcome."""
        self._title, self._detail, self._started = title, "", time.monotonic()
        if not self._live:
            self._print(f"{title} ...")
        ended = threading.Event()
        ticker = threading.Thread(target=self._tick, args=(ended,), daemon=True)
        ticker.start()
        outcome = "failed after"
        try:
            yield
            outcome = "done in"
        finally:
            ended.set()
            ticker.join()
            self._finish(outcome)

    def detail(self, text: str) -> None:
        """Set the running step's progress, which the next tick shows."""
        self._detail = text

    def say(self, line: str) -> None:
        """Print a line of its own while a step runs."""
        with self._lock:
            self._clear_line()
            self._print(line)

    def _tick(self, ended: threading.Event) -> None:
        interval = _LIVE_INTERVAL_SECONDS if self._live else _PLAIN_INTERVAL_SECONDS
        while not ended.wait(interval):
            with self._lock:
                self._show_running()

    def _show_running(self) -> None:
        seconds = time.monotonic() - self._started
        if not self._live:
            self._print(f"    {seconds:.0f} s: {self._detail or 'working'}")
            return
        text = f"  {self._title} ... {seconds:.0f} s  {self._detail}"
        self._clear_line()
        self._stream.write(text[:_LINE_WIDTH])
        self._stream.flush()

    def _finish(self, outcome: str) -> None:
        seconds = time.monotonic() - self._started
        with self._lock:
            self._clear_line()
            self._print(f"  {self._title}: {outcome} {seconds:.1f} s")

    def _clear_line(self) -> None:
        if self._live:
            self._stream.write("\r\x1b[K")

    def _print(self, text: str) -> None:
        print(text, file=self._stream, flush=True)
