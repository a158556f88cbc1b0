/* Programs that we start: Linux from memory, the fallback loader from its file. */
#pragma once

#include "efi/parse/text.h"

#include <efi.h>

/*
 * Loads an image, from memory when `buffer` is not NULL and otherwise from `path`. `name` is for
 * the reason, which says so when Secure Boot refused it.
 */
bool image_load(const char *name, void *path, void *buffer, UINTN size, EFI_HANDLE *ret_image,
        struct text *reason);

/* Sets the command line, UTF-16 and terminated, `bytes` with the terminator; it is borrowed. */
bool image_set_options(EFI_HANDLE image, CHAR16 *options, UINT32 bytes, struct text *reason);

/* Starts it. Returns only when the image does. */
EFI_STATUS image_start(EFI_HANDLE image);

/* Gives back an image that was loaded and never started; NULL is fine. */
void image_unload(EFI_HANDLE image);
