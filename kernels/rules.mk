# rules of kernels/, included by the top Makefile
#
# clang compiles CUDA to PTX without an SDK. --cuda-path keeps it from one that happens to be
# installed, so the PTX is the same everywhere. sm_70 is the oldest target whose threads make
# progress independently; every later GPU takes the same PTX.

kernels-names := $(patsubst kernels/%.cu,%,$(wildcard kernels/*.cu))
kernels-ptx   := $(patsubst %,$(BUILD)/kernels/%.ptx,$(kernels-names))
kernels-flags := -x cuda -nocudainc -nocudalib --cuda-path=/nonexistent --cuda-device-only \
	--cuda-gpu-arch=sm_70 -Xclang -target-feature -Xclang +ptx63 -O2 -S -Wall -Wextra -Werror -Wshadow -Wundef

$(BUILD)/kernels/%.ptx: kernels/%.cu kernels/device.h
	$(call say,PTX)
	@mkdir -p $(@D)
	$(CLANG) $(kernels-flags) -o $@ $<

# A job folder is complete in itself, so the sample jobs get a copy of the PTX, which git ignores.
samples/jobs/%.ptx: $(BUILD)/kernels/%.ptx
	cp $< $@.$(notdir $(BUILD)).tmp
	mv $@.$(notdir $(BUILD)).tmp $@

build-targets += $(kernels-ptx) $(patsubst %,samples/jobs/%.ptx,$(kernels-names))

# The kernels of the built-in checks (kernels/check/), which forestage-run carries in itself. The
# tensor-core kernels need instructions of sm_80; others those of sm_89, sm_90 or sm_90a, which this
# clang does not know, but it takes the instructions as text, so only the two lines that name the
# target are replaced. Nor does it know that the blocks of an entry form clusters.
# The saboteur's kernels spoil a result on demand: only a test program carries them.
kernels-check-names   := memory compute transfer integer half tensor tensor8 sparse dmma dmma90 wgmma wgmma8 \
	sparse90 steps sram bulk constant code special agree agree80 agreemma agree90
kernels-check-ptx     := $(patsubst %,$(BUILD)/kernels/check/%.ptx,$(kernels-check-names))
kernels-saboteur-ptx  := $(patsubst %,$(BUILD)/kernels/saboteur/%.ptx,$(kernels-check-names))
kernels-check-flags   := $(kernels-flags)
kernels-tensor-flags  := $(subst sm_70,sm_80,$(subst +ptx63,+ptx70,$(kernels-flags)))
kernels-tensor-ptx    := %/tensor.ptx %/tensor8.ptx %/sparse.ptx %/sparse90.ptx %/dmma.ptx %/dmma90.ptx \
	%/wgmma.ptx %/wgmma8.ptx %/steps.ptx %/bulk.ptx %/agree80.ptx %/agreemma.ptx %/agree90.ptx
$(kernels-tensor-ptx): kernels-check-flags := $(kernels-tensor-flags)
kernels-target = s/^\.version .*/.version $(1)/; s/^\.target .*/.target $(2)/
%/wgmma.ptx %/wgmma8.ptx %/steps.ptx %/agree90.ptx: kernels-retarget := $(call kernels-target,8.0,sm_90a)
%/sparse90.ptx: kernels-retarget := $(call kernels-target,8.2,sm_90a)
%/dmma90.ptx: kernels-retarget := $(call kernels-target,7.8,sm_90)
%/sparse.ptx: kernels-retarget := $(call kernels-target,7.1,sm_80)
%/tensor8.ptx: kernels-retarget := $(call kernels-target,8.4,sm_89)
kernels-cluster := /^\.visible \.entry sram_bulk(/,/^{/ s/^{/.explicitcluster\n.reqnctapercluster 2, 1, 1\n{/
%/bulk.ptx: kernels-retarget := $(call kernels-target,8.0,sm_90); $(kernels-cluster)

define kernels-check-build
	@mkdir -p $(@D)
	$(CLANG) $(kernels-check-flags) $(1) -o $@ $<
	$(if $(kernels-retarget),sed -i '$(kernels-retarget)' $@)
endef

$(BUILD)/kernels/check/%.ptx: kernels/check/%.cu kernels/device.h $(wildcard kernels/check/*.h)
	$(call kernels-check-build,)

$(BUILD)/kernels/saboteur/%.ptx: kernels/check/%.cu kernels/device.h $(wildcard kernels/check/*.h)
	$(call kernels-check-build,-DFORESTAGE_SABOTEUR)

build-targets += $(kernels-check-ptx)
