/* An entry of GRUB's menu: its names, and the files that it starts. Pure. */
#pragma once

#include <stdbool.h>
#include <stddef.h>

#define GRUB_MAX_MODULES 8u /* that a run takes along, dom0's kernel among them */

/* A file and its command line; all owned. `device` and `path` as grubfiles.h has them. */
struct grub_image {
        char *device, *path, *options;
};

/* Where a body starts: in a text that the reader keeps. */
struct grub_place {
        const char *at;
        unsigned line;
        const char *file; /* GRUB's path of it; NULL: grub.cfg itself */
};

struct grub_entry {
        char *title, *id; /* all text is owned; id may be NULL */
        unsigned line;
        char *file;                  /* that the line is of; NULL: grub.cfg itself */
        struct grub_entry *children; /* of a submenu */
        size_t children_count;
        bool submenu;
        char *default_entry; /* of a submenu: as its body sets it, owned; NULL: it does not */
        char **parameters;   /* $1, $2, …: the title, and what else it was called with; owned */
        size_t parameters_count;
        bool elsewhere;        /* it hands on to what is not read: another configuration, … */
        struct grub_image xen; /* its path is NULL: it does not start a Xen */
        struct grub_image modules[GRUB_MAX_MODULES]; /* in their order: dom0's kernel first */
        size_t module_count; /* all that it loads: may be more than there is room for */
        struct grub_place body;
};

/* Title, id and parameters, from "menuentry TITLE --class x --id ID MORE". */
void grub_entry_name(struct grub_entry *entry, char *const words[], size_t count);

/*
 * The file of multiboot2 (xen_hypervisor) or module2 (xen_module), and its command line as GRUB
 * hands it on; `root` is the device of a path that names none. A new Xen starts without modules.
 */
void grub_entry_take_xen(
        struct grub_entry *entry, char *const words[], size_t count, const char *root);
void grub_entry_take_module(
        struct grub_entry *entry, char *const words[], size_t count, const char *root);

/* Whether it starts a Xen with a dom0. */
bool grub_entry_starts_xen(const struct grub_entry *entry);

/* Whether two entries start the same, whatever they are called. */
bool grub_entry_same(const struct grub_entry *left, const struct grub_entry *right);

void grub_entry_free(struct grub_entry *entry);

/* "(device)/path" or "/path", taken apart: the path within `word`, and an owned device. */
const char *grub_path_split(const char *word, const char *root, char **ret_device);
