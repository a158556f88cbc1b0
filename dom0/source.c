#include "dom0/source.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#include "dom0/iomem.h"
#include "dom0/memory.h"

#define COMMAND_LINE_MAX ((size_t)64 << 10)
#define IOMEM_MAX        ((size_t)4 << 20)
#define REGION_FILE_MAX  ((uint64_t)4 << 30) /* a region lies below 4 GiB */

/* Reads until `size` bytes are there or the file ends. */
static ssize_t read_full(int fd, char *buffer, size_t size)
{
        size_t done = 0;

        while (done < size) {
                ssize_t got = read(fd, buffer + done, size - done);

                if (got < 0 && errno == EINTR)
                        continue;
                if (got < 0)
                        return -1;
                if (got == 0)
                        break;
                done += (size_t)got;
        }
        return (ssize_t)done;
}

char *source_read_text(const char *path, size_t limit, size_t *ret_length)
{
        int fd = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK);
        ssize_t length;
        char *text;

        if (fd < 0)
                return NULL;
        text = memory_get(limit + 1);
        length = read_full(fd, text, limit);
        close(fd);
        if (length < 0) {
                free(text);
                return NULL;
        }
        *ret_length = (size_t)length;
        return text;
}

bool source_bootline(const struct host *host, struct bootline *ret_line, struct failure *ret_error)
{
        struct bootline_error wrong = { 0 };
        size_t length;
        char *text = source_read_text(host->command_line, COMMAND_LINE_MAX, &length);
        bool good;

        if (!text)
                return fail(ret_error, EXIT_INCOMPLETE, "cannot read %s: %s", host->command_line,
                        strerror(errno));
        good = bootline_parse(text, length, ret_line, &wrong);
        free(text);
        if (!good)
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
        char *text = source_read_text(host->iomem, IOMEM_MAX, &length);
        enum iomem_answer answer;

        if (!text)
                return fail(
                        error, EXIT_INCOMPLETE, "cannot read %s: %s", host->iomem, strerror(errno));
        answer = iomem_check(text, length, range);
        free(text);
        switch (answer) {
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

/*
 * Each 16 bytes are loaded exactly once, in order. Under Xen the mapping is uncached, where a
 * string instruction would read byte by byte; and nobody can change what was checked after it was
 * read.
 */
static void copy_once(void *to, const void *from, size_t size)
{
        typedef long long word __attribute__((vector_size(16)));
        const volatile word *source = from;
        word *target = to;

        for (size_t i = 0; i < size / sizeof(word); i++)
                target[i] = source[i];
}

static bool copy_memory(const struct host *host, const struct memory_range *range,
        struct source *source, struct failure *error)
{
        int fd = open(host->memory, O_RDONLY | O_CLOEXEC);
        void *mapped;

        if (fd < 0)
                return fail(error, EXIT_INCOMPLETE, "cannot open %s: %s", host->memory,
                        strerror(errno));
        mapped = mmap(NULL, range->size, PROT_READ, MAP_SHARED, fd, (off_t)range->address);
        close(fd);
        if (mapped == MAP_FAILED)
                return fail(error, EXIT_INCOMPLETE, "cannot map 0x%llx bytes at 0x%llx of %s: %s",
                        (unsigned long long)range->size, (unsigned long long)range->address,
                        host->memory, strerror(errno));
        source->base = get_pages(range->size);
        if (source->base)
                copy_once(source->base, mapped, range->size);
        munmap(mapped, range->size);
        if (!source->base)
                return fail(error, EXIT_INCOMPLETE,
                        "not enough memory for a copy of the region (%llu bytes)",
                        (unsigned long long)range->size);
        source->size = range->size;
        return true;
}

static bool open_memory(const struct host *host, const struct memory_range *range,
        struct source *source, struct failure *error)
{
        source->from_memory = true;
        source->address = range->address;
        source->name = host->memory;
        return check_iomem(host, range, error) && copy_memory(host, range, source, error);
}

static bool read_file(int fd, uint64_t size, struct source *source, struct failure *error)
{
        ssize_t got;
        char more;

        source->base = get_pages(size);
        if (!source->base)
                return fail(error, EXIT_INCOMPLETE, "not enough memory for %s (%llu bytes)",
                        source->name, (unsigned long long)size);
        source->size = size;
        got = read_full(fd, source->base, size);
        if (got >= 0 && (uint64_t)got == size && read(fd, &more, 1) == 0)
                return true;
        if (got < 0)
                fail(error, EXIT_INCOMPLETE, "cannot read %s: %s", source->name, strerror(errno));
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
        int fd = open(name, O_RDONLY | O_CLOEXEC | O_NONBLOCK); /* a FIFO must not hold us up */
        uint64_t size = 0;
        bool good;

        source->name = name;
        if (fd < 0)
                return fail(error, EXIT_USAGE, "cannot open %s: %s", name, strerror(errno));
        good = check_file(fd, name, &size, error) && read_file(fd, size, source, error);
        close(fd);
        return good;
}

static bool open_booted(const struct host *host, struct source *source, struct failure *error)
{
        struct bootline line;

        if (!source_bootline(host, &line, error))
                return false;
        source->has_run = true;
        memcpy(source->run_id, line.run_id, sizeof(source->run_id));
        return open_memory(host, &line.region, source, error);
}

bool source_open(const struct host *host, const char *region, struct source *ret_source,
        struct failure *ret_error)
{
        struct source source = { 0 };
        struct memory_range range;
        bool good;

        if (!region)
                good = open_booted(host, &source, ret_error);
        else if (!memory_range_parse(region, strlen(region), &range))
                good = open_memory(host, &range, &source, ret_error);
        else
                good = open_file(region, &source, ret_error);
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
