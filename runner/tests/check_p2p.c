/* Copies between this GPU and each of the others, in both directions. */
#include <math.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "lib/clock.h"
#include "runner/check/check.h"
#include "runner/tests/check_transfer.h"

#define PEER_BYTES   (UINT64_C(256) << 20)
#define WAIT_SECONDS 20.0 /* the other GPU's own check may hold all of its memory */
#define WAIT_US      50000
#define TURNS        5u
#define PAUSE_US     3000u /* between two turns, and as much longer as the GPU's number is higher */
#define PAUSES       8u

struct peer {
        CUdevice device;
        CUcontext context;
        CUdeviceptr data; /* on the peer */
        CUdeviceptr own;
        CUdeviceptr back;
        uint64_t bytes;
};

static bool queue_there(struct check_run *run, void *context)
{
        const struct peer *peer = context;
        struct check_gpu *gpu = &run->check->gpu;

        return GPU(gpu, cuMemcpyPeerAsync, peer->data, peer->context, peer->own, gpu->context,
                peer->bytes, gpu->stream);
}

static bool queue_back(struct check_run *run, void *context)
{
        const struct peer *peer = context;
        struct check_gpu *gpu = &run->check->gpu;

        return GPU(gpu, cuMemcpyPeerAsync, peer->back, gpu->context, peer->data, peer->context,
                peer->bytes, gpu->stream);
}

/* Context and memory on the other GPU, once its own check leaves room for them. */
static bool enter_peer(struct check_run *run, struct peer *peer)
{
        struct check_gpu *gpu = &run->check->gpu;
        double end = clock_seconds() + WAIT_SECONDS;
        CUresult result;

        for (;;) {
                result = gpu->cuda.cuCtxCreate(&peer->context, 0, peer->device);
                if (result == CUDA_SUCCESS) {
                        result = gpu->cuda.cuMemAlloc(&peer->data, peer->bytes);
                        if (result == CUDA_SUCCESS)
                                break;
                        gpu->cuda.cuCtxDestroy(peer->context);
                        peer->context = NULL;
                }
                if (result != CUDA_ERROR_OUT_OF_MEMORY || clock_seconds() > end)
                        break;
                usleep(WAIT_US);
                check_progress(run, 0, 0);
        }
        gpu->cuda.cuCtxSetCurrent(gpu->context);
        return gpu_succeed(gpu, result, "memory on the other GPU");
}

static bool enable(struct check_gpu *gpu, const struct peer *peer)
{
        CUresult result = gpu->cuda.cuCtxEnablePeerAccess(peer->context, 0);

        if (result == CUDA_ERROR_PEER_ACCESS_ALREADY_ENABLED)
                result = CUDA_SUCCESS;
        return gpu_succeed(gpu, result, "cuCtxEnablePeerAccess");
}

/* The other GPU may copy just then, against this one: of several turns, which get out of step with
 * its own, the fastest counts. */
static bool measure(
        struct check_run *run, copy_queue *queue, struct peer *peer, double *ret_seconds)
{
        double seconds, fastest = INFINITY;

        for (unsigned turn = 0; turn < TURNS; turn++) {
                if (turn > 0)
                        usleep(PAUSE_US * (1 + run->check->device->index % PAUSES));
                if (!copy_measure(run, queue, peer, &seconds))
                        return false;
                fastest = fmin(fastest, seconds);
        }
        *ret_seconds = fastest;
        return true;
}

static bool copy_pair(struct check_run *run, struct peer *peer, bool direct, json_t *pairs,
        double *slowest, uint64_t *errors)
{
        struct check_gpu *gpu = &run->check->gpu;
        double there, back;
        uint64_t wrong;

        if ((direct && !enable(gpu, peer)) || !copy_fill(run->check, peer->own, peer->bytes) ||
                !measure(run, queue_there, peer, &there) ||
                !measure(run, queue_back, peer, &back) ||
                !copy_verify(run, peer->back, peer->bytes, &wrong))
                return false;
        *errors += wrong;
        *slowest = there > *slowest ? there : *slowest;
        *slowest = back > *slowest ? back : *slowest;
        json_array_append_new(
                pairs, json_pack("{s:i, s:b, s:f, s:f, s:I}", "peer", (int)peer->device, "direct",
                               direct, "write_gbps", (double)peer->bytes / there / 1e9, "read_gbps",
                               (double)peer->bytes / back / 1e9, "errors", (json_int_t)wrong));
        return true;
}

static bool test_peer(
        struct check_run *run, struct peer *peer, json_t *pairs, double *slowest, uint64_t *errors)
{
        struct check_gpu *gpu = &run->check->gpu;
        int direct = 0;
        bool good = GPU(gpu, cuDeviceCanAccessPeer, &direct, gpu->device, peer->device) &&
                    enter_peer(run, peer);

        good = good && copy_pair(run, peer, direct, pairs, slowest, errors);
        if (peer->context)
                gpu->cuda.cuCtxDestroy(peer->context);
        gpu->cuda.cuCtxSetCurrent(gpu->context);
        return good;
}

static enum status test_peers(struct check_run *run, struct peer *peer, int count)
{
        json_t *pairs = json_array();
        double slowest = 0;
        uint64_t errors = 0;

        json_object_set_new(run->result, "pairs", pairs);
        for (int i = 0; i < count; i++) {
                if (i == run->check->gpu.device)
                        continue;
                peer->device = i;
                peer->context = NULL;
                if (!test_peer(run, peer, pairs, &slowest, &errors))
                        return STATUS_ERROR;
        }
        return copy_result(run, (double)peer->bytes, slowest, errors);
}

enum status check_p2p(struct check_run *run)
{
        struct check *check = run->check;
        struct check_gpu *gpu = &check->gpu;
        struct peer peer = { .bytes = PEER_BYTES };
        enum status status = STATUS_ERROR;
        int count = 0;

        if (!GPU(gpu, cuDeviceGetCount, &count))
                return STATUS_ERROR;
        if (count < 2)
                return check_say(run, STATUS_SKIP, "this machine has one GPU only");
        if (!gpu->cuda.cuMemcpyPeerAsync || !gpu->cuda.cuCtxEnablePeerAccess ||
                !gpu->cuda.cuCtxDestroy)
                return check_say(run, STATUS_SKIP, "this libcuda.so.1 has no copies between GPUs");
        check_enter(run, CHECK_PHASE_BETWEEN);
        if (gpu_allocate(gpu, peer.bytes, &peer.own) && gpu_allocate(gpu, peer.bytes, &peer.back))
                status = test_peers(run, &peer, count);
        if (peer.own)
                gpu->cuda.cuMemFree(peer.own);
        if (peer.back)
                gpu->cuda.cuMemFree(peer.back);
        return status;
}
