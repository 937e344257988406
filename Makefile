# Everything a checkout needs: `make demo`, `make test`. `make help` lists the rest.
SHELL := /bin/bash
.SHELLFLAGS := -eu -o pipefail -c
.DEFAULT_GOAL := help
MAKEFLAGS += --no-print-directory

PYTHON ?= python3
BIN := .venv/bin
INSTEP := $(BIN)/python -m app
INSTALLED := .venv/.installed
RIVAL := benchmarks/.venv/.installed
NODE_RIVALS := benchmarks/rivals/node_modules/.package-lock.json
DATA := .instep
# Hundreds of processes are started here: where nothing compiled is kept, each compiles all it imports.
export PYTHONDONTWRITEBYTECODE :=
# One more than two cores: much of a journey is waiting, for a connector, a browser, a server's end.
JOBS ?= 3
# Who has nothing left to do takes half of what another one still has.
WORKERS = -n $(JOBS) --dist worksteal
COVERAGE ?= 95
WITHOUT_SERVICES := $(wildcard tests/domain tests/qbwc/qbxml tests/qbwc/test_calls.py \
	tests/qbwc/test_qwc_file.py tests/qbwc/test_soap.py tests/qbwc/test_wsdl.py tests/simulator \
	tests/app/test_ids.py tests/app/test_logging.py tests/app/test_passwords.py \
	tests/app/test_processes.py tests/app/test_settings.py \
	tests/test_answers_doc.py tests/test_architecture.py tests/test_docs.py \
	tests/test_sync_states_doc.py)

.PHONY: help demo test coverage fast lint style types imports compiled fmt fuzz schema reference examples clients compare released screenshots bench lock clean

help: ## list the targets
	@sed -n 's/^\([a-z]*\):.*## \(.*\)/  make \1\t\2/p' Makefile | expand -t 18

demo: $(INSTALLED) ## run everything on this machine, one edit end to end (ONCE=1: then exit)
	@exec $(INSTEP) demo $(if $(ONCE),--once)

test: $(INSTALLED) ## lint, types, import contracts and all tests, on private servers
	@$(MAKE) -j2 lint compiled
	@$(BIN)/python -m pytest -q $(WORKERS)

coverage: $(INSTALLED) ## all tests again, with branch coverage (COVERAGE: the least, in percent)
	@$(BIN)/python -m pytest -q $(WORKERS) --cov --cov-fail-under=$(COVERAGE)

fast: lint ## the same without what needs PostgreSQL or Redis
	@$(BIN)/python -m pytest -q $(WORKERS) --no-services $(WITHOUT_SERVICES)

lint: style types imports

style: $(INSTALLED)
	@$(BIN)/ruff check --quiet
	@$(BIN)/ruff format --check --quiet || { echo "Unformatted code: run 'make fmt'." >&2; exit 1; }

types: $(INSTALLED)
	@$(BIN)/mypy --no-error-summary

imports: $(INSTALLED)
	@report=$$(PYTHONPATH=. $(BIN)/lint-imports 2>&1) || { echo "$$report" >&2; exit 1; }

# Else each worker would compile all tests for itself, at the same time. What fails here fails there too.
compiled: $(INSTALLED)
	@$(BIN)/python -m pytest -qq --collect-only --no-services >/dev/null 2>&1 || true

fmt: $(INSTALLED) ## format the code and mend what ruff can mend
	@$(BIN)/ruff check --fix --quiet || true
	@$(BIN)/ruff format

fuzz: $(INSTALLED) ## two thousand documents made from the schema, against the running service
	@$(BIN)/python -m pytest -q -n 0 --fuzz 28 tests/schema/test_fuzz.py

schema: $(INSTALLED) ## write schema/schema.graphql anew
	@$(INSTEP) schema > schema/schema.graphql.new
	@mv schema/schema.graphql.new schema/schema.graphql

reference: $(INSTALLED) ## write the API reference and the recipes anew, from schema and examples
	@$(BIN)/python -m app.api_docs

