"""The statement ``estimation(...)``: data, their dates, and how many draws."""

from __future__ import annotations

from pathlib import Path

from ..declaration import DeclarationError
from ..general.estimation import Asked
from .blocks import Blocks
from .tokens import Token

# Options that draw, print, or repeat what is computed here anyway.
_SILENT_WORDS = """
bayesian_irf conditional_variance_decomposition conf_sig consider_all_endogenous
consider_only_observed filtered_vars graph_format irf irf_shocks mh_conf_sig mode_check
mode_check_neighbourhood_size mode_check_number_of_points mode_check_symmetric_plots
moments_varendo no_posterior_kernel_density nodecomposition nodiagnostic nodisplay
nograph noprint order plot_priors posterior_nograph smoother tex
"""
_SILENT = frozenset(_SILENT_WORDS.split())
_INSTEAD = {
    "mode_compute": "the mode is searched for with exact gradients",
    "mode_file": "the mode is searched for",
    "mh_jscale": "proposals have the size that fits the number of parameters",
    "mh_tune_jscale": "proposals have the size that fits the number of parameters",
    "lik_init": "states start from their ergodic distribution, or --initial-variance",
    "diffuse_filter": "give --initial-variance",
}


class EstimationStatements(Blocks):
    """Reads what an estimation is asked to do."""

    asked: Asked | None = None

    def _read_statement(self, keyword: Token) -> None:
        """``estimation(options) names;``; the last one of a file counts."""
        options = {n.lower(): v for n, v in self._settings(keyword).items()}
        self._to_semicolon(keyword)
        where, wrong = f"estimation on line {keyword.line}", []

        def whole(name: str, least: int) -> int | None:
            text = options.get(name)
            if text is None:
                return None
            if not text.isdecimal() or int(text) < least:
                wrong.append(
                    f"{where}: '{name} = {text}' is not followed; give one integer "
                    f"from {least} on"
                )
                return None
            return int(text)

        dropped = 0.5
        if "mh_drop" in options:
            try:
                dropped = float(options["mh_drop"])
            except ValueError:
                wrong.append(f"{where}: 'mh_drop' has to be a number")
        name = options.get("datafile", "").strip("'\"")
        notes = [
            f"{where}: {n} is not followed"
            + (f"; {_INSTEAD[n]}." if n in _INSTEAD else ".")
            for n in options
            if n not in _SILENT and n not in _FOLLOWED
        ]
        if options.get("order", "1") != "1":
            wrong.append(f"{where}: the likelihood is that of order 1")
        if self.asked is not None:
            notes.append(f"{where} is the one that counts, earlier ones do not.")
        folder = Path() if self.folder is None else self.folder
        try:
            self.asked = Asked(
                folder / name if name else None,
                whole("first_obs", 1) or 1,
                whole("nobs", 1),
                whole("presample", 0) or 0,
                "loglinear" in options,
                "logdata" in options,
                whole("mh_replic", 0),
                dropped,
                whole("mh_nblocks", 1),
                tuple(notes),
                tuple(wrong),
            )
        except DeclarationError as error:
            raise self.tokens.error(keyword, str(error)) from None


_FOLLOWED = frozenset(
    {
        "datafile",
        "first_obs",
        "nobs",
        "presample",
        "loglinear",
        "logdata",
        "mh_replic",
        "mh_drop",
        "mh_nblocks",
    }
)
