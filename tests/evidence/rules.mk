# The experiment behind docs/feasibility.md: NVIDIA's real module in QEMU, without a GPU.
#   make evidence   ROWS="bare pv-4.17" LIMIT=seconds a boot (docs/feasibility.md)

.PHONY: evidence evidence-tools
evidence-tools:
	@scripts/setup.sh test
	@scripts/setup.sh driver

evidence: evidence-tools
	@$(MAKE) --no-print-directory $(BUILD)/dom0/forestage
	@ROWS='$(ROWS)' $(if $(LIMIT),LIMIT='$(LIMIT)') tests/evidence/evidence.t
