#include "dom0/xen/xenboot.h"

#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "dom0/base/memory.h"
#include "dom0/grub/grubmenu.h"
#include "dom0/host/source.h"
#include "lib/cleanup.h"

#define CONFIG_MAX ((size_t)4 << 20)

static bool is_file(const char *path)
{
        struct stat status;

        return stat(path, &status) == 0 && S_ISREG(status.st_mode);
}

bool grub_config_find(const struct host *host, const struct esp *esp,
        struct grub_config *ret_config, struct failure *ret_error)
{
        static const struct {
                enum grub_kind kind;
                bool on_esp;
                const char *path;
        } places[] = {
                { GRUB_XENSERVER, true, "/EFI/xenserver/grub.cfg" },
                { GRUB_XENSERVER, true, "/EFI/xcp-ng/grub.cfg" },
                { GRUB_MKCONFIG, false, "/boot/grub/grub.cfg" },
                { GRUB_MKCONFIG, false, "/boot/grub2/grub.cfg" },
        };

        for (size_t i = 0; i < sizeof(places) / sizeof(places[0]); i++) {
                _cleanup_free_ char *path =
                        host_path(host, "%s%s", places[i].on_esp ? esp->point : "", places[i].path);

                if (is_file(path)) {
                        *ret_config = (struct grub_config){ places[i].kind, TAKE_PTR(path) };
                        return true;
                }
        }
        return fail(ret_error, EXIT_FAIL,
                "no GRUB configuration is at /boot/grub/grub.cfg or %s/EFI/xenserver/grub.cfg: "
                "how this host boots Xen cannot be told",
                esp->point);
}

void grub_config_free(struct grub_config *config)
{
        free(config->path);
        *config = (struct grub_config){ 0 };
}

/* The file that GRUB's path means. /boot may be a file system of its own, or GRUB's on the ESP. */
static char *resolve(const struct host *host, const struct esp *esp, const char *path)
{
        const char *const before[] = { "", "/boot", esp->point };

        if (*path == '(')
                path += strcspn(path, ")") + (strchr(path, ')') != NULL);
        for (size_t i = 0; i < sizeof(before) / sizeof(before[0]); i++) {
                _cleanup_free_ char *full = host_path(host, "%s%s", before[i], path);

                if (is_file(full))
                        return TAKE_PTR(full);
        }
        return NULL;
}

static bool resolve_all(const struct host *host, const struct esp *esp,
        const struct grub_config *config, const struct grub_entry *entry, struct xenboot *boot,
        struct failure *error)
{
        const struct {
                const char *path;
                char **ret_file;
        } files[] = {
                { entry->xen, &boot->xen },
                { entry->kernel, &boot->kernel },
                { entry->initrd, &boot->initrd },
        };

        for (size_t i = 0; i < sizeof(files) / sizeof(files[0]); i++) {
                if (!files[i].path)
                        continue;
                *files[i].ret_file = resolve(host, esp, files[i].path);
                if (!*files[i].ret_file)
                        return fail(error, EXIT_FAIL,
                                "%s:%u: the entry \"%s\" names %s, and there is no such file in / "
                                "or /boot",
                                config->path, entry->line, entry->title, files[i].path);
        }
        return true;
}

static const struct grub_entry *choose(const struct grub_menu *menu, bool *ret_is_default)
{
        const struct grub_entry *entry = grub_menu_default(menu);

        *ret_is_default = entry && entry->xen && entry->kernel;
        return *ret_is_default ? entry : grub_menu_first_xen(menu);
}

static bool take_entry(const struct host *host, const struct esp *esp,
        const struct grub_config *config, const struct grub_menu *menu, struct xenboot *ret_boot,
        struct failure *error)
{
        struct xenboot boot;
        bool is_default;
        const struct grub_entry *entry = choose(menu, &is_default);

        if (!entry)
                return fail(error, EXIT_FAIL,
                        "no entry of %s starts Xen (multiboot2 and module2 lines): install Xen, or "
                        "let GRUB start it",
                        config->path);
        boot = (struct xenboot){
                .title = memory_copy(entry->title),
                .xen_options = memory_copy(entry->xen_options),
                .dom0_options = memory_copy(entry->kernel_options),
                .is_default = is_default,
                .more_modules = entry->more_modules,
        };
        if (!resolve_all(host, esp, config, entry, &boot, error)) {
                xenboot_free(&boot);
                return false;
        }
        *ret_boot = boot;
        return true;
}

/* grubenv lies beside grub.cfg; NULL when there is none. */
static char *read_environment(const struct grub_config *config)
{
        size_t folder = (size_t)(strrchr(config->path, '/') - config->path), length;
        _cleanup_free_ char *path = memory_format("%.*s/grubenv", (int)folder, config->path);

        return source_read_text(path, CONFIG_MAX, &length);
}

bool xenboot_find(const struct host *host, const struct esp *esp, const struct grub_config *config,
        struct xenboot *ret_boot, struct failure *ret_error)
{
        size_t length;
        _cleanup_free_ char *text = source_read_text(config->path, CONFIG_MAX, &length);
        _cleanup_free_ char *environment = NULL;
        _cleanup_(grub_menu_free) struct grub_menu menu = { .default_entry = NULL };

        if (!text)
                return fail_errno(ret_error, EXIT_FAIL, "cannot read", config->path);
        environment = read_environment(config);
        grub_menu_read(text, environment, &menu);
        return take_entry(host, esp, config, &menu, ret_boot, ret_error);
}

void xenboot_free(struct xenboot *boot)
{
        free(boot->title);
        free(boot->xen);
        free(boot->kernel);
        free(boot->initrd);
        free(boot->xen_options);
        free(boot->dom0_options);
        *boot = (struct xenboot){ 0 };
}
