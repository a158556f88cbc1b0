# The Ansible collection (fleet/) on sites of stand-in hosts, and on three reference hosts in QEMU (tests/fleet/).
#   make test-fleet  the collection on 200 stand-in hosts, interrupted and resumed, and by SSH on three
#                   reference hosts; T=name for one; needs root once; HOSTS= KILLS= KILL_LINES= FORKS= BATCH=
#                   SEED=

fleet-tests := $(sort $(wildcard tests/fleet/*.t))

# What init does at the end of a stage.
test-binaries += $(BUILD)/tests/stage-seal
$(BUILD)/tests/stage-seal: $(call objects,obj,tests/fleet/stage_seal.c $(region-srcs) $(lib-srcs))
	$(call say,LD)
	@mkdir -p $(@D)
	$(CC) -o $@ $^

.PHONY: test-fleet
test-fleet:
	$(prepare-tools)
	@tests/prepare.sh host scripts/setup.sh host
	$(call prepare-build,$(build-targets) $(test-binaries))
	+@tests/prepare.sh package $(MAKE) --no-print-directory dist
	$(prepare-parts)
	@SETUP_STEPS='packages host build package parts' HOSTS=$(HOSTS) TEST_LIMIT=14400 \
		tests/prove -v tests/setup.t $(call named,$(fleet-tests))
