# The front door. `make run` and `make test` need nothing but Rust and Node; see docs/development.md.
SHELL := /bin/bash
.SHELLFLAGS := -euo pipefail -c
.DEFAULT_GOAL := help
.DELETE_ON_ERROR:

# The tests bring Debian's Chromium; Playwright need not download its own.
export PLAYWRIGHT_SKIP_BROWSER_DOWNLOAD := 1
NPM_CI := npm ci --no-audit --no-fund --loglevel=error
PANEL := $(shell find web -name node_modules -prune -o -name dist -prune -o -type f -print 2>/dev/null)

.PHONY: help run test check bench generate
help:
	@echo "make run       build Keystead and start it at http://localhost:8080, data in ./data"
	@echo "make test      run every test there is, installing what they need"
	@echo "make check     formatting, lints and types only"
	@echo "make bench     measure, beside the machine's own limits"
	@echo "make generate  write the API document and the panel's client from the code"

run: | need-rust need-node
	@$(MAKE) --no-print-directory web/dist/index.html
	cargo build --workspace --bin keystead --locked
	exec "$${CARGO_TARGET_DIR:-target}/debug/keystead" serve

test: | need-rust need-node
	@exec scripts/test

check: | need-rust need-node
	@$(MAKE) --no-print-directory web/node_modules/.package-lock.json
	@exec scripts/test quick

bench: | need-rust need-node
	@$(MAKE) --no-print-directory web/dist/index.html
	@exec benches/run

generate: | need-rust need-node
	@$(MAKE) --no-print-directory web/node_modules/.package-lock.json
	@exec scripts/generate

web/dist/index.html: web/node_modules/.package-lock.json $(PANEL)
	npm --prefix web run build
	@touch $@

# npm writes this file last, so it is older than the lock file whenever packages are stale.
%/node_modules/.package-lock.json: %/package-lock.json
	cd $* && $(NPM_CI)
	@touch $@

.PHONY: need-rust need-node
need-rust:
	@command -v cargo >/dev/null || { echo "Rust is missing: get it at https://rustup.rs, then run make again." >&2; exit 1; }
need-node:
	@command -v npm >/dev/null || { echo "Node 20 or newer (with npm) is missing: see https://nodejs.org, then run make again." >&2; exit 1; }
