# dom0/: the `forestage` command, one static binary.
# What a pass needs; what was required of a check is read and held with the runner's own code.
dom0-proof := dom0/proof.c dom0/gpuproof.c dom0/trace.c dom0/claim.c dom0/outputclaim.c dom0/checkclaim.c dom0/testclaim.c dom0/healthclaim.c \
	$(record-srcs) runner/check_baseline.c runner/health.c runner/check_require.c runner/check_tests.c runner/number.c
dom0-pure := $(lib-srcs) dom0/bounds.c dom0/document.c dom0/escape.c dom0/event.c dom0/fields.c dom0/file.c dom0/iomem.c \
	dom0/job.c dom0/jsoncost.c dom0/junit.c dom0/ktap.c dom0/memory.c dom0/path.c dom0/phases.c dom0/print.c dom0/problems.c \
	dom0/result.c dom0/run.c dom0/summary.c dom0/verdict.c $(dom0-proof)
# What is decided about the host, from text and bytes alone.
dom0-host-pure := $(addprefix dom0/,bootoption.c grubhook.c grubmenu.c grubtest.c \
	fatname.c grubvariables.c grubwords.c hashlist.c mount.c ptxentry.c state.c xenimage.c)
# The host's files, programs and variables.
dom0-host := $(addprefix dom0/,armed.c ask.c bundle.c changes.c crosscheck.c delivery.c durable.c esp.c \
	firmware.c guests.c host.c jobcheck.c jobcopy.c joblist.c jobnames.c jobreview.c method.c \
	metrics.c nextsystem.c once.c order.c outlet.c program.c readiness.c survey.c swap.c xenboot.c)
# What forestage.efi and the runner understand, dom0 reads with the same code.
dom0-shared := $(addprefix efi/,conf.c keyvalue.c manifest.c options.c order.c path.c repeat.c text.c) \
	runner/folder.c runner/jobfolder.c $(filter-out region/%,$(runner-parser))
# What doctor looks at, and what it makes of it.
dom0-doctor-pure := $(addprefix dom0/,diagnosis.c kernellog.c nvidiaversion.c pat.c)
dom0-doctor := $(dom0-doctor-pure) $(addprefix dom0/,doctor.c facts.c gpus.c hypervisor.c lookup.c \
	nvidia.c)
# Runs side by side.
dom0-report-pure := $(addprefix dom0/,chart.c comparison.c html.c numbers.c page.c pagejobs.c \
	pageparts.c pagetimes.c)
dom0-report := $(dom0-report-pure) $(addprefix dom0/,compare.c report.c runs.c)
dom0-verbs := $(addprefix dom0/,arm.c check.c collect.c disarm.c failure.c folder.c help.c \
	install.c jsonfile.c option.c room.c source.c status.c tree.c uninstall.c verb.c) $(dom0-host) \
	$(dom0-host-pure) $(dom0-shared) $(dom0-doctor) $(dom0-report) $(files-srcs)
dom0-srcs := dom0/main.c $(dom0-verbs) $(dom0-pure) $(region-srcs)

build-targets += $(BUILD)/dom0/forestage
$(BUILD)/dom0/forestage: $(call objects,obj,$(dom0-srcs))
	$(call say,LD)
	@mkdir -p $(@D)
	$(CC) -static -o $@ $^ -ljansson -linih -lm

# Regions of every kind as files, for tests that run the command itself.
dom0-sample := tests/unit/dom0_sample.c
test-binaries += $(BUILD)/tests/dom0-samples
$(BUILD)/tests/dom0-samples: $(call objects,obj,tests/unit/dom0_sample_write.c $(dom0-sample) \
		$(region-srcs))
	$(call say,LD)
	@mkdir -p $(@D)
	$(CC) -o $@ $^

$(eval $(call unit-test,dom0_text,$(lib-srcs) dom0/escape.c dom0/iomem.c dom0/memory.c dom0/option.c \
	dom0/path.c dom0/print.c,-ljansson))
$(eval $(call unit-test,dom0_jsoncost,$(lib-srcs) tests/unit/json_counter.c dom0/bounds.c dom0/escape.c \
	dom0/jsoncost.c dom0/problems.c,-ljansson))
$(eval $(call unit-test,dom0_verdict,$(lib-srcs) dom0/problems.c dom0/verdict.c,-ljansson))
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
	-ljansson -linih -lm))
$(eval $(call unit-test,dom0_bounds,tests/unit/json_counter.c $(dom0-sample) $(dom0-verbs) \
	$(dom0-pure) $(region-srcs),-ljansson -linih -lm))
