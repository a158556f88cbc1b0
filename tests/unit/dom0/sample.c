#include "tests/unit/dom0/sample.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define LINUX_START_S 2.0
#define TEXT_SIZE     ((size_t)64 << 10)

#define GPU "GPU-01234567-89ab-cdef-0123-456789abcdef"

const uint8_t sample_run_id[16] = { 0x6f, 0x1d, 0x2c, 0x3b, 0x4a, 0x59, 0x4e, 0x68, 0x9b, 0x77,
        0x86, 0x95, 0xa4, 0xb3, 0xc2, 0xd1 };

static void need(enum region_error error)
{
        if (error == REGION_OK)
                return;
        fprintf(stderr, "sample: %s\n", region_strerror(error));
        abort();
}

void sample_start(struct sample *sample, size_t size)
{
        *sample = (struct sample){ .base = aligned_alloc(4096, size), .size = size };
        need(region_create(sample->base, size, sample_run_id, NULL));
        need(region_writer_open(sample->base, size, &sample->writer));
}

void sample_free(struct sample *sample)
{
        free(sample->base);
}

void sample_record(
        struct sample *sample, enum region_type type, const char *name, const char *data, ...)
{
        char *text = malloc(TEXT_SIZE);
        va_list arguments;
        int length;

        va_start(arguments, data);
        length = vsnprintf(text, TEXT_SIZE, data, arguments);
        va_end(arguments);
        if (length < 0 || (size_t)length >= TEXT_SIZE)
                abort();
        need(region_append(&sample->writer, type, name, strlen(name), text, (size_t)length));
        free(text);
}

void sample_event(struct sample *sample, const char *name, const char *more)
{
        long long tsc;
        char clock[64] = "";

        sample->seconds += 0.001;
        tsc = (long long)((sample->seconds + 10) * SAMPLE_TSC);
        if (sample->seconds >= LINUX_START_S)
                snprintf(clock, sizeof(clock), ",\"monotonic_s\":%.6f",
                        sample->seconds - LINUX_START_S);
        sample_record(sample, REGION_EVENT, name, "{\"event\":\"%s\",\"tsc\":%lld%s%s}", name, tsc,
                clock, more);
}

void sample_file(struct sample *sample, const char *path, const void *data, size_t length)
{
        need(region_append(&sample->writer, REGION_FILE, path, strlen(path), data, length));
}

struct sample_stored sample_stored;

static void add_hello(struct sample *sample, const char *job)
{
        const struct sample_stored *stored = &sample_stored;
        char name[512];

        snprintf(name, sizeof(name), "jobs/%s/0/hello.txt", job);
        if (!stored->job || strcmp(stored->job, job) != 0)
                sample_file(sample, name, "hello\n", 6);
        else
                sample_record(sample, REGION_STORED, name,
                        "{\"bytes\":%llu,\"sha256\":\"%s\",\"from\":%llu,\"size\":%llu,"
                        "\"offset\":%llu,\"number\":%llu}",
                        stored->bytes, stored->sha256, stored->from, stored->size, stored->offset,
                        stored->number);
}

void sample_result(struct sample *sample, const char *job, const char *status)
{
        static const char output[] =
                "{\"file\":\"hello.txt\",\"bytes\":6,\"sha256\":\"" SAMPLE_HELLO
                "\",\"expect\":\"pass\"}";
        bool passed = strcmp(status, "pass") == 0;
        char name[512];

        if (passed)
                add_hello(sample, job);
        snprintf(name, sizeof(name), "%s/0", job);
        sample_record(sample, REGION_RESULT, name,
                "{\"job\":\"%s\",\"kind\":\"kernel\",\"device\":0,\"name\":\"NVIDIA H100\","
                "\"uuid\":\"" GPU "\",\"pci\":\"0000:01:00.0\",\"rehearsal\":false,"
                "\"status\":\"%s\"%s,\"start_s\":1.5,\"wall_s\":0.25,"
                "\"timings\":{\"load_s\":0.001,\"run_s\":0.0625},\"outputs\":[%s],\"exit_code\":%"
                "d}",
                job, status, passed ? "" : ",\"reason\":\"for the test\"", passed ? output : "",
                passed ? 0 : 1);
}

