# Everything a person types. `make help` lists it; nothing here needs more than python3, git, make.

PYTHON ?= python3
PORT ?= 8080
PYTEST_ARGS ?=

BIN := .venv/bin
UV := $(BIN)/uv
export UV_PYTHON_DOWNLOADS := never

INPUTS := pyproject.toml sdk/pyproject.toml uv.lock hatch_build.py frontend.json
RUN := .venv/.made-to-run
DEV := .venv/.made-to-develop
FRONTEND := src/gatelodge/web/static/vendor/manifest.json

# The code without I/O: every branch of it is covered by its own tests.
PURE := oauth catalog identity directory
PURE_GATEWAY := routing access limits headers
PURE_TESTS := $(wildcard $(PURE:%=tests/%) \
	$(foreach name,$(PURE_GATEWAY),tests/gateway/test_$(name).py tests/gateway/test_$(name)_*.py))
WORKERS ?= 2

.DELETE_ON_ERROR:
.DEFAULT_GOAL := help
.PHONY: help serve test check docs format bench bench-nodes bench-growth bench-overload reference clean

help: ## list these commands
	@grep -hE '^[a-z-]+:.*##' Makefile | sed -E 's/:[^#]*## /\t/' | expand -t 14

serve: $(RUN) $(FRONTEND) ## start the demo on http://localhost:8080 (another port: PORT=9000)
	@exec $(BIN)/gatelodge serve --demo --port $(PORT)

test: $(DEV) $(FRONTEND) ## install PostgreSQL, Valkey, nginx, Caddy and Chromium where allowed, and run every test
	@scripts/install-test-tools
	$(BIN)/coverage erase
	$(BIN)/coverage run -m pytest $(PURE_TESTS) $(PYTEST_ARGS)
	$(BIN)/coverage combine --quiet
	$(BIN)/coverage report
	$(BIN)/python -m pytest -n $(WORKERS) --dist loadfile $(PURE_TESTS:%=--ignore=%) $(PYTEST_ARGS)

check: $(DEV) $(FRONTEND) docs ## format, lint, types, import contracts, sizes, words and docs
	$(UV) lock --check
	$(BIN)/ruff format --check .
	$(BIN)/ruff check .
	$(BIN)/mypy
	$(BIN)/lint-imports
	$(BIN)/python -m pytest -q tests/house --ignore=tests/house/test_programs.py

docs: $(DEV) ## build the documentation as a site in build/site; a dead link fails
	$(BIN)/python -m scripts.pages
	$(BIN)/zensical build --strict --clean

format: $(DEV) ## rewrite the code the way `make check` wants it
	$(BIN)/ruff check --fix-only .
	$(BIN)/ruff format .

reference: $(DEV) ## write docs/reference from the code
	$(BIN)/python -m scripts.reference

bench: $(DEV) $(FRONTEND) ## measure, beside the floor of this machine, and print ratios
	$(BIN)/python bench/run.py

bench-nodes: $(DEV) $(FRONTEND) ## measure two nodes: from a revoke to its effect, and counting in Valkey
	$(BIN)/python bench/nodes.py

bench-growth: $(DEV) $(FRONTEND) ## measure one with 10 million refresh tokens beside an empty one
	$(BIN)/python bench/growth.py

bench-overload: $(DEV) $(FRONTEND) ## measure three times the most, and a storm of sign-ins
	$(BIN)/python bench/overload.py

clean: ## remove everything that is made
	rm -rf .venv .cache .mypy_cache .ruff_cache .pytest_cache .import_linter_cache .hypothesis dist build
	rm -rf .coverage* htmlcov screenshots src/gatelodge/web/static/vendor
	find . -name __pycache__ -type d -prune -exec rm -rf {} +

$(UV): scripts/make-venv
	@scripts/make-venv "$(PYTHON)"

# Not exact: what development added stays when the server is started again.
$(RUN): $(INPUTS) $(UV)
	$(UV) sync --frozen --no-dev --inexact --reinstall-package gatelodge
	@touch $@

$(DEV): $(INPUTS) $(UV)
	$(UV) sync --frozen --inexact --reinstall-package gatelodge
	@touch $@ $(RUN)

# Made by the build hook; missing only when somebody removed it.
$(FRONTEND):
	$(UV) sync --frozen --no-dev --inexact --reinstall-package gatelodge
