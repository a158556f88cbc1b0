#include "runner/kernel/kernel_board.h"

#include <assert.h>
#include <math.h>
#include <string.h>

#include "runner/process/report.h"

static_assert(
        sizeof(struct kernel_board) + KERNEL_BOARD_OUTPUTS <= REPORT_BOARD_BYTES, "it has room");

void kernel_board_time(struct kernel_times *times, enum kernel_timing timing, double seconds)
{
        times->seconds[timing] = seconds;
        atomic_fetch_or(&times->timed, 1u << timing);
}

void kernel_board_clear(struct kernel_board *board)
{
        atomic_store(&board->went, 0);
        atomic_store(&board->step, KERNEL_NO_STEP);
        atomic_store(&board->times.timed, 0);
        for (size_t i = 0; i < KERNEL_MOST_TOGETHER; i++)
                atomic_store(&board->beside[i].timed, 0);
}

const char *kernel_board_step(const struct kernel_board *board)
{
        static const char *const names[] = {
                [KERNEL_LOADS] = "loading the module",
                [KERNEL_CHECKS] = "checking the launch",
                [KERNEL_ALLOCATES] = "allocating",
                [KERNEL_FILLS] = "filling the buffers",
                [KERNEL_RUNS] = "the kernel",
                [KERNEL_COPIES] = "copying the outputs",
        };
        unsigned step = atomic_load(&board->step);

        return step < sizeof(names) / sizeof(names[0]) ? names[step] : NULL;
}

void kernel_board_timings(const struct kernel_times *times, json_t *timings)
{
        static const char *const names[KERNEL_TIMINGS] = {
                [KERNEL_TIME_MODULE] = "module_s",
                [KERNEL_TIME_ALLOCATE] = "allocate_s",
                [KERNEL_TIME_FILL] = "fill_s",
                [KERNEL_TIME_LAUNCH] = "launch_s",
                [KERNEL_TIME_LAUNCH_MIN] = "launch_min_s",
                [KERNEL_TIME_LAUNCH_MAX] = "launch_max_s",
                [KERNEL_TIME_OUTPUT] = "output_s",
                [KERNEL_TIME_TIDY] = "tidy_s",
        };
        unsigned timed = atomic_load(&times->timed);

        for (int i = 0; i < KERNEL_TIMINGS; i++) {
                double seconds;

                memcpy(&seconds, &times->seconds[i], sizeof(seconds)); /* once, whatever it is */
                if (timed >> i & 1 && isfinite(seconds))
                        json_object_set_new(timings, names[i], json_real(seconds));
        }
}
