/* Every way to fool the verdict that a region can carry: sealed, right to the last bit, and a lie.
 */
#include <stdio.h>

#include "dom0/proof/read.h"
#include "dom0/run/document.h"
#include "dom0/run/run.h"
#include "dom0/run/summary.h"
#include "tests/unit/dom0/sample.h"
#include "tests/unit/tap.h"

#define ONE "[{\"job\":\"a\",\"kind\":\"kernel\",\"device\":0}]"

static const char exited[] = "{\"exit_code\":0}";

/* A RESULT of job a, GPU 0, that passed; `more` are further keys, which replace those here. */
static void result(struct sample *sample, const char *name, const char *more)
{
        json_t *object = json_loads(
                "{\"job\":\"a\",\"kind\":\"kernel\",\"device\":0,\"name\":\"NVIDIA H100\","
                "\"uuid\":\"GPU-01234567-89ab-cdef-0123-456789abcdef\",\"pci\":\"0000:01:00.0\","
                "\"rehearsal\":false,\"status\":\"pass\",\"outputs\":[{\"file\":\"hello.txt\","
                "\"bytes\":6,\"sha256\":\"" SAMPLE_HELLO "\",\"expect\":\"pass\"}]}",
                0, NULL);
        json_t *changes = json_loads(more, 0, NULL);
        char *text;

        assert_non_null(changes);
        json_object_update(object, changes);
        text = json_dumps(object, 0);
        sample_record(sample, REGION_RESULT, name, "%s", text);
        free(text);
        json_decref(changes);
        json_decref(object);
}

static void output(struct sample *sample)
{
        sample_file(sample, "jobs/a/0/hello.txt", "hello\n", 6);
}

/* --- one lie each; the harness begins and finishes a run of job a around them --- */

static void truth(struct sample *sample)
{
        output(sample);
        result(sample, "a/0", "{}");
}

static void no_result(struct sample *sample)
{
        output(sample);
}

static void two_results(struct sample *sample)
{
        truth(sample);
        result(sample, "a/0", "{}");
}

static void fail_then_pass(struct sample *sample)
{
        result(sample, "a/0", "{\"status\":\"fail\",\"reason\":\"x\"}");
        truth(sample);
}

static void unplanned_result(struct sample *sample)
{
        truth(sample);
        result(sample, "b/0", "{\"job\":\"b\",\"outputs\":[],\"kind\":\"program\"}");
}

static void name_of_another(struct sample *sample)
{
        output(sample);
        result(sample, "b/0", "{}");
}

static void name_and_more(struct sample *sample)
{
        output(sample);
        result(sample, "a/00", "{}");
}

static void other_kind(struct sample *sample)
{
        output(sample);
        result(sample, "a/0", "{\"kind\":\"program\"}");
}

static void other_gpu(struct sample *sample)
{
        output(sample);
        result(sample, "a/0", "{\"uuid\":\"GPU-ffffffff-89ab-cdef-0123-456789abcdef\"}");
}

static void other_address(struct sample *sample)
{
        output(sample);
        result(sample, "a/0", "{\"pci\":\"0000:02:00.0\"}");
}

static void no_outputs(struct sample *sample)
{
        result(sample, "a/0", "{\"outputs\":[]}");
}

static void outputs_absent(struct sample *sample)
{
        result(sample, "a/0", "{\"outputs\":null}");
}

static void nothing_expected(struct sample *sample)
{
        output(sample);
        result(sample, "a/0",
                "{\"outputs\":[{\"file\":\"hello.txt\",\"bytes\":6,\"sha256\":\"" SAMPLE_HELLO
                "\",\"expect\":null}]}");
}

static void expectation_failed(struct sample *sample)
{
        output(sample);
        result(sample, "a/0",
                "{\"outputs\":[{\"file\":\"hello.txt\",\"bytes\":6,\"sha256\":\"" SAMPLE_HELLO
                "\",\"expect\":\"fail\"}]}");
}

