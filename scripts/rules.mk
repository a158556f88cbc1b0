# Targets that need more than a compiler.
#   make demo       the whole chain in QEMU on the sample jobs, up to dom0's verdict (docs/operation.md)
#                   XEN= KERNEL= DOM0_KERNEL= JOBS= LIBRARIES= PYTHON= DRIVER= FLAVOUR= PAIR= GPU= DOM0=pv|pvh
#                   MEM= SMP= ESP_BUS=virtio|ahci|nvme COMPRESS= OUT= LIMIT=seconds
#                   SOURCES=FILE with the lines of a sources.list, instead of this machine's own; everywhere
#                   GDB=yes   the machine waits for gdb (CONTRIBUTING.md)
#   make image      the bundle for a real host, in build/image/ (docs/image.md)
#                   DRIVER=debian|FILE.run|FOLDER FLAVOUR=open|proprietary PAIR= GPU=gsp_ga10x COMPRESS=
#                   KERNEL=own
#                   JOBS=FOLDER LIBRARIES=FOLDER   with what the programs of these jobs need
#                   PYTHON=yes|FOLDER   with Python 3
#                   FABRIC=FILE.tar.xz|FILE.deb|FOLDER   with NVIDIA's Fabric Manager, for NVSwitches
#   make dist       the packages for dom0 (.deb, .rpm), the Ansible collection, and build/image/ as a tarball
#   make kernel     the stage's own kernel, for KERNEL=own (five minutes on two processors)

image-variables := DRIVER FLAVOUR PAIR GPU COMPRESS KERNEL JOBS LIBRARIES PYTHON FABRIC
demo-variables := FLAVOUR PAIR GPU XEN KERNEL DOM0_KERNEL JOBS LIBRARIES PYTHON DRIVER DOM0 MEM SMP ESP_BUS OUT LIMIT COMPRESS GDB
export BUILD

# What KERNEL=own needs besides.
setup-kernel = $(if $(filter own,$(KERNEL)),scripts/setup.sh kernel)

# What the QEMU tests boot is brought at the start of a run, with the tools (test-tools).
test test-e2e test-driver: needs := -- tools stage dom0 xen xen-4.20 fonts python
test-host: needs := --

.PHONY: kernel
kernel:
	@scripts/setup.sh kernel
	@scripts/kernel.sh

.PHONY: demo
demo:
	@scripts/needs.sh demo $(if $(setup-kernel),kernel) --
	@$(MAKE) --no-print-directory build
	@$(foreach name,$(demo-variables),$(if $($(name)),$(name)='$($(name))')) scripts/demo.sh

.PHONY: image
image:
	@scripts/needs.sh demo driver $(if $(setup-kernel),kernel) --
	@$(MAKE) --no-print-directory build
	@$(foreach name,$(image-variables),$(if $($(name)),$(name)='$($(name))')) scripts/image.sh

# forestage-run for C libraries from glibc 2.17 on: scripts/dist/oldlibc.c. libdl and
# libpthread are named by their files, because newer libraries have merged them and the linker would leave them out.
comma := ,
old-functions := dlopen dlsym dlclose dlerror glob fstat fstatat stat lstat getrandom \
	pthread_create pthread_join __libc_start_main
dist-runner := $(BUILD)/dist/parts/forestage-run
$(dist-runner): $(call objects,obj,runner/main.c scripts/dist/oldlibc.c) $(BUILD)/obj/runner.a
	$(call say,LD)
	@mkdir -p $(@D)
	$(CC) -o $@ $^ $(addprefix -Wl$(comma)--wrap=,$(old-functions)) $(runner-libs) \
		-Wl,--no-as-needed $(foreach library,libdl.so.2 libpthread.so.0,$(shell $(CC) -print-file-name=$(library)))

# The same for what answers for the driver in a trial of CUDA in dom0 (--cached): one function has a newer version.
dist-shim := $(BUILD)/dist/parts/forestage-cached.so
$(dist-shim): research/inject/shim.c scripts/dist/oldlibc.h
	$(call say,LD)
	@mkdir -p $(@D)
	$(CC) $(filter-out -M%,$(HOSTED)) -fPIC -shared -include scripts/dist/oldlibc.h -o $@ $< \
		-Wl,--no-as-needed $(shell $(CC) -print-file-name=libdl.so.2)

# Packages of the dom0 side, the collection of fleet/, and the image as a tarball when `make image` has made one.
.PHONY: dist
dist:
	@scripts/setup.sh dist
	@$(MAKE) --no-print-directory $(BUILD)/dom0/forestage $(BUILD)/guard/forestage-guard $(dist-runner) $(dist-shim)
	@scripts/dist/dist.sh
