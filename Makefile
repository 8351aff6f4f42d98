# `make verify` and `make test-all` do everything. They need python3 (3.11 or newer) with pip and venv, and make.

PYTHON ?= python3
VENV   ?= .venv
BIN    := $(VENV)/bin
READY  := $(VENV)/ready

.PHONY: verify test test-all gates format tables docs clean

verify: $(READY)    ## every shipped era; `make verify SPEC=my.hvs` verifies your own
	$(BIN)/hvcheck verify $(SPEC)

test: $(READY)      ## the fast tests
	$(BIN)/python -m pytest -n auto --dist worksteal

test-all: $(READY)  ## the slow ones too; what is timed runs alone
	$(BIN)/python -m pytest -m "slow or not slow" -n auto --dist worksteal --ignore tests/benchmarks
	$(BIN)/python -m pytest -m "slow or not slow" tests/benchmarks

gates: $(READY)     ## format, lint, types, direction of imports
	$(BIN)/ruff format --check .
	$(BIN)/ruff check .
	$(BIN)/mypy
	$(BIN)/lint-imports

format: $(READY)
	$(BIN)/ruff format .
	$(BIN)/ruff check --fix .

tables: $(READY)    ## the parser's tables, after a change of grammar.lark
	$(BIN)/python -m hvspec.tables

docs: $(READY)      ## the pictures and outputs in the documentation, from real runs
	$(BIN)/python docs/make_pictures.py
	$(BIN)/python tests/docs/refresh.py

clean:
	rm -rf $(VENV) .mypy_cache .pytest_cache .ruff_cache .import_linter_cache .hypothesis

# pip reads dependency groups from 25.1 on, so the environment's own pip is brought up to date first.
$(READY): pyproject.toml constraints.txt
	$(PYTHON) -m venv $(VENV)
	$(BIN)/python -m pip install --quiet --disable-pip-version-check --constraint constraints.txt --upgrade pip
	$(BIN)/python -m pip install --quiet --constraint constraints.txt --editable . --group dev
	touch $@