static void expectation_unknown(struct sample *sample)
{
        output(sample);
        result(sample, "a/0",
                "{\"outputs\":[{\"file\":\"hello.txt\",\"bytes\":6,\"sha256\":\"" SAMPLE_HELLO
                "\",\"expect\":\"passed\"}]}");
}

static void output_not_there(struct sample *sample)
{
        result(sample, "a/0", "{}");
}

static void output_of_another_job(struct sample *sample)
{
        sample_file(sample, "jobs/b/0/hello.txt", "hello\n", 6);
        result(sample, "a/0", "{}");
}

static void output_changed(struct sample *sample)
{
        sample_file(sample, "jobs/a/0/hello.txt", "hallo\n", 6);
        result(sample, "a/0", "{}");
}

static void output_cut(struct sample *sample)
{
        output(sample);
        result(sample, "a/0",
                "{\"outputs\":[{\"file\":\"hello.txt\",\"bytes\":7,\"sha256\":\"" SAMPLE_HELLO
                "\",\"expect\":\"pass\"}]}");
}

static void output_without_digest(struct sample *sample)
{
        output(sample);
        result(sample, "a/0",
                "{\"outputs\":[{\"file\":\"hello.txt\",\"bytes\":6,\"sha256\":null,"
                "\"expect\":\"pass\"}]}");
}

static void process_failed(struct sample *sample)
{
        output(sample);
        result(sample, "a/0", "{\"exit_code\":1}");
}

static void process_killed(struct sample *sample)
{
        output(sample);
        result(sample, "a/0", "{\"signal\":11}");
}

static void status_unknown(struct sample *sample)
{
        output(sample);
        result(sample, "a/0", "{\"status\":\"PASS\"}");
}

static void status_no_string(struct sample *sample)
{
        output(sample);
        result(sample, "a/0", "{\"status\":true}");
}

static void skip_without_reason(struct sample *sample)
{
        result(sample, "a/0", "{\"status\":\"skip\"}");
}

static void skip_with_empty_reason(struct sample *sample)
{
        result(sample, "a/0", "{\"status\":\"skip\",\"reason\":\"\"}");
}

static void wrong_types(struct sample *sample)
{
        output(sample);
        result(sample, "a/0", "{\"wall_s\":\"1\"}");
}

static void rehearsal_unsaid(struct sample *sample)
{
        output(sample);
        result(sample, "a/0", "{\"rehearsal\":null}");
}

static void duplicate_keys(struct sample *sample)
{
        output(sample);
        sample_record(sample, REGION_RESULT, "a/0",
                "{\"job\":\"a\",\"kind\":\"kernel\",\"device\":0,\"name\":\"NVIDIA H100\","
                "\"uuid\":\"GPU-01234567-89ab-cdef-0123-456789abcdef\",\"pci\":\"0000:01:00.0\","
                "\"rehearsal\":false,\"status\":\"fail\",\"reason\":\"x\",\"status\":\"pass\","
                "\"outputs\":[{\"file\":\"hello.txt\",\"bytes\":6,\"sha256\":\"" SAMPLE_HELLO
                "\",\"expect\":\"pass\"}]}");
}

static void not_json(struct sample *sample)
{
        truth(sample);
        sample_record(sample, REGION_RESULT, "a/1", "pass");
}

static void nested_deep(struct sample *sample)
{
        char deep[20000];

        truth(sample);
        memset(deep, '[', sizeof(deep) - 1);
        deep[sizeof(deep) - 1] = '\0';
        sample_record(
                sample, REGION_EVENT, "stage.x", "{\"event\":\"stage.x\",\"tsc\":1,\"x\":%s", deep);
}

static void no_utf8(struct sample *sample)
{
        truth(sample);
        sample_event(sample, "stage.x", ",\"x\":\"\xff\"");
}

