# ARGS passes further arguments on: make train ARGS="--model lenet"

SHELL := /bin/bash
.DEFAULT_GOAL := help

# One set of flags for the program and the tests, so that one build serves both. Testable imports
# would compile every module a second time, and no test needs them: the tests see what is `package`.
build_flags := -c release --explicit-target-dependency-import-check error
test_flags := $(build_flags) --disable-testable-imports --disable-xctest

# Where a test crashes: the frames, without the registers and images that would hide them.
backtrace := enable=yes,color=no,registers=none,images=none

chorus := scripts/with-runtimes .build/release/chorus

# `make test CHORUS_REQUIRE_RUNTIMES=0` tests on the runtimes that are there.
CHORUS_REQUIRE_RUNTIMES ?= 1

# `make test CHORUS_LONG_TESTS=1` also runs the tests that take hours.
CHORUS_LONG_TESTS ?= 0

# In order under `make -j` too: building needs what setup installs.
.NOTPARALLEL:

.PHONY: help setup build train devices test sanitize lint bench bundle test-bundle clean

help: ## list the targets
	@sed -n 's/^\([a-z-]*\):[^#]*## \(.*\)/make \1\t\2/p' $(firstword $(MAKEFILE_LIST)) | expand -t 20

setup: ## install what building and running needs
	@scripts/setup run

build: ## build the program for release
	swift build $(build_flags)

train: setup build ## train on every device and prove the result: ARGS="..."
	$(chorus) train --prove 10 $(ARGS)

devices: setup build ## list the OpenCL devices that training would use
	$(chorus) devices $(ARGS)

test: ## install what testing needs (270 MB, once) and run the tests: ARGS="--filter ..."
	@scripts/setup $(if $(filter 0,$(CHORUS_REQUIRE_RUNTIMES)),run,test)
	SWIFT_BACKTRACE=$(backtrace) CHORUS_REQUIRE_RUNTIMES=$(CHORUS_REQUIRE_RUNTIMES) CHORUS_LONG_TESTS=$(CHORUS_LONG_TESTS) scripts/with-runtimes swift test $(test_flags) $(ARGS)

sanitize: ## run the tests of threads and raw memory under the thread and address sanitizers
	@scripts/setup test
	CHORUS_REQUIRE_RUNTIMES=1 scripts/sanitize thread $(ARGS)
	CHORUS_REQUIRE_RUNTIMES=1 scripts/sanitize address $(ARGS)

lint: ## check the style of the Swift files, the kernels and the scripts
	@scripts/lint

bench: setup build ## measure, with the peers that CHORUS_PEERS_PYTHON has: ARGS="NAME ..."
	scripts/with-runtimes benchmarks/run $(ARGS)

bundle: setup ## make the portable bundle: .build/bundle/chorus-VERSION-x86_64-linux.tar.gz
	scripts/bundle

test-bundle: ## test the bundle in a clean root made with debootstrap; needs root
	scripts/test-bundle

clean: ## remove what was built
	rm -rf .build .build-static
