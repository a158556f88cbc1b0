#include "dom0/store/fetching.h"

#include <errno.h>
#include <libgen.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <unistd.h>

#include "dom0/base/memory.h"
#include "dom0/store/keeping.h"
#include "files/place.h"
#include "lib/cleanup.h"
#include "lib/io.h"
#include "lib/why.h"
#include "store/shelf.h"

#define SPARE_ROOM  ((uint64_t)16 << 20) /* bytes that copies leave where they are made */
#define SPARE_FILES 64u                  /* descriptors that they leave */

void fetching_open(const struct host *host, struct fetching *ret_fetching)
{
        *ret_fetching = (struct fetching){ .host = host, .fd = -1, .folder = -1 };
}

void fetching_close(struct fetching *fetching)
{
        if (fetching->fd >= 0)
                close(fetching->fd);
        if (fetching->folder >= 0)
                close(fetching->folder);
        store_record_free(&fetching->record);
        fetching_open(fetching->host, fetching);
}

static bool open_store(struct fetching *fetching)
{
        struct failure *failure = &fetching->failure;
        char why[WHY_SIZE];
        int fd;

        if (store_record_load(fetching->host, &fetching->record, failure) != EXIT_PASS)
                return false;
        fd = keeping_open_disk(fetching->host, &fetching->record, failure);
        if (fd < 0)
                return false;
        if (store_pen_open(fd, fetching->record.map.disk.size, &fetching->record.map,
                    &fetching->pen, why)) {
                fetching->fd = fd;
                return true;
        }
        close(fd);
        return fail(failure, EXIT_INCOMPLETE, "%s: %s", fetching->record.path, why);
}

/* One file on its way. */
struct copy {
        struct sha256 hash;
        int fd, error;
};

static bool take(void *context, const void *data, size_t length)
{
        struct copy *copy = context;

        sha256_update(&copy->hash, data, length);
        if (copy->fd < 0 || io_write(copy->fd, data, length))
                return true;
        copy->error = errno;
        return false;
}

static bool read_file(
        void *context, const uint8_t run_id[16], const struct run_file *file, int fd, char *why)
{
        struct fetching *fetching = context;
        struct copy copy = { .fd = fd };
        uint8_t digest[SHA256_SIZE];

        if (!fetching->tried) {
                fetching->tried = true;
                open_store(fetching);
        }
        if (fetching->fd < 0)
                return why_not(why, "%s", fetching->failure.text);
        sha256_init(&copy.hash);
        if (!shelf_read(&fetching->pen, &file->place, run_id, file->path, file->length, take, &copy,
                    why))
                return copy.error ? why_not(why, "%s", strerror(copy.error)) : false;
        sha256_final(&copy.hash, digest);
        return memcmp(digest, file->sha256, sizeof(digest)) == 0 ||
               why_not(why, "it has another SHA-256 there than its record says");
}

/* --- copies --- */

void fetching_copy_to(struct fetching *fetching, const char *path, bool make)
{
        fetching->beside = path;
        fetching->make = make;
}

/* Whoever writes the run counts more exactly, and says what is missing. */
static bool has_room(const struct fetching *fetching, uint64_t all)
{
        char *path = memory_copy_text(fetching->beside, strlen(fetching->beside));
        uint64_t room = 0;
        bool good = fetching->host->room(dirname(path), &room) && room >= SPARE_ROOM &&
                    room - SPARE_ROOM >= all;

        free(path);
        return good;
}

static bool find_folder(struct fetching *fetching, uint64_t all)
{
        struct place place;
        char why[PLACE_WHY];

        if (fetching->folder >= 0)
                return true;
        if (!fetching->beside ||
                place_find(fetching->beside, fetching->make ? PLACE_MAKE : 0, &place, why) != 0)
                return false;
        fetching->folder = TAKE_FD(place.folder);
        place_close(&place);
        return fetching->folder >= 0 && has_room(fetching, all);
}

/* Descriptors are left for what else there is to open. */
static bool is_one_too_many(int fd)
{
        struct rlimit limit;

        return getrlimit(RLIMIT_NOFILE, &limit) != 0 || (rlim_t)fd + SPARE_FILES >= limit.rlim_cur;
}

static int make_copy(void *context, uint64_t all)
{
        struct fetching *fetching = context;
        int fd;

        if (!find_folder(fetching, all)) {
                fetching->beside = NULL;
                return -1;
        }
        fd = fetching->beside ? beneath_create_nameless(fetching->folder, 0600) : -1;
        if (fd < 0 || !is_one_too_many(fd))
                return fd;
        close(fd);
        return -1;
}

struct run_store fetching_store(struct fetching *fetching)
{
        return (struct run_store){ .read = read_file, .make_copy = make_copy, .context = fetching };
}
