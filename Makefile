# What people type. `make` alone lists it.
SHELL := /bin/bash
PROTOC_GEN_SWIFT := .build/proto/protoc-gen-swift

.PHONY: help
help: ## this list
	@grep -E '^[a-z-]+:.*##' $(MAKEFILE_LIST) | awk -F':.*## ' '{printf "  make %-12s %s\n", $$1, $$2}'

.PHONY: proto
proto: $(PROTOC_GEN_SWIFT) ## generate Sources/WireMessages from proto/ (needs protobuf-compiler)
	protoc --proto_path=proto --plugin=$(PROTOC_GEN_SWIFT) \
	  --swift_opt=Visibility=Public --swift_opt=FileNaming=DropPath --swift_out=Sources/WireMessages \
	  proto/wavetrain/v1/*.proto

$(PROTOC_GEN_SWIFT):
	swift package resolve
	swift build --package-path .build/checkouts/swift-protobuf --scratch-path .build/proto/build --product protoc-gen-swift
	install -D .build/proto/build/debug/protoc-gen-swift $@
