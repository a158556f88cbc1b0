# Benchmarks.
#   make bench      what the runner adds and what sealing costs; on a machine with an NVIDIA GPU
#   tests/bench/many   many small jobs in one context, on one GPU and on all; says itself what it takes
#   tests/bench/store  how fast large results are written to a store and read back, beside dd
#   tests/bench/sweep  what a sweep of 100,000 points takes to read, and one of 1,000 to run beside as many files
#   make bench-boot each way from firmware to Xen, ours and others; needs root, and an hour
#   make bench-scale  COUNTS="1000 10000 100000" jobs: how the command grows, and what hostile regions cost
#   make bench-fleet  HOSTS=2500 hosts with four runs each: report --fleet, its time and memory
bench-programs := $(BUILD)/bench/seal $(BUILD)/bench/vecadd_bare $(BUILD)/bench/gpu $(BUILD)/bench/shelf

.PHONY: bench-programs bench
bench: bench-programs $(BUILD)/runner/forestage-run $(BUILD)/dom0/forestage
	@BUILD=$(BUILD) tests/bench/runner.sh

bench-programs: $(bench-programs)

# A made-up fleet with planted GPUs: what is found of them, and what that costs. HOSTS is for make test-fleet, too, which
# has a number of its own: so neither sets it.
.PHONY: bench-fleet
bench-fleet: $(BUILD)/tests/fleet-runs $(BUILD)/dom0/forestage
	@BUILD=$(BUILD) tests/bench/fleet.sh $(or $(HOSTS),2500)

# How the command grows from 1,000 jobs to 100,000, and what it makes of regions that want too much.
.PHONY: bench-scale
bench-scale: $(BUILD)/bench/scale $(BUILD)/dom0/forestage
	@$(BUILD)/bench/scale $(BUILD)/dom0/forestage $(COUNTS)

$(BUILD)/bench/scale: $(call objects,obj,tests/bench/scale.c $(region-srcs) $(lib-pure-srcs))
	$(call say,LD)
	@mkdir -p $(@D)
	$(CC) -o $@ $^

$(BUILD)/bench/seal: $(call objects,obj,tests/bench/seal.c $(region-srcs) $(lib-pure-srcs))
	$(call say,LD)
	@mkdir -p $(@D)
	$(CC) -o $@ $^

$(BUILD)/bench/shelf: $(call objects,obj,tests/bench/shelf.c $(store-srcs) $(store-needs) $(region-srcs))
	$(call say,LD)
	@mkdir -p $(@D)
	$(CC) -pthread -o $@ $^

$(BUILD)/bench/vecadd_bare: $(call objects,obj,tests/bench/vecadd_bare.c)
	$(call say,LD)
	@mkdir -p $(@D)
	$(CC) -o $@ $^ -ldl

# Each figure of the checks beside the limit of the same card.
$(BUILD)/bench/limits.ptx: tests/bench/limits.cu kernels/device.h
	@mkdir -p $(@D)
	$(CLANG) $(kernels-flags) -o $@ $<

$(BUILD)/obj/tests/bench/gpu.o: $(BUILD)/bench/limits.ptx
$(BUILD)/obj/tests/bench/gpu.o: tests-cflags += -DBENCH_PTX='"$(BUILD)/bench/limits.ptx"'
$(BUILD)/bench/gpu: $(BUILD)/obj/tests/bench/gpu.o $(BUILD)/obj/runner.a
	$(call say,LD)
	@mkdir -p $(@D)
	$(CC) -o $@ $^ $(runner-libs)

# Every way from firmware to Xen, ours and others (docs/performance.md); needs root, and an hour.
.PHONY: bench-boot
bench-boot:
	@scripts/setup.sh demo
	@scripts/setup.sh kernel
	@$(MAKE) --no-print-directory build
	@BUILD=$(BUILD) tests/bench/boot
