/*
 * What `forestage arm --store` does with the store, for a test's dom0 that has no GRUB and no ESP:
 * the store is written for a new order, and its map printed, which the bundle has as `store`.
 */
#include <stdio.h>

#include "dom0/base/failure.h"
#include "dom0/store/marking.h"

int main(void)
{
        struct marking marking;
        struct failure failure;
        size_t length;
        char *text;

        if (!marking_find(&host_default, &marking, &failure) ||
                !marking_make(&host_default, &marking, &failure))
                return failure_print(&failure);
        text = store_map_format(&marking.after.map, &length);
        return fwrite(text, 1, length, stdout) == length && fflush(stdout) == 0 ? 0 : 1;
}
