#include "dom0/base/buffer.h"

#include <stdlib.h>
#include <string.h>

#include "dom0/base/memory.h"

char *buffer_room(struct buffer *buffer, size_t bytes)
{
        if (buffer->room - buffer->length <= bytes) {
                buffer->room = 2 * buffer->room + bytes + 1;
                buffer->data = memory_resize(buffer->data, buffer->room);
        }
        return buffer->data + buffer->length;
}

void buffer_add(struct buffer *buffer, const char *text)
{
        size_t length = strlen(text);

        memcpy(buffer_room(buffer, length), text, length + 1);
        buffer->length += length;
}

void buffer_free(struct buffer *buffer)
{
        free(buffer->data);
        *buffer = (struct buffer){ 0 };
}
