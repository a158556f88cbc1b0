/*
 * A preload library that answers NVIDIA's kernel module's part of one question: what becomes of a
 * CUDA program when write-combined system memory is refused, as the module does where it does not
 * accept the page attribute table? It sits on ioctl(2) and leaves everything else alone.
 *
 *   INJECT=log       nothing is changed
 *   INJECT=refuse    write-combined system memory: NV_ERR_NOT_SUPPORTED, without asking the driver
 *   INJECT=uncached  it is asked for as uncached memory instead
 *   INJECT=cached    … as cached memory instead
 *   INJECT_ABOVE=N   only requests for more than N bytes
 *   INJECT_LOG=FILE  one line is appended for every system-memory allocation
 *
 * The numbers are the interface of NVIDIA's open kernel modules since 525 (nvos.h, nv_escape.h,
 * nv-ioctl-numbers.h); a request of another size is passed on and logged as unknown.
 */
#include <dlfcn.h>
#include <fcntl.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <unistd.h>

#define RM_TYPE         'F'
#define RM_ALLOC_MEMORY 0x27
#define RM_ALLOC        0x2b
#define RM_TRANSFER     211 /* another request, wrapped: command, size, pointer */

#define CLASS_SYSTEM_MEMORY 0x3e
#define NOT_SUPPORTED       0x56

enum coherency { UNCACHED = 0, CACHED = 1, WRITE_COMBINE = 2, COHERENCIES = 6 };

static const char *const coherency_names[COHERENCIES] = { "uncached", "cached", "write-combine",
        "write-through", "write-protect", "write-back" };

/* RM_ALLOC: the short form, and the one with rights (pointer at 24, behind it size and flags). */
struct alloc {
        uint32_t root, parent, object, class;
        uint64_t parameters;
        union {
                struct {
                        uint32_t size, status;
                } brief;
                struct {
                        uint64_t rights;
                        uint32_t size, flags, status;
                } full;
        } tail;
};

#define BRIEF_SIZE 32
#define FULL_SIZE  48

/* What class 0x3e takes as parameters, as far as it is read here. */
struct memory {
        uint32_t owner, type, flags, width, height;
        int32_t pitch;
        uint32_t attributes, attributes2, format, compression, depth;
        uint64_t low, high, size;
};

#define LOCATION_SHIFT  25 /* two bits; 1: system memory */
#define LOCATION_MASK   3u
#define LOCATION_SYSTEM 1u
#define COHERENCY_SHIFT 29 /* three bits */
#define COHERENCY_MASK  7u

/* RM_ALLOC_MEMORY, the older way to the same class. */
struct old_memory {
        uint32_t root, parent, object, class, flags;
        uint64_t memory, limit;
        uint32_t status;
};

#define OLD_LOCATION_SHIFT  8 /* four bits; 0: system memory */
#define OLD_COHERENCY_SHIFT 12
#define OLD_MASK            15u

struct transfer {
        uint32_t command, size;
        uint64_t pointer;
};

/* One request for system memory, whichever way it came. */
struct request {
        const char *way;
        uint64_t bytes;
        uint32_t *word; /* holds the coherency */
        unsigned int shift;
        uint32_t mask;
        uint32_t *status;
};

static enum { MODE_LOG, MODE_REFUSE, MODE_UNCACHED, MODE_CACHED } mode;
static uint64_t above;
static int log_fd = -1;
static int (*next_ioctl)(int, unsigned long, ...);

static const char *const mode_names[] = { "log", "refuse", "uncached", "cached" };

__attribute__((constructor)) static void start(void)
{
        const char *wanted = getenv("INJECT"), *path = getenv("INJECT_LOG");
        const char *least = getenv("INJECT_ABOVE");

        for (unsigned int i = 0; wanted && i < sizeof(mode_names) / sizeof(mode_names[0]); i++)
                if (strcmp(wanted, mode_names[i]) == 0)
                        mode = i;
        if (least)
                above = strtoull(least, NULL, 10);
        if (path)
                log_fd = open(path, O_WRONLY | O_APPEND | O_CREAT | O_CLOEXEC, 0644);
}

