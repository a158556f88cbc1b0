# PID 1 of the stage: static, so that it owes nothing to the libraries packed for the runner.
init-shared := $(region-srcs) efi/conf.c efi/keyvalue.c efi/path.c efi/text.c
init-srcs := initramfs/child.c initramfs/confine.c initramfs/driver.c initramfs/event.c initramfs/file.c \
	initramfs/handoff.c initramfs/init.c initramfs/next.c initramfs/nvidia.c \
	initramfs/phase.c initramfs/physical.c $(init-shared)

build-targets += $(BUILD)/initramfs/init
$(BUILD)/initramfs/init: $(call objects,obj,$(init-srcs))
	@mkdir -p $(@D)
	$(CC) -static -o $@ $^ -ljansson

$(eval $(call unit-test,initramfs_next,initramfs/next.c efi/keyvalue.c efi/text.c region/uuid.c))
$(eval $(call unit-test,initramfs_phase,initramfs/phase.c region/uuid.c))
$(eval $(call unit-test,initramfs_child,initramfs/child.c))
$(eval $(call unit-test,initramfs_confine,initramfs/confine.c initramfs/child.c))
$(eval $(call unit-test,initramfs_nvidia,initramfs/nvidia.c efi/text.c))
