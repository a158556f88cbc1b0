/* Which job runs where, the command line that narrows it down, and how an outcome is decided. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <math.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "jobs/check_tests.h"
#include "jobs/jobfile.h"
#include "jobs/room.h"
#include "runner/console/tally.h"
#include "runner/options.h"
#include "runner/record/outcome.h"
#include "runner/record/plan.h"
#include "runner/record/record.h"

static struct device devices[2] = {
        { .index = 0, .name = "A", .uuid = "GPU-00000000-0000-0000-0000-00000000000a" },
        { .index = 1, .name = "B", .uuid = "GPU-00000000-0000-0000-0000-00000000000b" },
};
static struct machine two = { .device = devices, .devices = 2 };
static struct machine none = { .error = "no GPU at all" };

/* A job with these devices (NULL: all), planned; "0 1!x" in the result: index, and ! why not. */
static const char *plan_of(const char *list, const struct machine *machine, const char *chosen)
{
        static char text[4096];
        struct job job = { .type = JOB_KERNEL, .all_devices = !list };
        struct words words = { NULL, 0 };
        char why[WHY_SIZE];
        struct plan plan;

        text[0] = '\0';
        strcpy(job.name, "j");
        assert_true(!list || words_add_devices(&job.devices, list, why));
        assert_true(!chosen || words_add_devices(&words, chosen, why));
        assert_true(plan_make(&job, 1, machine, chosen ? &words : NULL, &plan));
        for (size_t i = 0; i < plan.count; i++) {
                const struct entry *entry = &plan.entry[i];

                assert_true(entry->decided == !entry->device);
                snprintf(text + strlen(text), sizeof(text) - strlen(text), "%s%d%s%s", i ? " " : "",
                        entry->index,
                        entry->decided ? entry->status == STATUS_SKIP ? "?" : "!" : "",
                        entry->reason ? entry->reason : "");
        }
        plan_clear(&plan);
        job_clear(&job);
        words_clear(&words);
        return text;
}

static void devices_are_chosen(void **state)
{
        (void)state;
        assert_string_equal(plan_of(NULL, &two, NULL), "0 1");
        assert_string_equal(plan_of("1,0", &two, NULL), "1 0");
        assert_string_equal(plan_of("GPU-00000000-0000-0000-0000-00000000000B", &two, NULL), "1");
        assert_string_equal(plan_of("1,GPU-00000000-0000-0000-0000-00000000000b", &two, NULL), "1");
        assert_string_equal(
                plan_of("2,0", &two, NULL), "2!Device=2: this machine has no such GPU 0");
        assert_string_equal(plan_of("GPU-00000000-0000-0000-0000-00000000000c", &two, NULL),
                "-1!Device=GPU-00000000-0000-0000-0000-00000000000c: this machine has no such GPU");
        assert_string_equal(plan_of(NULL, &none, NULL), "-1!no GPU at all");
        assert_string_equal(plan_of("0", &none, NULL), "-1!no GPU at all");
}

static void command_line_narrows(void **state)
{
        (void)state;
        assert_string_equal(plan_of(NULL, &two, "1"), "1");
        assert_string_equal(plan_of("0,1", &two, "1"), "1");
        assert_string_equal(plan_of("0", &two, "1"),
                "-1?none of the job's devices is among those chosen with --device");
        assert_string_equal(
                plan_of(NULL, &two, "1,3"), "-1!--device 3: this machine has no such GPU");
}

/* The list of run.plan. */
static json_t *planned(const struct plan *plan)
{
        json_t *event = json_pack("{s:s}", "event", "run.plan"), *record, *list;
        size_t bytes;
        char *text = record_plan(event, plan, &bytes);

        assert_non_null(text);
        assert_int_equal(strlen(text), bytes);
        record = json_loads(text, 0, NULL);
        assert_string_equal(json_string_value(json_object_get(record, "event")), "run.plan");
        list = json_incref(json_object_get(record, "planned"));
        json_decref(record);
        json_decref(event);
        free(text);
        return list;
}

