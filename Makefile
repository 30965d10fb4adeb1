# fiscax: what a newcomer needs is `make report` and `make test`.
# Python 3.11 or newer is found as python3; another one: make PYTHON=python3.12 test

PYTHON ?= python3
VENV   := .venv
BIN    := $(VENV)/bin
STAMP  := $(VENV)/.installed
SITE   := $(VENV)/.site
# Processes that share the tests, file by file; each holds up to 4 GB.
WORKERS ?= 2

.PHONY: help install report app docs test rest check notebooks slow bench profile accuracy figure solutions pins clean

help:
	@echo "make report     solve the economies, write out/report/index.html"
	@echo "make app        write the page that a class plays with, out/app/index.html"
	@echo "make test       linter, formatter, types, layers, tests"
	@echo "make rest       the tests marked slow, notebooks and most of the README among them"
	@echo "make slow       those, and the tests marked nightly, one after another"
	@echo "make docs       build the site, out/docs/index.html, with the report's figures"
	@echo "make notebooks  execute every notebook and write its outputs"
	@echo "make bench      time the import, the command line and the solvers"
	@echo "make profile    where a command's seconds go, by program and stage; COMMAND='run theta'"
	@echo "make accuracy   Euler errors and certificates, in out/accuracy and out/certificates"
	@echo "make solutions  solve the shipped economies anew"
	@echo "make figure     redraw the picture of the README"

install: $(STAMP)

$(STAMP): pyproject.toml constraints.txt
	@$(PYTHON) -c 'import sys; sys.exit(0 if sys.version_info >= (3, 11) else "fiscax needs Python 3.11 or newer; try make PYTHON=python3.12")'
	test -x $(BIN)/python || $(PYTHON) -m venv $(VENV)
	$(BIN)/python -m pip install --quiet --disable-pip-version-check --no-compile -c constraints.txt -e '.[dev]'
	@touch $@

report: $(STAMP)
	$(BIN)/fiscax report --out out/report

app: $(STAMP)
	$(BIN)/fiscax app --out out/app

check: $(STAMP)
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/pyright --threads $(WORKERS)
	$(BIN)/lint-imports

# Whole files, so that their fixtures are made once; tests/conftest.py orders them.
SHARED := -n $(WORKERS) --dist loadfile --no-loadscope-reorder

test: check
	$(BIN)/python -m pytest $(SHARED)

rest: $(SITE)
	$(BIN)/python -m pytest $(SHARED) -m 'slow and not nightly'

slow: $(STAMP)
	$(BIN)/python -m pytest -m 'slow or nightly'

notebooks: $(STAMP)
	$(BIN)/python tests/oracles/notebook_outputs.py

$(SITE): $(STAMP)
	$(BIN)/python -m pip install --quiet --disable-pip-version-check -c constraints.txt -e '.[docs]'
	@touch $@

docs: $(SITE) report
	$(BIN)/python -m sphinx -W --keep-going -q -b html docs out/docs
	@echo out/docs/index.html

bench: $(STAMP)
	$(BIN)/python -m pytest -q -s tests/benchmarks -o python_files='bench_*.py'

# With an empty FISCAX_CACHE_DIR it shows a first run.
COMMAND ?= run regimes
profile: $(STAMP)
	$(BIN)/python tests/benchmarks/profile_programs.py --out out/profile $(COMMAND)

accuracy: $(STAMP)
	$(BIN)/fiscax run accuracy --out out/accuracy
	$(BIN)/fiscax run certificates --out out/certificates

# The table of the talk, as the report measured it.
figure: report
	$(BIN)/python docs/figure.py out/report docs/figure.svg

# After a change of models, parameters or solvers: solve what fiscax ships anew, which is
# what the report asks for, and write what drives every number.
SOLVED := calibration/economies/solved
STORE  := from pathlib import Path; from fiscax.calibration.economies import store
solutions: export FISCAX_CACHE_DIR := $(CURDIR)/out/solutions
solutions: $(STAMP)
	rm -rf $(FISCAX_CACHE_DIR)/solutions $(SOLVED)/*.npz
	$(BIN)/python -c '$(STORE); store.solve_shipped()'
	$(BIN)/fiscax report --fresh --out out/solutions/report
	$(BIN)/python -c '$(STORE); store.ship(Path("out/solutions/solutions"))'
	$(BIN)/python -c 'from fiscax.experiments.regimes.study import ship_drivers; ship_drivers()'
	$(BIN)/fiscax app --solve --out out/solutions/app
	cp out/solutions/app/app.json experiments/app/data/app.json

# After an upgrade: write the versions that are installed now into constraints.txt.
pins: $(SITE)
	$(BIN)/python -m pip freeze --all --exclude fiscax --exclude pip --exclude-editable > constraints.txt

clean:
	rm -rf out build dist .pytest_cache .ruff_cache