void sample_begin(struct sample *sample, const char *planned)
{
        char *text = malloc(TEXT_SIZE);

        sample_event(sample, "efi.entry", "");
        sample_event(sample, "efi.region", "");
        sample->seconds += 0.5;
        sample_event(sample, "efi.bundle", ",\"files\":12,\"bytes\":34567890");
        sample_event(sample, "efi.start", ",\"version\":\"0.1.0\"");
        sample->seconds = LINUX_START_S + 1;
        sample_event(sample, "stage.init", ",\"kernel\":\"6.1.0\",\"cmdline\":\"quiet\"");
        need(region_set_state(&sample->writer, REGION_RUNNING));
        sample_event(sample, "runner.start", "");
        sample_event(sample, "run.where",
                ",\"hypervisor\":false,\"hypervisor_vendor\":null,\"pat\":\"0407050600070106\","
                "\"pat_names\":\"WB  WC  UC- UC  WB  WP  UC- WT\",\"kernel\":\"6.1.0\","
                "\"machine\":\"Test 1\",\"cpu\":\"Test CPU\",\"memory_bytes\":68719476736,"
                "\"driver\":\"535.261.03\",\"firmware\":null,\"cuda_version\":12020,"
                "\"rehearsal\":false,\"version\":\"0.1.0\"");
        sample_event(sample, "run.devices",
                ",\"devices\":[{\"index\":0,\"name\":\"NVIDIA H100\",\"uuid\":\"" GPU
                "\",\"pci\":\"0000:01:00.0\",\"memory_bytes\":85045542912,\"compute\":\"9.0\","
                "\"multiprocessors\":132,\"rehearsal\":false}]");
        snprintf(text, TEXT_SIZE, ",\"planned\":%s", planned);
        sample_event(sample, "run.plan", text);
        free(text);
}

void sample_finish(struct sample *sample, const char *runner)
{
        char more[128];

        snprintf(more, sizeof(more), ",%.*s", (int)strlen(runner) - 2, runner + 1);
        sample->seconds += 2;
        if (strcmp(runner, "null") != 0)
                sample_event(sample, "runner.end", more);
        sample_record(sample, REGION_RUN, "run", "{\"sealed_by\":\"init\",\"runner\":%s}", runner);
        need(region_seal(&sample->writer));
}

void sample_passed(struct sample *sample)
{
        static const char *const jobs[] = { "vecadd", "reduce", "wave" };
        uint8_t noise[8000];

        for (size_t i = 0; i < sizeof(noise); i++)
                noise[i] = (uint8_t)(i * 2654435761u >> 13);
        sample_start(sample, SAMPLE_SIZE);
        sample_begin(sample, "[{\"job\":\"vecadd\",\"kind\":\"kernel\",\"device\":0},"
                             "{\"job\":\"reduce\",\"kind\":\"kernel\",\"device\":0},"
                             "{\"job\":\"wave\",\"kind\":\"kernel\",\"device\":0}]");
        for (size_t i = 0; i < 3; i++) {
                char more[64], path[64];

                snprintf(more, sizeof(more), ",\"job\":\"%s\",\"device\":0", jobs[i]);
                snprintf(path, sizeof(path), "jobs/%s/0/noise.bin", jobs[i]);
                sample_event(sample, "job.start", more);
                sample_file(sample, path, noise, sizeof(noise) - i);
                sample_result(sample, jobs[i], "pass");
                snprintf(more, sizeof(more),
                        ",\"job\":\"%s\",\"device\":0,\"status\":\"pass\",\"wall_s\":0.25",
                        jobs[i]);
                sample_event(sample, "job.end", more);
        }
        sample_file(sample, "stage/runner.log", "three jobs\n", 11);
        sample_file(sample, "stage/empty.log", "", 0);
        sample_finish(sample, "{\"exit_code\":0}");
}
