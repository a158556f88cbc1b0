#include "dom0/base/durable.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "dom0/base/fresh.h"
#include "dom0/base/memory.h"
#include "files/place.h"
#include "lib/cleanup.h"
#include "lib/io.h"

#define PIECE     ((size_t)64 << 10)
#define ANY_BYTES UINT64_MAX /* however many there are */

/* A file under construction beside its final name. */
struct draft {
        const char *path;
        struct place place;
        char fresh[BENEATH_NAME]; /* its name until then; "" none */
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

/* A rename would put the file in the place of anything but a folder. */
static bool may_replace(const struct draft *draft, struct failure *error)
{
        struct stat status;

        if (draft->place.own < 0 && *draft->place.name &&
                (fstatat(draft->place.folder, draft->place.name, &status, AT_SYMLINK_NOFOLLOW) !=
                                0 ||
                        S_ISREG(status.st_mode)))
                return true;
        return fail(
                error, EXIT_FAIL, "cannot write %s: it is there, and no regular file", draft->path);
}

/* What an earlier writer has left who was killed, or lost power. */
static void sweep(const struct place *place)
{
        if (!place->exposed)
                fresh_sweep(place->folder);
}

static bool draft_open(const char *path, mode_t mode, struct draft *draft, struct failure *error)
{
        char why[PLACE_WHY];

        *draft = (struct draft){ .path = path, .place.folder = -1, .fd = -1 };
        if (place_find(path, 0, &draft->place, why) != 0)
                return fail(error, EXIT_FAIL, "cannot write %s: %s", path, why);
        if (!may_replace(draft, error))
                return false;
        sweep(&draft->place);
        draft->fd = fresh_file(draft->place.folder, mode, draft->fresh);
        if (draft->fd < 0)
                return draft_fail(draft, error);
        fchmod(draft->fd, mode); /* FAT keeps no modes: then it cannot */
        return true;
}

/*
 * Linux's FAT gives a renamed file an entry of size 0, and puts size and place in when the file is
 * synced the next time: a power cut before that would leave an empty file under the final name.
 */
static bool draft_rename(struct draft *draft)
{
        const struct place *place = &draft->place;

        if (fsync(draft->fd) < 0 ||
                renameat(place->folder, draft->fresh, place->folder, place->name) < 0)
                return false;
        fsync(draft->fd);  /* what it could say was said before */
        place_sync(place); /* nothing depends on the order of names but what was synced before */
        return true;
}

/* Gives the file its name when all before went well. */
static bool draft_close(struct draft *draft, bool good, struct failure *error)
{
        if (draft->fd >= 0) {
                good = good && draft_rename(draft);
                if (!good) {
                        draft_fail(draft, error);
                        unlinkat(draft->place.folder, draft->fresh, 0);
                }
                close(draft->fd);
        }
        place_close(&draft->place);
        return good;
}

bool durable_write(
        const char *path, const void *data, size_t length, mode_t mode, struct failure *ret_error)
{
        struct draft draft;
        bool good = draft_open(path, mode, &draft, ret_error);

        good = good && io_write(draft.fd, data, length);
        return draft_close(&draft, good, ret_error);
}

/*
 * Gives each piece of a file to the hash and, if there is one, to a draft. Returns why it is not
 * what it has to be, with exactly so many bytes; NULL: it is, or the draft failed (`ret_written`).
 */
static const char *read_pieces(
        int fd, uint64_t bytes, struct draft *draft, struct sha256 *hash, bool *ret_written)
{
        _cleanup_free_ char *piece = memory_allocate(PIECE);
        uint64_t left = bytes;

        *ret_written = true;
        for (;;) {
                /* One byte more than there should be: a file that grows is found, not followed. */
                ssize_t got = io_read(fd, piece, left < PIECE ? left + 1 : PIECE);

                if (got < 0)
                        return strerror(errno);
                if ((uint64_t)got > left)
                        return "it grew while it was copied";
                if (got == 0)
                        return left > 0 && bytes != ANY_BYTES
                                       ? "it became shorter while it was copied"
                                       : NULL;
                *ret_written = !draft || io_write(draft->fd, piece, (size_t)got);
                if (!*ret_written)
                        return NULL;
                sha256_update(hash, piece, (size_t)got);
                left -= (uint64_t)got;
        }
}

static bool is_regular(int fd)
{
        struct stat status;

        return fstat(fd, &status) == 0 && S_ISREG(status.st_mode);
}

/* Both hashes are of bytes that were read, or given, and never read back. */
struct copied {
        struct sha256 source, whole;
};

static bool write_tail(struct draft *draft, const struct durable_tail *tail, struct sha256 *whole)
{
        static const uint8_t zeros[512];
        size_t gap = tail->zeros;

        gap += (tail->align - (whole->length + gap) % tail->align) % tail->align;
        sha256_update(whole, zeros, gap);
        sha256_update(whole, tail->data, tail->length);
        return io_write(draft->fd, zeros, gap) && io_write(draft->fd, tail->data, tail->length);
}

static bool copy_open(int fd, const char *path, const char *from, mode_t mode,
        const struct durable_tail *tail, struct copied *copied, struct failure *error)
{
        const char *problem = NULL;
        struct draft draft;
        bool good;

        sha256_init(&copied->source);
        good = draft_open(path, mode, &draft, error);
        if (good)
                problem = read_pieces(fd, ANY_BYTES, &draft, &copied->source, &good);
        copied->whole = copied->source;
        if (good && !problem && tail)
                good = write_tail(&draft, tail, &copied->whole);
        good = draft_close(&draft, good && !problem, error);
        if (problem)
                fail(error, EXIT_FAIL, "cannot read %s", from);
        return good;
}

static bool copy_file(const char *path, const char *from, mode_t mode,
        const struct durable_tail *tail, struct copied *ret_copied, struct failure *error)
{
        _cleanup_close_ int fd = open(from, O_RDONLY | O_NONBLOCK | O_NOCTTY | O_CLOEXEC);

        if (fd < 0)
                return fail_errno(error, EXIT_FAIL, "cannot read", from);
        if (!is_regular(fd))
                return fail(error, EXIT_FAIL, "cannot read %s: it is no regular file", from);
        return copy_open(fd, path, from, mode, tail, ret_copied, error);
}

bool durable_copy(const char *path, const char *from, mode_t mode, uint8_t ret_sha256[SHA256_SIZE],
        uint64_t *ret_bytes, struct failure *ret_error)
{
        struct copied copied;

        if (!copy_file(path, from, mode, NULL, &copied, ret_error))
                return false;
        if (ret_bytes)
                *ret_bytes = copied.source.length;
        if (ret_sha256)
                sha256_final(&copied.source, ret_sha256);
        return true;
}

bool durable_extend(const char *path, const char *from, mode_t mode,
        const struct durable_tail *tail, uint8_t ret_sha256[SHA256_SIZE],
        uint8_t ret_whole[SHA256_SIZE], struct failure *ret_error)
{
        struct copied copied;

        if (!copy_file(path, from, mode, tail, &copied, ret_error))
                return false;
        sha256_final(&copied.source, ret_sha256);
        sha256_final(&copied.whole, ret_whole);
        return true;
}

bool durable_clash(const char *name, struct failure *ret_error)
{
        return fail(ret_error, EXIT_FAIL,
                "%s: the EFI system partition, which is FAT, takes it for another name beside it; "
                "give one of them another name",
                name);
}

static bool take_open(
        const char *path, const char *name, struct draft *draft, struct failure *error)
{
        *draft = (struct draft){ .path = path };
        draft->fd = open(path, O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, 0600);
        if (draft->fd >= 0)
                return true;
        return errno == EEXIST ? durable_clash(name, error) : draft_fail(draft, error);
}

bool durable_take(const char *path, const struct durable_source *source,
        uint8_t ret_sha256[SHA256_SIZE], struct failure *ret_error)
{
        struct draft draft;
        struct sha256 hash;
        const char *problem;
        bool good;

        if (!take_open(path, source->name, &draft, ret_error))
                return false;
        sha256_init(&hash);
        problem = read_pieces(source->fd, source->bytes, &draft, &hash, &good);
        good = good && !problem && fsync(draft.fd) == 0;
        if (problem)
                fail(ret_error, EXIT_FAIL, "%s/%s: %s", source->folder, source->name, problem);
        else if (!good)
                draft_fail(&draft, ret_error);
        close(draft.fd);
        if (good)
                sha256_final(&hash, ret_sha256);
        else
                unlink(path);
        return good;
}

/* What was renamed has its size and place on FAT only when it is synced itself: see draft_rename.
 */
static bool rename_place(const struct place *from, const struct place *to)
{
        _cleanup_close_ int fd =
                openat(from->folder, from->name, O_RDONLY | O_NOFOLLOW | O_CLOEXEC | O_NONBLOCK);

        if (fd < 0 || renameat(from->folder, from->name, to->folder, to->name) != 0)
                return false;
        fsync(fd); /* what it could say was said when it was written */
        return true;
}

static bool rename_failed(
        const char *from, const char *to, const char *why, struct failure *ret_error)
{
        return fail(ret_error, EXIT_FAIL, "cannot rename %s to %s: %s", from, to, why);
}

bool durable_rename(const char *from, const char *to, struct failure *ret_error)
{
        _cleanup_(place_close) struct place source = PLACE_NONE, target = PLACE_NONE;
        char why[PLACE_WHY];

        if (place_find(from, PLACE_KEEP_LINK, &source, why) != 0 ||
                place_find(to, PLACE_KEEP_LINK, &target, why) != 0)
                return rename_failed(from, to, why, ret_error);
        if (!rename_place(&source, &target))
                return rename_failed(from, to, strerror(errno), ret_error);
        place_sync(&target);
        place_sync(&source);
        return true;
}

bool durable_remove(const char *path, struct failure *ret_error)
{
        _cleanup_(place_close) struct place place = PLACE_NONE;
        char why[PLACE_WHY];
        int error = place_find(path, PLACE_KEEP_LINK, &place, why);

        if (error == -ENOENT)
                return true;
        if (error)
                return fail(ret_error, EXIT_FAIL, "cannot remove %s: %s", path, why);
        sweep(&place);
        if (unlinkat(place.folder, place.name, 0) == 0)
                place_sync(&place);
        else if (errno != ENOENT)
                return fail_errno(ret_error, EXIT_FAIL, "cannot remove", path);
        return true;
}

bool durable_hash(const char *path, uint8_t ret_sha256[SHA256_SIZE])
{
        _cleanup_close_ int fd = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK);
        struct sha256 hash;
        bool ignored;

        sha256_init(&hash);
        if (fd < 0 || read_pieces(fd, ANY_BYTES, NULL, &hash, &ignored))
                return false;
        sha256_final(&hash, ret_sha256);
        return true;
}
