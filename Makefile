# make demo | test | test-fast | lint | docs | bench | fuzz | licences | audit | release: each sets up .venv first if
# something is missing. make oldest has an environment of its own.
# make demo LIGHT=1 uses .venv-light, without torch and CUDA libraries: enough to rank, embed, inspect, simulate
# and predict shifts.

# The first of these that is Python 3.11 to 3.13; `make PYTHON=... demo` names another.
PYTHON ?= $(shell for p in python3 python3.13 python3.12 python3.11; do \
	$$p -c 'import sys; sys.exit(not (3, 11) <= sys.version_info[:2] <= (3, 13))' 2>/dev/null && echo $$p && break; done)
VENV := $(if $(LIGHT),.venv-light,.venv)
BIN := $(VENV)/bin
PIP := $(BIN)/python -m pip install --quiet --disable-pip-version-check --constraint constraints.txt

# Time for `make fuzz` (s), and its targets (all if empty).
SECONDS ?= 300
TARGETS ?=

.PHONY: demo test test-fast lint format docs bench fuzz licences audit oldest release clean
.DELETE_ON_ERROR:

ifdef LIGHT
ifneq ($(filter-out demo release clean,$(MAKECMDGOALS)),)
$(error LIGHT=1 is for make demo and make release; leave it out, because tests and training need torch)
endif
endif

demo: $(VENV)/.run
	$(BIN)/specmol rank --h1 examples/demo_h1.png --c13 examples/demo_c13.png --library examples/candidates.sdf --no-cache \
		--explain build/demo --assign 1
	@echo "The best candidate explained: $$(ls build/demo/*.svg)"

test: $(VENV)/.dev
	$(BIN)/python -m pytest $(PYTEST_ARGS)

# Without the tests that start processes or take long. .ci/run runs everything.
test-fast: $(VENV)/.dev
	$(BIN)/python -m pytest -m 'not slow' $(PYTEST_ARGS)

lint: $(VENV)/.dev
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy
	$(BIN)/lint-imports

format: $(VENV)/.dev
	$(BIN)/ruff check --fix .
	$(BIN)/ruff format .

# Loads nothing from other hosts, neither when it is built nor in the browser.
docs: $(VENV)/.dev
	NO_MKDOCS_2_WARNING=1 $(BIN)/python -m mkdocs build --strict --quiet
	@echo "The site: build/site/index.html"

bench: $(VENV)/.run
	$(BIN)/python benchmarks/run.py

# What it finds is kept in tests/corpus, which `make test` replays.
fuzz: $(VENV)/.dev
	PYTHONPATH=$(CURDIR)/tests $(BIN)/python -m fuzz --seconds $(SECONDS) $(TARGETS)

licences: $(VENV)/.run
	$(BIN)/python benchmarks/licences.py

# Fetches pip-audit into build/. Ends with an error if it finds something or cannot reach its data.
audit: $(VENV)/.run
	$(BIN)/python benchmarks/audit.py

# Installs the oldest versions that pyproject.toml allows, without torch, and tests with them.
oldest: | $(BIN)/python
	@PYTHON=$(BIN)/python .ci/oldest

# Builds wheel and source distribution and tries the wheel in clean environments.
release: | $(BIN)/python
	@PYTHON=$(BIN)/python LIGHT=$(LIGHT) .ci/release

clean:
	rm -rf build dist *.egg-info .pytest_cache .mypy_cache .ruff_cache .hypothesis .import_linter_cache

# An editable install: what runs is always the source that is there, so only new requirements install anything.
ifdef LIGHT
$(VENV)/.run: pyproject.toml requirements-light.txt | $(BIN)/python
	@echo "Installing specmol and what ranking needs into $(VENV) (about a minute and 1.1 GB the first time)"
	$(PIP) --requirement requirements-light.txt
	$(PIP) --no-deps --editable .
	@touch $@
else
$(VENV)/.run: pyproject.toml constraints.txt | $(BIN)/python
	@echo "Installing specmol and what it needs into $(VENV) (several minutes and about 8 GB the first time)"
	$(PIP) --editable .
	@touch $@
endif

$(VENV)/.dev: $(VENV)/.run
	$(PIP) --editable '.[dev]'
	@touch $@

$(BIN)/python:
	@test -n "$(PYTHON)" || { echo "error: no Python 3.11, 3.12 or 3.13 found; install one, or say make PYTHON=/path/to/python" >&2; exit 1; }
	@$(PYTHON) -c 'import sys; sys.exit(not (3, 11) <= sys.version_info[:2] <= (3, 13))' || \
		{ echo "error: $(PYTHON) is not Python 3.11 to 3.13; say make PYTHON=/path/to/python" >&2; exit 1; }
	@$(PYTHON) -m venv $(VENV) || \
		{ echo "error: $(PYTHON) cannot make a virtual environment; install its venv module (Debian: python3-venv)" >&2; rm -rf $(VENV); exit 1; }
