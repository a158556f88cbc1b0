#include "dom0/store/inputs.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "dom0/base/memory.h"
#include "dom0/store/content.h"
#include "dom0/store/placing.h"
#include "lib/cleanup.h"
#include "lib/why.h"
#include "store/pen.h"
#include "store/verity.h"

#define PIECE ((size_t)1 << 20) /* bytes at once */

static size_t piece_of(uint64_t left)
{
        return left < PIECE ? (size_t)left : PIECE;
}

/* --- where they are to be --- */

static uint64_t span_of(const struct store_checkpoint *checkpoint)
{
        return store_checkpoint_span(checkpoint->bytes, checkpoint->devices);
}

static uint64_t places_span(const struct store_map *map)
{
        uint64_t span = 0;

        for (size_t i = 0; i < map->checkpoint_count; i++)
                span += span_of(&map->checkpoints[i]);
        return span;
}

bool inputs_plan(struct store_map *map, const struct treeimage *images, size_t count,
        uint64_t results, const char *path, struct failure *ret_error)
{
        uint64_t all = places_span(map), offset;
        char why[WHY_SIZE];

        for (size_t i = 0; i < count; i++)
                all += store_input_span(images[i].bytes);
        if (results > map->room || all > map->room - results)
                return fail(ret_error, EXIT_FAIL,
                        "%s need %llu MiB in the store, and %s has room for %llu MiB of them "
                        "beside the results: make a larger one (forestage store remove, store "
                        "create)",
                        map->checkpoint_count == 0 ? "the inputs"
                        : count == 0               ? "the checkpoints"
                                                   : "the checkpoints and inputs",
                        (unsigned long long)(all >> 20) + 1, path,
                        (unsigned long long)(results < map->room ? map->room - results : 0) >> 20);
        offset = map->room - all;
        for (size_t i = 0; i < map->checkpoint_count; i++) {
                map->checkpoints[i].offset = offset;
                offset += span_of(&map->checkpoints[i]);
        }
        for (size_t i = 0; i < count; i++) {
                struct store_input input = {
                        .offset = offset, .bytes = images[i].bytes, .name = images[i].name
                };

                memcpy(input.root, images[i].root, sizeof(input.root));
                if (!store_map_add_input(map, &input))
                        return fail(ret_error, EXIT_FAIL, "more than %u inputs", STORE_INPUTS_MAX);
                offset += store_input_span(input.bytes);
        }
        return store_map_check(map, why) || fail(ret_error, EXIT_FAIL, "%s: %s", path, why);
}

bool inputs_are_those(const struct store_map *map, const struct store_map *before)
{
        bool same = map->input_count == before->input_count && map->room == before->room;

        for (size_t i = 0; same && i < map->input_count; i++) {
                const struct store_input *one = &map->inputs[i], *other = &before->inputs[i];

                same = one->offset == other->offset && one->bytes == other->bytes &&
                       memcmp(one->root, other->root, sizeof(one->root)) == 0;
        }
        return same;
}

/* --- from the disk --- */

static bool read_image(const struct store_pen *pen, const struct store_input *input,
        struct verity *verity, char *why)
{
        _cleanup_free_ uint8_t *piece = holding_memory(PIECE);

        for (uint64_t done = 0; done < input->bytes;) {
                size_t length = piece_of(input->bytes - done);

                if (!store_pen_read(pen, input->offset + done, piece, length, why))
                        return false;
                verity_add(verity, piece, length);
                done += length;
        }
        return true;
}

/* The tree there must be the one that belongs to the image. */
static bool read_tree(const struct store_pen *pen, const struct store_input *input,
        const uint8_t *tree, char *why)
{
        _cleanup_free_ uint8_t *piece = holding_memory(PIECE);
        uint64_t bytes = verity_tree_bytes(input->bytes);

        for (uint64_t done = 0; done < bytes;) {
                size_t length = piece_of(bytes - done);

                if (!store_pen_read(pen, input->offset + input->bytes + done, piece, length, why))
                        return false;
                if (memcmp(piece, tree + done, length) != 0)
                        return why_not(why, "its hash tree is not the one that belongs to it");
                done += length;
        }
        return true;
}

static bool is_there(const struct store_pen *pen, const struct store_input *input, char *why)
{
        _cleanup_free_ uint8_t *tree = memory_get(verity_tree_bytes(input->bytes) + 1);
        uint8_t root[SHA256_SIZE];
        struct verity verity;

        verity_begin(&verity, tree, input->bytes);
        if (!read_image(pen, input, &verity, why))
                return false;
        verity_end(&verity, root);
        if (memcmp(root, input->root, sizeof(root)) != 0)
                return why_not(why, "it is not what was armed");
        return read_tree(pen, input, tree, why);
}

static int open_pen(const struct host *host, const struct store_map *map, struct disk_number disk,
        struct store_pen *pen, struct failure *error)
{
        _cleanup_close_ int fd = placing_open_disk(host, disk, error);
        char why[WHY_SIZE];

        if (fd < 0)
                return -1;
        if (store_pen_open(fd, map->disk.size, map, pen, why))
                return TAKE_FD(fd);
        fail(error, EXIT_FAIL, "the disk does not have what was written there: %s", why);
        return -1;
}

/* --- to the disk --- */

static bool write_one(const struct holding *holding, const struct store_map *map,
        const struct store_input *input, const struct treeimage *image, struct failure *error)
{
        _cleanup_free_ uint8_t *piece = holding_memory(PIECE);
        uint64_t all = store_input_span(input->bytes);

        for (uint64_t done = 0; done < all;) {
                bool of_image = done < input->bytes;
                size_t length = piece_of((of_image ? input->bytes : all) - done);

                if (!of_image)
                        memcpy(piece, image->tree + (done - input->bytes), length);
                else if (pread(image->fd, piece, length, (off_t)done) != (ssize_t)length)
                        return fail_errno(
                                error, EXIT_FAIL, "cannot read the image of", image->name);
                if (!content_put(holding, map, input->offset + done, piece, length, error))
                        return false;
                done += length;
        }
        return content_sync(holding, error);
}

/* `images` NULL: what is not there is not written. */
static bool go_through(const struct host *host, const struct holding *holding,
        const struct store_map *map, struct disk_number disk, const struct treeimage *images,
        struct failure *error)
{
        struct store_pen pen;
        _cleanup_close_ int fd = map->input_count > 0 ? open_pen(host, map, disk, &pen, error) : -1;
        char why[WHY_SIZE];

        if (fd < 0)
                return map->input_count == 0;
        for (size_t i = 0; i < map->input_count; i++) {
                const struct store_input *input = &map->inputs[i];

                if (is_there(&pen, input, why))
                        continue;
                if (!images)
                        return fail(error, EXIT_FAIL, "the input %s in the store: %s", input->name,
                                why);
                if (!write_one(holding, map, input, &images[i], error))
                        return false;
                if (!is_there(&pen, input, why))
                        return fail(error, EXIT_FAIL,
                                "the disk does not have what was written there: the input %s: %s",
                                input->name, why);
        }
        return true;
}

bool inputs_write(const struct host *host, const struct holding *holding,
        const struct store_map *map, struct disk_number disk, const struct treeimage *images,
        struct failure *ret_error)
{
        return go_through(host, holding, map, disk, images, ret_error);
}

bool inputs_prove(const struct host *host, const struct store_map *map, struct disk_number disk,
        struct failure *ret_error)
{
        return go_through(host, NULL, map, disk, NULL, ret_error);
}
