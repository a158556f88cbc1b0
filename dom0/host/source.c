#include "dom0/host/source.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#include "dom0/base/memory.h"
#include "dom0/host/iomem.h"
#include "lib/cleanup.h"
#include "lib/io.h"
#include "region/region.h"

#define COMMAND_LINE_MAX ((size_t)64 << 10)
#define IOMEM_MAX        ((size_t)4 << 20)
#define REGION_FILE_MAX  ((uint64_t)4 << 30) /* a region lies below 4 GiB */
#define PAGE_SIZE        ((size_t)4096)
#define TEXT_FIRST       ((size_t)16 << 10)
#define PIECE_SIZE       ((size_t)64 << 10) /* of a file, read at once; whole pages */

/* The room grows with what is there: most limits are a thousand times what is read. NULL: errno. */
static char *read_growing(int fd, size_t limit, size_t *ret_length)
{
        size_t room = limit < TEXT_FIRST ? limit : TEXT_FIRST, length = 0;
        _cleanup_free_ char *text = memory_resize(NULL, room + 1);
        ssize_t got;

        while ((got = io_read(fd, text + length, room - length)) >= 0) {
                length += (size_t)got;
                if (length < room || room == limit)
                        break;
                room = room < limit / 2 ? 2 * room : limit;
                text = memory_resize(text, room + 1);
        }
        if (got < 0)
                return NULL;
        memset(text + length, 0, room + 1 - length);
        *ret_length = length;
        return TAKE_PTR(text);
}

char *source_read_text(const char *path, size_t limit, size_t *ret_length)
{
        _cleanup_close_ int fd = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK);

        return fd < 0 ? NULL : read_growing(fd, limit, ret_length);
}

bool source_bootline(const struct host *host, struct bootline *ret_line, struct failure *ret_error)
{
        struct bootline_error wrong = { 0 };
        size_t length;
        _cleanup_free_ char *text = source_read_text(host->command_line, COMMAND_LINE_MAX, &length);

        if (!text)
                return fail_errno(ret_error, EXIT_INCOMPLETE, "cannot read", host->command_line);
        if (!bootline_parse(text, length, ret_line, &wrong))
                return fail(ret_error, EXIT_INCOMPLETE, "%s: %s %s", host->command_line,
                        wrong.parameter, wrong.problem);
        if (!ret_line->has_region)
                return fail(ret_error, EXIT_NO_RUN,
                        "no run here: this boot's command line has no forestage.region=; the "
                        "system was not started by a Forestage run, or is not its first boot "
                        "after one");
        if (!ret_line->has_run)
                return fail(ret_error, EXIT_INCOMPLETE,
                        "%s names a region but no forestage.run=; read it with --region ADDR,SIZE",
                        host->command_line);
        return true;
}

static bool check_iomem(
        const struct host *host, const struct memory_range *range, struct failure *error)
{
        size_t length;
        _cleanup_free_ char *text = source_read_text(host->iomem, IOMEM_MAX, &length);

        if (!text)
                return fail_errno(error, EXIT_INCOMPLETE, "cannot read", host->iomem);
        switch (iomem_check(text, length, range)) {
        case IOMEM_RESERVED:
                return true;
        case IOMEM_HIDDEN:
                return fail(error, EXIT_INCOMPLETE,
                        "%s shows no addresses: reading the region needs root", host->iomem);
        case IOMEM_EMPTY:
                return fail(error, EXIT_INCOMPLETE, "%s has no memory map", host->iomem);
        case IOMEM_OTHER:
                break;
        }
        return fail(error, EXIT_INCOMPLETE,
                "%s does not show 0x%llx-0x%llx as Reserved: memory that others use is not read",
                host->iomem, (unsigned long long)range->address,
                (unsigned long long)(range->address + range->size - 1));
}

/* Anonymous pages, so that a large region goes back whole when it is closed. */
static void *get_pages(size_t size)
{
        void *pages = mmap(
                NULL, size ? size : 1, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);

        return pages == MAP_FAILED ? NULL : pages;
}

static void put_pages(void *pages, size_t size)
{
        munmap(pages, size ? size : 1);
}

