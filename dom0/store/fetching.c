#include "dom0/store/fetching.h"

#include <errno.h>
#include <string.h>
#include <unistd.h>

#include "dom0/store/keeping.h"
#include "lib/io.h"
#include "lib/why.h"
#include "store/shelf.h"

void fetching_open(const struct host *host, struct fetching *ret_fetching)
{
        *ret_fetching = (struct fetching){ .host = host, .fd = -1 };
}

void fetching_close(struct fetching *fetching)
{
        if (fetching->fd >= 0)
                close(fetching->fd);
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

struct run_store fetching_store(struct fetching *fetching)
{
        return (struct run_store){ read_file, fetching };
}
