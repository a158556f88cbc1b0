#include "runner/ladder/worker.h"

#include <fcntl.h>
#include <string.h>
#include <unistd.h>

#include "lib/cleanup.h"
#include "lib/clock.h"
#include "lib/io.h"
#include "runner/ladder/copies.h"
#include "runner/ladder/kernel.h"
#include "runner/ladder/memory.h"
#include "runner/ladder/system.h"

/* The steps that need nothing but the context. */
static void (*const on_gpu[LADDER_STEPS])(struct bench *bench) = {
        [LADDER_HOST_WRITE_COMBINED] = memory_write_combined,
        [LADDER_HOST_CACHED] = memory_cached,
        [LADDER_DEVICE_MEMORY] = memory_device,
        [LADDER_KERNEL] = kernel_once,
        [LADDER_COPIES] = copies_plain,
        [LADDER_PINNED] = copies_pinned,
        [LADDER_ITERATIONS] = kernel_often,
};

/* A process that takes the place of one that came to harm has no context yet. */
static void perform_on_gpu(struct bench *bench, enum ladder_step step, int device)
{
        if (bench->context || bench_enter(bench, device))
                on_gpu[step](bench);
        else
                bench->finding.status = STATUS_ERROR;
}

/* What the first process could do with a context is what the second one has to be able to do. */
static void perform_again(struct bench *bench, const struct worker_order *order)
{
        struct finding *finding = &bench->finding;
        char reason[WHY_SIZE];

        for (unsigned step = LADDER_CONTEXT; step <= LADDER_KERNEL; step++) {
                if (!(order->passed & LADDER_BIT(step)))
                        continue;
                if (step == LADDER_CONTEXT)
                        bench_enter(bench, order->device);
                else
                        on_gpu[step](bench);
                if (!finding->reason[0])
                        continue;
                memcpy(reason, finding->reason, sizeof(reason));
                finding->reason[0] = '\0';
                finding_say(finding, STATUS_FAIL, "in the second process, %s: %.900s",
                        ladder_rows[step].name, reason);
                break;
        }
        /* The figures are those of several steps, one over the other. */
        json_object_clear(finding->figures);
}

static void look(struct bench *bench)
{
        if (bench_load(bench))
                finding_note(&bench->finding, "rehearsal", json_boolean(bench->cuda.rehearsal));
}

static void perform(
        struct bench *bench, const struct worker_setup *setup, const struct worker_order *order)
{
        switch (order->step) {
        case WORKER_LOOK:
                look(bench);
                break;
        case LADDER_MODULE:
                system_module("", setup->kernel_log, &bench->finding);
                break;
        case LADDER_NODES:
                system_nodes("", &bench->finding);
                break;
        case LADDER_NVML:
                system_nvml(&bench->finding);
                break;
        case LADDER_CUINIT:
                bench_find(bench);
                break;
        case LADDER_CONTEXT:
                bench_use(bench, order->device);
                break;
        case LADDER_SECOND_PROCESS:
                perform_again(bench, order);
                break;
        default:
                perform_on_gpu(bench, order->step, order->device);
                break;
        }
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
        struct bench bench = { .place = setup->place };
        struct worker_order order;

        offer_as_victim();
        while (io_read(order_fd, &order, sizeof(order)) == sizeof(order)) {
                double start = clock_seconds();

                finding_start(&bench.finding);
                perform(&bench, setup, &order);
                bench_doing(&bench, "");
                finding_report(&bench.finding, report, clock_seconds() - start);
        }
        return 0;
}
