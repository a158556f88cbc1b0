/*
 * What Forestage adds to a GRUB configuration: a few lines that start forestage.efi, and only while
 * a run is armed. Pure.
 *
 * They stand before the menu, so that they need no menu entry, no default and no waiting: with no
 * order on the ESP, GRUB does what it always did. With one, it starts forestage.efi with the word
 * `return`; when nothing is run after all, that comes back and GRUB goes on with its own default.
 */
#pragma once

#include <stdbool.h>

/* The lines, from a first that marks them to a last. `uuid` of the ESP's file system; "": unknown.
 */
char *grubhook_lines(const char *uuid);

/* The same as a file of /etc/grub.d: a script that prints them. */
char *grubhook_generator(const char *uuid);

bool grubhook_is_in(const char *config);

/* A configuration with the lines before everything else; they must not be in it. */
char *grubhook_insert(const char *config, const char *lines);

/* The same without them, as it was before grubhook_insert; NULL when they are not in it. */
char *grubhook_remove(const char *config);
