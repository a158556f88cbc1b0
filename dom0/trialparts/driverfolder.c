#include "dom0/trialparts/driverfolder.h"

#include <ctype.h>
#include <errno.h>
#include <glob.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "dom0/base/memory.h"
#include "dom0/host/source.h"
#include "dom0/trialparts/modinfo.h"
#include "dom0/trialparts/ownedtree.h"
#include "lib/cleanup.h"
#include "lib/text.h"

#define ORDER_BYTES  ((size_t)8 << 10)
#define MODULE_BYTES ((size_t)512 << 20)
#define MAIN_MODULE  "nvidia"

/* A folder on its way, and the kernel that it is for. */
struct look {
        struct driverfolder *folder;
        const char *release;
        struct failure *error;
};

__attribute__((format(printf, 2, 3))) static void remark(
        struct driverfolder *folder, const char *format, ...)
{
        va_list arguments;

        if (folder->remarks == DRIVERFOLDER_REMARKS)
                return;
        va_start(arguments, format);
        folder->remark[folder->remarks++] = memory_format_list(format, arguments);
        va_end(arguments);
}

static bool is_file(const struct driverfolder *folder, const char *name)
{
        _cleanup_free_ char *path = memory_format("%s/%s", folder->path, name);
        struct stat status;

        return stat(path, &status) == 0 && S_ISREG(status.st_mode);
}

/* --- modules --- */

/* A file's name may have "-" where the module has "_" (scripts/mod/modpost.c). */
static bool same_name(const char *left, const char *right, size_t length)
{
        for (size_t i = 0; i < length; i++)
                if (left[i] != right[i] && !(strchr("-_", left[i]) && strchr("-_", right[i])))
                        return false;
        return left[length] == '\0';
}

/* Where a module comes in the order; `count`: it does not. */
static size_t find(const struct driverfolder *folder, const char *name, size_t length)
{
        size_t at = 0;

        while (at < folder->count && (strlen(folder->module[at].name) != length ||
                                             !same_name(folder->module[at].name, name, length)))
                at++;
        return at;
}

static bool is_name(const char *name)
{
        for (const char *at = name; *at; at++)
                if (!isalnum((unsigned char)*at) && *at != '-' && *at != '_')
                        return false;
        return *name && strlen(name) < sizeof(((struct driverfolder_module *)0)->name);
}

static bool take_name(const struct look *look, const char *name, unsigned line)
{
        struct driverfolder *folder = look->folder;

        if (!is_name(name))
                return fail(look->error, EXIT_FAIL, "%s/modules/order:%u: that is no module's name",
                        folder->path, line);
        if (find(folder, name, strlen(name)) < folder->count)
                return fail(look->error, EXIT_FAIL, "%s/modules/order:%u: %s is named twice",
                        folder->path, line, name);
        if (folder->count == DRIVERFOLDER_MODULES)
                return fail(look->error, EXIT_FAIL, "%s/modules/order:%u: more than %u modules",
                        folder->path, line, DRIVERFOLDER_MODULES);
        strcpy(folder->module[folder->count++].name, name);
        return true;
}

static bool read_order(const struct look *look)
{
        _cleanup_free_ char *path = memory_format("%s/modules/order", look->folder->path);
        size_t length;
        _cleanup_free_ char *text = source_read_text(path, ORDER_BYTES, &length);
        char *rest = text, *name;
        unsigned line = 0;

        if (!text)
                return fail_errno(look->error, EXIT_FAIL, "cannot read", path);
        while ((name = strsep(&rest, "\n"))) {
                line++;
                if ((*name || rest) && !take_name(look, name, line))
                        return false;
        }
        return look->folder->count > 0 || fail(look->error, EXIT_FAIL, "%s names no module", path);
}

/* A module of dom0's own kernel, which the trial has to ask for. */
static bool take_needed(const struct look *look, size_t number, const char *at, size_t length)
{
        struct driverfolder *folder = look->folder;
        char name[sizeof(folder->needed[0])];

        if (length >= sizeof(name) || folder->needed_count == DRIVERFOLDER_NEEDED)
                return fail(look->error, EXIT_FAIL,
                        "%s/modules/%s.ko needs %.100s, and more modules of dom0's own than can "
                        "be, or of longer names",
                        folder->path, folder->module[number].name, at);
        memcpy(name, at, length);
        name[length] = '\0';
        if (!is_name(name))
                return fail(look->error, EXIT_FAIL,
                        "%s/modules/%s.ko needs what is no module's name", folder->path,
                        folder->module[number].name);
        for (size_t i = 0; i < folder->needed_count; i++)
                if (same_name(folder->needed[i], name, length))
                        return true;
        strcpy(folder->needed[folder->needed_count++], name);
        remark(folder,
                "%s.ko needs %s, which this folder does not bring: dom0's own is loaded for it",
                folder->module[number].name, name);
        return true;
}

/* What a module needs must come before it; what does not come at all must be dom0's own. */
static bool check_needs(const struct look *look, size_t number, const char *needs)
{
        struct driverfolder *folder = look->folder;

        for (const char *at = needs; *at; at += strcspn(at, ",")) {
                size_t length, place;

                at += *at == ',';
                length = strcspn(at, ",");
                place = find(folder, at, length);
                if (length > 0 && place == folder->count && !take_needed(look, number, at, length))
                        return false;
                if (length > 0 && place < folder->count && place >= number)
                        return fail(look->error, EXIT_FAIL,
                                "%s/modules/order: %s comes before %s, which it needs",
                                folder->path, folder->module[number].name,
                                folder->module[place].name);
        }
        return true;
}

