"""What a function is, as a digest: its code, and everything that its code can reach.

Two functions with one digest compute the same: the digest holds bytecode, defaults,
what is closed over, the globals that the code names and, in turn, what those are.
Objects count by what they hold, not by where they lie in memory, so that another
process finds the same digest. Libraries count by name (whoever uses a digest adds their
versions); what is derived and kept on an object (``cached_property``) does not count.
What cannot be told for certain raises ``Untold``: no digest rather than a wrong one.
"""

from __future__ import annotations

import enum
import functools
import hashlib
import opcode
import re
import sys
import types
from collections import OrderedDict, defaultdict, namedtuple
from collections.abc import Callable, Iterable
from dataclasses import MISSING, fields
from pathlib import PurePath
from typing import Any

import jax
import numpy as np
import sympy as sp
from jax.core import Tracer

# Named, not read: what they do is told by their versions.
LIBRARIES = frozenset(
    {"jax", "jaxlib", "numpy", "scipy", "sympy", "mpmath", "ml_dtypes", "opt_einsum"}
)
_TRUSTED = LIBRARIES | sys.stdlib_module_names
# Rooms whose sources whoever uses a digest adds: they may import within functions.
_ROOT = __name__.split(".", maxsplit=1)[0]
_ADDED = (f"{_ROOT}.models.", f"{_ROOT}.solvers.")
# What makes programs is in none.
_MAKERS = {f"{__package__}.{n}" for n in ("contents", "executables", "compiled")}
_IMPORT = opcode.opmap["IMPORT_NAME"]
# Reading these while a program is made would let a file or the system decide.
_OUTSIDE = frozenset(
    [
        "open",
        "read_text",
        "read_bytes",
        "read_csv",
        "loadtxt",
        "genfromtxt",
        "environ",
        "getenv",
    ]
)
# SymPy numbers its dummies from a random start.
_DUMMY = re.compile(r"_?Dummy_\d+")
_ATOMS = (type(None), bool, int, float, complex, str, bytes, type(...))
_DERIVED = frozenset(
    [
        "__dict__",
        "__weakref__",
        "__doc__",
        "__module__",
        "__annotations__",
        "__dataclass_fields__",
        "__dataclass_params__",
        "__match_args__",
        "__parameters__",
        "__orig_bases__",
        "__slots__",
        # What pickle notes on a class when one of its things is first pickled.
        "__slotnames__",
        "__abstractmethods__",
        "_abc_impl",
        "__static_attributes__",
        "__firstlineno__",
        "__annotate__",
        "__annotate_func__",
        "__annotations_cache__",
    ]
)
_TUPLE_GETTER = type(vars(namedtuple("_", "a"))["a"])


class Untold(Exception):
    """Something whose content cannot be told."""


def digest(*things: Any) -> str:
    """Digest of what ``things`` are.

    Raises
    ------
    Untold
        Naming the type of what cannot be told.
    """
    reader = _Reader()
    try:
        whole = [reader.of(thing) for thing in things]
        told: dict[tuple[str, str], bytes] = {}
        while waiting := {k: v for k, v in reader.named.items() if k not in told}:
            reader.named = {}
            for name, thing in waiting.items():
                told[name] = reader.body(thing)
    except RecursionError:
        raise Untold("too deep") from None
    for name in sorted(told):
        whole += [repr(name).encode(), told[name]]
    return hashlib.sha256(_joined(*whole)).hexdigest()


def _joined(*parts: bytes) -> bytes:
    """Parts with their lengths: no two lists of parts are joined to the same bytes."""
    return b"".join(b"%d:" % len(part) + part for part in parts)


def _by_name(thing: Any) -> tuple[str, str] | None:
    """Module and name under which ``thing`` itself is found; None where it is not."""
    module = getattr(thing, "__module__", None)
    name = getattr(thing, "__qualname__", None) or getattr(thing, "__name__", None)
    if isinstance(thing, types.BuiltinFunctionType) and module is None:
        module = "builtins"
    if not isinstance(module, str) or not isinstance(name, str):
        return None
    found: Any = sys.modules.get(module)
    for part in name.split("."):
        found = getattr(found, part, None)
    return (module, name) if found is thing else None


def _trusted(module: str) -> bool:
    return module.split(".", maxsplit=1)[0] in _TRUSTED or module in _MAKERS


