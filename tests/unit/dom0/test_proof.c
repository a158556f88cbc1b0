/*
 * A pass is proved: every record of runs that pass, and every field at any depth, is taken away,
 * doubled, moved or changed, and sealed again. What then still passes must be on the list of what
 * is harmless, with the reason.
 *
 * The records are those of forestage-run itself on the rehearsal: kernel, program and check jobs on
 * two GPUs in a file, and kernel jobs with what forestage.efi and init write around them.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "dom0/run/run.h"
#include "tests/unit/dom0/exempt.h"
#include "tests/unit/runner/harness.h"

/* --- the runs --- */

#define PTX                                                                                 \
        ".version 6.3\n.target sm_70\n.address_size 64\n"                                   \
        ".visible .entry pair(.param .u64 to, .param .u64 beside)\n{\n"                     \
        "  .reg .b32 %r<2>;\n  .reg .b64 %rd<5>;\n"                                         \
        "  ld.param.u64 %rd1, [to];\n  cvta.to.global.u64 %rd2, %rd1;\n"                    \
        "  ld.param.u64 %rd3, [beside];\n  cvta.to.global.u64 %rd4, %rd3;\n"                \
        "  mov.u32 %r1, 7;\n  st.global.u32 [%rd2], %r1;\n  st.global.u32 [%rd4], %r1;\n  " \
        "ret;\n}\n"

#define KERNEL                                                                                \
        "[Job]\nType=kernel\nTimeout=30s\n[Kernel]\nModule=pair.ptx\nFunction=pair\nGrid=1\n" \
        "Block=1\nArgument=out to.bin 4\nArgument=out beside.bin 4\n[Expect]\n"               \
        "to.bin=like seven.bin as u32\n"

#define GPUS "GPU-f03e57a6-e05e-4a11-9c0d-7e8ea25a10"

static void put_kernel(void)
{
        put("jobs/pair.ptx", PTX);
        put_bytes("jobs/seven.bin", "\7\0\0\0", 4);
        put("jobs/kernel.conf", KERNEL);
}

static void put_all(void)
{
        put_kernel();
        put_program("program", "echo said; echo complained >&2; echo 1 >beside.txt; echo 2 >to.txt",
                "[Program]\nExec=./program.sh\nCollect=*.txt\n[Expect]\nto.txt=like two.txt as "
                "u8\n",
                0755);
        put("jobs/two.txt", "2\n");
        put("jobs/base.json", "{\"" GPUS "00\":{\"copy-h2d\":{\"gbps\":1e-6}},\"" GPUS
                              "01\":{\"copy-h2d\":{\"gbps\":1e-6}}}");
        put("jobs/check.conf",
                "[Job]\nType=check\n[Check]\nTests=memory-fade,compute-bf16,copy-h2d,health\n"
                "Require=copy-h2d.gbps>0\nExpect-Devices=2\nBaseline=base.json\n");
}

/* Runs what is in the job folder and gives its records. */
static void record(struct pieces *ret_pieces)
{
        static const char *const more[] = { "--region-size", "1M", NULL };

        set_library("../../rehearsal");
        setenv("FORESTAGE_REHEARSAL_DEVICES", "2", 1);
        if (run_more(more) != 0)
                assert_log_has("(a run that passes)");
        load(true);
        pieces_of_region(region_bytes, region_length, ret_pieces);
        release();
        unsetenv("FORESTAGE_REHEARSAL_DEVICES");
}

static double when(const struct piece *piece, const char *key)
{
        json_t *object = json_loadb(piece->data, piece->data_length, 0, NULL);
        double value = json_number_value(json_object_get(object, key));

        json_decref(object);
        return value;
}

/* An event as init writes it, or without `seconds` as forestage.efi does. */
static void add_event(
        struct pieces *pieces, const char *name, double tsc, double seconds, const char *more)
{
        json_t *event = json_pack("{s:s, s:I}", "event", name, "tsc", (json_int_t)tsc);
        json_t *rest = json_loads(more, 0, NULL);
        char *text;

        if (seconds > 0)
                json_object_set_new(event, "monotonic_s", json_real(seconds));
        json_object_update(event, rest);
        text = json_dumps(event, JSON_COMPACT | JSON_REAL_PRECISION(17));
        pieces_add(pieces, REGION_EVENT, name, text, strlen(text));
        free(text);
        json_decref(rest);
        json_decref(event);
}

struct around {
        const char *name, *more;
        bool efi;
};

