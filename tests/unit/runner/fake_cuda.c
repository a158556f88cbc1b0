/*
 * A libcuda.so.1 for the tests of the runner: devices whose memory is the process's own and whose
 * kernels are the C functions below, chosen by the name that the job gives. It misbehaves on
 * request in ways that a driver can and an interpreter should not.
 *
 * FAKE_CUDA: "no-device", "init-error", "init-crash", "moved" (the devices change places after they
 * were listed), or a number of devices (1 when it is not set). FAKE_CUDA_CONTEXTS: a file that
 * says which contexts cannot be made. FAKE_CUDA_FAULT: a fault of one call, see below. Built with
 * FAKE_REHEARSAL it says of itself that it is a rehearsal; with FAKE_OLD it lacks a function.
 */
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "runner/machine/cuda.h"

#define EXPORT __attribute__((visibility("default")))

enum {
        INVALID_VALUE = 1,
        OUT_OF_MEMORY = 2,
        NOT_INITIALIZED = 3,
        NO_DEVICE = 100,
        INVALID_DEVICE = 101,
        INVALID_PTX = 218,
        NOT_FOUND = 500,
        NOT_READY = 600,
        ILLEGAL_ADDRESS = 700,
        NOT_SUPPORTED = 801,
};

#ifdef FAKE_REHEARSAL
EXPORT extern const char forestage_rehearsal[];
const char forestage_rehearsal[] = "1";
#endif

static CUresult sticky;
static size_t taken;                                 /* bytes of device memory */
static size_t limit[7] = { 1024, 1 << 20, 8 << 20 }; /* CUlimit */
static bool poisoned; /* the context has an error from the next call of cuMemFree on */
static bool hoarded;  /* there is no memory left, once the job is over */
static bool named;
static int current; /* the device of the context */

static bool fault(const char *name)
{
        const char *value = getenv("FAKE_CUDA");

        return value && strcmp(value, name) == 0;
}

static int device_count(void)
{
        const char *value = getenv("FAKE_CUDA");
        int count = value ? atoi(value) : 0;

        return fault("no-device") ? 0 : count > 0 ? count : 1;
}

enum effect { NO_EFFECT, WRONG_BYTE };

/*
 * FAKE_CUDA_FAULT=CALL:AMOUNT:NUMBER:EFFECT is a fault of that call, where its amount (of bytes) is
 * AMOUNT or more, the NUMBERth time and from then on: EFFECT is a CUresult, or "hang", "crash",
 * "leave" (the process ends), "wrong" (a byte of the result). Returns the CUresult.
 */
static CUresult suffer(const char *call, size_t amount, enum effect *ret_effect)
{
        const char *text = getenv("FAKE_CUDA_FAULT");
        static unsigned times;
        char name[64], effect[16];
        unsigned number;
        size_t least;

        *ret_effect = NO_EFFECT;
        if (!text || sscanf(text, "%63[^:]:%zu:%u:%15s", name, &least, &number, effect) != 4 ||
                strcmp(name, call) != 0 || amount < least || ++times < number)
                return CUDA_SUCCESS;
        if (strcmp(effect, "crash") == 0)
                raise(SIGSEGV);
        if (strcmp(effect, "leave") == 0)
                _exit(3);
        while (strcmp(effect, "hang") == 0)
                pause();
        if (strcmp(effect, "wrong") == 0)
                *ret_effect = WRONG_BYTE;
        return atoi(effect);
}

#define SUFFER(call, amount)                                    \
        do {                                                    \
                enum effect effect;                             \
                CUresult error = suffer(call, amount, &effect); \
                if (error)                                      \
                        return error;                           \
        } while (0)

EXPORT CUresult cuInit(unsigned flags)
{
        SUFFER("cuInit", flags);
        if (fault("init-crash"))
                raise(SIGSEGV);
        if (fault("no-device"))
                return NO_DEVICE;
        return fault("init-error") ? 999 : CUDA_SUCCESS;
}

