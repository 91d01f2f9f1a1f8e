# Every target says what it does: `make help`.
.DEFAULT_GOAL := help
.PHONY: help setup demo test bench mutants trial lint format platform schemas requirements clean

PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
UV_VERSION := 0.13.9
FUNCTIONS := $(notdir $(patsubst %/main.py,%,$(wildcard functions/*/main.py)))

help: ## Say what each target does
	@awk -F ':.*## ' '/^[a-z-]+:.*## / { printf "  make %-14s %s\n", $$1, $$2 }' $(MAKEFILE_LIST)

setup: $(VENV)/.installed ## Install everything into .venv, as pinned with hashes

$(VENV)/.installed: requirements/dev.txt pyproject.toml
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' \
		|| { echo 'Pagebus needs Python 3.11 or newer: make PYTHON=python3.12'; exit 1; }
	@ldconfig -p 2>/dev/null | grep -q libseccomp.so.2 \
		|| { echo 'Pagebus needs libseccomp, to open documents safely: apt-get install libseccomp2'; exit 1; }
	test -x $(BIN)/python || $(PYTHON) -m venv $(VENV)
	$(BIN)/python -m pip install --quiet --disable-pip-version-check uv==$(UV_VERSION)
	$(BIN)/uv pip install --quiet --python $(BIN)/python --require-hashes --requirements requirements/dev.txt
	$(BIN)/uv pip install --quiet --python $(BIN)/python --no-deps --editable .
	@touch $@

demo: setup ## Read the sample documents on this machine, from upload to text, and clean up
	@$(BIN)/python -m local.demo

test: setup platform ## Run every test: unit, contract, end to end on both platforms, faults
	$(BIN)/python -m pytest

bench: setup platform ## Measure speed, memory and drift beside what it is made of (QUICK=1: 5 minutes; ONLY=twin,idle)
	@$(BIN)/python -m tests.bench $(if $(QUICK),--quick) $(if $(ONLY),--only $(ONLY))

mutants: setup ## Make lines of the twin wrong one by one, and see a test fail each time
	@$(BIN)/python -m tests.mutants

trial: setup platform ## Let two twins join, leave and die while events flow: nothing is lost (MINUTES=10; SEED=n repeats one)
	@$(BIN)/python -m tests.trial --minutes $(or $(MINUTES),10) $(if $(SEED),--seed $(SEED))

lint: setup ## Check style, types, generated files
	$(BIN)/ruff check
	$(BIN)/ruff format --check
	$(BIN)/mypy
	$(BIN)/python -m events.generate --check

format: setup ## Format the code
	$(BIN)/ruff check --fix-only --quiet
	$(BIN)/ruff format

platform: setup ## Install Apache Kafka and versitygw for `pagebus up --platform real` (needs Java 17, Maven, Go)
	@$(BIN)/python -m local.platform.install

schemas: setup ## Generate the JSON Schemas and the AsyncAPI document from events/
	$(BIN)/python -m events.generate

COMPILE = $(BIN)/uv pip compile pyproject.toml --quiet --universal --python-version 3.11 --generate-hashes \
	--no-header --no-annotate
requirements: $(VENV)/.installed ## Pin the requirements of every function, with hashes
	$(COMPILE) --extra dev --output-file requirements/dev.txt
	@for function in $(FUNCTIONS); do \
		$(COMPILE) --constraint requirements/dev.txt --extra $$function --output-file requirements/$$function.txt || exit 1; \
	done

clean: ## Remove what was installed and built here
	rm -rf $(VENV) .platform *.egg-info .mypy_cache .ruff_cache .pytest_cache .hypothesis
