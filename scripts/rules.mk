# Targets that need more than a compiler. `make help` prints the lines that start with "#   make".
#   make demo       XEN= KERNEL= DOM0_KERNEL= JOBS= DRIVER= DOM0=pv|pvh MEM= SMP=
#   make demo       ESP_BUS=virtio|ahci|nvme OUT=   (docs/operation.md)
#   make image      DRIVER=debian|FOLDER FLAVOUR=open|proprietary PAIR= GPU=turing|ampere+ COMPRESS=
#                   the bundle for a real host, in build/image/ (docs/image.md)

image-variables := DRIVER FLAVOUR PAIR GPU COMPRESS
demo-variables := FLAVOUR PAIR GPU XEN KERNEL DOM0_KERNEL JOBS DRIVER DOM0 MEM SMP ESP_BUS OUT LIMIT COMPRESS
export BUILD

.PHONY: demo
demo:
	@scripts/setup.sh demo
	@$(MAKE) --no-print-directory build
	@$(foreach name,$(demo-variables),$(if $($(name)),$(name)='$($(name))')) scripts/demo.sh

.PHONY: image
image:
	@scripts/setup.sh demo
	@scripts/setup.sh driver
	@$(MAKE) --no-print-directory build
	@$(foreach name,$(image-variables),$(if $($(name)),$(name)='$($(name))')) scripts/image.sh
