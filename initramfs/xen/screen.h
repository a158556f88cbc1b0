/*
 * The screen that the firmware has set up, and what Xen is told of it. Linux has it from the EFI
 * stub, which asks the firmware's Graphics Output Protocol (UEFI 2.10, 12.9), and shows it as the
 * first 64 bytes of /sys/kernel/boot_params/data (Linux's struct screen_info,
 * Documentation/arch/x86/zero-page.rst). Pure.
 */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define SCREEN_INFO_SIZE 64u

/* A colour's bits in a pixel. */
struct screen_colour {
        uint8_t size, position;
};

struct screen {
        uint32_t base;                 /* physical */
        uint16_t width, height, depth; /* pixels, and bits of one; width 0: there is none */
        uint16_t pitch;                /* bytes of a line */
        struct screen_colour red, green, blue, reserved;
};

/*
 * Reads struct screen_info. Returns why there is no screen that Xen could write to, or NULL when
 * there is one.
 */
const char *screen_read(const uint8_t bytes[SCREEN_INFO_SIZE], struct screen *ret_screen);

/* Bytes of memory that it shows. */
uint64_t screen_bytes(const struct screen *screen);

/*
 * Whether a line of a PCI device's `resource` file in /sys ("START END FLAGS") holds part of it.
 * False as well for what is no such line.
 */
bool screen_is_in(const struct screen *screen, const char *resource);