@functools.lru_cache(maxsize=4096)
def _of_code(code: types.CodeType) -> bytes:
    """What a function does, without the names of its variables but its arguments."""
    names = code.co_varnames[: code.co_argcount + code.co_kwonlyargcount]
    shape = (
        code.co_argcount,
        code.co_posonlyargcount,
        code.co_kwonlyargcount,
        code.co_flags,
        len(code.co_freevars),
        len(code.co_cellvars),
        code.co_names,
        tuple(_DUMMY.sub("dummy", name) for name in names),
    )
    table = getattr(code, "co_exceptiontable", b"")
    return _joined(
        repr(shape).encode(), code.co_code, table, *map(_of_constant, code.co_consts)
    )


def _of_constant(constant: Any) -> bytes:
    if isinstance(constant, types.CodeType):
        return b"code" + _of_code(constant)
    if isinstance(constant, tuple):
        return b"tuple" + _joined(*map(_of_constant, constant))
    if isinstance(constant, frozenset):
        return b"set" + _joined(*sorted(map(_of_constant, constant)))
    return _of_atom(constant)


def _of_atom(atom: Any) -> bytes:
    if type(atom) not in _ATOMS:
        raise Untold(f"a constant of type {type(atom).__name__}")
    return f"{type(atom).__name__} {atom!r}".encode("utf-8", "surrogatepass")


@functools.lru_cache(maxsize=4096)
def _names_of(code: types.CodeType) -> tuple[frozenset[str], bool]:
    """Names that code and what it makes may look up, and whether it imports."""
    names, imports = set(code.co_names), _IMPORT in code.co_code[::2]
    for constant in code.co_consts:
        if isinstance(constant, types.CodeType):
            inner, more = _names_of(constant)
            names, imports = names | inner, imports or more
    return frozenset(names), imports


