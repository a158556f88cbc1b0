#include "runner/kernel/download.h"

#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#define PIECE_BYTES (UINT64_C(4) << 20)
#define SMALL_BYTES 65536u
#define TOLD_PIECES 4 /* between two calls of `told` */

static CUresult note(struct download *download, CUresult result, const char *call)
{
        if (result != CUDA_SUCCESS)
                download->call = call;
        return result;
}

#define CALL(download, name, ...) note((download), (download)->cuda->name(__VA_ARGS__), #name)

/* Pinning memory takes longer than copying a little. */
static CUresult download_small(
        struct download *download, void *to, CUdeviceptr from, uint64_t bytes)
{
        static char buffer[SMALL_BYTES];
        CUresult result = CALL(download, cuMemcpyDtoH, buffer, from, bytes);

        if (result == CUDA_SUCCESS)
                memcpy(to, buffer, bytes);
        return result;
}

static CUresult make_buffers(struct download *download)
{
        CUresult result = CUDA_SUCCESS;

        for (int i = 0; i < 2 && result == CUDA_SUCCESS; i++) {
                if (download->buffer[i])
                        continue;
                result = CALL(download, cuStreamCreate, &download->stream[i], 0);
                if (result == CUDA_SUCCESS)
                        result = CALL(
                                download, cuMemHostAlloc, &download->buffer[i], PIECE_BYTES, 0);
        }
        return result;
}

static uint64_t piece_bytes(uint64_t bytes, uint64_t offset)
{
        return bytes - offset < PIECE_BYTES ? bytes - offset : PIECE_BYTES;
}

static CUresult start_piece(
        struct download *download, int turn, CUdeviceptr from, uint64_t bytes, uint64_t offset)
{
        if (offset >= bytes)
                return CUDA_SUCCESS;
        return CALL(download, cuMemcpyDtoHAsync, download->buffer[turn], from + offset,
                piece_bytes(bytes, offset), download->stream[turn]);
}

/* One call for the pages of a piece instead of a fault for each. Only speed is lost without it. */
static void make_pages(void *to, uint64_t bytes)
{
#ifdef MADV_POPULATE_WRITE /* Linux 5.14 */
        uintptr_t page = (uintptr_t)sysconf(_SC_PAGESIZE);
        uintptr_t from = (uintptr_t)to & ~(page - 1);

        madvise((void *)from, (uintptr_t)to + bytes - from, MADV_POPULATE_WRITE);
#else
        (void)to, (void)bytes;
#endif
}

CUresult download(struct download *download, void *to, CUdeviceptr from, uint64_t bytes)
{
        CUresult result;
        int turn = 0;

        if (bytes <= SMALL_BYTES)
                return download_small(download, to, from, bytes);
        result = make_buffers(download);
        if (result == CUDA_SUCCESS)
                result = start_piece(download, 0, from, bytes, 0);
        for (uint64_t at = 0; at < bytes && result == CUDA_SUCCESS; at += PIECE_BYTES) {
                result = start_piece(download, !turn, from, bytes, at + PIECE_BYTES);
                make_pages((char *)to + at, piece_bytes(bytes, at));
                if (result == CUDA_SUCCESS)
                        result = CALL(download, cuStreamSynchronize, download->stream[turn]);
                if (result != CUDA_SUCCESS)
                        break;
                memcpy((char *)to + at, download->buffer[turn], piece_bytes(bytes, at));
                if (download->told && (at / PIECE_BYTES) % TOLD_PIECES == TOLD_PIECES - 1)
                        download->told(download->context, at + piece_bytes(bytes, at));
                turn = !turn;
        }
        return result;
}
