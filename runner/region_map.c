#include "runner/region_map.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/file.h>
#include <sys/mman.h>
#include <sys/random.h>
#include <sys/stat.h>
#include <unistd.h>

#include "files/owner.h"
#include "files/place.h"
#include "lib/cleanup.h"
#include "lib/uuid.h"

#define MAX_TRIES 16u /* while others make and remove the file */

static bool map(
        int fd, uint64_t offset, uint64_t size, const char *name, struct region_map *map, char *why)
{
        void *base = mmap(NULL, size, PROT_READ | PROT_WRITE, MAP_SHARED, fd, (off_t)offset);

        if (base == MAP_FAILED)
                return why_not(why, "%s cannot be mapped: %s", name, strerror(errno));
        map->base = base;
        map->size = size;
        return true;
}

static bool is_live(const struct region_info *info)
{
        return info->state == REGION_ARMED || info->state == REGION_RUNNING;
}

/*
 * Opens to append. Memory was healed by init, which handed it over a moment ago. In a file only
 * what the file system calls data can be dirty, and reading the rest would make pages of it.
 */
static enum region_error open_writer(int fd, struct region_map *map)
{
        enum region_error error = region_writer_find(map->base, map->size, &map->writer);
        off_t at, end;

        if (error != REGION_OK || fd < 0)
                return error;
        at = (off_t)map->writer.offset;
        while ((at = lseek(fd, at, SEEK_DATA)) >= 0) {
                end = lseek(fd, at, SEEK_HOLE);
                if (end <= at)
                        end = (off_t)map->size;
                region_writer_heal(&map->writer, (uint64_t)at, (uint64_t)end);
                at = end;
        }
        if (errno != ENXIO) /* no more data; anything else: this file system cannot tell */
                region_writer_heal(&map->writer, map->writer.offset, map->size);
        return REGION_OK;
}

/* Takes over a region that somebody else made, with its run id. `fd` is that of a file, or -1. */
static bool take_over(
        const struct options *options, const char *name, int fd, struct region_map *map, char *why)
{
        struct region_info info;
        enum region_error error = region_inspect(map->base, map->size, &info);
        char id[UUID_LENGTH + 1];

        if (error != REGION_OK)
                return why_not(why, "%s: %s", name, region_strerror(error));
        if (!is_live(&info) || info.size != map->size)
                return why_not(why,
                        "%s: the region is %s and has %llu bytes; it must be armed or "
                        "running, and of the size that is given",
                        name, region_state_name(info.state), (unsigned long long)info.size);
        uuid_format(info.run_id, id);
        if (options->has_run_id && memcmp(info.run_id, options->run_id, 16) != 0)
                return why_not(
                        why, "%s: the region is of run %s, not of the one of --run-id", name, id);
        error = open_writer(fd, map);
        if (error != REGION_OK)
                return why_not(why, "%s: %s", name, region_strerror(error));
        return true;
}

static bool open_memory(const struct options *options, struct region_map *ret_map, char *why)
{
        _cleanup_close_ int fd = open("/dev/mem", O_RDWR | O_CLOEXEC);

        if (fd < 0)
                return why_not(why, "/dev/mem cannot be opened: %s", strerror(errno));
        if (!map(fd, options->memory.address, options->memory.size, "/dev/mem", ret_map, why))
                return false;
        if (take_over(options, options->region, -1, ret_map, why))
                return true;
        munmap(ret_map->base, ret_map->size);
        return false;
}

/* --- a file --- */

/* Nothing but zeroes, as a run leaves it that is killed before it has begun. */
static bool is_blank(const uint8_t *bytes, size_t size)
{
        return bytes[0] == 0 && memcmp(bytes, bytes + 1, size - 1) == 0;
}

/* Whether the file's contents may go: it is empty, or a region. `ret_live`: one to append to. */
static bool may_overwrite(int fd, const char *path, uint64_t size, bool *ret_live, char *why)
{
        struct region_map old;
        struct region_info info;
        enum region_error error;
        bool blank;

        *ret_live = false;
        if (size == 0)
                return true;
        if (!map(fd, 0, size, path, &old, why))
                return false;
        error = region_inspect(old.base, old.size, &info);
        blank = is_blank(old.base, old.size);
        munmap(old.base, old.size);
        if (error != REGION_OK && blank)
                return true;
        if (error != REGION_OK)
                return why_not(why,
                        "%s is there, but it is neither empty nor a region (%s): remove "
                        "it or choose another name",
                        path, region_strerror(error));
        *ret_live = is_live(&info);
        return true;
}

/* All of the file's blocks now, for a full disk later would be a SIGBUS. */
static bool resize(int fd, const char *path, uint64_t size, char *why)
{
        int error = 0;

        if (ftruncate(fd, 0) != 0)
                error = errno;
        if (!error)
                error = posix_fallocate(fd, 0, (off_t)size);
        if (error)
                return why_not(why, "%s cannot be made %llu bytes large: %s", path,
                        (unsigned long long)size, strerror(error));
        return true;
}

