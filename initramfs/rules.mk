# PID 1 of the stage: static, so that it owes nothing to the libraries packed for the runner.
include initramfs/stage/rules.mk initramfs/driver/rules.mk initramfs/store/rules.mk initramfs/xen/rules.mk
init-srcs := initramfs/jobs.c $(initramfs-stage-srcs) $(initramfs-driver-srcs) $(initramfs-store-srcs) $(initramfs-xen-srcs) \
	$(lib-srcs) $(region-srcs) $(store-srcs) efi/layout/payload.c \
	$(addprefix efi/parse/,conf.c handoff.c keyvalue.c modules.c options.c order.c path.c text.c)

# What runs between Linux and Xen: compiled as for firmware (no red zone, position-independent), linked
# to a flat image that init carries.
purgatory-srcs := initramfs/xen/purgatory/check.c efi/firmware/string.c
purgatory-objs := $(BUILD)/efi/initramfs/xen/purgatory/entry.o $(call objects,efi,$(purgatory-srcs))
purgatory-image := $(BUILD)/initramfs/purgatory

$(BUILD)/efi/initramfs/xen/purgatory/entry.o: initramfs/xen/purgatory/entry.S initramfs/xen/purgatory/table.h
	$(call say,AS)
	@mkdir -p $(@D)
	$(CC) -I. -c $< -o $@

# No address may be left for a dynamic linker to fill in: there is none. What only a debugger reads may have them.
$(purgatory-image).elf: $(purgatory-objs) initramfs/xen/purgatory/image.lds
	$(call say,LD)
	@mkdir -p $(@D)
	! readelf -rW $(purgatory-objs) | awk "/^Relocation section/ { debug = /[.]debug/ } !debug" | \
		grep -E 'R_X86_64_(64|32|32S) '
	ld -nostdlib -z noexecstack --no-warn-rwx-segments -T initramfs/xen/purgatory/image.lds \
		$(purgatory-objs) -o $@

$(purgatory-image).bin: $(purgatory-image).elf
	objcopy -O binary -j .image $< $@

$(BUILD)/obj/initramfs/xen/purgatory/image.o: initramfs/xen/purgatory/image.S $(purgatory-image).bin
	@mkdir -p $(@D)
	$(CC) -DPURGATORY_IMAGE='"$(purgatory-image).bin"' -c $< -o $@

build-targets += $(BUILD)/initramfs/init
$(BUILD)/initramfs/init: $(BUILD)/obj/initramfs/init.o $(BUILD)/obj/init.a $(BUILD)/obj/initramfs/xen/purgatory/image.o
	@mkdir -p $(@D)
	$(CC) -static -o $@ $(filter %.o,$^) $(filter %.a,$^) -ljansson

$(eval $(call archive,init,$(init-srcs) initramfs/xen/purgatory/check.c))
$(foreach test,next phase watchdog child consoles jobs confine nvidia fabric load disks,\
	$(eval $(call unit-test,initramfs/$(test),init,-pthread -ljansson)))
$(eval $(call fuzz-test,initramfs_xenfile,initramfs/xen/xenfile.c lib/elf.c))
