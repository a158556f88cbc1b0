# dom0/: the `forestage` command, one static binary.
dom0-pure := dom0/document.c dom0/escape.c dom0/event.c dom0/fields.c dom0/file.c dom0/iomem.c \
	dom0/job.c dom0/memory.c dom0/path.c dom0/phases.c dom0/print.c dom0/problems.c \
	dom0/result.c dom0/run.c dom0/summary.c dom0/verdict.c
dom0-verbs := dom0/collect.c dom0/failure.c dom0/folder.c dom0/help.c dom0/option.c dom0/source.c \
	dom0/status.c dom0/tree.c dom0/verb.c
dom0-srcs := dom0/main.c $(dom0-verbs) $(dom0-pure) $(region-srcs)

build-targets += $(BUILD)/dom0/forestage
$(BUILD)/dom0/forestage: $(call objects,obj,$(dom0-srcs))
	$(call say,LD)
	@mkdir -p $(@D)
	$(CC) -static -o $@ $^ -ljansson -lm

# Regions of every kind as files, for tests that run the command itself.
dom0-sample := tests/unit/dom0_sample.c
test-binaries += $(BUILD)/tests/dom0-samples
$(BUILD)/tests/dom0-samples: $(call objects,obj,tests/unit/dom0_sample_write.c $(dom0-sample) \
		$(region-srcs))
	$(call say,LD)
	@mkdir -p $(@D)
	$(CC) -o $@ $^

$(eval $(call unit-test,dom0_text,dom0/escape.c dom0/iomem.c dom0/option.c dom0/path.c \
	dom0/print.c,-ljansson))
$(eval $(call unit-test,dom0_verdict,dom0/problems.c dom0/verdict.c,-ljansson))
$(eval $(call unit-test,dom0_phases,dom0/phases.c,-lm))
$(eval $(call unit-test,dom0_run,$(dom0-sample) $(dom0-pure) $(region-srcs),-ljansson -lm))

# Flips bits of a region; not sanitised, because each of some 80,000 flips reads it all.
flips-srcs := tests/unit/test_region_flips.c $(dom0-sample) $(dom0-pure) $(region-srcs)
unit-tests += $(BUILD)/tests/unit/region_flips.t
test-binaries += $(BUILD)/tests/region-flips
$(BUILD)/tests/unit/region_flips.t $(BUILD)/tests/region-flips: $(call objects,obj,$(flips-srcs))
	$(call say,LD)
	@mkdir -p $(@D)
	$(CC) -o $@ $^ -ljansson -lm
$(eval $(call unit-test,dom0_collect,$(dom0-sample) $(dom0-verbs) $(dom0-pure) $(region-srcs),\
	-ljansson -lm))

$(eval $(call fuzz-test,region_reader,$(dom0-pure) $(region-srcs),-ljansson -lm))
$(eval $(call fuzz-test,dom0_text,dom0/escape.c dom0/iomem.c dom0/path.c dom0/print.c,-ljansson))
