"""Claims and verdicts: what a number has to be, and whether it is, error included.

A verdict is never written by hand. It follows from the number, from the bound of its
error and from what the claim expects; where the bound leaves both answers open, the
number is too imprecise. A number that a chosen parameter sets, or that is true by
construction, is judged and marked, and not counted.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import Any

import numpy as np

SUFFIX = "_slide_claims"
# Standard errors that a bound of sampling errors is wide.
WIDTH = 2.0


def sampling_bound(*errors: float) -> float:
    """Bound of a sum or difference of estimates from their standard errors.

    As if the estimates were independent, which for samples of different years they
    nearly are.
    """
    return WIDTH * float(np.sqrt(np.sum(np.square(errors))))


class Verdict(StrEnum):
    """What a number says about a claim."""

    DELIVERED = "delivered"
    CONTRADICTED = "contradicted"
    # A sign is claimed, and the number is no larger than the tolerance.
    ZERO = "zero"
    TOO_IMPRECISE = "too imprecise"


@dataclass(frozen=True)
class Expectation:
    """What a claim expects of a number.

    Attributes
    ----------
    claim
        ``zero``, ``positive``, ``negative``; ``high`` or ``low``: above or below the
        threshold; None says nothing.
    tolerance
        Separates zero from not zero, in the quantity's unit.
    threshold
        Of ``high`` and ``low``.
    band
        What the record is judged to say; None where it says nothing.
    """

    claim: str | None
    tolerance: float = 0.0
    threshold: float = 0.5
    band: tuple[float, float] | None = None

    @property
    def limit(self) -> float:
        """The number that decides: the threshold of a share, else the tolerance."""
        return self.threshold if self.claim in ("high", "low") else self.tolerance

    def _place(self, value: float) -> int:
        """Below, within or above what separates the answers: -1, 0, 1."""
        if self.claim in ("high", "low"):
            return 1 if value > self.threshold else -1
        return 0 if abs(value) <= self.tolerance else (1 if value > 0 else -1)

    def verdict(self, value: float, bound: float | None = None) -> Verdict | None:
        """Judge a number with the bound of its error; None where nothing is claimed."""
        if self.claim is None:
            return None
        size = 0.0 if bound is None else abs(bound)
        places = {self._place(value - size), self._place(value + size)}
        if len(places) > 1:
            return Verdict.TOO_IMPRECISE
        place = places.pop()
        if self.claim == "zero":
            return Verdict.DELIVERED if place == 0 else Verdict.CONTRADICTED
        if place == 0:
            return Verdict.ZERO
        right = place == (1 if self.claim in ("positive", "high") else -1)
        return Verdict.DELIVERED if right else Verdict.CONTRADICTED

    def in_band(self, value: float) -> bool | None:
        """Whether a number lies in the record's band; None where there is none."""
        if self.band is None:
            return None
        return bool(self.band[0] <= value <= self.band[1])


NOTHING = Expectation(None)


@dataclass(frozen=True)
class Side:
    """A number, what the claim expects of it, and where it comes from.

    Attributes
    ----------
    value
        In the claim's unit; None where there is no number, and ``note`` says why.
    expects
        None where the claim says nothing about it.
    note
        Experiment, sample, source, or the reason why there is no number.
    bound
        Of the number's error, in its unit; None where none is known.
    set_by
        Chosen or estimated parameters that bring the number out.
    by_construction
        The number could not be another one.
    """

    value: float | None = None
    expects: Expectation | None = None
    note: str = ""
    bound: float | None = None
    set_by: tuple[str, ...] = ()
    by_construction: bool = False

    def verdict(self) -> Verdict | None:
        """None without an expectation or a number."""
        if self.value is None or self.expects is None:
            return None
        return self.expects.verdict(self.value, self.bound)

    @property
    def counted(self) -> bool:
        """Whether its verdict counts."""
        judged = self.verdict() is not None
        return judged and not self.set_by and not self.by_construction

    @property
    def mark(self) -> str:
        """Why a verdict does not count, in words; empty where it does."""
        if self.by_construction:
            return "true by construction"
        return f"set by {', '.join(self.set_by)}" if self.set_by else ""


