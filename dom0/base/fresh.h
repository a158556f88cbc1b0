/*
 * Files and folders that are not whole yet, under a name of their own (".forestage-…") beside the
 * one that they will get. Who makes one holds it locked (flock) until it is closed: so what a crash
 * or a power cut has left can be told from what somebody is writing, and is removed by the next one
 * who writes there.
 */
#pragma once

#include <stdbool.h>
#include <stdint.h>
#include <sys/types.h>

#include "files/beneath.h"

/* A new, empty file in `parent`, for reading and writing. -1: errno. */
int fresh_file(int parent, mode_t mode, char ret_name[BENEATH_NAME]);

/* The same with a folder (0700). */
int fresh_folder(int parent, char ret_name[BENEATH_NAME]);

/*
 * Removes what was left in the folder and is this user's. Not for folders in which others can
 * exchange names. What cannot be removed stays.
 */
void fresh_sweep(int parent);

/* Bytes that a sweep of the folder `path` would make free. */
uint64_t fresh_leftovers(const char *path);