EXPORT CUresult cuDriverGetVersion(int *version)
{
        *version = 12020;
        return CUDA_SUCCESS;
}

EXPORT CUresult cuGetErrorName(CUresult error, const char **name)
{
        *name = error == ILLEGAL_ADDRESS ? "CUDA_ERROR_ILLEGAL_ADDRESS"
                : error == INVALID_PTX   ? "CUDA_ERROR_INVALID_PTX"
                : error == NOT_FOUND     ? "CUDA_ERROR_NOT_FOUND"
                : error == OUT_OF_MEMORY ? "CUDA_ERROR_OUT_OF_MEMORY"
                : error == NO_DEVICE     ? "CUDA_ERROR_NO_DEVICE"
                : error == NOT_SUPPORTED ? "CUDA_ERROR_NOT_SUPPORTED"
                                         : NULL;
        return *name ? CUDA_SUCCESS : INVALID_VALUE;
}

EXPORT CUresult cuGetErrorString(CUresult error, const char **text)
{
        (void)error;
        *text = "a fault of the fake";
        return CUDA_SUCCESS;
}

EXPORT CUresult cuDeviceGetCount(int *count)
{
        *count = device_count();
        return CUDA_SUCCESS;
}

EXPORT CUresult cuDeviceGet(CUdevice *device, int ordinal)
{
        if (ordinal < 0 || ordinal >= device_count())
                return INVALID_DEVICE;
        *device = ordinal;
        return CUDA_SUCCESS;
}

EXPORT CUresult cuDeviceGetName(char *name, int length, CUdevice device)
{
        named = true;
        snprintf(name, (size_t)length, "Fake GPU %d", device);
        return CUDA_SUCCESS;
}

EXPORT CUresult cuDeviceGetUuid(CUuuid *uuid, CUdevice device)
{
        memset(uuid, 0x11, sizeof(*uuid));
        uuid->bytes[15] = (unsigned char)device;
        if (fault("moved") && !named) /* only who lists the devices asks for names */
                uuid->bytes[15] = 0xee;
        return CUDA_SUCCESS;
}

EXPORT CUresult cuDeviceGetPCIBusId(char *id, int length, CUdevice device)
{
        snprintf(id, (size_t)length, "0000:%02X:00.0", 0xa0 + device);
        return CUDA_SUCCESS;
}

EXPORT CUresult cuDeviceTotalMem_v2(size_t *bytes, CUdevice device)
{
        (void)device;
        *bytes = (size_t)16 << 30;
        return CUDA_SUCCESS;
}

EXPORT CUresult cuDeviceGetAttribute(int *value, int attribute, CUdevice device)
{
        (void)device;
        *value = attribute == CU_DEVICE_ATTRIBUTE_COMPUTE_CAPABILITY_MAJOR            ? 9
                 : attribute == CU_DEVICE_ATTRIBUTE_COMPUTE_CAPABILITY_MINOR          ? 0
                 : attribute == CU_DEVICE_ATTRIBUTE_MAX_SHARED_MEMORY_PER_BLOCK_OPTIN ? 65536
                                                                                      : 4;
        return CUDA_SUCCESS;
}

/* The file has a byte for each context to come, the next one last: 'x' for one that fails. */
static bool context_fails(void)
{
        const char *path = getenv("FAKE_CUDA_CONTEXTS");
        int fd = path ? open(path, O_RDWR | O_CLOEXEC) : -1;
        off_t bytes = fd >= 0 ? lseek(fd, 0, SEEK_END) : 0;
        bool fails = false;
        char next;

        if (bytes > 0)
                fails = pread(fd, &next, 1, bytes - 1) != 1 || ftruncate(fd, bytes - 1) != 0 ||
                        next == 'x';
        if (fd >= 0)
                close(fd);
        return fails;
}

