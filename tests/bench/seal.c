/*
 * What it costs to write 1 GiB of results into a region, to seal it and to read it back, against
 * memcpy, against sha256sum on the same bytes, and against one plain pass with the processor's SHA
 * instructions: tests/bench/seal [MIB]. Prints key=value lines; *_ratio are what is promised.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "lib/sha256.h"
#include "lib/sha256_x86.h"
#include "region/region.h"

#define TURNS 5

static double now(void)
{
        struct timespec time;

        clock_gettime(CLOCK_MONOTONIC, &time);
        return (double)time.tv_sec + (double)time.tv_nsec / 1e9;
}

static void *allocate(size_t bytes)
{
        void *memory = mmap(NULL, bytes, PROT_READ | PROT_WRITE,
                MAP_PRIVATE | MAP_ANONYMOUS | MAP_POPULATE, -1, 0);

        if (memory == MAP_FAILED) {
                perror("mmap");
                exit(1);
        }
        return memory;
}

static void need(enum region_error error)
{
        if (error == REGION_OK)
                return;
        fprintf(stderr, "region: %s\n", region_strerror(error));
        exit(1);
}

/* Seconds of each step; the least of TURNS counts, for nothing but others' work adds to it. */
struct times {
        double copy, append, seal, verify, pass, program;
};

static void keep(double *least, double seconds)
{
        if (*least == 0 || seconds < *least)
                *least = seconds;
}

static void write_and_seal(
        void *region, size_t region_bytes, const void *data, size_t bytes, struct times *times)
{
        static const uint8_t id[16] = { 1 };
        struct region_writer writer;
        struct region_report report;
        double start;

        need(region_create(region, region_bytes, id, NULL));
        need(region_writer_open(region, region_bytes, &writer));
        start = now();
        need(region_append(&writer, REGION_FILE, "jobs/a/0/out", 12, data, bytes));
        keep(&times->append, now() - start);
        need(region_append(&writer, REGION_RUN, "run", 3, "{}", 2));
        start = now();
        need(region_seal(&writer));
        keep(&times->seal, now() - start);
        start = now();
        need(region_verify(region, region_bytes, &report));
        keep(&times->verify, now() - start);
        if (!report.complete) {
                fputs("the region is not complete\n", stderr);
                exit(1);
        }
}

/* What no hash can be faster than: the instructions and nothing else. */
static void plain_pass(const void *data, size_t bytes, struct times *times)
{
        static const uint32_t constants[64]; /* the time does not depend on what they are */
        uint32_t state[8] = { 1, 2, 3, 4, 5, 6, 7, 8 };
        double start = now();

        if (!sha256_x86_available())
                return;
        sha256_x86_blocks(state, constants, data, bytes / 64);
        keep(&times->pass, now() - start);
        if (state[0] == 0)
                putchar('\n'); /* the result is used */
}

/* sha256sum on a file in memory; the time without the start of the program is what it hashes. */
static void run_program(const char *path, struct times *times)
{
        double start = now();
        pid_t child = fork();
        int status;

        if (child == 0) {
                if (!freopen("/dev/null", "w", stdout))
                        _exit(1);
                execlp("sha256sum", "sha256sum", path, NULL);
                _exit(127);
        }
        if (child > 0 && waitpid(child, &status, 0) == child && status == 0)
                keep(&times->program, now() - start);
}

static void print_rate(const char *name, double seconds, size_t bytes)
{
        if (seconds > 0)
                printf("%s_s=%.4f\n%s_gbps=%.2f\n", name, seconds, name,
                        (double)bytes / seconds / 1e9);
}

int main(int argc, char **argv)
{
        size_t bytes = (size_t)(argc > 1 ? atoi(argv[1]) : 1024) << 20;
        size_t region_bytes = bytes + (1 << 20);
        char path[] = "/dev/shm/forestage-seal-XXXXXX";
        void *data = allocate(bytes), *copy = allocate(bytes), *region = allocate(region_bytes);
        struct times times = { 0 };
        int fd = mkstemp(path);

        for (size_t i = 0; i < bytes / 8; i++)
                ((uint64_t *)data)[i] = i * 0x9e3779b97f4a7c15u;
        if (fd < 0 || write(fd, data, bytes < 1u << 30 ? bytes : 1u << 30) < 0)
                perror(path);
        for (int turn = 0; turn < TURNS; turn++) {
                double start = now();

                memcpy(copy, data, bytes);
                keep(&times.copy, now() - start);
                write_and_seal(region, region_bytes, data, bytes, &times);
                plain_pass(data, bytes, &times);
                if (fd >= 0)
                        run_program(path, &times);
        }
        unlink(path);
        print_rate("memcpy", times.copy, bytes);
        print_rate("append", times.append, bytes);
        print_rate("seal", times.seal, bytes);
        print_rate("verify", times.verify, bytes);
        print_rate("plain_pass", times.pass, bytes);
        print_rate("sha256sum", times.program, bytes);
        printf("append_to_memcpy_ratio=%.2f\n", times.append / times.copy);
        printf("verify_to_seal_ratio=%.2f\n", times.verify / times.seal);
        if (times.pass > 0)
                printf("seal_to_plain_pass_ratio=%.2f\n", times.seal / times.pass);
        if (times.program > 0)
                printf("sha256sum_to_seal_ratio=%.2f\n", times.program / times.seal);
        return 0;
}
