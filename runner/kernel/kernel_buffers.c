#include "runner/kernel/kernel_buffers.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "jobs/argument.h"
#include "jobs/compare.h"
#include "jobs/folder.h"
#include "lib/cleanup.h"
#include "runner/process/report.h"

static bool read_input(
        struct worker *worker, const struct argument *argument, struct buffer *buffer)
{
        _cleanup_close_ int fd = folder_open(worker->folder, argument->file, &buffer->bytes);

        if (fd >= 0 && buffer->bytes > 0)
                buffer->input = worker_get_input(fd, buffer->bytes);
        if (buffer->input)
                return true;
        report_error(worker->report, "%.*s.conf:%u: '%s' %s", job_stem(worker->job),
                worker->job->name, argument->line, argument->file,
                fd < 0               ? folder_strerror(fd)
                : buffer->bytes == 0 ? "is empty"
                                     : strerror(errno));
        return false;
}

bool kernel_buffers_make(struct worker *worker)
{
        for (size_t i = 0; i < worker->job->kernel.arguments; i++) {
                const struct argument *argument = &worker->job->kernel.argument[i];
                struct buffer *buffer = &worker->buffer[i];
                char call[64];

                if (argument->kind == ARGUMENT_VALUE)
                        continue;
                buffer->bytes = argument->size;
                if ((argument->kind == ARGUMENT_IN || argument->kind == ARGUMENT_INOUT) &&
                        !read_input(worker, argument, buffer))
                        return false;
                snprintf(call, sizeof(call), "cuMemAlloc of %llu bytes",
                        (unsigned long long)buffer->bytes);
                if (!worker_succeed(
                            worker, worker->cuda.cuMemAlloc(&buffer->address, buffer->bytes), call))
                        return false;
        }
        return true;
}

/* --- filling: each call waits for its end, or goes into a stream --- */

static bool copy_in(struct worker *worker, const struct buffer *buffer, CUstream stream)
{
        if (stream)
                return CALL(worker, cuMemcpyHtoDAsync, buffer->address, buffer->input,
                        buffer->bytes, stream);
        return CALL(worker, cuMemcpyHtoD, buffer->address, buffer->input, buffer->bytes);
}

static bool set_bytes(
        struct worker *worker, CUdeviceptr to, unsigned char value, uint64_t count, CUstream stream)
{
        if (stream)
                return CALL(worker, cuMemsetD8Async, to, value, count, stream);
        return CALL(worker, cuMemsetD8, to, value, count);
}

static bool set_words(struct worker *worker, CUdeviceptr to, uint64_t words, CUstream stream)
{
        if (words == 0)
                return true;
        if (stream)
                return CALL(worker, cuMemsetD32Async, to, POISON_WORD, words, stream);
        return CALL(worker, cuMemsetD32, to, POISON_WORD, words);
}

/* See POISON_WORD. The last bytes, that make no whole word, one by one. */
static bool poison(struct worker *worker, const struct buffer *buffer, CUstream stream)
{
        uint64_t words = buffer->bytes / 4;
        bool good = set_words(worker, buffer->address, words, stream);

        for (uint64_t i = 4 * words; good && i < buffer->bytes; i++)
                good = set_bytes(worker, buffer->address + i,
                        (unsigned char)(POISON_WORD >> 8 * (i % 4)), 1, stream);
        return good;
}

/* `stream` NULL: none. */
static bool fill(struct worker *worker, CUstream stream)
{
        bool good = true;

        for (size_t i = 0; i < worker->job->kernel.arguments && good; i++) {
                const struct buffer *buffer = &worker->buffer[i];

                switch (worker->job->kernel.argument[i].kind) {
                case ARGUMENT_IN:
                case ARGUMENT_INOUT:
                        good = copy_in(worker, buffer, stream);
                        break;
                case ARGUMENT_SCRATCH:
                        good = set_bytes(worker, buffer->address, 0, buffer->bytes, stream);
                        break;
                case ARGUMENT_OUT:
                        good = poison(worker, buffer, stream);
                        break;
                case ARGUMENT_VALUE:
                        break;
                }
        }
        return good;
}

bool kernel_buffers_fill(struct worker *worker)
{
        return fill(worker, NULL) && CALL(worker, cuCtxSynchronize);
}

bool kernel_buffers_start_fill(struct worker *worker, CUstream stream)
{
        return fill(worker, stream);
}

/* --- giving back --- */

CUresult kernel_buffers_clear(const struct worker *worker)
{
        CUresult result = CUDA_SUCCESS;

        for (size_t i = 0; i < worker->job->kernel.arguments && result == CUDA_SUCCESS; i++) {
                const struct buffer *buffer = &worker->buffer[i];

                if (buffer->address)
                        result = worker->cuda.cuMemsetD8(buffer->address, 0, buffer->bytes);
        }
        /* It need not be done by now, and no stream of the next job would wait for it. */
        return result == CUDA_SUCCESS ? worker->cuda.cuStreamSynchronize(NULL) : result;
}

CUresult kernel_buffers_free(struct worker *worker)
{
        CUresult result = CUDA_SUCCESS, next;

        for (size_t i = 0; i < worker->job->kernel.arguments; i++) {
                struct buffer *buffer = &worker->buffer[i];

                worker_drop_input(buffer->input, buffer->bytes);
                next = buffer->address ? worker->cuda.cuMemFree(buffer->address) : CUDA_SUCCESS;
                result = result == CUDA_SUCCESS ? next : result;
                *buffer = (struct buffer){ 0 };
        }
        return result;
}

const struct buffer *kernel_buffers_output(const struct worker *worker, uint64_t index)
{
        for (size_t i = 0; i < worker->job->kernel.arguments; i++) {
                if (argument_is_output(&worker->job->kernel.argument[i]) && index-- == 0)
                        return &worker->buffer[i];
        }
        return NULL;
}
