/* Who can change a file or folder, from what stat says. */
#pragma once

#include <stdbool.h>
#include <stdio.h>
#include <sys/stat.h>
#include <sys/types.h>

/* Whether it belongs to root or to the user that this process acts as. */
bool owner_is_trusted(const struct stat *status);

/*
 * Whether others than the owner may write to it, by its mode. A group that the owner alone is in
 * (every user's own group, on many systems) is nobody else. What an access list allows to others
 * shows in the mode as the group's right.
 */
bool owner_shares(const struct stat *status);

/*
 * Whether `user` alone is in `group`, from files like /etc/passwd and /etc/group, which are read
 * from where they stand. False when they do not know one of the two.
 */
bool owner_is_alone(FILE *users, FILE *groups, uid_t user, gid_t group);

/*
 * Whether the file system of `fd` keeps owners and modes as they are given, so that they say
 * something: FAT and what comes over a network need not.
 */
bool owner_is_kept(int fd);

/* The kind of the file system that `fd` is on (linux/magic.h); 0: it cannot be told. */
unsigned long owner_file_system(int fd);
