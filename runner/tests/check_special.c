/*
 * The special functions: sums over all their arguments, of every quarter of every multiprocessor.
 * Most of them agree, and are right; one that does not is wrong.
 */
#include <stdio.h>
#include <string.h>

#include "kernels/check/special.h"
#include "lib/clock.h"
#include "runner/check/check.h"
#include "runner/check/check_embed.h"
#include "runner/tests/check_blame.h"

#define REHEARSAL_STRIDE 4096u /* of the arguments, there: it validates no hardware */

/* Of all quarters. */
static struct special_sums sums;

static const struct ballot ballot = { &sums.sum[0][0][0], SPECIAL_FUNCTIONS, 0 };

static enum status vote(struct check_run *run)
{
        json_t *list = json_array();
        enum status status = STATUS_PASS;

        json_object_set_new(run->result, "sums", list);
        for (unsigned function = 0; function < SPECIAL_FUNCTIONS; function++) {
                uint64_t most;
                char text[24];

                if (!vote_most(run->check, &ballot, function, &most)) {
                        status = check_say(run, STATUS_ERROR,
                                "no half of the quarters agrees about function %u", function);
                        continue;
                }
                vote_add_differing(run->check, &ballot, function, most);
                snprintf(text, sizeof(text), "0x%016llx", (unsigned long long)most);
                json_array_append_new(list, json_string(text));
        }
        return status;
}

static bool launch(struct check_run *run, CUfunction function, CUdeviceptr address, uint32_t stride)
{
        struct check *check = run->check;
        void *parameters[] = { &check->report_address, &address, &stride };

        memset(&sums, 0, sizeof(sums));
        return gpu_upload(&check->gpu, address, &sums, sizeof(sums)) && check_report_clear(check) &&
               gpu_launch_each(&check->gpu, function, SPECIAL_THREADS, parameters) &&
               gpu_download(&check->gpu, &sums, address, sizeof(sums)) && check_report_read(check);
}

/* One that finds something ends the test. */
static enum status run_rounds(struct check_run *run, CUfunction function, CUdeviceptr address)
{
        uint32_t stride = run->check->gpu.cuda.rehearsal ? REHEARSAL_STRIDE : 1;
        double start = clock_seconds();
        unsigned done = 0;
        enum status status;

        do {
                if (!launch(run, function, address, stride))
                        return STATUS_ERROR;
                status = vote(run);
                check_progress(run, 0, 0);
        } while (check_goes_on(run, ++done, start) && status == STATUS_PASS &&
                 run->check->seen.errors == 0);
        check_count(run, "rounds", done);
        if (status != STATUS_PASS)
                return status;
        return check_blame_seen(run, 1,
                "sums over special functions are not those of most quarters",
                "the sum over function");
}

enum status check_special(struct check_run *run)
{
        static CUmodule module;
        struct check_gpu *gpu = &run->check->gpu;
        enum status status = STATUS_ERROR;
        CUfunction function;
        CUdeviceptr address;

        if (!check_module(run->check, &module, check_ptx_special, CUDA_OPTIMISE_MOST, "special") ||
                !gpu_function(gpu, module, "special_functions", &function) ||
                !gpu_allocate(gpu, sizeof(sums), &address))
                return STATUS_ERROR;
        status = run_rounds(run, function, address);
        gpu->cuda.cuMemFree(address);
        return status;
}
