/*
 * The vector addition as a program of its own would do it, for the runner to be measured against:
 * the same PTX, the same input files mapped the same way, the same launch, and the sums brought
 * into a mapped file through two pinned buffers, as the runner does it. Nothing is checked or
 * recorded.
 *
 *   vecadd_bare make DIR COUNT        writes a.bin, b.bin and the sums
 *   vecadd_bare run DIR COUNT         adds; prints the seconds of each step
 *   vecadd_bare many DIR COUNT TIMES  adds so many times in one context: memory is taken, filled,
 *                                     used, copied back and given back each time; prints the
 * seconds
 */
#include <dlfcn.h>
#include <fcntl.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#define BLOCK       256u
#define PIECE_BYTES ((size_t)4 << 20)

typedef uint64_t device_address;

static struct {
        int (*cuInit)(unsigned);
        int (*cuDeviceGet)(int *, int);
        int (*cuCtxCreate_v2)(void **, unsigned, int);
        int (*cuModuleLoadDataEx)(void **, const void *, unsigned, int *, void **);
        int (*cuModuleGetFunction)(void **, void *, const char *);
        int (*cuMemAlloc_v2)(device_address *, size_t);
        int (*cuMemFree_v2)(device_address);
        int (*cuMemsetD32_v2)(device_address, unsigned, size_t);
        int (*cuMemcpyDtoH_v2)(void *, device_address, size_t);
        int (*cuMemcpyHtoD_v2)(device_address, const void *, size_t);
        int (*cuMemcpyDtoHAsync_v2)(void *, device_address, size_t, void *);
        int (*cuMemHostAlloc)(void **, size_t, unsigned);
        int (*cuStreamCreate)(void **, unsigned);
        int (*cuStreamSynchronize)(void *);
        int (*cuLaunchKernel)(void *, unsigned, unsigned, unsigned, unsigned, unsigned, unsigned,
                unsigned, void *, void **, void **);
        int (*cuCtxSynchronize)(void);
} cuda;

static double now(void)
{
        struct timespec time;

        clock_gettime(CLOCK_MONOTONIC, &time);
        return (double)time.tv_sec + (double)time.tv_nsec / 1e9;
}

static void fail(const char *what)
{
        perror(what);
        exit(1);
}

static void check(int result, const char *call)
{
        if (result == 0)
                return;
        fprintf(stderr, "%s: error %d\n", call, result);
        exit(1);
}

#define CALL(function, ...) check(cuda.function(__VA_ARGS__), #function)

static void load_library(void)
{
        void *library = dlopen("libcuda.so.1", RTLD_NOW);
        const struct {
                const char *name;
                void *to;
        } symbols[] = {
#define SYMBOL(name) { #name, &cuda.name }
                SYMBOL(cuInit),
                SYMBOL(cuDeviceGet),
                SYMBOL(cuCtxCreate_v2),
                SYMBOL(cuModuleLoadDataEx),
                SYMBOL(cuModuleGetFunction),
                SYMBOL(cuMemAlloc_v2),
                SYMBOL(cuMemFree_v2),
                SYMBOL(cuMemsetD32_v2),
                SYMBOL(cuMemcpyDtoH_v2),
                SYMBOL(cuMemcpyHtoD_v2),
                SYMBOL(cuMemcpyDtoHAsync_v2),
                SYMBOL(cuMemHostAlloc),
                SYMBOL(cuStreamCreate),
                SYMBOL(cuStreamSynchronize),
                SYMBOL(cuLaunchKernel),
                SYMBOL(cuCtxSynchronize),
        };

        for (size_t i = 0; i < sizeof(symbols) / sizeof(symbols[0]); i++) {
                void *address = library ? dlsym(library, symbols[i].name) : NULL;

                if (!address) {
                        fprintf(stderr, "libcuda.so.1: %s\n", dlerror());
                        exit(1);
                }
                memcpy(symbols[i].to, &address, sizeof(address));
        }
}

/* Maps DIR/NAME; `bytes` > 0: makes it so large. */
static void *map(const char *folder, const char *name, size_t bytes, size_t *ret_bytes)
{
        char path[512];
        struct stat status;
        void *data;
        int fd;

        snprintf(path, sizeof(path), "%s/%s", folder, name);
        fd = open(path, bytes ? O_RDWR | O_CREAT | O_CLOEXEC : O_RDONLY | O_CLOEXEC, 0644);
        if (fd < 0 || (bytes && (posix_fallocate(fd, 0, (off_t)bytes) != 0)) ||
                fstat(fd, &status) != 0)
                fail(path);
        data = mmap(NULL, (size_t)status.st_size, PROT_READ | (bytes ? PROT_WRITE : 0),
                bytes ? MAP_SHARED : MAP_PRIVATE | MAP_POPULATE, fd, 0);
        if (data == MAP_FAILED)
                fail(path);
        close(fd);
        *ret_bytes = (size_t)status.st_size;
        return data;
}

static void make(const char *folder, size_t count)
{
        size_t bytes;
        float *a = map(folder, "a.bin", 4 * count, &bytes);
        float *b = map(folder, "b.bin", 4 * count, &bytes);
        float *sum = map(folder, "sums", 4 * count, &bytes);

        for (size_t i = 0; i < count; i++) {
                a[i] = (float)(i % 1000003) * 0.25f;
                b[i] = (float)(i % 999983) * -0.5f;
                sum[i] = a[i] + b[i];
        }
}

