#include "dom0/state/method.h"

#include <string.h>
#include <sys/stat.h>

#include "dom0/base/durable.h"
#include "dom0/base/memory.h"
#include "dom0/grub/grubhook.h"
#include "dom0/host/firmware.h"
#include "dom0/host/program.h"
#include "dom0/host/source.h"
#include "lib/cleanup.h"

#define GENERATOR  "/etc/grub.d/00_forestage"
#define CONFIG_MAX ((size_t)4 << 20)

const char *method_name(enum method method)
{
        static const char *const names[] = { "none", "firmware", "grub" };

        return names[method];
}

static bool is_hooked(const struct grub_config *config)
{
        size_t length;
        _cleanup_free_ char *text = source_read_text(config->path, CONFIG_MAX, &length);

        return text && grubhook_is_in(text);
}

/* Whether install has noted a boot option; a journal that cannot be read speaks for it. */
static bool is_noted(const struct host *host, const struct esp *esp)
{
        struct changes changes;
        struct failure ignored;
        bool noted;

        if (!changes_open(host, &changes, &ignored))
                return true;
        noted = changes_has_boot_option(&changes, esp->partition.name);
        changes_close(&changes);
        return noted;
}

enum method method_installed(const struct host *host, const struct esp *esp,
        const struct grub_config *config, struct firmware_option *ret_option)
{
        *ret_option = firmware_find(host, esp->partition.name);
        if (is_hooked(config))
                return METHOD_GRUB;
        if (firmware_is_ours(ret_option))
                return METHOD_FIRMWARE;
        return ret_option->state == FIRMWARE_HIDDEN && is_noted(host, esp) ? METHOD_FIRMWARE
                                                                           : METHOD_NONE;
}

bool method_works(enum method method, const struct firmware_option *option)
{
        return method == METHOD_GRUB ||
               (method == METHOD_FIRMWARE &&
                       (option->state == FIRMWARE_SET || option->state == FIRMWARE_HIDDEN));
}

bool method_check(enum method method, const struct firmware_option *option, const struct esp *esp,
        const struct grub_config *config, struct failure *ret_error)
{
        const char *elsewhere = *option->partition ? option->partition : "it names none";

        if (method_works(method, option))
                return true;
        switch (option->state) {
        case FIRMWARE_NOT_FIRST:
                return fail(ret_error, EXIT_FAIL,
                        "Forestage's boot option (Boot%04X) is not the first in the boot order any "
                        "more, so that an armed run would not start; first: forestage install",
                        option->number);
        case FIRMWARE_OFF:
                return fail(ret_error, EXIT_FAIL,
                        "Forestage's boot option (Boot%04X) is switched off, so that an armed run "
                        "would not start; first: forestage install",
                        option->number);
        case FIRMWARE_ELSEWHERE:
                return fail(ret_error, EXIT_FAIL,
                        "the boot option Boot%04X starts forestage.efi of another partition (%s), "
                        "not of the one at %s, so that an armed run would not start; first: "
                        "forestage install",
                        option->number, elsewhere, esp->point);
        case FIRMWARE_SET:
        case FIRMWARE_NONE:
        case FIRMWARE_HIDDEN:
                break;
        }
        return fail(ret_error, EXIT_FAIL,
                "nothing would start an armed run: the boot option and the lines in %s are gone "
                "(an update may have written that file anew); first: forestage install",
                config->path);
}

/* Whether a boot option can be added, or why not. */
static bool firmware_is_possible(
        const struct host *host, const struct esp *esp, struct failure *error)
{
        _cleanup_free_ char *program = program_find(host, "efibootmgr");

        if (firmware_kind(host) != FIRMWARE_VARIABLES)
                return fail(error, EXIT_FAIL,
                        "this dom0 has no EFI variables, so that no boot option can be added: use "
                        "--method grub, or reboot and try again");
        if (!program)
                return fail(error, EXIT_FAIL,
                        "efibootmgr is not installed, so that no boot option can be added: install "
                        "it or use --method grub");
        if (!*esp->partition.disk)
                return fail(error, EXIT_FAIL,
                        "%s is no partition of a plain disk, so that no boot option can name it: "
                        "use --method grub",
                        esp->point);
        if (!*esp->partition.name)
                return fail(error, EXIT_FAIL,
                        "the GUID of the partition %s is not known (/dev/disk/by-partuuid has no "
                        "link to it), so that its boot option could not be told from others: use "
                        "--method grub",
                        esp->partition.device);
        return true;
}

