/*
 * What `forestage arm --store` does with the store, for a test's dom0 that has no GRUB and no ESP:
 * the store is written for a new order, and its map printed, which the bundle has as `store`.
 *
 *     store-arm [FOLDER INPUT…]     the inputs are in the job folder
 *
 * Environment: CHECKPOINT, a job that has a place for one.
 */
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>

#include "dom0/base/failure.h"
#include "dom0/store/marking.h"

#define RESULTS ((uint64_t)13 << 20) /* room that they are left */

static bool add_checkpoint(struct marking *marking)
{
        struct store_checkpoint place = {
                .bytes = 65536, .devices = 1, .order = { 1 }, .job = getenv("CHECKPOINT")
        };

        return !place.job || store_map_add_checkpoint(&marking->after.map, &place);
}

static bool add_inputs(struct marking *marking, int argc, char **argv, struct failure *error)
{
        int folder = argc > 1 ? open(argv[1], O_RDONLY | O_DIRECTORY | O_CLOEXEC) : -1;

        for (int i = 2; i < argc; i++) {
                struct treeimage image;

                if (!treeimage_make(&host_default, folder, argv[1], argv[i], &image, error))
                        return false;
                marking_add(marking, &image);
        }
        return (argc < 3 && marking->after.map.checkpoint_count == 0) ||
               marking_plan(marking, RESULTS, error);
}

int main(int argc, char **argv)
{
        struct marking marking;
        struct failure failure;
        size_t length;
        char *text;

        if (!marking_find(&host_default, &marking, &failure) || !add_checkpoint(&marking) ||
                !add_inputs(&marking, argc, argv, &failure) ||
                !marking_make(&host_default, &marking, &failure))
                return failure_print(&failure);
        text = store_map_format(&marking.after.map, &length);
        return fwrite(text, 1, length, stdout) == length && fflush(stdout) == 0 ? 0 : 1;
}
