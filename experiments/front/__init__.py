"""The front door: what ``import fiscax`` offers, labelled and drawn."""

from typing import Any

# What one process has solved, shared by economies, comparisons and studies.
MEMORY: dict[Any, Any] = {}
