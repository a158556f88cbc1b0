/*
 * The files of next/ and what each is to Xen: itself, next.conf, and its modules in their order.
 * Module 0 is dom0's kernel, next/vmlinuz. One more alone is next/initrd; several are next/module-1
 * to next/module-7 by Xen's own number, without a gap, and then there is no next/initrd: which of
 * them is the initrd Xen finds out, as it does for any loader. Plain C11 without a C library.
 */
#pragma once

#include "efi/parse/path.h"

#define MODULES_FOLDER "next/"
#define MODULES_INITRD "next/initrd"
#define MODULES_MAX    8u           /* dom0's kernel, and up to seven beside it */
#define MODULES_NONE   ((size_t)-1) /* a file that is no module */

/* Which of Xen's modules a file of the bundle is, or MODULES_NONE. */
size_t modules_number(struct slice path);

/* The file of a module below MODULES_MAX: where there are several, of the second too. */
const char *modules_name(size_t number);

/* The same where there are `count` in all: the only one beside dom0's kernel is MODULES_INITRD. */
const char *modules_file(size_t number, size_t count);

/* Whether a file of MODULES_FOLDER has a name that means something, written exactly so. */
bool modules_knows(struct slice path);