static void event_misnamed(struct sample *sample)
{
        truth(sample);
        sample_record(sample, REGION_EVENT, "stage.x", "{\"event\":\"stage.y\",\"tsc\":1}");
}

static void event_without_time(struct sample *sample)
{
        truth(sample);
        sample_record(sample, REGION_EVENT, "stage.x", "{\"event\":\"stage.x\"}");
}

static void second_plan(struct sample *sample)
{
        truth(sample);
        sample_event(sample, "run.plan", ",\"planned\":" ONE);
}

static void second_devices(struct sample *sample)
{
        truth(sample);
        sample_event(sample, "run.devices", ",\"devices\":[]");
}

static void path_escapes(struct sample *sample)
{
        truth(sample);
        sample_file(sample, "../x", "x", 1);
}

static void path_twice(struct sample *sample)
{
        truth(sample);
        output(sample);
}

static void path_is_a_folder(struct sample *sample)
{
        truth(sample);
        sample_file(sample, "jobs/a/0", "x", 1);
}

static void path_is_run_json(struct sample *sample)
{
        truth(sample);
        sample_file(sample, "run.json", "{\"verdict\":\"pass\"}", 18);
}

static void early_run(struct sample *sample)
{
        truth(sample);
        sample_record(sample, REGION_RUN, "run", "{\"sealed_by\":\"x\",\"runner\":%s}", exited);
}

static void deadline(struct sample *sample)
{
        truth(sample);
        sample_event(sample, "runner.end", ",\"exit_code\":0,\"deadline\":true");
}

static void lie(const char *name, void (*make)(struct sample *), enum verdict expected)
{
        struct sample sample;
        struct run run;

        sample_start(&sample, SAMPLE_SIZE);
        sample_begin(&sample, ONE);
        make(&sample);
        sample_finish(&sample, exited);
        run_read(sample.base, sample.size, sample_run_id, &run);
        assert_true(run.facts.region_complete);
        if (run.verdict != expected)
                fail_msg("%s: %s", name, verdict_name(run.verdict));
        assert_int_equal(json_array_size(run.problems.list) == 0, expected == VERDICT_PASS);
        assert_int_equal(json_array_size(run.jobs), 1);
        run_free(&run);
        sample_free(&sample);
}

static void no_lie_passes(void **state)
{
        static const struct {
                const char *name;
                void (*make)(struct sample *);
        } lies[] = {
#define LIE(name) { #name, name }
                LIE(no_result),
                LIE(two_results),
                LIE(fail_then_pass),
                LIE(unplanned_result),
                LIE(name_of_another),
                LIE(name_and_more),
                LIE(other_kind),
                LIE(other_gpu),
                LIE(other_address),
                LIE(no_outputs),
                LIE(outputs_absent),
                LIE(nothing_expected),
                LIE(expectation_failed),
                LIE(expectation_unknown),
                LIE(output_not_there),
                LIE(output_of_another_job),
                LIE(output_changed),
                LIE(output_cut),
                LIE(output_without_digest),
                LIE(process_failed),
                LIE(process_killed),
                LIE(status_unknown),
                LIE(status_no_string),
                LIE(skip_without_reason),
                LIE(skip_with_empty_reason),
                LIE(wrong_types),
                LIE(rehearsal_unsaid),
                LIE(duplicate_keys),
                LIE(not_json),
                LIE(nested_deep),
                LIE(no_utf8),
                LIE(event_misnamed),
                LIE(event_without_time),
                LIE(second_plan),
                LIE(second_devices),
                LIE(path_escapes),
                LIE(path_twice),
                LIE(path_is_a_folder),
                LIE(path_is_run_json),
                LIE(early_run),
                LIE(deadline),
        };

        (void)state;
        lie("truth", truth, VERDICT_PASS);
        for (size_t i = 0; i < sizeof(lies) / sizeof(lies[0]); i++)
                lie(lies[i].name, lies[i].make, VERDICT_FAIL);
}

