#include "dom0/store/filelayer.h"

#include <errno.h>
#include <linux/fs.h>
#include <linux/magic.h>
#include <sys/ioctl.h>
#include <sys/vfs.h>
#include <unistd.h>

#include "dom0/base/memory.h"
#include "lib/cleanup.h"

#define XFS_MAGIC 0x58465342 /* "XFSB"; linux/magic.h has had it since 6.x only */
#define AT_ONCE   256u       /* extents of an answer */

/* --- what may not be --- */

static const struct {
        uint32_t flag;
        const char *what;
} refused[] = {
        { FIEMAP_EXTENT_DELALLOC, "has no place on the disk yet" },
        { FIEMAP_EXTENT_UNKNOWN, "has no place that its file system would tell" },
        { FIEMAP_EXTENT_DATA_ENCRYPTED, "is encrypted" },
        { FIEMAP_EXTENT_ENCODED, "is compressed or encoded" },
        { FIEMAP_EXTENT_DATA_INLINE, "lies among the file system's own data" },
        { FIEMAP_EXTENT_DATA_TAIL, "shares a block with other files" },
        { FIEMAP_EXTENT_NOT_ALIGNED, "is not of whole blocks" },
        { FIEMAP_EXTENT_SHARED, "is shared with another file or a snapshot" },
        { FIEMAP_EXTENT_UNWRITTEN, "is allocated and was never written" },
};

static bool check_extent(
        const struct fiemap_extent *extent, const char *path, uint64_t done, struct failure *error)
{
        for (size_t i = 0; i < sizeof(refused) / sizeof(refused[0]); i++)
                if (extent->fe_flags & refused[i].flag)
                        return fail(error, EXIT_FAIL, "%s: byte %llu %s: not a file for a store",
                                path, (unsigned long long)extent->fe_logical, refused[i].what);
        if (extent->fe_logical != done)
                return fail(error, EXIT_FAIL, "%s: byte %llu is in a hole: not a file for a store",
                        path, (unsigned long long)done);
        if ((extent->fe_physical | extent->fe_length) % STORE_BLOCK != 0)
                return fail(error, EXIT_FAIL,
                        "%s: byte %llu is not at a multiple of %u bytes of the disk", path,
                        (unsigned long long)done, STORE_BLOCK);
        return true;
}

bool filelayer_append(const struct fiemap_extent *extents, size_t count, const char *path,
        uint64_t length, struct layer *layer, uint64_t *done, struct failure *ret_error)
{
        for (size_t i = 0; i < count && *done < length; i++) {
                uint64_t bytes = extents[i].fe_length;

                if (!check_extent(&extents[i], path, *done, ret_error))
                        return false;
                if (bytes > length - *done) /* allocated behind its end */
                        bytes = length - *done;
                layer_append(layer, extents[i].fe_physical, bytes);
                *done += bytes;
        }
        return true;
}

/* --- asking --- */

bool filelayer_can(int fd, const char *path, struct failure *ret_error)
{
        struct statfs status;
        struct fsxattr attributes;

        if (fstatfs(fd, &status) != 0)
                return fail_errno(ret_error, EXIT_FAIL, "cannot look at the file system of", path);
        if (status.f_type != EXT4_SUPER_MAGIC && status.f_type != XFS_MAGIC)
                return fail(ret_error, EXIT_FAIL,
                        "%s is on a file system of kind 0x%lx: a store's file has to be on ext3, "
                        "ext4 or xfs, where it stays where it is",
                        path, (unsigned long)status.f_type);
        if (ioctl(fd, FS_IOC_FSGETXATTR, &attributes) == 0 &&
                (attributes.fsx_xflags & FS_XFLAG_REALTIME) != 0)
                return fail(ret_error, EXIT_FAIL, "%s is on the real-time device of its xfs", path);
        return true;
}

/* A part of the list, from byte `done` on, for free. NULL: errno. */
static struct fiemap *ask(int fd, uint64_t done, uint64_t length)
{
        struct fiemap *answer =
                memory_get(sizeof(*answer) + AT_ONCE * sizeof(answer->fm_extents[0]));

        answer->fm_start = done;
        answer->fm_length = length - done;
        answer->fm_flags = FIEMAP_FLAG_SYNC;
        answer->fm_extent_count = AT_ONCE;
        if (ioctl(fd, FS_IOC_FIEMAP, answer) == 0)
                return answer;
        free(answer);
        return NULL;
}

bool filelayer_read(int fd, const char *path, uint64_t length, struct layer *ret_layer,
        struct failure *ret_error)
{
        _cleanup_(layer_free) struct layer layer = { 0 };
        uint64_t done = 0;

        if (!filelayer_can(fd, path, ret_error))
                return false;
        if (fsync(fd) != 0)
                return fail_errno(ret_error, EXIT_FAIL, "cannot write to disk", path);
        while (done < length) {
                _cleanup_free_ struct fiemap *answer = ask(fd, done, length);

                if (!answer)
                        return fail_errno(ret_error, EXIT_FAIL,
                                "the file system does not say where it has", path);
                if (answer->fm_mapped_extents == 0)
                        return fail(ret_error, EXIT_FAIL,
                                "%s: byte %llu is in a hole: not a file for a store", path,
                                (unsigned long long)done);
                if (!filelayer_append(answer->fm_extents, answer->fm_mapped_extents, path, length,
                            &layer, &done, ret_error))
                        return false;
        }
        *ret_layer = layer;
        layer = (struct layer){ 0 };
        return true;
}
