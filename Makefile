# Everything that people run. `make` alone lists it.

SHELL := /bin/sh
.SHELLFLAGS := -eu -c
.DEFAULT_GOAL := help
MAKEFLAGS += --no-builtin-rules
.NOTPARALLEL:

PYTHON := python3
BIN := .venv/bin
TERRAFORM := terraform -chdir=terraform

# Arguments to pass on: make build TARGET=x86_64; make test PYTEST="-k thumbnail"; make lock UPGRADE=1;
# make redrive CLOUD=aws QUEUE=activation DRY_RUN=1. No shell's variables of these names are taken.
TARGET := arm64
PYTEST :=
BENCH :=
SEED :=
SCAN :=
UPGRADE :=
CLOUD :=
EXAMPLE :=
FORGET :=
DRY_RUN :=
KEEP :=
START :=
JSON :=
LIST :=
YES :=
AS_DEPLOYED :=

# A recipe's shell, and one that starts Python, would read these before its first command.
unexport BASH_ENV ENV CDPATH

# Every program gets its variables from one of three allowlists: for environments and
# packages, for commands that work on AWS, and for commands that work on this machine.
CLEAN := $(BIN)/python -I -S tooling/clean_environment.py
SETUP := $(CLEAN) setup
AWS := $(CLEAN) aws
LOCAL := $(CLEAN) local
# Without CLOUD, there may be a deployment on AWS.
DEPLOYED := $(if $(filter local,$(CLOUD)),$(LOCAL),$(AWS))

.PHONY: help setup build check test test-faults test-permissions test-next-provider bench lint scan secrets-baseline format lock openapi module-docs release release-assets demo up down failures redrive replay-uploads thumbnails users user forget smoke preflight plan apply rollback drift destroy clean

help: ## List these commands
	@awk -F ':.*## ' '/^[a-z-]+:.*## / { printf "  make %-16s %s\n", $$1, $$2 }' $(MAKEFILE_LIST)

setup: environments host-packages ## Make the environments for the tools and for the local cloud

.PHONY: environments
environments: .venv/.installed .venv-engine/.installed provider

# Each time, tooling/environments.py checks whether an environment agrees with its stamp. The environment's own
# Python does that if it works, as it starts faster than a version manager's shims.
ENVIRONMENTS := -I -S tooling/environments.py
.PHONY: check-environment
.venv/.installed: check-environment
ifneq ($(origin PYTHON),command line)
	@$(BIN)/python $(ENVIRONMENTS) --check .venv requirements.txt 2>/dev/null || $(MAKE_ENVIRONMENT)
else
	@$(MAKE_ENVIRONMENT)
endif
define MAKE_ENVIRONMENT
{ command -v "$(PYTHON)" >/dev/null || { echo "$(PYTHON) is not there: call make PYTHON=/path/to/python3" >&2; exit 1; }; \
	"$(PYTHON)" $(ENVIRONMENTS) $(if $(filter command line,$(origin PYTHON)),--with-this-python) .venv requirements.txt; }
endef
.venv-engine/.installed: .venv/.installed check-environment
	@$(BIN)/python $(ENVIRONMENTS) --with-this-python .venv-engine local_cloud/requirements.txt
.venv-scan/.installed: .venv/.installed check-environment
	@$(BIN)/python $(ENVIRONMENTS) --with-this-python .venv-scan scans/requirements.txt

# Fetches what the local cloud needs from a network, while a proxy and an index are available: later it uses neither.
.PHONY: provider host-packages
provider: .venv/.installed
	@$(SETUP) $(BIN)/python -m tooling.provider
host-packages: .venv/.installed
	@$(SETUP) $(BIN)/python -m local_cloud build

build: .venv/.installed ## Build a zip for each function and layer into build/ (TARGET=arm64|x86_64|host)
	@$(SETUP) $(BIN)/python build.py --target $(TARGET)

# Unit tests run on every core. The others wait half of their time, for Terraform and the local cloud:
# two processes for each of the two cores that they were measured on. tests/side_by_side.py decides
# which share one.
# They are chosen by folder, as every process would import the unit tests to deselect them: 5 CPU seconds.
# Schemathesis, which only tests/end_to_end uses, takes a second to import.
UNIT_TESTS := tests/unit -p no:schemathesis --cov --numprocesses auto --dist worksteal
OTHER_TESTS := --ignore=tests/unit --ignore=tests/faults --ignore=tests/permissions
SIDE_BY_SIDE := --dist loadscope --no-loadscope-reorder --numprocesses

check: environments lint ## Check style, types and imports, and run the unit tests: before each commit
	@$(SETUP) $(BIN)/python -m pytest $(UNIT_TESTS)

