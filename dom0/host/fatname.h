/*
 * Names as FAT keeps them. Every name that is no short one (8 characters, a dot, 3 more) gets a
 * short one beside it, made up by who creates it: "LONGFI~1.TXT" for "longfilename.txt". Both find
 * the file. Pure.
 */
#pragma once

#include <stdbool.h>
#include <stddef.h>

#define FATNAME_FILE_MAX    0xffffffffull /* bytes of a file */
#define FATNAME_ENTRIES_MAX 65536u        /* of a folder */
#define FATNAME_ENTRY_BYTES 32u

/* Whether the name (one part of a path) is a short one itself, in whatever case. */
bool fatname_is_short(const char *name, size_t length);

/* The entries of its folder that a name takes. */
unsigned fatname_entries(size_t length);

/*
 * <0, 0 or >0: the order in which files are created, by their paths. In each folder short names
 * come first: then no name that was made up for a longer one is taken when its real owner comes.
 */
int fatname_order(const char *left, const char *right);