static void download(char *to, device_address from, size_t bytes)
{
        void *buffer[2], *stream[2];
        int turn = 0;

        for (int i = 0; i < 2; i++) {
                CALL(cuStreamCreate, &stream[i], 0);
                CALL(cuMemHostAlloc, &buffer[i], PIECE_BYTES, 0);
        }
#define PIECE(at) (bytes - (at) < PIECE_BYTES ? bytes - (at) : PIECE_BYTES)
        CALL(cuMemcpyDtoHAsync_v2, buffer[0], from, PIECE(0), stream[0]);
        for (size_t at = 0; at < bytes; at += PIECE_BYTES) {
                size_t next = at + PIECE_BYTES;

                if (next < bytes)
                        CALL(cuMemcpyDtoHAsync_v2, buffer[!turn], from + next, PIECE(next),
                                stream[!turn]);
                CALL(cuStreamSynchronize, stream[turn]);
                memcpy(to + at, buffer[turn], PIECE(at));
                turn = !turn;
        }
}

static void run(const char *folder, size_t count)
{
        size_t bytes = 4 * count, size;
        unsigned elements = (unsigned)count;
        device_address address[3];
        void *parameters[] = { &address[0], &address[1], &address[2], &elements };
        void *context, *module, *function, *image, *input[2], *output;
        double start = now(), made, loaded, done, copied;
        int device;

        load_library();
        CALL(cuInit, 0);
        CALL(cuDeviceGet, &device, 0);
        CALL(cuCtxCreate_v2, &context, 0, device);
        made = now();
        image = map(folder, "vecadd.ptx", 0, &size);
        CALL(cuModuleLoadDataEx, &module, image, 0, NULL, NULL);
        CALL(cuModuleGetFunction, &function, module, "vecadd");
        loaded = now();
        input[0] = map(folder, "a.bin", 0, &size);
        input[1] = map(folder, "b.bin", 0, &size);
        output = map(folder, "bare.out", bytes, &size);
        for (int i = 0; i < 3; i++)
                CALL(cuMemAlloc_v2, &address[i], bytes);
        for (int i = 0; i < 2; i++)
                CALL(cuMemcpyHtoD_v2, address[i], input[i], bytes);
        CALL(cuLaunchKernel, function, (elements + BLOCK - 1) / BLOCK, 1, 1, BLOCK, 1, 1, 0, NULL,
                parameters, NULL);
        CALL(cuCtxSynchronize);
        done = now();
        download(output, address[2], bytes);
        copied = now();
        printf("bare_context_s=%.4f bare_module_s=%.4f bare_add_s=%.4f bare_output_s=%.4f\n",
                made - start, loaded - made, done - loaded, copied - done);
        fflush(stdout);
        _exit(0); /* as the runner's processes end: the driver cleans up */
}

/* One of many additions, from its inputs to its sums. */
static void add_once(void *function, void *const input[2], float *sums, size_t count)
{
        size_t bytes = 4 * count;
        unsigned elements = (unsigned)count;
        device_address address[3];
        void *parameters[] = { &address[0], &address[1], &address[2], &elements };

        for (int i = 0; i < 3; i++)
                CALL(cuMemAlloc_v2, &address[i], bytes);
        for (int i = 0; i < 2; i++)
                CALL(cuMemcpyHtoD_v2, address[i], input[i], bytes);
        CALL(cuMemsetD32_v2, address[2], 0xfff5fff5u, count);
        CALL(cuLaunchKernel, function, (elements + BLOCK - 1) / BLOCK, 1, 1, BLOCK, 1, 1, 0, NULL,
                parameters, NULL);
        CALL(cuCtxSynchronize);
        CALL(cuMemcpyDtoH_v2, sums, address[2], bytes);
        for (int i = 0; i < 3; i++)
                CALL(cuMemFree_v2, address[i]);
}

static void run_many(const char *folder, size_t count, size_t times)
{
        void *context, *module, *function, *input[2];
        float *sums = calloc(count, sizeof(*sums));
        const float *a, *b;
        double start = now(), made;
        size_t size;
        int device;

        load_library();
        CALL(cuInit, 0);
        CALL(cuDeviceGet, &device, 0);
        CALL(cuCtxCreate_v2, &context, 0, device);
        CALL(cuModuleLoadDataEx, &module, map(folder, "vecadd.ptx", 0, &size), 0, NULL, NULL);
        CALL(cuModuleGetFunction, &function, module, "vecadd");
        input[0] = map(folder, "a.bin", 0, &size);
        input[1] = map(folder, "b.bin", 0, &size);
        made = now();
        if (!sums)
                fail("memory");
        for (size_t i = 0; i < times; i++)
                add_once(function, input, sums, count);
        a = input[0];
        b = input[1];
        for (size_t i = 0; i < count; i++) {
                if (sums[i] != a[i] + b[i]) {
                        fprintf(stderr, "a sum is wrong\n");
                        exit(1);
                }
        }
        printf("bare_context_s=%.4f bare_each_ms=%.4f\n", made - start,
                (now() - made) * 1e3 / (double)times);
        fflush(stdout);
        _exit(0);
}

int main(int argc, char **argv)
{
        bool many = argc == 5 && strcmp(argv[1], "many") == 0;
        size_t count = argc == 4 || many ? strtoul(argv[3], NULL, 0) : 0;
        size_t times = many ? strtoul(argv[4], NULL, 0) : 1;

        if (count == 0 || count > UINT32_MAX || times == 0) {
                fputs("usage: vecadd_bare make|run DIR COUNT, or many DIR COUNT TIMES\n", stderr);
                return 2;
        }
        if (strcmp(argv[1], "make") == 0)
                make(argv[2], count);
        else if (many)
                run_many(argv[2], count, times);
        else
                run(argv[2], count);
        return 0;
}