static void expect_plan(const struct job *jobs, size_t count, const char *expected)
{
        struct plan plan;
        json_t *list;
        char *text;

        assert_true(plan_make(jobs, count, &two, NULL, &plan));
        list = planned(&plan);
        text = json_dumps(list, JSON_COMPACT);
        assert_string_equal(text, expected);
        free(text);
        json_decref(list);
        plan_clear(&plan);
}

static void order_of_the_plan(void **state)
{
        struct job jobs[3] = { { .name = "a", .type = JOB_KERNEL, .all_devices = true },
                { .name = "b", .type = JOB_CHECK },
                { .name = "c", .type = JOB_UNKNOWN, .error = "c.conf:1: bad" } };
        struct plan plan;

        (void)state;
        assert_true(plan_make(jobs, 3, &two, NULL, &plan));
        assert_string_equal(plan.entry[3].reason, "c.conf:1: bad");
        plan_clear(&plan);
        expect_plan(jobs, 3,
                "[{\"job\":\"a\",\"kind\":\"kernel\",\"device\":0,"
                "\"promise\":{\"outputs\":[],\"expect\":[]}},"
                "{\"job\":\"a\",\"kind\":\"kernel\",\"device\":1,"
                "\"promise\":{\"outputs\":[],\"expect\":[]}},"
                "{\"job\":\"b\",\"kind\":\"check\",\"device\":null,\"promise\":{}},"
                "{\"job\":\"c\",\"kind\":\"unknown\",\"device\":null,\"promise\":{}}]");
}

/* What each kind of job says beforehand that it will record. */
static void plan_promises(void **state)
{
        struct argument arguments[] = { { .kind = ARGUMENT_IN, .file = "in" },
                { .kind = ARGUMENT_OUT, .file = "out" },
                { .kind = ARGUMENT_INOUT, .file = "both" } };
        struct expectation expectation = { .file = "out" };
        char *tests[] = { "health", "copy-h2d" }, *require[] = { "copy-h2d.gbps>1" };
        struct words gpu = { (char *[]){ "0" }, 1 };
        struct job kernel = { .name = "k",
                .type = JOB_KERNEL,
                .devices = gpu,
                .kernel = { .argument = arguments, .arguments = 3 },
                .expectation = &expectation,
                .expectations = 1 };
        struct job program = { .name = "p",
                .type = JOB_PROGRAM,
                .devices = gpu,
                .expectation = &expectation,
                .expectations = 1 };
        struct job check = { .name = "c",
                .type = JOB_CHECK,
                .devices = gpu,
                .check = { .tests = { tests, 2 },
                        .require = { require, 1 },
                        .expect_devices = 2,
                        .baseline = "b",
                        .baseline_percent = 2.5,
                        .peer_percent = 4 } };
        struct job quick = {
                .name = "q", .type = JOB_CHECK, .devices = gpu, .check = { .level = "quick" }
        };
        json_t *list;
        struct plan plan;

        (void)state;
        expect_plan(&kernel, 1,
                "[{\"job\":\"k\",\"kind\":\"kernel\",\"device\":0,\"promise\":{"
                "\"outputs\":[\"out\",\"both\"],\"expect\":[\"out\"]}}]");
        kernel.description = (char[]){ "Größe = \"1\"" };
        expect_plan(&kernel, 1,
                "[{\"job\":\"k\",\"kind\":\"kernel\",\"device\":0,\"promise\":{"
                "\"outputs\":[\"out\",\"both\"],\"expect\":[\"out\"]},"
                "\"description\":\"Größe = \\\"1\\\"\"}]");
        expect_plan(&program, 1,
                "[{\"job\":\"p\",\"kind\":\"program\",\"device\":0,\"promise\":{"
                "\"expect\":[\"out\"]}}]");
        expect_plan(&check, 1,
                "[{\"job\":\"c\",\"kind\":\"check\",\"device\":0,\"promise\":{"
                "\"tests\":[\"copy-h2d\",\"health\"],\"require\":[\"copy-h2d.gbps>1\"],"
                "\"standing\":[\"ecc_mode=on if readable\","
                "\"ecc_mode_pending=on if readable\","
                "\"mig_mode=off if readable\","
                "\"mig_mode_pending=off if readable\","
                "\"inforom=valid if readable\","
                "\"remapped_correctable_rows<=0 if readable\","
                "\"remapped_uncorrectable_rows<=0 if readable\","
                "\"remap_banks_high=any if readable\","
                "\"remap_banks_partial<=0 if readable\","
                "\"remap_banks_low<=0 if readable\","
                "\"remap_banks_none<=0 if readable\","
                "\"ecc_uncorrected_aggregate<=0 if readable\","
                "\"sram_threshold=kept if readable\","
                "\"recovery_action=none if readable\","
                "\"other_processes<=0 if readable\","
                "\"vbios=any if readable\","
                "\"serial=any if readable\",\"fabric=any if readable\","
                "\"bridge_width=full if readable\",\"bridge_generation=full if readable\"],"
                "\"devices\":2,\"baseline_percent\":2.5,\"duration_s\":null,"
                "\"limits\":true,\"peer_percent\":4.0}}]");
        devices[0].rehearsal = true; /* whose speed is nobody's: not without being asked */
        assert_true(plan_make(&check, 1, &two, NULL, &plan));
        assert_false(plan_compares_peers(&plan.entry[0]));
        plan_clear(&plan);
        check.check.has_peer_percent = true;
        assert_true(plan_make(&check, 1, &two, NULL, &plan));
        assert_true(plan_compares_peers(&plan.entry[0]));
        plan_clear(&plan);
        devices[0].rehearsal = false;
        assert_true(plan_make(&quick, 1, &two, NULL, &plan));
        list = planned(&plan);
        assert_int_equal(json_array_size(json_object_get(
                                 json_object_get(json_array_get(list, 0), "promise"), "tests")),
                __builtin_popcountll(check_of_level(CHECK_QUICK)));
        json_decref(list);
        plan_clear(&plan);
}

