/* A file that says of itself what a kernel module does, and holds no code. */
#pragma once

#include <stddef.h>
#include <stdint.h>

#define KERNELMODULE_BYTES 4096u

/*
 * Writes KERNELMODULE_BYTES at `file`. `info` is the section .modinfo: "KEY=VALUE" divided by line
 * breaks, which become NULs; NULL: there is no such section.
 */
void kernelmodule_make(uint8_t *file, const char *info);
