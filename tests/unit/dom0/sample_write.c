/* Writes the sample regions as files into a folder, for tests that run the command itself. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "tests/unit/dom0/sample.h"

static const char plan[] = "[{\"job\":\"a\",\"kind\":\"kernel\",\"device\":0},"
                           "{\"job\":\"b\",\"kind\":\"kernel\",\"device\":0}]";

static void failed(struct sample *sample)
{
        sample_start(sample, SAMPLE_SIZE);
        sample_begin(sample, plan);
        sample_result(sample, "a", "pass");
        sample_result(sample, "b", "fail");
        sample_finish(sample, "{\"exit_code\":1}");
}

static void empty(struct sample *sample)
{
        sample_start(sample, SAMPLE_SIZE);
        sample_begin(sample, "[]");
        sample_finish(sample, "{\"exit_code\":1}");
}

static void unsealed(struct sample *sample)
{
        sample_start(sample, SAMPLE_SIZE);
        sample_begin(sample, plan);
        sample_result(sample, "a", "pass");
        sample_event(sample, "job.start", ",\"job\":\"b\",\"device\":0");
}

static void damaged(struct sample *sample)
{
        sample_passed(sample);
        sample->base[sample->size / 20] ^= 1;
}

static void header(struct sample *sample)
{
        sample_passed(sample);
        sample->base[20] ^= 4;
}

static void no_header(struct sample *sample)
{
        header(sample);
        sample->base[sample->size - 4000] ^= 1;
}

static void armed(struct sample *sample)
{
        sample_start(sample, SAMPLE_SIZE);
}

static void zeroes(struct sample *sample)
{
        sample_start(sample, SAMPLE_SIZE);
        memset(sample->base, 0, sample->size);
}

/* Everything wrong that a sealed region can carry. */
static void hostile(struct sample *sample)
{
        sample_start(sample, SAMPLE_SIZE);
        sample_begin(sample, "[{\"job\":\"a\",\"kind\":\"kernel\",\"device\":0},"
                             "{\"job\":\"a\",\"kind\":\"kernel\",\"device\":0},"
                             "{\"job\":\"../b\",\"kind\":\"kernel\",\"device\":0},"
                             "{\"job\":\"c\",\"kind\":\"kernel\",\"device\":null},"
                             "{\"job\":7,\"kind\":null,\"device\":\"0\"},8]");
        sample_event(sample, "run.plan", ",\"planned\":{}");
        sample_event(sample, "run.devices", ",\"devices\":[3]");
        sample_result(sample, "a", "pass");
        sample_result(sample, "a", "fail");
        sample_result(sample, "z\\u001b[31m", "pass");
        sample_result(sample, "unplanned", "pass");
        sample_record(sample, REGION_RESULT, "c/none",
                "{\"job\":\"c\",\"device\":null,\"status\":\"splendid\",\"timings\":{\"x\":[]},"
                "\"outputs\":[1,{}],\"wall_s\":\"long\",\"rehearsal\":\"no\"}");
        sample_record(sample, REGION_EVENT, "stage.\x1b[2J", "not JSON \xff");
        sample_file(sample, "../../etc/cron.d/x", "x", 1);
        sample_file(sample, "/etc/passwd", "x", 1);
        sample_file(sample, "run.json", "{}", 2);
        sample_file(sample, "stage/log", "one", 3);
        sample_file(sample, "stage/log", "two", 3);
        sample_file(sample, "stage/log/three", "three", 5);
        sample_file(sample, "stage/\x1b]0;title\a", "x", 1);
        sample_finish(sample, "{\"exit_code\":0}");
}

/* --- what jobs printed, and reasons, that a reader of KTAP or XML may stumble over --- */

/* A program's RESULT; one that is skipped has no device, and "says" has lost some of its words. */
static void add_job(struct sample *sample, const char *job, const char *status, const char *reason)
{
        bool has_device = strcmp(status, "skip") != 0;
        char name[64];

        snprintf(name, sizeof(name), "%s/%s", job, has_device ? "0" : "none");
        sample_record(sample, REGION_RESULT, name,
                "{\"job\":\"%s\",\"kind\":\"program\",%s,\"rehearsal\":false,\"status\":\"%s\"%s%s%"
                "s,"
                "\"start_s\":1.5,\"wall_s\":0.0004,\"timings\":{\"run_s\":0.0003},\"outputs\":[],"
                "\"stdout_dropped_bytes\":%d}",
                job,
                has_device ? "\"device\":0,\"name\":\"NVIDIA H100\",\"uuid\":"
                             "\"GPU-01234567-89ab-cdef-0123-456789abcdef\",\"pci\":\"0000:01:00.0\""
                           : "\"device\":null,\"name\":null,\"uuid\":null,\"pci\":null",
                status, *reason ? ",\"reason\":\"" : "", reason, *reason ? "\"" : "",
                strcmp(job, "says") == 0 ? 77 : 0);
}

