/* What comes from the host's files and firmware: a GRUB script, a Xen, a boot option, mounts. */
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "dom0/grub/grubhook.h"
#include "dom0/grub/grubmenu.h"
#include "dom0/host/bootoption.h"
#include "dom0/host/mount.h"
#include "dom0/pool/answer.h"
#include "dom0/xen/bootmodule.h"
#include "dom0/xen/xenimage.h"
#include "lib/escape.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void must(bool holds)
{
        if (!holds)
                abort();
}

/* A machine on which every second file is there, and holds the script itself. */
static bool search(void *context, enum grub_search kind, const char *what, char **ret_device)
{
        *ret_device = strdup(what);
        return context && kind != GRUB_SEARCH_LABEL;
}

static enum grub_file_type look(
        void *context, const char *device, const char *path, uint64_t *ret_size)
{
        *ret_size = strlen(context) + strlen(device);
        return strlen(path) % 2 ? GRUB_FILE_REGULAR : GRUB_FILE_NONE;
}

static char *read_file(void *context, const char *device, const char *path)
{
        uint64_t size;

        return look(context, device, path, &size) == GRUB_FILE_REGULAR ? strdup(context) : NULL;
}

static void try_menu(const struct grub_menu *menu, const char *text)
{
        const struct grub_entry *entries[8];
        size_t count = grub_menu_list_xen(menu, entries, 8);
        bool sure;
        const struct grub_entry *entry = grub_menu_default(menu, &sure);

        must(!entry || entry->title);
        grub_menu_once(menu);
        for (size_t i = 0; i < count && i < 8; i++) {
                must(entries[i]->xen.path && entries[i]->xen.options && entries[i]->xen.device);
                must(entries[i]->module_count > 0 && entries[i]->modules[0].path);
                must(grub_entry_same(entries[i], entries[i]));
                must(grub_menu_is_named(menu, entries[i], entries[i]->title));
                grub_menu_is_named(menu, entries[i], text);
        }
}

static void try_script(char *text)
{
        const struct grub_files files = { text, "own", "/grub", search, look, read_file };
        struct grub_menu menu;
        char *lines, *with, *without;

        grub_menu_read(text, &files, &menu);
        try_menu(&menu, text);
        grub_menu_free(&menu);
        if (grubhook_is_in(text))
                return;
        lines = grubhook_lines("1");
        with = grubhook_insert(text, lines);
        without = grubhook_remove(with);
        must(without && strcmp(without, text) == 0);
        free(lines);
        free(with);
        free(without);
}

static void try_xen(const uint8_t *data, size_t size)
{
        enum xenimage_notes notes;
        uint8_t *copy = malloc(size ? size : 1);

        memcpy(copy, data, size);
        if (!xenimage_check(copy, size, &notes)) {
                xenimage_blank_notes(copy, size);
                must(!xenimage_check(copy, size, &notes) && notes == XENIMAGE_NOTES_GOOD);
        }
        free(copy);
}

/* What a mount holds comes back from GRUB's path of it. */
static void try_mounts(const char *text)
{
        size_t count;
        struct mount *mounts = mount_list(text, &count), found;

        mount_find(text, "/", &found);
        for (size_t i = 0; i < count; i++) {
                const struct mount *mount = mount_holding(mounts, count, mounts[i].point);
                char *grub = mount_to_grub(&mounts[i], mounts[i].point);
                char *back = mount_from_grub(&mounts[i], grub);

                must(!mount || (mount >= mounts && mount < mounts + count));
                free(back);
                free(grub);
        }
        free(mounts);
}

/* What xe and xl print, of which names are others' choice. */
static void try_answers(const char *text, size_t size)
{
        char uuid[UUID_LENGTH + 1], name[64];
        size_t count;
        bool truth;

        must(!answer_uuid(text, size, uuid) || answer_uuids(text, size, &count));
        must(!answer_uuids(text, size, &count) || count <= size / UUID_LENGTH);
        must(!answer_domains(text, size, &count) || count <= size);
        must(!answer_name(text, size, name, sizeof(name)) || text_is_plain(name, strlen(name)));
        answer_truth(text, size, &truth);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
        struct bootoption option;
        char *text = calloc(1, size + 1);

        memcpy(text, data, size);
        try_script(text);
        try_xen(data, size);
        bootoption_parse(data, size, &option);
        try_mounts(text);
        bootmodule_kind(data, size);
        try_answers(text, size);
        free(text);
        return 0;
}