test: environments .venv-scan/.installed ## Run all tests but the next two; the unit tests with their coverage first (PYTEST="-k word" runs some)
ifeq ($(PYTEST),)
	@$(SETUP) $(BIN)/python -m pytest $(UNIT_TESTS)
	@$(SETUP) $(BIN)/python -m pytest $(OTHER_TESTS) $(SIDE_BY_SIDE) 4
else
	@$(SETUP) $(BIN)/python -m pytest --ignore=tests/faults --ignore=tests/permissions $(PYTEST)
endif

test-faults: environments ## Run both pipelines while AWS fails, for some minutes (SEED=7 for another choice of faults)
	@$(SETUP) FAULT_SEED="$(SEED)" $(BIN)/python -m pytest $(if $(PYTEST),-m faults $(PYTEST),tests/faults $(SIDE_BY_SIDE) 3)

test-permissions: environments ## Run every flow with the roles enforced, then take each permission away in turn
	@$(SETUP) $(BIN)/python -m pytest $(if $(PYTEST),-m permissions,tests/permissions) --capture=no $(PYTEST)

bench: .venv/.installed ## Measure builds, cold starts and thumbnails beside their peers (BENCH="--only start")
	@$(SETUP) $(BIN)/python -m benchmarks $(BENCH)

lint: .venv/.installed ## Check style, types, imports, spelling, words, and the pages with their links
	@$(LOCAL) $(BIN)/python -m ruff check
	@$(LOCAL) $(BIN)/python -m ruff format --check
	@$(LOCAL) $(BIN)/python -m mypy
	@$(LOCAL) $(BIN)/python -m tooling.import_walls
	@$(LOCAL) $(BIN)/python -m tooling.words
	@$(LOCAL) $(BIN)/python -m codespell_lib
	@$(LOCAL) $(BIN)/rumdl check --quiet .
	@$(LOCAL) $(TERRAFORM) fmt -check -recursive

scan: .venv/.installed .venv-scan/.installed ## Look for weaknesses: Terraform, policies, secrets, workflows, packages (SCAN="checkov" runs one)
	@$(SETUP) $(BIN)/python -m scans $(SCAN)

secrets-baseline: .venv/.installed .venv-scan/.installed
	@$(SETUP) $(BIN)/python -m scans --write-secrets-baseline

format: .venv/.installed ## Bring Python and Terraform into the project's style
	@$(LOCAL) $(BIN)/python -m ruff check --fix
	@$(LOCAL) $(BIN)/python -m ruff format
	@$(LOCAL) $(TERRAFORM) fmt -recursive

LOCKS := $(patsubst %.in,%.lock,requirements.in $(wildcard */requirements.in lambdas/*/requirements.in layers/*/requirements.in))

lock: $(LOCKS) ## Pin every requirements.in with hashes into its requirements.txt (UPGRADE=1 for newer versions)

# No file has this name, so locks are made only on request, never because of a checkout's time
# stamps.
%.lock: .venv/.installed
	@echo "Locking $*.in"
	@$(SETUP) CUSTOM_COMPILE_COMMAND="make lock" $(BIN)/python -P -m piptools compile --quiet --strip-extras --generate-hashes \
		--allow-unsafe --no-emit-find-links --no-emit-index-url --no-emit-trusted-host \
		$(if $(UPGRADE),--upgrade) --output-file $*.txt $*.in

# The functions are locked to the tests' versions.
$(filter lambdas/% layers/%,$(LOCKS)): requirements.lock

test-next-provider: .venv/.installed ## Try Terraform's code with the next AWS provider, version 6 (needs the registry)
	@$(SETUP) $(BIN)/python -m tooling.next_provider

openapi: .venv/.installed ## Write docs/openapi.json, the web API's document, from its code
	@$(LOCAL) PYTHONPATH=lambdas $(BIN)/python -c 'from pathlib import Path; from web_api.app import app; from web_api.openapi import openapi_document; Path("docs/openapi.json").write_text(openapi_document(app), "utf-8")'

module-docs: .venv/.installed ## Write the tables of inputs and outputs into each README in terraform/
	@$(LOCAL) $(BIN)/python -m tooling.module_docs

# As `forget` takes its name: by its `value`, from the command line only, so that nothing in it is run.
unexport VERSION
release: override export RELEASE := $(if $(filter command line,$(origin VERSION)),$(value VERSION))
release: .venv/.installed ## Prepare a release in the work tree: make release VERSION=1.0.0
	@$(if $(filter command line,$(origin VERSION)),,$(error say which: make release VERSION=1.0.0))$(LOCAL) $(BIN)/python -m tooling.release prepare -- "$$RELEASE"

