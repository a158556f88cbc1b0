/*
 * Where a path leads: the folder, open, and the name in it. What is done next is done with these
 * two, so that nobody can lead it elsewhere by exchanging a part of the path meanwhile.
 *
 * A folder is exposed when others can exchange what is in it: it belongs to neither root nor this
 * user, or others may write to it and it has no sticky bit; and so is all that is reached through
 * it. A symbolic link is followed where it cannot be somebody else's: not in what is exposed, and
 * in a folder with the sticky bit (/tmp) only when it is root's or this user's.
 * (fs.protected_symlinks does the second half of that, where it is on.)
 */
#pragma once

#include <stdbool.h>

#include "files/beneath.h"

#define PLACE_WHY ((size_t)1024) /* bytes of a reason */

struct place {
        int folder;              /* O_PATH, owned; -1 when `own` is not */
        char name[BENEATH_NAME]; /* what is in it, or not yet; "": the folder itself */
        int own;      /* the path is this descriptor of ours (/dev/stdout, /dev/fd/N), else -1 */
        bool exposed; /* others can exchange what is at `name` */
};

#define PLACE_NONE ((struct place){ .folder = -1, .own = -1 })

enum place_flags {
        PLACE_MAKE = 1,      /* makes the folders on the way that are missing (0700) */
        PLACE_KEEP_LINK = 2, /* a link at the end is what is meant, not what it leads to */
};

/*
 * Finds it. Links are followed, also one at the end, so that `name` is none when this returns. 0,
 * and in `why` (PLACE_WHY bytes) which folder makes it exposed, with owner and mode, or nothing; or
 * a negative errno, and in `why` a sentence that names the part at fault: -EPERM for a link that is
 * not safe to follow.
 */
int place_find(const char *path, unsigned flags, struct place *ret_place, char *why);
void place_close(struct place *place);

/* The folder's names are on disk, as far as its file system can do that; it says nothing. */
void place_sync(const struct place *place);
