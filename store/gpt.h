/* The GUID of a disk, in its GPT (UEFI 2.10, 5.3.2). Pure. */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "lib/uuid.h"

/*
 * From the header in the disk's second block, `length` bytes of which are there; `text` gets the
 * GUID as Linux writes it. False: there is none, or it is damaged.
 */
bool gpt_guid(const uint8_t *header, size_t length, char ret_text[UUID_LENGTH + 1]);