release-assets: .venv/.installed ## Make the files that a release attaches, in release/, from two builds each
	@$(SETUP) $(BIN)/python -m tooling.release assets release

demo: setup ## Run both pipelines on the local cloud, show what happened, and stop it
	@$(LOCAL) $(BIN)/python -m local_cloud demo

up: setup ## Start the local cloud, deploy to it and leave it running (EXAMPLE=pictures-only deploys that alone)
	@$(LOCAL) $(BIN)/python -m local_cloud up $(if $(EXAMPLE),--example $(EXAMPLE))

down: .venv/.installed ## Stop the local cloud
	@$(LOCAL) $(BIN)/python -m local_cloud down

# The switches of the operators' commands, taken as `forget` takes its name: by their `value`, from make's command
# line only, and handed on by the environment, so that neither make nor a shell runs what is in them.
define TAKE_SWITCH
unexport $1
failures redrive replay-uploads thumbnails users user rollback store-plan fetch-plan drift: override export SWITCH_$1 := $$(if $$(filter command line,$$(origin $1)),$$(value $1))
endef
$(foreach name,DISCARD DO ID LIMIT MISSED_BY OLDER OUTPUTS QUEUE SHA256 SINCE STATUS SUMMARY TO USERNAME,$(eval $(call TAKE_SWITCH,$(name))))
with_value = $(if $(filter command line,$(origin $1)),--$2="$$SWITCH_$1")
flag = $(if $(filter-out 0,$($1)),--$2)
IN_QUEUES = $(call with_value,QUEUE,queue) $(call with_value,LIMIT,limit)
IF_DRY = $(call flag,DRY_RUN,dry-run)

# An environment on AWS: `ENV=staging make plan` or `make plan ENV=staging`. The shell's own ENV may be the path of a
# start-up file, so operations/environments.py has to know where the value comes from.
OF_ENVIRONMENTS := failures redrive replay-uploads thumbnails users user forget smoke preflight plan apply rollback drift destroy store-plan fetch-plan
$(OF_ENVIRONMENTS): override export SWITCH_ENV := $(value ENV)
IN_ENVIRONMENT = $(if $(filter command line,$(origin ENV)),--environment="$$SWITCH_ENV",$(if $(filter environment,$(origin ENV)),--shell-environment="$$SWITCH_ENV"))
ON_CLOUD = $(if $(CLOUD),--cloud $(CLOUD)) $(IN_ENVIRONMENT)

failures: .venv/.installed ## List what is in the failure queues, and why (CLOUD=aws|local, QUEUE=activation, LIMIT=10)
	@$(DEPLOYED) PYTHONPATH=lambdas $(BIN)/python -m operations.redrive --list $(ON_CLOUD) $(IN_QUEUES)

redrive: .venv/.installed ## Put what is in the failure queues back (as failures, DRY_RUN=1, DISCARD=id, KEEP=1, MISSED_BY=function)
	@$(DEPLOYED) PYTHONPATH=lambdas $(BIN)/python -m operations.redrive $(ON_CLOUD) $(IN_QUEUES) $(IF_DRY) $(call with_value,DISCARD,discard) $(call flag,KEEP,keep) $(call with_value,MISSED_BY,missed-by)

replay-uploads: .venv/.installed ## Have S3 report uploads that it did not report: SINCE=2026-11-22T10:00 (CLOUD=, LIMIT=10, DRY_RUN=1)
	@$(if $(filter command line,$(origin SINCE)),,$(error say since when, in UTC: make replay-uploads SINCE=2026-11-22T10:00))$(DEPLOYED) PYTHONPATH=lambdas $(BIN)/python -m operations.replay_uploads $(ON_CLOUD) $(call with_value,SINCE,since) $(call with_value,LIMIT,limit) $(IF_DRY)

thumbnails: .venv/.installed ## Make thumbnails of sizes that pictures lack (CLOUD=aws|local, LIMIT=10, DRY_RUN=1)
	@$(DEPLOYED) PYTHONPATH=lambdas $(BIN)/python -m operations.thumbnails $(ON_CLOUD) $(call with_value,LIMIT,limit) $(IF_DRY)

users: .venv/.installed ## List users: STATUS=NONE OLDER=1h, or USERNAME=ada (CLOUD=, LIMIT=10); START=1 starts an execution for each (DRY_RUN=1)
	@$(DEPLOYED) PYTHONPATH=lambdas $(BIN)/python -m operations.users $(ON_CLOUD) $(call with_value,STATUS,status) $(call with_value,OLDER,older) $(call with_value,USERNAME,username) $(call with_value,LIMIT,limit) $(call flag,START,start) $(IF_DRY)

