#include "dom0/run/jsonfile.h"

#include <errno.h>
#include <stdbool.h>
#include <sys/mman.h>
#include <sys/stat.h>

#include "dom0/run/jsoncost.h"
#include "lib/io.h"

/* All of it, in pages that go back whole; it is read, not mapped: others may cut it meanwhile. */
static bool read_all(int fd, char *text, size_t length)
{
        ssize_t got = io_read(fd, text, length);

        errno = got < 0 ? errno : EINVAL; /* it has become shorter */
        return got == (ssize_t)length;
}

static json_t *build(const char *text, size_t length)
{
        struct jsoncost cost = jsoncost(text, length);
        json_t *value;

        if (cost.depth > JSONFILE_DEPTH ||
                cost.bytes > JSONFILE_FIRST + (uint64_t)JSONFILE_TIMES * length) {
                errno = EFBIG;
                return NULL;
        }
        value = json_loadb(text, length, JSON_REJECT_DUPLICATES, NULL);
        if (!value)
                errno = EINVAL;
        return value;
}

json_t *jsonfile_load(int fd)
{
        return jsonfile_load_hashed(fd, NULL);
}

static void hash_text(const char *text, size_t length, char ret_hash[2 * SHA256_SIZE + 1])
{
        uint8_t digest[SHA256_SIZE];

        sha256(text, length, digest);
        sha256_format(digest, ret_hash);
}

json_t *jsonfile_load_hashed(int fd, char ret_hash[2 * SHA256_SIZE + 1])
{
        struct stat status;
        json_t *value = NULL;
        size_t length;
        char *text;

        if (fstat(fd, &status) != 0)
                return NULL;
        errno = EINVAL;
        if (!S_ISREG(status.st_mode) || status.st_size <= 0)
                return NULL;
        errno = EFBIG;
        if ((uint64_t)status.st_size > JSONFILE_BYTES)
                return NULL;
        length = (size_t)status.st_size;
        text = mmap(NULL, length, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
        if (text == MAP_FAILED)
                return NULL;
        if (read_all(fd, text, length))
                value = build(text, length);
        if (value && ret_hash)
                hash_text(text, length, ret_hash);
        munmap(text, length);
        return value;
}
