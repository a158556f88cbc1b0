/*
 * Bitwise agreement: every quarter of every multiprocessor makes the same operations with the same
 * inputs and leaves a hash of all bits of the results, one a kind of operation. Most of them agree;
 * one that does not is wrong. What most have is held against what is known to be right.
 */
#include <stdio.h>
#include <string.h>

#include "kernels/check/agreement.h"
#include "lib/clock.h"
#include "runner/answers/check_agreed.h"
#include "runner/check/check.h"
#include "runner/check/check_embed.h"
#include "runner/check/check_errors.h"
#include "runner/tests/check_blame.h"

/* Kernels by the GPUs that have their instructions. */
static struct part {
        const char *ptx, *function;
        unsigned threads;
        CUmodule module;
        CUfunction kernel;
} parts[AGREEMENT_PARTS] = {
        [AGREEMENT_PLAIN] = { check_ptx_agree, "agree_plain", AGREEMENT_THREADS, NULL, NULL },
        [AGREEMENT_BRAIN] = { check_ptx_agree80, "agree_brain", AGREEMENT_THREADS, NULL, NULL },
        [AGREEMENT_MMA] = { check_ptx_agreemma, "agree_mma", AGREEMENT_THREADS, NULL, NULL },
        [AGREEMENT_WGMMA] = { check_ptx_agree90, "agree_wgmma", AGREEMENT_WGMMA_THREADS, NULL,
                NULL },
};

/* Of all quarters. */
static struct agreement_hashes hashes;

/* What most quarters had when the test was first run; 0: not yet. */
static uint64_t first_most[AGREEMENT_KINDS];

static struct agreed_place place_of(const struct check *check)
{
        const struct check_gpu *gpu = &check->gpu;

        return (struct agreed_place){ 10 * gpu->compute_major + gpu->compute_minor,
                gpu->cuda.rehearsal };
}

/* --- what they say --- */

static enum status judge(struct check_run *run, enum agreement_kind kind, uint64_t most)
{
        struct agreed_place place = place_of(run->check);
        uint64_t golden;

        if (agreed_golden(kind, place, &golden) && most != golden)
                return check_say(run, STATUS_FAIL,
                        "the hash of %s is 0x%016llx on most quarters, and the golden one of "
                        "compute capability %d.%d is 0x%016llx",
                        agreed_name(kind), (unsigned long long)most, place.compute / 10,
                        place.compute % 10, (unsigned long long)golden);
        if (first_most[kind] == 0)
                first_most[kind] = most;
        if (most != first_most[kind])
                return check_say(run, STATUS_FAIL,
                        "the hash of %s is 0x%016llx on most quarters, and was 0x%016llx before",
                        agreed_name(kind), (unsigned long long)most,
                        (unsigned long long)first_most[kind]);
        return STATUS_PASS;
}

static enum status vote_on(struct check_run *run, json_t *list, enum agreement_kind kind)
{
        struct ballot ballot = { &hashes.hash[0][0][0], AGREEMENT_KINDS, agreed_part(kind) };
        uint64_t most;

        if (!vote_most(run->check, &ballot, kind, &most))
                return check_say(run, STATUS_ERROR, "no half of the quarters agrees about %s",
                        agreed_name(kind));
        vote_add_differing(run->check, &ballot, kind, most);
        json_array_append_new(list, agreed_result(kind, place_of(run->check), most));
        return judge(run, kind, most);
}

/* What is worse counts: an error is no fail, which was proved. */
static enum status vote(struct check_run *run)
{
        json_t *list = json_array();
        enum status status = STATUS_PASS;

        json_object_set_new(run->result, "hashes", list);
        for (enum agreement_kind kind = 0; kind < AGREEMENT_KINDS; kind++) {
                enum status one = STATUS_PASS;

                if (agreed_has_part(agreed_part(kind), place_of(run->check)))
                        one = vote_on(run, list, kind);
                if (one == STATUS_FAIL || status == STATUS_PASS)
                        status = one;
        }
        return status;
}

/* A quarter has worked as often as it has in the kernel where it has least. */
static void join_parts(struct check *check)
{
        for (unsigned n = 0; n < CHECK_MAX_SM * CHECK_QUARTERS; n++) {
                unsigned *runs = check->seen.runs[n / CHECK_QUARTERS][n % CHECK_QUARTERS];

                for (enum agreement_part part = 0; part < AGREEMENT_PARTS; part++)
                        if (agreed_has_part(part, place_of(check)) && runs[part] < runs[0])
                                runs[0] = runs[part];
        }
}

/* --- running them --- */

/* Compiles them once, before there is a time to keep to. */
static bool prepare(struct check *check)
{
        for (enum agreement_part part = 0; part < AGREEMENT_PARTS; part++) {
                struct part *own = &parts[part];

                if (agreed_has_part(part, place_of(check)) &&
                        (!check_module(
                                 check, &own->module, own->ptx, CUDA_OPTIMISE_MOST, "agreement") ||
                                !gpu_function(
                                        &check->gpu, own->module, own->function, &own->kernel)))
                        return false;
        }
        return true;
}

static bool launch(struct check *check, CUdeviceptr address)
{
        uint32_t inputs = agreed_inputs(place_of(check));
        void *parameters[] = { &check->report_address, &address, &inputs };

        memset(&hashes, 0, sizeof(hashes));
        if (!gpu_upload(&check->gpu, address, &hashes, sizeof(hashes)) ||
                !check_report_clear(check))
                return false;
        for (enum agreement_part part = 0; part < AGREEMENT_PARTS; part++)
                if (agreed_has_part(part, place_of(check)) &&
                        !gpu_launch_each(
                                &check->gpu, parts[part].kernel, parts[part].threads, parameters))
                        return false;
        return gpu_download(&check->gpu, &hashes, address, sizeof(hashes)) &&
               check_report_read(check);
}

/* One that finds something ends the test. */
static enum status run_rounds(struct check_run *run, CUdeviceptr address)
{
        double start = clock_seconds();
        unsigned done = 0;
        enum status status, blamed;
        char thing[64];

        do {
                if (!launch(run->check, address))
                        return STATUS_ERROR;
                status = vote(run);
                check_progress(run, 0, 0);
        } while (check_goes_on(run, ++done, start) && status == STATUS_PASS &&
                 run->check->seen.errors == 0);
        check_count(run, "rounds", done);
        join_parts(run->check);
        check_errors_sort(&run->check->seen);
        snprintf(thing, sizeof(thing), "the hash of %s, operation",
                agreed_name((enum agreement_kind)run->check->seen.error[0].where));
        blamed = check_blame_seen(run, 1, "hashes are not those of most quarters", thing);
        return status == STATUS_PASS ? blamed : status;
}

enum status check_agreement(struct check_run *run)
{
        struct check_gpu *gpu = &run->check->gpu;
        enum status status;
        CUdeviceptr address;

        if (!prepare(run->check) || !gpu_allocate(gpu, sizeof(hashes), &address))
                return STATUS_ERROR;
        status = run_rounds(run, address);
        gpu->cuda.cuMemFree(address);
        return status;
}
