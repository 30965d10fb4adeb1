"""The site: pages that follow from declarations, and a build without a warning."""

import importlib.util
import json
import re
import subprocess
import sys

import pytest

import fiscax


def loaded(root, name):
    spec = importlib.util.spec_from_file_location(name, root / "docs" / f"{name}.py")
    assert spec is not None and spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


@pytest.fixture(scope="module")
def pages(root):
    return loaded(root, "pages")


def test_every_page_of_the_site_is_in_its_contents(root, pages):
    text = (root / "docs" / "index.md").read_text(encoding="utf-8")
    listed = set(re.findall(r"^[\w/-]+$", text, re.MULTILINE))
    written = {"tutorial"} | {
        f"how-to/{p.stem}" for p in (root / "docs" / "how-to").glob("*.md")
    }
    notebooks = {f"made/notebooks/{p.stem}" for p in pages.NOTEBOOKS.glob("*.ipynb")}
    assert listed == written | notebooks | {
        "made/models/index",
        "made/interface",
        "made/gallery",
    }


def test_the_interface_has_every_public_name(pages):
    text = pages.interface()
    for name in fiscax.__all__:
        assert f"\n## fiscax.{name}\n" in text


def test_the_gallery_has_every_figure_with_its_command(pages, tmp_path, monkeypatch):
    report = tmp_path / "report"
    report.mkdir()
    (report / "theta.svg").write_text("<svg/>")
    kept = {"theta": {"files": {"theta.svg": "", "theta.csv": ""}}}
    (report / ".report.json").write_text(json.dumps(kept))
    monkeypatch.setattr(pages, "REPORT", report)
    text = pages.gallery(tmp_path / "made")
    assert "`fiscax run theta --out out/theta`" in text
    assert fiscax.studies().loc["theta", "question"] in text
    assert (tmp_path / "made" / "figures" / "theta.svg").exists()


def test_a_model_has_a_page_with_every_equation_and_parameter(pages):
    economy, text = fiscax.economy("risky"), pages.model("risky")
    assert text.count('<div class="formula">') == len(economy.equations)
    for name, row in economy.parameters.iterrows():
        assert f"<td>{name}</td>" in text, row
    # What the formulas' font cannot draw would be code.
    assert '<div class="formula"><code>' not in text


def test_the_picture_has_every_row_of_the_talk(root):
    figure = loaded(root, "figure")
    shown = {t.get_text() for t in figure.draw({}).axes[0].texts}
    assert {row.asks for row in figure.talk.TALK} <= shown


@pytest.mark.slow
@pytest.mark.timeout(900)
def test_the_site_is_built_without_a_warning(root, tmp_path):
    pytest.importorskip("sphinx", reason="the site needs `make docs` or `make rest`")
    options = ["-W", "--keep-going", "-q", "-b", "html"]
    where = [str(root / "docs"), str(tmp_path / "site")]
    done = subprocess.run(
        [sys.executable, "-m", "sphinx", *options, *where],
        capture_output=True,
        text=True,
        timeout=800,
    )
    assert done.returncode == 0, done.stderr
    for page in ("index", "tutorial", "made/models/risky", "made/interface"):
        assert (tmp_path / "site" / f"{page}.html").exists()
