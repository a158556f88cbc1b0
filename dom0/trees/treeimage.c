#include "dom0/trees/treeimage.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "dom0/base/memory.h"
#include "dom0/host/program.h"
#include "dom0/run/folder.h"
#include "files/beneath.h"
#include "files/owner.h"
#include "lib/cleanup.h"
#include "lib/io.h"
#include "store/verity.h"

#define PIECE   ((size_t)1 << 20) /* bytes that are read at once */
#define SECONDS 14400u            /* that mkfs.erofs has */
#define OUTPUT  ((size_t)16 << 20)

/* The superblock of EROFS (Linux, fs/erofs/erofs_fs.h): little endian, in each block size. */
#define SUPER_OFFSET 1024
#define SUPER_MAGIC  "\xe2\xe1\xf5\xe0"
#define SUPER_BITS   12 /* where the block size's logarithm is */
#define BLOCK_BITS   12

void treeimage_free(struct treeimage *image)
{
        free(image->name);
        free(image->tree);
        if (image->fd >= 0)
                close(image->fd);
        *image = (struct treeimage){ .fd = -1 };
}

/* --- what it is made of --- */

static bool is_image_name(const char *name)
{
        size_t length = strlen(name), suffix = sizeof(TREEIMAGE_SUFFIX) - 1;

        return length > suffix && strcmp(name + length - suffix, TREEIMAGE_SUFFIX) == 0;
}

/* Others could put in it what only root may read: mkfs.erofs reads it as root. */
static bool is_for_all(const struct stat *status)
{
        return owner_is_trusted(status) && !owner_shares(status);
}

static int open_tree(
        int folder, const char *path, const char *name, struct stat *status, struct failure *error)
{
        _cleanup_close_ int fd = beneath_open(folder, name, O_RDONLY);
        const char *wrong = NULL;

        if (fd < 0 || fstat(fd, status) != 0) {
                fail(error, EXIT_FAIL, "%s/%s, which Data= or Root= names: %s", path, name,
                        strerror(errno));
                return -1;
        }
        if (S_ISDIR(status->st_mode) && !is_for_all(status))
                wrong = "others may write to the folder, and so bring along what they may not read";
        else if (S_ISREG(status->st_mode) && !is_image_name(name))
                wrong = "it is neither a folder nor an EROFS image, NAME" TREEIMAGE_SUFFIX;
        else if (!S_ISDIR(status->st_mode) && !S_ISREG(status->st_mode))
                wrong = "it is neither a folder nor a file";
        if (!wrong)
                return TAKE_FD(fd);
        fail(error, EXIT_FAIL, "%s/%s, which Data= or Root= names: %s", path, name, wrong);
        return -1;
}

bool treeimage_can(int folder, const char *path, const char *name, struct failure *ret_error)
{
        struct stat status;
        _cleanup_close_ int fd = open_tree(folder, path, name, &status, ret_error);

        return fd >= 0;
}

/* --- of a folder --- */

/* Of the path that Linux has for what is open: mkfs.erofs takes no descriptor. */
static bool run_mkfs(const struct host *host, const char *source, int image, struct failure *error)
{
        _cleanup_free_ char *target = memory_format("/proc/self/fd/%d", image), *output = NULL;
        /* The same times, the same owner, no extended attributes and the same UUID. */
        const char *const argv[] = { "mkfs.erofs", "-d1", "-T0", "--all-root", "-x-1",
                "-U00000000-0000-4000-8000-000000000000", target, source, NULL };
        size_t length;

        return program_run_for(host, SECONDS, argv, OUTPUT, &output, &length, error);
}

static int make_image(const struct host *host, int tree, struct failure *error)
{
        _cleanup_free_ char *folder = host_path(host, "/var/lib/forestage");
        char self[64], source[PATH_MAX];
        _cleanup_free_ char *program = program_find(host, "mkfs.erofs");
        _cleanup_close_ int image = -1;
        ssize_t length;

        if (!program) {
                fail(error, EXIT_FAIL,
                        "mkfs.erofs is missing, which makes an image of a folder: install the "
                        "package erofs-utils, or bring an image that was made elsewhere "
                        "(NAME" TREEIMAGE_SUFFIX ")");
                return -1;
        }
        snprintf(self, sizeof(self), "/proc/self/fd/%d", tree);
        length = readlink(self, source, sizeof(source) - 1);
        source[length > 0 ? length : 0] = '\0';
        if (folder_make_all(folder))
                image = open(folder, O_RDWR | O_TMPFILE, 0600); /* mkfs.erofs has it, too */
        if (image < 0) {
                fail_errno(error, EXIT_FAIL, "cannot make an image in", folder);
                return -1;
        }
        if (!run_mkfs(host, source, image, error))
                return -1;
        fcntl(image, F_SETFD, FD_CLOEXEC);
        return TAKE_FD(image);
}

/* --- any --- */

static bool check_image(const struct treeimage *image, const char *path, struct failure *error)
{
        uint8_t super[16];
        const char *wrong = NULL;

        if (image->bytes % VERITY_BLOCK != 0 || image->bytes == 0)
                wrong = "it does not have a multiple of 4096 bytes";
        else if (pread(image->fd, super, sizeof(super), SUPER_OFFSET) != sizeof(super) ||
                 memcmp(super, SUPER_MAGIC, 4) != 0)
                wrong = "it is no EROFS image";
        else if (super[SUPER_BITS] != BLOCK_BITS)
                wrong = "its blocks are not of 4096 bytes";
        return !wrong || fail(error, EXIT_FAIL, "%s/%s: %s", path, image->name, wrong);
}

static bool hash_image(struct treeimage *image, const char *path, struct failure *error)
{
        _cleanup_free_ uint8_t *piece = memory_get(PIECE);
        struct verity verity;

        image->tree = memory_get(verity_tree_bytes(image->bytes) + 1); /* none of one block */
        verity_begin(&verity, image->tree, image->bytes);
        for (uint64_t done = 0; done < image->bytes;) {
                size_t length = image->bytes - done < PIECE ? (size_t)(image->bytes - done) : PIECE;

                if (pread(image->fd, piece, length, (off_t)done) != (ssize_t)length)
                        return fail(error, EXIT_FAIL, "%s/%s: its image cannot be read: %s", path,
                                image->name, strerror(errno));
                verity_add(&verity, piece, length);
                done += length;
        }
        verity_end(&verity, image->root);
        return true;
}

bool treeimage_make(const struct host *host, int folder, const char *path, const char *name,
        struct treeimage *ret_image, struct failure *ret_error)
{
        _cleanup_(treeimage_free) struct treeimage image = { .name = memory_copy(name), .fd = -1 };
        struct stat status;
        _cleanup_close_ int fd = open_tree(folder, path, name, &status, ret_error);

        if (fd < 0)
                return false;
        image.fd = S_ISDIR(status.st_mode) ? make_image(host, fd, ret_error) : TAKE_FD(fd);
        if (image.fd < 0)
                return false;
        if (fstat(image.fd, &status) != 0)
                return fail_errno(ret_error, EXIT_FAIL, "cannot read the image of", name);
        image.bytes = (uint64_t)status.st_size;
        if (!check_image(&image, path, ret_error) || !hash_image(&image, path, ret_error))
                return false;
        *ret_image = image;
        image = (struct treeimage){ .fd = -1 };
        return true;
}
