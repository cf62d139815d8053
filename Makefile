# Ticketing. `make help` explains every target.

SHELL   := /bin/bash
DATA    := .data
BIN     := $(DATA)/bin
MODULES := shared adapters functions
ALL     := $(MODULES:%=./%/...)
# The race detector needs a C compiler; without one the tests still run.
SITE    := functions/client/browser
RACE    := $(if $(shell command -v "$$(go env CC)"),-race)
LINTER  := github.com/golangci/golangci-lint/v2/cmd/golangci-lint@v2.15.0

export GOFLAGS := -buildvcs=false
export STRIPE_MOCK := $(CURDIR)/$(BIN)/stripe-mock
export TOOLS := $(CURDIR)/$(DATA)/tools
# Node.js, if .ci/install had to fetch it.
export PATH  := $(PATH):$(TOOLS)/bin

.DEFAULT_GOAL := help

##@ The two commands

.PHONY: run
run: install build ## start the whole system on http://localhost:8080 (PORT, DATA_DIR and the README's settings apply)
	@exec $(BIN)/ticketing run

.PHONY: test
test: install install-pooler $(BIN)/stripe-mock ## run every test, on real PostgreSQL, NATS and Redis, and in a real browser
	go test $(RACE) -timeout 15m $(ALL)
	@$(MAKE) --no-print-directory test-func test-site

.PHONY: test-func
test-func: ## build every service by Knative's func, and run what comes out
	cd knative/func/verify && GOWORK=off go test -timeout 20m .

.PHONY: test-site
test-site: install build $(SITE)/node_modules ## run the browser's tests of the site only
	cd $(SITE) && TICKETING=$(CURDIR)/$(BIN)/ticketing npm test --silent

GALLERY := home.png ticket.png order.png pay-phone-dark.png order-receipt.png pass.png verify.png my-tickets.png new-ticket.png home-phone-dark.png ticket-phone-dark.png my-tickets-phone-dark.png

.PHONY: screenshots
screenshots: install build $(SITE)/node_modules ## picture every page into .data/screenshots, and the README's into .github
	cd $(SITE) && TICKETING=$(CURDIR)/$(BIN)/ticketing npm run --silent screenshots -- $(CURDIR)/$(DATA)/screenshots
	cp $(addprefix $(DATA)/screenshots/,$(GALLERY)) .github/

##@ With a running system

.PHONY: demo
demo: build ## fill the running system with users and tickets, and sell one
	@$(BIN)/ticketing demo

.PHONY: deadletters
deadletters: build ## count the events that a consumer could not handle, by reason; ARGS='list', 'replay --dry-run', …
	@$(BIN)/ticketing deadletters $(or $(ARGS),groups)

##@ Heavy checks

.PHONY: chaos
chaos: install install-pooler $(BIN)/stripe-mock ## break everything under load for 30 minutes, on Kubernetes, Knative and Lambda (CHAOS_SEED=… as before), and write adapters/chaos/REPORT.md
	CHAOS=full CHAOS_REPORT=$(CURDIR)/adapters/chaos/REPORT.md go test -count=1 -timeout 60m -v ./adapters/chaos/... ./adapters/local/...

.PHONY: test-sns
test-sns: ## run the tests of bus/sns against moto, which stands in for AWS (needs Python 3 with pip)
	@.ci/install moto
	go test -tags moto -count=1 -parallel 2 -timeout 30m ./shared/bus/sns

.PHONY: simulate
simulate: install ## play random histories of the whole system on virtual time, with crashes and faults (SIMULATE=1h for longer, SEED=… again; EVERYWHERE=1 before each effect, too)
	SIMULATE=$${SIMULATE:-1m} go test -count=1 -timeout 0 -v ./adapters/simulation

.PHONY: overload
overload: install $(BIN)/stripe-mock ## ask services for ten times what they can serve, for a minute each, and let 10,000 buyers at one ticket (OVERLOAD=15s for less)
	OVERLOAD=$${OVERLOAD:-full} go test -count=1 -timeout 30m -v ./adapters/overload

.PHONY: mutations
mutations: install ## plant bugs one by one: a test finds each, or this fails; writes adapters/mutations/TABLE.md (MUTATIONS='^A paid order' for some, without the table)
	MUTATIONS="$${MUTATIONS:-all}" go test -count=1 -timeout 0 -v -run Caught ./adapters/mutations