static const struct around before[] = {
        { "efi.entry",
                "{\"firmware_vendor\":\"EDK "
                "II\",\"firmware_revision\":65536,\"secure_boot\":false}",
                true },
        { "efi.region",
                "{\"region_address\":1073741824,\"region_bytes\":67108864,\"ebda_address\":651264}",
                true },
        { "efi.bundle", "{\"files\":12,\"bytes\":34567890,\"helpers\":3}", true },
        { "efi.start", "{\"version\":\"0.1.0\"}", true },
        { "stage.init", "{\"kernel\":\"6.1.0\",\"cmdline\":\"quiet\"}", false },
        { "stage.region", "{}", false },
        { "stage.config", "{}", false },
        { "stage.watchdog_on", "{\"name\":\"iTCO_wdt\",\"period_s\":60}", false },
        { "stage.watchdog", "{}", false },
        { "driver.module", "{\"module\":\"nvidia\"}", false },
        { "driver.gpu", "{\"pci\":\"0000:01:00.0\",\"minor\":0}", false },
        { "stage.driver", "{}", false },
        { "stage.kexec_load", "{}", false },
        { "stage.modules", "{\"disabled\":false}", false },
        { "stage.confine", "{}", false },
        { "runner.start", "{}", false },
};

static const struct around behind[] = {
        { "runner.end", "{\"exit_code\":0}", false },
        { "stage.jobs", "{}", false },
        { "driver.left", "{}", false },
        { "stage.driver_left", "{}", false },
        { "stage.acpi", "{}", false },
        { "stage.kernel_log", "{}", false },
        { "stage.seal", "{}", false },
};

/* What init and forestage.efi write around the records of a runner that leaves the region open. */
static void add_stage(const struct pieces *runner, struct pieces *ret_pieces)
{
        static const char run_record[] = "{\"sealed_by\":\"init\",\"runner\":{\"exit_code\":0}}";
        const struct piece *first = &runner->piece[0];
        double start = when(first, "monotonic_s"), tsc = when(first, "tsc");
        double end = start;

        ret_pieces->count = 0;
        for (size_t i = 0; i < COUNT(before); i++) {
                double back = (double)(COUNT(before) - i) / 1e3;

                add_event(ret_pieces, before[i].name, tsc - back * 1e9,
                        before[i].efi ? 0 : start - back, before[i].more);
        }
        for (size_t i = 0; i + 1 < runner->count; i++) {
                const struct piece *piece = &runner->piece[i];

                pieces_add(ret_pieces, piece->type, piece->name, piece->data, piece->data_length);
                if (piece->type == REGION_EVENT)
                        end = when(piece, "monotonic_s"), tsc = when(piece, "tsc");
        }
        for (size_t i = 0; i < COUNT(behind); i++) {
                end += 1e-3;
                tsc += 1e6;
                add_event(ret_pieces, behind[i].name, tsc, end, behind[i].more);
                if (i == 0)
                        pieces_add(ret_pieces, REGION_FILE, "stage/runner.log", "2 pass\n", 7);
        }
        pieces_add(ret_pieces, REGION_RUN, "run", run_record, strlen(run_record));
}

/* --- what is harmless --- */

static bool other_job(const struct mutant *mutant);
static bool two_files(const struct mutant *mutant);
static bool beside_log(const struct mutant *mutant);