EXPORT CUresult cuCtxCreate_v2(CUcontext *context, unsigned flags, CUdevice device)
{
        (void)flags;
        current = device;
        SUFFER("cuCtxCreate", 0);
        if (context_fails())
                return OUT_OF_MEMORY;
        *context = (CUcontext)&sticky;
        return CUDA_SUCCESS;
}

EXPORT CUresult cuCtxSynchronize(void)
{
        return sticky;
}

EXPORT CUresult cuCtxGetLimit(size_t *value, int number)
{
        if (number >= 3)
                return INVALID_VALUE;
        *value = limit[number];
        return CUDA_SUCCESS;
}

/* --- modules: any text that starts with "fake" --- */

/* A byte for each module that was loaded, in the file $FAKE_CUDA_LOADS. */
static void note_load(void)
{
        const char *path = getenv("FAKE_CUDA_LOADS");
        FILE *file = path ? fopen(path, "ae") : NULL;

        if (file)
                fputc('m', file);
        if (file)
                fclose(file);
}

EXPORT CUresult cuModuleLoadDataEx(
        CUmodule *module, const void *image, unsigned options, int *option, void **value)
{
        SUFFER("cuModuleLoadDataEx", 0);
        if (strncmp(image, "fake", 4) == 0 || strstr(image, "ladder_mix")) {
                note_load();
                *module = (CUmodule)&sticky;
                return CUDA_SUCCESS;
        }
        for (unsigned i = 0; i < options; i++) {
                if (option[i] == CU_JIT_ERROR_LOG_BUFFER)
                        strcpy(value[i], "line 1; fatal : not fake enough\n");
        }
        return INVALID_PTX;
}

EXPORT CUresult cuModuleUnload(CUmodule module)
{
        return module == (CUmodule)&sticky ? CUDA_SUCCESS : INVALID_VALUE;
}

/* buffer[i] are the kernel's parameters as pointers. */
typedef void kernel(unsigned char **buffer);

/* in, out, u32 count: out = in + 1 */
static void increment(unsigned char **buffer)
{
        uint32_t count = (uint32_t)(uintptr_t)buffer[2];

        for (uint32_t i = 0; i < count; i++)
                buffer[1][i] = (unsigned char)(buffer[0][i] + 1);
}

/* Takes longer than the process of the next job needs to come to its turn, or to its end. */
static void linger(unsigned char **buffer)
{
        usleep(1500000);
        increment(buffer);
}

static void do_nothing(unsigned char **buffer)
{
        (void)buffer;
}

static void hang(unsigned char **buffer)
{
        (void)buffer;
        for (;;)
                pause();
}

static void crash(unsigned char **buffer)
{
        (void)buffer;
        raise(SIGSEGV);
}

static void leave(unsigned char **buffer)
{
        (void)buffer;
        _exit(0);
}

static void illegal(unsigned char **buffer)
{
        (void)buffer;
        sticky = ILLEGAL_ADDRESS;
}

static void speak(unsigned char **buffer)
{
        printf("hello from the kernel\n");
        fprintf(stderr, "and an error\n");
        increment(buffer);
}

/* More output than anybody keeps. */
static void babble(unsigned char **buffer)
{
        static char text[1 << 16];

        memset(text, 'x', sizeof(text));
        for (int i = 0; i < 80; i++)
                fwrite(text, 1, sizeof(text), stdout);
        increment(buffer);
}

/* A grandchild in a session of its own, that holds the pipes and would live for ever. */
static void orphan(unsigned char **buffer)
{
        if (fork() == 0) {
                setsid();
                if (fork() == 0) {
                        for (;;)
                                pause();
                }
                _exit(0);
        }
        increment(buffer);
}

/* Floats: in, out, u32 count: what the f32 tests need. */
static void make_nan(unsigned char **buffer)
{
        uint32_t count = (uint32_t)(uintptr_t)buffer[2], nan = 0x7fc00000;

        memcpy(buffer[1], buffer[0], count);
        memcpy(buffer[1] + 4, &nan, sizeof(nan));
}

