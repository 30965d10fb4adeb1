"""What programs cost: seconds of tracing, lowering and compiling, by name.

Imported before anything that compiles, so that it hears of every program.
"""

import threading
import time
from collections import defaultdict
from dataclasses import dataclass, field

import jax.monitoring

from fiscax.solvers import compiled

PARTS = {
    "/jax/core/compile/jaxpr_trace_duration": "trace",
    "/jax/core/compile/jaxpr_to_mlir_module_duration": "lower",
    "/jax/core/compile/backend_compile_duration": "compile",
}


@dataclass
class Cost:
    """Seconds of one program, what lies inside counted with what it lies in."""

    trace: float = 0.0
    lower: float = 0.0
    compile: float = 0.0
    compilations: int = 0

    @property
    def seconds(self):
        return self.trace + self.lower + self.compile

    def __add__(self, other):
        return Cost(
            self.trace + other.trace,
            self.lower + other.lower,
            self.compile + other.compile,
            self.compilations + other.compilations,
        )


@dataclass
class ProgramClock:
    """Costs by program; ``own`` are those with a name of ours.

    All others are operations of ``jax.numpy`` outside programs, compiled one by one.
    """

    costs: dict = field(default_factory=lambda: defaultdict(Cost))
    own: set = field(default_factory=set)
    _inside: threading.local = field(default_factory=threading.local)
    _lock: threading.Lock = field(default_factory=threading.Lock)

    def start(self):
        """Listen from now on."""
        jax.monitoring.register_event_duration_secs_listener(self)
        first = compiled.Compiled.__init__

        def noted(program, function, name, options):
            self.own.add(name)
            first(program, function, name, options)

        compiled.Compiled.__init__ = noted
        return self

    def __call__(self, event, duration, fun_name="", **_):
        part = PARTS.get(event)
        if part is None:
            return
        # A program traced within another is part of that one: subtract what it took.
        begun = time.monotonic() - duration
        stack = self._inside.__dict__.setdefault("stack", [])
        own = duration
        while stack and stack[-1][0] >= begun:
            own -= stack.pop()[1]
        stack.append((begun, duration))
        name = fun_name.removeprefix("jit(").removesuffix(")")
        with self._lock:
            cost = self.costs[name]
            setattr(cost, part, getattr(cost, part) + max(own, 0.0))
            cost.compilations += part == "compile"

    @property
    def programs(self):
        """Costs of our programs, the dearest first; ours alone are compiled by name."""
        found = [(n, c) for n, c in self.costs.items() if n in self.own]
        return dict(sorted(found, key=lambda pair: -pair[1].seconds))

    @property
    def operations(self):
        """Costs of single operations, and of what jax traces on the way."""
        found = [(n, c) for n, c in self.costs.items() if n not in self.own]
        return dict(sorted(found, key=lambda pair: -pair[1].seconds))


def total(costs):
    """Sum of costs."""
    return sum(costs, Cost())
