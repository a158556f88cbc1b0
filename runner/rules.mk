# forestage-run, which executes the jobs; it finds libcuda at run time.
#
# jansson and inih go in statically, so that the packed image needs no more than the C library.
runner-rooms := record process machine kernel program check answers tests ladder console
include $(runner-rooms:%=runner/%/rules.mk)
runner-srcs := $(addprefix runner/,climbing.c lane.c lane_ahead.c lane_flight.c lane_peers.c lane_slot.c listing.c \
	options.c probe.c region_map.c storage.c supervise.c) $(foreach room,$(runner-rooms),$(runner-$(room)-srcs)) \
	$(lib-srcs) $(jobs-srcs) $(record-srcs) $(region-srcs) $(files-srcs) $(store-srcs) \
	$(addprefix efi/parse/,keyvalue.c text.c)
runner-cflags += -DCHECK_PTX='"$(BUILD)/kernels/check"'
$(addprefix $(BUILD)/,$(addsuffix /runner/check/check_embed.o,obj asan)): $(kernels-check-ptx)
runner-cflags += -DRUNNER_HELP='"$(BUILD)/runner/help.txt"'
$(addprefix $(BUILD)/,$(addsuffix /runner/options.o,obj asan)): $(BUILD)/runner/help.txt
$(BUILD)/runner/help.txt: docs/man/forestage-run.1

runner-libs := -Wl,-Bstatic -ljansson -linih -Wl,-Bdynamic -lm -ldl
$(eval $(call archive,runner,$(runner-srcs)))

build-targets += $(BUILD)/runner/forestage-run
$(BUILD)/runner/forestage-run: $(BUILD)/obj/runner/main.o $(BUILD)/obj/runner.a
	$(call say,LD)
	@mkdir -p $(@D)
	$(CC) -o $@ $^ $(runner-libs)

$(foreach test,jobs/executable jobs/jobfile jobs/sweep lib/words $(addprefix runner/,bridge compare environment image limits mount nvlink pace pattern peers phase \
		plan xid progress settle standing telemetry vote where check ladder),\
	$(eval $(call unit-test,$(test),runner,$(runner-libs))))
# What it sums is counted.
comma := ,
$(eval $(call unit-test,runner/staged,runner,-Wl$(comma)--wrap=crc32c $(runner-libs)))
$(eval $(call unit-test,runner/seal,runner,-Wl$(comma)--wrap=sysconf$(comma)--wrap=pthread_create -pthread $(runner-libs)))
$(BUILD)/tests/unit/runner/ladder.t: | $(BUILD)/tests/fake-nvml/libnvidia-ml.so.1
$(BUILD)/tests/unit/runner/staged.t: | $(BUILD)/tests/unit/runner/fake/libcuda.so.1
$(eval $(call unit-test,runner/check_kernels,rehearsal runner,-lm))
$(eval $(call unit-test,runner/march,runner,-lm))
$(eval $(call plain-test,runner/agreed,runner/answers/check_agreed.c,-ljansson -lm))
$(eval $(call unit-test,runner/answers,runner,-lm))
$(eval $(call fuzz-test,runner_jobfile,$(jobs-srcs) $(lib-srcs) $(region-srcs),-linih -ljansson -lm))

# The program as it is called, sanitised, with a libcuda that fails on request.
runner-end := $(BUILD)/tests/unit/runner/asan/forestage-run \
	$(BUILD)/tests/unit/runner/fake/libcuda.so.1 $(BUILD)/rehearsal/libcuda.so.1 \
	$(patsubst kernels/%.cu,samples/jobs/%.ptx,$(wildcard kernels/*.cu))

$(BUILD)/tests/unit/runner/asan/forestage-run: $(BUILD)/asan/runner/main.o $(BUILD)/asan/runner.a $(unheard)
	$(call say,LD)
	@mkdir -p $(@D)
	$(CC) $(SANITIZE) $(STATIC_SANITIZE) -o $@ $^ $(runner-libs)

$(BUILD)/tests/unit/runner/fake/libcuda.so.1: tests/unit/runner/fake_cuda.c
	$(call say,LD)
	@mkdir -p $(@D)
	$(CC) $(HOSTED) -shared -fPIC -fvisibility=hidden -Wno-missing-prototypes -o $@ $<

# The same, that says of itself that it is a rehearsal, so that the ladder asks for no module; and one that is too old.
fakes-flags-rehearsal := -DFAKE_REHEARSAL
fakes-flags-old := -DFAKE_REHEARSAL -DFAKE_OLD
fakes := $(patsubst %,$(BUILD)/tests/unit/runner/fake-%/libcuda.so.1,rehearsal old)
$(fakes): $(BUILD)/tests/unit/runner/fake-%/libcuda.so.1: tests/unit/runner/fake_cuda.c
	$(call say,LD)
	@mkdir -p $(@D)
	$(CC) $(HOSTED) $(fakes-flags-$*) -shared -fPIC -fvisibility=hidden -Wno-missing-prototypes -o $@ $<

test-binaries += $(BUILD)/tests/unit/runner/asan/forestage-run $(BUILD)/tests/unit/runner/fake/libcuda.so.1 $(fakes)

# The saboteur: forestage-run with faults on purpose, to prove that the checks find them. Nothing of it is in
# forestage-run.
$(BUILD)/saboteur/%.o: %.c
	$(call say,CC)
	@mkdir -p $(@D)
	$(CC) $(HOSTED) -DCHECK_PTX='"$(BUILD)/kernels/saboteur"' -c $< -o $@
$(BUILD)/saboteur/runner/check/check_embed.o: $(kernels-saboteur-ptx)

test-binaries += $(BUILD)/tests/forestage-run-saboteur $(BUILD)/tests/fake-nvml/libnvidia-ml.so.1 $(BUILD)/tests/environment
$(BUILD)/tests/forestage-run-saboteur: $(call objects,saboteur,runner/check/saboteur.c runner/check/trials.c \
		runner/check/check_embed.c) \
		$(BUILD)/obj/runner/main.o $(BUILD)/obj/runner.a
	$(call say,LD)
	@mkdir -p $(@D)
	$(CC) -o $@ $^ $(runner-libs)

$(BUILD)/tests/fake-nvml/libnvidia-ml.so.1: tests/gpu/fake_nvml.c
	$(call say,LD)
	@mkdir -p $(@D)
	$(CC) $(HOSTED) -shared -fPIC -Wno-missing-prototypes -o $@ $<

# A program job that prints what it finds around it, in the stage too.
$(BUILD)/tests/environment: $(BUILD)/obj/tests/e2e/environment.o
	$(call say,LD)
	@mkdir -p $(@D)
	$(CC) -static -o $@ $^

-include $(wildcard $(BUILD)/saboteur/runner/*/*.d)
