# make demo   set up, build the demo company, serve it on http://127.0.0.1:8000
# make test   set up, run the tests, those in the browser beside the others
.DEFAULT_GOAL := help
PYTHON ?= python3
PORT ?= 8000
BIN := .venv/bin

.PHONY: help setup demo test test-long crash simulate lint format bench clean

help:
	@sed -n 's/^# make/make/p' Makefile
	@echo "make setup | lint | format | bench | test-long | clean"

setup: .venv/.python-ready src/tactful/web/static/built/.ready

.venv/.python-ready: pyproject.toml uv.lock
	@echo "Setting up .venv ..."
	@$(PYTHON) -c 'import sys; sys.exit("Tactful needs Python 3.11 or newer, this is %d.%d" % sys.version_info[:2] if sys.version_info < (3, 11) else 0)'
	@test -x $(BIN)/python || $(PYTHON) -m venv .venv
	@$(BIN)/python -m pip install --quiet --disable-pip-version-check "uv>=0.9,<1"
	@VIRTUAL_ENV=$(CURDIR)/.venv $(BIN)/uv sync --quiet --frozen --inexact --active --compile-bytecode
	@$(BIN)/python -m compileall -q src
	@touch $@

src/tactful/web/static/built/.ready: .venv/.python-ready package.json package-lock.json $(shell find assets -type f)
	@echo "Building the front end ..."
	@$(BIN)/python assets/build.py
	@touch $@

demo: setup
	@$(BIN)/tactful demo --data demo-data --port $(PORT)

# Two processes, one for each core; browser tests keep one to themselves (they bring an event loop of their own).
BESIDE = tests/segments tests/lake tests/flows/importing

test: setup
	@log=$$(mktemp); { $(BIN)/pytest -m "browser and not slow"; seen=$$?; \
	$(BIN)/pytest -m "not browser and not slow" $(BESIDE); exit $$((seen + $$?)); } >$$log 2>&1 & beside=$$!; \
	$(BIN)/pytest -m "not browser and not slow" $(BESIDE:%=--ignore=%); rest=$$?; \
	wait $$beside; seen=$$?; echo "Beside it, in the browser and then $(BESIDE):"; cat $$log; rm $$log; \
	exit $$((rest + seen))

test-long: setup
	@$(BIN)/pytest -m slow --timeout 1800

crash: setup
	@$(BIN)/pytest -m slow --timeout 3000 -s tests/proofs/test_crash_campaign.py

# N seeds, twenty at a time, each with so many customers: make simulate N=200 FROM=1000 SIZE=100
N ?= 100
FROM ?= 0
SIZE ?= 100

simulate: setup
	@for first in $$(seq $(FROM) 20 $$(($(FROM) + $(N) - 1))); do \
	SIZE=$(SIZE) SEEDS=$${SEEDS:-$$(seq -s, $$first $$((first + 19)))} $(BIN)/pytest -q --timeout 1800 tests/proofs/test_restraint.py || exit 1; done

lint: setup
	@$(BIN)/ruff check .
	@$(BIN)/ruff format --check .
	@$(BIN)/mypy
	@$(BIN)/lint-imports --no-cache

format: setup
	@$(BIN)/ruff check --fix .
	@$(BIN)/ruff format .

bench: setup
	@$(BIN)/python -m bench

clean:
	rm -rf .venv node_modules src/tactful/web/static/built .mypy_cache .ruff_cache .import_linter_cache .hypothesis
