/* The jobs folder as it goes on the ESP: every file in it but those whose name starts with a dot.
 */
#ifndef FORESTAGE_DOM0_JOBCOPY_H
#define FORESTAGE_DOM0_JOBCOPY_H

#include <stdbool.h>
#include <stdint.h>

#include "dom0/hashlist.h"

/* Adds up what the files take on FAT, and checks their names. */
bool jobcopy_measure(const char *folder, uint64_t *ret_bytes, struct failure *ret_error);

/* Copies them below `target`, which is not there yet; lists each as "jobs/…". */
bool jobcopy_write(
        const char *folder, const char *target, struct hashlist *list, struct failure *ret_error);

#endif
