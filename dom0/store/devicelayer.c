#include "dom0/store/devicelayer.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "dom0/base/memory.h"
#include "dom0/host/lookup.h"
#include "dom0/host/program.h"
#include "lib/cleanup.h"
#include "lib/number.h"
#include "lib/text.h"
#include "lib/why.h"

#define SECTOR    512u /* of sysfs and of the device mapper, whatever the disk's blocks are */
#define TABLE_MAX ((size_t)1 << 20)
#define DEPTH_MAX 8u /* devices on devices */
#define WORDS     6

static bool sectors(const char *text, uint64_t *ret_bytes)
{
        return number_u64(text, ret_bytes) &&
               !__builtin_mul_overflow(*ret_bytes, (uint64_t)SECTOR, ret_bytes);
}

/* "8:3" */
static bool device_number(const char *text, struct disk_number *ret_number)
{
        const char *colon = strchr(text, ':');
        uint64_t major, minor;

        if (!colon || !number_parse(text, (size_t)(colon - text), &major) ||
                !number_u64(colon + 1, &minor) || major > 4095 || minor > 1048575)
                return false;
        *ret_number = (struct disk_number){ (unsigned)major, (unsigned)minor };
        return true;
}

bool devicelayer_parse(const char *line, size_t length, struct linear *ret_linear, char *why)
{
        char text[256], *words[WORDS];
        struct linear linear;
        int count;

        if (length >= sizeof(text))
                return why_not(why, "a line of %zu bytes in its table", length);
        snprintf(text, sizeof(text), "%.*s", (int)length, line);
        count = text_split(text, words, WORDS);
        if (count < 3 || !sectors(words[0], &linear.start) || !sectors(words[1], &linear.length))
                return why_not(why, "a line of its table that says nothing");
        if (strcmp(words[2], "linear") != 0)
                return why_not(why, "a mapping of kind \"%s\"", words[2]);
        if (count != 5 || !device_number(words[3], &linear.below) ||
                !sectors(words[4], &linear.offset))
                return why_not(why, "a linear mapping onto no device by number");
        *ret_linear = linear;
        return true;
}

/* --- what a device lies on --- */

struct walk {
        const struct host *host;
        struct failure *error;
        unsigned depth;
};

static bool read_device(const struct walk *walk, struct disk_number device, struct layer *ret_layer,
        struct disk_number *ret_disk);

/* A number out of one of the device's small files. */
static bool attribute(const struct walk *walk, struct disk_number device, const char *file,
        char *out, size_t size)
{
        _cleanup_free_ char *path =
                memory_format("/sys/dev/block/%u:%u/%s", device.major, device.minor, file);

        return lookup_line(walk->host, path, out, size);
}

static bool attribute_bytes(
        const struct walk *walk, struct disk_number device, const char *file, uint64_t *ret_bytes)
{
        char text[32];

        if (attribute(walk, device, file, text, sizeof(text)) && sectors(text, ret_bytes))
                return true;
        return fail(walk->error, EXIT_FAIL, "/sys/dev/block/%u:%u/%s does not say what it should",
                device.major, device.minor, file);
}

/* `upper`, which is extents of `below`, as extents of the disk. */
static bool through(const struct walk *walk, const struct layer *upper, struct disk_number below,
        struct layer *ret_layer, struct disk_number *ret_disk)
{
        const struct walk deeper = { walk->host, walk->error, walk->depth + 1 };
        _cleanup_(layer_free) struct layer lower = { 0 };

        if (!read_device(&deeper, below, &lower, ret_disk))
                return false;
        return layer_through(upper, &lower, ret_layer) ||
               fail(walk->error, EXIT_FAIL, "device %u:%u ends before what lies on it", below.major,
                       below.minor);
}

static bool read_partition(const struct walk *walk, struct disk_number device,
        struct layer *ret_layer, struct disk_number *ret_disk)
{
        _cleanup_(layer_free) struct layer layer = { 0 };
        struct disk_number disk;
        uint64_t start, length;
        char text[32];

        if (!attribute(walk, device, "../dev", text, sizeof(text)) || !device_number(text, &disk))
                return fail(walk->error, EXIT_FAIL, "sysfs does not say which disk %u:%u is on",
                        device.major, device.minor);
        if (!attribute_bytes(walk, device, "start", &start) ||
                !attribute_bytes(walk, device, "size", &length))
                return false;
        layer_append(&layer, start, length);
        return through(walk, &layer, disk, ret_layer, ret_disk);
}

/* Appends what a line of a mapping's table is on the disk. All lines have to be on the same. */
static bool append_linear(const struct walk *walk, const struct linear *linear, struct layer *layer,
        struct disk_number *disk)
{
        _cleanup_(layer_free) struct layer piece = { 0 }, found = { 0 };
        bool first = layer->count == 0;
        struct disk_number under;

