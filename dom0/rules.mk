# dom0/: the `forestage` command, one static binary.
dom0-rooms := base host pool trees store sweep run proof collect grub xen trialrecord state install arm image check doctor figures fleet sheet report trialresult \
	trialline trialparts trial
include $(dom0-rooms:%=dom0/%/rules.mk)
# What forestage.efi and the runner understand, dom0 reads with the same code; what was required of a check is read and
# held with the runner's.
dom0-srcs := dom0/help.c $(foreach room,$(dom0-rooms),$(dom0-$(room)-srcs)) \
	$(lib-srcs) $(jobs-srcs) $(record-srcs) $(region-srcs) $(store-srcs) $(files-srcs) \
	$(addprefix efi/parse/,conf.c handoff.c keyvalue.c manifest.c modules.c options.c order.c path.c repeat.c text.c) \
	efi/layout/cpio.c initramfs/driver/nvidia.c guard/watchdog.c \
	runner/answers/check_agreed.c \
	$(addprefix runner/check/,check_baseline.c check_limits.c check_peers.c check_standing.c) $(addprefix runner/machine/,bridge.c health.c nvlink.c telemetry.c)
dom0-cflags += -DDOM0_HELP='"$(BUILD)/dom0/help.txt"'
$(addprefix $(BUILD)/,$(addsuffix /dom0/help.o,obj asan)): $(BUILD)/dom0/help.txt
$(BUILD)/dom0/help.txt: docs/man/forestage.8
dom0-libs := -ljansson -linih -lm
$(eval $(call archive,dom0,$(dom0-srcs)))

build-targets += $(BUILD)/dom0/forestage
$(BUILD)/dom0/forestage: $(BUILD)/obj/dom0/main.o $(BUILD)/obj/dom0.a
	$(call say,LD)
	@mkdir -p $(@D)
	$(CC) -static -o $@ $^ $(dom0-libs)

# What answers for the driver where write-combined memory is refused: preloaded in a trial with --cached.
build-targets += $(BUILD)/dom0/forestage-cached.so
$(BUILD)/dom0/forestage-cached.so: research/inject/shim.c
	$(call say,LD)
	@mkdir -p $(@D)
	$(CC) $(filter-out -M%,$(HOSTED)) -fPIC -shared -o $@ $< -ldl

# Regions of every kind, hosts to try the verbs on, and forestage-run as it is called.
dom0-stand-ins := $(addprefix tests/unit/dom0/,answers.c sample.c host.c exempt.c fleet_runs.c mutate.c gpu_lies.c json_counter.c \
	records.c kernelmodule.c trial.c) tests/unit/efi/cpio_reader.c tests/unit/runner/harness.c
$(eval $(call archive,stand-ins,$(dom0-stand-ins)))
dom0-unit = $(eval $(call unit-test,$(1),stand-ins dom0,$(dom0-libs)))
dom0-plain = $(eval $(call plain-test,$(1),stand-ins dom0,$(dom0-libs)))

dom0-tests := arm attempt beside check claim collect counts difference doctor entry esp fits fleet follow grub host hostile hurdle \
	install jsoncost lock metrics option outcome outputs phases pool report run sheet standing state store storeverb text trial trialline verdict xenconsole
$(foreach test,$(dom0-tests),$(call dom0-unit,dom0/$(test)))
$(call dom0-unit,record/schema)
$(call dom0-unit,runner/end_to_end)
$(call dom0-unit,runner/shared)
$(call dom0-unit,runner/flight)
$(call dom0-unit,runner/isolation)
$(call dom0-unit,runner/hygiene)
$(call dom0-unit,runner/start)
$(call dom0-unit,runner/stored)
# Thousands of mutants of a run, of its jobs and files, flips of a region, and races of the command with somebody who
# changes its files or attacks both programs.
$(call dom0-plain,dom0/agree)
$(call dom0-plain,dom0/proof)
$(call dom0-plain,dom0/gpu)
$(call dom0-plain,dom0/bounds)
$(call dom0-plain,region/flips)
$(call dom0-plain,dom0/race)
$(call dom0-plain,dom0/paths_attack)
$(addprefix $(BUILD)/tests/unit/,$(addsuffix .t,runner/end_to_end runner/flight runner/hygiene runner/isolation runner/shared runner/start runner/stored \
	dom0/proof)): | $(runner-end)
