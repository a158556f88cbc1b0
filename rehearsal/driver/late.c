#include "rehearsal/driver/late.h"

#include <stdlib.h>
#include <string.h>

struct late {
        struct late *next;
        void *to;
        size_t size;
        uint8_t bytes[];
};

/* In the order in which they were sent. */
static struct late *first, **end = &first;

CUresult late_send(void *to, const void *from, size_t size)
{
        struct late *sent = malloc(sizeof(*sent) + size);

        if (!sent)
                return CUDA_ERROR_OUT_OF_MEMORY;
        sent->next = NULL;
        sent->to = to;
        sent->size = size;
        memcpy(sent->bytes, from, size);
        *end = sent;
        end = &sent->next;
        return CUDA_SUCCESS;
}

void late_arrive(void)
{
        while (first) {
                struct late *sent = first;

                memcpy(sent->to, sent->bytes, sent->size);
                first = sent->next;
                free(sent);
        }
        end = &first;
}
