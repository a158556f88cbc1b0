/* The arguments of GRUB's `search`, and of its short forms search.fs_uuid and the like. Pure. */
#pragma once

#include <stdbool.h>
#include <stddef.h>

#include "dom0/grub/grubfiles.h"

struct grub_search_words {
        enum grub_search kind;
        const char *what;     /* into the words */
        const char *variable; /* that gets the device; NULL: none does */
};

/* False: it is another command, or GRUB would complain of it. */
bool grub_search_parse(char *const words[], size_t count, struct grub_search_words *ret_search);
