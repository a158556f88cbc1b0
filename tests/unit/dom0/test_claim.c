/*
 * Regions with right checksums whose records contradict each other, one of each kind: none passes,
 * and the reason names the contradiction. The base that they differ from passes.
 */
#include <stdio.h>
#include <string.h>

#include "dom0/proof/read.h"
#include "dom0/run/run.h"
#include "tests/unit/dom0/sample.h"
#include "tests/unit/tap.h"

#define O16   "9c5729595fb287cc2a2256280448bbe706c0a866f0372515c7483de2af4e6532"
#define EMPTY "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855"
#define GPU   "\"name\":\"GPU\",\"uuid\":\"GPU-x\",\"pci\":\"0000:01:00.0\",\"rehearsal\":false"
#define NONE  "\"name\":null,\"uuid\":null,\"pci\":null,\"rehearsal\":false"

#define EVENT(name, tsc, s, more) \
        "{\"event\":\"" name "\",\"tsc\":" #tsc ",\"monotonic_s\":" #s ".0" more "}"
#define BARE             ",\"hypervisor\":false,\"kernel\":\"6.1\""
#define WHERE(more)      EVENT("run.where", 1000, 1, BARE more)
#define DEVICE_OF(index) "{\"index\":" #index "," GPU "}"
#define DEVICES(list)    EVENT("run.devices", 1001, 2, ",\"devices\":[" list "]")
#define PLANNED(kind, device, more) \
        "{\"job\":\"a\",\"kind\":\"" kind "\",\"device\":" device more "}"
#define PLAN(list)   EVENT("run.plan", 1002, 3, ",\"planned\":[" list "]")
#define PLAN_2(list) EVENT("run.plan", 1002, 3, ",\"records\":2,\"planned\":[" list "]")
#define START        EVENT("job.start", 1003, 4, ",\"job\":\"a\",\"device\":0")
#define START_BESIDE EVENT("job.start", 1003, 4, ",\"job\":\"a\",\"device\":0,\"beside\":3")
#define APART                       \
        EVENT("job.apart", 1003, 4, \
                ",\"job\":\"a\",\"device\":0,\"reason\":\"x\",\"question\":false")
#define JOB_END(more) EVENT("job.end", 1004, 5, ",\"job\":\"a\",\"device\":0" more)
#define END(code)     EVENT("runner.end", 1005, 6, ",\"exit_code\":" #code)
#define RUN(more)     "{\"sealed_by\":\"init\",\"runner\":{" more "}}"

#define OUTPUT(more) \
        "{\"file\":\"o.bin\",\"bytes\":16,\"sha256\":\"" O16 "\",\"expect\":\"pass\"" more "}"
#define RESULT(kind, device, gpu, more)                                   \
        "{\"job\":\"a\",\"kind\":\"" kind "\",\"device\":" device "," gpu \
        ",\"status\":\"pass\"" more "}"
#define KERNEL(more) RESULT("kernel", "0", GPU, more)
/* In a process of several jobs. */
#define BESIDE(more) \
        KERNEL(",\"context\":\"shared\",\"worker\":1" more ",\"outputs\":[" OUTPUT("") "]")
#define CHECK(check) RESULT("check", "0", GPU, ",\"check\":{" check "}")

/* The records of the base, in their order. */
enum slot { WHERE_, DEVICES_, PLAN_, START_, FILE_, END_, RESULT_, RUNNER_END, SEAL_, RUN_, SLOTS };

static const struct {
        enum region_type type;
        const char *name, *data;
} base[SLOTS] = {
        [WHERE_] = { REGION_EVENT, "run.where", WHERE(",\"rehearsal\":false") },
        [DEVICES_] = { REGION_EVENT, "run.devices", DEVICES(DEVICE_OF(0)) },
        [PLAN_] = { REGION_EVENT, "run.plan", PLAN(PLANNED("kernel", "0", "")) },
        [START_] = { REGION_EVENT, "job.start", "" },
        [FILE_] = { REGION_FILE, "jobs/a/0/o.bin", "xxxxxxxxxxxxxxxx" },
        [END_] = { REGION_EVENT, "job.end", "" },
        [RESULT_] = { REGION_RESULT, "a/0", KERNEL(",\"outputs\":[" OUTPUT("") "]") },
        [RUNNER_END] = { REGION_EVENT, "runner.end", END(0) },
        [SEAL_] = { REGION_EVENT, "stage.seal", "" },
        [RUN_] = { REGION_RUN, "run", RUN("\"exit_code\":0") },
};

#define CHECK_PLAN                                           \
        {                                                    \
                PLAN_, PLAN(PLANNED("check", "0", "")), NULL \
        }
