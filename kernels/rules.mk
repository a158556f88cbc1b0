# rules of kernels/, included by the top Makefile
#
# clang compiles CUDA to PTX without an SDK. --cuda-path keeps it from one that happens to be
# installed, so the PTX is the same everywhere. sm_70 is the oldest target whose threads make
# progress independently; every later GPU takes the same PTX.

kernels-names := $(patsubst kernels/%.cu,%,$(wildcard kernels/*.cu))
kernels-ptx   := $(patsubst %,$(BUILD)/kernels/%.ptx,$(kernels-names))
kernels-flags := -x cuda -nocudainc -nocudalib --cuda-path=/nonexistent --cuda-device-only \
        --cuda-gpu-arch=sm_70 -Xclang -target-feature -Xclang +ptx63 -O2 -S -Wall -Wextra -Werror

$(BUILD)/kernels/%.ptx: kernels/%.cu kernels/device.h
	$(call say,PTX)
	@mkdir -p $(@D)
	$(CLANG) $(kernels-flags) -o $@ $<

# A job folder is complete in itself, so the sample jobs get a copy of the PTX, which git ignores.
samples/jobs/%.ptx: $(BUILD)/kernels/%.ptx
	cp $< $@.$(notdir $(BUILD)).tmp
	mv $@.$(notdir $(BUILD)).tmp $@

build-targets += $(kernels-ptx) $(patsubst %,samples/jobs/%.ptx,$(kernels-names))
