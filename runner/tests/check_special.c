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
#include "runner/check/check_errors.h"
#include "runner/tests/check_blame.h"

#define REHEARSAL_STRIDE 4096u /* of the arguments, there: it validates no hardware */

/* Of all quarters. */
static struct special_sums sums;

static bool has_worked(const struct check *check, unsigned sm, unsigned quarter)
{
        return check->seen.runs[sm][quarter][0] > 0;
}

static unsigned count_of(const struct check *check, unsigned function, uint64_t sum)
{
        unsigned count = 0;

        for (unsigned n = 0; n < CHECK_MAX_SM * CHECK_QUARTERS; n++)
                count += has_worked(check, n / CHECK_QUARTERS, n % CHECK_QUARTERS) &&
                         sums.sum[n / CHECK_QUARTERS][n % CHECK_QUARTERS][function] == sum;
        return count;
}

/* The sum that more than half of all quarters have: the last one standing, if it is one. */
static bool find_most(const struct check *check, unsigned function, uint64_t *ret_sum)
{
        unsigned lead = 0, all = 0;
        uint64_t sum = 0;

        for (unsigned n = 0; n < CHECK_MAX_SM * CHECK_QUARTERS; n++) {
                unsigned sm = n / CHECK_QUARTERS, quarter = n % CHECK_QUARTERS;
                uint64_t own = sums.sum[sm][quarter][function];

                if (!has_worked(check, sm, quarter))
                        continue;
                all++;
                if (lead == 0)
                        sum = own;
                lead = own == sum ? lead + 1 : lead - 1;
        }
        if (2 * count_of(check, function, sum) <= all)
                return false;
        *ret_sum = sum;
        return true;
}

/* Adds those that differ to the report. */
static void add_differing(struct check *check, unsigned function, uint64_t most)
{
        struct check_report *seen = &check->seen;

        for (unsigned n = 0; n < CHECK_MAX_SM * CHECK_QUARTERS; n++) {
                unsigned sm = n / CHECK_QUARTERS, quarter = n % CHECK_QUARTERS;
                uint64_t own = sums.sum[sm][quarter][function];

                if (!has_worked(check, sm, quarter) || own == most)
                        continue;
                seen->errors++;
                seen->wrong[sm][quarter]++;
                if (seen->recorded < CHECK_MAX_ERRORS)
                        seen->error[seen->recorded++] = (struct check_error){ .where = function,
                                .expected = most,
                                .found = own,
                                .again = own,
                                .sm = sm,
                                .quarter = quarter };
        }
}

static enum status vote(struct check_run *run)
{
        json_t *list = json_array();
        enum status status = STATUS_PASS;

        json_object_set_new(run->result, "sums", list);
        for (unsigned function = 0; function < SPECIAL_FUNCTIONS; function++) {
                uint64_t most;
                char text[24];

                if (!find_most(run->check, function, &most)) {
                        status = check_say(run, STATUS_ERROR,
                                "no half of the quarters agrees about function %u", function);
                        continue;
                }
                add_differing(run->check, function, most);
                snprintf(text, sizeof(text), "0x%016llx", (unsigned long long)most);
                json_array_append_new(list, json_string(text));
        }
        return status;
}

static bool launch(struct check_run *run, CUfunction function, CUdeviceptr address, uint32_t stride)
{
        struct check *check = run->check;
        struct check_gpu *gpu = &check->gpu;
        void *parameters[] = { &check->report_address, &address, &stride };

        memset(&sums, 0, sizeof(sums));
        return gpu_upload(gpu, address, &sums, sizeof(sums)) && check_report_clear(check) &&
               gpu_launch_each(gpu, function, SPECIAL_THREADS, parameters) &&
               gpu_download(gpu, &sums, address, sizeof(sums)) && check_report_read(check);
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
