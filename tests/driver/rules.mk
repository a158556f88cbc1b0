# NVIDIA's real driver from Debian's packages (500 MB), in QEMU without a GPU.
#   make test-driver  builds the image twice and compares, and from a stand-in of NVIDIA's installer;
#                   NVIDIA's real module, without a GPU and with a PCI device that looks like one; compares the
#                   table of GPUs with the drivers' lists; T=name for one

.PHONY: test-driver
test-driver:
	$(prepare-tools)
	@tests/prepare.sh driver scripts/setup.sh driver
	$(call prepare-build,$(build-targets))
	$(prepare-parts)
	@SETUP_STEPS='packages driver build parts' TEST_LIMIT=7200 \
		tests/prove -v tests/setup.t $(call named,$(sort $(wildcard tests/driver/*.t)))
