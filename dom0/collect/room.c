#include "dom0/collect/room.h"

#include <sys/statvfs.h>

#define BLOCK        ((uint64_t)4096)
#define OWN_ENTRIES  4u /* the folder, run.json, events.jsonl, region.bin */
#define JSON_TIMES   5u /* of a record: once in events.jsonl, and as run.json has it */
#define JSON_OF_FILE ((uint64_t)1024) /* what run.json says of a file */

/* Bytes in whole blocks. */
static uint64_t in_blocks(uint64_t bytes)
{
        return (bytes + BLOCK - 1) / BLOCK * BLOCK;
}

static uint64_t entries_of(const struct run *run)
{
        return run->files_count + run->folders_count + OWN_ENTRIES;
}

/* None of the sums comes near the largest number: files and JSON are parts of one region, or of a
 * disk. */
static uint64_t bytes_of(const struct run *run, bool raw)
{
        uint64_t contents = 0, bytes = BLOCK * (run->folders_count + OWN_ENTRIES), json;

        for (size_t i = 0; i < run->files_count; i++) {
                contents += run->files[i].data ? run->files[i].length : 0;
                bytes += run->files[i].copy < 0 ? in_blocks(run->files[i].length) : 0;
        }
        json = run->good_bytes > contents ? run->good_bytes - contents : 0;
        return bytes + JSON_TIMES * json + JSON_OF_FILE * run->files_count +
               (raw ? in_blocks(run->size) : 0);
}

bool room_check(const struct host *host, const char *parent, const struct run *run, bool raw,
        struct failure *ret_error)
{
        uint64_t needed = bytes_of(run, raw), room;
        struct statvfs status;

        if (host->room(parent, &room) && room < needed)
                return fail(ret_error, EXIT_INCOMPLETE,
                        "the run folder needs up to %llu MiB, and %s has room for %llu; nothing "
                        "was written",
                        (unsigned long long)(needed >> 20) + 1, parent,
                        (unsigned long long)(room >> 20));
        if (statvfs(parent, &status) == 0 && status.f_files > 0 &&
                status.f_favail < entries_of(run))
                return fail(ret_error, EXIT_INCOMPLETE,
                        "the run folder has %llu files and folders, and %s has room for %llu; "
                        "nothing was written",
                        (unsigned long long)entries_of(run), parent,
                        (unsigned long long)status.f_favail);
        return true;
}