/* --- sweeps --- */

static const char sweep_text[] = "[Job]\nType=program\nDevice=0,1\n[Program]\nExec=./p ${n}\n"
                                 "[Expect]\no-${n}=like r as u8\n[Sweep]\nn=5,6\n";

static void points_are_planned(void **state)
{
        static uint32_t second[] = { 2 };
        struct job job;
        struct plan plan;
        char name[JOB_MAX_NAME + 1];

        (void)state;
        assert_true(jobfile_parse("s", sweep_text, strlen(sweep_text), &job));
        assert_true(plan_make(&job, 1, &two, NULL, &plan));
        assert_int_equal(plan.count, 4);
        assert_int_equal(plan.entry[1].point, 1);
        assert_int_equal(plan.entry[1].index, 1);
        plan_job_name(&plan.entry[2], name);
        assert_string_equal(name, "s@2");
        plan_clear(&plan);
        expect_plan(&job, 1,
                "[{\"job\":\"s@1\",\"kind\":\"program\",\"device\":0,\"promise\":{"
                "\"expect\":[\"o-5\"]},\"sweep\":{\"n\":\"5\"}},"
                "{\"job\":\"s@1\",\"kind\":\"program\",\"device\":1,\"promise\":{"
                "\"expect\":[\"o-5\"]},\"sweep\":{\"n\":\"5\"}},"
                "{\"job\":\"s@2\",\"kind\":\"program\",\"device\":0,\"promise\":{"
                "\"expect\":[\"o-6\"]},\"sweep\":{\"n\":\"6\"}},"
                "{\"job\":\"s@2\",\"kind\":\"program\",\"device\":1,\"promise\":{"
                "\"expect\":[\"o-6\"]},\"sweep\":{\"n\":\"6\"}}]");
        job.sweep->chosen = second;
        job.sweep->chosen_count = 1;
        assert_true(plan_make(&job, 1, &none, NULL, &plan));
        assert_int_equal(plan.count, 1);
        plan_job_name(&plan.entry[0], name);
        assert_string_equal(name, "s@2");
        assert_string_equal(plan.entry[0].reason, "no GPU at all");
        plan_clear(&plan);
        job.sweep->chosen = NULL;
        job_clear(&job);
}

