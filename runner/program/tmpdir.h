/*
 * $TMPDIR or /tmp, in which every program gets a folder of its own. A runner keeps each of them
 * locked, so that others see which ones nobody has use for any more.
 */
#pragma once

#include <stdbool.h>
#include <stddef.h>

#include "files/place.h"

/* What it is called. */
const char *tmpdir_path(void);

/* Opens it; its `name` is none. When false, `why` (WHY_SIZE bytes) is the reason. */
bool tmpdir_open(struct place *ret_place, char *why);

/*
 * Whether nothing can be executed in it. Then `ret_why` (WHY_SIZE bytes) says so, with the mount
 * and what to do.
 */
bool tmpdir_forbids_execution(char *ret_why);

/* A new, empty folder in it, opened and locked: until nobody has it open any more. -1: errno. */
int tmpdir_make(int parent, char ret_name[BENEATH_NAME]);

/*
 * Removes what runners have left there that were killed, or whose machine was: the folders of this
 * user's that have such a name and are not locked. Nothing, where others can exchange what is in
 * $TMPDIR, and so give the name to something else of this user's.
 */
void tmpdir_sweep(void);
