/*
 * The menu that a grub.cfg makes on a UEFI machine, and which of its entries GRUB starts. What
 * cannot be told from the script and the files that it names is said, not guessed. Pure.
 */
#pragma once

#include <stdbool.h>
#include <stddef.h>

#include "dom0/grub/grubentry.h"
#include "dom0/grub/grubfiles.h"
#include "dom0/grub/grubvariables.h"

struct grub_menu {
        struct grub_entry top; /* its children are the menu */
        char *default_entry;   /* as `set default=` left it; owned; "" when it was not set */
        struct grub_once once; /* what GRUB starts at the next boot, and only then */
        char *unread; /* why this may not be the whole menu, or another; owned; NULL: it is */
};

/* `text` is a whole grub.cfg, terminated, with NULs in it marked (grub_words_mark_nuls). */
void grub_menu_read(const char *text, const struct grub_files *files, struct grub_menu *ret_menu);
void grub_menu_free(struct grub_menu *menu);

/*
 * The entry that starts when nobody presses a key; NULL when the menu is empty. `ret_sure`: it is
 * that one, whatever the version of GRUB, and nothing was left unread.
 */
const struct grub_entry *grub_menu_default(const struct grub_menu *menu, bool *ret_sure);

/* What the entry for one boot means; NULL: there is none. */
const struct grub_entry *grub_menu_once(const struct grub_menu *menu);

/*
 * All entries that start a Xen, in the menu's order, those of submenus among them. Returns how
 * many; those for which there is room are set.
 */
size_t grub_menu_list_xen(
        const struct grub_menu *menu, const struct grub_entry *ret_entries[], size_t room);

/*
 * Whether `name` means the entry: its title, its id, or the way to it ("Advanced>1"). Unlike in
 * GRUB's default, only a whole number is one ("1", not "1.17 safe mode"), and all of it must lead
 * somewhere. A name may mean several entries.
 */
bool grub_menu_is_named(
        const struct grub_menu *menu, const struct grub_entry *entry, const char *name);