examples: $(INSTALLED) ## write the answers of docs/api/examples anew, as the service gives them now
	@$(BIN)/python -m pytest -q -n 0 --write-examples tests/api/test_examples.py
	@$(BIN)/python -m app.api_docs

clients: $(INSTALLED) ## generate the typed clients of examples/ anew
	@$(BIN)/python -m tests.api.typed_clients

compare: $(INSTALLED) ## what changed in the API since the last release; fails on what breaks clients
	@$(BIN)/python -m app.api_release compare

released: $(INSTALLED) ## cutting a release: keep the present API as the one that partners have
	@$(BIN)/python -m app.api_release keep

screenshots: $(INSTALLED) ## every screen of the console, light and dark, and README's two of them
	@$(BIN)/python -m tests.screenshots

bench: $(INSTALLED) $(RIVAL) $(NODE_RIVALS) ## measure what the service promises (PARTS: some of it)
	@exec $(BIN)/python -m benchmarks $(PARTS)

# What `bench` compares with has dependencies of its own; nothing else ever sees them.
$(RIVAL): benchmarks/requirements.txt
	@$(PYTHON) -m venv --clear benchmarks/.venv
	@echo "Installing what is compared with into benchmarks/.venv (once) ..."
	@benchmarks/.venv/bin/python -m pip install -qq --disable-pip-version-check --require-hashes -r $<
	@touch $@

# Without Node.js the comparison with its servers is left out, and the benchmark says so.
$(NODE_RIVALS): benchmarks/rivals/package-lock.json
	@if command -v npm >/dev/null; then cd benchmarks/rivals && npm ci --silent --ignore-scripts --no-audit --no-fund; fi

# One pinned file for production, demo and tests; it names versions and hashes, never a place.
lock: $(INSTALLED) ## pin the newest allowed dependencies in requirements.txt
	@$(BIN)/python -m pip install --quiet --disable-pip-version-check uv
	@$(BIN)/python -m uv pip compile pyproject.toml --extra embedded --extra tracing --extra dev --upgrade --quiet \
		--universal --python-version 3.11 --generate-hashes --no-header --no-annotate \
		--no-emit-index-url --no-emit-find-links --output-file requirements.new
	@{ echo "# Generated from pyproject.toml by 'make lock'."; cat requirements.new; } > requirements.txt
	@$(BIN)/python -m uv pip compile pyproject.toml --extra tracing --constraint requirements.txt --quiet --universal \
		--python-version 3.11 --generate-hashes --no-header --no-annotate \
		--no-emit-index-url --no-emit-find-links --output-file requirements.new
	@{ echo "# The part of requirements.txt that a production image needs; generated by 'make lock'."; \
		cat requirements.new; } > requirements-service.txt
	@rm -f requirements.new

clean: ## stop the private servers, remove their data and all caches
	@test ! -d $(DATA) || $(PYTHON) -c 'import app.embedded, pathlib; app.embedded.remove_servers(pathlib.Path("$(DATA)"))'
	@rm -rf .mypy_cache .pytest_cache .ruff_cache .import_linter_cache .hypothesis .coverage .coverage.*
	@find . -name __pycache__ -not -path './.venv/*' -prune -exec rm -rf {} +

$(INSTALLED): requirements.txt
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' 2>/dev/null || { echo \
		"Instep needs Python 3.11 or newer: install it, or name it, as in 'make test PYTHON=python3.12'." \
		>&2; exit 1; }
	@$(BIN)/python -c 'import pip' 2>/dev/null || $(PYTHON) -m venv --clear .venv >/dev/null || { echo \
		"Python's venv module is missing: install it (on Debian and Ubuntu: apt install python3-venv)." \
		>&2; exit 1; }
	@echo "Installing pinned dependencies into .venv (once, a minute or two) ..."
	@$(BIN)/python -m pip install -qq --no-compile --disable-pip-version-check --require-hashes -r requirements.txt
	@printf '%s\n' '#!/bin/sh' 'here=$$(cd "$$(dirname "$$0")" && pwd)' \
		'PYTHONPATH="$$here/../.." exec "$$here/python" -m app "$$@"' > $(BIN)/instep
	@chmod +x $(BIN)/instep
	@touch $@
