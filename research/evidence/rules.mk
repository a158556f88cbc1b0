# The experiment behind docs/feasibility.md: NVIDIA's real module in QEMU, with the outside of a GPU.
#   make evidence   runs NVIDIA's module in each setup of the table (docs/feasibility.md)
#                   ROWS="bare pv-4.17" for some, LIMIT=seconds per boot,
#                   KERNEL=own: the rows without Xen on the stage's own kernel,
#                   DRIVER=FILE.run|FOLDER: rows for this driver instead (docs/image.md)

.PHONY: evidence
evidence:
	$(prepare-tools)
	@tests/prepare.sh driver scripts/setup.sh driver
	$(call prepare-build,$(BUILD)/dom0/forestage)
	$(prepare-kernel)
	@$(if $(DRIVER),SOURCE=$$(DRIVER='$(DRIVER)' scripts/driver.sh source) && export SOURCE && unset DRIVER &&) \
		KERNEL='$(filter own,$(KERNEL))' ROWS='$(ROWS)' $(if $(LIMIT),LIMIT='$(LIMIT)') TEST_LIMIT=28800 \
		SETUP_STEPS='packages driver build $(if $(setup-kernel),kernel-tools kernel)' \
		tests/prove -v tests/setup.t research/evidence/evidence.t
