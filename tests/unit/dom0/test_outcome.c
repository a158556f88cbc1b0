/* trial.json: a pass only when everything is as it must be; and what is said when it is not. */
#include <stdio.h>

#include "dom0/base/json.h"
#include "dom0/trialresult/outcome.h"
#include "dom0/trialresult/trialpage.h"
#include "tests/unit/dom0/trial.h"
#include "tests/unit/tap.h"

/* Everything that an outcome is made of. */
struct evidence {
        json_t *of; /* {"plan", "ladder", "baseline", "dom0", "place", "notes"} */
        struct trial_phases phases;
        struct trial_evidence facts;
};

static void point(struct evidence *evidence)
{
        evidence->facts.plan = get_value(evidence->of, "plan");
        evidence->facts.notes = get_value(evidence->of, "notes");
        evidence->facts.ladder = get_value(evidence->of, "ladder");
        evidence->facts.baseline = get_value(evidence->of, "baseline");
        evidence->facts.dom0 = get_value(evidence->of, "dom0");
        evidence->facts.place = get_value(evidence->of, "place");
        evidence->facts.phases = &evidence->phases;
}

static const char phases[] =
        "1764446400 armed\n1764446500 begin\n1764446501 driver\n1764446502 ladder\n"
        "1764446503 jobs\n1764446504 unload\n1764446505 collect\n1764446506 compare\n"
        "1764446507 end\n";

static int gather(void **state)
{
        struct evidence *evidence = calloc(1, sizeof(*evidence));
        void *host;

        if (stand_in_debian(&host) != 0)
                return 1;
        evidence->of = json_pack("{s:o, s:o, s:o, s:o, s:{s:s, s:s, s:s, s:s, s:s, s:s}, s:[]}",
                "plan", trial_plan_made(host), "ladder", trial_ladder("pass", NULL, NULL, NULL),
                "baseline", trial_run_document(host, ORDER_ID), "dom0",
                trial_run_document(host, TRIAL_ID), "place", "xen", "4.17.1", "kernel", "6.1.1",
                "hypervisor", "pv", "pat", "WB WT UC- UC WC WP UC UC", "iommu", "on, in Xen", "cpu",
                "GenuineIntel", "notes");
        stand_in_remove(&host);
        trial_phases_parse(phases, strlen(phases), &evidence->phases);
        evidence->facts.over = evidence->facts.ladder_good = evidence->facts.jobs_good = true;
        evidence->facts.log = "";
        point(evidence);
        *state = evidence;
        return evidence->of ? 0 : 1;
}

static int drop(void **state)
{
        struct evidence *evidence = *state;

        json_decref(evidence->of);
        free(evidence);
        return 0;
}

static json_t *judge(struct evidence *evidence)
{
        point(evidence);
        return outcome_make(&evidence->facts);
}

static bool passes(struct evidence *evidence)
{
        json_t *outcome = judge(evidence);
        bool pass = strcmp(get_text(outcome, "verdict"), "pass") == 0;

        assert_int_equal(pass, json_is_null(get_value(outcome, "obstacle")));
        json_decref(outcome);
        return pass;
}

static void assert_stops(struct evidence *evidence, const char *step, const char *why)
{
        json_t *outcome = judge(evidence), *obstacle = get_value(outcome, "obstacle");

        assert_string_not_equal(get_text(outcome, "verdict"), "pass");
        if (strcmp(get_text(obstacle, "step"), step) != 0 ||
                !strstr(get_text(obstacle, "why"), why))
                fail_msg("not \"%s: %s\" but \"%s: %s\"", step, why, get_text(obstacle, "step"),
                        get_text(obstacle, "why"));
        json_decref(outcome);
}

/* The place "a.b.0.c" in a document: what holds it, and its last part. */
static json_t *find(json_t *root, const char *path, char last[64])
{
        char words[128], *rest = words, *part;
        json_t *at = root;

        snprintf(words, sizeof(words), "%s", path);
        while ((part = strsep(&rest, ".")) && rest)
                at = json_is_array(at) ? json_array_get(at, (size_t)atoi(part))
                                       : get_value(at, part);
        snprintf(last, 64, "%s", part);
        assert_non_null(at);
        return at;
}