@dataclass(frozen=True)
class Claim:
    """One sentence of the talk.

    Attributes
    ----------
    key
        Name of the claim, unique within its study.
    sentence
        What is claimed.
    unit
        Of all three numbers.
    safe, risky, data
        What each says.
    switch
        What removes the mechanism, as a user types it, and what is left without it.
    """

    key: str
    sentence: str
    unit: str
    safe: Side
    risky: Side
    data: Side
    switch: str = ""

    @property
    def models(self) -> dict[str, Side]:
        """Sides of the two models."""
        return {"safe": self.safe, "risky": self.risky}

    def failed(self) -> tuple[str, ...]:
        """Models whose numbers contradict the claim, or are zero."""
        bad = (Verdict.CONTRADICTED, Verdict.ZERO)
        return tuple(k for k, s in self.models.items() if s.verdict() in bad)

    def overall(self) -> str:
        """One verdict on the claim, models first, then the record.

        ``not delivered`` names the models that fail; ``set by`` and ``by construction``
        say that nothing counted.
        """
        return f"{self._of_models()}; {self._of_data()}"

    def _of_models(self) -> str:
        judged = {k: s for k, s in self.models.items() if s.verdict() is not None}
        if not judged:
            return "not judged in the models"
        failed = self.failed()
        if failed:
            return f"not delivered ({', '.join(failed)})"
        vague = [k for k, s in judged.items() if s.verdict() == Verdict.TOO_IMPRECISE]
        if vague:
            return f"too imprecise ({', '.join(vague)})"
        if not any(s.counted for s in judged.values()):
            return f"not counted ({next(s.mark for s in judged.values())})"
        return "delivered"

    def _of_data(self) -> str:
        return {
            Verdict.DELIVERED: "data agree",
            Verdict.CONTRADICTED: "data disagree",
            Verdict.ZERO: "data cannot tell",
            Verdict.TOO_IMPRECISE: "data cannot tell",
            None: "no data",
        }[self.data.verdict()]

    def supported(self) -> str:
        """What the verdict says, as the beginning of a sentence."""
        models = self._of_models()
        if models == "delivered":
            return "Supported"
        if models.startswith("not delivered"):
            named = " and ".join(f"{k} debt" for k in self.failed())
            return f"Not supported with {named}"
        return models[0].upper() + models[1:]


def by_key(claims: Iterable[Claim]) -> dict[str, Claim]:
    """Claims by name.

    Raises
    ------
    ValueError
        Two claims of one name.
    """
    claims = list(claims)
    keys = [c.key for c in claims]
    if len(set(keys)) < len(keys):
        raise ValueError(f"claims have one name twice: {keys}")
    return dict(zip(keys, claims, strict=True))


def tally(verdicts: Iterable[str]) -> tuple[Counter[str], Counter[str]]:
    """How often models, and the record, say what; verdicts as ``overall`` gives them.

    A verdict's names in brackets are left out.
    """
    pairs = [verdict.split("; ") for verdict in verdicts]
    models = Counter(own.split(" (")[0] for own, _ in pairs)
    return models, Counter(record for _, record in pairs)


def tally_sentence(verdicts: Iterable[str], what: str = "claims") -> str:
    """What verdicts add up to: a sentence on the models and one on the record."""
    verdicts = list(verdicts)
    models, record = tally(verdicts)
    rest = {
        "too imprecise": "too imprecise",
        "not counted": "not counted (a parameter was chosen for the number, or it is "
        "true by construction)",
        "not judged in the models": "not judged in the models",
    }
    more = [f"{models[k]} {words}" for k, words in rest.items() if models[k]]
    return (
        f"Of {len(verdicts)} {what} the models deliver {models['delivered']} and fail "
        f"{models['not delivered']}{''.join(f'; {text}' for text in more)}. The record "
        f"agrees with {record['data agree']}, disagrees with "
        f"{record['data disagree']}, cannot tell in {record['data cannot tell']} and "
        f"is silent on {record['no data']}."
    )


def claim_records(study: str, claims: Sequence[Claim]) -> list[dict[str, Any]]:
    """Claims as rows of ``STUDY_slide_claims.json``, one per claim."""
    found = []
    for claim in by_key(claims).values():
        row: dict[str, Any] = {
            "experiment": study,
            "key": claim.key,
            "claim": claim.sentence,
            "unit": claim.unit,
        }
        for name in ("safe", "risky", "data"):
            side: Side = getattr(claim, name)
            verdict = side.verdict()
            row |= {
                name: side.value,
                f"{name}_claim": side.expects.claim if side.expects else None,
                f"{name}_tolerance": side.expects.limit if side.expects else None,
                f"{name}_bound": side.bound,
                f"{name}_verdict": None if verdict is None else str(verdict),
                f"{name}_counted": side.counted,
                f"{name}_note": "; ".join(t for t in (side.note, side.mark) if t),
            }
        found.append(row | {"verdict": claim.overall(), "switch": claim.switch})
    return found


def slide_records(
    study: str, claims: Sequence[Claim]
) -> dict[str, list[dict[str, Any]]]:
    """Records of the claims by file, to be put among a study's ``records``."""
    return {f"{study.replace('-', '_')}{SUFFIX}": claim_records(study, claims)}
