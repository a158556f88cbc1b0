#include "runner/ladder/worker.h"

#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "lib/cleanup.h"
#include "lib/clock.h"
#include "lib/io.h"
#include "runner/ladder/copies.h"
#include "runner/ladder/kernel.h"
#include "runner/ladder/memory.h"
#include "runner/ladder/system.h"

static void look(struct bench *bench)
{
        if (bench_load(bench))
                finding_note(&bench->finding, "rehearsal", json_boolean(bench->cuda.rehearsal));
}

static void try_module(struct bench *bench)
{
        system_module("", bench->kernel_log, &bench->finding);
}

static void try_nodes(struct bench *bench)
{
        system_nodes("", &bench->finding);
}

static void try_nvml(struct bench *bench)
{
        system_nvml(&bench->finding);
}

static void do_again(struct bench *bench);

static void (*const mains[LADDER_STEPS + 1])(struct bench *bench) = {
        [LADDER_MODULE] = try_module,
        [LADDER_NODES] = try_nodes,
        [LADDER_NVML] = try_nvml,
        [LADDER_CUINIT] = bench_find,
        [LADDER_CONTEXT] = bench_use,
        [LADDER_HOST_WRITE_COMBINED] = memory_write_combined,
        [LADDER_HOST_CACHED] = memory_cached,
        [LADDER_DEVICE_MEMORY] = memory_device,
        [LADDER_KERNEL] = kernel_once,
        [LADDER_COPIES] = copies_plain,
        [LADDER_PINNED] = copies_pinned,
        [LADDER_SECOND_PROCESS] = do_again,
        [LADDER_ITERATIONS] = kernel_often,
        [WORKER_LOOK] = look,
};

/* What was said against a step, in the words of another one that it was part of. */
static void reword(struct finding *finding, enum status status, const char *within)
{
        char reason[WHY_SIZE];

        memcpy(reason, finding->reason, sizeof(reason));
        finding->reason[0] = '\0';
        finding_say(finding, status, "%s: %.900s", within, reason);
}

/* What the first process could do with a context is what the second one has to be able to do. */
static void do_again(struct bench *bench)
{
        char within[80];

        for (unsigned step = LADDER_CONTEXT; step <= LADDER_KERNEL; step++) {
                if (!(bench->passed & LADDER_BIT(step)))
                        continue;
                mains[step](bench);
                if (!bench->finding.reason[0])
                        continue;
                snprintf(within, sizeof(within), "in the second process, %s",
                        ladder_rows[step].name);
                reword(&bench->finding, STATUS_FAIL, within);
                break;
        }
        /* The figures are those of several steps, one over the other. */
        json_object_clear(bench->finding.figures);
}

static bool is_in_context(enum ladder_step step)
{
        return step < LADDER_STEPS && ladder_rows[step].process == LADDER_SHARED &&
               ladder_rows[step].needs & LADDER_BIT(LADDER_CONTEXT);
}

/* A process that takes the place of one that came to harm has no context yet. */
static void perform(struct bench *bench, enum ladder_step step)
{
        if (is_in_context(step) && !bench_enter(bench))
                reword(&bench->finding, STATUS_ERROR, "in a new process for this step");
        else
                mains[step](bench);
}

/* Where memory runs out this is the process to end, not others of the host. */
static void offer_as_victim(void)
{
        _cleanup_close_ int fd = open("/proc/self/oom_score_adj", O_WRONLY | O_CLOEXEC);

        if (fd >= 0)
                io_write(fd, "1000", 4);
}

int worker_main(void *context, int report, int order_fd)
{
        const struct worker_setup *setup = context;
        struct bench bench = { .place = setup->place, .kernel_log = setup->kernel_log };
        struct worker_order order;

        offer_as_victim();
        while (io_read(order_fd, &order, sizeof(order)) == sizeof(order)) {
                double start = clock_seconds();

                finding_start(&bench.finding);
                bench.number = order.device;
                bench.passed = order.passed;
                perform(&bench, order.step);
                bench_doing(&bench, "");
                finding_report(&bench.finding, report, clock_seconds() - start);
        }
        return 0;
}