/* Bytes: in, out, u32 count: the second half is forgotten. */
static void half(unsigned char **buffer)
{
        memcpy(buffer[1], buffer[0], (uint32_t)(uintptr_t)buffer[2] / 2);
}

/* scratch, out, u32 count: the scratch memory must be zero at every launch. */
static void count_up(unsigned char **buffer)
{
        uint32_t count = (uint32_t)(uintptr_t)buffer[2];

        for (uint32_t i = 0; i < count; i++)
                buffer[1][i] = ++buffer[0][i];
}

/* Writes into the region that the process has mapped, wherever that is. */
static void vandal(unsigned char **buffer)
{
        FILE *maps = fopen("/proc/self/maps", "re");
        char line[512];
        void *start;

        while (maps && fgets(line, sizeof(line), maps)) {
                if (strstr(line, ".region") && sscanf(line, "%p-", &start) == 1)
                        memset((char *)start + 4096, 0x55, 4096);
        }
        increment(buffer);
}

/* Two of them pass only while both run: each leaves a file in $FAKE_CUDA_MEET and waits for two. */
static void meet(unsigned char **buffer)
{
        const char *folder = getenv("FAKE_CUDA_MEET");
        char path[300];
        int there = 0;

        for (int device = 0; device < 2; device++) {
                snprintf(path, sizeof(path), "%s/%d", folder, device);
                if (device == current)
                        fclose(fopen(path, "we"));
        }
        for (int i = 0; i < 3000 && there < 2; i++) {
                there = 0;
                for (int device = 0; device < 2; device++) {
                        snprintf(path, sizeof(path), "%s/%d", folder, device);
                        there += access(path, F_OK) == 0;
                }
                usleep(10000);
        }
        if (there == 2)
                increment(buffer);
}

/* The kernel's log, which is the file $FAKE_CUDA_LOG, says that GPU 0 did something wrong. */
static void say_xid(void)
{
        FILE *log = fopen(getenv("FAKE_CUDA_LOG"), "ae");

        fputs("6,100,1,-;nvidia-nvlink: nothing of interest\n"
              "3,101,2,-;NVRM: Xid (PCI:0000:a1:00): 99, of another GPU\n"
              "3,102,3,-;NVRM: Xid (PCI:0000:a0:00): 31, pid=1, name=x, MMU Fault\n",
                log);
        fclose(log);
}

static void complain(unsigned char **buffer)
{
        (void)buffer;
        say_xid();
        sticky = ILLEGAL_ADDRESS;
}

static void mutter(unsigned char **buffer)
{
        increment(buffer);
        say_xid();
}

/* The ladder's: data, u32 count, u32 seed. */
static void ladder_mix(unsigned char **buffer)
{
        uint32_t count = (uint32_t)(uintptr_t)buffer[1], seed = (uint32_t)(uintptr_t)buffer[2];
        uint32_t *data = (uint32_t *)(void *)buffer[0];

        for (uint32_t i = 0; i < count; i++)
                data[i] = (data[i] * 1664525u + i) ^ seed;
}

/* What it took is not there for the jobs after it. */
static void leak(unsigned char **buffer)
{
        taken += 1 << 20;
        increment(buffer);
}

static void grow_stack(unsigned char **buffer)
{
        limit[0] *= 2;
        increment(buffer);
}

/* Right, but the context is lost all the same. */
static void poison(unsigned char **buffer)
{
        increment(buffer);
        poisoned = true;
}

/* Takes all that is left, when another one of its kind has run in the process before. */
static void hoard(unsigned char **buffer)
{
        increment(buffer);
        hoarded = true;
}

/* Right in a process of its own only: it says how many jobs this one has done before. */
static void count_jobs(unsigned char **buffer)
{
        static unsigned char count;

        increment(buffer);
        buffer[1][0] = count++;
}