/* A page that is zero stays untouched: a region is mostly free space, which takes no memory then.
 */
static void keep_page(void *to, const void *page, size_t size)
{
        static const char zeroes[PAGE_SIZE];

        if (memcmp(page, zeroes, size) != 0)
                memcpy(to, page, size);
}

/*
 * Each 16 bytes are loaded exactly once, in order. Under Xen the mapping is uncached, where a
 * string instruction would read byte by byte; and nobody can change what was checked after it was
 * read.
 */
static void load_once(void *to, const void *from, size_t size)
{
        typedef long long word __attribute__((vector_size(16)));
        const volatile word *source = from;
        word *target = to;

        for (size_t i = 0; i < size / sizeof(word); i++)
                target[i] = source[i];
}

/* Copies the bytes from `from` up to `to` of what is mapped to their place. */
static bool copy_mapped(void *arg, uint64_t from, uint64_t to, struct source *source)
{
        _Alignas(16) char page[PAGE_SIZE];

        for (uint64_t at = from; at < to; at += PAGE_SIZE) {
                size_t size = to - at < PAGE_SIZE ? (size_t)(to - at) : PAGE_SIZE;

                load_once(page, (const char *)arg + at, size);
                keep_page((char *)source->base + at, page, size & ~(size_t)15);
        }
        return true;
}

/*
 * Gets the headers and the first record with `copy`, and the rest only when they say that a region
 * is here: of anything else three pages are read, however large it is.
 */
static bool copy_parts(bool (*copy)(void *arg, uint64_t from, uint64_t to, struct source *source),
        void *arg, struct source *source)
{
        uint64_t size = source->size, first = size < 2 * PAGE_SIZE ? size : 2 * PAGE_SIZE;
        uint64_t last = size < PAGE_SIZE ? first : size - PAGE_SIZE;

        if (last < first)
                last = first;
        if (!copy(arg, 0, first, source) || !copy(arg, last, size, source))
                return false;
        source->is_whole = region_has_trace(source->base, size);
        return !source->is_whole || copy(arg, first, last, source);
}

static bool copy_memory(const struct host *host, const struct memory_range *range,
        struct source *source, struct failure *error)
{
        _cleanup_close_ int fd = open(host->memory, O_RDONLY | O_CLOEXEC);
        void *mapped;

        if (fd < 0)
                return fail_errno(error, EXIT_INCOMPLETE, "cannot open", host->memory);
        mapped = mmap(NULL, range->size, PROT_READ, MAP_SHARED, fd, (off_t)range->address);
        if (mapped == MAP_FAILED)
                return fail(error, EXIT_INCOMPLETE, "cannot map 0x%llx bytes at 0x%llx of %s: %s",
                        (unsigned long long)range->size, (unsigned long long)range->address,
                        host->memory, strerror(errno));
        source->size = range->size;
        source->base = get_pages(range->size);
        if (source->base)
                copy_parts(copy_mapped, mapped, source);
        munmap(mapped, range->size);
        return source->base || fail(error, EXIT_INCOMPLETE,
                                       "not enough memory for a copy of the region (%llu bytes)",
                                       (unsigned long long)range->size);
}

static bool open_memory(const struct host *host, const struct memory_range *range,
        struct source *source, struct failure *error)
{
        source->from_memory = true;
        source->address = range->address;
        source->name = host->memory;
        return check_iomem(host, range, error) && copy_memory(host, range, source, error);
}

/* A part that has data, in pieces, so that its zero pages are not kept either. */
static bool read_data(int fd, uint64_t from, uint64_t to, struct source *source)
{
        uint64_t room = to - from < PIECE_SIZE ? to - from : PIECE_SIZE;
        _cleanup_free_ char *piece = memory_allocate((size_t)room);
        bool good = lseek(fd, (off_t)from, SEEK_SET) >= 0;

        for (uint64_t at = from; good && at < to; at += room) {
                size_t size = to - at < room ? (size_t)(to - at) : (size_t)room;
                ssize_t got = io_read(fd, piece, size);

                errno = got < 0 ? errno : 0; /* 0: it has become shorter */
                good = got >= 0 && (size_t)got == size;
                for (size_t i = 0; good && i < size; i += PAGE_SIZE)
                        keep_page((char *)source->base + at + i, piece + i,
                                size - i < PAGE_SIZE ? size - i : PAGE_SIZE);
        }
        return good;
}

