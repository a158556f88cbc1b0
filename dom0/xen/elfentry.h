/*
 * Where GRUB starts a Xen that is a PE file (xen_hypervisor, xen_module: XenServer 9), a run needs
 * an entry of the same Xen as an ELF file. GRUB itself never need start that entry: arm reads it.
 */
#pragma once

#include <stdbool.h>

#include "dom0/xen/xenboot.h"

#define ELFENTRY_TITLE "Xen-for-Forestage"

/* Whether the file of an entry's Xen is a PE file. */
bool elfentry_is_needed(const struct xenboot *boot);

/*
 * That entry: the body of the other, with multiboot2 for xen_hypervisor and its file's name in .gz,
 * module2 for xen_module, and blanks for tabs. Owned; NULL: the body starts no Xen so. Pure.
 */
char *elfentry_make(const char *body);

/* The same with where to write it, whether its Xen is there, and what to do then: lines. Owned. */
char *elfentry_advice(
        const struct host *host, const struct grub_config *config, const struct xenboot *boot);
