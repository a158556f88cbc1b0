#include "runner/process/limits.h"

#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/resource.h>
#include <unistd.h>

#include "runner/process/descendants.h"

/* With this score the kernel's own choice, when no memory is left, is a job and not the runner. */
static void volunteer(void)
{
        static const char most[] = "1000";
        int fd = open("/proc/self/oom_score_adj", O_WRONLY | O_CLOEXEC);

        /* Where it cannot be written, the limit of memory is all there is. */
        if (fd >= 0 && write(fd, most, sizeof(most) - 1) < 0)
                (void)0;
        if (fd >= 0)
                close(fd);
}

void limits_enter(const struct limits *limits)
{
        struct rlimit core = { 0, 0 };
        struct rlimit files = { limits->open_files, limits->open_files };

        volunteer();
        setrlimit(RLIMIT_CORE, &core);
        if (limits->open_files > 0)
                setrlimit(RLIMIT_NOFILE, &files);
}

static uint64_t memory_limit(const struct limits *limits)
{
        uint64_t pages = (uint64_t)sysconf(_SC_PHYS_PAGES);

        if (limits->memory_bytes > 0)
                return limits->memory_bytes;
        return pages / 4 * 3 * (uint64_t)sysconf(_SC_PAGESIZE);
}

static bool output_holds(const struct limits *limits, const struct process *process, char *why)
{
        static const char *const names[] = { "stdout", "stderr" };

        for (int i = 0; i < 2; i++) {
                const struct capture *capture = &process->output[i];
                uint64_t printed = capture->length + capture->dropped;

                if (printed <= limits->output_bytes)
                        continue;
                snprintf(why, LIMITS_WHY_SIZE,
                        "ended because it printed more than Output=%llu bytes on %s",
                        (unsigned long long)limits->output_bytes, names[i]);
                return false;
        }
        return true;
}

bool limits_hold(const struct limits *limits, const struct process *process, uint64_t folder_bytes,
        char *why)
{
        uint64_t memory = memory_limit(limits);
        struct usage usage;

        if (!output_holds(limits, process, why))
                return false;
        descendants_measure(process->pid, &usage);
        if (usage.tasks > limits->processes) {
                snprintf(why, LIMITS_WHY_SIZE,
                        "ended because it had %llu processes and threads, more than Processes=%llu",
                        (unsigned long long)usage.tasks, (unsigned long long)limits->processes);
                return false;
        }
        if (usage.resident_bytes + folder_bytes <= memory)
                return true;
        snprintf(why, LIMITS_WHY_SIZE,
                "ended because it held %llu bytes of memory and files, more than Memory=%llu",
                (unsigned long long)(usage.resident_bytes + folder_bytes),
                (unsigned long long)memory);
        return false;
}
