# How `sam build` makes the binary of a Lambda function: it calls `make --makefile <CodeUri>/Makefile build-<LogicalId>`,
# from a copy of CodeUri or from there. All functions of a service share a binary; FUNCTIONS chooses. ARCHITECTURE=x86_64 in the
# environment builds for that.
here := $(dir $(abspath $(firstword $(MAKEFILE_LIST))))

ARCHITECTURE ?= arm64

build-%:
	cd $(here) && CGO_ENABLED=0 GOOS=linux GOARCH=$(ARCHITECTURE:x86_64=amd64) \
	  go build -buildvcs=false -trimpath -tags lambda,lambda.norpc -ldflags '-s -w' -o '$(ARTIFACTS_DIR)/bootstrap' .
