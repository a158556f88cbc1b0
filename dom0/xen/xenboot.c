#include "dom0/xen/xenboot.h"

#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "dom0/base/memory.h"
#include "dom0/grub/grubmenu.h"
#include "dom0/grub/grubwords.h"
#include "dom0/host/source.h"
#include "dom0/xen/bootchoice.h"
#include "dom0/xen/bootfiles.h"
#include "dom0/xen/bootreading.h"
#include "dom0/xen/running.h"
#include "lib/cleanup.h"

#define CONFIG_MAX ((size_t)4 << 20)

_Static_assert(GRUB_MAX_MODULES == BOOTMODULE_MAX, "all that a run takes along is read");

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

/* Xen first, then its modules. */
static bool resolve(const struct bootfiles *files, const struct grub_config *config,
        const struct grub_entry *entry, struct xenboot *boot, struct failure *error)
{
        const struct grub_image *images[BOOTREADING_MAX] = { &entry->xen };
        char *paths[BOOTREADING_MAX];
        struct failure why;
        size_t failed;

        for (size_t i = 0; i < entry->module_count; i++)
                images[1 + i] = &entry->modules[i];
        if (!bootreading_resolve(
                    &files->devices, images, 1 + entry->module_count, paths, &failed, &why))
                return fail(error, EXIT_FAIL, "%s:%u: the entry \"%s\" names %s, and %s",
                        entry->file ? entry->file : config->path, entry->line, entry->title,
                        images[failed]->path, why.text);
        boot->xen = paths[0];
        boot->module_count = entry->module_count;
        memcpy(boot->modules, paths + 1, boot->module_count * sizeof(*boot->modules));
        return true;
}

static bool check_entry(
        const struct grub_config *config, const struct grub_entry *entry, struct failure *error)
{
        const char *file = entry->file ? entry->file : config->path;

        if (entry->module_count > BOOTMODULE_MAX)
                return fail(error, EXIT_FAIL,
                        "%s:%u: the entry \"%s\" loads %zu modules, and a run takes %u along at "
                        "most, dom0's kernel among them",
                        file, entry->line, entry->title, entry->module_count, BOOTMODULE_MAX);
        if (entry->elsewhere)
                return fail(error, EXIT_FAIL,
                        "%s:%u: what the entry \"%s\" does cannot be followed to its end: give it "
                        "plain multiboot2 and module2 lines, or name another with --entry",
                        file, entry->line, entry->title);
        return true;
}

/* Where a line starts, or the text's end. */
static const char *find_line(const char *text, unsigned line)
{
        while (--line > 0 && *text) {
                text += strcspn(text, "\n");
                text += *text == '\n';
        }
        return text;
}

/* Behind what stands at `at`: a quoted piece, a comment where one may start, or one character. */
static const char *skip_piece(const char *begin, const char *at)
{
        char quote = *at == '"' || *at == '\'' ? *at : '\0';

        if (quote) {
                const char *end = strchr(at + 1, quote);

                return end ? end + 1 : at + strlen(at);
        }
        if (*at == '#' && (at == begin || strchr(" \t\n;", at[-1])))
                return at + strcspn(at, "\n");
        return at + 1;
}

/* The next brace that is in no quotes and no comment, or the text's end. */
static const char *find_brace(const char *begin)
{
        const char *at = begin;

        while (*at && *at != '{' && *at != '}')
                at = skip_piece(begin, at);
        return at;
}

/*
 * The text of an entry's body, when that stands in grub.cfg, `text`: between the brace that opens
 * it and the one that closes it. Owned.
 */
static char *copy_body(const struct grub_entry *entry, const char *text)
{
        const char *begin = find_brace(find_line(text, entry->line)), *at = begin;
        unsigned depth = 0;

        if (entry->file)
                return NULL;
        for (; *at; at = find_brace(at + 1)) {
                depth += *at == '{' ? 1 : -1u;
                if (depth == 0)
                        return *begin == '{' ? memory_copy_text(begin + 1, (size_t)(at - begin) - 1)
                                             : NULL;
        }
        return NULL;
}

/* Copies what is chosen; the choice's texts are moved. */
static bool take_entry(const struct bootfiles *files, const struct grub_config *config,
        const struct running *running, struct bootchoice *choice, struct xenboot *ret_boot,
        struct failure *error)
{
        const struct grub_entry *entry = choice->entry;
        _cleanup_(xenboot_free) struct xenboot boot = { .title = memory_copy(entry->title),
                .xen_options = memory_copy(entry->xen.options),
                .dom0_options = memory_copy(entry->modules[0].options),
                .runs_now = choice->runs_now };
        char text[512];

