#include "dom0/install/bundle.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "dom0/base/durable.h"
#include "dom0/base/memory.h"
#include "dom0/host/firmware.h"
#include "dom0/host/variable.h"
#include "dom0/xen/xenconsole.h"
#include "lib/cleanup.h"

static const char *const names[BUNDLE_FILES] = { "forestage.efi", "vmlinuz", "initramfs.img" };

/* Whether two files hold the same. */
static bool is_same(const char *left, const char *right)
{
        uint8_t left_hash[SHA256_SIZE], right_hash[SHA256_SIZE];

        return durable_hash(left, left_hash) && durable_hash(right, right_hash) &&
               memcmp(left_hash, right_hash, sizeof(left_hash)) == 0;
}

static bool plan_file(const struct esp *esp, const char *source, const char *name,
        struct bundle_file *file, struct failure *error)
{
        struct stat status;

        file->name = name;
        file->target = esp_file(esp, "%s", name);
        file->source = memory_format("%s/%s", source, name);
        if (stat(file->source, &status) != 0 || !S_ISREG(status.st_mode))
                return fail(error, EXIT_FAIL,
                        "%s is missing: name the folder of the image (forestage.efi, vmlinuz, "
                        "initramfs.img) with --bundle",
                        file->source);
        file->bytes = (uint64_t)status.st_size;
        file->fresh = !is_same(file->source, file->target);
        return true;
}

static bool is_on_esp(const struct esp *esp, const char *loader)
{
        _cleanup_free_ char *path = memory_format("%s/%s", esp->path, loader + (*loader == '\\'));

        for (char *c = path + strlen(esp->path); *c; c++)
                if (*c == '\\')
                        *c = '/';
        return access(path, F_OK) == 0;
}

/* A loader that can be the fallback: on this ESP, and not we ourselves. */
static bool can_fall_back(const struct esp *esp, const char *loader)
{
        return *loader && !bootoption_same_loader(loader, FIRMWARE_LOADER) &&
               is_on_esp(esp, loader);
}

/* What the firmware has started this time, or else starts first. */
static bool find_in_options(const struct host *host, const struct esp *esp, char **ret_loader)
{
        uint16_t numbers[64];
        size_t count = variable_boot_current(host, numbers) ? 1 : 0;
        struct bootoption option;

        count += variable_boot_order(host, numbers + count, 63);
        for (size_t i = 0; i < count; i++)
                if (variable_boot_option(host, numbers[i], &option) &&
                        can_fall_back(esp, option.loader)) {
                        *ret_loader = memory_copy(option.loader);
                        return true;
                }
        return false;
}

static bool find_fallback(const struct host *host, const struct esp *esp, char **ret_loader)
{
        static const char *const usual[] = { "\\EFI\\xenserver\\shimx64.efi",
                "\\EFI\\xenserver\\grubx64.efi", "\\EFI\\debian\\shimx64.efi",
                "\\EFI\\debian\\grubx64.efi", "\\EFI\\BOOT\\BOOTX64.EFI" };

        if (find_in_options(host, esp, ret_loader))
                return true;
        for (size_t i = 0; i < sizeof(usual) / sizeof(usual[0]); i++)
                if (can_fall_back(esp, usual[i])) {
                        *ret_loader = memory_copy(usual[i]);
                        return true;
                }
        return false;
}

bool bundle_plan(const struct host *host, const struct esp *esp, const char *source,
        struct bundle *ret_bundle, struct failure *ret_error)
{
        _cleanup_free_ char *conf = esp_file(esp, "forestage.conf");
        struct bundle *bundle = ret_bundle;

        *bundle = (struct bundle){ .conf = access(conf, F_OK) != 0 };
        for (size_t i = 0; i < BUNDLE_FILES; i++) {
                if (!plan_file(esp, source, names[i], &bundle->file[i], ret_error))
                        return false;
                bundle->bytes += bundle->file[i].fresh ? bundle->file[i].bytes : 0;
        }
        return !bundle->conf || find_fallback(host, esp, &bundle->fallback) ||
               fail(ret_error, EXIT_FAIL,
                       "no loader of this host was found on the EFI system partition at %s: "
                       "without one, a boot without a run could not go on",
                       esp->point);
}

void bundle_free(struct bundle *bundle)
{
        for (size_t i = 0; i < BUNDLE_FILES; i++) {
                free(bundle->file[i].source);
                free(bundle->file[i].target);
        }
        free(bundle->fallback);
        *bundle = (struct bundle){ 0 };
}

/* The stage speaks on the screen, and on the serial line that Xen speaks on. */
static char *console_lines(const char *xen_options)
{
        struct xenconsole console;

        xenconsole_read(xen_options, &console);
        if (console.kind == XENCONSOLE_KNOWN)
                return memory_format("console=tty0\nconsole=%s\n", console.console);
        if (console.kind == XENCONSOLE_UNKNOWN)
                return memory_format(
                        "# Xen's serial console, com%u, is at a place or has a form that is not "
                        "known here.\n"
                        "# If Linux has a name for it, ttyS4 for one: console=ttyS4,115200n8\n",
                        console.port);
        return memory_copy("");
}

char *bundle_conf(const char *fallback, const char *xen_options)
{
        _cleanup_free_ char *consoles = console_lines(xen_options);

        return memory_format(
                "# How this host runs Forestage; all keys are in docs/esp.md.\n"
                "# After a change: forestage arm (the manifest holds this file's hash).\n"
                "fallback=%s\n"
                "region-size=64M\n"
                "countdown=3\n"
                "deadline=900\n"
                "%s",
                fallback, consoles);
}

bool bundle_write(const struct bundle *bundle, const struct esp *esp, const struct xenboot *boot,
        struct failure *ret_error)
{
        _cleanup_free_ char *path = esp_file(esp, "forestage.conf");
        _cleanup_free_ char *text =
                bundle->conf ? bundle_conf(bundle->fallback, boot->xen_options) : NULL;

        if (mkdir(esp->folder, 0700) != 0 && errno != EEXIST)
                return fail_errno(ret_error, EXIT_FAIL, "cannot create", esp->folder);
        for (size_t i = 0; i < BUNDLE_FILES; i++)
                if (bundle->file[i].fresh &&
                        !durable_copy(bundle->file[i].target, bundle->file[i].source, 0600, NULL,
                                NULL, ret_error))
                        return false;
        return !bundle->conf || durable_write(path, text, strlen(text), 0600, ret_error);
}
