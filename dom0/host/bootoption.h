/* A boot option of the firmware, the variable Boot#### (UEFI 2.10, 3.1.3). Pure; untrusted bytes.
 */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct bootoption {
        bool active;
        char description[128]; /* ASCII; other characters are '?' */
        char loader[256];      /* as "\EFI\x\y.efi"; "" when the path names no file */
};

/* Reads the variable's value. False when it is none. */
bool bootoption_parse(const uint8_t *bytes, size_t length, struct bootoption *ret_option);

/* Whether two paths name one file on FAT: case and the leading backslash do not matter. */
bool bootoption_same_loader(const char *left, const char *right);
