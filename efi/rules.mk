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

# Parsers, layouts and decisions: no firmware, compiled for the tests too.
efi-pure-srcs := $(addprefix efi/,archive.c cmdline.c conf.c cpio.c decision.c devicepath.c \
	digests.c event.c keyvalue.c loadoptions.c manifest.c memorymap.c options.c order.c path.c payload.c pe.c repeat.c rsdp.c \
	text.c)
efi-firmware-srcs := $(addprefix efi/,bundle.c console.c debug.c fallback.c firmware.c folder.c helpers.c \
	image.c initrd.c ledger.c main.c pages.c reservation.c run.c string.c variable.c)
efi-region-srcs := $(filter-out region/bootline.c,$(region-srcs))

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

$(BUILD)/efi/forestage.so: $(call objects,efi,$(efi-pure-srcs) $(efi-firmware-srcs) \
	$(efi-region-srcs))
$(BUILD)/efi/fallback.so: $(call objects,efi,tests/e2e/fallback.c)

build-targets += $(BUILD)/efi/forestage.efi $(BUILD)/efi/fallback.efi

efi-test-srcs := $(efi-pure-srcs) $(efi-region-srcs)

$(eval $(call unit-test,efi_text,$(efi-test-srcs)))
$(eval $(call unit-test,efi_options,efi/options.c efi/text.c))
$(eval $(call unit-test,efi_manifest,$(efi-test-srcs)))
$(eval $(call unit-test,efi_archive,$(efi-test-srcs) tests/unit/efi_cpio_reader.c))
$(eval $(call unit-test,efi_payload,$(efi-test-srcs)))
$(eval $(call unit-test,efi_digests,$(efi-test-srcs),-pthread))
$(eval $(call unit-test,efi_stage,$(efi-test-srcs)))
$(eval $(call unit-test,efi_repeat,$(efi-test-srcs)))
$(eval $(call unit-test,efi_firmware,$(efi-test-srcs)))
$(eval $(call fuzz-test,efi_conf,$(efi-test-srcs)))
$(eval $(call fuzz-test,efi_manifest,$(efi-test-srcs)))
$(eval $(call fuzz-test,efi_firmware,$(efi-test-srcs)))
