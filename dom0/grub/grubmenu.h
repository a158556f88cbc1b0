/*
 * The menu that a grub.cfg makes on a UEFI machine, and its default entry. The script is followed
 * as GRUB would: variables, conditions, load_env. What depends on the machine is taken as the
 * configuration's usual case: files that are tested for are there, commands succeed. Pure.
 */
#pragma once

#include <stdbool.h>
#include <stddef.h>

#include <jansson.h>

struct grub_entry {
        char *title, *id; /* all text is owned; id may be NULL */
        unsigned line;
        struct grub_entry *children; /* of a submenu */
        size_t children_count;
        bool submenu;
        bool multiboot1;         /* it uses multiboot, not multiboot2 */
        char *xen, *xen_options; /* NULL: it does not start a multiboot kernel */
        char *kernel, *kernel_options;
        char *initrd;        /* the second module, or NULL */
        size_t more_modules; /* beyond those two */
};

struct grub_menu {
        struct grub_entry top; /* its children are the menu */
        char *default_entry;   /* as `set default=` left it; owned; "" when it was not set */
};

/* `text` is a whole grub.cfg, terminated; `environment` the file grubenv, or NULL. */
void grub_menu_read(const char *text, const char *environment, struct grub_menu *ret_menu);
void grub_menu_free(struct grub_menu *menu);

/* The entry that starts when nobody presses a key; NULL when the menu is empty. */
const struct grub_entry *grub_menu_default(const struct grub_menu *menu);

/* The first entry that starts a multiboot kernel with a module; NULL: there is none. */
const struct grub_entry *grub_menu_first_xen(const struct grub_menu *menu);
