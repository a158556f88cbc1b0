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

        if (!read_xen(host, path, &next->plain_xen, &next->plain_length, error))
                return false;
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

/* "HdrS" at 0x202 (Documentation/arch/x86/boot.rst), or a bare ELF file. */
static bool check_kernel(const char *path, const char *name, struct failure *error)
{
        size_t length;
        _cleanup_free_ char *head = source_read_text(path, 0x206, &length);

        return (head && length == 0x206 &&
                       (memcmp(head + 0x202, "HdrS", 4) == 0 || memcmp(head, "\177ELF", 4) == 0)) ||
               fail(error, EXIT_FAIL, "%s is no Linux kernel", name);
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

static bool measure(struct nextsystem *next, struct failure *error)
{
        const char *const files[] = { next->boot->xen, next->boot->kernel, next->boot->initrd };
        struct stat status;

        for (size_t i = 0; i < sizeof(files) / sizeof(files[0]); i++) {
                if (!files[i])
                        continue;
                if (stat(files[i], &status) != 0)
                        return fail_errno(error, EXIT_FAIL, "cannot look at", files[i]);
                next->bytes += (uint64_t)status.st_size + 65536;
        }
        next->bytes += next->rewrite ? next->plain_length : 0;
        return true;
}

bool nextsystem_check(const struct host *host, const struct xenboot *boot,
        struct nextsystem *ret_next, struct failure *ret_error)
{
        _cleanup_(nextsystem_free) struct nextsystem next = { .boot = boot };

        if (!check_xen(host, boot->xen, &next, ret_error) ||
                !check_kernel(boot->kernel, boot->kernel, ret_error) ||
                !check_line("Xen", boot->xen_options, ret_error) ||
                !check_line("dom0's kernel", boot->dom0_options, ret_error) ||
                !measure(&next, ret_error))
                return false;
        *ret_next = next;
        next.plain_xen = NULL;
        return true;
}

void nextsystem_free(struct nextsystem *next)
{
        free(next->plain_xen);
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

static bool write_conf(const struct xenboot *boot, const struct esp *esp, struct hashlist *list,
        struct failure *error)
{
        _cleanup_free_ char *text = memory_format(
                "xen-options=%s\ndom0-options=%s\n", boot->xen_options, boot->dom0_options);

        return write_bytes(esp, "next/next.conf", text, strlen(text), list, error);
}

/* What is looked at is the copy: nobody can have changed the host's file in between. */
static bool write_xen(const struct host *host, struct nextsystem *next, const struct esp *esp,
        struct hashlist *list, struct failure *error)
{
        _cleanup_free_ char *path = esp_file(esp, "next/xen");

        if (!copy(esp, "next/xen", next->boot->xen, next->sha256[NEXT_XEN], error))
                return false;
        free(TAKE_PTR(next->plain_xen));
        if (!check_xen(host, path, next, error))
                return false;
        if (next->rewrite)
                return write_bytes(
                        esp, "next/xen", next->plain_xen, next->plain_length, list, error);
        hashlist_add(list, "next/xen", next->sha256[NEXT_XEN]);
        return true;
}

static bool write_kernel(struct nextsystem *next, const struct esp *esp, struct hashlist *list,
        struct failure *error)
{
        _cleanup_free_ char *path = esp_file(esp, "next/vmlinuz");

        if (!copy(esp, "next/vmlinuz", next->boot->kernel, next->sha256[NEXT_KERNEL], error) ||
                !check_kernel(path, next->boot->kernel, error))
                return false;
        hashlist_add(list, "next/vmlinuz", next->sha256[NEXT_KERNEL]);
        return true;
}

static bool write_initrd(struct nextsystem *next, const struct esp *esp, struct hashlist *list,
        struct failure *error)
{
        if (!next->boot->initrd)
                return true;
        if (!copy(esp, "next/initrd", next->boot->initrd, next->sha256[NEXT_INITRD], error))
                return false;
        hashlist_add(list, "next/initrd", next->sha256[NEXT_INITRD]);
        return true;
}

bool nextsystem_write(const struct host *host, struct nextsystem *next, const struct esp *esp,
        struct hashlist *list, struct failure *ret_error)
{
        _cleanup_free_ char *folder = esp_file(esp, "next");

        if (mkdir(folder, 0700) != 0)
                return fail_errno(ret_error, EXIT_FAIL, "cannot create", folder);
        return write_xen(host, next, esp, list, ret_error) &&
               write_kernel(next, esp, list, ret_error) &&
               write_initrd(next, esp, list, ret_error) &&
               write_conf(next->boot, esp, list, ret_error);
}