$(addprefix $(BUILD)/tests/unit/dom0/,race.t paths_attack.t): | $(BUILD)/dom0/forestage \
	$(BUILD)/runner/forestage-run $(BUILD)/rehearsal/libcuda.so.1

# As files, for tests that run the command itself; the command on a stand-in for a host; and the flips of a region that
# a test brings.
test-binaries += $(addprefix $(BUILD)/tests/,dom0-samples dom0-host fleet-runs region-flips store-arm)
$(BUILD)/tests/store-arm: $(BUILD)/obj/tests/e2e/store/arm.o
$(BUILD)/tests/dom0-samples: $(BUILD)/obj/tests/unit/dom0/sample_write.o
$(BUILD)/tests/dom0-host: $(BUILD)/obj/tests/unit/dom0/host_run.o
$(BUILD)/tests/fleet-runs: $(BUILD)/obj/tests/unit/dom0/fleet_write.o
$(BUILD)/tests/region-flips: $(BUILD)/obj/tests/unit/region/test_flips.o
$(addprefix $(BUILD)/tests/,dom0-samples dom0-host fleet-runs region-flips store-arm): $(BUILD)/obj/stand-ins.a $(BUILD)/obj/dom0.a
	$(call say,LD)
	@mkdir -p $(@D)
	$(CC) -o $@ $(filter %.o,$^) $(filter %.a,$^) -lcmocka $(dom0-libs)

# What is fuzzed is compiled to say where it is, and therefore named one by one.
dom0-fuzz-base := $(lib-srcs) region/bootline.c $(addprefix dom0/base/,buffer.c escape.c failure.c \
	memory.c \
	path.c print.c problems.c)
$(eval $(call fuzz-test,dom0_check,$(filter-out %/check.c %/jobcheck.c %/target.c,$(dom0-check-srcs)) \
	dom0/trees/trees.c $(dom0-image-srcs) $(jobs-srcs) $(dom0-fuzz-base) $(files-srcs) $(region-srcs) dom0/host/fatname.c dom0/host/hashlist.c \
	$(addprefix efi/parse/,manifest.c modules.c path.c text.c) runner/check/check_baseline.c,-ljansson -linih -lm))
$(eval $(call fuzz-test,region_reader,$(dom0-fuzz-base) $(record-srcs) $(dom0-proof-srcs) \
	$(filter-out %/folder.c %/jsonfile.c,$(dom0-run-srcs)) $(dom0-sweep-srcs) $(region-srcs) \
	jobs/check_require.c $(addprefix jobs/standing/,item.c limit.c) jobs/check_tests.c runner/answers/check_agreed.c \
	$(addprefix runner/check/,check_baseline.c check_limits.c check_peers.c check_standing.c) \
	$(addprefix runner/machine/,bridge.c health.c nvlink.c telemetry.c) \
	$(addprefix dom0/collect/,csv.c ending.c junit.c ktap.c points.c xml.c) dom0/figures/cell.c,$(dom0-libs)))
$(eval $(call fuzz-test,dom0_jsoncost,tests/unit/dom0/json_counter.c dom0/run/jsoncost.c,-ljansson))
$(eval $(call fuzz-test,dom0_text,$(dom0-fuzz-base) dom0/host/iomem.c,-ljansson))
$(eval $(call fuzz-test,dom0_report,$(dom0-fuzz-base) $(dom0-sweep-srcs) dom0/run/summary.c \
	$(filter-out %/compare.c %/report.c %/runs.c,$(dom0-report-srcs)) \
	$(dom0-figures-srcs) $(dom0-sheet-srcs) $(addprefix runner/check/,check_baseline.c check_limits.c) \
	$(addprefix runner/machine/,bridge.c health.c nvlink.c) $(record-srcs) jobs/check_tests.c $(filter-out %/fleet.c %/gather.c,$(dom0-fleet-srcs)) \
	jobs/element.c $(addprefix dom0/doctor/,diagnosis.c kernellog.c nvidiaversion.c pat.c),-ljansson -lm))
$(eval $(call fuzz-test,dom0_host,$(dom0-fuzz-base) $(dom0-grub-srcs) $(addprefix dom0/host/,bootoption.c fatname.c \
	hashlist.c mount.c) dom0/pool/answer.c dom0/state/state.c dom0/xen/bootmodule.c dom0/xen/xenimage.c $(region-srcs) \
	$(addprefix efi/parse/,handoff.c keyvalue.c manifest.c modules.c order.c path.c repeat.c text.c),-ljansson))