bool method_choose(const struct host *host, const struct esp *esp, const char *wanted,
        enum method installed, enum method *ret_method, struct failure *ret_error)
{
        bool automatic = !wanted || strcmp(wanted, "auto") == 0;
        struct failure ignored;
        enum method method;

        if (automatic && installed != METHOD_NONE)
                method = installed;
        else if (automatic)
                method = firmware_is_possible(host, esp, &ignored) ? METHOD_FIRMWARE : METHOD_GRUB;
        else if (strcmp(wanted, "firmware") == 0)
                method = METHOD_FIRMWARE;
        else if (strcmp(wanted, "grub") == 0)
                method = METHOD_GRUB;
        else
                return fail(ret_error, EXIT_USAGE, "--method %s is none of firmware, grub, auto",
                        wanted);
        if (installed != METHOD_NONE && installed != method)
                return fail(ret_error, EXIT_FAIL,
                        "Forestage is installed with --method %s already; first: forestage "
                        "uninstall",
                        method_name(installed));
        if (method == METHOD_FIRMWARE && installed == METHOD_NONE &&
                !firmware_is_possible(host, esp, ret_error))
                return false;
        *ret_method = method;
        return true;
}

/* Noted first: by loader and partition it is found again, whatever becomes of the attempt. */
static bool install_option(const struct esp *esp, struct changes *changes, struct failure *error)
{
        const struct partition *partition = &esp->partition;
        const struct host *host = changes->host;
        struct firmware_option option = firmware_find(host, partition->name);

        if (option.state == FIRMWARE_HIDDEN) /* the journal knows it, or it would not be chosen */
                return true;
        if (!changes_note_boot_option(changes, partition->name, error))
                return false;
        return firmware_is_ours(&option) ? firmware_mend(host, partition, error)
                                         : firmware_add(host, partition, error);
}

static bool check_hooked(const struct grub_config *config, struct failure *error)
{
        return is_hooked(config) ||
               fail(error, EXIT_FAIL,
                       "%s was made anew, but the lines of " GENERATOR " are not in it",
                       config->path);
}

static bool install_generator(const struct esp *esp, const struct grub_config *config,
        struct changes *changes, struct failure *error)
{
        _cleanup_free_ char *path = host_path(changes->host, GENERATOR);
        _cleanup_free_ char *script = grubhook_generator(esp->partition.uuid);

        return changes_keep_file(changes, config->path, CHANGES_MKCONFIG, error) &&
               changes_create(changes, path, script, 0755, error) &&
               changes_mkconfig(changes->host, config->path, error) &&
               check_hooked(config, error) && changes_seal_file(changes, config->path, error);
}

static bool insert_lines(
        const struct esp *esp, const struct grub_config *config, struct failure *error)
{
        size_t length;
        _cleanup_free_ char *text = source_read_text(config->path, CONFIG_MAX, &length);
        _cleanup_free_ char *lines = NULL, *hooked = NULL;
        struct stat status;

        if (!text || stat(config->path, &status) != 0)
                return fail_errno(error, EXIT_FAIL, "cannot read", config->path);
        lines = grubhook_lines(esp->partition.uuid);
        hooked = grubhook_insert(text, lines);
        return durable_write(config->path, hooked, strlen(hooked), status.st_mode & 07777, error);
}

static bool install_lines(const struct esp *esp, const struct grub_config *config,
        struct changes *changes, struct failure *error)
{
        return changes_keep_file(changes, config->path, CHANGES_UNHOOK, error) &&
               insert_lines(esp, config, error) && changes_seal_file(changes, config->path, error);
}

bool method_install(enum method method, const struct esp *esp, const struct grub_config *config,
        struct changes *changes, struct failure *ret_error)
{
        if (method == METHOD_FIRMWARE)
                return install_option(esp, changes, ret_error);
        if (is_hooked(config))
                return true;
        if (config->kind == GRUB_MKCONFIG)
                return install_generator(esp, config, changes, ret_error);
        return install_lines(esp, config, changes, ret_error);
}

char *method_describe(enum method method, const struct esp *esp, const struct grub_config *config)
{
        if (method == METHOD_FIRMWARE)
                return memory_format("add the boot option \"" FIRMWARE_LABEL
                                     "\" on %s, partition %u, and put it first in the boot order",
                        esp->partition.disk, esp->partition.number);
        if (config->kind == GRUB_MKCONFIG)
                return memory_format("write " GENERATOR " and make %s anew; the lines start a run "
                                     "only while one is armed",
                        config->path);
        return memory_format("put marked lines at the top of %s; they start a run only while one "
                             "is armed",
                config->path);
}