/* `value`: JSON; NULL takes it away. */
static void change(struct evidence *evidence, const char *path, const char *value)
{
        char last[64];
        json_t *holder = find(evidence->of, path, last);
        json_t *new = value ? json_loads(value, JSON_DECODE_ANY, NULL) : NULL;

        assert_true(!value || new);
        if (json_is_array(holder) && new)
                json_array_set_new(holder, (size_t)atoi(last), new);
        else if (json_is_array(holder))
                json_array_remove(holder, (size_t)atoi(last));
        else if (new)
                json_object_set_new(holder, last, new);
        else
                json_object_del(holder, last);
        point(evidence);
}

static void a_pass(void **state)
{
        json_t *outcome = judge(*state), *first;

        assert_string_equal(get_text(outcome, "verdict"), "pass");
        assert_true(json_is_false(get_value(outcome, "rehearsal")));
        assert_int_equal(json_array_size(get_value(outcome, "comparison")), 3);
        first = json_array_get(get_value(outcome, "comparison"), 0);
        assert_string_equal(get_text(first, "outputs"), "equal");
        assert_true(json_array_size(get_value(first, "figures")) >= 3);
        assert_string_equal(get_text(outcome, "began"), "2025-11-29T20:01:40Z");
        json_decref(outcome);
}

static const struct {
        const char *path, *value; /* NULL: taken away */
        const char *step, *why;
} wrong[] = {
        { "plan.mode", "\"pvh\"", "mode", "of the kind \"pv\", not pvh" },
        { "place.hypervisor", "\"xen\"", "mode", "of the kind \"xen\"" },
        { "place.hypervisor", "\"bare\"", "mode", "bare" },
        { "place", NULL, "mode", "" },
        { "ladder", NULL, "ladder", "no ladder.json" },
        { "ladder.schema", "\"forestage-ladder/2\"", "ladder", "no ladder.json" },
        { "ladder.obstacle", "\"nvml\"", "ladder", "does not say" },
        { "ladder.steps", "[]", "ladder", "no step module" },
        { "ladder.steps.12", NULL, "ladder", "no step iterations" },
        { "ladder.steps.0", NULL, "ladder", "no step module" },
        { "ladder.steps.4.status", "\"fail\"", "context", "fail" },
        { "ladder.steps.4.status", "\"skip\"", "context", "skip" },
        { "ladder.steps.4.status", "\"notrun\"", "context", "notrun" },
        { "ladder.steps.4.status", "\"PASS\"", "context", "PASS" },
        { "ladder.steps.4.status", "null", "context", "" },
        { "ladder.steps.4.status", "true", "context", "" },
        { "ladder.steps.4.step", "\"contexts\"", "ladder", "no step context" },
        { "ladder.steps.4.step", "\"cuinit\"", "ladder", "no step context" },
        { "baseline", NULL, "baseline", "no run.json" },
        { "baseline.schema", "\"forestage-run/2\"", "baseline", "no run.json" },
        { "baseline.run_id", "\"" TRIAL_ID "\"", "baseline", "another run" },
        { "baseline.verdict", "\"fail\"", "baseline", "its verdict is fail" },
        { "baseline.complete", "false", "baseline", "verdict" },
        { "baseline.jobs.1.status", "\"fail\"", "baseline", "job reduce: fail" },
        { "baseline.jobs.1.status", "\"skip\"", "baseline", "job reduce: skip" },
        { "baseline.jobs.1", NULL, "compare", "job reduce was planned in one" },
        { "baseline.jobs.1.device", "1", "compare", "job reduce was planned in one" },
        { "baseline.jobs", "[]", "compare", "planned in one" },
        { "baseline.rehearsal", "true", "compare", "one of the two runs was a rehearsal" },
        { "baseline.devices", "[]", "compare", "had 0 GPUs, and dom0's 1" },
        { "baseline.devices.0.uuid", "\"GPU-2\"", "compare", "GPU 0 is another one" },
        { "baseline.jobs.0.outputs", "[]", "compare", "job vecadd: its outputs" },
        { "baseline.jobs.0.outputs.0.file", "\"b\"", "compare", "job vecadd: its outputs" },
        { "baseline.jobs.2.outputs.0.sha256", "null", "compare", "job wave: its outputs" },
        { "baseline.jobs.2", "{\"job\":\"vecadd\",\"device\":0,\"status\":\"pass\"}", "compare",
                "" },
        { "dom0", NULL, "jobs", "no run.json" },
        { "dom0.run_id", "null", "jobs", "another run" },
        { "dom0.run_id", "\"" ORDER_ID "\"", "jobs", "another run" },
        { "dom0.verdict", "\"incomplete\"", "jobs", "its verdict is incomplete" },
        { "dom0.verdict", "\"empty\"", "jobs", "empty" },
        { "dom0.complete", NULL, "jobs", "verdict" },
        { "dom0.jobs.2.status", "\"timeout\"", "jobs", "job wave: timeout" },
        { "dom0.jobs.2", NULL, "compare", "job wave was planned in one" },
        { "dom0.jobs", "[]", "compare", "planned in one" },
        { "dom0.rehearsal", "true", "compare", "one of the two runs was a rehearsal" },
        { "ladder.rehearsal", "true", "compare", "one of ladder and jobs was a rehearsal" },
        { "dom0.where.driver", "\"610.43.02\"", "compare", "driver 610.43.02, not 535.261.03" },
        { "dom0.where", "null", "compare", "driver of no version" },
        { "dom0.devices", "[]", "ladder", "1 of the step context, for 0 GPUs" },
        { "dom0.jobs.0.outputs.0.sha256", "\"00\"", "compare", "job vecadd: its outputs" },
        { "dom0.jobs.0.outputs", "null", "compare", "job vecadd: its outputs" },
        { "plan.jobs", "4", "compare", "3 jobs ran, and 4 were armed" },
        { "plan.driver_version", "\"535.261.04\"", "compare", "driver 535.261.03" },
        { "plan.order", "\"" TRIAL_ID "\"", "baseline", "another run" },
        { "plan.trial", "\"" ORDER_ID "\"", "jobs", "another run" },
        { "notes", "[{\"step\":\"driver\",\"text\":\"no nvidia\"}]", "driver", "no nvidia" },
        { "notes", "[{\"step\":\"ladder\",\"text\":\"killed\"}]", "ladder", "killed" },
        { "notes", "[{\"step\":\"jobs\",\"text\":\"hangs\"}]", "jobs", "hangs" },
        { "notes", "[{\"step\":\"collect\",\"text\":\"no disk\"}]", "collect", "no disk" },
        { "notes", "[{\"step\":\"begin\",\"text\":\"no net\"}]", "begin", "no net" },
};