static const struct fake {
        const char *name;
        kernel *run;
        size_t parameters;
        size_t bytes[4];
} kernels[] = {
        { "increment", increment, 3, { 8, 8, 4 } },
        { "spacious", increment, 4, { 8, 8, 4, 8 } },
        { "linger", linger, 3, { 8, 8, 4 } },
        { "nothing", do_nothing, 3, { 8, 8, 4 } },
        { "hang", hang, 3, { 8, 8, 4 } },
        { "crash", crash, 3, { 8, 8, 4 } },
        { "leave", leave, 3, { 8, 8, 4 } },
        { "illegal", illegal, 3, { 8, 8, 4 } },
        { "speak", speak, 3, { 8, 8, 4 } },
        { "babble", babble, 3, { 8, 8, 4 } },
        { "orphan", orphan, 3, { 8, 8, 4 } },
        { "make_nan", make_nan, 3, { 8, 8, 4 } },
        { "half", half, 3, { 8, 8, 4 } },
        { "count_up", count_up, 3, { 8, 8, 4 } },
        { "vandal", vandal, 3, { 8, 8, 4 } },
        { "meet", meet, 3, { 8, 8, 4 } },
        { "complain", complain, 3, { 8, 8, 4 } },
        { "mutter", mutter, 3, { 8, 8, 4 } },
        { "ladder_mix", ladder_mix, 3, { 8, 4, 4 } },
        { "leak", leak, 3, { 8, 8, 4 } },
        { "grow_stack", grow_stack, 3, { 8, 8, 4 } },
        { "poison", poison, 3, { 8, 8, 4 } },
        { "hoard", hoard, 3, { 8, 8, 4 } },
        { "count_jobs", count_jobs, 3, { 8, 8, 4 } },
};

EXPORT CUresult cuModuleGetFunction(CUfunction *function, CUmodule module, const char *name)
{
        (void)module;
        for (size_t i = 0; i < sizeof(kernels) / sizeof(kernels[0]); i++) {
                if (strcmp(kernels[i].name, name) == 0) {
                        *function = (CUfunction)&kernels[i];
                        return CUDA_SUCCESS;
                }
        }
        return NOT_FOUND;
}

EXPORT CUresult cuFuncGetAttribute(int *value, int attribute, CUfunction function)
{
        (void)function;
        *value = attribute == CU_FUNC_ATTRIBUTE_MAX_THREADS_PER_BLOCK ? 512 : 1024;
        return CUDA_SUCCESS;
}

EXPORT CUresult cuFuncSetAttribute(CUfunction function, int attribute, int value)
{
        (void)function;
        (void)attribute;
        (void)value;
        return CUDA_SUCCESS;
}

EXPORT CUresult cuFuncGetParamInfo(CUfunction function, size_t index, size_t *offset, size_t *size)
{
        const struct fake *fake = (const struct fake *)function;

        if (index >= fake->parameters)
                return INVALID_VALUE;
        *offset = 8 * index;
        *size = fake->bytes[index];
        return CUDA_SUCCESS;
}

/* --- memory --- */

#define DEVICE_BYTES ((size_t)16 << 30)

/* Each has its size before it. */
EXPORT CUresult cuMemAlloc_v2(CUdeviceptr *address, size_t bytes)
{
        char *memory = bytes < 1u << 30 && !hoarded ? malloc(16 + bytes) : NULL;

        SUFFER("cuMemAlloc", bytes);
        if (!memory)
                return OUT_OF_MEMORY;
        memcpy(memory, &bytes, sizeof(bytes));
        memory += 16;
        taken += bytes;
        *address = (CUdeviceptr)(uintptr_t)memory;
        return CUDA_SUCCESS;
}

/* A byte for each buffer that was given back with anything in it, in the file $FAKE_CUDA_DIRTY. */
static void note_dirt(const char *memory, size_t bytes)
{
        const char *path = getenv("FAKE_CUDA_DIRTY");
        size_t clean = 0;
        FILE *file;

        while (clean < bytes && memory[clean] == 0)
                clean++;
        file = path && clean < bytes ? fopen(path, "ae") : NULL;
        if (file)
                fputc('d', file);
        if (file)
                fclose(file);
}

