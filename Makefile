# Forestage: run CUDA on the bare GPU before Xen starts, hand the results to dom0.
#
#   make build      everything that needs no download; plain `make` does the same
#                   BUILD=folder CC= CLANG= OPT= CFLAGS=   V=1 shows the commands
#   make clean      removes what was built
#   make help       all targets and their variables
#
# Each room has a rules.mk beside its sources; this file holds what they share. `make help` prints the
# lines of all of them that start with "#   make", and those under them that are indented further.

BUILD   ?= build
ifeq ($(origin CC),default)
CC      := gcc
endif
CLANG   ?= clang-14
OPT     ?= -O2
ARCH    := x86_64

WARN    := -Wall -Wextra -Werror -Wstrict-prototypes -Wmissing-prototypes -Wvla \
	-Wshadow -Wformat=2 -Wundef
CFLAGS  ?=
# The folder is in no file: the same sources give the same bytes wherever they lie.
HOSTED  := -std=c11 -D_GNU_SOURCE -I. $(WARN) $(OPT) -g -ffile-prefix-map=$(CURDIR)=. -MMD -MP $(CFLAGS)
SANITIZE := -fsanitize=address,undefined -fno-sanitize-recover=all -fno-omit-frame-pointer
# For a program that tests start hundreds of times: gcc's is the shared one otherwise, which takes 60 ms longer to start.
STATIC_SANITIZE := $(if $(findstring clang,$(CC)),,-static-libasan -static-libubsan)
# What clang's -fsanitize=fuzzer asks for: of comparisons, too, that the compiler would put into the code itself.
COVERAGE := -fsanitize-coverage=trace-pc,trace-cmp \
	$(addprefix -fno-builtin-,memcmp memmem strcasecmp strcasestr strcmp strncasecmp strncmp strstr)
# Tests are many and large: gold, where binutils has it, takes half of ld's time.
TEST_LD := $(if $(shell command -v ld.gold),-fuse-ld=gold)

.DEFAULT_GOAL := build
.DELETE_ON_ERROR:
.SECONDARY:
MAKEFLAGS += --no-builtin-rules
ifneq ($(V),1)
MAKEFLAGS += --silent
endif

# $(call say,WHAT): a line for each thing built, or the command itself with V=1.
say = @printf '  %-6s %s\n' $(1) $@

build-targets :=
unit-tests :=
fuzz-tests :=
fuzzed-srcs :=

# Hosted objects, and the same objects under ASan and UBSan. Of these a debugger learns the lines alone, which is what
# their reports show, and takes a fifth off the compiler's time: CFLAGS=-g for all. The unit tests' own code is not
# optimised, which takes a third off; gcc then takes any number for as large as its type, and warns of the room for
# it. Those that a fuzzer is made of say where they are as they run (tests/fuzz/coverage.c); unit tests have the same
# ones and do not listen. Sums have nothing to say.
$(BUILD)/obj/%.o: %.c
	$(call say,CC)
	@mkdir -p $(@D)
	$(CC) $(HOSTED) $($(firstword $(subst /, ,$*))-cflags) -c $< -o $@

$(BUILD)/asan/%.o: %.c
	$(call say,CC)
	@mkdir -p $(@D)
	$(CC) $(HOSTED) $($(firstword $(subst /, ,$*))-cflags) \
		$(if $(filter tests/unit/%,$<),-O0 -Wno-format-truncation,-O1) -g1 $(CFLAGS) $(SANITIZE) \
		$(if $(filter $<,$(filter-out lib/crc32c.c lib/sha256%,$(fuzzed-srcs))),$(COVERAGE)) -c $< -o $@

# $(call objects,DIR,SOURCES): where the objects of SOURCES lie under build/DIR.
objects = $(patsubst %.c,$(BUILD)/$(1)/%.o,$(2))

# $(call archive,NAME,SOURCES): build/obj/NAME.a and build/asan/NAME.a: all of a program but its main. Who is linked with
# one takes what it needs.
define archive
$$(BUILD)/obj/$(1).a: $$(call objects,obj,$(2))
$$(BUILD)/asan/$(1).a: $$(call objects,asan,$(2))
endef

$(BUILD)/%.a:
	$(call say,AR)
	@rm -f $@
	ar qcsD $@ $^

# $(call test-source,NAME): tests/unit/test_NAME.c; of ROOM/NAME it is tests/unit/ROOM/test_NAME.c.
test-source = tests/unit/$(patsubst ./%,%,$(dir $(1))test_$(notdir $(1)).c)

