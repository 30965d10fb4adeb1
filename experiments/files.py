"""JSON as results are kept: finite numbers only, stable order, UTF-8."""

import json
import math
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np

from ..errors import FiscaxError


def write_json(path: Path, content: Any) -> Path:
    """Write JSON that every program reads: finite numbers only, stable order, UTF-8.

    Raises
    ------
    FiscaxError
        If a number is NaN or infinite; the message names the file, the record and
        the field. A value that does not exist is None (null), never NaN.
    """
    try:
        plain = plain_value(content)
    except _NotFiniteError as error:
        raise FiscaxError(f"{path.name}: {error}") from None
    text = json.dumps(plain, indent=1, ensure_ascii=False, allow_nan=False)
    path.write_text(text + "\n", encoding="utf-8")
    return path


class _NotFiniteError(ValueError):
    pass


def plain_value(value: Any, where: str = "") -> Any:
    """Python value of a nested structure of arrays, scalars, mappings and lists."""
    if value is None or isinstance(value, str | bool | int):
        return value
    if isinstance(value, float):
        if not math.isfinite(value):
            raise _NotFiniteError(f"{where or 'the value'} is {value}, not a number")
        # A float subclass (numpy's) would print its own way.
        return float(value)
    if isinstance(value, Mapping):
        return {str(k): plain_value(v, _inside(where, k, v)) for k, v in value.items()}
    if isinstance(value, list | tuple):
        return [plain_value(v, _inside(where, i, v)) for i, v in enumerate(value)]
    if isinstance(value, Path):
        return value.as_posix()
    if hasattr(value, "isoformat"):
        return value.isoformat()
    if hasattr(value, "__array__"):
        return plain_value(np.asarray(value).tolist(), where)
    raise TypeError(f"{where or 'the value'}: cannot write {type(value).__name__}")


def _inside(where: str, key: Any, value: Any) -> str:
    """Position in words; a record is named by its texts, which identify it."""
    place = f"{where} -> {key}" if where else str(key)
    if isinstance(key, int) and isinstance(value, Mapping):
        texts = [f"{k}={v}" for k, v in value.items() if isinstance(v, str)]
        place = f"{where + ' -> ' if where else ''}record {key}"
        if texts:
            place += f" ({', '.join(texts[:4])})"
    return place