/* A line a point would be too many: the first faults, and counts now and then. */
static void points_are_tallied(void **state)
{
        struct job job;
        struct plan plan;
        struct tallies tallies;
        struct tally *tally;
        char text[TALLY_TEXT];
        size_t shown = 0;

        (void)state;
        assert_true(jobfile_parse("s", sweep_text, strlen(sweep_text), &job));
        assert_true(plan_make(&job, 1, &two, NULL, &plan));
        tallies_make(&plan, &tallies);
        tally = tallies_of(&tallies, &plan.entry[3]);
        assert_non_null(tally);
        assert_int_equal(tally->entries, 4);
        assert_false(tally_take(tally, STATUS_PASS, 100));
        assert_false(tally_is_due(tally, 100 + 0.9 * TALLY_SECONDS));
        assert_true(tally_is_due(tally, 100 + TALLY_SECONDS));
        assert_false(tally_is_due(tally, 100 + TALLY_SECONDS));
        tally_format(tally, text);
        assert_string_equal(text, "sweep s: 1 of 4 points: 1 pass");
        assert_true(tally_take(tally, STATUS_FAIL, 101));
        assert_false(tally_take(tally, STATUS_PASS, 101));
        assert_true(tally_take(tally, STATUS_ERROR, 101));
        assert_true(tally_is_due(tally, 101)); /* all have ended */
        tally_format(tally, text);
        assert_string_equal(text, "sweep s: 4 of 4 points: 2 pass, 1 fail, 1 error");
        for (size_t i = 0; i < 100; i++)
                shown += tally_take(tally, STATUS_FAIL, 101);
        assert_int_equal(shown, TALLY_FAULTS - 2);
        tallies_clear(&tallies);
        plan_clear(&plan);
        job_clear(&job);
}

/* --- outcomes --- */

/* Everything as it has to be for a pass. */
/* Of every job alone, and of every model. */
static void peers_are_found(void **state)
{
        static struct device four[] = {
                { .index = 0, .name = "A", .uuid = "GPU-0" },
                { .index = 1, .name = "B", .uuid = "GPU-1" },
                { .index = 2, .name = "A", .uuid = "GPU-2" },
                { .index = 3, .name = "A", .uuid = "GPU-3" },
        };
        struct machine machine = { .device = four, .devices = 4 };
        struct job jobs[2] = { { .name = "a", .type = JOB_CHECK, .all_devices = true },
                { .name = "b", .type = JOB_CHECK, .all_devices = true } };
        static const struct {
                size_t of, peers[4];
        } rows[] = { { 0, { 0, 2, 3, SIZE_MAX } }, { 3, { 0, 2, 3, SIZE_MAX } },
                { 1, { 1, SIZE_MAX } }, { 4, { 4, 6, 7, SIZE_MAX } }, { 6, { 4, 6, 7, SIZE_MAX } },
                { 5, { 5, SIZE_MAX } } };
        struct plan plan;

        (void)state;
        assert_true(plan_make(jobs, 2, &machine, NULL, &plan));
        for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
                size_t at = SIZE_MAX;

                for (size_t k = 0; k == 0 || rows[i].peers[k - 1] != SIZE_MAX; k++) {
                        at = plan_next_peer(&plan, rows[i].of, at);
                        assert_int_equal(at, rows[i].peers[k]);
                }
        }
        plan_clear(&plan);
}

