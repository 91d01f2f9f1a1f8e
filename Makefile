# `make help` lists the targets.
.DEFAULT_GOAL := help
.PHONY: help setup models demo check test live-replay bench mutants trial lint lint-manifests knative-check format platform \
	schemas manifests requirements images image-base test-images clean

# Without .pyc files, each command of the tests and the demo would compile its packages again.
unexport PYTHONDONTWRITEBYTECODE

PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
UV_VERSION := 0.13.9
FUNCTIONS := $(notdir $(patsubst %/main.py,%,$(wildcard functions/*/main.py)))

help: ## List the targets
	@awk -F ':.*## ' '/^[a-z-]+:.*## / { printf "  make %-14s %s\n", $$1, $$2 }' $(MAKEFILE_LIST)

setup: $(VENV)/.installed ## Install all packages into .venv, pinned with hashes

$(VENV)/.installed: requirements/dev.txt pyproject.toml
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' \
		|| { echo 'Pagebus needs Python 3.11 or newer. Run: make PYTHON=python3.12'; exit 1; }
	@ldconfig -p 2>/dev/null | grep -q libseccomp.so.2 \
		|| { echo 'Pagebus needs libseccomp for its sandbox. Run: apt-get install libseccomp2'; exit 1; }
	test -x $(BIN)/python || $(PYTHON) -m venv $(VENV)
	$(BIN)/python -m pip install --quiet --disable-pip-version-check uv==$(UV_VERSION)
	$(BIN)/uv pip install --quiet --python $(BIN)/python --require-hashes --requirements requirements/dev.txt
	$(BIN)/uv pip install --quiet --python $(BIN)/python --no-deps --editable .
	@touch $@

models: $(VENV)/.models ## Install the packages of the large engines too: torch and transformers, 6 GB

$(VENV)/.models: $(VENV)/.installed requirements/models.txt
	$(BIN)/uv pip install --quiet --python $(BIN)/python --no-deps --require-hashes --requirements requirements/models.txt
	@touch $@

demo: setup ## Read the sample documents on this machine, from upload to text, then stop everything
	@$(BIN)/python -m local.demo

# Tests of one file, or of one running platform, stay in one worker (tests/conftest.py).
PARALLEL := --dist loadgroup -n 2
# These tests import the large engines, so they need torch. `make test` runs them.
MODEL_TESTS := $(addprefix --ignore=tests/unit/,engine/models gotocr deepseek surya bench/test_bench_gpu.py) \
	--deselect=tests/contract/layout/test_imports.py::test_imports_open_no_connection_and_start_no_process \
	--deselect='tests/unit/runtime/test_log.py::test_logging_process_does_not_import_rich[functions]'
check: lint ## Run lint, types, unit and layout tests: three minutes
	$(BIN)/python -m pytest --quiet $(PARALLEL) $(MODEL_TESTS) tests/unit tests/contract/layout

# Parity tests compare times with a real Knative, so nothing else runs beside them.
test: setup models platform knative-check ## Run all tests: unit, contract, parity, end to end on both platforms, faults
	$(BIN)/python -m pytest $(PARALLEL) tests/unit tests/contract
	$(BIN)/python -m pytest $(PARALLEL) tests/e2e tests/faults
	$(BIN)/python -m pytest tests/parity --ignore=$(LIVE_REPLAY)

# It compares replicas over time with a real cluster, and fails while another program uses the processors.
LIVE_REPLAY := tests/parity/test_replayed_live.py
live-replay: setup platform ## Play recorded loads to the twin on an idle machine, and compare its replicas with Knative's
	$(BIN)/python -m pytest $(LIVE_REPLAY)

bench: setup platform ## Measure speed and memory as ratios in one run (QUICK=1: 5 minutes; ONLY=twin,idle)
	@$(BIN)/python -m tests.bench $(if $(QUICK),--quick) $(if $(ONLY),--only $(ONLY))

mutants: setup ## Break lines of the twin one by one; a test must fail each time
	@$(BIN)/python -m tests.mutants

trial: setup platform ## Start, stop and kill two twins while events flow; no event may be lost (MINUTES=10; SEED=n)
	@$(BIN)/python -m tests.trial --minutes $(or $(MINUTES),10) $(if $(SEED),--seed $(SEED))

lint: setup ## Check style, types and generated files
	$(BIN)/ruff check
	$(BIN)/ruff format --check
	$(BIN)/mypy
	$(BIN)/python -m events.generate --check
	$(BIN)/python -m local.generation --check

lint-manifests: setup knative-check ## Build every overlay; check it with strict models, Knative's own code and our rules
	@$(BIN)/python -m local.rules && echo 'The manifests are correct.'

TOOLS := .tools
KNATIVE_CHECK := $(TOOLS)/knative-check/knative-check
KUSTOMIZE_VERSION := v5.8.1
KUSTOMIZE := $(TOOLS)/kustomize-$(KUSTOMIZE_VERSION)
knative-check: $(KNATIVE_CHECK) $(KUSTOMIZE) ## Build Knative's manifest checker and kustomize (needs Go; two minutes the first time)

GO = @command -v go >/dev/null || { echo 'This needs Go 1.21 or newer. Run: apt-get install golang-go'; exit 1; }

$(KNATIVE_CHECK): $(wildcard infra/knative-check/*.go) infra/knative-check/go.mod infra/knative-check/go.sum infra/knative-check/crds.sh
	$(GO)
	@echo "Building the manifest checker (two minutes the first time) ..."
	@infra/knative-check/crds.sh $(@D)/crds
	@go -C infra/knative-check build -o $(CURDIR)/$@ .

$(KUSTOMIZE):
	$(GO)
	@GOBIN=$(CURDIR)/$(TOOLS) go install sigs.k8s.io/kustomize/kustomize/v5@$(KUSTOMIZE_VERSION)
	@touch $@

format: setup ## Format the code
	$(BIN)/ruff check --fix-only --quiet
	$(BIN)/ruff format

platform: setup ## Install Apache Kafka and versitygw for `pagebus up --platform real` (needs Java 17, Maven, Go)
	@$(BIN)/python -m local.platform.installer

schemas: setup ## Generate the JSON Schemas and the AsyncAPI document from events/
	$(BIN)/python -m events.generate

manifests: setup ## Generate the manifests and intake's list of engines from functions/*/*.yaml
	@$(BIN)/python -m local.generation

COMPILE = $(BIN)/uv pip compile pyproject.toml --quiet --universal --python-version 3.11 --generate-hashes \
	--no-header --no-annotate
requirements: $(VENV)/.installed ## Pin the requirements of every function, with hashes
	$(COMPILE) --extra dev --extra models --output-file requirements/models.txt
	$(COMPILE) --constraint requirements/models.txt --extra dev --output-file requirements/dev.txt
	@for function in $(FUNCTIONS); do \
		$(COMPILE) --constraint requirements/models.txt --extra $$function --output-file requirements/$$function.txt || exit 1; \
	done

DOCKER ?= docker
VERSION := $(shell sed -n 's/^version = "\(.*\)"/\1/p' pyproject.toml)
FUNCTION ?= $(FUNCTIONS)
images: ## Build an image per function (FUNCTION=intake for one; BASE=..., BUILD_FLAGS=...: infra/images)
	@for function in $(FUNCTION); do \
		tag=pagebus/$$(echo $$function | tr _ -):$(VERSION); \
		DOCKER_BUILDKIT=1 $(DOCKER) build --quiet --file infra/images/Dockerfile --tag $$tag $(BUILD_FLAGS) \
			$(if $(BASE),--build-arg BASE=$(BASE)) --build-arg FUNCTION=$$function --build-arg VERSION=$(VERSION) . \
			>/dev/null && $(DOCKER) image ls $$tag --format '{{.Repository}}:{{.Tag}}  {{.Size}}' || exit 1; \
	done

image-base: ## Build a base image with debootstrap, as root, if none can be pulled; then make images BASE=pagebus-base:local
	@DOCKER=$(DOCKER) infra/images/base pagebus-base:local

test-images: setup ## Run every image read-only and as its user, as a cluster does, and send it events (after make images)
	PAGEBUS_IMAGES=$(VERSION) DOCKER=$(DOCKER) $(BIN)/python -m pytest tests/images

clean: ## Remove everything that was installed or built here
	rm -rf $(VENV) .platform .tools *.egg-info .mypy_cache .ruff_cache .pytest_cache .hypothesis
