# Tests: everything prints TAP and prove collects it.
#   make test       unit tests, a short fuzz and the QEMU tests; installs what is missing
#                   FUZZ_SECONDS= for each fuzzer, TEST_JOBS= at once
#   make test-unit  unit tests only; T=name for one
#   make test-e2e   QEMU tests only; T=name for one, KERNEL=own on the stage's own kernel,
#                   LONG=yes the machines that take many minutes, too
#   make test-gpu   on a machine with an NVIDIA GPU; T=name for one
#   make fuzz       SECONDS= for each fuzz target (default 600); T=name for one
#   make lint       formatting, shell scripts, names that do not belong here

FUZZ_SECONDS ?= 60
SECONDS ?= 600
TEST_JOBS ?= 2

e2e-tests := $(sort $(wildcard tests/e2e/*.t))
scripted-tests := $(sort $(wildcard tests/unit/*.t))
prove := prove --timer -j $(TEST_JOBS) -e tests/run

# $(call named,TESTS): those that T= names, or all. A name that none has ends make.
named = $(if $(T),$(foreach t,$(T),$(or $(filter %/$(t) %/$(t).t,$(1)),$(call no-such-test,$(t),$(1)))),$(1))
no-such-test = $(error T=$(1): there is no such test; $(shell tests/near.py '$(1)' $(basename $(notdir $(2)))))

.PHONY: test test-unit test-e2e test-gpu test-tools fuzz lint
test-tools:
	@scripts/needs.sh test $(needs)

test: test-tools
	@$(MAKE) --no-print-directory build test-programs
	@scripts/parts.sh
	@FUZZ_SECONDS=$(FUZZ_SECONDS) $(prove) $(e2e-tests) $(fuzz-tests) $(scripted-tests) $(unit-tests)

.PHONY: test-programs
test-programs: $(unit-tests) $(fuzz-tests) $(test-binaries)

test-unit: test-tools
	@$(MAKE) --no-print-directory $(filter $(unit-tests),$(call named,$(scripted-tests) $(unit-tests))) \
		$(if $(filter $(scripted-tests),$(call named,$(scripted-tests) $(unit-tests))),build $(test-binaries))
	@$(prove) $(call named,$(scripted-tests) $(unit-tests))

test-e2e: test-tools
	@$(setup-kernel)
	@$(MAKE) --no-print-directory build $(test-binaries)
	@scripts/parts.sh
	@$(if $(setup-kernel),scripts/kernel.sh >/dev/null)
	@$(prove) -v $(call named,$(e2e-tests))

test-gpu:
	@prove -v -e tests/run $(call named,$(sort $(wildcard tests/gpu/*.t)))

fuzz: test-tools
	@$(MAKE) --no-print-directory $(call named,$(fuzz-tests))
	@FUZZ_SECONDS=$(SECONDS) $(prove) $(call named,$(fuzz-tests))

lint: test-tools
	@tests/lint.sh

include tests/bench/rules.mk
