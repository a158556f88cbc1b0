/*
 * Everything that says what came out of a run says the same: the exit code, run.json, JUnit and the
 * page, for the run and for each GPU, whatever the jobs, tests, limits and standing conditions came
 * to, and whatever else is wrong. A thousand runs by chance, and what was planted in each is known.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <jansson.h>

#include "tests/unit/dom0/host.h"
#include "tests/unit/dom0/records.h"
#include "tests/unit/dom0/sample.h"
#include "tests/unit/tap.h"

#define RUNS     1000u
#define GPUS     4u
#define JOBS     4u
#define SEED     20261130u
#define UUID     "GPU-0123456%u-89ab-cdef-0123-456789abcdef"
#define PCI      "0000:0%u:00.0"
#define STATUSES 6u

static const char *const statuses[STATUSES] = { "pass", "fail", "error", "timeout", "skip",
        "notrun" };
static const char *const words[STATUSES] = { "passed", "failed", "broke off", "did not end in time",
        "skipped", "not run" };

static uint32_t state_of_chance;

/* One of 0 to `below` - 1. */
static unsigned chance(unsigned below)
{
        state_of_chance ^= state_of_chance << 13;
        state_of_chance ^= state_of_chance >> 17;
        state_of_chance ^= state_of_chance << 5;
        return state_of_chance % below;
}

static bool one_in(unsigned many)
{
        return chance(many) == 0;
}

/* What was planted. */
struct planted {
        uint8_t *base; /* the region; owned */
        size_t size;
        bool broken; /* the region itself: no verdict but incomplete */
        bool wrong;  /* something besides the jobs */
};

static size_t status_of(const json_t *object)
{
        const char *status = json_string_value(json_object_get(object, "status"));

        for (size_t i = 0; i < STATUSES; i++)
                if (status && strcmp(status, statuses[i]) == 0)
                        return i;
        fail_msg("there is no status %s", status ? status : "at all");
        return 0;
}

/* --- runs of kernels, as a stage records them --- */

static void put_devices(struct sample *sample, unsigned gpus)
{
        char text[2048] = ",\"devices\":[", *end = text + strlen(text);

        for (unsigned i = 0; i < gpus; i++)
                end += sprintf(end,
                        "%s{\"index\":%u,\"name\":\"NVIDIA H100\",\"uuid\":\"" UUID
                        "\",\"pci\":\"" PCI "\",\"memory_bytes\":85045542912,\"compute\":\"9.0\","
                        "\"multiprocessors\":132,\"rehearsal\":false}",
                        i ? "," : "", i, i, i + 1);
        strcpy(end, "]");
        sample_event(sample, "run.devices", text);
}

static void put_begin(struct sample *sample, unsigned gpus, const char *planned)
{
        char text[4096];

        sample_event(sample, "efi.entry", "");
        sample->seconds += chance(3);
        sample_event(sample, "efi.start", ",\"version\":\"0.1.0\"");
        sample->seconds = 3 + chance(3);
        sample_event(sample, "stage.init", ",\"kernel\":\"6.1.0\",\"cmdline\":\"quiet\"");
        region_set_state(&sample->writer, REGION_RUNNING);
        sample_event(sample, "runner.start", "");
        sample_event(sample, "run.where",
                ",\"hypervisor\":false,\"kernel\":\"6.1.0\",\"machine\":\"Test 1\","
                "\"driver\":\"535.261.03\",\"rehearsal\":false,\"version\":\"0.1.0\"");
        put_devices(sample, gpus);
        snprintf(text, sizeof(text), ",\"planned\":%s", planned);
        sample_event(sample, "run.plan", text);
}

/* A pass has the output hello.txt, or says so alone. */
static void put_result(
        struct sample *sample, const char *job, unsigned gpu, size_t status, bool is_lie)
{
        char name[64], path[96];

