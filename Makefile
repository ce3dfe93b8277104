# SPDX-License-Identifier: MIT
# A thin front for CMake; `make help` lists what there is.
PREFIX ?= /usr/local
DESTDIR ?=
PROGRAM_PREFIX ?=
BUILD ?= build/release
JOBS ?= $(shell nproc 2>/dev/null || echo 2)
CMAKE_ARGS ?=
ARGS ?=

.PHONY: all deps demo check test lint asan tsan coverage fuzz sweep storm bench install uninstall deb clean help

configure = cmake -S . -B $(1) -DCMAKE_INSTALL_PREFIX=$(PREFIX) -DPROGRAM_PREFIX=$(PROGRAM_PREFIX) $(2) $(CMAKE_ARGS)
# Tests find the programs of another build directory through MOREIPC_BUILD.
checked = $(call configure,$(1),$(2)) && MAKEFLAGS= cmake --build $(1) -j $(JOBS) && tests/check $(1) $(ARGS)

all: ## build the tools into build/release/bin
	@$(call configure,$(BUILD),-DCMAKE_BUILD_TYPE=Release)
	@MAKEFLAGS= cmake --build $(BUILD) -j $(JOBS) --target tools
deps: ## install what building needs (shown first; DRY=1: only shown)
	@tests/packages build
demo: all ## hand real work through a queue to four workers (DIR=... : the files to work on)
	@MOREIPC_BUILD=$(abspath $(BUILD)) tests/demo $(DIR)
check: ## install what the tests need, build and run all of them (ARGS: for ctest)
	@tests/packages check
	@$(call checked,$(BUILD),-DCMAKE_BUILD_TYPE=Release)
test: check
lint: ## clang-tidy, shellcheck, manual pages and banned calls
	@tests/lint $(BUILD)
asan: ## the tests under AddressSanitizer and UndefinedBehaviorSanitizer
	@$(call checked,build/asan,--preset asan)
tsan: ## the tests under ThreadSanitizer
	@$(call checked,build/tsan,--preset tsan)
coverage: ## the tests with coverage, and a summary by file
	@$(call checked,build/coverage,--preset coverage) && gcovr -r . --object-directory build/coverage -f 'common/' -f 'tools/' --print-summary
fuzz: ## fuzz every parser, SECONDS=60 each
	@tests/fuzz/run build/fuzz $(or $(SECONDS),60)
sweep: all ## make every system call of every verb fail in turn (hours)
	@tests/sweep/run $(BUILD) all
storm: all ## kill senders and receivers at random while messages flow (minutes)
	@tests/storm/run $(BUILD)
bench: all ## measure against the peers; prints tables
	@MAKEFLAGS= cmake --build $(BUILD) -j $(JOBS) --target bench-programs
	@tests/bench/run $(BUILD) $(JOB)
install: all ## install below PREFIX (DESTDIR, PROGRAM_PREFIX)
	@DESTDIR=$(DESTDIR) cmake --install $(BUILD)
uninstall: ## remove what install installed
	@while read -r file || [ -n "$$file" ]; do rm -f "$(DESTDIR)$$file"; done <$(BUILD)/install_manifest.txt
deb: all ## a Debian package in the build directory
	@cd $(BUILD) && cpack -G DEB
clean: ## remove build/
	@rm -rf build
help: ## this list
	@awk -F ':.*## ' '/^[a-z]+:.*## / { printf "  make %-10s %s\n", $$1, $$2 }' $(MAKEFILE_LIST)
