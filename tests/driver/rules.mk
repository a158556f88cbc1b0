# NVIDIA's real driver from Debian's packages (500 MB), in QEMU without a GPU.
#   make test-driver  the image twice, byte for byte; the real module without a GPU and with the outside
#                   of one; T=name for one

.PHONY: test-driver
test-driver: test-tools
	@scripts/setup.sh driver
	@$(MAKE) --no-print-directory build
	@scripts/parts.sh
	@prove -v -e tests/run $(call named,$(sort $(wildcard tests/driver/*.t)))