        snprintf(name, sizeof(name), "%s/%u", job, gpu);
        snprintf(path, sizeof(path), "jobs/%s/hello.txt", name);
        if (status == 0 && !is_lie)
                sample_file(sample, path, "hello\n", 6);
        sample_record(sample, REGION_RESULT, name,
                "{\"job\":\"%s\",\"kind\":\"kernel\",\"device\":%u,\"name\":\"NVIDIA H100\","
                "\"uuid\":\"" UUID "\",\"pci\":\"" PCI
                "\",\"rehearsal\":false,\"status\":\"%s\"%s,\"start_s\":1.5,\"wall_s\":0.25,"
                "\"timings\":{},\"outputs\":[%s],\"exit_code\":%d}",
                job, gpu, gpu, gpu + 1, statuses[status],
                status == 0 ? "" : ",\"reason\":\"<b>chance</b>\"",
                status == 0 ? "{\"file\":\"hello.txt\",\"bytes\":6,\"sha256\":\"" SAMPLE_HELLO
                              "\",\"expect\":\"pass\"}"
                            : "",
                status == 0 ? 0 : 1);
}

/* By chance, and often enough all of them pass. */
static size_t choose_status(bool calm)
{
        static const size_t often[] = { 0, 0, 0, 0, 0, 1, 2, 3, 4, 5 };

        return calm ? 0 : often[chance(sizeof(often) / sizeof(often[0]))];
}

/* Returns whether the runner would have ended well. */
static bool put_jobs(struct sample *sample, unsigned jobs, unsigned gpus, bool calm)
{
        bool good = true;
        char job[8];

        for (unsigned i = 0; i < jobs; i++)
                for (unsigned gpu = 0; gpu < gpus; gpu++) {
                        size_t status = choose_status(calm);

                        snprintf(job, sizeof(job), "j%u", i);
                        if (strcmp(statuses[status], "notrun") != 0)
                                put_result(sample, job, gpu, status, !calm && one_in(20));
                        good = good && (status == 0 || status == 4);
                }
        return good;
}

/* One that is of no GPU, because none of its GPUs was chosen. */
#define LEFT_OUT "{\"job\":\"left\",\"kind\":\"kernel\",\"device\":null}"

static void put_left_out(struct sample *sample)
{
        sample_record(sample, REGION_RESULT, "left/none",
                "{\"job\":\"left\",\"kind\":\"kernel\",\"device\":null,\"name\":null,\"uuid\":null,"
                "\"pci\":null,\"rehearsal\":false,\"status\":\"skip\","
                "\"reason\":\"none of its GPUs\",\"outputs\":[]}");
}

static void put_plan(unsigned jobs, unsigned gpus, bool left_out, char *text)
{
        char *end = text;

        *end++ = '[';
        for (unsigned i = 0; i < jobs; i++)
                for (unsigned gpu = 0; gpu < gpus; gpu++)
                        end += sprintf(end, "%s{\"job\":\"j%u\",\"kind\":\"kernel\",\"device\":%u}",
                                i + gpu ? "," : "", i, gpu);
        if (left_out)
                end += sprintf(end, "%s" LEFT_OUT, jobs ? "," : "");
        strcpy(end, "]");
}

/* What a run may have wrong besides its jobs. */
static void put_trouble(struct sample *sample, struct planted *planted, bool calm)
{
        if (calm)
                return;
        if (one_in(12)) {
                put_result(sample, "never-planned", 0, chance(2), false);
                planted->wrong = true;
        }
        if (one_in(25)) {
                sample_event(sample, "run.plan", ",\"planned\":[]");
                planted->wrong = true;
        }
}

/* Where no job ran, the runner never ends with 0. */
static void put_end(
        struct sample *sample, struct planted *planted, bool good, bool calm, unsigned jobs)
{
        char runner[40];
        int code = good && jobs > 0 ? 0 : 1;

        snprintf(runner, sizeof(runner), "{\"exit_code\":%d}", code);
        if (!calm && one_in(12)) {
                strcpy(runner, "{\"signal\":9}");
                planted->wrong = true;
        } else if (good && jobs > 0 && !calm && one_in(8)) {
                strcpy(runner, "{\"exit_code\":1}");
                planted->wrong = true;
        }
        if (!calm && one_in(12))
                planted->broken = true; /* never sealed */
        else
                sample_finish(sample, runner);
}

static struct planted plant_kernels(void)
{
        unsigned gpus = 1 + chance(GPUS), jobs = one_in(10) ? 0 : 1 + chance(JOBS);
        struct planted planted = { .size = SAMPLE_SIZE };
        struct sample sample;
        bool calm = one_in(3), left_out = one_in(3), good;
        char plan[2048];