static void any_one_thing_wrong_is_no_pass(void **state)
{
        struct evidence *evidence = *state;

        for (size_t i = 0; i < sizeof(wrong) / sizeof(wrong[0]); i++) {
                json_t *kept = json_deep_copy(evidence->of);

                change(evidence, wrong[i].path, wrong[i].value);
                assert_stops(evidence, wrong[i].step, wrong[i].why);
                json_decref(evidence->of);
                evidence->of = kept;
                assert_true(passes(evidence));
        }
}

static void what_a_program_did_not_say_is_no_pass(void **state)
{
        struct evidence *evidence = *state;

        evidence->facts.ladder_good = false;
        assert_stops(evidence, "ladder", "does not say that the ladder was climbed");
        evidence->facts.ladder_good = true;
        evidence->facts.jobs_good = false;
        assert_stops(evidence, "jobs", "does not say that the jobs passed");
        evidence->facts.jobs_good = true;
        assert_true(passes(evidence));
}

/* Keys whose value a pass rests on, wherever they stand in what the programs have left. */
static bool counts(const char *key)
{
        static const char *const keys[] = { "status", "verdict", "sha256", "run_id", "schema",
                "complete", "step", "file", "hypervisor" };

        for (size_t i = 0; i < sizeof(keys) / sizeof(keys[0]); i++)
                if (strcmp(keys[i], key) == 0)
                        return true;
        return false;
}

