# Tests: everything prints TAP and tests/prove collects it.
#   make test       unit tests, lint, a short fuzz and the QEMU tests; installs what is missing
#                   FUZZ_SECONDS= for each fuzzer (10), TEST_JOBS= at once, TEST_LIMIT= seconds per file
#   make test-unit  unit tests only; T=name for one, T=room for those of a room
#                   LONG=yes runs in full those that are shorter in make test
#   make test-e2e   QEMU tests only; T=name for one, KERNEL=own on the stage's own kernel,
#                   XEN=FILE with a Xen of your own, LONG=yes also the machines that take many minutes
#   make faults     the faults of docs/faults.md that QEMU tests try, and a table of where each machine ended;
#                   T=fallthrough for those of one test
#   make test-all   every suite that has not passed since its subject changed (docs/operation.md)
#                   SUITES= for some, ALL=yes the others as well
#   make suites     when each suite last passed, and what has changed under it since
#   make test-gpu   on a machine with an NVIDIA GPU; T=name for one
#   make fuzz       SECONDS= for each fuzz target (default 600); T=name for one
#   make lint       formatting, a second compiler, shell scripts, man pages, links, rooms

FUZZ_SECONDS ?= 10
SECONDS ?= 600
# One more than there are processors: some tests wait.
TEST_JOBS ?= $(shell expr $$(nproc) + 1)

e2e-tests := $(sort $(wildcard tests/e2e/*.t))
scripted-tests := $(sort $(wildcard tests/unit/*.t tests/unit/*/*.t))
# Where nothing has run yet, in the order that is here: machines first, and last what is quick.
all-tests = tests/setup.t $(shell BUILD='$(BUILD)' tests/longest.sh \
	$(e2e-tests) tests/lint.t $(fuzz-tests) $(scripted-tests) $(unit-tests))
prove := tests/prove -j $(TEST_JOBS)

# $(call named,TESTS): those that T= names, by themselves or by their room, or all. A name that none has ends make.
named = $(if $(T),$(foreach t,$(T),$(or $(call named-by,$(t),$(1)),$(call no-such-test,$(t),$(1)))),$(1))
named-by = $(filter %/$(1) %/$(1).t tests/unit/$(1)/% $(BUILD)/tests/unit/$(1)/%,$(2))
no-such-test = $(error T=$(1): there is no such test; $(shell tests/near.py '$(1)' $(2)))

# The steps of tests/prepare.sh; $(call prepare-build,TARGETS). As many jobs as there are processors, but
# for a make that was given a number itself.
jobs = $(if $(findstring jobserver,$(MAKEFLAGS)),,-j$(shell nproc))
prepare-build = +@tests/prepare.sh build $(1) -- $(MAKE) --no-print-directory $(jobs)
prepare-tools = @tests/prepare.sh begin && tests/prepare.sh packages scripts/needs.sh test $(needs)
prepare-kernel = $(if $(setup-kernel),@tests/prepare.sh kernel-tools $(setup-kernel) && \
	tests/prepare.sh kernel scripts/kernel.sh)
prepare-parts = @tests/prepare.sh parts scripts/parts.sh

.PHONY: test test-unit test-e2e test-gpu test-tools fuzz lint test-all suites faults
test-tools:
	@scripts/needs.sh test $(needs)

test:
	$(prepare-tools)
	$(call prepare-build,$(build-targets) $(unit-tests) $(fuzz-tests) $(test-binaries))
	$(prepare-parts)
	@FUZZ_SECONDS=$(FUZZ_SECONDS) $(prove) $(all-tests)

named-units = $(call named,$(scripted-tests) $(unit-tests))
named-scripts = $(filter $(scripted-tests),$(named-units))
# Scripts run some of those in C themselves, and name them whole.
units-of-scripts = $(filter $(unit-tests),$(addprefix $(BUILD)/,$(if $(named-scripts),\
	$(shell grep -ohE 'tests/unit/[a-z0-9_]+/[a-z0-9_]+\.t' $(named-scripts)))))
test-unit:
	$(prepare-tools)
	$(call prepare-build,$(sort $(filter $(unit-tests),$(named-units)) $(units-of-scripts)) \
		$(if $(named-scripts),$(build-targets) $(test-binaries)))
	@SETUP_STEPS='packages build' $(prove) tests/setup.t $(named-units)

test-e2e:
	$(prepare-tools)
	$(call prepare-build,$(build-targets) $(test-binaries))
	$(prepare-parts)
	$(prepare-kernel)
	@SETUP_STEPS='packages build parts $(if $(setup-kernel),kernel-tools kernel)' tests/prove -v tests/setup.t $(call named,$(e2e-tests))

# The report reads what the tests print, and decides by that.
fault-tests = $(call named,$(shell tests/faults.py files))
faults:
	$(prepare-tools)
	$(call prepare-build,$(build-targets) $(test-binaries))
	$(prepare-parts)
	@SETUP_STEPS='packages build parts' tests/prove -v tests/setup.t $(fault-tests) | tests/faults.py report $(fault-tests)

test-gpu:
	@tests/prove -v $(call named,$(sort $(wildcard tests/gpu/*.t)))

fuzz:
	$(prepare-tools)
	$(call prepare-build,$(call named,$(fuzz-tests)))
	@FUZZ_SECONDS=$(SECONDS) TEST_LIMIT=$$(($(SECONDS) + 600)) SETUP_STEPS='packages build' \
		$(prove) tests/setup.t $(call named,$(fuzz-tests))

lint: test-tools
	@tests/prove -v tests/lint.t

test-all:
	@SUITES='$(SUITES)' ALL='$(ALL)' tests/suites.sh run

suites:
	@tests/suites.sh

# A fuzzer with faults to find (tests/unit/fuzzers.t).
test-binaries += $(BUILD)/tests/planted
$(eval $(call fuzzer,$(BUILD)/tests/planted,tests/fuzz/planted.c))

include tests/bench/rules.mk