static struct exemption exemptions[] = {
        { "key-order", "the members of a JSON object have no order", "*", "?*", ORDER, NULL, 0 },
        { "time-stamp-counter",
                "the counter only gives the phases their length; forestage.efi's events are still "
                "in their order",
                "EVENT *", "tsc", NUMBER, NULL, 0 },
        { "time-in-place", "the time of the event still lies between those of its neighbours",
                "EVENT *", "monotonic_s", NUDGE | MUTATION_ZERO, NULL, 0 },
        { "efi-facts", "what the firmware and the bundle are is told, and no condition",
                "EVENT efi.*", "?*", WORDS | NUMBER, NULL, 0 },
        { "stage-facts", "what the stage's kernel and its watchdog are is told, and no condition",
                "EVENT stage.*", "?*", WORDS | NUMBER, NULL, 0 },
        { "stage-optional",
                "a machine may be without a watchdog and without modules: they are no condition",
                "EVENT stage.[wm][ao][td]*", "", MUTATION_TAKE, NULL, 0 },
        { "driver-report",
                "what init saw of the driver is told; that the GPUs are there is said by "
                "run.devices",
                "EVENT driver.*", "*", RECORD | WORDS | NUMBER, NULL, 0 },
        { "where-facts", "what the machine is is told, and no condition", "EVENT run.where", "?*",
                MUTATION_NULL | WORDS | NUMBER, NULL, 0 },
        { "device-facts",
                "its memory and its units are told; a check is held against the units it reached",
                "EVENT run.devices", "devices.*.[cm]*", MUTATION_NULL | WORDS | NUDGE, NULL, 0 },
        { "baseline-number",
                "the file it came from is not in the region; what was compared also holds with the "
                "other number",
                "RESULT check/*", "check.baseline_compared.*.baseline", NUDGE, NULL, 0 },
        { "two-jobs", "records of different jobs have no order between them", "*", "",
                MUTATION_SWAP, other_job, 0 },
        { "file-order", "the files of a job have no order between them", "FILE jobs/*", "",
                MUTATION_SWAP, two_files, 0 },
        { "stage-log", "the runner's own words are for reading, and no condition",
                "FILE stage/runner.log", "", BYTES | MUTATION_NAME | MUTATION_SWAP, NULL, 0 },
        { "stage-log-place", "and they may lie anywhere in the stage's records", "EVENT runner.end",
                "", MUTATION_SWAP, beside_log, 0 },
        { "streams", "what a job prints is for reading, and no condition",
                "FILE jobs/*/std[oe][ur][tr]", "", BYTES, NULL, 0 },
        { "timings", "they divide the job's time, which is held against its events, into parts",
                "RESULT *", "timings*", MUTATION_TAKE | MUTATION_EMPTY | NUDGE | MUTATION_ZERO,
                NULL, 0 },
        { "how-compared",
                "compare holds two runs to it; the job was held to its file, and the outcome is "
                "there",
                "RESULT *", "outputs.*.@(as|tolerance)",
                MUTATION_TAKE | WORDS | NUDGE | MUTATION_HUGE | MUTATION_ZERO, NULL, 0 },
        { "version", "no test of these says what only version 3 asks for: they run on no GPU",
                "EVENT run.plan", "records", MUTATION_LESS, NULL, 0 },
        { "worker", "any of a GPU's processes may have run it", "RESULT *", "worker",
                MUTATION_MORE | MUTATION_HUGE, NULL, 0 },
        { "estimate", "how long a check would take was a guess", "RESULT check/*",
                "check.estimate_s", MUTATION_TAKE | MUTATION_NULL | NUDGE | MUTATION_ZERO, NULL,
                0 },
        { "amounts",
                "how much a test did is more than nothing, and how long it took fits into its job; "
                "what the job requires of a number is compared with it",
                "RESULT check/*",
                "check.tests.[02].@(gbytes|memory_bytes|rounds|covered_percent|samples|wall_s)",
                NUDGE, NULL, 0 },
        { "skipped-tests", "a test that does not apply here found nothing that a pass rests on",
                "RESULT check/*",
                "check.tests.[13].@(reason|wall_s|before|after|source|rises|xids|not_readable*)",
                RECORD | WORDS | NUDGE, NULL, 0 },
};

#define EXEMPTIONS COUNT(exemptions)

/* "JOB/DEVICE" of a record that belongs to one; "" otherwise. */
static void owner_of(const struct piece *piece, char ret_key[128])
{
        json_t *event = piece->type == REGION_EVENT
                                ? json_loadb(piece->data, piece->data_length, 0, NULL)
                                : NULL;
        const char *job = json_string_value(json_object_get(event, "job"));
        int length;

        ret_key[0] = '\0';
        if (piece->type == REGION_RESULT)
                snprintf(ret_key, 128, "%s", piece->name);
        else if (job)
                snprintf(ret_key, 128, "%s/%lld", job,
                        (long long)json_integer_value(json_object_get(event, "device")));
        else if (sscanf(piece->name, "jobs/%*[^/]/%*[^/]%n", &length) == 0 &&
                 strncmp(piece->name, "jobs/", 5) == 0)
                snprintf(ret_key, 128, "%.*s", length - 5, piece->name + 5);
        json_decref(event);
}

static bool other_job(const struct mutant *mutant)
{
        char own[128], next[128];

        owner_of(mutant->piece, own);
        owner_of(mutant->next, next);
        return *own && *next && strcmp(own, next) != 0;
}

static bool two_files(const struct mutant *mutant)
{
        return mutant->next->type == REGION_FILE;
}

static bool beside_log(const struct mutant *mutant)
{
        return strcmp(mutant->next->name, "stage/runner.log") == 0;
}

/* --- the test --- */

static struct harmless harmless = { exemptions, EXEMPTIONS };

static void no_mutant_of_a_file_passes(void **state)
{
        struct pieces pieces;

        (void)state;
        put_all();
        record(&pieces);
        mutate_all("kernel, program and check on two GPUs, sealed by forestage-run", &pieces, 1,
                &harmless);
        pieces_free(&pieces);
}

static void no_mutant_of_a_stage_passes(void **state)
{
        struct pieces runner, pieces;

        (void)state;
        put_kernel();
        record(&runner);
        add_stage(&runner, &pieces);
        mutate_all("kernel on two GPUs, sealed by init", &pieces, 1, &harmless);
        pieces_free(&runner);
        pieces_free(&pieces);
}

static void every_exemption_is_needed(void **state)
{
        (void)state;
        all_are_needed(&harmless);
}

#define test(function) cmocka_unit_test_setup_teardown(function, set_up, tear_down)

int main(void)
{
        static const struct CMUnitTest tests[] = {
                test(no_mutant_of_a_file_passes),
                test(no_mutant_of_a_stage_passes),
                cmocka_unit_test(every_exemption_is_needed),
        };

        if (!harness_start())
                return 1;
        return cmocka_run_group_tests(tests, NULL, NULL);
}
