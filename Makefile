# The face of the project for people who know operator-sdk; each target calls an npm script or a program in hack/.
SHELL = /usr/bin/env bash -o pipefail
.SHELLFLAGS = -ec

VERSION ?= 0.1.0
IMAGE_TAG_BASE ?= ghcr.io/porterops/porterops
IMG ?= $(IMAGE_TAG_BASE):v$(VERSION)
KUBECTL ?= kubectl
# What is deployed: config/default, or an overlay of it (docs/admission.md).
CONFIG ?= config/default
CONTAINER_TOOL ?= docker
export IMG VERSION
# IMG if somebody has named it: that there is an image under the default name is not known.
NAMED_IMG := $(if $(filter file,$(origin IMG)),,$(IMG))

.DEFAULT_GOAL := help
MODULES := node_modules/.package-lock.json

##@ General

.PHONY: help
help: ## Show this help.
	@awk 'BEGIN {FS = ":.*##"; printf "\nUsage:\n  make \033[36m<target>\033[0m\n"} \
	  /^[a-zA-Z_0-9-]+:.*?##/ { printf "  \033[36m%-16s\033[0m %s\n", $$1, $$2 } \
	  /^##@/ { printf "\n\033[1m%s\033[0m\n", substr($$0, 5) }' $(MAKEFILE_LIST)

# Quiet, since an older Node that only installs is no reason to warn: everything runs on the one that is installed here.
$(MODULES): package.json package-lock.json
	npm ci --no-audit --no-fund --loglevel=error
	@touch $@

##@ Try it

.PHONY: demo
demo: $(MODULES) ## See a real Installation go to Ready: cluster, images, operator, sample bundle.
	@IMG='$(NAMED_IMG)' hack/demo up

.PHONY: demo-down
demo-down: ## Take the demo away: POLICY=uninstall (or orphan), since its Installation is still there.
	@hack/demo down

##@ Development

.PHONY: test
test: $(MODULES) ## Everything that must hold: lint, types, unit, integration, node smoke.
	@npm test --silent

.PHONY: test-unit
test-unit: $(MODULES) ## Unit tests; seconds, no cluster.
	npm run test:unit

.PHONY: check
check: $(MODULES) ## Lint, types, format and unit tests; no cluster.
	npm run check

.PHONY: test-integration
test-integration: $(MODULES) ## Integration tests on a real control plane; Pods are played.
	npm run test:integration

.PHONY: e2e
e2e: $(MODULES) ## The one-node cluster with real agents (PORTER_AGENT_IMAGE adds Porter's own).
	npm run test:e2e

.PHONY: bench
bench: $(MODULES) ## Figures against a bare floor operator, as ratios in one run.
	npm run bench

.PHONY: chaos
chaos: $(MODULES) ## What the operator does under faults, exhaustively (ARGS='--workload upgrade'); MUTANTS=1 proves the battery.
	npm run chaos -- $(if $(MUTANTS),--mutants) $(ARGS)

.PHONY: conformance
conformance: $(MODULES) ## The state store against an independent server (Java 17; Maven the first time).
	npm run conformance

.PHONY: manifests
manifests: $(MODULES) ## Write CRDs, RBAC and the API reference from the api classes.
	npm run generate

.PHONY: generate
generate: manifests ## The same as manifests.

.PHONY: verify
verify: $(MODULES) ## Fail when generated files are stale, or lint or format are not clean.
	npm run verify

.PHONY: fmt
fmt: $(MODULES) ## Format the sources.
	npm run format

.PHONY: lint
lint: $(MODULES) ## Lint the sources.
	npm run lint

.PHONY: stats
stats: $(MODULES) ## Medians of file and function lengths.
	@npm run --silent stats

.PHONY: run
run: build ## Run the operator on this machine against the current kubeconfig, without a state store.
	npm run start -- --state-store=none --default-agent=BuiltIn --built-in-agent-image=$(IMG)

##@ Build

.PHONY: build
build: $(MODULES) ## Compile and bundle the programs into dist/.
	npm run build

.PHONY: docker-build
docker-build: ## Build the image with CONTAINER_TOOL from the Dockerfile.
	$(CONTAINER_TOOL) build -t $(IMG) .

.PHONY: docker-push
docker-push: ## Push the image.
	$(CONTAINER_TOOL) push $(IMG)

.PHONY: image
image: build ## Build the image as an OCI archive without any registry or container tool.
	hack/image operator

.PHONY: build-installer
build-installer: ## Write dist/install.yaml: everything in one file.
	@mkdir -p dist
	hack/manifests $(CONFIG) > dist/install.yaml

##@ Deployment

.PHONY: install
install: ## Install the CRDs into the current cluster.
	$(KUBECTL) apply --server-side -k config/crd

.PHONY: uninstall
uninstall: ## Remove the CRDs, like undeploy: POLICY=orphan|uninstall, RECORDS=delete.
	@hack/guard-resources
	@hack/remove config/crd

.PHONY: deploy
deploy: ## Deploy the operator into the current cluster with IMG (CONFIG=FOLDER: an overlay).
	hack/manifests $(CONFIG) | $(KUBECTL) apply --server-side -f -

.PHONY: undeploy
undeploy: ## Remove the operator: POLICY=orphan|uninstall when resources are there; Porter's records stay but for RECORDS=delete.
	@hack/guard-resources
	@hack/remove $(CONFIG)