class _Reader:
    """Reads objects; ``named`` collects what is told by name and read on its own."""

    def __init__(self) -> None:
        self.named: dict[tuple[str, str], Any] = {}
        self._kept: dict[int, tuple[Any, bytes, dict]] = {}
        self._open: list[int] = []
        # The outermost open object that what is being read leads back to.
        self._back = sys.maxsize

    def of(self, thing: Any) -> bytes:
        """What ``thing`` is; the same bytes for what is the same."""
        kind = type(thing)
        if kind in _ATOMS:
            return _of_atom(thing)
        read = _READERS.get(kind)
        if read is not None:
            return read(self, thing)
        return self._once(thing, self._other)

    def all(self, things: Iterable[Any]) -> bytes:
        """What each of several things is."""
        return _joined(*map(self.of, things))

    def _once(self, thing: Any, read: Callable[[Any], bytes]) -> bytes:
        """Read what may be met again, or may lead to itself."""
        if id(thing) in self._kept:
            _, content, named = self._kept[id(thing)]
            self.named.update(named)
            return content
        if id(thing) in self._open:
            place = self._open.index(id(thing))
            self._back = min(self._back, place)
            return b"back %d" % (len(self._open) - place)
        place, outer, self.named = len(self._open), self.named, {}
        self._open.append(id(thing))
        try:
            content = hashlib.sha256(read(thing)).digest()
        finally:
            self._open.pop()
            outer.update(self.named)
            inner, self.named = self.named, outer
        if self._back >= place:
            self._back = sys.maxsize
            self._kept[id(thing)] = thing, content, inner
        return content

    def _other(self, thing: Any) -> bytes:
        name = _by_name(thing)
        if name is None:
            return self._inside(thing)
        if name[1] in _OUTSIDE:
            raise Untold(".".join(name))
        if not _trusted(name[0]):
            self.named[name] = thing
        return b"named" + repr(name).encode()

    def body(self, thing: Any) -> bytes:
        """What a thing is that is otherwise told by its name."""
        return self._once(_Body(thing), lambda body: self._inside(body.thing))

    def _inside(self, thing: Any) -> bytes:
        for kind, read in _KINDS:
            if isinstance(thing, kind):
                return read(self, thing)
        return self.object(thing)

    def function(self, thing: types.FunctionType) -> bytes:
        """Code, what is closed over, and the globals that the code names."""
        cells = thing.__closure__ or ()
        try:
            closure = [self.of(cell.cell_contents) for cell in cells]
        except ValueError:
            raise Untold("a variable without a value") from None
        parts = [
            b"function",
            _of_code(thing.__code__),
            self.of(thing.__defaults__),
            self.of(thing.__kwdefaults__),
            *closure,
        ]
        # Not by __module__, which a wrapper takes over from what it wraps.
        if not _trusted(str(thing.__globals__.get("__name__"))):
            parts.append(self._globals(thing))
            parts.append(self.of(dict(vars(thing))))
        return _joined(*parts)

    def _globals(self, thing: types.FunctionType) -> bytes:
        names, imports = _names_of(thing.__code__)
        if names & _OUTSIDE:
            raise Untold(f"{thing.__qualname__} reads {sorted(names & _OUTSIDE)}")
        room = str(thing.__globals__.get("__name__"))
        if imports and not room.startswith(_ADDED):
            raise Untold(f"{thing.__qualname__} imports")
        parts = []
        for name in sorted(names & thing.__globals__.keys()):
            value = thing.__globals__[name]
            parts += [name.encode(), self.of(value)]
            if isinstance(value, types.ModuleType) and not _trusted(value.__name__):
                for part in sorted(names & vars(value).keys()):
                    parts += [part.encode(), self.of(vars(value)[part])]
        return _joined(*parts)

    def kind(self, thing: type) -> bytes:
        """A class: what its methods do, and the values that it holds."""
        held = {k: v for k, v in vars(thing).items() if k not in _DERIVED}
        if issubclass(thing, enum.Enum):
            held = {k: v.value for k, v in thing.__members__.items()}
        elif issubclass(thing, sp.Basic):
            # SymPy adds what it derives from these.
            held = {k: v for k, v in held.items() if callable(v)}
        parts = [
            thing.__qualname__.encode(),
            self.of(type(thing)),
            self.all(thing.__bases__),
        ]
        for name in sorted(held):
            value = held[name]
            parts += [name.encode(), self.of(value)]
        if "__dataclass_fields__" in vars(thing):
            for f in fields(thing):  # type: ignore[arg-type]
                given = (f.name, f.init, f.default, f.default_factory)
                parts.append(self.all(None if g is MISSING else g for g in given))
        return _joined(*parts)

    def object(self, thing: Any) -> bytes:
        """An instance of a class in Python: its class and its attributes."""
        kind = type(thing)
        if kind is object or (_trusted(kind.__module__) and _is_a_mark(thing)):
            return b"named" + repr(_place_of(thing)).encode()
        told = getattr(kind, "__content__", None)
        if told is not None:
            return _joined(b"told", kind.__qualname__.encode(), self.of(told(thing)))
        if not _plain(kind):
            raise Untold(f"an object of type {kind.__module__}.{kind.__qualname__}")
        held = dict(vars(thing))
        for base in kind.__mro__:
            for name, value in vars(base).items():
                if isinstance(value, functools.cached_property):
                    held.pop(name, None)
        return _joined(b"object", self.of(kind), self.of(held))


def _is_a_mark(thing: Any) -> bool:
    """Whether an object holds nothing: it is told from others by being itself."""
    return type(thing).__bases__ == (object,) and getattr(thing, "__dict__", None) == {}


@functools.lru_cache(maxsize=64)
def _place_of(mark: object) -> tuple[str, str]:
    """Library and name of an object that is nothing but itself."""
    places = (
        (name, held)
        for name, module in list(sys.modules.items())
        if _trusted(name)
        for held, value in list(getattr(module, "__dict__", {}).items())
        if value is mark
    )
    found = min(places, default=None)
    if found is None:
        raise Untold("an object without attributes")
    return found


class _Body:
    """Stands for what a named thing is, where the thing stands for its name."""

    def __init__(self, thing: Any) -> None:
        self.thing = thing


def _plain(kind: type) -> bool:
    """Whether an instance is no more than its attributes."""
    return all(
        base is object
        or (not _trusted(base.__module__) and not vars(base).get("__slots__"))
        for base in kind.__mro__
    )


def _array(reader: _Reader, array: np.ndarray | np.generic) -> bytes:
    if not isinstance(array, np.generic) and type(array) is not np.ndarray:
        raise Untold(f"an array of type {type(array).__name__}")
    if array.dtype.hasobject:
        return _joined(
            b"objects", repr(array.shape).encode(), reader.of(array.tolist())
        )
    kind = f"{array.dtype!r} {array.shape}".encode()
    return _joined(b"array", kind, array.tobytes())


