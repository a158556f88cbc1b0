# The experiment behind docs/feasibility.md: NVIDIA's real module in QEMU, without a GPU.
#   make evidence   each way to run the driver, a row of the table each (docs/feasibility.md)
#                   ROWS="bare pv-4.17" for some, LIMIT=seconds a boot,
#                   KERNEL=own: its rows without Xen on the stage's own kernel

.PHONY: evidence evidence-tools
evidence-tools:
	@scripts/setup.sh test
	@scripts/setup.sh driver

evidence: evidence-tools
	@$(setup-kernel)
	@$(MAKE) --no-print-directory $(BUILD)/dom0/forestage
	@KERNEL='$(filter own,$(KERNEL))' ROWS='$(ROWS)' $(if $(LIMIT),LIMIT='$(LIMIT)') tests/evidence/evidence.t
