/*
 * An output that waits in memory of its own, because other GPUs' jobs may append meanwhile, is
 * summed as it comes and not once more on its way into the region. The runner's own parts run here,
 * with crc32c() counted.
 */
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "jobs/jobfolder.h"
#include "lib/crc32c.h"
#include "region/region.h"
#include "runner/options.h"
#include "runner/process/process.h"
#include "runner/region_map.h"
#include "runner/storage.h"
#include "runner/supervise.h"
#include "tests/unit/tap.h"

#define OUTPUT_BYTES ((size_t)1 << 20)
#define REGION_BYTES ((size_t)8 << 20)

static uint64_t summed;
static char folder[] = "/tmp/staged-test-XXXXXX", data[OUTPUT_BYTES];

/* The linker puts these in the way of every caller of crc32c() (runner/rules.mk). */
uint32_t __real_crc32c(uint32_t crc, const void *bytes, size_t length);
uint32_t __wrap_crc32c(uint32_t crc, const void *bytes, size_t length);

uint32_t __wrap_crc32c(uint32_t crc, const void *bytes, size_t length)
{
        summed += length;
        return __real_crc32c(crc, bytes, length);
}

static void put(const char *name, const void *bytes, size_t length)
{
        char path[128];
        FILE *file;

        snprintf(path, sizeof(path), "%s/%s", folder, name);
        file = fopen(path, "we");
        assert_non_null(file);
        assert_int_equal(fwrite(bytes, 1, length, file), length);
        fclose(file);
}

/* Runs the folder's job on so many GPUs; the bytes that were summed on the way. */
static uint64_t sums_of(const char *gpus, void *ret_region)
{
        char region[128], why[256];
        const char *arguments[] = { "forestage-run", "--jobs", folder, "--region", region,
                "--region-size", "8M", NULL };
        struct options options;
        struct jobfolder jobs;
        struct region_map map;
        struct storage storage = { .inputs.control = -1 }; /* none */

        setenv("FAKE_CUDA", gpus, 1);
        snprintf(region, sizeof(region), "%s/%s.region", folder, gpus);
        assert_true(options_parse(7, (char **)arguments, &options, why));
        assert_int_equal(jobfolder_read(folder, NULL, &jobs), 0);
        assert_true(region_map_open(&options, &map, why));
        summed = 0;
        assert_int_equal(supervise(&options, &jobs, &map, &storage), EXIT_PASSED);
        memcpy(ret_region, map.base, REGION_BYTES);
        region_map_close(&map);
        jobfolder_close(&jobs);
        options_clear(&options);
        return summed;
}

/* Every one of them is there, and its record is whole. */
static void assert_outputs(const void *region, size_t wanted)
{
        struct region_info info;
        struct region_cursor cursor;
        struct region_record record;
        size_t outputs = 0;

        assert_int_equal(region_inspect(region, REGION_BYTES, &info), REGION_OK);
        region_rewind(region, &info, &cursor);
        while (region_next(&cursor, &record) == REGION_OK) {
                if (record.type != REGION_FILE || record.data_length != OUTPUT_BYTES)
                        continue;
                for (size_t i = 0; i < OUTPUT_BYTES; i += 4093)
                        assert_int_equal(((const unsigned char *)record.data)[i],
                                (unsigned char)(data[i] + 1));
                outputs++;
        }
        assert_int_equal(outputs, wanted);
}

static void outputs_are_summed_once(void **state)
{
        static const struct {
                const char *gpus;
                uint64_t outputs;
        } rows[] = { { "1", 1 }, { "2", 2 }, { "3", 3 } };
        char *region = malloc(REGION_BYTES);

        (void)state;
        for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
                uint64_t bytes = rows[i].outputs * OUTPUT_BYTES;
                uint64_t sums = sums_of(rows[i].gpus, region);

                assert_outputs(region, rows[i].outputs);
                assert_in_range(sums, bytes, bytes + bytes / 4);
        }
        free(region);
}

static int set_up(void **state)
{
        static const char job[] =
                "[Job]\nType=kernel\n[Kernel]\nModule=fake.ptx\nFunction=increment\nGrid=1\n"
                "Block=4\nArgument=in in.bin\nArgument=out out.bin 1048576\nArgument=u32 1048576\n"
                "[Expect]\nout.bin=like right.bin tolerance 0 as u8\n";
        static char right[OUTPUT_BYTES];

        (void)state;
        if (!mkdtemp(folder) || process_setup() != 0)
                return -1;
        for (size_t i = 0; i < OUTPUT_BYTES; i++) {
                data[i] = (char)(i * 7 + i / 251);
                right[i] = (char)(data[i] + 1);
        }
        put("fake.ptx", "fake", 4);
        put("one.conf", job, strlen(job));
        put("in.bin", data, sizeof(data));
        put("right.bin", right, sizeof(right));
        return 0;
}

static int tear_down(void **state)
{
        char command[64];

        (void)state;
        snprintf(command, sizeof(command), "rm -rf %s", folder);
        return system(command);
}

/* The loader reads where libraries are when a program starts: so this one starts again. */
static void start_with_library(char **argv)
{
        char here[PATH_MAX] = "", library[PATH_MAX + 8];
        char *end;

        if (getenv("STAGED_TEST") || readlink("/proc/self/exe", here, sizeof(here) - 1) <= 0)
                return;
        end = strrchr(here, '/');
        snprintf(library, sizeof(library), "%.*s/fake", (int)(end - here), here);
        setenv("LD_LIBRARY_PATH", library, 1);
        setenv("STAGED_TEST", "again", 1);
        execv("/proc/self/exe", argv);
}

int main(int argc, char **argv)
{
        const struct CMUnitTest tests[] = {
                cmocka_unit_test_setup_teardown(outputs_are_summed_once, set_up, tear_down),
        };

        (void)argc;
        start_with_library(argv);
        return run_tap(tests);
}