static enum coherency coherency_of(const struct request *request)
{
        return (*request->word >> request->shift) & request->mask;
}

static void set_coherency(struct request *request, enum coherency coherency)
{
        *request->word = (*request->word & ~(request->mask << request->shift)) |
                         ((uint32_t)coherency << request->shift);
}

static bool from_alloc(struct alloc *alloc, size_t size, struct request *ret_request)
{
        struct memory *memory;

        if (size < BRIEF_SIZE || alloc->class != CLASS_SYSTEM_MEMORY || alloc->parameters == 0)
                return false;
        memory = (struct memory *)(uintptr_t)alloc->parameters;
        if (size != BRIEF_SIZE && size != FULL_SIZE) {
                if (log_fd >= 0)
                        dprintf(log_fd, "unknown alloc of %zu bytes\n", size);
                return false;
        }
        if (((memory->attributes >> LOCATION_SHIFT) & LOCATION_MASK) != LOCATION_SYSTEM)
                return false;
        *ret_request = (struct request){ "alloc", memory->size, &memory->attributes,
                COHERENCY_SHIFT, COHERENCY_MASK,
                size == BRIEF_SIZE ? &alloc->tail.brief.status : &alloc->tail.full.status };
        return true;
}

static bool from_old(struct old_memory *old, size_t size, struct request *ret_request)
{
        if (size < sizeof(*old) || old->class != CLASS_SYSTEM_MEMORY)
                return false;
        if (((old->flags >> OLD_LOCATION_SHIFT) & OLD_MASK) != 0)
                return false;
        *ret_request = (struct request){ "alloc-memory", old->limit + 1, &old->flags,
                OLD_COHERENCY_SHIFT, OLD_MASK, &old->status };
        return true;
}

/* Whether this ioctl asks for system memory; follows a wrapped request to the real one. */
static bool decode(unsigned long number, void *argument, struct request *ret_request)
{
        unsigned int command = _IOC_NR(number);
        size_t size = _IOC_SIZE(number);

        if (_IOC_TYPE(number) != RM_TYPE || !argument)
                return false;
        if (command == RM_TRANSFER && size == sizeof(struct transfer)) {
                struct transfer *transfer = argument;

                command = transfer->command;
                size = transfer->size;
                argument = (void *)(uintptr_t)transfer->pointer;
        }
        if (command == RM_ALLOC && argument)
                return from_alloc(argument, size, ret_request);
        if (command == RM_ALLOC_MEMORY && argument)
                return from_old(argument, size, ret_request);
        return false;
}

static void note(const struct request *request, enum coherency asked, const char *done)
{
        if (log_fd < 0)
                return;
        dprintf(log_fd, "system-memory way=%s bytes=%llu coherency=%s action=%s status=0x%x\n",
                request->way, (unsigned long long)request->bytes,
                asked < COHERENCIES ? coherency_names[asked] : "?", done, *request->status);
}

/* Looked up when first needed: other libraries may call before this one has started. */
static int pass_on(int fd, unsigned long number, void *argument)
{
        if (!next_ioctl)
                next_ioctl = (int (*)(int, unsigned long, ...))dlsym(RTLD_NEXT, "ioctl");
        return next_ioctl(fd, number, argument);
}

int ioctl(int fd, unsigned long number, ...)
{
        struct request request;
        enum coherency asked;
        const char *done = "passed";
        va_list arguments;
        void *argument;
        bool meant;
        int result;

        va_start(arguments, number);
        argument = va_arg(arguments, void *);
        va_end(arguments);
        if (!decode(number, argument, &request))
                return pass_on(fd, number, argument);
        asked = coherency_of(&request);
        meant = asked == WRITE_COMBINE && request.bytes > above;
        if (meant && mode == MODE_REFUSE) {
                *request.status = NOT_SUPPORTED;
                note(&request, asked, "refused");
                return 0; /* the driver answers in the status, too */
        }
        if (meant && mode != MODE_LOG) {
                set_coherency(&request, mode == MODE_CACHED ? CACHED : UNCACHED);
                done = "changed";
        }
        result = pass_on(fd, number, argument);
        note(&request, asked, done);
        return result;
}