#define NOTHING "a file without bytes"
#define NO_FILE                 \
        {                       \
                FILE_, "", NULL \
        }
#define TESTS(tests) "\"tests\":[" tests "]"
#define GOOD_TEST    "{\"test\":\"copy-h2d\",\"status\":\"pass\",\"errors\":0,\"gbps\":50.5}"

/* What differs: another record in the place, or none (""), and one more behind it. */
struct change {
        enum slot slot;
        const char *data, *again;
};

static const struct lie {
        const char *name, *reason; /* NULL: it passes */
        struct change change[4];
} lies[] = {
        { "base", NULL, { { 0 } } },
        /* of those that were found in the field */
        { "a check with failed tests", "its test memory says fail",
                { CHECK_PLAN, NO_FILE,
                        { RESULT_,
                                CHECK("\"planned\":1," TESTS(
                                        "{\"test\":\"memory\",\"status\":\"fail\",\"reason\":"
                                        "\"bits\",\"errors\":7}") ",\"requirements\":[{"
                                                                  "\"require\":\"x\",\"status\":"
                                                                  "\"fail\"}]"),
                                NULL } } },
        { "a check of nothing", "it has no results of any test",
                { CHECK_PLAN, NO_FILE, { RESULT_, RESULT("check", "0", GPU, ""), NULL } } },
        { "a kind that nobody knows", "its kind \"whatever\" is not known",
                { { PLAN_, PLAN(PLANNED("whatever", "0", "")), NULL }, NO_FILE,
                        { RESULT_, RESULT("whatever", "0", GPU, ""), NULL } } },
        { "mismatches", "its output o.bin has wrong elements",
                { { RESULT_,
                        KERNEL(",\"outputs\":[" OUTPUT(",\"worst\":{\"index\":0,\"expected\":1,"
                                                       "\"found\":2},\"mismatches\":5") "]"),
                        NULL } } },
        { "a process of nobody", "its \"context\" and its \"worker\" do not go together",
                { { RESULT_, KERNEL(",\"worker\":1,\"outputs\":[" OUTPUT("") "]"), NULL } } },
        { "a process without a number", "its \"context\" and its \"worker\" do not go together",
                { { RESULT_, KERNEL(",\"context\":\"shared\",\"outputs\":[" OUTPUT("") "]"),
                        NULL } } },
        { "a process of its own among others",
                "its \"context\" and its \"worker\" do not go together",
                { { RESULT_,
                        KERNEL(",\"context\":\"own\",\"worker\":2,\"outputs\":[" OUTPUT("") "]"),
                        NULL } } },
        { "an unfit process of its own", "it shared no process, and says that it was unfit",
                { { RESULT_,
                        KERNEL(",\"context\":\"own\",\"worker_unfit\":\"x\",\"outputs\":[" OUTPUT(
                                "") "]"),
                        NULL } } },
        { "no device", "job a on no device says pass, but it ran on no device of run.devices",
                { { DEVICES_, DEVICES(""), NULL },
                        { PLAN_, PLAN(PLANNED("kernel", "null", "")), NULL },
                        { RESULT_, RESULT("kernel", "null", NONE, ",\"outputs\":[" OUTPUT("") "]"),
                                NULL } } },
        { "two ends of the runner", "runner.end was recorded 2 times",
                { { RUNNER_END, END(1), EVENT("runner.end", 1006, 7, ",\"exit_code\":0") } } },
        { "a signal that is text", "has a \"signal\" of the wrong type",
                { { RUN_, RUN("\"exit_code\":0,\"signal\":\"11\""), NULL } } },
        { "init saw no end of the runner", "the event runner.end is missing",
                { { RUNNER_END, "", NULL } } },
        { "devices twice", "run.devices was recorded 2 times",
                { { DEVICES_,
                        EVENT("run.devices", 1001, 1, ",\"devices\":[],\"error\":\"no devices\""),
                        DEVICES(DEVICE_OF(0)) } } },
        { "job.end says fail", "its job.end says fail",
                { { END_, JOB_END(",\"status\":\"fail\""), NULL } } },
        /* and more of each kind */
        { "a mismatch without the worst", "its output o.bin has wrong elements",
                { { RESULT_, KERNEL(",\"outputs\":[" OUTPUT(",\"mismatches\":1") "]"), NULL } } },
        { "a pass with a reason", "it has a reason: bits",
                { { RESULT_, KERNEL(",\"reason\":\"bits\",\"outputs\":[" OUTPUT("") "]"),
                        NULL } } },
        { "an output listed twice", "its output o.bin is listed twice",
                { { RESULT_, KERNEL(",\"outputs\":[" OUTPUT("") "," OUTPUT("") "]"), NULL } } },
        { "no bytes compared", "was compared and has no bytes",
                { { FILE_, NOTHING, NULL },
                        { RESULT_,
                                KERNEL(",\"outputs\":[{\"file\":\"o.bin\",\"bytes\":0,\"sha256\":"
                                       "\"" EMPTY "\",\"expect\":\"pass\"}]"),
                                NULL } } },
        { "two GPUs that are one", "run.devices has two GPUs with the uuid GPU-x",
                { { DEVICES_, DEVICES(DEVICE_OF(0) "," DEVICE_OF(1)), NULL } } },
        { "devices with an error", "run.devices has an error",
                { { DEVICES_,
                        EVENT("run.devices", 1001, 2,
                                ",\"error\":\"x\",\"devices\":[" DEVICE_OF(0) "]"),
                        NULL } } },
        { "a rehearsal on a GPU", "disagree on whether this is a rehearsal",
                { { WHERE_, WHERE(",\"rehearsal\":true"), NULL } } },
        { "where it ran twice", "run.where was recorded 2 times",
                { { WHERE_, WHERE(""), WHERE("") } } },
        { "where it ran unsaid", "the event run.where is missing", { { WHERE_, "", NULL } } },
        { "bare metal of a vendor", "names the vendor of a hypervisor",
                { { WHERE_, WHERE(",\"hypervisor_vendor\":\"KVMKVMKVM\""), NULL } } },
        { "sealed by nobody", "the RUN record says that me sealed the region",
                { { RUN_, "{\"sealed_by\":\"me\",\"runner\":{\"exit_code\":0}}", NULL } } },
        { "this boot's run, sealed by the runner", "the run of this boot was not sealed by init",
                { { RUNNER_END, "", NULL }, { SEAL_, "", NULL },
                        { RUN_, "{\"sealed_by\":\"forestage-run\",\"runner\":{\"exit_code\":0}}",
                                NULL } } },
        { "sealed by the runner, with a stage", "it holds the event runner.end of the stage",
                { { RUN_, "{\"sealed_by\":\"forestage-run\",\"runner\":{\"exit_code\":0}}",
                        NULL } } },
        { "ended for a reason", "the RUN record has a reason: no jobs",
                { { RUNNER_END, "", NULL },
                        { RUN_,
                                "{\"sealed_by\":\"forestage-run\",\"runner\":{\"exit_code\":0},"
                                "\"reason\":\"no jobs\"}",
                                NULL } } },
        { "runner.end without an end", "does not say how the runner ended",
                { { RUNNER_END, EVENT("runner.end", 1005, 6, ""), NULL } } },
        { "time goes back", "the event runner.end is earlier than the one before it",
                { { RUNNER_END, EVENT("runner.end", 1005, 2, ",\"exit_code\":0"), NULL } } },
        { "records of another version", "of version 4, which this forestage does not know",
                { { PLAN_,
                        EVENT("run.plan", 1002, 3,
                                ",\"records\":4,\"planned\":[" PLANNED("kernel", "0", "") "]"),
                        NULL } } },
        { "records that say to be of version 1", "of version 1, which this forestage does not know",
                { { PLAN_,
                        EVENT("run.plan", 1002, 3,
                                ",\"records\":1,\"planned\":[" PLANNED("kernel", "0", "") "]"),
                        NULL } } },
        { "jobs that were not confined", "the event stage.confine has an error",
                { { WHERE_, EVENT("stage.confine", 999, 0, ",\"error\":\"no room\""),
                        WHERE(",\"rehearsal\":false") } } },
        { "a GPU that did not answer", "the event driver.gpu has an error",
                { { WHERE_,
                        EVENT("driver.gpu", 999, 0,
                                ",\"pci\":\"0000:02:00.0\",\"minor\":1,\"error\":\"no answer\""),
                        WHERE(",\"rehearsal\":false") } } },
        { "jobs that a step of the runner's own failed for", "the event run.plan has an error",
                { { PLAN_,
                        EVENT("run.plan", 1002, 3,
                                ",\"error\":\"x\",\"planned\":[" PLANNED("kernel", "0", "") "]"),
                        NULL } } },
        { "a promise without a version", "but not in which version of the records",
                { { PLAN_, PLAN(PLANNED("kernel", "0", ",\"promise\":{}")), NULL } } },
        { "an event of a job that is not planned", "b/0 was started or ended, but is not planned",
                { { START_, EVENT("job.start", 1003, 4, ",\"job\":\"b\",\"device\":0"), NULL } } },
        { "a job side by side with others", NULL,
                { { START_, START_BESIDE, NULL }, { RESULT_, BESIDE(",\"beside\":3"), NULL } } },
        { "others that only the RESULT knows of",
                "do not say the same of how many ran side by side",
                { { START_, START, NULL }, { RESULT_, BESIDE(",\"beside\":3"), NULL } } },
        { "others that the RESULT says nothing of", "do not say the same of how many ran side by",
                { { START_, START_BESIDE, NULL }, { RESULT_, BESIDE(""), NULL } } },
        { "others beside a process of its own", "and shared no process",
                { { START_, START_BESIDE, NULL },
                        { RESULT_, KERNEL(",\"beside\":3,\"outputs\":[" OUTPUT("") "]"), NULL } } },
        { "a job that was taken from others", NULL,
                { { START_, START_BESIDE, APART },
                        { RESULT_, BESIDE(",\"apart\":\"x\""), NULL } } },
        { "one that was alone", "was not running side by side with others when it was taken",
                { { PLAN_, PLAN_2(PLANNED("kernel", "0", ",\"promise\":{}")), NULL },
                        { START_, START, APART }, { RESULT_, BESIDE(",\"apart\":\"x\""), NULL } } },
        { "one that no RESULT says that of", "of whether it was taken from others",
                { { START_, START_BESIDE, APART }, { RESULT_, BESIDE(""), NULL } } },
        { "one that no event says that of", "of whether it was taken from others",
                { { START_, START, NULL }, { RESULT_, BESIDE(",\"apart\":\"x\""), NULL } } },
        { "two ends of a job", "it has more than one job.end event",
                { { END_, JOB_END(",\"status\":\"pass\""), JOB_END(",\"status\":\"pass\"") } } },
        { "a kernel with a check", "it has the results of a check",
                { { RESULT_,
                        KERNEL(",\"check\":{" TESTS(GOOD_TEST) "},\"outputs\":[" OUTPUT("") "]"),
                        NULL } } },
        { "a check", NULL,
                { CHECK_PLAN, NO_FILE,
                        { RESULT_, CHECK("\"planned\":1," TESTS(GOOD_TEST)), NULL } } },
        { "a check that lost a test", "2 of its tests were planned and 1 were recorded",
                { CHECK_PLAN, NO_FILE,
                        { RESULT_, CHECK("\"planned\":2," TESTS(GOOD_TEST)), NULL } } },
        { "a check with errors", "its test copy-h2d has 1 errors",
                { CHECK_PLAN, NO_FILE,
                        { RESULT_,
                                CHECK(TESTS("{\"test\":\"copy-h2d\",\"status\":\"pass\",\"errors\":"
                                            "1}")),
                                NULL } } },
        { "a check that skipped all", "none of its tests passed",
                { CHECK_PLAN, NO_FILE,
                        { RESULT_,
                                CHECK(TESTS("{\"test\":\"health\",\"status\":\"skip\",\"reason\":"
                                            "\"x\"}")),
                                NULL } } },
        { "a test twice", "its test copy-h2d was recorded twice",
                { CHECK_PLAN, NO_FILE, { RESULT_, CHECK(TESTS(GOOD_TEST "," GOOD_TEST)), NULL } } },
        { "a test of an unknown status", "its test copy-h2d says splendid",
                { CHECK_PLAN, NO_FILE,
                        { RESULT_, CHECK(TESTS("{\"test\":\"copy-h2d\",\"status\":\"splendid\"}")),
                                NULL } } },
        { "a requirement that is not met", "its requirement copy-h2d.gbps>=60 is not met",
                { CHECK_PLAN, NO_FILE,
                        { RESULT_,
                                CHECK(TESTS(GOOD_TEST) ",\"requirements\":[{\"require\":"
                                                       "\"copy-h2d.gbps>=60\",\"found\":50.5,"
                                                       "\"status\":\"pass\"}]"),
                                NULL } } },
        { "a requirement of another number", "was not held against what its test found",
                { CHECK_PLAN, NO_FILE,
                        { RESULT_,
                                CHECK(TESTS(GOOD_TEST) ",\"requirements\":[{\"require\":"
                                                       "\"copy-h2d.gbps>=60\",\"found\":65.5,"
                                                       "\"status\":\"pass\"}]"),
                                NULL } } },
        { "a failed baseline", "its copy-h2d.gbps, compared with the baseline, says fail",
                { CHECK_PLAN, NO_FILE,
                        { RESULT_,
                                CHECK(TESTS(GOOD_TEST) ",\"baseline_compared\":[{\"metric\":"
                                                       "\"copy-h2d.gbps\",\"baseline\":60,"
                                                       "\"found\":50.5,\"status\":\"fail\"}]"),
                                NULL } } },
        { "errors between two GPUs", "its test copy-p2p has errors between two GPUs",
                { CHECK_PLAN, NO_FILE,
                        { RESULT_,
                                CHECK(TESTS(
                                        "{\"test\":\"copy-p2p\",\"status\":\"pass\",\"errors\":0,"
                                        "\"pairs\":[{\"peer\":1,\"direct\":true,\"write_gbps\":"
                                        "1.0,\"read_gbps\":1.0,\"errors\":3}]}")),
                                NULL } } },
        { "a counter that rose", "its test health passes with \"rises\"",
                { CHECK_PLAN, NO_FILE,
                        { RESULT_,
                                CHECK(TESTS("{\"test\":\"health\",\"status\":\"pass\",\"rises\":[{"
                                            "\"counter\":\"ecc\",\"before\":0,\"after\":1}]}")),
                                NULL } } },
        { "little memory", "covered 50 % of the memory",
                { CHECK_PLAN, NO_FILE,
                        { RESULT_,
                                CHECK(TESTS("{\"test\":\"memory-fade\",\"status\":\"pass\","
                                            "\"errors\":0,\"covered_percent\":50.0}")),
                                NULL } } },
};