/* --- whole runs --- */

static void read_plan(const char *plan, const char *runner, struct sample *sample, struct run *run)
{
        sample_start(sample, SAMPLE_SIZE);
        sample_begin(sample, plan);
        truth(sample);
        sample_finish(sample, runner);
        run_read(sample->base, sample->size, sample_run_id, run);
}

static void expect_plan(const char *plan, const char *runner, enum verdict expected)
{
        struct sample sample;
        struct run run;

        read_plan(plan, runner, &sample, &run);
        assert_int_equal(run.verdict, expected);
        run_free(&run);
        sample_free(&sample);
}

static void plans_that_do_not_hold(void **state)
{
        (void)state;
        expect_plan(ONE, exited, VERDICT_PASS);
        expect_plan("[]", exited, VERDICT_FAIL); /* and yet there is a RESULT */
        expect_plan("{}", exited, VERDICT_FAIL);
        expect_plan("[{\"job\":\"a\",\"kind\":\"kernel\",\"device\":0},"
                    "{\"job\":\"a\",\"kind\":\"kernel\",\"device\":0}]",
                exited, VERDICT_FAIL);
        expect_plan("[{\"job\":\"a\",\"kind\":\"kernel\",\"device\":0},"
                    "{\"job\":\"b\",\"kind\":\"kernel\",\"device\":0}]",
                exited, VERDICT_FAIL);
        expect_plan("[{\"job\":\"a\",\"kind\":\"kernel\",\"device\":0},{}]", exited, VERDICT_FAIL);
        expect_plan("[{\"job\":\"a\",\"kind\":\"kernel\",\"device\":-1}]", exited, VERDICT_FAIL);
        expect_plan("[{\"job\":\"a/..\",\"kind\":\"kernel\",\"device\":0}]", exited, VERDICT_FAIL);
        expect_plan(ONE, "{\"exit_code\":1}", VERDICT_FAIL);
        expect_plan(ONE, "{\"signal\":9}", VERDICT_FAIL);
        expect_plan(ONE, "null", VERDICT_FAIL);
}

/* Device=7 in a machine with one GPU: the job is an error, and its own reason is told. */
static void gpu_that_is_absent(void **state)
{
        static const struct {
                const char *status, *uuid, *reason;
        } table[] = {
                { "\"error\"", "null", "no such GPU" },
                { "\"error\"", "\"GPU-x\"", "its record cannot be believed" },
                { "\"pass\"", "null", "its record cannot be believed" },
                { "\"skip\"", "null", "its record cannot be believed" },
                { "5", "null", "its record cannot be believed" },
                { "null", "null", "its record cannot be believed" },
        };

        (void)state;
        for (size_t i = 0; i < sizeof(table) / sizeof(table[0]); i++) {
                struct sample sample;
                char more[256];
                struct run run;
                json_t *reason;

                sample_start(&sample, SAMPLE_SIZE);
                sample_begin(&sample, "[{\"job\":\"a\",\"kind\":\"kernel\",\"device\":7}]");
                snprintf(more, sizeof(more),
                        "{\"device\":7,\"status\":%s,\"uuid\":%s,\"pci\":null,\"name\":null,"
                        "\"outputs\":[],\"reason\":\"no such GPU\"}",
                        table[i].status, table[i].uuid);
                result(&sample, "a/7", more);
                sample_finish(&sample, exited);
                run_read(sample.base, sample.size, sample_run_id, &run);
                assert_int_equal(run.verdict, VERDICT_FAIL);
                reason = json_object_get(json_array_get(run.jobs, 0), "reason");
                assert_non_null(strstr(json_string_value(reason), table[i].reason));
                run_free(&run);
                sample_free(&sample);
        }
}

/* The RUN record says 0, the event that init wrote when it reaped the runner says something else.
 */
