# The two commands that matter: `make demo` and `make test`. Both install what is missing first.
SHELL := /bin/bash
.DEFAULT_GOAL := build

CONFIGURATION_FLAGS ?=
VENV := .venv
PYTHON := $(VENV)/bin/python
PREFIX ?= /usr/local
# For a machine that does other things too: BENCH_FLAGS="--slack 4".
BENCH_FLAGS ?=
SWIFT_BUILD := swift build $(CONFIGURATION_FLAGS)
# The release binary carries Swift's own libraries, so it runs where no toolchain is installed. Its relocations are packed, since
# every start reads and keeps them (1.2 MiB else), and it exports no symbols, for nothing links to it. Stacks are walked by the unwind
# tables; frame pointers would only cost each call. What runs for every request lies together: `make order`.
RELEASE_FLAGS := -c release --static-swift-stdlib --omit-frame-pointers -Xswiftc -Xfrontend -Xswiftc -function-sections \
	-Xswiftc -use-ld=lld -Xlinker -z -Xlinker pack-relative-relocs -Xlinker --no-export-dynamic \
	-Xlinker --symbol-ordering-file=$(CURDIR)/scripts/function-order -Xlinker --no-warn-symbol-ordering

.PHONY: build deps test-deps bench-deps order-deps venv venv-demo demo test tsan coverage lint docs api bench bench-gateway order examples-deps examples man install clean help

help: ## Show the targets.
	@sed -n 's/^\([a-z-]*\):.*## /\1\t/p' $(MAKEFILE_LIST) | expand -t 14

build: deps ## Build everything for debugging.
	$(SWIFT_BUILD)

deps: ## Install the Debian packages that are missing, or say which are.
	@scripts/dependencies

test-deps: deps
	@scripts/dependencies curl prometheus procps bubblewrap

venv-demo: deps ## Make a Python environment with the demo's model and server.
	@scripts/python-environment $(VENV) scripts/requirements-demo.txt

venv: deps ## Make a Python environment with all that the tests run against.
	@scripts/python-environment $(VENV) scripts/requirements-demo.txt scripts/requirements-test.txt
	@scripts/python-environment .venv-mcp scripts/requirements-mcp.txt
	@scripts/python-environment .venv-mcp1 scripts/requirements-mcp1.txt

demo: venv-demo ## Stream an answer of a real local model through plexctl, over two dialects.
	swift build $(RELEASE_FLAGS) --product plexctl
	@scripts/demo "$$(swift build $(RELEASE_FLAGS) --show-bin-path)/plexctl" $(PYTHON)

# Some at a time: all at once starve each other beyond their time limits on a small machine.
test: test-deps venv ## Run the whole test suite, against real parts.
	$(SWIFT_BUILD) --build-tests
	scripts/test --experimental-maximum-parallelization-width 16 $(CONFIGURATION_FLAGS)

# One test after another: all at once under the sanitizer starve each other beyond their time limits. The gateway as a process
# is left out, as its load is real; its parts are tested within. So are a store whose writers are killed, a limit on memory, and what computes in one thread and nothing else.
tsan: test-deps venv ## Run the suite under thread sanitizer.
	swift build --build-tests --sanitize=thread --scratch-path .build/tsan
	TSAN_OPTIONS=suppressions=$(CURDIR)/scripts/tsan-suppressions swift test --no-parallel --skip-build --sanitize=thread --scratch-path .build/tsan --skip 'IntegrationTests\.Gateway' --skip 'CredentialKitTests\.StoreCrashTests' \
		--skip 'MCPKitTests\.ConnectionLeakTests' \
		--skip 'RouterKitTests\.(Simulation|SimulatedFault|Scenario|ExecutionProperty|BreakerModel|StrategyDistribution)Tests'

# Needs a build of its own too.
coverage: test-deps venv ## Run the suite in a counting build, and hold what it covers against the gates.
	scripts/coverage

lint: ## Check format, doc comments and house rules.
	@scripts/lint

docs: ## Build the documentation; check symbols, links and the code on every page.
	@scripts/check-documentation

# Builds the libraries twice: as they are, and as they were.
api: deps ## Tell what the public interface lost since the last release (BASE=COMMIT for another one).
	@scripts/check-api $(BASE)

bench: deps ## Measure the figures that the project promises.
	swift build $(RELEASE_FLAGS)
	"$$(swift build $(RELEASE_FLAGS) --show-bin-path)/Benchmarks" --check --awake $(BENCH_FLAGS)

bench-deps: deps
	@scripts/dependencies nginx-light wrk

bench-gateway: bench-deps ## Measure the gateway beside nginx and LiteLLM, and write docs/benchmarks.md.
	swift build $(RELEASE_FLAGS)
	@scripts/bench-gateway "$$(swift build $(RELEASE_FLAGS) --show-bin-path)/Benchmarks" $(BENCH_FLAGS)

order-deps: deps
	@scripts/dependencies valgrind binutils

order: order-deps ## Write anew in which order the linker puts the functions, after large changes.
	swift build $(RELEASE_FLAGS) --product plexctl
	scripts/order-functions "$$(swift build $(RELEASE_FLAGS) --show-bin-path)/plexctl" >.build/function-order
	mv .build/function-order scripts/function-order

examples-deps: deps
	@scripts/dependencies nginx-light openssl

examples: venv examples-deps ## Build and run each example, and the README's.
	$(SWIFT_BUILD) --product plexctl
	@scripts/examples "$$($(SWIFT_BUILD) --show-bin-path)/plexctl" $(PYTHON)

man: ## Write the man page, and the recorded help and completions, from the command tree.
	MODELPLEX_RECORD=1 swift test --filter PageSnapshotTests

install: deps ## Install plexctl and its man page below PREFIX.
	swift build $(RELEASE_FLAGS) --product plexctl
	install -D "$$(swift build $(RELEASE_FLAGS) --show-bin-path)/plexctl" $(DESTDIR)$(PREFIX)/bin/plexctl
	install -D -m 644 docs/man/plexctl.1 $(DESTDIR)$(PREFIX)/share/man/man1/plexctl.1

clean: ## Remove what was built.
	rm -rf .build $(VENV) .venv-mcp .venv-mcp1 .venv-bench
