# forestage-run, which executes the jobs; it finds libcuda at run time.
#
# jansson and inih go in statically, so that the packed image needs no more than the C library.
runner-pure := $(addprefix runner/,argument.c compare.c element.c expect.c job.c jobfile.c \
	jobkeys.c jobvalues.c number.c options.c outcome.c path.c plan.c record.c status.c text.c \
	progress.c words.c xid.c)
runner-srcs := $(runner-pure) $(addprefix runner/,attempt.c cuda.c descendants.c download.c \
	folder.c jobfolder.c journal.c keeper.c kernel_check.c kernel_job.c kernel_log.c \
	kernel_run.c kind.c lane.c limits.c listing.c main.c output.c probe.c process.c \
	program_run.c region_map.c report.c supervise.c where.c workdir.c)
runner-libs := -Wl,-Bstatic -ljansson -linih -Wl,-Bdynamic -lm -ldl

build-targets += $(BUILD)/runner/forestage-run
$(BUILD)/runner/forestage-run: $(call objects,obj,$(runner-srcs) $(region-srcs))
	$(call say,LD)
	@mkdir -p $(@D)
	$(CC) -o $@ $^ $(runner-libs)

runner-parser := $(addprefix runner/,argument.c element.c expect.c job.c jobfile.c jobkeys.c \
	jobvalues.c number.c path.c text.c words.c) $(region-srcs)

$(eval $(call unit-test,runner_jobfile,$(runner-parser),-linih))
$(eval $(call unit-test,runner_words,$(runner-parser),-linih))
$(eval $(call unit-test,runner_compare,runner/compare.c runner/element.c,-lm))
$(eval $(call unit-test,runner_plan,$(runner-pure) $(region-srcs),-linih -ljansson -lm))
$(eval $(call unit-test,runner_xid,runner/xid.c runner/kernel_log.c))
$(eval $(call unit-test,runner_progress,$(runner-pure) $(region-srcs),-linih -ljansson -lm))
$(eval $(call unit-test,runner_where,runner/where.c runner/text.c,-ljansson))
$(eval $(call fuzz-test,runner_jobfile,$(runner-parser),-linih))

# The program as it is called, sanitised, with a libcuda that fails on request.
runner-end := $(BUILD)/tests/unit/runner_asan/forestage-run \
	$(BUILD)/tests/unit/runner_fake/libcuda.so.1 $(BUILD)/rehearsal/libcuda.so.1 \
	$(patsubst kernels/%.cu,samples/jobs/%.ptx,$(wildcard kernels/*.cu))

$(BUILD)/tests/unit/runner_asan/forestage-run: $(call objects,asan,$(runner-srcs) $(region-srcs))
	$(call say,LD)
	@mkdir -p $(@D)
	$(CC) $(SANITIZE) -o $@ $^ $(runner-libs)

$(BUILD)/tests/unit/runner_fake/libcuda.so.1: tests/unit/runner_fake_cuda.c
	$(call say,LD)
	@mkdir -p $(@D)
	$(CC) $(HOSTED) -shared -fPIC -fvisibility=hidden -Wno-missing-prototypes -o $@ $<

runner-harness := tests/unit/runner_harness.c $(region-srcs)
$(eval $(call unit-test,runner_end_to_end,$(runner-harness),-ljansson))
$(eval $(call unit-test,runner_isolation,$(runner-harness),-ljansson))
$(BUILD)/tests/unit/runner_end_to_end.t $(BUILD)/tests/unit/runner_isolation.t: | $(runner-end)
