# `make` prints this list. Everything lives in .venv/ (environment) and var/ (local state); git ignores both.

PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
PIP = $(BIN)/python -m pip --disable-pip-version-check --no-input -qq
# wheels/ (make wheels) takes the place of the package registry: for an office without internet.
FROM := $(if $(wildcard wheels),--no-index --find-links wheels)
INSTALL = $(PIP) install --no-compile --no-deps --no-warn-script-location
LOCK = $(BIN)/uv pip compile --quiet --universal --python-version 3.11 --generate-hashes \
	--no-header --no-annotate --no-emit-index-url --no-emit-find-links
MODULES := gateway menus models
WORDS := gateway/console/translations

.DEFAULT_GOAL := help
.PHONY: help run test faults ha fuzz setup check bench sbom lock wheels words clean

help: ## this list
	@awk -F ':.*## ' '/^[a-z]+:.*## / {printf "  make %-8s %s\n", $$1, $$2}' Makefile

run: setup ## start web and worker for practice, on http://127.0.0.1:$PORT (8000)
	@exec $(BIN)/beliperak run

setup: $(VENV)/.run ## only the environment: .venv/bin/beliperak
	@:

test: $(VENV)/.dev ## every test; ARGS="-k danger" for some
	@$(BIN)/pytest -n auto $(ARGS)

faults: $(VENV)/.dev ## a simulated quarter with its faults; ARGS=quarter for one section
	@$(BIN)/python -m tests.faults $(ARGS)

ha: $(VENV)/.dev ## nodes killed under Patroni on this machine (Debian packages); ARGS=frozen for one
	@$(BIN)/python -m tests.ha $(ARGS)

fuzz: $(VENV)/.dev ## a million random and adversarial inputs; N=20000 for fewer
	@$(BIN)/python -m tests.faults.fuzzing $(or $(N),1000000)

sbom: $(VENV)/.dev ## the bill of materials (CycloneDX) of what it runs on: var/sbom.json
	@mkdir -p -m 700 var
	@$(BIN)/cyclonedx-py requirements --output-reproducible --of JSON -o var/sbom.json requirements.txt
	@echo "var/sbom.json"

check: $(VENV)/.dev ## lint, format, types
	@$(BIN)/ruff check .
	@$(BIN)/ruff format --check .
	@$(BIN)/mypy

bench: $(VENV)/.dev ## measure against goals and peers; ARGS="--quick", ARGS="--out docs/performance.md"
	@$(BIN)/python -m bench.others && $(BIN)/python -m bench $(ARGS)

lock: $(VENV)/.dev ## refresh the lock files; UPGRADE=--upgrade for the newest of everything
	@$(LOCK) $(UPGRADE) pyproject.toml --output-file requirements.txt
	@$(LOCK) $(UPGRADE) --group dev --constraint requirements.txt --output-file requirements-dev.txt
	@printf 'hatchling\neditables\n' | $(LOCK) $(UPGRADE) - --output-file requirements-build.txt
	@echo "Locked. Run: make test"

wheels: $(VENV)/.made ## fill wheels/ for an office without internet; copy it there, then make setup
	@$(PIP) download --no-deps --only-binary :all: --require-hashes --dest wheels -r requirements.txt
	@$(PIP) download --no-deps --only-binary :all: --require-hashes --dest wheels -r requirements-build.txt
	@echo "wheels/ holds $$(ls wheels | wc -l) packages for this kind of machine and $$($(BIN)/python -V)."

words: $(VENV)/.dev ## take the console's texts into its English catalogue and compile it
	@$(BIN)/pybabel -q extract --mapping $(WORDS)/babel.cfg --no-location --sort-output --omit-header --output $(WORDS)/messages.pot .
	@$(BIN)/pybabel -q update --no-fuzzy-matching --ignore-obsolete --no-wrap --locale en --input-file $(WORDS)/messages.pot --output-dir $(WORDS)
	@rm $(WORDS)/messages.pot
	@$(BIN)/pybabel -q compile --locale en --directory $(WORDS)

clean: ## remove the environment and what tools left; var/ stays
	@rm -rf $(VENV) .pytest_cache .mypy_cache .ruff_cache .hypothesis .coverage htmlcov
	@find $(MODULES) tests -name __pycache__ -type d -prune -exec rm -rf {} +

# Stamps: what they stand for is done again only when a file before the bar changes.

$(VENV)/.made:
	@command -v $(PYTHON) >/dev/null || { echo "Python is missing. On Debian or Ubuntu: sudo apt-get install python3 python3-venv" >&2; exit 1; }
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' || { echo "$$($(PYTHON) -V) is too old: Python 3.11 or newer is needed (make setup PYTHON=python3.12 names another)" >&2; exit 1; }
	@$(PYTHON) -c 'import ensurepip, venv' 2>/dev/null || { echo "Python's venv is missing. On Debian or Ubuntu: sudo apt-get install python3-venv" >&2; exit 1; }
	@echo "Making $(VENV)/ ..."
	@$(PYTHON) -m venv $(VENV)
	@touch $@

$(VENV)/.run: requirements.txt requirements-build.txt pyproject.toml | $(VENV)/.made
	@echo "Installing what it runs on (under a minute the first time) ..."
	@$(INSTALL) $(FROM) --require-hashes -r requirements.txt -r requirements-build.txt
	@$(INSTALL) --no-build-isolation --editable .
	@touch $@

$(VENV)/.dev: requirements-dev.txt $(VENV)/.run
	@echo "Installing what it is tested with ..."
	@$(INSTALL) --require-hashes -r requirements-dev.txt
	@touch $@