        layer_append(&piece, linear->offset, linear->length);
        if (!through(walk, &piece, linear->below, &found, &under))
                return false;
        if (!first && (under.major != disk->major || under.minor != disk->minor))
                return fail(walk->error, EXIT_FAIL,
                        "it lies on two disks, %u:%u and %u:%u; a store lies on one", disk->major,
                        disk->minor, under.major, under.minor);
        for (size_t i = 0; i < found.count; i++)
                layer_append(layer, found.extents[i].start, found.extents[i].length);
        *disk = under;
        return true;
}

static bool read_table(const struct walk *walk, const char *name, const char *table,
        struct layer *ret_layer, struct disk_number *ret_disk)
{
        _cleanup_(layer_free) struct layer layer = { 0 };
        struct disk_number disk = { 0, 0 };
        uint64_t done = 0;

        for (const char *line = table; *line; line += *line == '\n') {
                size_t length = strcspn(line, "\n");
                char why[WHY_SIZE];
                struct linear linear;

                if (!devicelayer_parse(line, length, &linear, why))
                        return fail(walk->error, EXIT_FAIL,
                                "\"%s\" is %s: a store can lie on linear mappings only", name, why);
                if (linear.start != done || linear.length == 0)
                        return fail(walk->error, EXIT_FAIL, "\"%s\" has a gap in its table", name);
                if (!append_linear(walk, &linear, &layer, &disk))
                        return false;
                done += linear.length;
                line += length;
        }
        if (layer.count == 0)
                return fail(walk->error, EXIT_FAIL, "\"%s\" has no table", name);
        *ret_layer = layer;
        *ret_disk = disk;
        layer = (struct layer){ 0 };
        return true;
}

static bool read_mapping(const struct walk *walk, struct disk_number device, const char *name,
        struct layer *ret_layer, struct disk_number *ret_disk)
{
        _cleanup_free_ char *major = memory_format("%u", device.major);
        _cleanup_free_ char *minor = memory_format("%u", device.minor);
        const char *argv[] = { "dmsetup", "table", "-j", major, "-m", minor, NULL };
        _cleanup_free_ char *table = NULL;
        size_t length;

        return program_run(walk->host, argv, TABLE_MAX, &table, &length, walk->error) &&
               read_table(walk, name, table, ret_layer, ret_disk);
}

static bool read_disk(const struct walk *walk, struct disk_number device, struct layer *ret_layer,
        struct disk_number *ret_disk)
{
        uint64_t length;

        if (!attribute_bytes(walk, device, "size", &length))
                return false;
        *ret_layer = (struct layer){ 0 };
        layer_append(ret_layer, 0, length);
        *ret_disk = device;
        return true;
}

/* Of Linux's own making, with nothing that the stage would find: loop, zram, nbd, … */
static bool is_virtual(const struct walk *walk, struct disk_number device)
{
        _cleanup_free_ char *folder =
                host_path(walk->host, "/sys/dev/block/%u:%u", device.major, device.minor);
        _cleanup_free_ char *path = realpath(folder, NULL);

        return path && strstr(path, "/devices/virtual/") &&
               !strstr(path,
                       "/devices/virtual/nvme-subsystem/"); /* a disk with several ways to it */
}

static bool read_device(const struct walk *walk, struct disk_number device, struct layer *ret_layer,
        struct disk_number *ret_disk)
{
        char text[128];

        if (walk->depth > DEPTH_MAX)
                return fail(walk->error, EXIT_FAIL, "more than %u devices lie on one another",
                        DEPTH_MAX);
        if (attribute(walk, device, "partition", text, sizeof(text)))
                return read_partition(walk, device, ret_layer, ret_disk);
        if (attribute(walk, device, "dm/name", text, sizeof(text)))
                return read_mapping(walk, device, text, ret_layer, ret_disk);
        if (attribute(walk, device, "md/level", text, sizeof(text)))
                return fail(walk->error, EXIT_FAIL,
                        "it lies on an array (md, %s): a store lies on one disk", text);
        if (is_virtual(walk, device))
                return fail(walk->error, EXIT_FAIL,
                        "device %u:%u is made by Linux, and is not there when the jobs run",
                        device.major, device.minor);
        return read_disk(walk, device, ret_layer, ret_disk);
}

bool devicelayer_read(const struct host *host, unsigned major, unsigned minor,
        struct layer *ret_layer, struct disk_number *ret_disk, struct failure *ret_error)
{
        const struct walk walk = { host, ret_error, 0 };

        return read_device(&walk, (struct disk_number){ major, minor }, ret_layer, ret_disk);
}
