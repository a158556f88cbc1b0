#include "initramfs/store/claim.h"

#include <errno.h>
#include <string.h>
#include <unistd.h>

#include "initramfs/stage/file.h"
#include "lib/why.h"

static bool read_map(const char *file, struct store_map *map, char *why)
{
        _cleanup_slice_ struct slice text = { 0 };

        if (!file_read(file, &text))
                return why_not(why, "%s: %s", file, strerror(errno));
        return store_map_parse("store", text.data, text.length, map, why);
}

static bool find(struct claim *claim, const char *file, const struct disks_place *place,
        unsigned patience_s, char name[DISKS_NAME], char *why)
{
        if (!read_map(file, &claim->map, why))
                return false;
        claim->fd = disks_open(place, &claim->map.disk, patience_s, name, why);
        return claim->fd >= 0 &&
               store_pen_open(claim->fd, claim->map.disk.size, &claim->map, &claim->pen, why);
}

bool claim_make(struct stage *stage, const char *file, const struct disks_place *place,
        unsigned patience_s, struct claim *claim)
{
        char name[DISKS_NAME], why[WHY_SIZE];

        *claim = (struct claim){ .fd = -1 };
        if (find(claim, file, place, patience_s, name, why)) {
                stage->detail = json_pack("{s:s, s:I, s:I, s:I}", "disk", name, "generation",
                        (json_int_t)claim->map.generation, "extents", (json_int_t)claim->map.count,
                        "room_bytes", (json_int_t)claim->map.room);
                return true;
        }
        if (claim->fd >= 0)
                close(claim->fd);
        store_map_free(&claim->map);
        claim->fd = -1;
        return stage_fail(stage, "%s", why);
}
