#include "dom0/xen/nextsystem.h"

#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "dom0/base/durable.h"
#include "dom0/base/memory.h"
#include "dom0/host/program.h"
#include "dom0/host/source.h"
#include "dom0/xen/xenimage.h"
#include "lib/cleanup.h"

#define XEN_MAX        ((size_t)64 << 20) /* a Xen takes 2 to 8 MiB */
#define LINE_MAX_BYTES 3072u              /* leaves room for what the stage adds, of 4096 */

static bool is_gzip(const uint8_t *bytes, size_t length)
{
        return length > 2 && bytes[0] == 0x1f && bytes[1] == 0x8b;
}

static bool is_pe(const uint8_t *bytes, size_t length)
{
        return length > 2 && bytes[0] == 'M' && bytes[1] == 'Z';
}

/* Xen without its compression. */
static bool read_xen(const struct host *host, const char *path, uint8_t **ret_xen,
        size_t *ret_length, struct failure *error)
{
        const char *const argv[] = { "gzip", "-dc", path, NULL };
        struct stat status = { 0 };
        bool small = stat(path, &status) == 0 && (uint64_t)status.st_size < XEN_MAX;
        _cleanup_free_ char *bytes =
                source_read_text(path, small ? (size_t)status.st_size : XEN_MAX, ret_length);
        char *plain;

        if (!bytes)
                return fail_errno(error, EXIT_FAIL, "cannot read", path);
        if (!is_gzip((uint8_t *)bytes, *ret_length))
                plain = TAKE_PTR(bytes);
        else if (!program_run(host, argv, XEN_MAX, &plain, ret_length, error))
                return false;
        *ret_xen = (uint8_t *)plain;
        return true;
}

/* Takes Xen from `path`, which is a copy of the host's or that itself. */
static bool check_xen(
        const struct host *host, const char *path, struct nextsystem *next, struct failure *error)
{
        enum xenimage_notes notes;
        const char *problem;

        if (next->changes && next->changes->not_started)
                return true;
        if (!read_xen(host, path, &next->plain_xen, &next->plain_length, error))
                return false;
        if (is_pe(next->plain_xen, next->plain_length))
                return fail(error, EXIT_FAIL,
                        "%s is a Xen for UEFI alone (a PE file, started by xen_hypervisor or "
                        "chainloader), which kexec cannot load: add the entry that is written out "
                        "here to GRUB's configuration, which has the same Xen as an ELF file "
                        "(multiboot2 /boot/xen.gz, module2 …), and name it with forestage arm "
                        "--entry; or end the run in a reset, with a store: forestage arm --store "
                        "--hand-off=reset",
                        next->boot->xen);
        problem = xenimage_check(next->plain_xen, next->plain_length, &notes);
        if (problem)
                return fail(error, EXIT_FAIL,
                        "%s %s: kexec cannot load this Xen, and a run could not end in it",
                        next->boot->xen, problem);
        next->rewrite = notes == XENIMAGE_NOTES_BAD;
        if (next->rewrite)
                xenimage_blank_notes(next->plain_xen, next->plain_length);
        return true;
}

static bool look_at_module(const char *path, enum bootmodule_kind *ret_kind, struct failure *error)
{
        size_t length;
        _cleanup_free_ char *head = source_read_text(path, BOOTMODULE_HEAD, &length);

        if (!head)
                return fail_errno(error, EXIT_FAIL, "cannot read", path);
        *ret_kind = bootmodule_kind((const uint8_t *)head, length);
        return true;
}

static const char *xen_options(const struct nextsystem *next)
{
        return next->changes && next->changes->xen_options ? next->changes->xen_options
                                                           : next->boot->xen_options;
}

static const char *dom0_options(const struct nextsystem *next)
{
        return next->changes && next->changes->dom0_options ? next->changes->dom0_options
                                                            : next->boot->dom0_options;
}

static bool has_archive(const struct nextsystem *next)
{
        return next->changes && next->changes->archive;
}

/* Looks at the modules at `paths`: the host's files, or copies of them. They are named as there. */
static bool check_modules(struct nextsystem *next, char *const paths[], struct failure *error)
{
        const struct xenboot *boot = next->boot;
        struct bootmodules modules = { .count = boot->module_count,
                .xen_options = xen_options(next) };
        char text[512];

        for (size_t i = 0; i < boot->module_count; i++) {
                modules.file[i] = boot->modules[i];
                if (!look_at_module(paths[i], &modules.kind[i], error))
                        return false;
        }
        if (!bootmodules_check(&modules, text, sizeof(text)))
                return fail(error, EXIT_FAIL, "%s", text);
        next->initrd = bootmodules_initrd(&modules);
        if (!next->remark && bootmodules_remark(&modules, text, sizeof(text)))
                next->remark = memory_copy(text);
        return true;
}

static bool check_line(const char *what, const char *line, struct failure *error)
{
        if (strlen(line) > LINE_MAX_BYTES)
                return fail(error, EXIT_FAIL, "the command line of %s is longer than %u bytes",
                        what, LINE_MAX_BYTES);
        if (strchr(line, '\n'))
                return fail(error, EXIT_FAIL, "the command line of %s has a line break", what);
        return true;
}

static bool add_bytes(struct nextsystem *next, const char *path, struct failure *error)
{
        struct stat status;

        if (stat(path, &status) != 0)
                return fail_errno(error, EXIT_FAIL, "cannot look at", path);
        next->bytes += (uint64_t)status.st_size + 65536;
        return true;
}

static bool measure(struct nextsystem *next, struct failure *error)
{
        if (!add_bytes(next, next->boot->xen, error))
                return false;
        for (size_t i = 0; i < next->boot->module_count; i++)
                if (!add_bytes(next, next->boot->modules[i], error))
                        return false;
        next->bytes += next->rewrite ? next->plain_length : 0;
        next->bytes += has_archive(next) ? next->changes->archive_bytes : 0;
        return true;
}