/* Holes are zero, and need not be read; a file system that knows of none has data only. */
static bool read_range(void *arg, uint64_t from, uint64_t to, struct source *source)
{
        int fd = *(const int *)arg;

        while (from < to) {
                off_t data = lseek(fd, (off_t)from, SEEK_DATA), hole;

                if (data < 0 && errno == ENXIO)
                        return true;
                hole = data < 0 ? -1 : lseek(fd, data, SEEK_HOLE);
                if (hole <= data || (uint64_t)hole > to)
                        hole = (off_t)to;
                if (data >= 0)
                        from = (uint64_t)data;
                if (from < to && !read_data(fd, from, (uint64_t)hole, source))
                        return false;
                from = (uint64_t)hole;
        }
        return true;
}

static bool has_size(int fd, uint64_t size)
{
        struct stat status;

        return fstat(fd, &status) == 0 && (uint64_t)status.st_size == size;
}

static bool read_file(int fd, uint64_t size, struct source *source, struct failure *error)
{
        int reason;
        bool good;

        source->base = get_pages(size);
        if (!source->base)
                return fail(error, EXIT_INCOMPLETE, "not enough memory for %s (%llu bytes)",
                        source->name, (unsigned long long)size);
        source->size = size;
        good = copy_parts(read_range, &fd, source);
        reason = good ? 0 : errno;
        if (good && has_size(fd, size))
                return true;
        if (reason != 0)
                fail(error, EXIT_INCOMPLETE, "cannot read %s: %s", source->name, strerror(reason));
        else
                fail(error, EXIT_INCOMPLETE, "%s changed its size while it was read", source->name);
        source_close(source);
        return false;
}

static bool check_file(int fd, const char *name, uint64_t *ret_size, struct failure *error)
{
        struct stat status;

        if (fstat(fd, &status) != 0)
                return fail(error, EXIT_USAGE, "cannot look at %s: %s", name, strerror(errno));
        if (!S_ISREG(status.st_mode))
                return fail(error, EXIT_USAGE, "%s is not a regular file", name);
        if ((uint64_t)status.st_size > REGION_FILE_MAX)
                return fail(error, EXIT_USAGE, "%s is larger than any region (4 GiB)", name);
        *ret_size = (uint64_t)status.st_size;
        return true;
}

static bool open_file(const char *name, struct source *source, struct failure *error)
{
        /* A FIFO must not hold us up, and a terminal not become ours. */
        _cleanup_close_ int fd = open(name, O_RDONLY | O_CLOEXEC | O_NONBLOCK | O_NOCTTY);
        uint64_t size = 0;

        source->name = name;
        if (fd < 0)
                return fail_errno(error, EXIT_USAGE, "cannot open", name);
        return check_file(fd, name, &size, error) && read_file(fd, size, source, error);
}

static bool open_booted(const struct host *host, const struct bootline *booted,
        struct source *source, struct failure *error)
{
        source->has_run = true;
        memcpy(source->run_id, booted->run_id, sizeof(source->run_id));
        return open_memory(host, &booted->region, source, error);
}

bool source_open(const struct host *host, const char *region, const struct bootline *booted,
        struct source *ret_source, struct failure *ret_error)
{
        struct source source = { 0 };
        struct memory_range range;
        const char *problem;
        bool good;

        if (!region)
                good = open_booted(host, booted, &source, ret_error);
        else if (!memory_range_is_meant(region, strlen(region), &range, &problem))
                good = open_file(region, &source, ret_error);
        else if (problem)
                good = fail(ret_error, EXIT_USAGE, "--region %s %s", region, problem);
        else
                good = open_memory(host, &range, &source, ret_error);
        if (good)
                *ret_source = source;
        return good;
}

void source_close(struct source *source)
{
        if (source->base)
                put_pages(source->base, source->size);
        source->base = NULL;
}
