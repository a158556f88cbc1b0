/* The first block of every extent of a map, as arm writes them, for tests. */
#pragma once

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <unistd.h>

#include <cmocka.h>

#include "store/head.h"

static inline void heads_write(int fd, const struct store_map *map)
{
        uint8_t digest[SHA256_SIZE];
        struct store_head head;

        assert_true(store_map_digest(map, digest));
        for (size_t i = 0; i < map->count; i++) {
                store_head_make(map, digest, i, &head);
                assert_int_equal(pwrite(fd, &head, sizeof(head), (off_t)map->extents[i].start),
                        sizeof(head));
        }
}
