# forestage.efi, and the loader that stands for the host's in the tests.
#
# Objects of an EFI application are compiled apart from all hosted ones: callbacks use the
# firmware's calling convention, and interrupts may write below the stack pointer.

EFI_INCLUDE ?= /usr/include/efi
EFI_LIB     ?= /usr/lib

EFI_CFLAGS := -std=c11 -I. -isystem $(EFI_INCLUDE) -isystem $(EFI_INCLUDE)/$(ARCH) $(WARN) -O2 -g \
	-ffile-prefix-map=$(CURDIR)=. -MMD -MP \
	-fpic -ffreestanding -fno-stack-protector -fno-strict-aliasing -fshort-wchar -mno-red-zone \
	-fno-asynchronous-unwind-tables -DGNU_EFI_USE_MS_ABI
EFI_LDFLAGS := -nostdlib -znocombreloc -shared -Bsymbolic --no-undefined --fatal-warnings \
	-T $(EFI_LIB)/elf_$(ARCH)_efi.lds $(EFI_LIB)/crt0-efi-$(ARCH).o

include efi/parse/rules.mk efi/layout/rules.mk efi/firmware/rules.mk
efi-pure-srcs := $(efi-parse-srcs) $(efi-layout-srcs)
efi-region-srcs := $(filter-out region/bootline.c,$(region-srcs)) $(lib-pure-srcs)

$(BUILD)/efi/%.o: %.c
	$(call say,CC)
	@mkdir -p $(@D)
	$(CC) $(EFI_CFLAGS) -c $< -o $@

$(BUILD)/efi/%.so:
	$(call say,LD)
	ld $(EFI_LDFLAGS) $^ -o $@ -L$(EFI_LIB) -lgnuefi

$(BUILD)/efi/%.efi: $(BUILD)/efi/%.so
	$(call say,EFI)
	objcopy -j .text -j .sdata -j .data -j .rodata -j .dynamic -j .dynsym -j '.rel*' -j '.rela*' \
		-j .reloc --target=efi-app-$(ARCH) --subsystem=10 $< $@

$(BUILD)/efi/forestage.so: $(call objects,efi,efi/main.c efi/run.c $(efi-firmware-srcs) \
	$(efi-pure-srcs) $(efi-region-srcs))
$(BUILD)/efi/fallback.so: $(call objects,efi,tests/e2e/fallback.c)

build-targets += $(BUILD)/efi/forestage.efi $(BUILD)/efi/fallback.efi

# The parsers and layouts, for tests.
efi-test-srcs := $(efi-pure-srcs) $(efi-region-srcs)
$(eval $(call archive,efi,$(efi-test-srcs)))

$(foreach test,text options manifest payload digests stage repeat firmware,\
	$(eval $(call unit-test,efi/$(test),efi,-pthread)))
$(eval $(call unit-test,efi/archive,tests/unit/efi/cpio_reader.c efi))
$(foreach test,conf manifest firmware,$(eval $(call fuzz-test,efi_$(test),$(efi-test-srcs))))
