# PID 1 of the stage: static, so that it owes nothing to the libraries packed for the runner.
init-shared := $(region-srcs) efi/conf.c efi/keyvalue.c efi/options.c efi/path.c efi/payload.c efi/text.c \
	$(lib-srcs)
init-srcs := $(addprefix initramfs/,child.c confine.c driver.c event.c file.c firmwaremap.c handoff.c \
	identity.c init.c jobs.c load.c multiboot.c next.c nvidia.c phase.c physical.c placement.c say.c watchdog.c xenfile.c) $(init-shared)

# What runs between Linux and Xen: compiled as for firmware (no red zone, position-independent), linked
# to a flat image that init carries.
purgatory-srcs := initramfs/purgatory/check.c efi/string.c
purgatory-objs := $(BUILD)/efi/initramfs/purgatory/entry.o $(call objects,efi,$(purgatory-srcs))
purgatory-image := $(BUILD)/initramfs/purgatory

$(BUILD)/efi/initramfs/purgatory/entry.o: initramfs/purgatory/entry.S initramfs/purgatory/table.h
	$(call say,AS)
	@mkdir -p $(@D)
	$(CC) -I. -c $< -o $@

# No address may be left for a dynamic linker to fill in: there is none. What only a debugger reads may have them.
$(purgatory-image).elf: $(purgatory-objs) initramfs/purgatory/image.lds
	$(call say,LD)
	@mkdir -p $(@D)
	! readelf -rW $(purgatory-objs) | awk "/^Relocation section/ { debug = /[.]debug/ } !debug" | \
		grep -E 'R_X86_64_(64|32|32S) '
	ld -nostdlib -z noexecstack --no-warn-rwx-segments -T initramfs/purgatory/image.lds \
		$(purgatory-objs) -o $@

$(purgatory-image).bin: $(purgatory-image).elf
	objcopy -O binary -j .image $< $@

$(BUILD)/obj/initramfs/purgatory/image.o: initramfs/purgatory/image.S $(purgatory-image).bin
	@mkdir -p $(@D)
	$(CC) -DPURGATORY_IMAGE='"$(purgatory-image).bin"' -c $< -o $@

build-targets += $(BUILD)/initramfs/init
$(BUILD)/initramfs/init: $(call objects,obj,$(init-srcs)) $(BUILD)/obj/initramfs/purgatory/image.o
	@mkdir -p $(@D)
	$(CC) -static -o $@ $^ -ljansson

$(eval $(call unit-test,initramfs_next,initramfs/next.c efi/keyvalue.c efi/text.c region/uuid.c))
$(eval $(call unit-test,initramfs_phase,initramfs/phase.c region/uuid.c))
$(eval $(call unit-test,initramfs_watchdog,initramfs/watchdog.c,-pthread))
$(eval $(call unit-test,initramfs_child,initramfs/child.c initramfs/file.c))
$(eval $(call unit-test,initramfs_jobs,initramfs/jobs.c initramfs/say.c $(lib-srcs)))
$(eval $(call unit-test,initramfs_confine,initramfs/confine.c initramfs/child.c initramfs/file.c))
$(eval $(call unit-test,initramfs_nvidia,initramfs/nvidia.c efi/text.c))
$(eval $(call unit-test,initramfs_load,$(addprefix initramfs/,firmwaremap.c identity.c multiboot.c placement.c \
	purgatory/check.c xenfile.c)))
$(eval $(call fuzz-test,initramfs_xenfile,initramfs/xenfile.c))