/* Without one there is nothing that Linux would unpack the archive behind. */
static bool check_initrd(const struct nextsystem *next, struct failure *error)
{
        return !has_archive(next) || next->initrd != 0 ||
               fail(error, EXIT_FAIL,
                       "the entry \"%s\" has no initrd for dom0, to which what a trial needs could "
                       "be added",
                       next->boot->title);
}

bool nextsystem_check(const struct host *host, const struct xenboot *boot,
        const struct nextsystem_changes *changes, struct nextsystem *ret_next,
        struct failure *ret_error)
{
        _cleanup_(nextsystem_free) struct nextsystem next = { .boot = boot, .changes = changes };

        if (!check_xen(host, boot->xen, &next, ret_error) ||
                !check_modules(&next, boot->modules, ret_error) ||
                !check_initrd(&next, ret_error) ||
                !check_line("Xen", xen_options(&next), ret_error) ||
                !check_line("dom0's kernel", dom0_options(&next), ret_error) ||
                !measure(&next, ret_error))
                return false;
        *ret_next = next;
        next.plain_xen = NULL;
        next.remark = NULL;
        return true;
}

void nextsystem_free(struct nextsystem *next)
{
        free(next->plain_xen);
        free(next->remark);
        *next = (struct nextsystem){ 0 };
}

static bool copy(const struct esp *esp, const char *name, const char *from,
        uint8_t ret_sha256[SHA256_SIZE], struct failure *error)
{
        _cleanup_free_ char *path = esp_file(esp, "%s", name);

        return durable_copy(path, from, 0600, ret_sha256, NULL, error);
}

static bool write_bytes(const struct esp *esp, const char *name, const void *data, size_t length,
        struct hashlist *list, struct failure *error)
{
        _cleanup_free_ char *path = esp_file(esp, "%s", name);
        uint8_t digest[SHA256_SIZE];

        if (!durable_write(path, data, length, 0600, error))
                return false;
        sha256(data, length, digest);
        hashlist_add(list, name, digest);
        return true;
}

static bool write_conf(const struct nextsystem *next, const struct esp *esp, struct hashlist *list,
        struct failure *error)
{
        _cleanup_free_ char *text = memory_format(
                "xen-options=%s\ndom0-options=%s\n", xen_options(next), dom0_options(next));

        return write_bytes(esp, "next/next.conf", text, strlen(text), list, error);
}

/* What is looked at is the copy: nobody can have changed the host's file in between. */
static bool write_xen(const struct host *host, struct nextsystem *next, const struct esp *esp,
        struct hashlist *list, struct failure *error)
{
        _cleanup_free_ char *path = esp_file(esp, "next/xen");

        if (!copy(esp, "next/xen", next->boot->xen, next->xen_sha256, error))
                return false;
        free(TAKE_PTR(next->plain_xen));
        if (!check_xen(host, path, next, error))
                return false;
        if (next->rewrite)
                return write_bytes(
                        esp, "next/xen", next->plain_xen, next->plain_length, list, error);
        hashlist_add(list, "next/xen", next->xen_sha256);
        return true;
}

static void free_paths(char *(*paths)[BOOTMODULE_MAX])
{
        for (size_t i = 0; i < BOOTMODULE_MAX; i++)
                free((*paths)[i]);
}

/*
 * Linux finds an archive behind another one at a multiple of 4 bytes, and passes over zeros before
 * it (init/initramfs.c). Four there are always: by them its lz4 knows where what is packed ends.
 */
static bool write_initrd(struct nextsystem *next, const struct esp *esp, const char *file,
        struct hashlist *list, struct failure *error)
{
        const struct durable_tail tail = { .data = next->changes->archive,
                .length = next->changes->archive_bytes,
                .zeros = 4,
                .align = 4 };
        _cleanup_free_ char *path = esp_file(esp, "%s", file);
        uint8_t whole[SHA256_SIZE];

        if (!durable_extend(path, next->boot->modules[next->initrd], 0600, &tail,
                    next->sha256[next->initrd], whole, error))
                return false;
        hashlist_add(list, file, whole);
        return true;
}

static bool write_module(struct nextsystem *next, size_t number, const struct esp *esp,
        const char *file, struct hashlist *list, struct failure *error)
{
        if (has_archive(next) && number == next->initrd)
                return write_initrd(next, esp, file, list, error);
        if (!copy(esp, file, next->boot->modules[number], next->sha256[number], error))
                return false;
        hashlist_add(list, file, next->sha256[number]);
        return true;
}

/* Here, too, the copies are looked at. */
static bool write_modules(struct nextsystem *next, const struct esp *esp, struct hashlist *list,
        struct failure *error)
{
        _cleanup_(free_paths) char *paths[BOOTMODULE_MAX] = { NULL };
        const struct xenboot *boot = next->boot;

        for (size_t i = 0; i < boot->module_count; i++) {
                const char *file = modules_file(i, boot->module_count);

                paths[i] = esp_file(esp, "%s", file);
                if (!write_module(next, i, esp, file, list, error))
                        return false;
        }
        return check_modules(next, paths, error) && check_initrd(next, error);
}

bool nextsystem_write(const struct host *host, struct nextsystem *next, const struct esp *esp,
        struct hashlist *list, struct failure *ret_error)
{
        _cleanup_free_ char *folder = esp_file(esp, "next");

        if (mkdir(folder, 0700) != 0)
                return fail_errno(ret_error, EXIT_FAIL, "cannot create", folder);
        return write_xen(host, next, esp, list, ret_error) &&
               write_modules(next, esp, list, ret_error) && write_conf(next, esp, list, ret_error);
}