static void run_record_against_event(void **state)
{
        struct sample sample;
        struct run run;

        (void)state;
        sample_start(&sample, SAMPLE_SIZE);
        sample_begin(&sample, ONE);
        truth(&sample);
        sample_event(&sample, "runner.end", ",\"exit_code\":7");
        sample_record(&sample, REGION_RUN, "run", "{\"sealed_by\":\"init\",\"runner\":%s}", exited);
        region_seal(&sample.writer);
        run_read(sample.base, sample.size, NULL, &run);
        assert_int_equal(run.verdict, VERDICT_FAIL);
        run_free(&run);
        sample_free(&sample);
}

static void a_reason_is_of_who_sealed(void **state)
{
        static const char *const cases[][2] = {
                { "init", "the stage says: ended by signal 15" },
                { "forestage-run", "forestage-run says: ended by signal 15" },
        };

        (void)state;
        for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
                struct sample sample;
                struct run run;
                char *text;

                sample_start(&sample, SAMPLE_SIZE);
                sample_begin(&sample, ONE);
                sample_record(&sample, REGION_RUN, "run",
                        "{\"sealed_by\":\"%s\",\"runner\":%s,\"reason\":\"ended by signal 15\"}",
                        cases[i][0], exited);
                region_seal(&sample.writer);
                run_read(sample.base, sample.size, NULL, &run);
                text = json_dumps(run.problems.list, 0);
                assert_non_null(strstr(text, cases[i][1]));
                free(text);
                run_free(&run);
                sample_free(&sample);
        }
}

static void run_record_malformed_or_missing(void **state)
{
        static const char *const records[] = { "", "[]", "{}", "{\"sealed_by\":1,\"runner\":null}",
                "{\"sealed_by\":\"init\",\"runner\":\"0\"}",
                "{\"sealed_by\":\"init\",\"runner\":{\"exit_code\":0,\"signal\":9}}",
                "{\"sealed_by\":\"init\",\"runner\":{\"exit_code\":0.0}}" };

        (void)state;
        for (size_t i = 0; i <= sizeof(records) / sizeof(records[0]); i++) {
                bool missing = i == sizeof(records) / sizeof(records[0]);
                struct sample sample;
                struct run run;

                sample_start(&sample, SAMPLE_SIZE);
                sample_begin(&sample, ONE);
                truth(&sample);
                if (!missing)
                        sample_record(&sample, REGION_RUN, "run", "%s", records[i]);
                region_seal(&sample.writer);
                run_read(sample.base, sample.size, sample_run_id, &run);
                assert_int_equal(run.verdict, missing ? VERDICT_INCOMPLETE : VERDICT_FAIL);
                run_free(&run);
                sample_free(&sample);
        }
}

static void another_run_than_was_booted(void **state)
{
        uint8_t other[16] = { 1, 2, 3 };
        struct sample sample;
        struct run run;

        (void)state;
        sample_passed(&sample);
        run_read(sample.base, sample.size, other, &run);
        assert_int_equal(run.verdict, VERDICT_INCOMPLETE);
        assert_false(run.facts.region_complete);
        assert_string_equal(run.id, SAMPLE_RUN);
        run_free(&run);
        sample_free(&sample);
}

static void types_of_a_later_version_are_skipped(void **state)
{
        struct sample sample;
        struct run run;

        (void)state;
        sample_start(&sample, SAMPLE_SIZE);
        sample_begin(&sample, ONE);
        truth(&sample);
        sample_record(&sample, (enum region_type)77, "later", "x");
        sample_finish(&sample, exited);
        run_read(sample.base, sample.size, sample_run_id, &run);
        assert_int_equal(run.verdict, VERDICT_PASS);
        run_free(&run);
        sample_free(&sample);
}