static bool check_release(const struct look *look, const char *path, const char *vermagic)
{
        size_t length = strcspn(vermagic, " ");

        return (strlen(look->release) == length && memcmp(vermagic, look->release, length) == 0) ||
               fail(look->error, EXIT_FAIL,
                       "%s is for Linux %.*s, and dom0's kernel is Linux %s: build the driver for "
                       "that (docs/trial.md)",
                       path, (int)length, vermagic, look->release);
}

static void read_main(struct driverfolder *folder, const struct modinfo *modinfo)
{
        const char *version = modinfo_get(modinfo, "version", 0);
        const char *license = modinfo_get(modinfo, "license", 0), *rest;

        snprintf(folder->version, sizeof(folder->version), "%s", version ? version : "");
        folder->is_open = license && text_skip(license, "Dual MIT/GPL", &rest);
}

static bool check_firmware(const struct look *look, const struct modinfo *modinfo)
{
        _cleanup_free_ char *pattern = memory_format(
                "%s/firmware/nvidia/%s/*.bin", look->folder->path, look->folder->version);
        bool any = !modinfo_get(modinfo, "firmware", 0);
        glob_t found = { 0 };

        any = any || glob(pattern, GLOB_NOSORT, NULL, &found) == 0;
        globfree(&found);
        return any || fail(look->error, EXIT_FAIL,
                              "%s is missing, and modules/nvidia.ko asks for GSP firmware of its "
                              "version",
                              pattern);
}

static bool check_module(const struct look *look, size_t number)
{
        struct driverfolder_module *module = &look->folder->module[number];
        _cleanup_free_ char *path =
                memory_format("%s/modules/%s.ko", look->folder->path, module->name);
        size_t length;
        _cleanup_free_ char *bytes = source_read_text(path, MODULE_BYTES, &length);
        const char *problem, *vermagic, *needs;
        struct modinfo modinfo;

        if (!bytes)
                return fail_errno(look->error, EXIT_FAIL, "cannot read", path);
        problem = length < MODULE_BYTES ? modinfo_open(bytes, length, &modinfo)
                                        : "is larger than any module";
        if (problem)
                return fail(look->error, EXIT_FAIL, "%s %s", path, problem);
        vermagic = modinfo_get(&modinfo, "vermagic", 0);
        needs = modinfo_get(&modinfo, "depends", 0);
        sha256(bytes, length, module->sha256);
        if (!check_release(look, path, vermagic ? vermagic : "?") ||
                !check_needs(look, number, needs ? needs : ""))
                return false;
        if (strcmp(module->name, MAIN_MODULE) != 0)
                return true;
        read_main(look->folder, &modinfo);
        return check_firmware(look, &modinfo);
}

static bool check_modules(const struct look *look)
{
        static const char *const needed[] = { MAIN_MODULE, "nvidia-uvm" };
        struct driverfolder *folder = look->folder;

        if (!read_order(look))
                return false;
        for (size_t i = 0; i < sizeof(needed) / sizeof(needed[0]); i++)
                if (find(folder, needed[i], strlen(needed[i])) == folder->count)
                        return fail(look->error, EXIT_FAIL,
                                "%s/modules/order does not name %s, without which there is no CUDA",
                                folder->path, needed[i]);
        for (size_t i = 0; i < folder->count; i++)
                if (!check_module(look, i))
                        return false;
        return true;
}

/* --- libraries --- */

static void look_for_version(struct driverfolder *folder, const char *name)
{
        _cleanup_free_ char *path = memory_format("%s/%s", folder->path, name);
        size_t length;
        _cleanup_free_ char *bytes = source_read_text(path, MODULE_BYTES, &length);

        if (*folder->version && bytes &&
                !memmem(bytes, length, folder->version, strlen(folder->version)))
                remark(folder, "%s does not say that it is of version %s, which the modules are",
                        name, folder->version);
}

static bool check_libraries(const struct look *look)
{
        static const struct {
                const char *name, *lost;
        } wanted[] = {
                { "lib/libnvidia-ml.so.1", "the GPUs' health is not read" },
                { "lib/libnvidia-ptxjitcompiler.so.1", "no PTX can be run" },
        };
        struct driverfolder *folder = look->folder;

        if (!is_file(folder, "lib/libcuda.so.1"))
                return fail(look->error, EXIT_FAIL, "%s/lib/libcuda.so.1 is missing", folder->path);
        look_for_version(folder, "lib/libcuda.so.1");
        for (size_t i = 0; folder->count > 0 && i < sizeof(wanted) / sizeof(wanted[0]); i++)
                if (is_file(folder, wanted[i].name))
                        look_for_version(folder, wanted[i].name);
                else
                        remark(folder, "%s is missing: %s", wanted[i].name, wanted[i].lost);
        return true;
}

/* --- all of it --- */

static bool has_modules(const struct driverfolder *folder)
{
        _cleanup_free_ char *path = memory_format("%s/modules", folder->path);
        struct stat status;

        return lstat(path, &status) == 0;
}

bool driverfolder_check(const char *path, const char *release, struct driverfolder *ret_folder,
        struct failure *ret_error)
{
        _cleanup_(driverfolder_free) struct driverfolder folder = { .path = realpath(path, NULL) };
        const struct look look = { &folder, release, ret_error };

        if (!folder.path)
                return fail_errno(ret_error, EXIT_FAIL, "cannot find the driver in", path);
        if (!ownedtree_check(folder.path, ret_error) ||
                (has_modules(&folder) && !check_modules(&look)) || !check_libraries(&look))
                return false;
        *ret_folder = folder;
        folder = (struct driverfolder){ .path = NULL };
        return true;
}

void driverfolder_free(struct driverfolder *folder)
{
        for (size_t i = 0; i < folder->remarks; i++)
                free(folder->remark[i]);
        free(folder->path);
        *folder = (struct driverfolder){ .path = NULL };
}
