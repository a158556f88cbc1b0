#include "initramfs/stage/phase.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/fs.h>
#include <pthread.h>
#include <stdio.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/mount.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "lib/cleanup.h"
#include "lib/uuid.h"

/* Non-volatile, boot service access, run time access (UEFI 2.10, 8.2). */
#define ATTRIBUTES 7u

size_t phase_format(const uint8_t run_id[16], const char *phase, uint8_t ret_bytes[PHASE_BYTES])
{
        static const uint8_t attributes[4] = { ATTRIBUTES };
        char text[UUID_LENGTH + 1];
        size_t length = strnlen(phase, PHASE_MAX_WORD);

        uuid_format(run_id, text);
        text[UUID_LENGTH] = ' ';
        memcpy(ret_bytes, attributes, sizeof(attributes));
        memcpy(ret_bytes + sizeof(attributes), text, sizeof(text));
        memcpy(ret_bytes + sizeof(attributes) + sizeof(text), phase, length);
        return sizeof(attributes) + sizeof(text) + length;
}

static bool load_module(void)
{
        _cleanup_close_ int fd = open(PHASE_MODULE, O_RDONLY | O_CLOEXEC);

        return fd >= 0 && (syscall(SYS_finit_module, fd, "", 0) == 0 || errno == EEXIST);
}

static bool mount_variables(void)
{
        return mount("efivarfs", PHASE_FOLDER, "efivarfs", MS_NOSUID | MS_NODEV | MS_NOEXEC,
                       NULL) == 0 ||
               errno == EBUSY;
}

bool phase_mount(void)
{
        if (mount_variables())
                return true;
        return errno == ENODEV && load_module() && mount_variables();
}

/* efivarfs makes most variables immutable, so that nobody bricks a machine with rm -r. */
static void make_mutable(const char *path)
{
        _cleanup_close_ int fd = open(path, O_RDONLY | O_CLOEXEC);
        int flags;

        if (fd < 0)
                return;
        if (ioctl(fd, FS_IOC_GETFLAGS, &flags) == 0 && (flags & FS_IMMUTABLE_FL)) {
                flags &= ~FS_IMMUTABLE_FL;
                ioctl(fd, FS_IOC_SETFLAGS, &flags);
        }
}

/* One write is one SetVariable: all of the value or nothing. */
bool phase_write(const char *folder, const uint8_t run_id[16], const char *phase)
{
        uint8_t bytes[PHASE_BYTES];
        size_t length = phase_format(run_id, phase, bytes);
        char path[256];
        _cleanup_close_ int fd = -1;
        ssize_t written;

        snprintf(path, sizeof(path), "%s/%s", folder, PHASE_VARIABLE);
        make_mutable(path);
        fd = open(path, O_WRONLY | O_CREAT | O_CLOEXEC, 0600);
        written = fd < 0 ? -1 : write(fd, bytes, length);
        if (written >= 0)
                errno = EIO; /* in part */
        return written == (ssize_t)length;
}

/* --- beside init --- */

static struct {
        uint8_t run_id[16];
        const char *first;
        pthread_t thread;
        bool at_work, mounted;
} phases;

static void *mount_and_write(void *nothing)
{
        phases.mounted = phase_mount();
        if (phases.mounted)
                phase_write(PHASE_FOLDER, phases.run_id, phases.first);
        return nothing;
}

void phase_start(const uint8_t run_id[16], const char *phase)
{
        memcpy(phases.run_id, run_id, sizeof(phases.run_id));
        phases.first = phase;
        phases.at_work = pthread_create(&phases.thread, NULL, mount_and_write, NULL) == 0;
        if (!phases.at_work)
                mount_and_write(NULL);
}

void phase_wait(void)
{
        if (phases.at_work)
                pthread_join(phases.thread, NULL);
        phases.at_work = false;
}

void phase_enter(const char *phase)
{
        phase_wait();
        if (phases.mounted)
                phase_write(PHASE_FOLDER, phases.run_id, phase);
}
