#include "dom0/trial/netting.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>

#include "guard/watchdog.h"
#include "lib/cleanup.h"

#define DEVICE "/dev/" XEN_WATCHDOG_DEVICE

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
        answer = xen_watchdog_set(fd, netting->id, seconds);
        if (answer == -EINVAL && netting->id != 0)
                answer = xen_watchdog_set(fd, 0, seconds);
        if (answer < 0)
                return explain("set", -answer, ret_error);
        if (answer > 0) /* the number of a new one */
                netting->id = (uint32_t)answer;
        return true;
}

bool netting_take_away(const struct host *host, struct netting *netting, struct failure *ret_error)
{
        _cleanup_close_ int fd = open_device(host);

        int answer = fd < 0 ? -errno : xen_watchdog_set(fd, netting->id, 0);

        if (answer < 0)
                return explain("take away", -answer, ret_error);
        netting->id = 0;
        return true;
}
