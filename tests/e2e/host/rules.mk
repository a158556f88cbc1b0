# The reference hosts: Debian with GRUB, Xen and a whole dom0, and one of XCP-ng's shape, in QEMU (tests/e2e/host/).
#   make test-host  from install to uninstall on the reference hosts; T=name for one; needs root once
#                   XEN=FOLDER with another Xen, CUTS=, SEED=, TRIALS=, TIMES=, ROWS=, MIB=, BUS=, LAYOUT=,
#                   LIMIT=seconds (docs/operation.md)

host-tests := $(sort $(wildcard tests/e2e/host/*.t))

.PHONY: test-host
test-host:
	$(prepare-tools)
	@tests/prepare.sh host scripts/setup.sh host
	$(call prepare-build,$(build-targets) $(BUILD)/tests/store-arm $(BUILD)/bench/shelf)
	+@tests/prepare.sh package $(MAKE) --no-print-directory dist
	$(prepare-parts)
	@SETUP_STEPS='packages host build package parts' TEST_LIMIT=14400 \
		tests/prove -v tests/setup.t $(call named,$(host-tests))
