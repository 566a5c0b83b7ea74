# Everything a user or a developer runs. Needs make and Python 3.11 or later (with venv), nothing else:
# the first call of a target installs into .venv what that target needs, at the versions pinned in
# constraints.txt; later calls find its stamp and start at once.

SHELL := /bin/bash
.SHELLFLAGS := -euo pipefail -c
.DEFAULT_GOAL := help
.NOTPARALLEL:
.SUFFIXES:
MAKEFLAGS += --no-builtin-rules
# Modules are compiled when they are first imported, not one and all when they are installed.
unexport PYTHONDONTWRITEBYTECODE

VENV := .venv
BIN := $(VENV)/bin
OUT ?= brief.html
PORT ?= 8000
PYTEST_ARGS ?=

.PHONY: help
help: ## list the targets
	@awk -F ':.*## ' '/^[a-z-]+:.*## / {printf "  make %-8s %s\n", $$1, $$2}' $(MAKEFILE_LIST)

# ---------------------------------------------------------------- environment

# A command may exist and yet not run (a version manager's shim), so each candidate is tried out.
$(BIN)/python:
	@for python in $(PYTHON) python3.13 python3.12 python3.11 python3; do \
	  if "$$python" -c 'import sys, venv, ensurepip; sys.exit(sys.version_info < (3, 11))' \
	    >/dev/null 2>&1; then \
	    echo "Creating $(VENV) with $$("$$python" --version) ($$python)"; \
	    exec "$$python" -m venv --without-pip $(VENV); \
	  fi; \
	done; \
	echo "Quadrille needs Python 3.11 or later with its venv module, and none was found" >&2; \
	echo "(tried: $(PYTHON) python3.13 python3.12 python3.11 python3)." >&2; \
	echo "Install one (Debian, Ubuntu: apt-get install python3 python3-venv) or name yours:" >&2; \
	echo "make PYTHON=/path/to/python3.12 $(MAKECMDGOALS)" >&2; \
	exit 1

# What other packages test themselves with (45 MB) is no part of a user's run.
without_tests = find $(VENV)/lib/*/site-packages -name tests -type d -prune -exec rm -rf {} +

# Where the Python that the environment is made from has a pip that can install into others (22.3 and later),
# the environment needs none of its own.
export has_pip = import pip; assert tuple(map(int, pip.__version__.split(".")[:2])) >= (22, 3)

# $(BIN)/.brief is the package alone; $(BIN)/.test and the like add that extra of pyproject.toml. Kernels are compiled once:
# by the brief, which follows at once, or here.
$(BIN)/.%: pyproject.toml constraints.txt | $(BIN)/python
	@wanted='.$(if $(filter brief,$*),,[$*])'; \
	echo "Installing $$wanted into $(VENV)"; \
	if command -v uv >/dev/null 2>&1; then \
	  uv pip install --quiet --python $(BIN)/python -c constraints.txt -e "$$wanted"; \
	else \
	  base=$$($(BIN)/python -c 'import sys; print(sys._base_executable)'); \
	  pip=("$$base" -m pip --python $(BIN)/python); \
	  if ! "$$base" -c "$$has_pip" >/dev/null 2>&1; then \
	    $(BIN)/python -m ensurepip >/dev/null; pip=($(BIN)/python -m pip); \
	  fi; \
	  "$${pip[@]}" install --quiet --disable-pip-version-check --no-warn-conflicts \
	    --no-compile -c constraints.txt -e "$$wanted"; \
	fi
	@$(if $(filter brief,$*),$(call without_tests))
	@$(if $(filter brief,$*),,$(BIN)/python -m quadrille.kernels.warm)
	@echo "$(VENV) holds $$(du -sm $(VENV) | cut -f1) MB"
	@touch $@

.PRECIOUS: $(BIN)/.%

# ---------------------------------------------------------------- use

.PHONY: brief
brief: $(BIN)/.brief ## write the brief on Pakistan and Russia, pivot USA, rival India (OUT=brief.html)
	@$(BIN)/quadrille brief PAK RUS --pivot USA --rival IND --data chronicle --out "$(OUT)"
	@echo "The page is at $(abspath $(OUT))"

.PHONY: serve
serve: $(BIN)/.web ## serve the page to explore at http://127.0.0.1:8000/ (PORT=8000)
	@exec $(BIN)/quadrille serve --port "$(PORT)"

# ---------------------------------------------------------------- check

.PHONY: test
test: $(BIN)/.test ## run the tests (PYTEST_ARGS='-k states' to choose)
	$(BIN)/python -m pytest -n auto --dist loadfile $(PYTEST_ARGS)

# Watching every line makes the tests take half as long again.
.PHONY: coverage
coverage: $(BIN)/.test ## run the tests and say which lines they reach
	$(BIN)/python -m pytest -n auto --dist loadfile --cov --cov-report=term $(PYTEST_ARGS)

.PHONY: slow
slow: $(BIN)/.test $(BIN)/.spark ## run the tests that take minutes (those of Spark need Java)
	$(BIN)/python -m pytest -n auto -m slow $(PYTEST_ARGS)

.PHONY: lint
lint: $(BIN)/.lint ## check style, types and layers
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy
	$(BIN)/lint-imports

.PHONY: docs
docs: $(BIN)/.docs ## draw the pictures and build the documentation into site/
	$(BIN)/python tools/docs.py
	$(BIN)/zensical build --clean --strict
	@echo "The documentation is at $(abspath site/index.html)"

.PHONY: bench
bench: $(BIN)/.bench ## run every benchmark in benchmarks/
	@shopt -s nullglob; for script in benchmarks/*.py; do \
	  echo "== $$script"; $(BIN)/python "$$script"; \
	done

.PHONY: clean
clean: ## remove everything that make made, .venv too
	rm -rf $(VENV) build dist site htmlcov .coverage .coverage.* brief.html .cache
	rm -rf .pytest_cache .hypothesis .mypy_cache .ruff_cache .import_linter_cache
	find src tests benchmarks -name __pycache__ -type d -prune -exec rm -rf {} +
