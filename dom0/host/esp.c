#include "dom0/host/esp.h"

#include <errno.h>
#include <fcntl.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#include "dom0/base/memory.h"
#include "dom0/host/mount.h"
#include "dom0/host/source.h"
#include "dom0/host/variable.h"
#include "lib/cleanup.h"

#define MOUNTINFO_MAX ((size_t)4 << 20)
#define ROOM_MARGIN   ((uint64_t)1 << 20) /* FAT's own tables, and what the host writes meanwhile */
#define FOUND_MAX     16u                 /* file systems that could be one */
#define PLACES        3u
#define WAKING_TRIES  20u /* for an automount that was triggered, with a pause between them */
#define WAKING_PAUSE  50  /* milliseconds */

static const char *const usual_places[PLACES] = { "/boot/efi", "/efi", "/boot" };

/* A file system that could be the ESP, and what speaks for it. */
struct candidate {
        struct mount mount;
        struct partition partition;
        bool usual;     /* it is mounted at a usual place */
        bool installed; /* forestage.efi is on it */
        bool booted;    /* firmware booted from it */
};

/* What is looked through: the places by their real names, the mounts, and what was found. */
struct search {
        const struct host *host;
        char *places[PLACES]; /* owned; NULL from `places_count` on */
        size_t places_count;
        char *mounts;       /* owned */
        struct mount *list; /* the same, one by one; owned */
        size_t list_count;
        struct candidate found[FOUND_MAX];
        size_t count;
};

static void search_free(struct search *search)
{
        for (size_t i = 0; i < PLACES; i++)
                free(search->places[i]);
        free(search->mounts);
        free(search->list);
}

static bool is_fat(const struct mount *mount)
{
        return strcmp(mount->type, "vfat") == 0 || strcmp(mount->type, "msdos") == 0;
}

static bool has(const struct host *host, const struct mount *mount, const char *name)
{
        _cleanup_free_ char *path = host_path(host, "%s/%s", mount->point, name);

        return access(path, F_OK) == 0;
}

static bool has_folder(const struct host *host, const struct mount *mount, const char *name)
{
        _cleanup_free_ char *path = host_path(host, "%s/%s", mount->point, name);
        struct stat status;

        return stat(path, &status) == 0 && S_ISDIR(status.st_mode);
}

/*
 * A folder's one name, as mountinfo has it: without links, dots and doubled slashes, and of this
 * host's root. A relative one starts in the current folder. NULL: errno.
 */
static char *real_name(const struct host *host, const char *path)
{
        _cleanup_free_ char *full = *path == '/' ? host_path(host, "%s", path) : memory_copy(path);
        _cleanup_free_ char *root = *host->root ? realpath(host->root, NULL) : memory_copy("");
        _cleanup_free_ char *real = realpath(full, NULL);
        size_t length = root ? strlen(root) : 0;

        if (!real)
                return NULL;
        if (!root || strncmp(real, root, length) != 0 || !strchr("/", real[length]))
                return TAKE_PTR(real); /* a link leads out of the root */
        return memory_copy(real[length] ? real + length : "/");
}

/* --- automounts --- */

static bool read_mounts(struct search *search, struct failure *error)
{
        _cleanup_free_ char *path = host_path(search->host, "/proc/self/mountinfo");
        size_t length;
        char *mounts = source_read_text(path, MOUNTINFO_MAX, &length);

        if (!mounts)
                return fail_errno(error, EXIT_FAIL, "cannot read", path);
        free(search->mounts);
        free(search->list);
        search->mounts = mounts;
        search->list = mount_list(mounts, &search->list_count);
        return true;
}

/* Whether `place` is `point`, or in it. */
static bool is_within(const char *place, const char *point)
{
        size_t length = strlen(point);

        return strncmp(place, point, length) == 0 &&
               (place[length] == '\0' || place[length] == '/');
}

/* Whether an automount that is still to be triggered stands at the place, or above it. */
static bool sleeps(const struct search *search, const char *place)
{
        struct mount top;

        for (size_t i = 0; i < search->list_count; i++) {
                const struct mount *mount = &search->list[i];

                if (strcmp(mount->type, "autofs") == 0 && is_within(place, mount->point) &&
                        mount_find(search->mounts, mount->point, &top) &&
                        strcmp(top.type, "autofs") == 0)
                        return true;
        }
        return false;
}

/* Opening the folder mounts it; looking at its name alone would not. */
static bool trigger(struct search *search)
{
        bool any = false;

        for (size_t i = 0; i < search->places_count; i++) {
                _cleanup_free_ char *path = host_path(search->host, "%s", search->places[i]);
                _cleanup_close_ int fd = -1;

                if (!sleeps(search, search->places[i]))
                        continue;
                fd = open(path, O_RDONLY | O_DIRECTORY | O_CLOEXEC | O_NONBLOCK);
                any |= fd >= 0;
        }
        return any;
}

static bool any_sleeps(const struct search *search)
{
        for (size_t i = 0; i < search->places_count; i++)
                if (sleeps(search, search->places[i]))
                        return true;
        return false;
}

