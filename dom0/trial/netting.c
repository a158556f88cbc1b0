#include "dom0/trial/netting.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/mman.h>

#include "lib/cleanup.h"

#define DEVICE "/dev/xen/privcmd"

/*
 * Xen's interface, declared here: xen/include/public/sched.h (SCHEDOP_watchdog, struct
 * sched_watchdog), xen/include/public/xen.h (the number of the call), and Linux's
 * include/uapi/xen/privcmd.h (how a program makes it).
 */
#define HYPERVISOR_SCHED_OP 29u
#define SCHEDOP_WATCHDOG    6u

struct watchdog {
        uint32_t id;      /* 0: a new one is wanted */
        uint32_t timeout; /* seconds; 0: it is taken away */
};

struct hypercall {
        uint64_t operation;
        uint64_t arguments[5];
};

#define PRIVCMD_HYPERCALL _IOC(_IOC_NONE, 'P', 0, sizeof(struct hypercall))

static int call_linux(int fd, unsigned long request, void *argument)
{
        return ioctl(fd, request, argument);
}

int (*netting_call)(int fd, unsigned long request, void *argument) = call_linux;

/* What Xen and Linux mean by their errors here. */
static const struct {
        int error;
        const char *meaning;
} errors[] = {
        { ENOENT, "this is no domain of Xen, or xen-privcmd is not loaded" },
        { ENODEV, "this is no domain of Xen" },
        { EINVAL, "Xen knows no such watchdog of this domain" },
        { ENOSPC, "both watchdogs of this domain are set by others" },
        { ENOSYS, "this Xen has no watchdogs for domains" },
};

static bool explain(const char *what, int error, struct failure *failure)
{
        const char *meaning = strerror(error);

        for (size_t i = 0; i < sizeof(errors) / sizeof(errors[0]); i++)
                if (errors[i].error == error)
                        meaning = errors[i].meaning;
        return fail(failure, EXIT_FAIL, "cannot %s Xen's watchdog: %s", what, meaning);
}

/* Xen reads the words where they lie, and takes no page fault: they must be there. */
static int ask(int fd, struct watchdog words)
{
        struct watchdog *held = mmap(NULL, sizeof(*held), PROT_READ | PROT_WRITE,
                MAP_PRIVATE | MAP_ANONYMOUS | MAP_POPULATE, -1, 0);
        struct hypercall call = { HYPERVISOR_SCHED_OP, { SCHEDOP_WATCHDOG } };
        int answer, error;

        if (held == MAP_FAILED)
                return -1;
        *held = words;
        mlock(held, sizeof(*held)); /* where the limit forbids it, it is there all the same */
        call.arguments[1] = (uint64_t)(uintptr_t)held;
        answer = netting_call(fd, PRIVCMD_HYPERCALL, &call);
        error = errno;
        munmap(held, sizeof(*held));
        errno = error;
        return answer;
}

static int open_device(const struct host *host)
{
        _cleanup_free_ char *path = host_path(host, DEVICE);

        return open(path, O_RDWR | O_CLOEXEC);
}

bool netting_set(const struct host *host, struct netting *netting, uint32_t seconds,
        struct failure *ret_error)
{
        _cleanup_close_ int fd = open_device(host);
        int answer;

        if (fd < 0)
                return explain("set", errno, ret_error);
        answer = ask(fd, (struct watchdog){ netting->id, seconds });
        if (answer < 0 && errno == EINVAL && netting->id != 0)
                answer = ask(fd, (struct watchdog){ 0, seconds });
        if (answer < 0)
                return explain("set", errno, ret_error);
        if (answer > 0) /* the number of a new one */
                netting->id = (uint32_t)answer;
        return true;
}

bool netting_take_away(const struct host *host, struct netting *netting, struct failure *ret_error)
{
        _cleanup_close_ int fd = open_device(host);

        if (fd < 0 || ask(fd, (struct watchdog){ netting->id, 0 }) < 0)
                return explain("take away", errno, ret_error);
        netting->id = 0;
        return true;
}