EXPORT CUresult cuMemFree_v2(CUdeviceptr address)
{
        char *memory = (char *)(uintptr_t)address - 16;
        size_t bytes;

        memcpy(&bytes, memory, sizeof(bytes));
        note_dirt(memory + 16, bytes);
        taken -= bytes;
        free(memory);
        if (poisoned)
                sticky = ILLEGAL_ADDRESS;
        return CUDA_SUCCESS;
}

EXPORT CUresult cuMemGetInfo_v2(size_t *free_bytes, size_t *total)
{
        *total = DEVICE_BYTES;
        *free_bytes = DEVICE_BYTES - taken;
        return sticky;
}

EXPORT CUresult cuMemcpyHtoD_v2(CUdeviceptr to, const void *from, size_t bytes)
{
        enum effect effect;
        CUresult error = suffer("cuMemcpyHtoD", bytes, &effect);

        memcpy((void *)(uintptr_t)to, from, bytes);
        if (effect == WRONG_BYTE)
                ((unsigned char *)(uintptr_t)to)[bytes / 2] ^= 1;
        return error ? error : sticky;
}

EXPORT CUresult cuMemcpyDtoH_v2(void *to, CUdeviceptr from, size_t bytes)
{
        enum effect effect;
        CUresult error = suffer("cuMemcpyDtoH", bytes, &effect);

        memcpy(to, (const void *)(uintptr_t)from, bytes);
        if (effect == WRONG_BYTE)
                ((unsigned char *)to)[bytes / 2] ^= 1;
        return error ? error : sticky;
}

EXPORT CUresult cuMemFreeHost(void *memory)
{
        free(memory);
        return sticky;
}

#ifndef FAKE_OLD
EXPORT CUresult cuMemHostRegister_v2(void *memory, size_t bytes, unsigned flags)
{
        (void)memory;
        (void)flags;
        SUFFER("cuMemHostRegister", bytes);
        return sticky;
}
#endif

EXPORT CUresult cuMemHostUnregister(void *memory)
{
        (void)memory;
        return sticky;
}

/*
 * Copies when it is waited for, so that nobody gets away with not waiting. One that others wait for
 * has one copy at a time.
 */
#define COPIES 16

static struct fake_stream {
        bool alone; /* CU_STREAM_NON_BLOCKING */
        size_t copies;
        unsigned waits; /* how often it was waited for */
        struct {
                void *to;
                const void *from;
                size_t bytes;
        } copy[COPIES];
} streams[64];

EXPORT CUresult cuStreamCreate(CUstream *stream, unsigned flags)
{
        static size_t count;

        if (count == sizeof(streams) / sizeof(streams[0]))
                return INVALID_VALUE;
        SUFFER("cuStreamCreate", 0);
        streams[count].alone = flags == CU_STREAM_NON_BLOCKING;
        *stream = (CUstream)&streams[count++];
        return CUDA_SUCCESS;
}

EXPORT CUresult cuMemHostAlloc(void **address, size_t bytes, unsigned flags)
{
        SUFFER(flags & CU_MEMHOSTALLOC_WRITECOMBINED ? "write-combined" : "cached", bytes);
        *address = malloc(bytes);
        return *address ? CUDA_SUCCESS : OUT_OF_MEMORY;
}

EXPORT CUresult cuMemcpyDtoHAsync_v2(void *to, CUdeviceptr from, size_t bytes, CUstream stream)
{
        struct fake_stream *fake = (struct fake_stream *)stream;

        if (fake->copies == (fake->alone ? COPIES : 1))
                return INVALID_VALUE;
        fake->copy[fake->copies].to = to;
        fake->copy[fake->copies].from = (const void *)(uintptr_t)from;
        fake->copy[fake->copies++].bytes = bytes;
        return sticky;
}

