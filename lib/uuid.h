/* A UUID as text: "xxxxxxxx-xxxx-xxxx-xxxx-xxxxxxxxxxxx" (RFC 4122; upper case is read too). */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define UUID_LENGTH 36u

void uuid_format(const uint8_t uuid[16], char ret_text[UUID_LENGTH + 1]);
bool uuid_parse(const char *text, size_t length, uint8_t ret_uuid[16]);
