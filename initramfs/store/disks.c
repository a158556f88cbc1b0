#include "initramfs/store/disks.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <ftw.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/sysmacros.h>
#include <time.h>
#include <unistd.h>

#include "initramfs/stage/file.h"
#include "lib/cleanup.h"
#include "lib/clock.h"
#include "lib/io.h"
#include "lib/why.h"

#define PATH_BYTES 512u
#define PAUSE_NS   100000000 /* between two looks */

/* --- drivers --- */

static bool load(const char *folder, struct slice name)
{
        char path[PATH_BYTES];
        _cleanup_close_ int fd = -1;

        snprintf(path, sizeof(path), "%s/" SLICE_FORMAT ".ko", folder, SLICE_PRINT(name));
        fd = open(path, O_RDONLY | O_CLOEXEC);
        if (fd >= 0)
                syscall(SYS_finit_module, fd, "", 0);
        return fd >= 0;
}

unsigned disks_load(const char *folder)
{
        char path[PATH_BYTES];
        _cleanup_slice_ struct slice order = { 0 };
        unsigned count = 0;

        snprintf(path, sizeof(path), "%s/order", folder);
        if (!file_read(path, &order))
                return 0; /* a kernel of one's own may have them built in */
        for (struct slice rest = order; rest.length > 0;) {
                const char *end = memchr(rest.data, '\n', rest.length);
                size_t length = end ? (size_t)(end - rest.data) : rest.length;

                count += load(folder, slice_trim((struct slice){ rest.data, length }));
                length += end != NULL;
                rest.data += length;
                rest.length -= length;
        }
        return count;
}

/* --- finding one --- */

struct search {
        const struct disks_place *place;
        const struct store_disk *wanted;
        unsigned looked_at, found;
        char name[DISKS_NAME]; /* of the first that was found, as sysfs has it */
        char why[WHY_SIZE];    /* of the first that was not the one */
};

/* sysfs has '!' in a name where there is a slash. */
static void node_path(const struct disks_place *place, const char *name, char path[PATH_BYTES])
{
        int length = snprintf(path, PATH_BYTES, "%s/", place->dev);

        snprintf(path + length, PATH_BYTES - (size_t)length, "%s", name);
        for (char *at = path + length; (at = strchr(at, '!'));)
                *at = '/';
}

static void look_at(struct search *search, const char *name)
{
        char folder[PATH_BYTES], path[PATH_BYTES], why[WHY_SIZE];
        _cleanup_close_ int fd = -1;
        struct store_disk disk;

        node_path(search->place, name, path);
        fd = open(path, O_RDONLY | O_DIRECT | O_NONBLOCK | O_CLOEXEC);
        if (fd < 0) /* a path to a disk that has several, or nothing in it */
                return;
        search->looked_at++;
        snprintf(folder, sizeof(folder), "%s/%s", search->place->sys, name);
        if (store_disk_read(folder, fd, &disk, why) && store_disk_is(&disk, search->wanted, why)) {
                if (search->found++ == 0)
                        snprintf(search->name, sizeof(search->name), "%s", name);
        } else if (!*search->why) {
                why_not(search->why, "%s: %s", name, why);
        }
}

static void look(struct search *search)
{
        _cleanup_closedir_ DIR *folder = opendir(search->place->sys);
        struct dirent *entry;

        search->looked_at = search->found = 0;
        search->why[0] = '\0';
        while (folder && (entry = readdir(folder)))
                if (*entry->d_name != '.' && strlen(entry->d_name) < DISKS_NAME)
                        look_at(search, entry->d_name);
}

static bool find(struct search *search, unsigned patience_s, char *why)
{
        const struct timespec pause = { 0, PAUSE_NS };
        long long end = clock_ms() + patience_s * 1000ll;

        for (look(search); search->found == 0 && clock_ms() < end; look(search))
                nanosleep(&pause, NULL);
        if (search->found == 1)
                return true;
        if (search->found > 1)
                return why_not(why, "%u disks are the one that is wanted", search->found);
        if (search->looked_at == 0)
                return why_not(why, "there is no disk here that the stage has a driver for");
        return why_not(why, "none of the %u disks here is the store's (%s)", search->looked_at,
                search->why);
}

static bool is_read_only(const struct disks_place *place, const char *name)
{
        char path[PATH_BYTES], text[8];

        snprintf(path, sizeof(path), "%s/%s/ro", place->sys, name);
        return io_read_text(path, text, sizeof(text)) && text[0] == '1';
}

int disks_open(const struct disks_place *place, const struct store_disk *wanted,
        unsigned patience_s, char ret_name[DISKS_NAME], char *why)
{
        struct search search = { .place = place, .wanted = wanted };
        char path[PATH_BYTES];
        int fd;

        if (!find(&search, patience_s, why))
                return -1;
        if (is_read_only(place, search.name)) {
                why_not(why, "the disk %s is read-only", search.name);
                return -1;
        }
        node_path(place, search.name, path);
        fd = open(path, O_RDWR | O_DIRECT | O_EXCL | O_CLOEXEC);
        if (fd < 0)
                why_not(why, "%s: %s", path, strerror(errno));
        else
                snprintf(ret_name, DISKS_NAME, "%s", search.name);
        return fd;
}

/* --- hiding them --- */

/* What of sysfs a character device belongs to that takes commands for disks. */
static bool is_for_disks(dev_t device)
{
        static const char *const kinds[] = { "nvme", "nvme-generic", "nvme-subsystem",
                "scsi_generic", "bsg" };
        /* one node for all controllers of a kind, which is a "misc" */
        static const char *const names[] = { "mpt3ctl", "mpt2ctl", "megaraid_sas_ioctl",
                "megaraid_sas_ioctl_node", "device-mapper" };
        char path[64], target[PATH_BYTES];
        const char *word;
        ssize_t length;

        snprintf(path, sizeof(path), "/sys/dev/char/%u:%u/subsystem", major(device), minor(device));
        length = readlink(path, target, sizeof(target) - 1);
        target[length > 0 ? length : 0] = '\0';
        word = strrchr(target, '/');
        for (size_t i = 0; word && i < sizeof(kinds) / sizeof(kinds[0]); i++)
                if (strcmp(word + 1, kinds[i]) == 0)
                        return true;
        snprintf(path, sizeof(path), "/sys/dev/char/%u:%u", major(device), minor(device));
        length = readlink(path, target, sizeof(target) - 1);
        target[length > 0 ? length : 0] = '\0';
        word = strrchr(target, '/');
        for (size_t i = 0; word && i < sizeof(names) / sizeof(names[0]); i++)
                if (strcmp(word + 1, names[i]) == 0)
                        return true;
        return false;
}

static int hide(const char *path, const struct stat *status, int type, struct FTW *walk)
{
        (void)type;
        (void)walk;
        if (S_ISBLK(status->st_mode) || (S_ISCHR(status->st_mode) && is_for_disks(status->st_rdev)))
                unlink(path);
        return 0;
}

void disks_hide(const struct disks_place *place)
{
        nftw(place->dev, hide, 16, FTW_PHYS | FTW_MOUNT);
}