EXPORT CUresult cuStreamSynchronize(CUstream stream)
{
        struct fake_stream *fake = (struct fake_stream *)stream;

        if (!fake) /* the context's own: nothing is left in it */
                return sticky;
        for (size_t i = 0; i < fake->copies; i++)
                memcpy(fake->copy[i].to, fake->copy[i].from, fake->copy[i].bytes);
        fake->copies = 0;
        fake->waits++;
        return sticky;
}

/* --- events: they are reached when their stream was waited for --- */

static struct fake_event {
        const struct fake_stream *stream; /* NULL: it was not recorded */
        unsigned waits;
        struct timespec time;
} events[256];

EXPORT CUresult cuEventCreate(CUevent *event, unsigned flags)
{
        static size_t count;

        if (flags != 0 || count == sizeof(events) / sizeof(events[0]))
                return INVALID_VALUE;
        *event = (CUevent)&events[count++];
        return CUDA_SUCCESS;
}

EXPORT CUresult cuEventRecord(CUevent event, CUstream stream)
{
        struct fake_event *fake = (struct fake_event *)event;

        fake->stream = (const struct fake_stream *)stream;
        fake->waits = fake->stream->waits;
        clock_gettime(CLOCK_MONOTONIC, &fake->time);
        return sticky;
}

EXPORT CUresult cuEventElapsedTime(float *milliseconds, CUevent start, CUevent end)
{
        const struct fake_event *from = (const struct fake_event *)start;
        const struct fake_event *to = (const struct fake_event *)end;

        if (!from->stream || !to->stream)
                return INVALID_VALUE;
        if (to->waits == to->stream->waits)
                return NOT_READY;
        *milliseconds = (float)((double)(to->time.tv_sec - from->time.tv_sec) * 1e3 +
                                (double)(to->time.tv_nsec - from->time.tv_nsec) * 1e-6);
        return CUDA_SUCCESS;
}

/* --- filling in a stream: at once, for kernels run at once --- */

EXPORT CUresult cuMemcpyHtoDAsync_v2(
        CUdeviceptr to, const void *from, size_t bytes, CUstream stream)
{
        (void)stream;
        return cuMemcpyHtoD_v2(to, from, bytes);
}

EXPORT CUresult cuMemsetD8_v2(CUdeviceptr to, unsigned char value, size_t count)
{
        memset((void *)(uintptr_t)to, value, count);
        return sticky;
}

EXPORT CUresult cuMemsetD32_v2(CUdeviceptr to, unsigned value, size_t count)
{
        for (size_t i = 0; i < count; i++)
                memcpy((char *)(uintptr_t)to + 4 * i, &value, sizeof(value));
        return sticky;
}

EXPORT CUresult cuMemsetD8Async(CUdeviceptr to, unsigned char value, size_t count, CUstream stream)
{
        (void)stream;
        return cuMemsetD8_v2(to, value, count);
}

EXPORT CUresult cuMemsetD32Async(CUdeviceptr to, unsigned value, size_t count, CUstream stream)
{
        (void)stream;
        return cuMemsetD32_v2(to, value, count);
}

EXPORT CUresult cuLaunchKernel(CUfunction function, unsigned grid_x, unsigned grid_y,
        unsigned grid_z, unsigned block_x, unsigned block_y, unsigned block_z,
        unsigned shared_bytes, CUstream stream, void **parameters, void **extra)
{
        const struct fake *fake = (const struct fake *)function;
        unsigned char *buffer[4] = { NULL };

        (void)grid_x, (void)grid_y, (void)grid_z, (void)block_x, (void)block_y, (void)block_z;
        (void)shared_bytes, (void)stream, (void)extra;
        SUFFER("cuLaunchKernel", 0);
        for (size_t i = 0; i < fake->parameters; i++)
                memcpy(&buffer[i], parameters[i], fake->bytes[i]);
        fake->run(buffer);
        return CUDA_SUCCESS;
}
