#include "guard/watchdog.h"

#include <errno.h>
#include <sys/ioctl.h>
#include <sys/mman.h>

#define XEN_SCHED_OP       29u /* __HYPERVISOR_sched_op of Xen's public/xen.h */
#define XEN_SCHED_WATCHDOG 6u  /* SCHEDOP_watchdog */

/* struct privcmd_hypercall of Linux's xen/privcmd.h */
struct hypercall {
        uint64_t operation;
        uint64_t argument[5];
};

#define PRIVCMD_HYPERCALL _IOC(_IOC_NONE, 'P', 0, sizeof(struct hypercall))

/* struct sched_watchdog of Xen's public/sched.h */
struct sched_watchdog {
        uint32_t id;
        uint32_t timeout;
};

static int call_linux(int device, unsigned long request, void *argument)
{
        return ioctl(device, request, argument);
}

int (*xen_watchdog_call)(int device, unsigned long request, void *argument) = call_linux;

int xen_watchdog_set(int device, uint32_t id, uint32_t seconds)
{
        struct sched_watchdog watchdog = { .id = id, .timeout = seconds };
        struct hypercall call = {
                .operation = XEN_SCHED_OP,
                .argument = { XEN_SCHED_WATCHDOG, (uint64_t)(uintptr_t)&watchdog },
        };
        int number;

        /* Xen reads it by its address, and no page fault could bring it back meanwhile. */
        if (mlock(&watchdog, sizeof(watchdog)) != 0)
                return -errno;
        number = xen_watchdog_call(device, PRIVCMD_HYPERCALL, &call);
        return number < 0 ? -errno : number;
}