/* `count` times `character`, and what follows, so that the last 4096 bytes begin within one. */
static void add_long(struct sample *sample, const char *path, const char *character, size_t count,
        const char *more)
{
        size_t length = strlen(character), all = length * count + strlen(more);
        char *text = malloc(all + 1);

        for (size_t i = 0; i < count; i++)
                memcpy(text + i * length, character, length);
        strcpy(text + length * count, more);
        sample_file(sample, path, text, all);
        free(text);
}

static void printed(struct sample *sample)
{
        static const char out[] =
                "one\n\t<tag> & \"two\" 'three' ]]>\r\n\x1b[31mred\xff \xef\xbf\xbe"
                " \xe2\x80\xa8 \xed\xa0\x80 end\0.\n";
        static const struct {
                const char *job, *status, *reason;
        } jobs[] = {
                { "bytes", "fail", "a < b & c > d \\\"e\\\"" },
                { "ended", "error", "the log ends: reboot: System halted # TODO later" },
                { "halted", "timeout", "Kernel panic - not syncing: VFS: Unable to mount # SKIP" },
                { "lines", "fail", "a\\nok 9 b\\u2028not ok 9 c\\u0085ok 9 d" },
                { "long", "fail", "# SKIP it" },
                { "says", "pass", "" },
                { "silent", "error", "" },
                { "skipped", "skip", "List of all partitions: none # SKIP # TODO" },
        };
        char planned[2048] = "[", *end = planned + 1;

        sample_start(sample, SAMPLE_SIZE);
        for (size_t i = 0; i < sizeof(jobs) / sizeof(jobs[0]); i++)
                end += sprintf(end, "{\"job\":\"%s\",\"kind\":\"program\",\"device\":%s},",
                        jobs[i].job, strcmp(jobs[i].status, "skip") == 0 ? "null" : "0");
        strcpy(end, "{\"job\":\"unreached\",\"kind\":\"program\",\"device\":0}]");
        sample_begin(sample, planned);
        sample_file(sample, "jobs/says/0/stdout", out, sizeof(out) - 1);
        sample_file(sample, "jobs/says/0/stderr", "warned\n", 7);
        add_long(sample, "jobs/long/0/stdout", "\xc3\xa9", 5000, ".");
        add_long(sample, "jobs/long/0/stderr", "\xf0\x9f\x98\x80", 3000, ".");
        add_long(sample, "jobs/bytes/0/stdout", "\x80", 6000, "");
        add_long(sample, "jobs/bytes/0/stderr", "\xe2\x82\xac", 2000, "..");
        sample_file(sample, "jobs/silent/0/stdout", "", 0);
        for (size_t i = 0; i < sizeof(jobs) / sizeof(jobs[0]); i++)
                add_job(sample, jobs[i].job, jobs[i].status, jobs[i].reason);
        sample_finish(sample, "{\"exit_code\":1}");
}

static const struct {
        const char *name;
        void (*make)(struct sample *sample);
} samples[] = {
        { "passed", sample_passed },
        { "failed", failed },
        { "empty", empty },
        { "unsealed", unsealed },
        { "damaged", damaged },
        { "header", header },
        { "no-header", no_header },
        { "armed", armed },
        { "zeroes", zeroes },
        { "hostile", hostile },
        { "printed", printed },
};

static void write_sample(const char *folder, size_t number)
{
        char path[4096];
        struct sample sample;
        FILE *file;

        snprintf(path, sizeof(path), "%s/%s.region", folder, samples[number].name);
        samples[number].make(&sample);
        file = fopen(path, "wb");
        if (!file || fwrite(sample.base, sample.size, 1, file) != 1 || fclose(file) != 0) {
                perror(path);
                exit(1);
        }
        sample_free(&sample);
        puts(path);
}

int main(int argc, char **argv)
{
        if (argc != 2) {
                fprintf(stderr, "usage: %s FOLDER\n", argv[0]);
                return 2;
        }
        for (size_t i = 0; i < sizeof(samples) / sizeof(samples[0]); i++)
                write_sample(argv[1], i);
        return 0;
}