        put_plan(jobs, gpus, left_out, plan);
        sample_start(&sample, SAMPLE_SIZE);
        put_begin(&sample, gpus, plan);
        good = put_jobs(&sample, jobs, gpus, calm);
        if (left_out)
                put_left_out(&sample);
        put_trouble(&sample, &planted, calm);
        put_end(&sample, &planted, good, calm, jobs);
        if (!calm && !planted.broken && one_in(12)) {
                sample.base[SAMPLE_SIZE / 20] ^= 1; /* behind its header */
                planted.broken = true;
        }
        planted.base = sample.base;
        return planted;
}

/* --- checks on two H200s --- */

#define CHECKS_SIZE ((size_t)64 << 10)

static json_t *any_of(json_t *list)
{
        return json_array_get(list, chance((unsigned)json_array_size(list)));
}

static json_t *standing_of(json_t *check)
{
        json_t *tests = json_object_get(check, "tests");

        return json_object_get(json_array_get(tests, json_array_size(tests) - 1), "standing");
}

static void set_text(json_t *object, const char *key, const char *text)
{
        json_object_set_new(object, key, json_string(text));
}

/* Changes what the check found here and there, whatever it says of itself. */
static void spoil_check(json_t *check)
{
        static const char *const standing[] = { "pass", "fail", "not readable" };
        json_t *item;

        if (one_in(2))
                set_text(any_of(json_object_get(check, "tests")), "status", statuses[chance(5)]);
        if (one_in(2))
                set_text(any_of(json_object_get(check, "limits")), "status",
                        one_in(2) ? "fail" : "no limit known");
        if (one_in(2)) {
                item = any_of(standing_of(check));
                set_text(item, "status", standing[chance(3)]);
                if (one_in(3))
                        json_object_del(item, "value");
        }
        if (one_in(4))
                json_array_remove(json_object_get(check, "tests"), chance(20));
}

/* Returns whether the job still says pass. */
static bool spoil_result(json_t *result)
{
        size_t status = one_in(2) ? 0 : 1 + chance(3);

        if (one_in(2))
                spoil_check(json_object_get(result, "check"));
        if (status == 0)
                return true;
        set_text(result, "status", statuses[status]);
        set_text(result, "reason", "<script>by chance</script>");
        json_object_set_new(result, "exit_code", json_integer(1));
        return false;
}

static struct planted plant_checks(void)
{
        json_t *lines = records_read("quick"), *line, *runner;
        struct planted planted = { .size = CHECKS_SIZE, .base = aligned_alloc(4096, CHECKS_SIZE) };
        struct pieces pieces;
        bool calm = one_in(4), good = true;
        size_t i;

        json_array_foreach(lines, i, line) {
                if (!calm && json_object_get(line, "check"))
                        good = spoil_result(line) && good;
        }
        runner = json_object_get(json_array_get(lines, json_array_size(lines) - 1), "runner");
        json_object_set_new(runner, "exit_code", json_integer(good ? 0 : 1));
        records_pieces(lines, &pieces);
        pieces_write(&pieces, planted.base, planted.size);
        pieces_free(&pieces);
        json_decref(lines);
        return planted;
}

/* --- what is said of them --- */

static const json_t *jobs_of(const json_t *document)
{
        return json_object_get(document, "jobs");
}

static void count_jobs(const json_t *document, size_t counts[STATUSES])
{
        const json_t *job;
        size_t i;

        memset(counts, 0, STATUSES * sizeof(*counts));
        json_array_foreach(jobs_of(document), i, job)
                counts[status_of(job)]++;
}

static void count_tests(const json_t *document, size_t counts[STATUSES])
{
        const json_t *job, *test;
        size_t i, k;

        memset(counts, 0, STATUSES * sizeof(*counts));
        json_array_foreach(jobs_of(document), i, job)
                json_array_foreach(json_object_get(json_object_get(job, "check"), "tests"), k, test)
                        counts[status_of(test)]++;
}

static const char *verdict_of(const json_t *object)
{
        const char *verdict = json_string_value(json_object_get(object, "verdict"));

        return verdict ? verdict : "";
}

