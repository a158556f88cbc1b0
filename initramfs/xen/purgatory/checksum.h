/*
 * The checksum of what is loaded for Xen: XXH64 (xxHash's specification 0.1.1). It is there against
 * stray writes, not against somebody who writes on purpose, who could change the check as well; so
 * it is one that costs nothing on any processor. What forestage.efi reads has its SHA-256 checked.
 */
#pragma once

#define XXH_INLINE_ALL /* the purgatory links no library */
#include <xxhash.h>