/* Cut in the middle of a copy: the size no longer fits, but the first records are whole. */
static void a_truncated_file_is_salvaged(void **state)
{
        struct sample sample;
        struct run run;

        (void)state;
        sample_passed(&sample);
        for (size_t size = 0; size < sample.size; size = size * 2 + 1000) {
                uint8_t *copy = malloc(size ? size : 1);

                memcpy(copy, sample.base, size);
                run_read(copy, size, NULL, &run);
                assert_int_equal(run.verdict, VERDICT_INCOMPLETE);
                if (size >= 16384)
                        assert_true(run.good_records >= 10);
                run_free(&run);
                free(copy);
        }
        sample_free(&sample);
}

/* Lists take fifty times the memory of their text. */
static void too_much_json_is_not_kept(void **state)
{
        size_t size = (size_t)8 << 20, length = (size_t)3 << 20;
        char *blob = malloc(length + 1);
        struct sample sample;
        struct run run;
        int head;

        (void)state;
        sample_start(&sample, size);
        sample_begin(&sample, ONE);
        truth(&sample);
        head = snprintf(blob, length,
                "{\"job\":\"b\",\"kind\":\"x\",\"device\":0,\"name\":null,\"uuid\":null,"
                "\"pci\":null,\"rehearsal\":false,\"status\":\"pass\",\"x\":[[]");
        memset(blob + head, ' ', length - (size_t)head);
        for (size_t at = (size_t)head; at + 5 < length; at += 3)
                memcpy(blob + at, ",[]", 3);
        memcpy(blob + length - 2, "]}", 2);
        region_append(&sample.writer, REGION_RESULT, "b/0", 3, blob, length);
        sample_finish(&sample, exited);
        run_read(sample.base, sample.size, sample_run_id, &run);
        assert_int_equal(run.verdict, VERDICT_FAIL);
        assert_int_equal(run.results_count, 1);
        run_free(&run);
        free(blob);
        sample_free(&sample);
}

static char *summary_of(const struct run *run)
{
        struct document_origin origin = { "/dev/mem", 0x7c000000, "2026-01-02T03:04:05Z", "4.19.0",
                "xen", "dom0" };
        json_t *document = document_make(run, &origin);
        char *text = NULL;
        size_t size;
        FILE *file = open_memstream(&text, &size);

        summary_print(file, document, "/var/lib/forestage/runs/x");
        fclose(file);
        json_decref(document);
        return text;
}

/* Nothing but printable text in lines of at most 80 columns. */
static void check_screen(const char *text)
{
        for (size_t column = 0; *text; text++) {
                column = *text == '\n' ? 0 : column + 1;
                assert_true(column <= 80);
                assert_true(*text == '\n' || (*text >= ' ' && *text <= '~'));
        }
}

static void the_summary_of_a_pass(void **state)
{
        struct sample sample;
        struct run run;
        char *text;

        (void)state;
        sample_passed(&sample);
        run_read(sample.base, sample.size, sample_run_id, &run);
        text = summary_of(&run);
        check_screen(text);
        assert_non_null(strstr(text, "Forestage run " SAMPLE_RUN "\nVerdict:    PASS (3 pass)\n"));
        assert_non_null(strstr(text, "bare metal"));
        assert_non_null(strstr(text, "PCI 0000:01:00.0\n"));
        assert_non_null(strstr(text, "GPU-01234567-89ab-cdef-0123-456789abcdef\n"));
        assert_non_null(strstr(text, "  reduce                   0      pass        0.250 s\n"));
        assert_non_null(strstr(text, "efi 0.503, linux 2.497, jobs 2.010, stage 2.011"));
        assert_non_null(strstr(text, "Files:      /var/lib/forestage/runs/x\n"));
        assert_null(strstr(text, "REHEARSAL"));
        assert_null(strstr(text, "Because"));
        free(text);
        run_free(&run);
        sample_free(&sample);
}

