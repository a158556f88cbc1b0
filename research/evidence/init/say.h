/* What an evidence boot says on the console, as lines "evidence: KEY=VALUE", and small things to
 * say it with. */
#pragma once

#include <stdbool.h>
#include <stddef.h>

void say(const char *key, const char *value);

/* Reads at most size - 1 bytes of a small file and cuts the line break; false when it is not there.
 */
bool read_text(const char *path, char *ret_text, size_t size);

/* All of a file, owned; NULL when it cannot be read. */
char *read_file(const char *path);

/* IA32_PAT, as the kernel reads it. */
void say_pat(const char *key);
