# Tests: everything prints TAP and prove collects it.
#   make test       unit tests, a short fuzz and the QEMU tests; installs what is missing
#   make test-unit  unit tests only
#   make test-e2e   QEMU tests only; T=name for one, KERNEL=own on the stage's own kernel
#   make test-gpu   on a machine with an NVIDIA GPU
#   make fuzz       SECONDS= for each fuzz target (default 600)
#   make bench      what the runner adds and what sealing costs; on a machine with an NVIDIA GPU
#   make lint       formatting, shell scripts, names that do not belong here

FUZZ_SECONDS ?= 60
SECONDS ?= 600
TEST_JOBS ?= 2

e2e-tests := $(sort $(wildcard tests/e2e/*.t))
scripted-tests := $(sort $(wildcard tests/unit/*.t))
prove := prove --timer -j $(TEST_JOBS) -e tests/run

.PHONY: test test-unit test-e2e test-gpu test-tools fuzz lint
test-tools:
	@scripts/setup.sh test

test: test-tools
	@$(MAKE) --no-print-directory build test-programs
	@scripts/parts.sh
	@FUZZ_SECONDS=$(FUZZ_SECONDS) $(prove) $(e2e-tests) $(fuzz-tests) $(scripted-tests) $(unit-tests)

.PHONY: test-programs
test-programs: $(unit-tests) $(fuzz-tests) $(test-binaries)

test-unit: test-tools
	@$(MAKE) --no-print-directory build $(unit-tests) $(test-binaries)
	@$(prove) $(scripted-tests) $(unit-tests)

test-e2e: test-tools
	@$(setup-kernel)
	@$(MAKE) --no-print-directory build $(test-binaries)
	@scripts/parts.sh
	@$(if $(setup-kernel),scripts/kernel.sh >/dev/null)
	@$(prove) -v $(if $(T),tests/e2e/$(T).t,$(e2e-tests))

test-gpu:
	@prove -v -e tests/run $(sort $(wildcard tests/gpu/*.t))

fuzz: test-tools
	@$(MAKE) --no-print-directory $(fuzz-tests)
	@FUZZ_SECONDS=$(SECONDS) $(prove) $(fuzz-tests)

lint: test-tools
	@tests/lint.sh

include tests/bench/rules.mk