# $(call cmocka-test,NAME,PARTS,LIBRARIES,DIR,FLAGS): the test of that name with cmocka, and of DIR the PARTS: sources,
# and behind them archives.
define cmocka-test
unit-tests += $$(BUILD)/tests/unit/$(1).t
$$(BUILD)/tests/unit/$(1).t: $$(call objects,$(4),$(call test-source,$(1)) $(filter %.c,$(2))) \
		$(patsubst %,$(BUILD)/$(4)/%.a,$(filter-out %.c,$(2))) $(if $(filter asan,$(4)),$$(unheard))
	$$(call say,LD)
	@mkdir -p $$(@D)
	$$(CC) $(5) $$(TEST_LD) -o $$@ $$^ -lcmocka $(3)
endef

# What sanitised programs are linked with that are no fuzzers.
unheard := $(BUILD)/obj/tests/fuzz/unheard.o

# $(call unit-test,NAME,PARTS,LIBRARIES): sanitised, as tests are.
unit-test = $(call cmocka-test,$(1),$(2),$(3),asan,$$(SANITIZE))

# $(call plain-test,NAME,PARTS,LIBRARIES): not sanitised, and five times as fast: for enumerations of thousands of
# cases, where what they call is sanitised in other tests, and for tests that start thousands of programs.
plain-test = $(call cmocka-test,$(1),$(2),$(3),obj)

# $(call fuzzer,FILE,SOURCES,LIBRARIES): sources that are fuzzed, with libFuzzer, which is clang's.
libfuzzer = $(shell $(CLANG) -print-resource-dir)/lib/linux/libclang_rt.fuzzer-$(ARCH).a -lstdc++ -lm
define fuzzer
fuzzed-srcs += $(2)
$(1): $$(call objects,asan,$(2)) $$(BUILD)/obj/tests/fuzz/coverage.o
	$$(call say,LD)
	@mkdir -p $$(@D)
	$$(CC) $$(SANITIZE) $$(TEST_LD) -Wl,--wrap=__sanitizer_cov_trace_pc -o $$@ $$^ $$(libfuzzer) $(3)
endef

# $(call fuzz-test,NAME,SOURCES,LIBRARIES): tests/fuzz/fuzz_NAME.c.
define fuzz-test
fuzz-tests += $$(BUILD)/tests/fuzz/$(1)
$$(eval $$(call fuzzer,$$(BUILD)/tests/fuzz/$(1),tests/fuzz/fuzz_$(1).c $(2),$(3)))
endef

include lib/rules.mk
include jobs/rules.mk
include region/rules.mk
include store/rules.mk
include files/rules.mk
include record/rules.mk
include efi/rules.mk
include kernels/rules.mk
include rehearsal/rules.mk
include runner/rules.mk
include initramfs/rules.mk
include guard/rules.mk
include dom0/rules.mk
include scripts/rules.mk
include tests/rules.mk
include tests/fleet/rules.mk
include tests/e2e/host/rules.mk
include tests/driver/rules.mk
include research/evidence/rules.mk

# What clang has to say of the programs and the fuzzers (make lint), which does not depend on how much it optimises.
program-srcs := $(sort dom0/main.c $(dom0-srcs) runner/main.c $(runner-srcs) initramfs/init.c $(init-srcs) \
	$(rehearsal-srcs) $(fuzzed-srcs))
efi-program-srcs := efi/main.c efi/run.c $(efi-firmware-srcs) $(efi-pure-srcs) $(efi-region-srcs) $(purgatory-srcs) \
	tests/e2e/fallback.c
headers := $(wildcard *.h */*.h */*/*.h */*/*/*.h)
clang-checks :=

# $(call clang-check,NAME,SOURCES,FLAGS): those that share their flags, in one process.
define clang-check
clang-checks += $$(BUILD)/clang/$(1).ok
$$(BUILD)/clang/$(1).ok: $(2) $(headers) tests/compile.py
	$$(call say,CLANG)
	@mkdir -p $$(@D)
	tests/compile.py $$(CLANG) $(2) -- $(filter-out -M%,$(3))
	@touch $$@
endef
$(foreach room,$(sort $(foreach source,$(program-srcs),$(firstword $(subst /, ,$(source))))),\
	$(eval $(call clang-check,$(room),$(filter $(room)/%,$(program-srcs)),$(HOSTED) $($(room)-cflags))))
$(eval $(call clang-check,firmware,$(efi-program-srcs),$(EFI_CFLAGS)))

.PHONY: build clang clean help test-programs
build: $(build-targets)

# All that make test compiles besides.
test-programs: $(unit-tests) $(fuzz-tests) $(test-binaries)

clang: $(clang-checks)

clean:
	rm -rf $(BUILD)

help:
	@sed -n 's/^#   \(make\|   \)/\1/p' $(filter Makefile %rules.mk,$(MAKEFILE_LIST))

object-folders := $(wildcard $(addprefix $(BUILD)/,obj asan efi))
-include $(if $(object-folders),$(shell find $(object-folders) -name '*.d' -type f))
