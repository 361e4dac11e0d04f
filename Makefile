# Everything that a person or CI runs. Needed on the machine: make, and Python 3.11 or newer.
# `make help` lists the targets.

.DEFAULT_GOAL := help
SHELL := /bin/sh
PY := .venv/bin/python
PORT ?= 8000
ARGS ?=
ROOMS := kernel common people activities kpis challenges incentives cockpit config
# Tools that look at the code and reach no server.
STATIC := DJANGO_SETTINGS_MODULE=config.settings_for_tools MAILLOT_EMBEDDED=0
PIP := $(PY) -m pip install --disable-pip-version-check --no-input --require-hashes
LOCK := $(PY) -m uv pip compile --universal --python-version 3.11 --generate-hashes \
	--no-emit-index-url --no-header --quiet

.PHONY: help demo test check bench lock format clean

help: ## List the targets
	@sed -n 's/^\([a-z]*\):.*## \(.*\)/  make \1\t\2/p' Makefile | expand -t 16

demo: .venv/run.installed ## Start the product with its demo company (PORT=8000)
	@$(PY) manage.py up --demo --port $(PORT) $(ARGS)

test: check ## Check everything, then run all tests (ARGS go to pytest)
	$(PY) -m pytest -q -n 2 --dist loadfile $(ARGS)

check: .venv/dev.installed ## The fast part: lint, format, types, contracts, migrations, settings
	$(PY) -m ruff check .
	$(PY) -m ruff format --check .
	$(PY) -m mypy $(ROOMS) tests $(if $(wildcard bench/*.py),bench) manage.py
	.venv/bin/lint-imports --no-cache
	$(STATIC) $(PY) -W ignore::RuntimeWarning manage.py makemigrations --check --dry-run
	$(STATIC) $(PY) manage.py check --deploy --fail-level WARNING
	$(STATIC) $(PY) manage.py translations --check

bench: .venv/dev.installed ## Measure; writes JSON to bench/results/
	$(PY) -m bench $(ARGS)

format: .venv/dev.installed ## Format, and mend what the linter can mend
	$(PY) -m ruff check --fix .
	$(PY) -m ruff format .

lock: .venv/dev.installed ## Resolve requirements/*.in again into hashed locks (ARGS=--upgrade)
	$(LOCK) $(ARGS) requirements/run.in -o requirements/run.txt
	$(LOCK) $(ARGS) requirements/dev.in -c requirements/run.txt -o requirements/dev.txt

clean: ## Remove the environment and caches; the data in var/ stays
	rm -rf .venv .mypy_cache .ruff_cache .pytest_cache .hypothesis staticfiles

# The first Python that is new enough and can make an environment.
.venv/bin/python:
	@set -e; chosen=; unfit=; \
	for name in python3.11 python3.12 python3.13 python3 python3.14 python; do \
	  command -v $$name >/dev/null 2>&1 || continue; \
	  $$name -c 'import sys; sys.exit(sys.version_info < (3, 11))' 2>/dev/null || continue; \
	  if $$name -c 'import ensurepip, venv' 2>/dev/null; then chosen=$$name; break; fi; \
	  unfit=$$name; \
	done; \
	if [ -z "$$chosen" ] && [ -n "$$unfit" ]; then \
	  echo "$$unfit cannot make environments: install its venv module (Debian: apt install python3-venv)." >&2; exit 1; fi; \
	if [ -z "$$chosen" ]; then \
	  echo "Python 3.11 or newer is needed and was not found. Install it, then run make again." >&2; exit 1; fi; \
	echo "Environment .venv from $$($$chosen --version) ..."; \
	$$chosen -m venv --clear .venv

# Installed again only when the lock is newer; an install that breaks off leaves no stamp.
.venv/run.installed: requirements/run.txt | .venv/bin/python
	@echo "Installing the locked packages (once, about a minute) ..."
	@$(PIP) -r $<
	@touch $@

.venv/dev.installed: requirements/dev.txt | .venv/bin/python
	@echo "Installing the locked packages and tools (once, about two minutes) ..."
	@$(PIP) -r $<
	@touch $@ .venv/run.installed
