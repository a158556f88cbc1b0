#include "store/head.h"

#include <inttypes.h>
#include <string.h>

#include "lib/why.h"

#define SUMMED offsetof(struct store_head, sha256)

void store_head_make(const struct store_map *map, const uint8_t digest[SHA256_SIZE], size_t number,
        struct store_head *ret_head)
{
        struct store_head head = {
                .version = STORE_VERSION,
                .size = sizeof(head),
                .generation = map->generation,
                .number = (uint32_t)number,
                .count = (uint32_t)map->count,
                .start = map->extents[number].start,
                .length = map->extents[number].length,
                .disk_size = map->disk.size,
        };

        memcpy(head.magic, STORE_HEAD_MAGIC, sizeof(head.magic));
        memcpy(head.id, map->id, sizeof(head.id));
        memcpy(head.host, map->host, sizeof(head.host));
        memcpy(head.map, digest, sizeof(head.map));
        sha256(&head, SUMMED, head.sha256);
        *ret_head = head;
}

static bool is_head(const struct store_head *head, size_t number, char *why)
{
        uint8_t digest[SHA256_SIZE];

        if (memcmp(head->magic, STORE_HEAD_MAGIC, sizeof(head->magic)) != 0)
                return why_not(why, "there is no store where extent %zu should begin", number);
        if (head->version != STORE_VERSION || head->size != sizeof(*head))
                return why_not(why, "extent %zu is of version %" PRIu32 " of the store", number,
                        head->version);
        sha256(head, SUMMED, digest);
        if (memcmp(digest, head->sha256, sizeof(digest)) != 0)
                return why_not(why, "the first block of extent %zu is damaged", number);
        return true;
}

bool store_head_check(const struct store_map *map, const uint8_t digest[SHA256_SIZE], size_t number,
        const struct store_head *head, char *why)
{
        struct store_head wanted;

        if (!is_head(head, number, why))
                return false;
        store_head_make(map, digest, number, &wanted);
        if (memcmp(head->id, wanted.id, sizeof(wanted.id)) != 0)
                return why_not(why, "another store is where extent %zu should begin", number);
        if (memcmp(head->host, wanted.host, sizeof(wanted.host)) != 0)
                return why_not(why, "extent %zu belongs to another host", number);
        if (head->generation != wanted.generation)
                return why_not(why,
                        "extent %zu is of generation %" PRIu64 ", and the order of %" PRIu64 "%s",
                        number, head->generation, wanted.generation,
                        head->generation > wanted.generation
                                ? ": the order is an old one"
                                : ": the store was put back to what it was before");
        if (head->number != wanted.number)
                return why_not(why,
                        "extent %" PRIu32 " of the store is where extent %zu should begin",
                        head->number, number);
        /* Whatever else there is: a copy elsewhere, on a disk of another size, of other extents. */
        if (memcmp(head, &wanted, sizeof(wanted)) != 0)
                return why_not(why,
                        "extent %zu is not as the order has it: the store was moved, "
                        "copied or made anew since",
                        number);
        return true;
}