static struct evidence good_facts(void)
{
        return (struct evidence){
                .timeout_ms = 1500,
                .step = "copying",
                .finished = true,
                .exited = true,
                .expected = 2,
                .compared = 2,
        };
}

static void check(const struct evidence *evidence, enum status status, const char *reason)
{
        struct outcome outcome = { .status = STATUS_PASS };

        outcome_decide(evidence, &outcome);
        assert_string_equal(status_name(outcome.status), status_name(status));
        assert_string_equal(outcome.reason, reason);
}

static void only_complete_jobs_pass(void **state)
{
        struct evidence evidence = good_facts();

        (void)state;
        check(&evidence, STATUS_PASS, "");
        evidence.compared = 1;
        check(&evidence, STATUS_ERROR, "1 of 2 expectations were compared");
        evidence.compared = evidence.expected = 0;
        check(&evidence, STATUS_ERROR, "0 of 0 expectations were compared");
        evidence = good_facts();
        evidence.compared = 3;
        check(&evidence, STATUS_ERROR, "3 of 2 expectations were compared");
        evidence = good_facts();
        evidence.failed = 1;
        strcpy(evidence.failure, "wrong");
        check(&evidence, STATUS_FAIL, "wrong");
        evidence = good_facts();
        evidence.finished = false;
        check(&evidence, STATUS_ERROR,
                "the job's process ended during copying with exit code 0 before everything was "
                "done");
        evidence = good_facts();
        evidence.exited = false;
        check(&evidence, STATUS_ERROR,
                "the job's process ended during copying with exit code 0 before everything was "
                "done");
        evidence = good_facts();
        evidence.wait_status = 3 << 8;
        check(&evidence, STATUS_ERROR,
                "the job's process ended during copying with exit code 3 before everything was "
                "done");
        evidence = good_facts();
        evidence.wait_status = SIGKILL;
        evidence.step[0] = '\0';
        check(&evidence, STATUS_ERROR, "the job's process was killed by signal 9 (Killed)");
}

static void reasons_have_an_order(void **state)
{
        struct evidence evidence = good_facts();

        (void)state;
        evidence.failed = 1;
        evidence.late = true;
        evidence.wait_status = SIGKILL;
        check(&evidence, STATUS_TIMEOUT, "killed after its 1.5 s during copying");
        evidence.stuck = true;
        check(&evidence, STATUS_TIMEOUT,
                "killed after its 1.5 s during copying; the process hangs in the kernel and could "
                "not be ended");
        strcpy(evidence.error, "two\nlines");
        check(&evidence, STATUS_ERROR, "two lines");
        evidence.stop_signal = SIGTERM;
        check(&evidence, STATUS_ERROR, "the run was ended by signal 15 (Terminated)");
}

/* A part of it took too long: what had failed before is told first. */
static void hung(void **state)
{
        struct evidence evidence = good_facts();
        struct outcome outcome = { 0 };

        (void)state;
        evidence.hung_s = 43;
        evidence.wait_status = SIGKILL;
        evidence.finished = false;
        strcpy(evidence.step, "memory-random");
        check(&evidence, STATUS_ERROR, "memory-random hung, and was killed after its 43 s");
        evidence.stuck = true;
        check(&evidence, STATUS_ERROR,
                "memory-random hung, and was killed after its 43 s; the process hangs in the "
                "kernel and could not be ended");
        evidence.stuck = false;
        evidence.failed = 1;
        strcpy(evidence.failure, "memory-walking: 1 wrong word");
        check(&evidence, STATUS_FAIL,
                "memory-walking: 1 wrong word; then memory-random hung, and was killed after its "
                "43 s");
        memset(evidence.failure, 'x', sizeof(evidence.failure) - 1);
        outcome_decide(&evidence, &outcome);
        assert_non_null(strstr(outcome.reason, "x; then memory-random hung, and was killed"));
        assert_true(outcome.hung);
        evidence.late = true; /* the job's time was over, too */
        evidence.failure[0] = '\0';
        check(&evidence, STATUS_TIMEOUT, "killed after its 1.5 s during memory-random");
}