/* The record of a slot as the lie has it. */
static const struct change *change_of(const struct lie *lie, enum slot slot)
{
        for (size_t i = 0; i < 4; i++)
                if (lie->change[i].data && lie->change[i].slot == slot)
                        return &lie->change[i];
        return NULL;
}

static void put(struct sample *sample, enum slot slot, const char *data)
{
        const char *path = base[slot].name;
        char name[64];

        if (sscanf(data, "{\"event\":\"%63[^\"]", name) == 1)
                path = name; /* another event in its place */
        if (slot == RESULT_ && strstr(data, "\"device\":null"))
                path = "a/none";
        if (strcmp(data, NOTHING) == 0)
                sample_file(sample, path, "", 0);
        else if (*data)
                sample_record(sample, base[slot].type, path, "%s", data);
}

static void make(const struct lie *lie, struct sample *sample)
{
        sample_start(sample, SAMPLE_SIZE);
        for (enum slot slot = 0; slot < SLOTS; slot++) {
                const struct change *change = change_of(lie, slot);

                put(sample, slot, change ? change->data : base[slot].data);
                if (change && change->again)
                        put(sample, slot, change->again);
        }
        assert_int_equal(region_seal(&sample->writer), REGION_OK);
}

static bool has_reason(const struct run *run, const char *text)
{
        json_t *reason;
        size_t i;

        json_array_foreach(run->problems.list, i, reason) {
                if (strstr(json_string_value(reason), text))
                        return true;
        }
        return false;
}

