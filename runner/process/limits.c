#include "runner/process/limits.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/resource.h>
#include <unistd.h>

#include "lib/cleanup.h"
#include "runner/process/descendants.h"

/* With this score the kernel's own choice, when no memory is left, is a job and not the runner. */
static void volunteer(void)
{
        static const char most[] = "1000";
        _cleanup_close_ int fd = open("/proc/self/oom_score_adj", O_WRONLY | O_CLOEXEC);

        /* Where it cannot be written, the limit of memory is all there is. */
        if (fd >= 0 && write(fd, most, sizeof(most) - 1) < 0)
                (void)0;
}

bool limits_enter(const struct limits *limits, void *region, size_t region_bytes, int report)
{
        struct rlimit core = { 0, 0 };
        struct rlimit files = { limits->open_files, limits->open_files };

        volunteer();
        setrlimit(RLIMIT_CORE, &core);
        if (limits->open_files > 0)
                setrlimit(RLIMIT_NOFILE, &files);
        if (mprotect(region, region_bytes, PROT_NONE) == 0)
                return true;
        report_error(report, "the region cannot be closed to the job: %s", strerror(errno));
        return false;
}

/* In the child. */
struct launch {
        const struct limits *limits;
        void *region;
        size_t region_bytes;
        process_main *main;
        void *context;
};

static int launch_main(void *context, int report, int order)
{
        const struct launch *launch = context;

        if (!limits_enter(launch->limits, launch->region, launch->region_bytes, report))
                return 1;
        return launch->main(launch->context, report, order);
}

int limits_start(const struct limits *limits, void *region, size_t region_bytes, process_main *main,
        void *context, struct process **ret_process)
{
        struct launch launch = { limits, region, region_bytes, main, context };

        return process_start(launch_main, &launch, limits->keep_bytes, ret_process);
}

static uint64_t memory_limit(const struct limits *limits)
{
        uint64_t pages = (uint64_t)sysconf(_SC_PHYS_PAGES);

        if (limits->memory_bytes > 0)
                return limits->memory_bytes;
        return pages / 4 * 3 * (uint64_t)sysconf(_SC_PAGESIZE);
}

static bool output_holds(
        const struct limits *limits, const struct process *process, const char *what, char *why)
{
        static const char *const names[] = { "stdout", "stderr" };

        for (int i = 0; i < 2; i++) {
                const struct capture *capture = &process->output[i];
                uint64_t printed = capture->length + capture->dropped;

                if (printed <= limits->output_bytes)
                        continue;
                return why_not(why, "%s more than Output=%llu bytes on %s", what,
                        (unsigned long long)limits->output_bytes, names[i]);
        }
        return true;
}

bool limits_hold(const struct limits *limits, const struct process *process, uint64_t folder_bytes,
        char *why)
{
        uint64_t memory = memory_limit(limits);
        struct usage usage;

        if (!output_holds(limits, process, "ended because it printed", why))
                return false;
        descendants_measure(process->pid, &usage);
        if (usage.tasks > limits->processes)
                return why_not(why,
                        "ended because it had %llu processes and threads, more than Processes=%llu",
                        (unsigned long long)usage.tasks, (unsigned long long)limits->processes);
        if (usage.resident_bytes + folder_bytes <= memory)
                return true;
        return why_not(why,
                "ended because it held %llu bytes of memory and files, more than Memory=%llu",
                (unsigned long long)(usage.resident_bytes + folder_bytes),
                (unsigned long long)memory);
}

bool limits_held(const struct limits *limits, const struct process *process, char *why)
{
        return output_holds(limits, process, "it printed", why);
}
