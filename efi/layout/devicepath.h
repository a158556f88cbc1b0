/*
 * Device paths as bytes (UEFI 2.10, chapter 10): a node is a type, a subtype, a 16-bit length and
 * data; a path ends with an end node. Plain C11; needs memcpy.
 */
#pragma once

#include "efi/parse/path.h"

#define DEVICEPATH_MAX_BYTES 2048u /* of a path we build or walk through */

/*
 * Writes the path of a file on a device: the device's nodes, a file path node, an end node. `path`
 * is a checked path relative to the device's root. Returns its bytes, or 0 when the device's path
 * is malformed or all of it longer than DEVICEPATH_MAX_BYTES.
 */
size_t devicepath_of_file(
        const void *device, struct slice path, uint8_t ret_bytes[DEVICEPATH_MAX_BYTES]);

/*
 * Whether the file path nodes of `device_path` name the file `path` (as path_same compares). False
 * for a malformed path.
 */
bool devicepath_is_file(const void *device_path, struct slice path);
