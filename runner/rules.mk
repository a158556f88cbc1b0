# forestage-run, which executes the jobs; it finds libcuda at run time.
#
# jansson and inih go in statically, so that the packed image needs no more than the C library.
runner-pure := $(lib-srcs) $(addprefix runner/,argument.c compare.c element.c expect.c job.c jobfile.c \
	jobkeys.c jobvalues.c number.c options.c outcome.c path.c plan.c record.c status.c text.c \
	progress.c say.c words.c xid.c)
runner-srcs := $(runner-pure) $(addprefix runner/,attempt.c cuda.c descendants.c download.c \
	folder.c jobfolder.c journal.c keeper.c kernel_check.c kernel_job.c kernel_log.c \
	kernel_run.c kind.c lane.c limits.c listing.c main.c output.c probe.c process.c \
	program_run.c region_map.c report.c supervise.c where.c workdir.c)
# The built-in checks. What reads job files is also compiled into other programs and tests.
runner-check-parser := $(addprefix runner/,check_require.c check_tests.c check_values.c)
runner-check-pure := $(runner-check-parser) $(addprefix runner/,check_baseline.c check_choice.c \
	check_errors.c check_known.c check_verdict.c health.c)
runner-check-srcs := $(runner-check-pure) $(addprefix runner/,check.c check_compute.c check_copy.c \
	check_cuda.c check_embed.c check_gpu.c check_health.c check_job.c check_latency.c \
	check_memory.c check_p2p.c check_run.c check_transfer.c nvml.c)
runner-pure += $(runner-check-pure)
runner-srcs += $(runner-check-srcs) $(files-srcs)
runner-cflags += -DCHECK_PTX='"$(BUILD)/kernels/check"'
$(addprefix $(BUILD)/,$(addsuffix /runner/check_embed.o,obj asan)): $(kernels-check-ptx)

runner-libs := -Wl,-Bstatic -ljansson -linih -Wl,-Bdynamic -lm -ldl

build-targets += $(BUILD)/runner/forestage-run
$(BUILD)/runner/forestage-run: $(call objects,obj,$(runner-srcs) $(region-srcs))
	$(call say,LD)
	@mkdir -p $(@D)
	$(CC) -o $@ $^ $(runner-libs)

runner-parser := $(addprefix runner/,argument.c element.c expect.c job.c jobfile.c jobkeys.c \
	jobvalues.c number.c path.c text.c words.c) $(runner-check-parser) $(region-srcs)

$(eval $(call unit-test,runner_jobfile,$(runner-parser),-linih))
$(eval $(call unit-test,runner_words,$(runner-parser),-linih))
$(eval $(call unit-test,runner_compare,runner/compare.c runner/element.c,-lm))
$(eval $(call unit-test,runner_plan,$(runner-pure) $(region-srcs),-linih -ljansson -lm))
$(eval $(call unit-test,runner_xid,runner/xid.c runner/kernel_log.c))
$(eval $(call unit-test,runner_progress,$(runner-pure) $(region-srcs),-linih -ljansson -lm))
$(eval $(call unit-test,runner_where,runner/where.c runner/text.c,-ljansson))
$(eval $(call unit-test,runner_check,$(record-srcs) $(runner-pure) $(region-srcs),-linih -ljansson -lm))
$(eval $(call unit-test,runner_check_kernels,runner/check_embed.c $(rehearsal-sources),-lm))
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

# The saboteur: forestage-run with faults on purpose, to prove that the checks find them. Its
# objects are its own, and nothing of it is in forestage-run.
$(BUILD)/saboteur/%.o: %.c
	$(call say,CC)
	@mkdir -p $(@D)
	$(CC) $(HOSTED) -DFORESTAGE_SABOTEUR -DCHECK_PTX='"$(BUILD)/kernels/saboteur"' -c $< -o $@
$(BUILD)/saboteur/runner/check_embed.o: $(kernels-saboteur-ptx)

test-binaries += $(BUILD)/tests/forestage-run-saboteur $(BUILD)/tests/fake-nvml/libnvidia-ml.so.1
$(BUILD)/tests/forestage-run-saboteur: $(call objects,saboteur,runner/saboteur.c $(runner-check-srcs)) \
		$(call objects,obj,$(filter-out $(runner-check-srcs),$(runner-srcs)) $(region-srcs))
	$(call say,LD)
	@mkdir -p $(@D)
	$(CC) -o $@ $^ $(runner-libs)

$(BUILD)/tests/fake-nvml/libnvidia-ml.so.1: tests/gpu/fake_nvml.c
	$(call say,LD)
	@mkdir -p $(@D)
	$(CC) $(HOSTED) -shared -fPIC -Wno-missing-prototypes -o $@ $<

-include $(wildcard $(BUILD)/saboteur/runner/*.d)
