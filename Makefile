# What people type. `make` alone lists it.
SHELL := /bin/bash
.DEFAULT_GOAL := help

PROTOC_GEN_SWIFT := .build/proto/protoc-gen-swift
PRODUCTS := wavetrain wavetrain-controller wavetrain-agent

# Headers of the libraries that the programs are linked with, and the foreign peers that the tests talk to.
LIBRARIES := libssl-dev zlib1g-dev libsqlite3-dev libcurl4-openssl-dev libyaml-dev
TEST_PEERS := openssl sqlite3 tzdata git python3-venv procps

# The same for build and test, so that nothing is compiled twice: an import that Package.swift does not list is an error.
SWIFT_FLAGS := --explicit-target-dependency-import-check error

# The programs bring Swift's own libraries along: hosts need none, and a command starts in a third of the time.
RELEASE_FLAGS := -c release --static-swift-stdlib

# Two cores are busy with these in any case; more would only make each other wait, until somebody's patience is over.
TESTS_AT_ONCE := 8

.PHONY: help
help: ## this list
	@grep -E '^[a-z-]+:.*##' $(MAKEFILE_LIST) | awk -F':.*## ' '{printf "  make %-12s %s\n", $$1, $$2}'

.PHONY: demo
demo: ## a whole release train on this machine: 14 agents, 4 releases; ATTENDED=1 asks you for the approvals
	@tools/install-packages $(LIBRARIES)
	@for product in $(PRODUCTS); do swift build $(RELEASE_FLAGS) --product $$product || exit 1; done
	@ATTENDED=$(ATTENDED) controller/demo/run.sh "$$(swift build $(RELEASE_FLAGS) --show-bin-path)"

.PHONY: test
test: ## build and pass all tests
	@tools/install-packages $(LIBRARIES) $(TEST_PEERS)
	@tools/install-counterparts .build/counterparts
	SWT_EXPERIMENTAL_MAXIMUM_PARALLELIZATION_WIDTH=$(TESTS_AT_ONCE) tools/run-tests $(SWIFT_FLAGS)

.PHONY: torture
torture: ## the long runs: agents killed, power cut, disks that fail, hostile archives, drawn histories; some 40 minutes
	@tools/install-packages $(LIBRARIES) $(TEST_PEERS)
	SWT_EXPERIMENTAL_MAXIMUM_PARALLELIZATION_WIDTH=$(TESTS_AT_ONCE) tools/torture . $(SWIFT_FLAGS)

.PHONY: bench
bench: ## measure releases with real fleets on this machine, each figure beside what was asked; ROUNDS=5
	@tools/install-packages $(LIBRARIES) iproute2
	@for product in $(PRODUCTS) measure-decisions; do swift build $(RELEASE_FLAGS) --product $$product || exit 1; done
	@benchmarks/run.sh "$$(swift build $(RELEASE_FLAGS) --show-bin-path)"

.PHONY: bench-transfer
bench-transfer: ## what travels between two real releases, beside rsync, and to a region; needs apt; PAIRS="package …"
	@tools/install-packages $(LIBRARIES) rsync
	@for product in $(PRODUCTS); do swift build $(RELEASE_FLAGS) --product $$product || exit 1; done
	@benchmarks/transfer.sh "$$(swift build $(RELEASE_FLAGS) --show-bin-path)"

.PHONY: deb
deb: ## Debian packages of agent, controller and command, in .build/deb
	@tools/install-packages $(LIBRARIES) binutils dpkg-dev
	@for product in $(PRODUCTS); do swift build $(RELEASE_FLAGS) --product $$product || exit 1; done
	@tools/make-deb "$$(swift build $(RELEASE_FLAGS) --show-bin-path)"

.PHONY: test-release
test-release: ## packages in a clean root, and agents that replace themselves, with release programs (needs root)
	@tools/install-packages $(LIBRARIES)
	@for product in $(PRODUCTS); do swift build $(RELEASE_FLAGS) --product $$product || exit 1; done
	tools/test-upgrade "$$(swift build $(RELEASE_FLAGS) --show-bin-path)" .build/upgrade-run
	tools/test-deb "$$(swift build $(RELEASE_FLAGS) --show-bin-path)"

.PHONY: lint
lint: ## the style of Swift and shell, and what may not stand in either
	@tools/lint

.PHONY: proto
proto: $(PROTOC_GEN_SWIFT) ## generate Sources/WireMessages from proto/ (needs protobuf-compiler)
	protoc --proto_path=proto --plugin=$(PROTOC_GEN_SWIFT) \
	  --swift_opt=Visibility=Public --swift_opt=FileNaming=DropPath --swift_out=Sources/WireMessages \
	  proto/wavetrain/v1/*.proto

$(PROTOC_GEN_SWIFT):
	swift package resolve
	swift build --package-path .build/checkouts/swift-protobuf --scratch-path .build/proto/build --product protoc-gen-swift
	install -D .build/proto/build/debug/protoc-gen-swift $@

.PHONY: clean
clean: ## remove everything that was built, and the demo's folder
	rm -rf .build demo-run bench-run
