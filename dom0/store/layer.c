#include "dom0/store/layer.h"

#include <stdlib.h>

#include "dom0/base/memory.h"
#include "lib/cleanup.h"

void layer_free(struct layer *layer)
{
        free(layer->extents);
        *layer = (struct layer){ 0 };
}

void layer_append(struct layer *layer, uint64_t start, uint64_t length)
{
        struct store_extent *last = layer->count > 0 ? &layer->extents[layer->count - 1] : NULL;

        if (last && last->start + last->length == start) {
                last->length += length;
                return;
        }
        layer->extents = memory_grow(layer->extents, layer->count, sizeof(*layer->extents));
        layer->extents[layer->count++] = (struct store_extent){ start, length, 0 };
}

uint64_t layer_length(const struct layer *layer)
{
        uint64_t length = 0;

        for (size_t i = 0; i < layer->count; i++)
                length += layer->extents[i].length;
        return length;
}

/* The bytes from `start` on of what `lower` is, `length` of them. */
static bool append_through(
        struct layer *layer, const struct layer *lower, uint64_t start, uint64_t length)
{
        for (size_t i = 0; i < lower->count && length > 0; i++) {
                const struct store_extent *extent = &lower->extents[i];
                uint64_t piece;

                if (start >= extent->length) {
                        start -= extent->length;
                        continue;
                }
                piece = extent->length - start;
                piece = length < piece ? length : piece;
                layer_append(layer, extent->start + start, piece);
                length -= piece;
                start = 0;
        }
        return length == 0;
}

bool layer_through(const struct layer *upper, const struct layer *lower, struct layer *ret_layer)
{
        _cleanup_(layer_free) struct layer layer = { 0 };

        for (size_t i = 0; i < upper->count; i++)
                if (!append_through(
                            &layer, lower, upper->extents[i].start, upper->extents[i].length))
                        return false;
        *ret_layer = layer;
        layer = (struct layer){ 0 };
        return true;
}
