# forestage-run, which executes the jobs; it finds libcuda at run time.
#
# jansson and inih go in statically, so that the packed image needs no more than the C library.
runner-pure := $(addprefix runner/,argument.c compare.c element.c expect.c job.c jobfile.c \
	jobkeys.c jobvalues.c number.c options.c outcome.c path.c plan.c record.c status.c text.c \
	words.c)
runner-srcs := $(runner-pure) $(addprefix runner/,cuda.c descendants.c folder.c jobfolder.c \
	journal.c kernel_job.c kernel_run.c listing.c main.c output.c probe.c process.c \
	region_map.c report.c supervise.c where.c)
runner-libs := -Wl,-Bstatic -ljansson -linih -Wl,-Bdynamic -lm -ldl

build-targets += $(BUILD)/runner/forestage-run
$(BUILD)/runner/forestage-run: $(call objects,obj,$(runner-srcs) $(region-srcs))
	@mkdir -p $(@D)
	$(CC) -o $@ $^ $(runner-libs)
