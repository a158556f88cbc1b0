#include "dom0/trialparts/guardparts.h"

#include <elf.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "dom0/base/memory.h"
#include "dom0/host/program.h"
#include "dom0/host/source.h"
#include "dom0/trialparts/modinfo.h"
#include "lib/cleanup.h"

#define PROGRAM_BYTES ((size_t)16 << 20)
#define MODULE_BYTES  ((size_t)4 << 20)
#define LIST_BYTES    ((size_t)4 << 20)
#define MODULE        "kernel/drivers/xen/xen-privcmd.ko" /* drivers/xen/Makefile */

/* What unpacks a module, by its first bytes and by its name's end. */
static const struct packing {
        const char *suffix, *magic;
        size_t magic_bytes;
        const char *argv[3];
} packings[] = {
        { "", ELFMAG, SELFMAG, { NULL } },
        { ".xz",
                "\xfd"
                "7zXZ",
                5, { "xz", "-dc" } },
        { ".zst", "\x28\xb5\x2f\xfd", 4, { "zstd", "-dcq" } },
        { ".gz", "\x1f\x8b", 2, { "gzip", "-dc" } },
};

#define PACKINGS (sizeof(packings) / sizeof(packings[0]))

static bool read_program(const struct host *host, struct guardparts *parts, struct failure *error)
{
        _cleanup_free_ char *path = host_path(host, GUARD_PROGRAM);

        parts->program = source_read_text(path, PROGRAM_BYTES, &parts->program_bytes);
        if (!parts->program)
                return fail(error, EXIT_FAIL,
                        "cannot read %s: %s; without the guard a trial that hangs would stay "
                        "hanging",
                        path, strerror(errno));
        return (parts->program_bytes > SELFMAG && memcmp(parts->program, ELFMAG, SELFMAG) == 0) ||
               fail(error, EXIT_FAIL, "%s is no program", path);
}

static bool is_built_in(const struct host *host, const char *release)
{
        _cleanup_free_ char *path = host_path(host, "/lib/modules/%s/modules.builtin", release);
        size_t length;
        _cleanup_free_ char *text = source_read_text(path, LIST_BYTES, &length);
        char *rest = text;

        for (char *line; text && (line = strsep(&rest, "\n"));)
                if (strcmp(line, MODULE) == 0)
                        return true;
        return false;
}

/* The file as it is; which packing it has goes by its bytes. */
static bool unpack(
        const struct host *host, const char *path, struct guardparts *parts, struct failure *error)
{
        size_t length;
        _cleanup_free_ char *bytes = source_read_text(path, MODULE_BYTES, &length);

        if (!bytes)
                return fail_errno(error, EXIT_FAIL, "cannot read", path);
        for (size_t i = 0; i < PACKINGS; i++) {
                const struct packing *packing = &packings[i];
                const char *const argv[] = { packing->argv[0], packing->argv[1], path, NULL };

                if (length < packing->magic_bytes ||
                        memcmp(bytes, packing->magic, packing->magic_bytes) != 0)
                        continue;
                if (argv[0])
                        return program_run(host, argv, MODULE_BYTES, &parts->module,
                                &parts->module_bytes, error);
                parts->module = TAKE_PTR(bytes);
                parts->module_bytes = length;
                return true;
        }
        return fail(error, EXIT_FAIL,
                "%s is neither a kernel module nor one packed by xz, zstd "
                "or gzip",
                path);
}

/* What Linux would load: the guard loads this one module and no other. */
static bool check_module(const struct guardparts *parts, const char *path, const char *release,
        struct failure *error)
{
        const char *vermagic, *needs, *problem;
        struct modinfo modinfo;

        problem = modinfo_open(parts->module, parts->module_bytes, &modinfo);
        if (problem)
                return fail(error, EXIT_FAIL, "%s %s", path, problem);
        vermagic = modinfo_get(&modinfo, "vermagic", 0);
        needs = modinfo_get(&modinfo, "depends", 0);
        if (!vermagic || strncmp(vermagic, release, strlen(release)) != 0 ||
                vermagic[strlen(release)] != ' ')
                return fail(error, EXIT_FAIL, "%s is not for Linux %s", path, release);
        return !needs || !*needs ||
               fail(error, EXIT_FAIL, "%s needs %s, and the guard of a trial loads one module only",
                       path, needs);
}

static bool read_module(const struct host *host, const char *release, struct guardparts *parts,
        struct failure *error)
{
        for (size_t i = 0; i < PACKINGS; i++) {
                _cleanup_free_ char *path = host_path(
                        host, "/lib/modules/%s/" MODULE "%s", release, packings[i].suffix);

                if (access(path, F_OK) == 0)
                        return unpack(host, path, parts, error) &&
                               check_module(parts, path, release, error);
        }
        return is_built_in(host, release) ||
               fail(error, EXIT_FAIL,
                       "%s/lib/modules/%s has no " MODULE ", and its modules.builtin does not name "
                       "it: the guard of a trial could not reach Xen's watchdog",
                       host->root, release);
}

bool guardparts_find(const struct host *host, const char *release, struct guardparts *ret_parts,
        struct failure *ret_error)
{
        _cleanup_(guardparts_free) struct guardparts parts = { .program = NULL };

        if (!read_program(host, &parts, ret_error) ||
                !read_module(host, release, &parts, ret_error))
                return false;
        *ret_parts = parts;
        parts = (struct guardparts){ .program = NULL };
        return true;
}

void guardparts_free(struct guardparts *parts)
{
        free(parts->program);
        free(parts->module);
        *parts = (struct guardparts){ .program = NULL };
}