/*
 * The list of mounts with the automounts at the places triggered. The kernel holds the open until
 * the mount is there; the pauses are for one that reaches this mount namespace later.
 */
static bool wake(struct search *search, struct failure *error)
{
        const struct timespec pause = { 0, WAKING_PAUSE * 1000000L };
        bool waits;

        if (!read_mounts(search, error))
                return false;
        waits = trigger(search);
        for (unsigned i = 0; waits && i < WAKING_TRIES; i++) {
                if (i > 0)
                        nanosleep(&pause, NULL);
                if (!read_mounts(search, error))
                        return false;
                waits = any_sleeps(search);
        }
        return true;
}

/* --- which one --- */

/* NULL: it can be an ESP. Why not, otherwise. */
static const char *find_problem(const struct host *host, const struct mount *mount)
{
        if (strcmp(mount->type, "autofs") == 0)
                return "an automount is there, and it mounts nothing (is the disk there?)";
        if (!is_fat(mount))
                return "what is mounted there is not FAT, so no EFI system partition";
        if (strcmp(mount->root, "/") != 0)
                return "only a folder of a file system is mounted there";
        return has_folder(host, mount, "EFI") ? NULL : "it has no folder EFI";
}

static bool is_usual(const struct search *search, const char *point)
{
        for (size_t i = 0; i < search->places_count; i++)
                if (strcmp(search->places[i], point) == 0)
                        return true;
        return false;
}

/* One file system that is mounted in two places is one candidate, at the usual place if it can. */
static struct candidate *find_same(struct search *search, const struct mount *mount)
{
        for (size_t i = 0; i < search->count; i++) {
                const struct mount *other = &search->found[i].mount;

                if (mount_same_device(other, mount))
                        return &search->found[i];
        }
        return NULL;
}

static void take(struct search *search, const struct mount *mount, const char *booted)
{
        struct candidate *same = find_same(search, mount), *candidate;
        bool usual = is_usual(search, mount->point);

        if (same && usual && !same->usual) {
                same->mount = *mount;
                same->usual = true;
        }
        if (same || search->count == FOUND_MAX)
                return;
        candidate = &search->found[search->count++];
        candidate->mount = *mount;
        candidate->usual = usual;
        candidate->installed = has(search->host, mount, "EFI/forestage/forestage.efi");
        partition_identify(search->host, mount->major, mount->minor, &candidate->partition);
        candidate->booted = *booted && strcmp(candidate->partition.name, booted) == 0;
}

static void gather(struct search *search)
{
        char booted[BOOTOPTION_PARTITION] = "";
        struct mount top;

        variable_booted_partition(search->host, booted);
        for (size_t i = 0; i < search->list_count; i++) {
                const struct mount *mount = &search->list[i];

                if (is_fat(mount) && mount_find(search->mounts, mount->point, &top) &&
                        mount_same_device(mount, &top) && !find_problem(search->host, &top))
                        take(search, &top, booted);
        }
}

/* The only one of those that `is_meant` picks; NULL: there is none, or there are several. */
static struct candidate *only(
        struct search *search, bool (*is_meant)(const struct candidate *candidate))
{
        struct candidate *found = NULL;
        size_t count = 0;

        for (size_t i = 0; i < search->count; i++)
                if (is_meant(&search->found[i])) {
                        found = &search->found[i];
                        count++;
                }
        return count == 1 ? found : NULL;
}

static bool is_installed(const struct candidate *candidate)
{
        return candidate->installed;
}

static bool is_installed_and_booted(const struct candidate *candidate)
{
        return candidate->installed && candidate->booted;
}

static bool is_booted(const struct candidate *candidate)
{
        return candidate->booted;
}

static bool is_any(const struct candidate *candidate)
{
        (void)candidate;
        return true;
}

static void name_all(const struct search *search, char *out, size_t size)
{
        size_t at = 0;

        *out = '\0';
        for (size_t i = 0; i < search->count && at < size; i++)
                at += (size_t)snprintf(out + at, size - at, "%s%s (%s)", i > 0 ? ", " : "",
                        search->found[i].mount.point,
                        *search->found[i].partition.device ? search->found[i].partition.device
                                                           : "on an unknown device");
}

static bool fail_to_choose(const struct search *search, struct failure *error)
{
        char names[256];

        name_all(search, names, sizeof(names));
        if (search->count > 1)
                return fail(error, EXIT_FAIL,
                        "several file systems that could be the EFI system partition are mounted: "
                        "%s; nothing says which one is meant: name its mount point with --esp, or "
                        "unmount the others",
                        names);
        for (size_t i = 0; i < search->places_count; i++)
                if (sleeps(search, search->places[i]))
                        return fail(error, EXIT_FAIL,
                                "no EFI system partition could be mounted at %s: an automount is "
                                "there, and it mounts nothing (is the disk there?)",
                                search->places[i]);
        return fail(error, EXIT_FAIL,
                "no EFI system partition is mounted at /boot/efi, /efi or /boot; mount it "
                "(usually: mount /boot/efi) or name its mount point with --esp%s%s",
                search->count > 0 ? "; one could be at " : "", names);
}