/* Its blocks are new, and therefore zero. */
static bool format(const struct options *options, struct region_map *map, char *why)
{
        uint8_t id[16];
        enum region_error error;

        memcpy(id, options->run_id, sizeof(id));
        if (!options->has_run_id) {
                if (getrandom(id, sizeof(id), 0) != sizeof(id))
                        return why_not(why, "no random run id: %s", strerror(errno));
                id[6] = (id[6] & 0x0f) | 0x40; /* RFC 4122: version 4 */
                id[8] = (id[8] & 0x3f) | 0x80;
        }
        error = region_create_in_zeroes(map->base, map->size, id, &map->writer);
        if (error != REGION_OK)
                return why_not(why, "%s: %s", options->region, region_strerror(error));
        return true;
}

/* Whether the file is ours alone; what is in it may go only then. */
static bool check_file(int fd, const char *path, struct stat *status, char *why)
{
        if (fstat(fd, status) != 0)
                return why_not(why, "%s cannot be looked at: %s", path, strerror(errno));
        if (!S_ISREG(status->st_mode))
                return why_not(why, "%s is not a regular file", path);
        if (status->st_nlink > 1)
                return why_not(why,
                        "%s has %lu names (hard links), and would change under all of them: remove "
                        "it or choose another name",
                        path, (unsigned long)status->st_nlink);
        if (!owner_is_kept(fd))
                return true;
        if (status->st_uid != geteuid())
                return why_not(why,
                        "%s belongs to uid %u, not to you (uid %u), and is left alone: remove it "
                        "or choose another name",
                        path, (unsigned)status->st_uid, (unsigned)geteuid());
        if (owner_shares(status))
                return why_not(why,
                        "%s has mode %04o, so that others can write to it: remove it, or take "
                        "that right away with chmod go-w",
                        path, (unsigned)status->st_mode & 07777);
        return true;
}

static bool use_file(const struct options *options, int fd, struct region_map *ret_map, char *why)
{
        const char *path = options->region;
        struct stat status;
        bool append, live, good;

        if (!check_file(fd, path, &status, why))
                return false;
        append = options->keep_open && status.st_size > 0;
        if (flock(fd, LOCK_EX | LOCK_NB) != 0)
                return why_not(why, "%s is being written by another forestage-run", path);
        if (!may_overwrite(fd, path, (uint64_t)status.st_size, &live, why))
                return false;
        if (append && !live)
                return why_not(why,
                        "%s holds a run that has ended, and --keep-open appends to one that has "
                        "not: choose another name, or leave --keep-open out to begin anew",
                        path);
        if (owner_is_kept(fd) && (status.st_mode & 077) && fchmod(fd, 0600) != 0)
                return why_not(why, "%s cannot be made yours alone: %s", path, strerror(errno));
        if (!append && !resize(fd, path, options->region_size, why))
                return false;
        if (!map(fd, 0, append ? (uint64_t)status.st_size : options->region_size, path, ret_map,
                    why))
                return false;
        good = append ? take_over(options, path, fd, ret_map, why) : format(options, ret_map, why);
        if (!good)
                munmap(ret_map->base, ret_map->size);
        return good;
}

/*
 * Not followed, not waited for, and never made by the same call that would open what is there: a
 * sticky folder's protection (fs.protected_regular) would refuse that. -1: errno.
 */
static int open_or_make(const struct place *place)
{
        const int flags = O_RDWR | O_NOFOLLOW | O_NONBLOCK | O_NOCTTY | O_CLOEXEC;
        int fd = -1;

        for (unsigned i = 0; fd < 0 && i < MAX_TRIES; i++) {
                fd = openat(place->folder, place->name, flags);
                if (fd < 0 && errno == ENOENT)
                        fd = openat(place->folder, place->name, flags | O_CREAT | O_EXCL, 0600);
                if (fd < 0 && errno != ENOENT && errno != EEXIST)
                        break;
        }
        return fd;
}

static bool refuse_open(const char *path, char *why)
{
        if (errno == ELOOP)
                return why_not(why, "%s is a symbolic link: name the file that it leads to", path);
        if (errno == ENXIO)
                return why_not(why, "%s is not a regular file", path);
        return why_not(why, "%s cannot be opened: %s", path, strerror(errno));
}

static bool open_file(const struct options *options, struct region_map *ret_map, char *why)
{
        const char *path = options->region;
        _cleanup_close_ int fd = -1;
        struct place place;

        if (place_find(path, PLACE_KEEP_LINK, &place, why) != 0)
                return false;
        fd = *place.name ? open_or_make(&place) : -1;
        if (!*place.name)
                why_not(why, "%s is not a regular file", path);
        else if (fd < 0)
                refuse_open(path, why);
        place_close(&place);
        if (fd < 0 || !use_file(options, fd, ret_map, why))
                return false;
        fd = -1; /* it stays open for its lock, which the mapping alone would not keep */
        return true;
}

bool region_map_open(const struct options *options, struct region_map *ret_map, char *why)
{
        struct region_map map;
        bool good = options->in_memory ? open_memory(options, &map, why)
                                       : open_file(options, &map, why);

        if (good && region_set_state(&map.writer, REGION_RUNNING) != REGION_OK)
                good = why_not(why, "%s: the region is sealed", options->region);
        if (good)
                *ret_map = map;
        return good;
}

void region_map_close(struct region_map *map)
{
        munmap(map->base, map->size);
        map->base = NULL;
}