static const char *const verdicts[][2] = { { "pass", "PASS" }, { "fail", "FAIL" },
        { "empty", "NOTHING RAN" }, { "incomplete", "INCOMPLETE" } };

static const char *shown(const char *verdict)
{
        for (size_t i = 0; i < 4; i++)
                if (strcmp(verdicts[i][0], verdict) == 0)
                        return verdicts[i][1];
        fail_msg("there is no verdict %s", verdict);
        return NULL;
}

/* What follows from the jobs, as docs/records.md has it, and from what was planted besides. */
static const char *expected_of(
        const json_t *document, const json_t *index, const struct planted *planted)
{
        size_t counts[STATUSES] = { 0 };
        const json_t *job;
        size_t i;

        if (planted->broken)
                return "incomplete";
        json_array_foreach(jobs_of(document), i, job)
                if (!index || json_equal(json_object_get(job, "device"), index))
                        counts[status_of(job)]++;
        if (counts[1] + counts[2] + counts[3] + counts[5] > 0)
                return "fail";
        if (planted->wrong)
                return !index ? "fail" : counts[0] > 0 ? "incomplete" : "empty";
        return counts[0] > 0 ? "pass" : "empty";
}

/* With the run's reasons before it. */
__attribute__((format(printf, 2, 3))) static void fail_with(
        const json_t *document, const char *format, ...)
{
        char text[256];
        va_list arguments;

        json_dumpf(json_object_get(document, "reasons"), stdout, JSON_INDENT(2));
        va_start(arguments, format);
        vsnprintf(text, sizeof(text), format, arguments);
        va_end(arguments);
        fail_msg("%s", text);
}

static void check_document(const json_t *document, int code, const struct planted *planted)
{
        static const int codes[] = { 0, 1, 1, 4 };
        const json_t *device, *told = json_object_get(document, "counts");
        size_t counts[STATUSES], i;

        for (i = 0; i < 4; i++)
                if (strcmp(verdicts[i][0], verdict_of(document)) == 0)
                        assert_int_equal(code, codes[i]);
        assert_int_equal(json_integer_value(json_object_get(document, "exit_code")), code);
        if (strcmp(verdict_of(document), expected_of(document, NULL, planted)) != 0)
                fail_with(document, "the run is %s, and should be %s", verdict_of(document),
                        expected_of(document, NULL, planted));
        assert_int_equal(json_array_size(json_object_get(document, "reasons")) == 0, code == 0);
        count_jobs(document, counts);
        for (i = 0; i < STATUSES; i++)
                assert_int_equal(json_integer_value(json_object_get(told, statuses[i])), counts[i]);
        json_array_foreach(json_object_get(document, "devices"), i, device) {
                const char *wanted =
                        expected_of(document, json_object_get(device, "index"), planted);

                if (strcmp(verdict_of(device), wanted) != 0)
                        fail_with(document, "GPU %zu is %s, and should be %s", i,
                                verdict_of(device), wanted);
        }
}

static size_t attribute(const char *text, const char *name)
{
        char start[32];
        const char *at;

        snprintf(start, sizeof(start), " %s=\"", name);
        at = strstr(text, start);
        assert_non_null(at);
        return (size_t)atoi(at + strlen(start));
}

/* As properties: the run's verdict, and each GPU's. */
static void check_properties(const char *text, const json_t *document)
{
        const json_t *device;
        char property[96];
        size_t i;

        snprintf(property, sizeof(property), "<property name=\"verdict\" value=\"%s\"/>",
                verdict_of(document));
        assert_non_null(strstr(text, property));
        json_array_foreach(json_object_get(document, "devices"), i, device) {
                snprintf(property, sizeof(property),
                        "<property name=\"device.%zu.verdict\" value=\"%s\"/>", i,
                        verdict_of(device));
                if (!strstr(text, property))
                        fail_msg("JUnit has no %s", property);
        }
}

/* The run itself is one more case, which fails unless the verdict is pass. */
static void check_junit(const char *text, const json_t *document, int code)
{
        const char *suite = strstr(text, "<testsuite ");
        size_t counts[STATUSES], bad = code != 0;

        count_jobs(document, counts);
        assert_non_null(suite);
        assert_int_equal(attribute(suite, "tests"), json_array_size(jobs_of(document)) + 1);
        assert_int_equal(attribute(suite, "failures"), counts[1] + bad);
        assert_int_equal(attribute(suite, "errors"), counts[2] + counts[3] + counts[5]);
        assert_int_equal(attribute(suite, "skipped"), counts[4]);
        assert_int_equal(attribute(suite, "failures") + attribute(suite, "errors") == 0, code == 0);
        check_properties(text, document);
}

