# SPDX-License-Identifier: Apache-2.0
#
# The front door. Meson does the work behind it; `make help` says what there is.

PREFIX ?= /usr/local
DESTDIR ?=
SUITES ?=
# `make SETUP=:` leaves the machine's packages alone.
SETUP ?= tools/setup
FUZZ_SECONDS ?= 60

.DEFAULT_GOAL := all
.PHONY: all help setup program demo test lint truth-full bench fuzz install clean

all: ## the release program at build/brunt
	@$(SETUP) --build-only
	@$(MAKE) --no-print-directory program

help: ## this list
	@sed -n 's/^\([a-z-]*\):.*## \(.*\)/make \1\t\2/p' Makefile | expand -t 18

setup: ## installs what building and testing need (Debian 12 and 13)
	@$(SETUP)

program:
	@tools/build release >&2
	@cmp -s build/release/src/brunt build/brunt || install -m 755 build/release/src/brunt build/brunt

demo: ## sets up, builds, follows events through an embedded pipeline: one healthy, one with planted faults
	@$(SETUP) --demo
	@$(MAKE) --no-print-directory program
	@tools/demo

test: ## sets up, builds, runs every suite; SUITES=unit,spec selects
	@$(SETUP)
	@tools/test $(SUITES)

lint: ## the house rules
	@$(SETUP)
	@tools/test lint

truth-full: ## the truth suite with its long tests
	@$(SETUP)
	@TRUTH_FULL=1 tools/test truth

bench: ## speed, beside its peers
	@$(SETUP) --bench
	@$(MAKE) --no-print-directory program
	@bench/run

fuzz: ## each fuzz target for FUZZ_SECONDS
	@$(SETUP)
	@tools/fuzz $(FUZZ_SECONDS)

install: ## installs brunt, its manual page and completions below PREFIX (and DESTDIR)
	@test -x build/brunt || $(MAKE) --no-print-directory all
	install -D -m 755 build/brunt "$(DESTDIR)$(PREFIX)/bin/brunt"
	build/brunt --man >build/brunt.1
	install -D -m 644 build/brunt.1 "$(DESTDIR)$(PREFIX)/share/man/man1/brunt.1"
	build/brunt completion bash >build/brunt.bash
	install -D -m 644 build/brunt.bash "$(DESTDIR)$(PREFIX)/share/bash-completion/completions/brunt"
	build/brunt completion zsh >build/brunt.zsh
	install -D -m 644 build/brunt.zsh "$(DESTDIR)$(PREFIX)/share/zsh/site-functions/_brunt"
	build/brunt completion fish >build/brunt.fish
	install -D -m 644 build/brunt.fish "$(DESTDIR)$(PREFIX)/share/fish/vendor_completions.d/brunt.fish"

clean: ## removes what was built
	rm -rf build