/* Spoils each of them in turn, in all ways, and looks. Returns how many. */
static size_t spoil(struct evidence *evidence, json_t *at)
{
        const char *key;
        json_t *value;
        size_t count = 0, i;
        void *next;

        json_array_foreach(at, i, value)
                count += spoil(evidence, value);
        json_object_foreach_safe(at, next, key, value)
        {
                json_t *others[] = { json_null(), json_string("x"), json_integer(1),
                        json_object() };

                count += counts(key) ? 0 : spoil(evidence, value);
                for (size_t k = 0; counts(key) && k < 4; k++) {
                        json_t *kept = json_incref(value);

                        json_object_set(at, key, others[k]);
                        if (passes(evidence))
                                fail_msg("passes with another %s", key);
                        json_object_set_new(at, key, kept);
                        count++;
                }
                for (size_t k = 0; k < 4; k++)
                        json_decref(others[k]);
        }
        return count;
}

/* What a run says of each GPU follows from the jobs. */
static void forget_gpus(json_t *run)
{
        json_t *device;
        size_t i;

        json_array_foreach(get_value(run, "devices"), i, device)
                json_object_del(device, "verdict");
}

static void nothing_that_counts_may_be_spoilt(void **state)
{
        struct evidence *evidence = *state;

        /* collect's own words, on which nothing rests */
        json_object_del(get_value(evidence->of, "dom0"), "files");
        json_object_del(get_value(evidence->of, "baseline"), "files");
        json_object_del(get_value(evidence->of, "dom0"), "collected");
        json_object_del(get_value(evidence->of, "baseline"), "collected");
        forget_gpus(get_value(evidence->of, "dom0"));
        forget_gpus(get_value(evidence->of, "baseline"));
        json_object_del(get_value(get_value(evidence->of, "dom0"), "where"), "hypervisor");
        json_object_del(get_value(get_value(evidence->of, "baseline"), "where"), "hypervisor");
        assert_true(spoil(evidence, get_value(evidence->of, "ladder")) >= 13 * 2 * 4);
        assert_true(spoil(evidence, get_value(evidence->of, "baseline")) >= 52);
        assert_true(spoil(evidence, get_value(evidence->of, "dom0")) >= 52);
        assert_int_equal(spoil(evidence, get_value(evidence->of, "place")), 4);
        assert_true(passes(evidence));
}

/* A second GPU that was not climbed is one that was not tried. */
static void each_gpu_has_its_ladder(void **state)
{
        struct evidence *evidence = *state;
        json_t *steps = get_value(get_value(evidence->of, "ladder"), "steps"), *copy;
        static const char two[] = "[{\"uuid\":\"GPU-1\"},{\"uuid\":\"GPU-2\"}]";

        change(evidence, "baseline.devices", two);
        change(evidence, "dom0.devices", two);
        assert_stops(evidence, "ladder", "1 of the step context, for 2 GPUs");
        for (size_t i = 4; i < 13; i++) {
                copy = json_deep_copy(json_array_get(steps, i));
                json_object_set_new(copy, "device", json_integer(1));
                json_array_append_new(steps, copy);
        }
        assert_true(passes(evidence));
        change(evidence, "ladder.steps.21.status", "\"timeout\"");
        assert_stops(evidence, "iterations", "timeout");
}

static void a_rehearsal_says_so(void **state)
{
        struct evidence *evidence = *state;
        json_t *outcome;
        char *headline;

        change(evidence, "dom0.rehearsal", "true");
        change(evidence, "baseline.rehearsal", "true");
        change(evidence, "dom0.where.driver", "null");
        assert_stops(evidence, "compare", "one of ladder and jobs was a rehearsal");
        change(evidence, "ladder.rehearsal", "true");
        change(evidence, "ladder.steps.0.status", "\"skip\"");
        change(evidence, "ladder.steps.2.status", "\"skip\"");
        outcome = judge(evidence);
        assert_string_equal(get_text(outcome, "verdict"), "pass");
        assert_true(json_is_true(get_value(outcome, "rehearsal")));
        headline = outcome_headline(outcome);
        assert_non_null(strstr(headline, "no GPU was tried"));
        free(headline);
        json_decref(outcome);
        change(evidence, "ladder.steps.2.status", "\"fail\"");
        assert_stops(evidence, "nvml", "fail");
        change(evidence, "ladder.steps.2.status", "\"notrun\"");
        assert_stops(evidence, "nvml", "notrun");
}

