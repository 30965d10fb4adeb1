"""What is estimated: parameters, their bounds, and priors of Dynare's families.

A prior is declared by its mean and standard deviation; what its density needs follows
(``solvers.estimation.priors``).
"""

from __future__ import annotations

import math
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

import sympy as sp

from ..declaration import DeclarationError, not_found

# Family -> how many numbers after mean and standard deviation it takes.
FAMILIES = {
    "beta": 2,
    "gamma": 1,
    "normal": 0,
    "inv_gamma": 1,
    "inv_gamma2": 1,
    "uniform": 2,
    "weibull": 1,
}
# Of a standard deviation that is infinite: these two still have a mean.
_HEAVY = ("inv_gamma", "inv_gamma2")


@dataclass(frozen=True)
class Prior:
    """A family, its mean and standard deviation, and where its support lies.

    Attributes
    ----------
    family : a key of ``FAMILIES``. ``inv_gamma`` is that of a standard deviation (type
        1), ``inv_gamma2`` that of a variance.
    mean, standard_deviation : of the parameter; infinite deviations are for the inverse
        gamma families only.
    low, high : ends of the support of beta and uniform, which are [0, 1] and what mean
        and deviation say where they are not given; ``low`` is the shift of gamma,
        inverse gamma and Weibull.

    Raises
    ------
    DeclarationError
        No such family, a mean outside the support, a deviation that is not positive.
    """

    family: str
    mean: float
    standard_deviation: float
    low: float | None = None
    high: float | None = None

    def __post_init__(self) -> None:
        """Refuse what is no distribution."""
        if self.family not in FAMILIES:
            raise DeclarationError(not_found("prior", self.family, list(FAMILIES)))
        low, high = self.support
        if not low < high:
            raise DeclarationError(
                f"prior {self.family}: support from {low:g} to {high:g}"
            )
        if not low < self.mean < high:
            raise DeclarationError(
                f"prior {self.family}: its mean {self.mean:g} lies outside its support "
                f"from {low:g} to {high:g}"
            )
        size = self.standard_deviation
        if not size > 0 or (math.isinf(size) and self.family not in _HEAVY):
            raise DeclarationError(
                f"prior {self.family}: its standard deviation has to be positive"
                f"{'' if math.isinf(size) else f', not {size:g}'}"
            )
        if self.family == "beta":
            largest = math.sqrt((self.mean - low) * (high - self.mean))
            if not size < largest:
                raise DeclarationError(
                    f"prior beta with mean {self.mean:g}: its standard deviation "
                    f"{size:g} has to be less than {largest:g}"
                )

    @property
    def support(self) -> tuple[float, float]:
        """Where the density is positive."""
        if self.family == "normal":
            return -math.inf, math.inf
        if self.family == "uniform":
            half = math.sqrt(3.0) * self.standard_deviation
            low = self.mean - half if self.low is None else self.low
            return low, self.mean + half if self.high is None else self.high
        low = 0.0 if self.low is None else self.low
        if self.family == "beta":
            return low, 1.0 if self.high is None else self.high
        return low, math.inf


def uniform(low: float, high: float) -> Prior:
    """The uniform prior between two ends."""
    return Prior("uniform", (low + high) / 2, (high - low) / math.sqrt(12.0), low, high)


@dataclass(frozen=True)
class Estimated:
    """A parameter that is estimated.

    Attributes
    ----------
    parameter : its name in the model; label : how tables call it.
    prior : None for maximum likelihood.
    initial : where searches start; the prior's mean, or the model's value, if None.
    low, high : bounds, beside the support of the prior.

    Raises
    ------
    DeclarationError
        Nothing lies between the bounds, or the start does not.
    """

    parameter: str
    prior: Prior | None = None
    initial: float | None = None
    low: float = -math.inf
    high: float = math.inf
    label: str = ""

    def __post_init__(self) -> None:
        """Refuse what cannot be estimated."""
        low, high = self.interval
        if not low < high:
            raise DeclarationError(
                f"'{self.parameter}' is estimated between {low:g} and {high:g}: "
                "nothing lies there"
            )
        if self.initial is not None and not low < self.initial < high:
            raise DeclarationError(
                f"'{self.parameter}' starts at {self.initial:g}, which is not between "
                f"{low:g} and {high:g}"
            )

    @property
    def interval(self) -> tuple[float, float]:
        """Bounds and support of the prior together."""
        if self.prior is None:
            return self.low, self.high
        low, high = self.prior.support
        return max(self.low, low), min(self.high, high)

    @property
    def name(self) -> str:
        """How tables call it."""
        return self.label or self.parameter


@dataclass(frozen=True)
class Asked:
    """What a file asks an estimation to do, beside what is estimated.

    Attributes
    ----------
    data : file of observations, perhaps without its ending.
    first, count : first row that is used, from one on, and how many; None: to the end.
    presample : first of these dates that start the filter and are not judged.
    logs : observables are taken in logarithms; logged : data are logarithms already.
    draws : of each chain, those included that are dropped; zero for the mode alone.
    dropped : share of them at the start. chains : how many.
    notes : what is not followed, in words.
    wrong : what cannot be followed, although numbers depend on it.
    """

    data: Path | None = None
    first: int = 1
    count: int | None = None
    presample: int = 0
    logs: bool = False
    logged: bool = False
    draws: int | None = None
    dropped: float = 0.5
    chains: int | None = None
    notes: tuple[str, ...] = ()
    wrong: tuple[str, ...] = ()

    def __post_init__(self) -> None:
        """Refuse a share of draws that is none."""
        if not 0 <= self.dropped < 1:
            raise DeclarationError(
                f"the share of draws that is dropped is {self.dropped:g}; it lies "
                "between 0 and 1"
            )


@dataclass(frozen=True)
class Estimation:
    """What a model says about its estimation.

    Attributes
    ----------
    estimated : parameters, in order.
    trends : observable -> growth per period that data have and the model has not, in
        parameters.
    missing : what was asked for and could not be read, in words.
    asked : data and draws, where the file says which.
    """

    estimated: tuple[Estimated, ...] = ()
    trends: Mapping[str, sp.Expr] = field(default_factory=dict)
    missing: tuple[str, ...] = ()
    asked: Asked | None = None


def check_estimated(
    estimated: Sequence[Estimated], known: Collection[str], settled: Collection[str]
) -> None:
    """Refuse estimated parameters that a model does not have, or computes.

    Raises
    ------
    DeclarationError
        Naming the parameter.
    """
    names = [e.parameter for e in estimated]
    for name in names:
        if name not in known:
            raise DeclarationError(not_found("parameter", name, list(known)))
        if name in settled:
            raise DeclarationError(
                f"'{name}' follows from the steady state and cannot be estimated"
            )
        if names.count(name) > 1:
            raise DeclarationError(f"'{name}' is estimated twice")
