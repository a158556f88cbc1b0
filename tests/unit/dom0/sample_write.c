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
