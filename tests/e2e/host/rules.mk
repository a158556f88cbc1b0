# The reference host: Debian with GRUB, Xen and a whole dom0, in QEMU (tests/e2e/host/).
#   make test-host  the whole life on that host; T=name for one; needs root once, for the host's disk
#                   CUTS=, TIMES=, LIMIT=seconds (docs/operation.md)

host-tests := $(sort $(wildcard tests/e2e/host/*.t))

.PHONY: test-host
test-host: test-tools
	@scripts/setup.sh host
	@$(MAKE) --no-print-directory build dist
	@scripts/parts.sh
	@prove -v --timer -e tests/run $(call named,$(host-tests))
