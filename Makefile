# make run    a server with its demo page on http://127.0.0.1:8000 (PORT changes it)
# make test   everything the project checks about itself
# The environment (.venv) and the widget are made when they are missing or older than what they are made from.

.DELETE_ON_ERROR:
SHELL := /bin/sh
PYTHON := .venv/bin/python
ENVIRONMENT := .venv/.installed
TOOLS := .venv/.installed-dev
NODE_MODULES := widget/node_modules/.package-lock.json
WIDGET := server/chatdock/web/static/widget/manifest.json
WIDGET_SOURCES := $(shell find widget/src widget/scripts) widget/package.json widget/tsconfig.json
PIP := $(PYTHON) -m pip --disable-pip-version-check --quiet --no-input

.PHONY: run test bench chaos widget format lint types lock clean docker-steps environment screenshots

run: $(ENVIRONMENT) $(WIDGET)
	@exec .venv/bin/chatdock dev --no-reload

test:
	@exec scripts/check

bench: $(TOOLS) $(WIDGET)
	@status=0; bench/run || status=1; (cd widget && npm run --silent bench) || status=1; exit $$status

# Kills and restarts everything under clients that post and watch. SECONDS, SEED and CLIENTS may be given.
chaos: $(TOOLS) $(WIDGET)
	@exec $(PYTHON) -m chaos --on workers --seconds $(or $(SECONDS),120) $(if $(SEED),--seed $(SEED)) $(if $(CLIENTS),--clients $(CLIENTS))

environment: $(TOOLS) $(WIDGET)

widget: $(WIDGET)

format: $(TOOLS) $(NODE_MODULES)
	$(PYTHON) -m ruff format .
	$(PYTHON) -m ruff check --fix-only --quiet .
	cd widget && npm run --silent format

lint: $(TOOLS) $(NODE_MODULES)
	$(PYTHON) -m ruff format --check .
	$(PYTHON) -m ruff check .
	cd widget && npm run --silent lint

types: $(TOOLS) $(NODE_MODULES)
	$(PYTHON) -m mypy
	cd widget && npm run --silent types

docker-steps: $(TOOLS)
	$(PYTHON) scripts/docker-steps

screenshots: $(TOOLS) $(WIDGET)
	$(PYTHON) scripts/screenshots

# The only target that needs uv: three lock files for every platform, with hashes and no name of an index. UPGRADE=--upgrade moves versions.
COMPILE = uv pip compile --quiet --universal --generate-hashes --no-header --no-annotate --python-version 3.11
lock:
	$(COMPILE) $(UPGRADE) --group dev --output-file requirements-dev.lock pyproject.toml
	$(COMPILE) --constraint requirements-dev.lock --output-file requirements.lock pyproject.toml
	$(COMPILE) --constraint requirements-dev.lock --output-file requirements-build.lock --group build

clean:
	rm -rf .venv widget/node_modules widget/.cache widget/dist server/chatdock/web/static dist build .pytest_cache .mypy_cache .ruff_cache

.venv/bin/python:
	@scripts/make-environment

$(ENVIRONMENT): requirements.lock requirements-build.lock pyproject.toml | .venv/bin/python
	@echo "Installing Python packages ..."
	@$(PIP) install --require-hashes --requirement requirements.lock --requirement requirements-build.lock
	@$(PIP) install --no-deps --no-build-isolation --editable .
	@touch $@

$(TOOLS): $(ENVIRONMENT) requirements-dev.lock
	@echo "Installing Python packages for development ..."
	@$(PIP) install --require-hashes --requirement requirements-dev.lock
	@touch $@

$(NODE_MODULES): widget/package.json widget/package-lock.json
	@scripts/need-node
	@echo "Installing Node packages ..."
	@cd widget && npm ci --loglevel=error --no-audit --no-fund >/dev/null
	@touch $@

$(WIDGET): $(NODE_MODULES) $(WIDGET_SOURCES)
	@echo "Building the widget ..."
	@cd widget && npm run --silent build >/dev/null
	@touch $@
