/*
 * What a GRUB script finds on the machine: its devices and files. Who reads a script says where
 * they are; the reader itself opens nothing.
 */
#pragma once

#include <stdbool.h>
#include <stdint.h>

/* By what `search` looks for a device. */
enum grub_search { GRUB_SEARCH_UUID, GRUB_SEARCH_LABEL, GRUB_SEARCH_FILE };

enum grub_file_type { GRUB_FILE_NONE, GRUB_FILE_REGULAR, GRUB_FILE_FOLDER };

/*
 * A device is a text without blanks and `)`: what the variable root holds, or what stands in
 * parentheses before a path. Paths start with a slash and are GRUB's, from the root of the file
 * system on.
 */
struct grub_files {
        void *context; /* handed to each of the functions */

        /* The device that grub.cfg was read from, and its folder there. */
        const char *device;
        const char *folder;

        /*
         * False: there is no such device. `ret_device`, owned by the caller, is a name for it in
         * both cases: what is loaded from one that is not there must not come from another.
         */
        bool (*search)(void *context, enum grub_search kind, const char *what, char **ret_device);
        enum grub_file_type (*look)(
                void *context, const char *device, const char *path, uint64_t *ret_size);

        /*
         * The whole text, terminated and owned by the caller, with NULs in it marked
         * (grub_words_mark_nuls); NULL: cannot be read.
         */
        char *(*read)(void *context, const char *device, const char *path);
};
