"""One run of the benchmark: how long, on which cores, and what has been found so far."""

import sys
import tempfile
import time
from contextlib import ExitStack
from dataclasses import dataclass, field
from pathlib import Path

from bench.load import has_wrk
from bench.processes import Cores
from bench.report import Figures


@dataclass
class Run:
    rounds: int
    seconds: float
    """Of one round of one server."""
    quick: bool
    cores: Cores = field(default_factory=Cores.find)
    figures: Figures = field(default_factory=dict)
    began: float = field(default_factory=time.monotonic)

    @property
    def client(self) -> str:
        return "wrk" if has_wrk() else "bench.client (wrk is not installed, so that quick servers seem slower)"

    def say(self, text: str) -> None:
        """Progress, on standard error."""
        sys.stderr.write(f"[{time.monotonic() - self.began:5.0f} s] {text}\n")
        sys.stderr.flush()

    def folder(self, stack: ExitStack) -> Path:
        """A fresh folder that goes with the stack."""
        return Path(stack.enter_context(tempfile.TemporaryDirectory(prefix="bench-", ignore_cleanup_errors=True)))