/* --- records --- */

static void worst_in_json(void **state)
{
        struct worst worst = {
                .index = 3, .expected.real = 1, .found.real = -INFINITY, .error = NAN
        };
        json_t *object = record_worst(ELEMENT_F32, &worst);
        char *text = json_dumps(object, JSON_COMPACT);

        (void)state;
        assert_string_equal(
                text, "{\"index\":3,\"expected\":1.0,\"found\":\"-inf\",\"error\":\"nan\"}");
        free(text);
        json_decref(object);
        worst = (struct worst){ .expected.u = UINT64_MAX, .found.u = 5, .difference = 6 };
        object = record_worst(ELEMENT_U64, &worst);
        text = json_dumps(object, JSON_COMPACT);
        assert_string_equal(text, "{\"index\":0,\"expected\":\"18446744073709551615\",\"found\":5,"
                                  "\"error\":6}");
        free(text);
        json_decref(object);
}

static void devices_survive_json(void **state)
{
        struct device device = { .index = 1,
                .name = "H",
                .uuid = "GPU-x",
                .pci = "0000:01:00.0",
                .memory_bytes = 85520809984,
                .compute_major = 9,
                .compute_minor = 0,
                .multiprocessors = 132,
                .rehearsal = true };
        json_t *object = record_device(&device);
        struct device back;

        (void)state;
        assert_true(record_read_device(object, &back));
        assert_int_equal(back.index, device.index);
        assert_string_equal(back.name, device.name);
        assert_string_equal(back.uuid, device.uuid);
        assert_string_equal(back.pci, device.pci);
        assert_true(back.memory_bytes == device.memory_bytes);
        assert_int_equal(back.compute_major, 9);
        assert_int_equal(back.compute_minor, 0);
        assert_int_equal(back.multiprocessors, 132);
        assert_true(back.rehearsal);
        json_object_set_new(object, "index", json_integer(-1));
        assert_false(record_read_device(object, &back));
        json_object_set_new(object, "index", json_integer(0));
        json_object_set_new(
                object, "uuid", json_string("GPU-0123456789012345678901234567890123456"));
        assert_false(record_read_device(object, &back));
        json_object_del(object, "uuid");
        assert_false(record_read_device(object, &back));
        json_decref(object);
}

/* However long everything is, a RESULT stays in the room that is kept for it. */
static void results_stay_in_their_room(void **state)
{
        static struct job job;
        static struct device device;
        struct entry entry = { .job = &job, .device = &device, .index = 4095 };
        struct outcome outcome = { .status = STATUS_ERROR,
                .exited = true,
                .timings = json_object(),
                .outputs = json_array() };
        char key[64], file[513];
        json_t *result;
        char *text;

        (void)state;
        memset(job.name, '"', JOB_MAX_NAME);
        memset(device.name, '"', sizeof(device.name) - 1);
        memset(device.uuid, '"', sizeof(device.uuid) - 1);
        memset(device.pci, '"', sizeof(device.pci) - 1);
        memset(outcome.reason, '"', sizeof(outcome.reason) - 1);
        memset(file, '"', sizeof(file) - 1);
        file[512] = '\0';
        for (int i = 0; i < 32; i++) {
                snprintf(key, sizeof(key), "%032d_s", i);
                json_object_set_new(outcome.timings, key, json_real(-1.2345678901234567e-300));
        }
        result = record_result(&entry, &outcome, false);
        text = json_dumps(result, JSON_COMPACT);
        assert_true(strlen(text) + 2048 < ROOM_ENTRY_BYTES); /* and two events */
        free(text);
        json_decref(result);
        result = json_pack("{s:s, s:I, s:s, s:s, s:s, s:f, s:I, s:o}", "file", file, "bytes",
                (json_int_t)INT64_MAX, "sha256", &file[512 - 64], "expect", "fail", "as", "bf16",
                "tolerance", 1e-300 / 3, "mismatches", (json_int_t)INT64_MAX, "worst",
                record_worst(ELEMENT_F64, &(struct worst){ .index = INT64_MAX,
                                                  .expected.real = -1e-300 / 3,
                                                  .found.real = -1e-300 / 3,
                                                  .error = -1e-300 / 3 }));
        text = json_dumps(result, JSON_COMPACT | JSON_REAL_PRECISION(17));
        assert_true(strlen(text) < ROOM_OUTPUT_BYTES);
        free(text);
        json_decref(result);
        outcome_clear(&outcome);
}

