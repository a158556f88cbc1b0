/* What comes from the host's files and firmware: a GRUB script, a Xen, a boot option, mounts. */
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "dom0/grub/grubhook.h"
#include "dom0/grub/grubmenu.h"
#include "dom0/host/bootoption.h"
#include "dom0/host/mount.h"
#include "dom0/xen/xenimage.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void must(bool holds)
{
        if (!holds)
                abort();
}

static void try_script(const char *text)
{
        const struct grub_entry *entry;
        struct grub_menu menu;
        char *lines, *with, *without;

        grub_menu_read(text, text, &menu);
        entry = grub_menu_default(&menu);
        must(!entry || entry->title);
        entry = grub_menu_first_xen(&menu);
        must(!entry || (entry->xen && entry->kernel && entry->xen_options));
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

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
        struct bootoption option;
        struct mount mount;
        char *text = calloc(1, size + 1);

        memcpy(text, data, size);
        try_script(text);
        try_xen(data, size);
        bootoption_parse(data, size, &option);
        mount_find(text, "/", &mount);
        free(text);
        return 0;
}
