/*
 * Files that are whole and on disk, or not there: written beside their final name, synced, renamed,
 * and the folder synced too. Good on FAT as well, where a rename over an existing file replaces it.
 * Several at once do not meet: each has a draft of its own (dom0/base/fresh.h), and the last one to
 * be renamed stays. What a crash has left of a draft goes when the next file is written or removed
 * in its folder.
 */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

#include "dom0/base/failure.h"
#include "lib/sha256.h"

/*
 * Writes `length` bytes to `path`, replacing a regular file that is there, and nothing else. A link
 * stays one: what it leads to is written (files/place.h says which are followed). On failure what
 * was there stays.
 */
bool durable_write(
        const char *path, const void *data, size_t length, mode_t mode, struct failure *ret_error);

/* The same with another file's content; `ret_sha256` and `ret_bytes` may be NULL. */
bool durable_copy(const char *path, const char *from, mode_t mode, uint8_t ret_sha256[SHA256_SIZE],
        uint64_t *ret_bytes, struct failure *ret_error);

/* An open file that others may change while it is read, and what it is called in messages. */
struct durable_source {
        int fd;
        uint64_t bytes; /* that it has to have */
        const char *folder, *name;
};

/* What is written behind another file's content. */
struct durable_tail {
        const void *data; /* borrowed */
        size_t length;
        /* Zeros come between: so many, and then up to a multiple of `align`; together at most 512.
         */
        size_t zeros, align;
};

/*
 * The same with a tail; `ret_sha256` is that of the other file, `ret_whole` of all that was
 * written.
 */
bool durable_extend(const char *path, const char *from, mode_t mode,
        const struct durable_tail *tail, uint8_t ret_sha256[SHA256_SIZE],
        uint8_t ret_whole[SHA256_SIZE], struct failure *ret_error);

/*
 * The same with exactly the bytes of `source`, read once, as a new file directly under its own
 * name: for folders that count only when they are whole. A name that is taken, on FAT also one that
 * only looks different, is an error, and so is a source that ends earlier or later.
 */
bool durable_take(const char *path, const struct durable_source *source,
        uint8_t ret_sha256[SHA256_SIZE], struct failure *ret_error);

/* Fails because FAT takes a name for another one that is there. */
bool durable_clash(const char *name, struct failure *ret_error);

/* Gives a file or folder another name on the same disk, which nobody has, and syncs all of it. */
bool durable_rename(const char *from, const char *to, struct failure *ret_error);

/* Removes a file and syncs its folder; one that is not there is fine. */
bool durable_remove(const char *path, struct failure *ret_error);

/* A file's SHA-256. False: errno. */
bool durable_hash(const char *path, uint8_t ret_sha256[SHA256_SIZE]);
