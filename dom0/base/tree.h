/* Files below one folder that only this program has: created, never followed, removed whole. */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>

/*
 * A new file (0600) at a path below the folder open at `root`; folders on the way are created
 * (0700). The path must have been checked (dom0/base/path.h). No link is followed. NULL: errno.
 */
FILE *tree_open(int root, const char *path);

/* The same with all of its content. False: errno. */
bool tree_write(int root, const char *path, const void *data, uint64_t length);

/*
 * Removes a folder and all in it, without following links or crossing mounts (files/beneath.h). A
 * link or a file at `path` is removed itself.
 */
void tree_remove(const char *path);
