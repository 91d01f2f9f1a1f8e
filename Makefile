# Every target says what it does: `make help`.
.DEFAULT_GOAL := help
.PHONY: help setup models demo test bench mutants trial lint lint-manifests knative-check format platform schemas \
	requirements images image-base test-images clean

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

models: $(VENV)/.models ## Install what the large engines need as well: torch and more, six gigabytes

$(VENV)/.models: $(VENV)/.installed requirements/models.txt
	$(BIN)/uv pip install --quiet --python $(BIN)/python --no-deps --require-hashes --requirements requirements/models.txt
	@touch $@

demo: setup ## Read the sample documents on this machine, from upload to text, and clean up
	@$(BIN)/python -m local.demo

test: setup models platform knative-check ## Run every test: unit, contract, end to end on both platforms, faults
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

lint-manifests: setup knative-check ## Build every overlay, and hold it to our shapes, Knative's own code and our rules
	@$(BIN)/python -m local.rules && echo 'Nothing is wrong with the manifests.'

TOOLS := .tools
KNATIVE_CHECK := $(TOOLS)/knative-check/knative-check
KUSTOMIZE_VERSION := v5.8.1
KUSTOMIZE := $(TOOLS)/kustomize-$(KUSTOMIZE_VERSION)
knative-check: $(KNATIVE_CHECK) $(KUSTOMIZE) ## Build what judges manifests, and kustomize (needs Go; two minutes the first time)

GO = @command -v go >/dev/null || { echo 'This needs Go 1.21 or newer: apt-get install golang-go'; exit 1; }

$(KNATIVE_CHECK): $(wildcard infra/knative-check/*.go) infra/knative-check/go.mod infra/knative-check/go.sum infra/knative-check/crds.sh
	$(GO)
	@echo "Building Knative's judge (two minutes the first time) ..."
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
	@$(BIN)/python -m local.platform.install

schemas: setup ## Generate the JSON Schemas and the AsyncAPI document from events/
	$(BIN)/python -m events.generate

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

image-base: ## Make a base for images where none can be pulled, with debootstrap as root: then make images BASE=pagebus-base:local
	@DOCKER=$(DOCKER) infra/images/base pagebus-base:local

test-images: setup ## Run every image as a cluster would, read-only as its user, and send it events (after make images)
	PAGEBUS_IMAGES=$(VERSION) DOCKER=$(DOCKER) $(BIN)/python -m pytest tests/images

clean: ## Remove what was installed and built here
	rm -rf $(VENV) .platform .tools *.egg-info .mypy_cache .ruff_cache .pytest_cache .hypothesis