/* What stays when a machine is reset has no verdict, and says where it was. */
static void what_did_not_end_is_incomplete(void **state)
{
        struct evidence *evidence = *state;
        json_t *outcome;

        evidence->facts.over = false;
        trial_phases_parse("1 armed\n2 begin\n3 driver\n4 lad", 31, &evidence->phases);
        outcome = judge(evidence);
        assert_string_equal(get_text(outcome, "verdict"), "incomplete");
        assert_string_equal(get_text(outcome, "phase"), "driver");
        assert_string_equal(get_text(get_value(outcome, "obstacle"), "step"), "driver");
        assert_non_null(strstr(
                get_text(get_value(outcome, "obstacle"), "why"), "while the driver was loaded"));
        assert_true(json_is_null(get_value(outcome, "ended")));
        json_decref(outcome);
}

static const struct {
        const char *step, *reason, *log; /* of the first that failed */
        const char *why, *line;          /* NULL: none of the log is kept */
} words[] = {
        { "context", "cuCtxCreate: 801 CUDA_ERROR_NOT_SUPPORTED",
                "[    1.0] e1000: up\n[    5.0] NVRM: PAT configuration unsupported.\n",
                "does not accept the page attribute table", "NVRM: PAT configuration" },
        { "context", "cuCtxCreate: 801 CUDA_ERROR_NOT_SUPPORTED", "",
                "write-combined system memory is refused", NULL },
        { "host_write_combined", "cuMemHostAlloc: 801", "", "write-combined system memory", NULL },
        { "copies", "page 7 is wrong", "[ 9.0] nvidia 0000:01:00.0: swiotlb buffer is full\n",
                "bounce buffers is used up", "swiotlb" },
        { "copies", "page 7 is wrong", "", "DMA goes to other pages", NULL },
        { "module", "nvidia is not loaded", "[ 5.0] nvidia: version magic '6.2' should be '6.1'\n",
                "of another kernel", "version magic" },
        { "nodes", "cannot open", "[ 5.0] NVRM: RmInitAdapter failed! (0x26:0xffff:1290)\n",
                "could not be initialised", "RmInitAdapter" },
        { "kernel", "the result is wrong", "[ 5.0] usb 1-1: new device\n", "the result is wrong",
                NULL },
};

static void the_obstacle_is_said_in_words(void **state)
{
        struct evidence *evidence = *state;

        for (size_t i = 0; i < sizeof(words) / sizeof(words[0]); i++) {
                json_t *ladder = trial_ladder("pass", words[i].step, "fail", words[i].reason);
                json_t *outcome, *kernel;

                json_object_set_new(evidence->of, "ladder", ladder);
                evidence->facts.log = words[i].log;
                assert_stops(evidence, words[i].step, words[i].why);
                assert_stops(evidence, words[i].step, words[i].reason);
                outcome = judge(evidence);
                kernel = get_value(get_value(outcome, "obstacle"), "kernel");
                assert_int_equal(json_array_size(kernel), words[i].line != NULL);
                if (words[i].line)
                        assert_non_null(strstr(
                                json_string_value(json_array_get(kernel, 0)), words[i].line));
                json_decref(outcome);
        }
}

/* The driver could not be loaded: the ladder says at which step, the driver in which words. */
static void a_driver_that_is_missing_is_a_step(void **state)
{
        struct evidence *evidence = *state;
        json_t *ladder = trial_ladder("notrun", "module", "fail", "the module is not loaded");

        json_object_set_new(evidence->of, "ladder", ladder);
        json_object_del(evidence->of, "dom0");
        change(evidence, "notes",
                "[{\"step\":\"driver\",\"text\":\"nvidia cannot be loaded: No such device\"}]");
        evidence->facts.log = "[ 5.0] NVRM: No NVIDIA GPU found.\n";
        assert_stops(
                evidence, "module", "cannot be loaded: No such device; the driver found no GPU");
        /* the ladder has met another driver: the host's own */
        json_object_set_new(evidence->of, "ladder", trial_ladder("pass", "context", "fail", "no"));
        assert_stops(evidence, "driver", "cannot be loaded");
        json_object_set_new(evidence->of, "ladder", trial_ladder("pass", NULL, NULL, NULL));
        assert_stops(evidence, "driver", "cannot be loaded");
        json_object_del(evidence->of, "ladder");
        assert_stops(evidence, "driver", "cannot be loaded");
}

