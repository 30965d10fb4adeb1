"""JAX functions derived from a declaration.

A block's equilibrium conditions become two short programs: one evaluates everything
dated t from states and unknowns, one walks from t to t+1 (transitions, links, unknowns
of this and earlier blocks at the next states, integrands). The order of the steps is
derived from the expressions; whoever solves the block supplies only the evaluation of
unknown functions at given states.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from typing import Any

import jax
import jax.numpy as jnp
import numpy as np
import sympy as sp

from .declaration import (
    NEXT,
    Block,
    DeclarationError,
    E,
    Model,
    lead,
    names_in,
    symbols_ahead,
)

Environment = dict[str, jax.Array]
Evaluate = Callable[[str, Environment], Mapping[str, jax.Array]]


@dataclass(frozen=True)
class Assignment:
    """``name = function(*arguments)`` on the environment (name -> array)."""

    name: str
    arguments: tuple[str, ...]
    function: Callable[..., Any]
    xp: Any = jnp

    def value(self, env: Mapping[str, Any]) -> Any:
        """Evaluate elementwise on the arrays of ``env``."""
        return self.xp.asarray(self.function(*(env[a] for a in self.arguments)))


@dataclass(frozen=True)
class Evaluation:
    """Evaluate the unknowns of ``block``; their names get ``suffix``."""

    block: str
    suffix: str
    unknowns: tuple[str, ...]


@cache
def assignment(name: str, expression: sp.Expr, host: bool = False) -> Assignment:
    """Compile one expression; its arguments are the names of its symbols.

    ``host`` is for work with NumPy, which compiles no programs.
    """
    symbols = sorted(expression.free_symbols, key=str)
    arguments = tuple(str(s) for s in symbols)
    modules, xp = ("numpy", np) if host else ("jax", jnp)
    function = sp.lambdify(symbols, expression, modules=modules)
    return Assignment(name, arguments, function, xp)


def value_on_host(expression: sp.Expr, env: Mapping[str, Any]) -> float:
    """Evaluate one expression at numbers by name, on the host: nothing is compiled.

    Raises
    ------
    KeyError
        A symbol of the expression is not among the names.
    """
    formula = assignment("", sp.sympify(expression), host=True)
    # A start that is not finite makes residuals that are not: who solves refuses them.
    with np.errstate(all="ignore"):
        return float(formula.value(env))


def run(
    steps: Sequence[Assignment | Evaluation], env: Environment, evaluate: Evaluate
) -> Environment:
    """Run a program on a copy of ``env``.

    Parameters
    ----------
    env : arrays by name, of shapes that broadcast.
    evaluate : takes the block's name, followed by ``_next`` at t+1, and the environment
        to the block's unknowns by their names without suffix.
    """
    env = dict(env)
    for step in steps:
        if isinstance(step, Assignment):
            env[step.name] = step.value(env)
        else:
            values = evaluate(step.block + step.suffix, env)
            env.update({u + step.suffix: values[u] for u in step.unknowns})
    return env


@dataclass(frozen=True)
class BlockFunctions:
    """Programs of one block.

    Attributes
    ----------
    current : steps that need states, parameters and this block's unknowns at t.
    forward : steps to t+1; they need shocks and events on top.
    integrands : what is inside each ``E(...)``, on the environment of ``forward``.
    residuals : relative residuals, on ``current`` and the expectations ``E0, E1, ...``.
    shocks, events : names of those that the block integrates over.
    """

    name: str
    states: tuple[str, ...]
    unknowns: tuple[str, ...]
    equations: tuple[str, ...]
    current: tuple[Assignment | Evaluation, ...]
    transitions: tuple[Assignment | Evaluation, ...]
    forward: tuple[Assignment | Evaluation, ...]
    integrands: tuple[Assignment, ...]
    residuals: tuple[Assignment, ...]
    shocks: tuple[str, ...]
    events: tuple[str, ...]
    regime_free: bool


class _Planner:
    """Orders the steps that provide a set of names."""

    def __init__(self, model: Model, block: Block, own: bool, claims=()):
        self.model = model
        self.block = block
        position = model.blocks.index(block)
        self.visible = model.blocks[: position + 1]
        self.definitions = {d.name: d for d in (*model.definitions, *claims)}
        self.states = {s.name: s for s in model.states}
        self.owner = {u.name: b for b in self.visible for u in b.unknowns}
        self.given = {p.name for p in model.parameters}
        self.given |= {p.name + NEXT for p in model.parameters if p.regime_specific}
        self.given |= set(block.states)
        self.given |= {r.name for r in (*model.shocks, *model.events)}
        if own:
            self.given |= {u.name for u in block.unknowns}
        self.steps: list[Assignment | Evaluation] = []
        self.used: set[str] = set()
        self._active: list[str] = []

    def need(self, names) -> None:
        for name in sorted(names):
            self._provide(name)

    def _provide(self, name: str) -> None:
        self.used.add(name)
        if name in self.given:
            return
        if name in self._active:
            cycle = " -> ".join([*self._active, name])
            raise DeclarationError(f"circular definitions: {cycle}")
        self._active.append(name)
        self._resolve(name)
        self._active.pop()

    def _resolve(self, name: str) -> None:
        following = name.endswith(NEXT)
        base = name[: -len(NEXT)] if following else name
        suffix = NEXT if following else ""
        if name in self.definitions:
            self._assign(name, self.definitions[name].expression)
        elif following and base in self.definitions:
            self._assign(name, lead(self.definitions[base].expression))
        elif following and base in self.states:
            if base not in self.block.states:
                raise DeclarationError(
                    f"block '{self.block.name}' needs state '{base}', which is not "
                    "among its states"
                )
            self._assign(name, self.states[base].transition)
        elif base in self.owner:
            owner = self.owner[base]
            self.need(s + suffix for s in owner.states)
            unknowns = tuple(u.name for u in owner.unknowns)
            self.steps.append(Evaluation(owner.name, suffix, unknowns))
            self.given |= {u + suffix for u in unknowns}
        else:
            raise DeclarationError(
                f"block '{self.block.name}' cannot provide '{name}' from its states "
                f"{', '.join(self.block.states)}"
            )

    def _assign(self, name: str, expression: sp.Expr) -> None:
        self.need(names_in(expression))
        self.steps.append(assignment(name, sp.sympify(expression)))
        self.given.add(name)


@cache
def block_functions(model: Model, name: str) -> BlockFunctions:
    """Derive the programs of block ``name``.

    Raises
    ------
    DeclarationError
        If the block needs a state that it does not list, or definitions are circular.
    """
    block = model.block(name)
    expectations: dict[sp.Expr, sp.Symbol] = {}
    residuals = []
    for equation in block.equations:
        expression = equation.residual
        for atom in sorted(expression.atoms(E), key=sp.default_sort_key):
            symbol = sp.Symbol(f"E{len(expectations)}", real=True)
            expectations.setdefault(atom, symbol)
        residuals.append(expression.xreplace(expectations))
    current = _Planner(model, block, own=True)
    placeholders = {s.name for s in expectations.values()}
    for residual in residuals:
        current.need(names_in(residual) - placeholders)
    walk, transitions = _forward(model, block, current, expectations)
    return BlockFunctions(
        name=name,
        states=block.states,
        unknowns=tuple(u.name for u in block.unknowns),
        equations=tuple(e.name for e in block.equations),
        current=tuple(s for s in current.steps if not _is_forward(s)),
        transitions=transitions,
        forward=tuple(walk.steps),
        integrands=tuple(
            assignment(s.name, atom.args[0]) for atom, s in expectations.items()
        ),
        residuals=tuple(
            assignment(e.name, r)
            for e, r in zip(block.equations, residuals, strict=True)
        ),
        shocks=tuple(s.name for s in model.shocks if s.name in walk.used),
        events=tuple(e.name for e in model.events if e.name in walk.used),
        regime_free=_regime_free(model, block, current.used | walk.used),
    )


def drivers(model: Model, names: Sequence[str]) -> frozenset[str]:
    """Shocks and events on which the named t+1 quantities depend, at given t."""
    random = {r.name for r in (*model.shocks, *model.events)}
    found: set[str] = set()
    seen: set[str] = set()

    def visit(name: str) -> None:
        if name in seen:
            return
        seen.add(name)
        if name in random:
            found.add(name)
        elif name.endswith(NEXT):
            for symbol in symbols_ahead(model, name):
                visit(symbol)

    for name in names:
        visit(name)
    return frozenset(found)


def _is_forward(step) -> bool:
    return (step.name if isinstance(step, Assignment) else step.suffix).endswith(NEXT)


def _forward(model, block, current, expectations):
    """Plan the walk to t+1; what it needs at t is added to the ``current`` plan."""
    walk = _Planner(model, block, own=True)
    walk.need(s + NEXT for s in block.states)
    count = len(walk.steps)
    for atom in expectations:
        walk.need(names_in(atom.args[0]))
    events = [e for e in model.events if e.name in walk.used]
    for event in events:
        walk.need(names_in(event.probability))
    if len(model.regimes.names) > 1 and not _regime_free(model, block, walk.used):
        for row in model.regimes.transition:
            walk.need(set().union(*(names_in(sp.sympify(e)) for e in row)))
    # What is dated t belongs to the first program, whoever asked for it.
    early = [s for s in walk.steps if not _is_forward(s)]
    known = {_label(s) for s in current.steps}
    current.steps += [s for s in early if _label(s) not in known]
    head = [s for s in walk.steps[:count] if _is_forward(s)]
    walk.steps = [s for s in walk.steps if _is_forward(s)]
    return walk, tuple(head)


def _label(step) -> tuple[str, str]:
    if isinstance(step, Assignment):
        return step.name, ""
    return step.block, step.suffix


def _regime_free(model: Model, block: Block, used: set[str]) -> bool:
    specific = {p.name for p in model.parameters if p.regime_specific}
    specific |= {name + NEXT for name in specific}
    if used & specific:
        return False
    earlier = model.blocks[: model.blocks.index(block)]
    return all(
        block_functions(model, b.name).regime_free
        for b in earlier
        if any(u.name in used or u.name + NEXT in used for u in b.unknowns)
    )


@dataclass(frozen=True)
class Program:
    """Steps that give ``outputs`` at one date, or over one step, in a block's states.

    ``current`` runs at t, ``forward`` with ``shocks`` and ``events`` at t+1.
    """

    outputs: tuple[str, ...]
    current: tuple[Assignment | Evaluation, ...]
    forward: tuple[Assignment | Evaluation, ...]
    shocks: tuple[str, ...]
    events: tuple[str, ...]


def program(
    model: Model, block_name: str, outputs: Sequence[str], given: Sequence[str] = ()
) -> Program:
    """Plan the evaluation of any variables, definitions or links in a block's states.

    Parameters
    ----------
    outputs : names dated t (``"inflation"``) or t+1 (``"inflation_next"``, links).
    given : names that whoever runs the program knows already.

    Raises
    ------
    DeclarationError
        The block's states do not provide an output, or definitions are circular.
    """
    planner = _Planner(model, model.block(block_name), own=False)
    planner.given |= set(given)
    planner.need(outputs)
    for event in model.events:
        if event.name in planner.used:
            planner.need(names_in(event.probability))
    return Program(
        outputs=tuple(outputs),
        current=tuple(s for s in planner.steps if not _is_forward(s)),
        forward=tuple(s for s in planner.steps if _is_forward(s)),
        shocks=tuple(s.name for s in model.shocks if s.name in planner.used),
        events=tuple(e.name for e in model.events if e.name in planner.used),
    )


def event_probability(model: Model, name: str) -> Assignment:
    """Compiled probability of the named event at t+1 given the environment at t."""
    event = next(e for e in model.events if e.name == name)
    return assignment(f"probability_{name}", sp.sympify(event.probability))


def regime_probabilities(model: Model) -> tuple[tuple[Assignment, ...], ...]:
    """Compiled entries of the regime transition matrix, ``[from][to]``."""
    return tuple(
        tuple(
            assignment(f"probability_{i}_{j}", sp.sympify(entry))
            for j, entry in enumerate(row)
        )
        for i, row in enumerate(model.regimes.transition)
    )
