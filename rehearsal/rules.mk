# rules of rehearsal/, included by the top Makefile
#
# No optimisation may move arithmetic across a change of the rounding mode or fuse it; nothing but
# the API leaves the library.

rehearsal-cflags := -fPIC -fvisibility=hidden -ffp-contract=off -frounding-math
rehearsal-rooms := base ptx build execute driver
include $(rehearsal-rooms:%=rehearsal/%/rules.mk)
rehearsal-srcs := $(foreach room,$(rehearsal-rooms),$(rehearsal-$(room)-srcs))

$(BUILD)/rehearsal/libcuda.so.1: $(call objects,obj,$(rehearsal-srcs)) rehearsal/libcuda.map
	$(call say,LD)
	@mkdir -p $(@D)
	$(CC) -shared -Wl,-soname,libcuda.so.1 -Wl,-z,defs,-z,relro,-z,now -Wl,--no-undefined \
		-Wl,--version-script=rehearsal/libcuda.map -o $@ $(filter %.o,$^) -lm -pthread

build-targets += $(BUILD)/rehearsal/libcuda.so.1

$(eval $(call archive,rehearsal,$(rehearsal-srcs)))
$(foreach test,parser builtins driver,$(eval $(call unit-test,rehearsal/$(test),rehearsal,-lm)))

# On the interpreter, or on a GPU.
rehearsal-gpu := tests/unit/rehearsal/gpu.c rehearsal
rehearsal-table := tests/unit/rehearsal/table.c $(rehearsal-gpu)
$(foreach test,threads memory faults,$(eval $(call unit-test,rehearsal/$(test),$(rehearsal-gpu),-lm -ldl)))
$(foreach test,integer special,$(eval $(call unit-test,rehearsal/$(test),$(rehearsal-table),-lm -ldl)))
$(eval $(call unit-test,rehearsal/float,tests/unit/rehearsal/exact.c $(rehearsal-table),-lm -ldl))
$(eval $(call unit-test,rehearsal/samples,$(lib-pure-srcs) $(region-srcs) $(rehearsal-gpu),-linih -lm -ldl))

# What the sample jobs read and must give, computed anew for that test.
samples-cflags := -ffp-contract=off

$(BUILD)/samples/generate: $(BUILD)/obj/samples/generate.o
	$(call say,LD)
	@mkdir -p $(@D)
	$(CC) -o $@ $^ -lm

$(BUILD)/samples/expected: $(BUILD)/samples/generate
	$(call say,GEN)
	$< $(@D)
	touch $@

$(BUILD)/tests/unit/rehearsal/samples.t: | $(BUILD)/samples/expected \
	$(patsubst %,samples/jobs/%.ptx,$(kernels-names))

$(eval $(call fuzz-test,rehearsal_ptx,$(filter-out $(rehearsal-driver-srcs),$(rehearsal-srcs)),-lm))