# A stranger may have chosen the name, so neither a shell nor make may interpret it: it is taken by its `value`
# and passed in the environment as WHOM. Under the name USERNAME make would expand it there and run a
# $(shell ...) in it. Only the command line counts, as many desktops set a variable USERNAME. make drops
# spaces in front of a name: pass such a name to operations.forget or operations.user itself.
unexport USERNAME
forget user: override export WHOM := $(if $(filter command line,$(origin USERNAME)),$(value USERNAME))
forget: .venv/.installed ## Delete one person everywhere: make forget USERNAME=ada (CLOUD=aws|local)
	@$(if $(filter command line,$(origin USERNAME)),,$(error say whom: make forget USERNAME=ada))$(DEPLOYED) PYTHONPATH=lambdas $(BIN)/python -m operations.forget $(ON_CLOUD) $(FORGET) -- "$$WHOM"

user: .venv/.installed ## Act on one user's account: make user USERNAME=ada DO=disable|enable|end-sessions (CLOUD=aws|local)
	@$(if $(filter command line,$(origin USERNAME)),,$(error say whom: make user USERNAME=ada DO=disable))$(DEPLOYED) PYTHONPATH=lambdas $(BIN)/python -m operations.user $(ON_CLOUD) $(call with_value,DO,do) -- "$$WHOM"

smoke: .venv/.installed ## Prove that a deployment works, with a user of its own, in some minutes (CLOUD=aws|local, JSON=1)
	@$(DEPLOYED) PYTHONPATH=lambdas $(BIN)/python -m operations.smoke $(ON_CLOUD) $(call flag,JSON,json)

DEPLOY := PYTHONPATH=lambdas $(BIN)/python -m operations.deploy

preflight: .venv/.installed ## Check what a deployment needs, before `make plan`: account, quotas, names, state
	@$(AWS) $(BIN)/python -m operations.preflight $(IN_ENVIRONMENT)

plan: plannable account build ## Build, and show what would change in your AWS account (ENV=staging: in that environment)
	@$(AWS) $(DEPLOY) plan $(IN_ENVIRONMENT)

# First the checks, then the build.
.PHONY: plannable
plannable: .venv/.installed
	@$(AWS) $(DEPLOY) start $(IN_ENVIRONMENT)

apply: .venv/.installed ## Apply the plan that `make plan` or `make rollback` showed, and record the deployment
	@$(AWS) $(DEPLOY) apply $(IN_ENVIRONMENT)

# It takes a second, and a build a minute.
.PHONY: account
account: .venv/.installed
	@$(AWS) $(BIN)/python -m operations.preflight --only-account $(IN_ENVIRONMENT)

rollback: .venv/.installed ## Plan the deployment before the current one again, without a build (LIST=1, TO=id, YES=1, DRY_RUN=1)
	@$(AWS) $(DEPLOY) rollback $(IN_ENVIRONMENT) $(call with_value,TO,to) $(call flag,LIST,list) $(call flag,YES,yes) $(IF_DRY)

drift: .venv/.installed ## Compare your AWS account with the last deployment; fails if it differs (AS_DEPLOYED=1)
	@$(AWS) $(DEPLOY) drift $(IN_ENVIRONMENT) $(call with_value,SUMMARY,summary) $(call flag,AS_DEPLOYED,as-deployed)

# Between two machines, as in .github/workflows/deploy.yml.
.PHONY: store-plan fetch-plan
store-plan: .venv/.installed
	@$(AWS) $(DEPLOY) store-plan $(IN_ENVIRONMENT) $(call with_value,ID,id) $(call with_value,SUMMARY,summary) $(call with_value,OUTPUTS,outputs)
fetch-plan: .venv/.installed
	@$(AWS) $(DEPLOY) fetch-plan $(IN_ENVIRONMENT) $(call with_value,ID,id) $(call with_value,SHA256,sha256)

destroy: .venv/.installed ## Delete everything in your AWS account with its data; asks for the environment's name
	@$(AWS) $(DEPLOY) destroy $(IN_ENVIRONMENT)

PLAN := terraform/onboarding.tfplan

clean: ## Remove what builds, tests and the local cloud have written, and the environments
	@python=$(BIN)/python; [ -x $$python ] || python="$(PYTHON)"; \
	if [ -d .local/up ]; then "$$python" -I -S tooling/clean_environment.py local "$$python" -m local_cloud down; fi
	@rm -rf build release .local terraform/.terraform $(PLAN) $(PLAN).partial $(PLAN).json .venv .venv-engine .venv-scan .coverage .mypy_cache .pytest_cache .ruff_cache
	@find . -name __pycache__ -type d -not -path './.git/*' -prune -exec rm -rf {} +