.PHONY: fuzz
fuzz: ## run every fuzz target for 30 seconds (FUZZTIME=5m for longer)
	@set -e; for m in $(MODULES); do for f in $$(grep -rlE '^func Fuzz' --include='*_test.go' $$m); do \
	  for t in $$(sed -nE 's/^func (Fuzz[A-Za-z0-9_]*).*/\1/p' $$f); do \
	    echo "$$(dirname $$f) $$t"; go test -run '^$$' -fuzz "^$$t$$" -fuzztime $${FUZZTIME:-30s} ./$$(dirname $$f); done; done; done

.PHONY: bench
bench: install ## measure the whole system beside floors, and write adapters/bench/TABLE.md (BENCH='create order' for some rows, into .data; BENCHTIME=1s for shorter rounds)
	BENCH="$${BENCH:-.}" BENCH_TABLE=$(CURDIR)/$(if $(BENCH),$(DATA)/bench.md,adapters/bench/TABLE.md) \
	  go test -count=1 -timeout 0 -v -run '^TestBench$$' ./adapters/bench

.PHONY: bench-compare
bench-compare: install ## measure this tree and the commit BASE=v0.2.0 in turns (BENCH='one ticket$$' for some rows, BENCHTIME=1s for shorter rounds)
	@test -n "$(BASE)" || { echo "BASE=<commit> is missing"; exit 1; }
	BENCH="$${BENCH:-.}" BENCH_BASE=$(BASE) go test -count=1 -timeout 0 -v -run '^TestCompare$$' ./adapters/bench

.PHONY: bench-go
bench-go: install ## run the benchmarks of single packages (BENCHTIME=5s for longer)
	go test -run '^$$' -bench . -benchtime $${BENCHTIME:-2s} $(ALL)

.PHONY: stress
stress: ## load a running system and check what it may never break (ARGS='-url https://ticketing.example.com'; ARGS=-help)
	go run ./adapters/cmd/stress $(ARGS)

##@ Before a commit

.PHONY: generate
generate: ## write what is derived from the services' tables of contents: template.yaml, manifests, tables in the docs
	@go run ./adapters/cmd/generate

.PHONY: check
check: generate-check fmt-check vet lint tidy-check ## what is generated, format, vet, lint and tidy checks

.PHONY: generate-check
generate-check:
	@go run ./adapters/cmd/generate -check

.PHONY: fmt
fmt: ## format the code
	gofmt -w $(MODULES)

.PHONY: fmt-check
fmt-check:
	@files=$$(gofmt -l $(MODULES)); [ -z "$$files" ] || { echo "not formatted: $$files"; exit 1; }

.PHONY: vet
vet:
	go vet -tags moto $(ALL)

.PHONY: lint
lint: $(BIN)/golangci-lint ## run the linters of .golangci.yaml
	$(BIN)/golangci-lint run $(ALL)

.PHONY: tidy
tidy: ## tidy every module
	@for m in $(MODULES); do (cd $$m && GOWORK=off go mod tidy) || exit 1; done

.PHONY: tidy-check
tidy-check:
	@for m in $(MODULES); do (cd $$m && GOWORK=off go mod tidy -diff) || exit 1; done

##@ Kubernetes and Knative

.PHONY: cluster
cluster: ## bring up kind with the whole system in it, or bring that up to date (needs Docker)
	@k8s/overlays/kind/up

.PHONY: verify-k8s
verify-k8s: ## build every overlay and component of k8s/ and knative/, and check schemas, security, settings, secrets and alerts
	go test -count=1 -timeout 20m ./adapters/manifests/verify

.PHONY: images
images: ## build every image and hand them to LOAD ('minikube image load', 'kind load image-archive'; k8s/scripts/images --help)
	@k8s/scripts/images

# The cluster that KUBECONFIG names, whose namespace ticketing they change. Make its images first.
.PHONY: verify-k8s-cluster
verify-k8s-cluster: ## trade on a real cluster: kills, rolling updates, scaling (FRONT=host:port of its ingress, RESTART_NODES=command, UPDATES=50, BUS=jetstream, POLICIES=enforced)
	FRONT_HOST=$${FRONT_HOST:-ticketing.test} go test -count=1 -timeout 3h -p 1 -v -tags cluster -run Kubernetes ./adapters/cluster ./adapters/manifests/verify

