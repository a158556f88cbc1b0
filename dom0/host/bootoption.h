/* A boot option of the firmware, the variable Boot#### (UEFI 2.10, 3.1.3). Pure; untrusted bytes.
 */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define BOOTOPTION_PARTITION 37u /* bytes of a partition's name, the NUL counted */

struct bootoption {
        bool active;           /* the boot manager starts it by itself, when its turn comes */
        char description[128]; /* ASCII; other characters are '?' */
        char loader[256];      /* as "\EFI\x\y.efi"; "" when the path names no file */
        /*
         * Named as Linux names it (PARTUUID): on GPT by its GUID, in lower case, on MBR as
         * "1a2b3c4d-01", the disk's signature and its number; "": the path names none. Firmware
         * may write the path short or in full: all but the node of the partition is passed over.
         */
        char partition[BOOTOPTION_PARTITION];
};

/* Reads the variable's value. False when it is none. */
bool bootoption_parse(const uint8_t *bytes, size_t length, struct bootoption *ret_option);

/* Whether two paths name one file on FAT: case and the leading backslash do not matter. */
bool bootoption_same_loader(const char *left, const char *right);
