# rules of rehearsal/, included by the top Makefile
#
# No optimisation may move arithmetic across a change of the rounding mode or fuse it; nothing but
# the API leaves the library.

rehearsal-cflags := -fPIC -fvisibility=hidden -ffp-contract=off -frounding-math
rehearsal-sources := $(sort $(wildcard rehearsal/*.c))

$(BUILD)/rehearsal/libcuda.so.1: $(call objects,obj,$(rehearsal-sources)) rehearsal/libcuda.map
	$(call say,LD)
	@mkdir -p $(@D)
	$(CC) -shared -Wl,-soname,libcuda.so.1 -Wl,-z,defs,-z,relro,-z,now -Wl,--no-undefined \
		-Wl,--version-script=rehearsal/libcuda.map -o $@ $(filter %.o,$^) -lm -pthread

build-targets += $(BUILD)/rehearsal/libcuda.so.1

rehearsal-table := tests/unit/rehearsal_table.c tests/unit/rehearsal_gpu.c $(rehearsal-sources)
$(eval $(call unit-test,rehearsal_integer,$(rehearsal-table),-lm -ldl))
$(eval $(call unit-test,rehearsal_float,tests/unit/rehearsal_exact.c $(rehearsal-table),-lm -ldl))
$(eval $(call unit-test,rehearsal_parser,$(rehearsal-sources),-lm))
$(eval $(call unit-test,rehearsal_threads,tests/unit/rehearsal_gpu.c $(rehearsal-sources),-lm -ldl))
$(eval $(call unit-test,rehearsal_memory,tests/unit/rehearsal_gpu.c $(rehearsal-sources),-lm -ldl))
$(eval $(call unit-test,rehearsal_faults,tests/unit/rehearsal_gpu.c $(rehearsal-sources),-lm -ldl))
$(eval $(call unit-test,rehearsal_builtins,$(rehearsal-sources),-lm))
$(eval $(call unit-test,rehearsal_driver,$(rehearsal-sources),-lm))
$(eval $(call unit-test,rehearsal_special,$(rehearsal-table),-lm -ldl))
$(eval $(call unit-test,rehearsal_samples,\
	tests/unit/rehearsal_gpu.c $(rehearsal-sources) $(region-srcs),-linih -lm -ldl))

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

$(BUILD)/tests/unit/rehearsal_samples.t: | $(BUILD)/samples/expected \
	$(patsubst %,samples/jobs/%.ptx,$(kernels-names))

rehearsal-core := $(addprefix rehearsal/,$(filter-out attribute.c driver.c error.c device.c context.c module.c \
	transfer.c launch.c stream.c entry.c,$(notdir $(rehearsal-sources))))
$(eval $(call fuzz-test,rehearsal_ptx,$(rehearsal-core),-lm))
