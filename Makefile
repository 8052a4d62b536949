# Everything here works in .venv in this folder and needs Python 3.11+ with venv, make, and a package index.
#
#   make demo           load the fictional sample network, print its exposure table, serve the app until Ctrl-C
#   make demo SERVE=0   the same without the app
#   make test           all tests; some: make test ARGS="-k store"; side by side, with servers of their own: WORKERS=2
#   make check          lint, types, import rules, generated docs, Cypher
#   make bench          benchmarks
#   make constraints    pin the newest versions of everything anew
#   make clean          remove what all of this made, but for the code
#
# Another Python: make PYTHON=python3.13 demo

PYTHON ?= python3
SERVE ?= 1
ARGS ?=
WORKERS ?=

VENV := .venv
BIN := $(VENV)/bin
# One stamp for each state of what set-up reads; the folder's own path counts, since an environment cannot be moved.
STATE := $(shell { pwd; cat pyproject.toml constraints.txt; } | cksum | cut -d ' ' -f 1)
STAMP := $(VENV)/.set-up-$(STATE)
PIP := $(BIN)/python -m pip --disable-pip-version-check

.PHONY: help set-up system-parts demo test check docs cypher-lint bench constraints clean
.NOTPARALLEL:
.DEFAULT_GOAL := help

help:
	@sed -n 's/^#   //p' Makefile

set-up: $(STAMP)

$(STAMP): pyproject.toml constraints.txt
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' || \
	  { echo "Python 3.11 or newer is needed; $(PYTHON) is $$($(PYTHON) -V 2>&1). Name another: make PYTHON=python3.12 ..."; exit 1; }
	@$(BIN)/python -c 'import pip, sys; sys.exit(sys.version_info < (3, 11))' 2>/dev/null || \
	  $(PYTHON) -m venv --clear $(VENV) || \
	  { echo "No virtual environment could be made. On Debian and Ubuntu: apt install python3-venv"; exit 1; }
	@echo "Installing into $(VENV) (some minutes the first time)"
	@# the build backend first, so that it too has the pinned version
	@$(PIP) install --quiet --constraint constraints.txt hatchling editables
	@$(PIP) install --quiet --constraint constraints.txt --no-build-isolation --editable '.[fast,sign-in,test,dev,bench]'
	@# compiled kernels, kept on disk beside their modules
	@$(BIN)/python -m graph_core.kernels
	@# what lets the engine start sooner, kept in the environment; it works without
	@$(BIN)/python -m graph_core.start_up > /dev/null || true
	@rm -f $(VENV)/.set-up-*
	@touch $@

demo: set-up
	@$(BIN)/python -m graph_core.demo $(if $(filter 0 no false,$(SERVE)),--no-serve)

# Browser, fonts and Java for the tests: installed where this user may, else named, and their tests skipped.
system-parts:
	@bash .ci/system-parts test

test: set-up system-parts
	@$(BIN)/python -m pytest $(if $(WORKERS),-n $(WORKERS) --dist loadfile --no-loadscope-reorder) $(ARGS)

check: set-up
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy
	$(BIN)/lint-imports
	@$(MAKE) --no-print-directory docs cypher-lint

docs: set-up
	$(BIN)/python -m graph_core.store.schema_docs --check
	$(BIN)/python -m graph_core.queries_docs --check

cypher-lint:
	@bash .ci/lint-cypher

bench: set-up
	@$(BIN)/python -m benchmarks $(ARGS)

# A new environment with every extra, newest releases, as a list of exact versions.
constraints:
	@rm -rf $(VENV)-constraints
	@$(PYTHON) -m venv $(VENV)-constraints
	@$(VENV)-constraints/bin/python -m pip --disable-pip-version-check install --quiet '.[fast,sign-in,test,dev,bench]' editables
	@{ echo "# Exact versions of everything that is installed, made by: make constraints"; \
	   $(VENV)-constraints/bin/python -m pip freeze --exclude tiertrace; } > constraints.new
	@mv constraints.new constraints.txt
	@rm -rf $(VENV)-constraints
	@echo "constraints.txt: $$(grep -c == constraints.txt) packages"

clean:
	@if [ -x $(BIN)/tiertrace ] && [ -d .demo ]; then TIERTRACE_HOME=.demo $(BIN)/tiertrace stop || true; fi
	rm -rf $(VENV) $(VENV)-constraints .demo build dist node_modules .mypy_cache .ruff_cache .pytest_cache \
	  .import_linter_cache .hypothesis
	find graph_core loaders benchmarks tests -name __pycache__ -type d -prune -exec rm -rf {} +