/* "Jobs: 2 passed, 1 skipped.", without the page's own markup. */
static void write_counts(const char *what, const size_t counts[STATUSES], char *out)
{
        bool any = false;

        out += sprintf(out, "%s: ", what);
        for (size_t i = 0; i < STATUSES; i++)
                if (counts[i] > 0) {
                        out += sprintf(out, "%s<span class=\"%s\">%zu %s</span>", any ? ", " : "",
                                statuses[i], counts[i], words[i]);
                        any = true;
                }
        strcpy(out, any ? "." : "none.");
}

static void need(const char *page, const char *text)
{
        if (!strstr(page, text))
                fail_msg("the page has no %s", text);
}

static void check_page(const char *page, const json_t *document)
{
        const char *verdict = verdict_of(document), *row = page;
        size_t counts[STATUSES], i, tests = 0;
        char text[1024];
        const json_t *device;

        snprintf(text, sizeof(text), "<div class=\"head\"><span class=\"badge %s\">%s</span></div>",
                verdict, shown(verdict));
        need(page, text);
        count_jobs(document, counts);
        write_counts("Jobs", counts, text);
        need(page, text);
        count_tests(document, counts);
        for (i = 0; i < STATUSES; i++)
                tests += counts[i];
        write_counts("Tests", counts, text);
        if (tests > 0)
                need(page, text);
        json_array_foreach(json_object_get(document, "devices"), i, device) {
                snprintf(text, sizeof(text),
                        "<tr class=\"gpu\"><th>GPU %zu</th><td><span class=\"badge %s\">%s</span>",
                        i, verdict_of(device), shown(verdict_of(device)));
                need(row, text);
                row = strstr(row, text) + 1;
        }
        assert_null(strstr(row, "<tr class=\"gpu\">"));
        assert_null(strstr(page, "<script"));
}

/* Returns which verdict it was. */
static size_t check_run(struct stand_in *host, unsigned number, const struct planted *planted)
{
        json_t *document;
        size_t verdict = 0;
        char *page;
        int code;

        stand_in_write(host, "/run.region", planted->base, planted->size);
        code = stand_in_run(host, "collect --region %s/run.region --out %s/out%u --json",
                host->root, host->root, number);
        document = json_loads(host->output, 0, NULL);
        assert_non_null(document);
        check_document(document, code, planted);
        assert_int_equal(
                stand_in_run(host, "collect --region %s/run.region --format junit", host->root),
                code);
        check_junit(host->output, document, code);
        if (stand_in_run(host, "report %s/out%u --html %s/page.html", host->root, number,
                    host->root) != 0)
                fail_msg("%s", host->errors);
        page = stand_in_read(host, "/page.html");
        check_page(page, document);
        free(page);
        while (strcmp(verdicts[verdict][0], verdict_of(document)) != 0)
                verdict++;
        json_decref(document);
        return verdict;
}

static void all_say_the_same(void **state)
{
        struct stand_in *host = *state;
        size_t met[4] = { 0 };

        state_of_chance = SEED;
        for (unsigned i = 0; i < RUNS; i++) {
                struct planted planted = i % 2 ? plant_checks() : plant_kernels();

                met[check_run(host, i, &planted)]++;
                free(planted.base);
        }
        for (size_t i = 0; i < 4; i++) {
                printf("# %s: %zu runs\n", verdicts[i][0], met[i]);
                assert_true(met[i] >= RUNS / 50);
        }
}

int main(void)
{
        const struct CMUnitTest tests[] = { cmocka_unit_test_setup_teardown(
                all_say_the_same, stand_in_debian, stand_in_remove) };

        if (access("tests/unit/records/quick.jsonl", R_OK) != 0) {
                puts("1..0 # SKIP not run from the top of the tree");
                return 0;
        }
        stand_in_use_memory();
        return run_tap(tests);
}
