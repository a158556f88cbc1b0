/*
 * What the modules are that Xen gets beside dom0's kernel, told by their first bytes, and what Xen
 * would make of them (xen/arch/x86/setup.c, cpu/microcode/core.c, xsm/xsm_policy.c): the policy is
 * known by its magic, microcode by `ucode=N`, and the first of the rest is dom0's initrd. Pure.
 */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "efi/parse/modules.h"

enum bootmodule_kind {
        BOOTMODULE_UNKNOWN,
        BOOTMODULE_EMPTY,
        BOOTMODULE_KERNEL,    /* a Linux bzImage or an ELF file */
        BOOTMODULE_INITRD,    /* cpio, perhaps with microcode in front, or compressed */
        BOOTMODULE_MICROCODE, /* Intel's or AMD's own format */
        BOOTMODULE_POLICY,    /* of XSM's Flask */
};

#define BOOTMODULE_HEAD  0x206u      /* bytes from which it can be told */
#define BOOTMODULE_SETUP 0x8200u     /* of a kernel: all that comes before what is compressed */
#define BOOTMODULE_MAX   MODULES_MAX /* that a run takes along, dom0's kernel among them */

/* `head`: the first BOOTMODULE_HEAD bytes of a file, or all of a shorter one. */
enum bootmodule_kind bootmodule_kind(const uint8_t *head, size_t length);

/*
 * The release of a Linux bzImage, as uname -r says it once it runs, owned; NULL: its head of
 * BOOTMODULE_SETUP bytes does not say.
 */
char *bootmodule_release(const uint8_t *head, size_t length);

/* "an initrd" */
const char *bootmodule_name(enum bootmodule_kind kind);

/* All of an entry, with their files' names for messages; borrowed. */
struct bootmodules {
        size_t count;
        enum bootmodule_kind kind[BOOTMODULE_MAX];
        const char *file[BOOTMODULE_MAX];
        const char *xen_options;
};

/* Whether a run could start with them; why not, in `text`. */
bool bootmodules_check(const struct bootmodules *modules, char *text, size_t size);

/* The module that Xen hands to dom0 as its initrd; 0: none. */
size_t bootmodules_initrd(const struct bootmodules *modules);

/* What a person should know of modules that pass: true, and a sentence in `text`. */
bool bootmodules_remark(const struct bootmodules *modules, char *text, size_t size);
