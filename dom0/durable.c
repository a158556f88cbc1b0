#include "dom0/durable.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "dom0/memory.h"

#define PIECE ((size_t)1 << 20)

/* A file under construction beside its final name. */
struct draft {
        const char *path;
        char *fresh; /* "PATH.new" */
        int fd;
};

static bool draft_fail(const struct draft *draft, struct failure *error)
{
        int reason = errno;
        const char *advice = reason == ENOSPC  ? "; free some space there"
                             : reason == EROFS ? "; remount it for writing"
                                               : "";

        return fail(
                error, EXIT_FAIL, "cannot write %s: %s%s", draft->path, strerror(reason), advice);
}

static bool draft_open(const char *path, mode_t mode, struct draft *draft, struct failure *error)
{
        size_t size = strlen(path) + 5;

        draft->path = path;
        draft->fresh = memory_get(size);
        snprintf(draft->fresh, size, "%s.new", path);
        unlink(draft->fresh);
        draft->fd = open(draft->fresh, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, mode);
        if (draft->fd < 0)
                return draft_fail(draft, error);
        fchmod(draft->fd, mode); /* FAT keeps no modes: then it cannot */
        return true;
}

static bool draft_add(struct draft *draft, const char *data, size_t length)
{
        while (length > 0) {
                ssize_t written = write(draft->fd, data, length);

                if (written < 0 && errno == EINTR)
                        continue;
                if (written < 0)
                        return false;
                data += written;
                length -= (size_t)written;
        }
        return true;
}

/* Nothing depends on the order of names on disk but what was synced before: see the callers. */
static void sync_parent(const char *path)
{
        const char *slash = strrchr(path, '/');
        char *parent = slash && slash > path ? memory_copy_text(path, (size_t)(slash - path))
                                             : memory_copy_text(slash ? "/" : ".", 1);
        int fd = open(parent, O_RDONLY | O_DIRECTORY | O_CLOEXEC);

        free(parent);
        if (fd < 0)
                return;
        fsync(fd);
        close(fd);
}

/*
 * Linux's FAT gives a renamed file an entry of size 0, and puts size and place in when the file is
 * synced the next time: a power cut before that would leave an empty file under the final name.
 */
static bool draft_rename(struct draft *draft)
{
        if (fsync(draft->fd) < 0 || rename(draft->fresh, draft->path) < 0)
                return false;
        fsync(draft->fd); /* what it could say was said before */
        sync_parent(draft->path);
        return true;
}

/* Gives the file its name when all before went well. */
static bool draft_close(struct draft *draft, bool good, struct failure *error)
{
        if (draft->fd >= 0) {
                good = good && draft_rename(draft);
                if (!good) {
                        draft_fail(draft, error);
                        unlink(draft->fresh);
                }
                close(draft->fd);
        }
        free(draft->fresh);
        return good;
}

bool durable_write(
        const char *path, const void *data, size_t length, mode_t mode, struct failure *ret_error)
{
        struct draft draft;
        bool good = draft_open(path, mode, &draft, ret_error);

        good = good && draft_add(&draft, data, length);
        return draft_close(&draft, good, ret_error);
}

/* Gives each piece of a file to the hash and, if there is one, to a draft. */
static bool read_pieces(int fd, struct draft *draft, struct sha256 *hash, bool *ret_source_failed)
{
        char *piece = memory_get(PIECE);
        bool good = true;
        ssize_t got;

        while (good && (got = read(fd, piece, PIECE)) != 0) {
                if (got < 0 && errno == EINTR)
                        continue;
                *ret_source_failed = got < 0;
                good = got > 0 && (!draft || draft_add(draft, piece, (size_t)got));
                if (good)
                        sha256_update(hash, piece, (size_t)got);
        }
        free(piece);
        return good;
}

bool durable_copy(const char *path, const char *from, mode_t mode, uint8_t ret_sha256[SHA256_SIZE],
        uint64_t *ret_bytes, struct failure *ret_error)
{
        int fd = open(from, O_RDONLY | O_CLOEXEC);
        bool source_failed = false, good;
        uint8_t digest[SHA256_SIZE];
        struct sha256 hash;
        struct draft draft;

        if (fd < 0)
                return fail(ret_error, EXIT_FAIL, "cannot read %s: %s", from, strerror(errno));
        sha256_init(&hash);
        good = draft_open(path, mode, &draft, ret_error) &&
               read_pieces(fd, &draft, &hash, &source_failed);
        good = draft_close(&draft, good, ret_error);
        if (source_failed)
                fail(ret_error, EXIT_FAIL, "cannot read %s", from);
        close(fd);
        if (!good)
                return false;
        if (ret_bytes)
                *ret_bytes = hash.length;
        sha256_final(&hash, digest);
        if (ret_sha256)
                memcpy(ret_sha256, digest, sizeof(digest));
        return true;
}

bool durable_remove(const char *path, struct failure *ret_error)
{
        if (unlink(path) == 0)
                sync_parent(path);
        else if (errno != ENOENT)
                return fail(ret_error, EXIT_FAIL, "cannot remove %s: %s", path, strerror(errno));
        return true;
}

bool durable_hash(const char *path, uint8_t ret_sha256[SHA256_SIZE])
{
        int fd = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK), saved;
        bool failed = false, good;
        struct sha256 hash;

        if (fd < 0)
                return false;
        sha256_init(&hash);
        good = read_pieces(fd, NULL, &hash, &failed);
        saved = errno;
        close(fd);
        errno = saved;
        if (good)
                sha256_final(&hash, ret_sha256);
        return good;
}