/* Where the reason of a program's failure stands, and what it did not leave. */
static void the_summary_points_to_more(void **state)
{
        struct sample sample;
        struct run run;
        char *text;

        (void)state;
        sample_start(&sample, SAMPLE_SIZE);
        sample_begin(&sample, "[{\"job\":\"b\",\"kind\":\"program\",\"device\":0}]");
        sample_record(&sample, REGION_FILE, "jobs/b/0/stderr", "no such mesh\n");
        sample_record(&sample, REGION_RESULT, "b/0",
                "{\"job\":\"b\",\"kind\":\"program\",\"device\":0,\"name\":null,\"uuid\":null,"
                "\"pci\":null,\"rehearsal\":false,\"status\":\"fail\",\"reason\":\"the program "
                "ended with exit code "
                "3\",\"outputs\":[],\"unmatched\":[\"*.csv\",\"\\u001b[2J\"],"
                "\"left\":[\"b.csv is a symbolic link\"],\"stderr_dropped_bytes\":7}");
        sample_finish(&sample, exited);
        run_read(sample.base, sample.size, sample_run_id, &run);
        text = summary_of(&run);
        check_screen(text);
        assert_non_null(strstr(text, "\n      it printed errors: jobs/b/0/stderr\n"));
        assert_non_null(strstr(text, "\n      warning: Collect=*.csv found no file\n"));
        assert_non_null(strstr(text, "\n      warning: Collect=\\x1b[2J found no file\n"));
        assert_non_null(strstr(text, "\n      warning: b.csv is a symbolic link\n"));
        assert_non_null(strstr(
                text, "\n      warning: 7 more bytes of stderr were not kept (KeepOutput=)\n"));
        assert_null(strstr(text, "of stdout were not kept"));
        free(text);
        run_free(&run);
        sample_free(&sample);
}

static void the_summary_of_a_rehearsal_with_traps(void **state)
{
        struct sample sample;
        struct run run;
        char *text;

        (void)state;
        sample_start(&sample, SAMPLE_SIZE);
        sample_event(&sample, "run.where",
                ",\"hypervisor\":true,\"hypervisor_vendor\":\"TCGTCGTCGTCG\",\"rehearsal\":true,"
                "\"kernel\":\"\\u001b[2J\\u009b1m\"");
        sample_event(&sample, "run.devices", ",\"devices\":[],\"error\":\"none\\u0007\"");
        sample_event(&sample, "run.plan",
                ",\"planned\":[{\"job\":\"a-name-that-is-much-longer-than-its-column\","
                "\"kind\":\"\\u001b[31m\",\"device\":null}]");
        sample_finish(&sample, "null");
        run_read(sample.base, sample.size, sample_run_id, &run);
        text = summary_of(&run);
        check_screen(text);
        assert_non_null(strstr(text, "REHEARSAL: no GPU was involved"));
        assert_non_null(strstr(text, "under a hypervisor, not on bare metal"));
        assert_non_null(strstr(text, "TCGTCGTCGTCG"));
        assert_non_null(strstr(text, "\\x1b[2J\\xc2\\x9b1m"));
        assert_non_null(strstr(text, "run.devices: none\\x07"));
        free(text);
        run_free(&run);
        sample_free(&sample);
}

int main(void)
{
        const struct CMUnitTest tests[] = {
                cmocka_unit_test(no_lie_passes),
                cmocka_unit_test(plans_that_do_not_hold),
                cmocka_unit_test(gpu_that_is_absent),
                cmocka_unit_test(run_record_against_event),
                cmocka_unit_test(a_reason_is_of_who_sealed),
                cmocka_unit_test(run_record_malformed_or_missing),
                cmocka_unit_test(another_run_than_was_booted),
                cmocka_unit_test(types_of_a_later_version_are_skipped),
                cmocka_unit_test(a_truncated_file_is_salvaged),
                cmocka_unit_test(too_much_json_is_not_kept),
                cmocka_unit_test(the_summary_of_a_pass),
                cmocka_unit_test(the_summary_points_to_more),
                cmocka_unit_test(the_summary_of_a_rehearsal_with_traps),
        };

        return run_tap(tests);
}
