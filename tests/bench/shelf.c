/*
 * How fast a large result is written into a store: build/bench/shelf DISK MIB [READ], on a file or
 * a disk that may be overwritten: its first MiB and the MIB behind it. Prints seconds of writing,
 * or with READ those of reading it back. tests/bench/store puts it beside dd.
 */
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "lib/why.h"
#include "store/head.h"
#include "store/shelf.h"

#define MIB   ((uint64_t)1 << 20)
#define SLACK (4 * MIB) /* headers, and what is around a file */

static const uint8_t run_id[16] = { 1 };

static double now(void)
{
        struct timespec time;

        clock_gettime(CLOCK_MONOTONIC, &time);
        return (double)time.tv_sec + (double)time.tv_nsec / 1e9;
}

static void need(bool good, const char *what)
{
        if (good)
                return;
        fprintf(stderr, "shelf: %s\n", what);
        exit(1);
}

static void write_head(int fd, const struct store_map *map)
{
        struct store_head *head = aligned_alloc(STORE_BLOCK, sizeof(*head));
        uint8_t digest[SHA256_SIZE];

        need(head && store_map_digest(map, digest), "no memory");
        store_head_make(map, digest, 0, head);
        need(pwrite(fd, head, sizeof(*head), (off_t)map->extents[0].start) == sizeof(*head),
                "the first block cannot be written");
        free(head);
}

/* As the runner gives a program's file: 1 MiB at a time. */
static void write_file(struct shelf *shelf, uint64_t bytes, struct shelf_place *ret_place)
{
        uint8_t digest[SHA256_SIZE], *data = malloc(MIB);
        char why[WHY_SIZE];

        need(data != NULL, "no memory");
        for (size_t i = 0; i < MIB; i++)
                data[i] = (uint8_t)(i * 2654435761u >> 13);
        need(shelf_begin(shelf, "jobs/bench/0/out", bytes, why), why);
        for (uint64_t done = 0; done < bytes; done += MIB)
                shelf_add(shelf, data, MIB);
        need(shelf_end(shelf, ret_place, digest, why) && shelf_sync(shelf, why), why);
        free(data);
}

static bool take(void *context, const void *data, size_t length)
{
        sha256_update(context, data, length);
        return true;
}

int main(int argc, char **argv)
{
        uint64_t bytes = argc > 2 ? strtoull(argv[2], NULL, 10) * MIB : 0;
        struct store_extent extent = { .start = MIB, .length = bytes + SLACK };
        struct store_map map = { .id = { 1 },
                .host = { 1 },
                .generation = 1,
                .disk = { .size = MIB + bytes + SLACK, .serial = "S" },
                .extents = &extent,
                .count = 1 };
        int fd = argc > 2 ? open(argv[1], O_RDWR | O_DIRECT | O_CLOEXEC) : -1;
        struct shelf_place place;
        struct store_pen pen;
        struct sha256 hash;
        char why[WHY_SIZE];
        struct shelf *shelf;
        double start;

        need(fd >= 0 && bytes > 0, "usage: shelf DISK MIB [READ]");
        need(store_map_check(&map, why), why);
        write_head(fd, &map);
        need(store_pen_open(fd, map.disk.size, &map, &pen, why), why);
        shelf = shelf_open(&pen, STORE_BLOCK, run_id, why);
        need(shelf != NULL, why);
        start = now();
        write_file(shelf, bytes, &place);
        if (argc > 3) {
                start = now();
                sha256_init(&hash);
                need(shelf_read(&pen, &place, run_id, "jobs/bench/0/out", bytes, take, &hash, why),
                        why);
        }
        printf("%.3f\n", now() - start);
        shelf_free(shelf);
        close(fd);
        return 0;
}
