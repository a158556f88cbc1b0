/* Streams and events: what is in them is done at once, so they only tell time, and what waits for
 * what. */
#include "rehearsal/driver/stream.h"

#include <stdlib.h>
#include <time.h>

#include "rehearsal/driver/late.h"

#define NON_BLOCKING         1u
#define EVENT_DISABLE_TIMING 2u

struct stream {
        struct stream *next;
        unsigned flags;
};

struct event {
        struct event *next;
        bool is_recorded, has_time, waits; /* waits: it is behind what is in the context's stream */
        struct timespec time;
};

bool stream_waits(const struct stream *stream)
{
        return !stream || stream == CU_STREAM_LEGACY || stream == CU_STREAM_PER_THREAD ||
               !(stream->flags & NON_BLOCKING);
}

void streams_free(struct context *context)
{
        while (context->streams) {
                struct stream *next = context->streams->next;

                free(context->streams);
                context->streams = next;
        }
        while (context->events) {
                struct event *next = context->events->next;

                free(context->events);
                context->events = next;
        }
}

/* Where the context's list points to the stream, or NULL. */
static struct stream **find_stream(struct context *context, const struct stream *stream)
{
        for (struct stream **link = &context->streams; *link; link = &(*link)->next) {
                if (*link == stream)
                        return link;
        }
        return NULL;
}

static struct event **find_event(struct context *context, const struct event *event)
{
        for (struct event **link = &context->events; *link; link = &(*link)->next) {
                if (*link == event)
                        return link;
        }
        return NULL;
}

static CUresult check_stream(struct context **ret_context, const struct stream *stream)
{
        CUresult error = current_context(ret_context);

        if (error != CUDA_SUCCESS)
                return error;
        if (!stream || stream == CU_STREAM_LEGACY || stream == CU_STREAM_PER_THREAD)
                return CUDA_SUCCESS;
        return find_stream(*ret_context, stream) ? CUDA_SUCCESS : CUDA_ERROR_INVALID_HANDLE;
}

static CUresult check_event(struct context **ret_context, const struct event *event)
{
        CUresult error = current_context(ret_context);

        if (error != CUDA_SUCCESS)
                return error;
        return find_event(*ret_context, event) ? CUDA_SUCCESS : CUDA_ERROR_INVALID_HANDLE;
}

static CUresult wait_for(const struct event *event)
{
        struct context *context;
        CUresult error = check_event(&context, event);

        if (error == CUDA_SUCCESS && event->waits)
                late_arrive();
        return error;
}

CUresult cuStreamCreate(CUstream *stream, unsigned flags)
{
        LOCKED;
        struct context *context;
        CUresult error = current_context(&context);
        struct stream *made;

        if (error != CUDA_SUCCESS)
                return error;
        if (!stream || flags > 1)
                return CUDA_ERROR_INVALID_VALUE;
        made = calloc(1, sizeof(*made));
        if (!made)
                return CUDA_ERROR_OUT_OF_MEMORY;
        made->flags = flags;
        made->next = context->streams;
        context->streams = made;
        *stream = made;
        return CUDA_SUCCESS;
}

CUresult cuStreamCreateWithPriority(CUstream *stream, unsigned flags, int priority)
{
        (void)priority;
        return cuStreamCreate(stream, flags);
}

CUresult cuStreamDestroy_v2(CUstream stream)
{
        LOCKED;
        struct context *context;
        CUresult error = current_context(&context);
        struct stream **link;

        if (error != CUDA_SUCCESS)
                return error;
        link = find_stream(context, stream);
        if (!link)
                return CUDA_ERROR_INVALID_HANDLE;
        *link = stream->next;
        free(stream);
        return CUDA_SUCCESS;
}

CUresult cuStreamSynchronize(CUstream stream)
{
        LOCKED;
        struct context *context;
        CUresult error = check_stream(&context, stream);

        if (error == CUDA_SUCCESS && stream_waits(stream))
                late_arrive();
        return error;
}

CUresult cuStreamQuery(CUstream stream)
{
        return cuStreamSynchronize(stream);
}

CUresult cuStreamWaitEvent(CUstream stream, CUevent event, unsigned flags)
{
        LOCKED;
        struct context *context;
        CUresult error = check_stream(&context, stream);

        (void)flags;
        return error == CUDA_SUCCESS ? wait_for(event) : error;
}

CUresult cuEventCreate(CUevent *event, unsigned flags)
{
        LOCKED;
        struct context *context;
        CUresult error = current_context(&context);
        struct event *made;

        if (error != CUDA_SUCCESS)
                return error;
        if (!event)
                return CUDA_ERROR_INVALID_VALUE;
        made = calloc(1, sizeof(*made));
        if (!made)
                return CUDA_ERROR_OUT_OF_MEMORY;
        made->has_time = !(flags & EVENT_DISABLE_TIMING);
        made->next = context->events;
        context->events = made;
        *event = made;
        return CUDA_SUCCESS;
}

CUresult cuEventDestroy_v2(CUevent event)
{
        LOCKED;
        struct context *context;
        CUresult error = current_context(&context);
        struct event **link;

        if (error != CUDA_SUCCESS)
                return error;
        link = find_event(context, event);
        if (!link)
                return CUDA_ERROR_INVALID_HANDLE;
        *link = event->next;
        free(event);
        return CUDA_SUCCESS;
}

CUresult cuEventRecord(CUevent event, CUstream stream)
{
        LOCKED;
        struct context *context;
        CUresult error = check_stream(&context, stream);

        if (error == CUDA_SUCCESS)
                error = check_event(&context, event);
        if (error != CUDA_SUCCESS)
                return error;
        clock_gettime(CLOCK_MONOTONIC, &event->time);
        event->is_recorded = true;
        event->waits = stream_waits(stream);
        return CUDA_SUCCESS;
}

CUresult cuEventSynchronize(CUevent event)
{
        LOCKED;

        return wait_for(event);
}

CUresult cuEventQuery(CUevent event)
{
        return cuEventSynchronize(event);
}

CUresult cuEventElapsedTime(float *milliseconds, CUevent start, CUevent end)
{
        LOCKED;
        struct context *context;
        CUresult error = check_event(&context, start);

        if (error == CUDA_SUCCESS)
                error = check_event(&context, end);
        if (error != CUDA_SUCCESS)
                return error;
        if (!milliseconds)
                return CUDA_ERROR_INVALID_VALUE;
        if (!start->has_time || !end->has_time || !start->is_recorded || !end->is_recorded)
                return CUDA_ERROR_INVALID_HANDLE;
        *milliseconds = (float)((double)(end->time.tv_sec - start->time.tv_sec) * 1e3 +
                                (double)(end->time.tv_nsec - start->time.tv_nsec) * 1e-6);
        return CUDA_SUCCESS;
}

CUresult cuEventElapsedTime_v2(float *milliseconds, CUevent start, CUevent end)
{
        return cuEventElapsedTime(milliseconds, start, end);
}