/* A description may be as long as a line of a job file, and every byte of it one that JSON escapes.
 */
static void plans_stay_in_their_room(void **state)
{
        static char description[4096 - 12];
        static struct job job = { .type = JOB_KERNEL, .description = description };
        static struct device device = { .index = 4095 };
        struct entry entry = { .job = &job, .device = &device, .index = 4095 };
        struct plan plan = { .entry = &entry, .count = 1 };
        json_t *list;
        char *text;

        (void)state;
        memset(job.name, '"', JOB_MAX_NAME);
        memset(description, '\\', sizeof(description) - 1);
        list = planned(&plan);
        text = json_dumps(list, JSON_COMPACT);
        assert_true(strlen(text) > 2 * strlen(description));
        assert_true(strlen(text) + ROOM_ENTRY_BYTES < ROOM_PLAN_BYTES + room_of_job(&job, true));
        free(text);
        json_decref(list);
}

/* The same of a sweep's values, which JSON may need two bytes for each byte of. */
static void points_stay_in_their_room(void **state)
{
        static char file[16 * 1024] = "[Job]\nType=program\n[Program]\nExec=./p";
        struct device device = { .index = 4095 };
        struct machine machine = { .device = &device, .devices = 1 };
        struct job job;
        struct plan plan;
        json_t *list;
        char *text;

        (void)state;
        for (int i = 0; i < 16; i++)
                sprintf(file + strlen(file), " ${a234567890123456789012345678%02d}", i);
        strcat(file, "\n[Sweep]\n");
        for (int i = 0; i < 16; i++) {
                sprintf(file + strlen(file), "a234567890123456789012345678%02d=", i);
                for (int k = 0; k < 128; k++)
                        strcat(file, "\\");
                strcat(file, "\n");
        }
        if (!jobfile_parse("s", file, strlen(file), &job))
                fail_msg("%s", job.error);
        assert_true(plan_make(&job, 1, &machine, NULL, &plan));
        list = planned(&plan);
        text = json_dumps(list, JSON_COMPACT);
        assert_true(strlen(text) > 16 * 256);
        assert_true(strlen(text) + ROOM_ENTRY_BYTES < ROOM_PLAN_BYTES + plan_room(&plan.entry[0]));
        free(text);
        json_decref(list);
        plan_clear(&plan);
        job_clear(&job);
}

/* --- the command line --- */

static bool parse(struct options *options, char *why, const char *text)
{
        static char words[512]; /* the options borrow from it */
        char *argv[32] = { "forestage-run" };
        int argc = 1;

        snprintf(words, sizeof(words), "%s", text);
        for (char *word = strtok(words, " "); word; word = strtok(NULL, " "))
                argv[argc++] = word;
        return options_parse(argc, argv, options, why);
}