def _device_array(reader: _Reader, array: jax.Array) -> bytes:
    if isinstance(array, Tracer) or not isinstance(array.dtype, np.dtype):
        raise Untold(f"an array of type {type(array).__name__}")
    kind = b"weak" if array.weak_type else b"strong"
    return kind + _array(reader, np.asarray(array))


def _expression(reader: _Reader, expression: sp.Basic) -> bytes:
    if _by_name(type(expression)) is None:
        raise Untold(f"a function {type(expression).__name__} that nothing defines")
    kind = reader.of(type(expression))
    if expression.args:
        return _joined(b"expression", kind, reader.all(expression.args))
    return _joined(b"expression", kind, sp.srepr(expression).encode())


def _builtin(reader: _Reader, function: types.BuiltinFunctionType) -> bytes:
    # Those of modules are told by their names.
    return _joined(b"method", function.__name__.encode(), reader.of(function.__self__))


def _mapping(reader: _Reader, mapping: Any) -> bytes:
    return b"mapping" + reader.all([x for pair in mapping.items() for x in pair])


def _set(reader: _Reader, things: Any) -> bytes:
    return b"set" + _joined(*sorted(map(reader.of, things)))


def _module(_: _Reader, module: types.ModuleType) -> bytes:
    return b"module" + module.__name__.encode()


def _attributes(*names: str) -> Callable[[_Reader, Any], bytes]:
    """Reader of things that are no more than the named attributes."""

    def read(reader: _Reader, thing: Any) -> bytes:
        kind = type(thing).__qualname__.encode()
        return kind + reader.all(getattr(thing, name) for name in names)

    return read


def _of_tuple(reader: _Reader, things: tuple) -> bytes:
    if vars_of := getattr(things, "__dict__", None):
        raise Untold(f"a {type(things).__name__} with {sorted(vars_of)}")
    return _joined(b"tuple", reader.of(type(things)), reader.all(things))


# By exact type, as they occur most.
_READERS: dict[type, Callable[[_Reader, Any], bytes]] = {
    tuple: lambda reader, things: b"tuple" + reader.all(things),
    list: lambda reader, things: b"list" + reader.all(things),
    dict: _mapping,
    OrderedDict: _mapping,
    types.MappingProxyType: _mapping,
    defaultdict: lambda reader, x: reader.of(x.default_factory) + _mapping(reader, x),
    set: _set,
    frozenset: _set,
    types.ModuleType: _module,
}
# Of what is not told by a name.
_KINDS: tuple[tuple[Any, Callable[[_Reader, Any], bytes]], ...] = (
    (types.FunctionType, _Reader.function),
    (type, _Reader.kind),
    (re.Pattern, _attributes("pattern", "flags")),
    (sp.Basic, _expression),
    (enum.Enum, lambda reader, x: reader.of(type(x)) + x.name.encode()),
    ((np.ndarray, np.generic), _array),
    (np.dtype, lambda _, x: repr(x).encode()),
    (np.ufunc, lambda _, x: repr(x).encode()),
    (jax.Array, _device_array),
    (functools.partial, _attributes("func", "args", "keywords", "__dict__")),
    (types.MethodType, _attributes("__func__", "__self__")),
    (functools._lru_cache_wrapper, _attributes("__wrapped__")),
    (functools.cached_property, _attributes("func")),
    (property, _attributes("fget", "fset", "fdel")),
    ((staticmethod, classmethod), _attributes("__func__")),
    ((slice, range), _attributes("start", "stop", "step")),
    (
        (
            types.MemberDescriptorType,
            types.GetSetDescriptorType,
            types.MethodDescriptorType,
            types.WrapperDescriptorType,
            types.ClassMethodDescriptorType,
        ),
        _attributes("__name__", "__objclass__"),
    ),
    ((types.BuiltinFunctionType, types.MethodWrapperType), _builtin),
    (tuple, _of_tuple),
    (
        (jax.custom_jvp, jax.custom_vjp),
        lambda reader, x: reader.of(type(x)) + reader.of(vars(x)),
    ),
    # Of named tuples.
    (_TUPLE_GETTER, lambda _, x: repr(x.__reduce__()[1][:1]).encode()),
    (PurePath, lambda _, x: str(x).encode()),
)