.PHONY: verify-knative-cluster
verify-knative-cluster: ## trade on a real Knative, from zero (FRONT=host:port of its gateway; EVENTING=no: with Serving alone)
	FRONT_HOST=$${FRONT_HOST:-front.ticketing.example.com} go test -count=1 -timeout 60m -v -tags cluster \
	  -run '^TestKnative$(if $(filter no,$(EVENTING)),WithoutEventing)$$' ./adapters/cluster

##@ AWS

.PHONY: aws-lint
aws-lint: ## check template.yaml by AWS's linter, which has SAM's translator in it (pip install cfn-lint), and by our tests
	@command -v cfn-lint >/dev/null || { echo "cfn-lint is missing: pip install cfn-lint"; exit 1; }
	cfn-lint --non-zero-exit-code warning template.yaml
	go test -count=1 -run Template ./adapters

.PHONY: aws-registry
aws-registry: ## note what CloudFormation's registry says of the types in template.yaml, from cfn-lint's copy of it
	adapters/lambda/stack/registry

include adapters/cmd/lambda.mk

.PHONY: aws-build
aws-build: ## sam build, for ARCHITECTURE=arm64 or x86_64
	ARCHITECTURE=$(ARCHITECTURE) sam build --parameter-overrides Architecture=$(ARCHITECTURE)

.PHONY: aws-images
aws-images: ## put the images of a large stack into REPOSITORY=<account>.dkr.ecr.<region>.amazonaws.com/<name>, and print its parameters
	@test -n "$(REPOSITORY)" || { echo "REPOSITORY=... is missing"; exit 1; }
	$(CRANE) copy public.ecr.aws/docker/library/nats-streaming:0.25.6-alpine $(REPOSITORY):nats-streaming
	$(CRANE) copy public.ecr.aws/cloudwatch-agent/cloudwatch-agent:latest $(REPOSITORY):cloudwatch-agent
	@image=$$(cd adapters && KO_DOCKER_REPO=$(REPOSITORY) go run github.com/google/ko@v0.19.1 build --bare --platform linux/$(ARCHITECTURE:x86_64=amd64) ./cmd/dispatcher) && echo DispatcherImage=$$image
	@digest=$$($(CRANE) digest $(REPOSITORY):nats-streaming) && echo NatsStreamingImage=$(REPOSITORY)@$$digest
	@digest=$$($(CRANE) digest $(REPOSITORY):cloudwatch-agent) && echo MetricsAgentImage=$(REPOSITORY)@$$digest
CRANE = go run github.com/google/go-containerregistry/cmd/crane@v0.21.5

##@ The rest

.PHONY: build
build: ## build the local system into .data/bin
	@mkdir -p $(BIN)
	@go build -o $(BIN)/ticketing ./adapters/cmd/ticketing

.PHONY: install
install: ## install what this machine lacks for run and test, without root and without touching its services
	@.ci/install postgres redis

.PHONY: install-pooler
install-pooler:
	@.ci/install pgbouncer

.PHONY: install-browser
install-browser:
	@.ci/install node chromium

.PHONY: clean
clean: ## remove what was built and all data
	rm -rf $(DATA)

.PHONY: help
help: ## show this
	@awk 'BEGIN {FS = ":.*## "} /^##@/ {printf "\n%s\n", substr($$0, 5)} /^[a-z0-9-]+:.*## / {printf "  make %-22s %s\n", $$1, $$2}' $(MAKEFILE_LIST)

$(BIN)/stripe-mock:
	@echo "installing stripe-mock into $(BIN)"
	@GOBIN=$(CURDIR)/$(BIN) go install github.com/stripe/stripe-mock@v0.203.0

$(SITE)/node_modules: $(SITE)/package-lock.json | install-browser
	@cd $(SITE) && npm ci --silent --no-audit --no-fund && touch node_modules

$(BIN)/golangci-lint:
	@echo "installing golangci-lint into $(BIN), which takes some minutes"
	@GOBIN=$(CURDIR)/$(BIN) go install $(LINTER)
