# Targets that need more than a compiler. `make help` prints the lines that start with "#   make".
#   make demo       XEN= KERNEL= DOM0_KERNEL= JOBS= DRIVER= DOM0=pv|pvh MEM= SMP=
#   make demo       ESP_BUS=virtio|ahci|nvme OUT=   (docs/operation.md)
#   make image      DRIVER=debian|FOLDER FLAVOUR=open|proprietary PAIR= GPU=turing|ampere+ COMPRESS=
#                   KERNEL=own   the bundle for a real host, in build/image/ (docs/image.md)
#   make kernel     the stage's own kernel, for KERNEL=own (five minutes on two processors)

image-variables := DRIVER FLAVOUR PAIR GPU COMPRESS KERNEL
demo-variables := FLAVOUR PAIR GPU XEN KERNEL DOM0_KERNEL JOBS DRIVER DOM0 MEM SMP ESP_BUS OUT LIMIT COMPRESS
export BUILD

# What KERNEL=own needs besides.
setup-kernel = $(if $(filter own,$(KERNEL)),scripts/setup.sh kernel)

.PHONY: kernel
kernel:
	@scripts/setup.sh kernel
	@scripts/kernel.sh

.PHONY: demo
demo:
	@scripts/setup.sh demo
	@$(setup-kernel)
	@$(MAKE) --no-print-directory build
	@$(foreach name,$(demo-variables),$(if $($(name)),$(name)='$($(name))')) scripts/demo.sh

.PHONY: image
image:
	@scripts/setup.sh demo
	@scripts/setup.sh driver
	@$(setup-kernel)
	@$(MAKE) --no-print-directory build
	@$(foreach name,$(image-variables),$(if $($(name)),$(name)='$($(name))')) scripts/image.sh
