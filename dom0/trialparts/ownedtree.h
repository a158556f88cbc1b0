/* A folder of which nothing can be changed by others, whatever they do with names. */
#pragma once

#include <stdbool.h>

#include "dom0/base/failure.h"

#define OWNEDTREE_MAX 20000u /* files and folders */

/*
 * `path` is absolute and without links. Every folder on the way belongs to root or to this user,
 * and others cannot write to it (or only as in /tmp); all in it too, links lead to what is in it,
 * and there is nothing but files, folders and links. False: the reason names the first that is not
 * so.
 */
bool ownedtree_check(const char *path, struct failure *ret_error);
