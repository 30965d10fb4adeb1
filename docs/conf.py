"""Settings of the site; `make docs` builds it."""

import logging
import sys
from pathlib import Path

HERE = Path(__file__).parent
sys.path.insert(0, str(HERE))

import pages  # noqa: E402

import fiscax  # noqa: E402

# Its cache says whenever it is asked.
logging.getLogger("jax").setLevel(logging.WARNING)
project, author = "fiscax", "the fiscax authors"
version = release = fiscax.__version__
extensions = [
    "myst_nb",
    "sphinx.ext.autodoc",
    "sphinx.ext.autosummary",
    "sphinx.ext.napoleon",
]
html_theme, html_title = "furo", f"fiscax {version}"
html_static_path, html_css_files = ["style"], ["formulas.css"]
html_show_copyright = False
# Outputs are those that the notebooks ship with; tests hold them against a new run.
nb_execution_mode = "off"
myst_enable_extensions = ["colon_fence"]
# Pages link to files of the project that are not part of the site.
suppress_warnings = [
    "myst.xref_missing",
    "mystnb.unknown_mime_type",
    # Model files and tables have no colours of their own.
    "misc.highlighting_failure",
]
autodoc_typehints, autodoc_member_order = "none", "bysource"
autosummary_generate = False
napoleon_use_rtype, napoleon_preprocess_types = False, False


def setup(app):
    """Write the pages that follow from declarations, notebooks and the report."""
    app.connect("builder-inited", lambda _: pages.write(HERE / "made"))
