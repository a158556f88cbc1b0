# The Ansible collection (fleet/) on a site of stand-in hosts (tests/fleet/).
#   make test-fleet  the collection on 200 stand-in hosts, interrupted and resumed; HOSTS= for another number

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
	$(call prepare-build,$(build-targets) $(test-binaries))
	@SETUP_STEPS='packages build' HOSTS=$(HOSTS) TEST_LIMIT=14400 tests/prove -v tests/setup.t $(call named,$(fleet-tests))