$(eval $(call unit-test,dom0_check,$(dom0-verbs) $(dom0-pure) $(region-srcs),\
	-ljansson -linih -lm))

$(eval $(call fuzz-test,dom0_check,dom0/jobreview.c dom0/ptxentry.c runner/folder.c \
	runner/jobfolder.c lib/escape.c $(runner-parser),-ljansson -linih))
$(eval $(call fuzz-test,region_reader,$(dom0-pure) $(region-srcs),-ljansson -lm))
$(eval $(call fuzz-test,dom0_jsoncost,tests/unit/json_counter.c dom0/jsoncost.c,-ljansson))
$(eval $(call fuzz-test,dom0_text,$(lib-srcs) dom0/escape.c dom0/iomem.c dom0/memory.c dom0/path.c \
	dom0/print.c,-ljansson))

# The verbs on stand-ins for whole hosts.
dom0-host-tested := tests/unit/dom0_host.c $(dom0-verbs) $(dom0-pure) $(region-srcs)
$(eval $(call unit-test,dom0_install,$(dom0-host-tested),-ljansson -linih -lm))
$(eval $(call unit-test,dom0_arm,$(dom0-host-tested) $(dom0-sample),-ljansson -linih -lm))
# The command itself against somebody who changes its files; not sanitised, because it is started
# some thousand times.
unit-tests += $(BUILD)/tests/unit/dom0_race.t
$(BUILD)/tests/unit/dom0_race.t: $(call objects,obj,tests/unit/test_dom0_race.c \
		$(dom0-host-tested)) | $(BUILD)/dom0/forestage
	$(call say,LD)
	@mkdir -p $(@D)
	$(CC) -o $@ $^ -lcmocka -ljansson -linih -lm
$(eval $(call unit-test,dom0_hostile,$(dom0-host-tested) $(dom0-sample),-ljansson -linih -lm))
$(eval $(call unit-test,dom0_host,$(dom0-host-tested),-ljansson -linih -lm))
$(eval $(call unit-test,dom0_doctor,$(dom0-host-tested),-ljansson -linih -lm))
$(eval $(call fuzz-test,dom0_report,$(dom0-report-pure) $(dom0-doctor-pure) $(lib-srcs) dom0/escape.c \
	dom0/memory.c dom0/print.c dom0/summary.c,-ljansson -lm))
$(eval $(call unit-test,dom0_report,$(dom0-host-tested),-ljansson -linih -lm))
$(eval $(call unit-test,dom0_state,dom0/state.c efi/keyvalue.c efi/order.c efi/repeat.c efi/text.c \
	$(region-srcs)))
$(eval $(call fuzz-test,dom0_host,$(dom0-host-pure) dom0/memory.c efi/keyvalue.c efi/manifest.c \
	efi/order.c efi/path.c efi/repeat.c efi/text.c dom0/failure.c $(lib-srcs) $(region-srcs),-ljansson))

$(eval $(call unit-test,record_schema,$(lib-srcs) $(record-srcs) dom0/verdict.c dom0/problems.c runner/status.c \
	$(runner-parser),-ljansson -linih))

# forestage-run as it is called, and every region that it leaves held against the tables.
runner-harness := tests/unit/runner_harness.c $(dom0-pure) $(region-srcs)
$(eval $(call unit-test,runner_end_to_end,$(runner-harness),-ljansson -lm))
$(eval $(call unit-test,runner_isolation,$(runner-harness),-ljansson -lm))
$(eval $(call plain-test,dom0_proof,tests/unit/dom0_exempt.c tests/unit/dom0_mutate.c $(runner-harness),-ljansson -lm))
$(eval $(call plain-test,dom0_gpu,tests/unit/dom0_gpu_lies.c tests/unit/dom0_exempt.c tests/unit/dom0_mutate.c $(dom0-pure) $(region-srcs),\
	-ljansson -lm))
$(eval $(call unit-test,dom0_claim,$(dom0-sample) $(dom0-pure) $(region-srcs),-ljansson -lm))
$(BUILD)/tests/unit/runner_end_to_end.t $(BUILD)/tests/unit/runner_isolation.t \
	$(BUILD)/tests/unit/dom0_proof.t: | $(runner-end)

# Another user's attacks on the two programs as they are built; not sanitised, for it starts some
# 1,600 of them.
$(eval $(call plain-test,paths_attack,$(dom0-sample) files/beneath.c files/owner.c $(region-srcs)))
$(BUILD)/tests/unit/paths_attack.t: | $(BUILD)/dom0/forestage $(BUILD)/runner/forestage-run \
	$(BUILD)/rehearsal/libcuda.so.1
