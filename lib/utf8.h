/* UTF-8 (RFC 3629): no overlong forms, no surrogates, nothing above U+10FFFF. Pure. */
#pragma once

#include <stddef.h>
#include <stdint.h>

/* Bytes of the valid character at `text`, and its code point; or 0. */
size_t utf8_decode(const char *text, size_t length, uint32_t *ret_code);

/* The same without the code point. */
size_t utf8_length(const char *text, size_t length);

/* The length of the longest start of `text` that is valid. */
size_t utf8_valid(const char *text, size_t length);