/* Evidence first: what is installed, then where this boot came from, then the usual place. */
static const struct candidate *pick(struct search *search)
{
        const struct candidate *found = only(search, is_installed);
        bool installed = found != NULL;

        for (size_t i = 0; i < search->count; i++)
                installed |= search->found[i].installed;
        if (!found)
                found = only(search, installed ? is_installed_and_booted : is_booted);
        if (!found && (found = only(search, is_any)) && !found->usual)
                return NULL;
        return found;
}

static bool choose(
        struct search *search, const struct candidate **ret_candidate, struct failure *error)
{
        gather(search);
        *ret_candidate = pick(search);
        return *ret_candidate || fail_to_choose(search, error);
}

static bool choose_given(struct search *search, const char *given,
        const struct candidate **ret_candidate, struct failure *error)
{
        struct mount mount;
        const char *problem;

        if (!mount_find(search->mounts, search->places[0], &mount))
                problem = sleeps(search, search->places[0]) ? "an automount above it mounts nothing"
                                                            : "nothing is mounted there";
        else
                problem = find_problem(search->host, &mount);
        if (problem)
                return fail(error, EXIT_FAIL, "--esp %s: %s", given, problem);
        take(search, &mount, "");
        *ret_candidate = &search->found[0];
        return true;
}

/* Places that are not there stay as they are: nothing is mounted at them. */
static bool find_places(struct search *search, const char *given, struct failure *error)
{
        if (given) {
                search->places[0] = real_name(search->host, given);
                search->places_count = 1;
                return search->places[0] ||
                       fail(error, EXIT_FAIL, "--esp %s: %s", given, strerror(errno));
        }
        for (size_t i = 0; i < PLACES; i++) {
                search->places[i] = real_name(search->host, usual_places[i]);
                if (!search->places[i])
                        search->places[i] = memory_copy(usual_places[i]);
        }
        search->places_count = PLACES;
        return true;
}

bool esp_find(
        const struct host *host, const char *given, struct esp *ret_esp, struct failure *ret_error)
{
        _cleanup_(search_free) struct search search = { .host = host };
        const struct candidate *found;
        const char *point;
        bool good = find_places(&search, given, ret_error) && wake(&search, ret_error);

        if (good && given)
                good = choose_given(&search, given, &found, ret_error);
        else if (good)
                good = choose(&search, &found, ret_error);
        if (!good)
                return false;
        point = found->mount.point;
        *ret_esp = (struct esp){
                .point = memory_copy(point),
                .path = host_path(host, "%s", point),
                .folder = host_path(host, "%s/EFI/forestage", point),
                .read_only = found->mount.read_only,
                .partition = found->partition,
        };
        return true;
}

void esp_free(struct esp *esp)
{
        free(esp->point);
        free(esp->path);
        free(esp->folder);
        *esp = (struct esp){ 0 };
}

bool esp_check_device(const struct esp *esp, struct failure *ret_error)
{
        static const struct {
                enum partition_kind kind;
                const char *what, *why;
        } rows[] = {
                { PARTITION_RAID, "software RAID",
                        "firmware knows nothing of it, and a run would change one of the disks "
                        "behind its back" },
                { PARTITION_MAPPED, "a mapped device",
                        "firmware knows no LVM, encryption or other mapping of Linux" },
                { PARTITION_VIRTUAL, "a device of Linux's own", "firmware does not see it" },
        };

        for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++)
                if (rows[i].kind == esp->partition.kind)
                        return fail(ret_error, EXIT_FAIL,
                                "the EFI system partition at %s is on %s (%s): %s. Forestage needs "
                                "one that is a partition of a single disk; where there is such a "
                                "one, name its mount point with --esp",
                                esp->point, rows[i].what, esp->partition.what, rows[i].why);
        return true;
}

bool esp_check_room(
        const struct host *host, const struct esp *esp, uint64_t bytes, struct failure *ret_error)
{
        uint64_t room;

        if (esp->read_only)
                return fail(ret_error, EXIT_FAIL,
                        "the EFI system partition at %s is mounted read-only; nothing was changed; "
                        "first: mount -o remount,rw %s",
                        esp->point, esp->point);
        if (!host->room(esp->path, &room))
                return fail(
                        ret_error, EXIT_FAIL, "cannot measure %s: %s", esp->point, strerror(errno));
        if (room < bytes + ROOM_MARGIN)
                return fail(ret_error, EXIT_FAIL,
                        "the EFI system partition at %s is too full: %llu KiB are needed, %llu KiB "
                        "are free; nothing was changed",
                        esp->point, (unsigned long long)((bytes + ROOM_MARGIN) >> 10),
                        (unsigned long long)(room >> 10));
        return true;
}

char *esp_file(const struct esp *esp, const char *format, ...)
{
        char *tail = NULL, *path = NULL;
        va_list arguments;
        int length;

        va_start(arguments, format);
        length = vasprintf(&tail, format, arguments);
        va_end(arguments);
        if (length >= 0)
                length = asprintf(&path, "%s/%s", esp->folder, tail);
        free(tail);
        return length >= 0 ? path : memory_allocate(SIZE_MAX);
}
