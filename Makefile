# RongQiao's commands. Each installs into .venv what it needs, on a machine with python3, venv, git, make and curl.
SHELL := /bin/bash
.DEFAULT_GOAL := help
.PHONY: help install demo test check fix bench proof lock docs install-dev install-test static

PORT ?= 8765
NAME ?= features
SIZE ?= small
WORKERS ?= 2
PYTEST := .venv/bin/python -m pytest -q -n $(WORKERS)
PYTHON_FILES := features models matching service notebooks tests scripts

# Real data, where it lies beside the checkout; tests that want it are skipped elsewhere.
ifneq ($(wildcard ../shared/data/README.md),)
export RONGQIAO_DATA ?= $(abspath ../shared/data)
endif

help: ## say what can be made
	@sed -n 's/^\([a-z]*\):.*## /\1\t/p' $(MAKEFILE_LIST) | while IFS=$$'\t' read -r name what; do printf '  make %-8s %s\n' "$$name" "$$what"; done

install: ## bring the product into .venv; then .venv/bin/rongqiao works
	@scripts/install.sh product

demo: install ## build a synthetic province of 5,000 enterprises and serve its pages (PORT=8765)
	@exec .venv/bin/rongqiao demo --home .rongqiao --port $(PORT)

test: install-test ## everything that is checked before a change lands, in 20 minutes (TESTS="tests/test_x.py" runs only those)
ifdef TESTS
	@$(PYTEST) $(TESTS)
else
	@$(MAKE) --no-print-directory static
	@$(PYTEST) --durations=15
endif

check: install-dev static ## lint, types, layers, documents and pure unit tests, in two minutes
	@$(PYTEST) -m "not (browser or real_data or slow)"

fix: install-dev ## let ruff mend and format what it can
	@.venv/bin/ruff check --fix $(PYTHON_FILES)
	@.venv/bin/ruff format $(PYTHON_FILES)

bench: install-dev ## one benchmark (NAME=features, SIZE=small or full); the last line is its figures as JSON
	@.venv/bin/python tests/bench/bench_$(NAME).py --size $(SIZE)

proof: install-dev ## the full sizes of what is claimed (ONLY=features for one part); figures for BENCHMARKS.md
	@.venv/bin/python tests/bench/proof.py $(ONLY)

lock: ## write both locks anew from pyproject.toml (UPGRADE=1 takes newer releases)
	@scripts/lock.sh

docs: install-dev ## write the documents that are generated from the code
	@.venv/bin/python scripts/docs.py

install-dev:
	@scripts/install.sh dev

install-test:
	@scripts/install.sh test

static: install-dev
	@.venv/bin/ruff check --quiet $(PYTHON_FILES)
	@.venv/bin/ruff format --quiet --check $(PYTHON_FILES)
	@.venv/bin/mypy