        if (!check_entry(config, entry, error) || !resolve(files, config, entry, &boot, error))
                return false;
        if (!choice->runs_now &&
                running_differs(running, boot.xen_options, boot.dom0_options, text, sizeof(text)))
                bootchoice_remark(choice, memory_copy(text));
        boot.doubt = TAKE_PTR(choice->doubt);
        boot.remarks = TAKE_PTR(choice->remarks);
        boot.remarks_count = choice->remarks_count;
        choice->remarks_count = 0;
        *ret_boot = boot;
        boot = (struct xenboot){ 0 };
        return true;
}

/* What bootchoice asks of an entry's kernel. */
struct menu_files {
        const struct bootfiles *files;
        const struct grub_config *config;
};

static char *read_release(void *context, const struct grub_entry *entry)
{
        const struct menu_files *menu = context;
        _cleanup_(xenboot_free) struct xenboot boot = { 0 };
        _cleanup_free_ char *head = NULL;
        struct failure ignored;
        size_t length;

        if (!check_entry(menu->config, entry, &ignored) ||
                !resolve(menu->files, menu->config, entry, &boot, &ignored))
                return NULL;
        head = source_read_text(boot.modules[0], BOOTMODULE_SETUP, &length);
        return head ? bootmodule_release((const uint8_t *)head, length) : NULL;
}

/* grub.cfg as it is read, with the files that it may name. */
struct reading {
        struct bootfiles files;
        struct grub_menu menu;
        char *text;
};

static void reading_free(struct reading *reading)
{
        grub_menu_free(&reading->menu);
        bootfiles_close(&reading->files);
        free(reading->text);
}

/* `ret_reading` is for reading_free in any case; it must not move: the menu's files lead into it.
 */
static bool read_menu(const struct host *host, const struct grub_config *config,
        struct reading *ret_reading, struct failure *error)
{
        size_t length;
        char *text = ret_reading->text = source_read_text(config->path, CONFIG_MAX, &length);

        if (!text)
                return fail_errno(error, EXIT_FAIL, "cannot read", config->path);
        if (!bootfiles_open(host, config->path, &ret_reading->files, error))
                return false;
        grub_words_mark_nuls(text, length);
        grub_menu_read(text, &ret_reading->files.grub, &ret_reading->menu);
        return true;
}

bool xenboot_find_with(const struct host *host, const struct grub_config *config, const char *entry,
        const char *xl_info, struct xenboot *ret_boot, struct failure *ret_error)
{
        _cleanup_(reading_free) struct reading reading = { 0 };
        _cleanup_(bootchoice_free) struct bootchoice choice = { 0 };
        _cleanup_(running_free) struct running running = { 0 };
        struct menu_files context = { &reading.files, config };
        const struct bootkernels kernels = { &context, read_release };

        if (!read_menu(host, config, &reading, ret_error))
                return false;
        running_read(host, xl_info, &running);
        if (!bootchoice_make(
                    &reading.menu, config->path, &running, &kernels, entry, &choice, ret_error) ||
                !take_entry(&reading.files, config, &running, &choice, ret_boot, ret_error))
                return false;
        ret_boot->body = copy_body(choice.entry, reading.text);
        return true;
}

bool xenboot_find(const struct host *host, const struct grub_config *config, const char *entry,
        struct xenboot *ret_boot, struct failure *ret_error)
{
        _cleanup_free_ char *xl_info = running_ask_xl(host);

        return xenboot_find_with(host, config, entry, xl_info, ret_boot, ret_error);
}

bool xenboot_follow(const struct host *host, const struct grub_config *config, const char *entry,
        const char *title, struct xenboot *ret_boot, struct failure *ret_error)
{
        _cleanup_(reading_free) struct reading reading = { 0 };
        _cleanup_(bootchoice_free) struct bootchoice choice = { 0 };
        const struct running unknown = { 0 };

        return read_menu(host, config, &reading, ret_error) &&
               bootchoice_follow(&reading.menu, config->path, entry, title, &choice, ret_error) &&
               take_entry(&reading.files, config, &unknown, &choice, ret_boot, ret_error);
}

void xenboot_free(struct xenboot *boot)
{
        for (size_t i = 0; i < BOOTMODULE_MAX; i++)
                free(boot->modules[i]);
        for (size_t i = 0; i < boot->remarks_count; i++)
                free(boot->remarks[i]);
        free(boot->remarks);
        free(boot->doubt);
        free(boot->body);
        free(boot->title);
        free(boot->xen);
        free(boot->xen_options);
        free(boot->dom0_options);
        *boot = (struct xenboot){ 0 };
}