static void a_long_log_is_cut_in_its_middle(void **state)
{
        struct evidence *evidence = *state;
        char log[20000] = "";
        json_t *outcome, *lines;

        for (int i = 0; i < 200; i++)
                sprintf(log + strlen(log), "[ %d.0] NVRM: line %d\n", i, i);
        evidence->facts.log = log;
        outcome = judge(evidence);
        lines = get_value(outcome, "kernel_log");
        assert_int_equal(json_array_size(lines), OBSTACLE_LINES);
        assert_string_equal(json_string_value(json_array_get(lines, 0)), "[ 0.0] NVRM: line 0");
        assert_string_equal(json_string_value(json_array_get(lines, OBSTACLE_LINES - 1)),
                "[ 199.0] NVRM: line 199");
        json_decref(outcome);
}

/* Whatever the programs have left, there is a document and a page, and nobody's text acts. */
static void hostile_documents_are_shown(void **state)
{
        static const char *const evil[] = { "null", "[]", "{}", "7", "\"x\"",
                "{\"schema\":\"forestage-ladder/1\",\"steps\":[1,null,{\"step\":7},{\"step\":"
                "\"<script>\",\"status\":\"\\u202e<b>\",\"reason\":\"</td>\",\"title\":\"<i>\","
                "\"device\":-1}]}",
                "{\"schema\":\"forestage-run/1\",\"jobs\":[{\"job\":\"<script>\",\"device\":0,"
                "\"status\":\"<u>\",\"reason\":\"<img>\",\"outputs\":[null,{\"file\":9}]},3],"
                "\"devices\":{},\"where\":[],\"run_id\":\"<s>\"}" };
        static const char *const keys[] = { "ladder", "baseline", "dom0", "place", "notes" };
        struct evidence *evidence = *state;

        for (size_t k = 0; k < sizeof(keys) / sizeof(keys[0]); k++) {
                for (size_t i = 0; i < sizeof(evil) / sizeof(evil[0]); i++) {
                        json_t *kept = json_deep_copy(evidence->of), *outcome;
                        char *page = NULL;
                        size_t length;
                        FILE *to;

                        change(evidence, keys[k], evil[i]);
                        outcome = judge(evidence);
                        if (strcmp(keys[k], "notes") != 0)
                                assert_string_equal(get_text(outcome, "verdict"), "fail");
                        to = open_memstream(&page, &length);
                        trialpage_write(to, outcome);
                        fclose(to);
                        assert_null(strstr(page, "<script"));
                        assert_null(strstr(page, "<img"));
                        assert_null(strstr(page, "\xe2\x80\xae"));
                        free(page);
                        json_decref(outcome);
                        json_decref(evidence->of);
                        evidence->of = kept;
                }
        }
}

int main(void)
{
        static const struct CMUnitTest tests[] = {
                cmocka_unit_test_setup_teardown(a_pass, gather, drop),
                cmocka_unit_test_setup_teardown(any_one_thing_wrong_is_no_pass, gather, drop),
                cmocka_unit_test_setup_teardown(
                        what_a_program_did_not_say_is_no_pass, gather, drop),
                cmocka_unit_test_setup_teardown(nothing_that_counts_may_be_spoilt, gather, drop),
                cmocka_unit_test_setup_teardown(each_gpu_has_its_ladder, gather, drop),
                cmocka_unit_test_setup_teardown(a_rehearsal_says_so, gather, drop),
                cmocka_unit_test_setup_teardown(what_did_not_end_is_incomplete, gather, drop),
                cmocka_unit_test_setup_teardown(the_obstacle_is_said_in_words, gather, drop),
                cmocka_unit_test_setup_teardown(a_driver_that_is_missing_is_a_step, gather, drop),
                cmocka_unit_test_setup_teardown(a_long_log_is_cut_in_its_middle, gather, drop),
                cmocka_unit_test_setup_teardown(hostile_documents_are_shown, gather, drop),
        };

        stand_in_use_memory();
        return run_tap(tests);
}