static void options_are_read(void **state)
{
        char why[WHY_SIZE];
        struct options options;

        (void)state;
        assert_true(parse(&options, why, "--jobs J --region=0x40000000,0x4000000 --keep-open"));
        assert_true(options.in_memory && options.keep_open);
        assert_true(options.memory.address == 0x40000000 && options.memory.size == 0x4000000);
        assert_int_equal(options.fabric, FABRIC_UNTOLD);
        options_clear(&options);
        assert_true(parse(&options, why, "--jobs J --region R --fabric mismatch"));
        assert_int_equal(options.fabric, FABRIC_MISMATCH);
        options_clear(&options);
        assert_true(parse(&options, why, "--jobs J --region 1073741824,64M"));
        assert_true(options.in_memory && options.memory.size == UINT64_C(64) << 20);
        options_clear(&options);
        assert_true(parse(&options, why,
                "--region a,b --jobs J --device 0,1 --only x --region-size 1M --run-id "
                "01234567-89ab-cdef-0123-456789abcdef"));
        assert_false(options.in_memory);
        assert_string_equal(options.region, "a,b");
        assert_int_equal(options.devices.count, 2);
        assert_string_equal(options.only.word[0], "x");
        assert_int_equal(options.region_size, 1 << 20);
        assert_true(options.has_run_id && options.run_id[15] == 0xef);
        options_clear(&options);
        assert_true(parse(&options, why, "--list --jobs J"));
        assert_int_equal(options.action, ACTION_LIST);
        options_clear(&options);
        assert_true(parse(&options, why, "--list --help"));
        assert_int_equal(options.action, ACTION_HELP);
        options_clear(&options);
}

static void options_are_refused(void **state)
{
        char why[WHY_SIZE];
        struct options options;

#define refused(text, reason)                             \
        do {                                              \
                assert_false(parse(&options, why, text)); \
                assert_string_equal(why, reason);         \
        } while (0)

        (void)state;
        refused("", "--jobs is missing");
        refused("--jobs J", "--region is missing");
        refused("--jobs", "--jobs: option needs a value");
        refused("--jobs J --jobs K", "--jobs: option given twice");
        refused("--jobs J extra", "extra: unexpected operand");
        refused("--job J", "--job: unknown option");
        refused("--keep-open=yes", "--keep-open=yes: option takes no value");
        refused("--jobs J --region R --fabric untold",
                "--fabric untold is none of running, none, mismatch, failed, late");
        refused("--region 0x1001,64M",
                "--region 0x1001,64M has an address that is not a multiple of 4096");
        refused("--region 0x1000,4096",
                "--region 0x1000,4096 has a size that is not a multiple of 4096, or below 65536");
        refused("--region 0xfffffffffffff000,64M",
                "--region 0xfffffffffffff000,64M ends behind the last physical address");
        refused("--region-size 1000",
                "--region-size 1000 is not a size of whole 4K pages, at least 64K");
        refused("--run-id 1", "--run-id 1 is not a UUID");
        refused("--only one,,two", "--only: '' is not a name or a pattern of names");
        refused("--only one,two,one", "--only: 'one' is given twice");
        refused("--only ,", "--only: '' is not a name or a pattern of names");
        refused("--device all", "--device: 'all' is not a device: an index, or a UUID as "
                                "GPU-xxxxxxxx-xxxx-xxxx-xxxx-xxxxxxxxxxxx");
}

int main(void)
{
        static const struct CMUnitTest tests[] = {
                cmocka_unit_test(devices_are_chosen),
                cmocka_unit_test(command_line_narrows),
                cmocka_unit_test(order_of_the_plan),
                cmocka_unit_test(plan_promises),
                cmocka_unit_test(points_are_planned),
                cmocka_unit_test(points_are_tallied),
                cmocka_unit_test(peers_are_found),
                cmocka_unit_test(only_complete_jobs_pass),
                cmocka_unit_test(reasons_have_an_order),
                cmocka_unit_test(hung),
                cmocka_unit_test(worst_in_json),
                cmocka_unit_test(devices_survive_json),
                cmocka_unit_test(results_stay_in_their_room),
                cmocka_unit_test(plans_stay_in_their_room),
                cmocka_unit_test(points_stay_in_their_room),
                cmocka_unit_test(options_are_read),
                cmocka_unit_test(options_are_refused),
        };

        cmocka_set_message_output(CM_OUTPUT_TAP);
        return cmocka_run_group_tests(tests, NULL, NULL);
}
