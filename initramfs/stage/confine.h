/*
 * What the jobs may not do although they are root: load or unload modules, trace init, reset the
 * machine or load another kernel. docs/security.md, "What a job can reach", says what is left.
 *
 * kernel.modules_disabled would be the stronger lock for modules, but it also forbids to unload
 * them, and a GPU whose driver stays cannot be handed to Xen. So it is set only when there is no
 * driver.
 */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/*
 * From here on that includes making device nodes: a disk's driver is loaded, and its nodes have
 * been removed.
 */
void confine_nodes(void);

/* Gives the capabilities up for this process and all it starts; for a child before exec. */
bool confine_self(void);

/* The same for programs that the kernel starts by itself (modprobe, whose path root can set). */
bool confine_helpers(void);

/* From here on nobody loads or unloads a module, nor takes this back. */
bool confine_modules(void);

/*
 * The kernel's text for a set of capabilities, "LOW HIGH" in decimal (capability bits 0-31 and
 * 32-63), without those that confine_self gives up. Returns its length; `size` bytes, at least 24,
 * are there.
 */
size_t confine_format(uint64_t set, char *ret_text, size_t size);