static void tell(const struct lie *lie, const struct run *run)
{
        json_t *reason;
        size_t i;

        json_array_foreach(run->problems.list, i, reason)
                printf("# %s: %s\n", lie->name, json_string_value(reason));
        fail_msg("%s: %s", lie->name, verdict_name(run->verdict));
}

static void no_lie_passes(void **state)
{
        (void)state;
        for (size_t i = 0; i < sizeof(lies) / sizeof(lies[0]); i++) {
                struct sample sample;
                struct run run;

                make(&lies[i], &sample);
                run_read(sample.base, sample.size, sample_run_id, &run);
                assert_true(run.facts.region_complete);
                if (run.verdict != (lies[i].reason ? VERDICT_FAIL : VERDICT_PASS) ||
                        (lies[i].reason && !has_reason(&run, lies[i].reason)))
                        tell(&lies[i], &run);
                run_free(&run);
                sample_free(&sample);
        }
        printf("# %zu regions\n", sizeof(lies) / sizeof(lies[0]));
}

/* A file may be forestage-run's own, and then it says so; of this boot's run it is a lie. */
static void a_file_may_be_of_the_runner(void **state)
{
        const struct lie *lie = lies;
        struct sample sample;
        struct run run;

        (void)state;
        while (strcmp(lie->name, "this boot's run, sealed by the runner") != 0)
                lie++;
        make(lie, &sample);
        run_read(sample.base, sample.size, NULL, &run);
        if (run.verdict != VERDICT_PASS)
                tell(lie, &run);
        run_free(&run);
        sample_free(&sample);
}

int main(void)
{
        const struct CMUnitTest tests[] = {
                cmocka_unit_test(no_lie_passes),
                cmocka_unit_test(a_file_may_be_of_the_runner),
        };

        return run_tap(tests);
}
