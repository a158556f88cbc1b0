#include "dom0/jobcheck.h"

#include <dirent.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "dom0/escape.h"
#include "dom0/source.h"
#include "region/region.h"
#include "runner/argument.h"
#include "runner/folder.h"
#include "runner/jobfolder.h"

#define RESULT_ROOM ((uint64_t)64 << 10) /* of one job and device: events, result, short logs */

#define NVIDIA        0x10deul
#define CLASS_DISPLAY 0x03ul /* VGA and 3D controllers */

/* One check at work. */
struct checking {
        const struct jobfolder *jobs;
        const struct job *job;
        FILE *to;
        struct job_check *check;
};

static void complain(struct checking *checking, unsigned line, const char *file, const char *what)
{
        char place[32] = "";

        if (line > 0)
                snprintf(place, sizeof(place), ":%u", line);
        fprintf(checking->to, "  %s.conf%s: %s %s\n", checking->job->name, place,
                shown_string(file).text, what);
        checking->check->complaints++;
}

/* The size of a file that a job names; complains when it is not there. */
static uint64_t measure(struct checking *checking, unsigned line, const char *file)
{
        uint64_t size = 0;
        int fd = folder_open(checking->jobs->fd, file, &size);

        if (fd < 0) {
                complain(checking, line, file, folder_strerror(fd));
                return 0;
        }
        close(fd);
        return size;
}

/* Bytes that the outputs of a kernel take in the region, on one device. */
static uint64_t check_kernel(struct checking *checking)
{
        const struct job *job = checking->job;
        uint64_t bytes = 0;

        if (job->kernel.module)
                measure(checking, 0, job->kernel.module);
        for (size_t i = 0; i < job->kernel.arguments; i++) {
                const struct argument *argument = &job->kernel.argument[i];
                uint64_t size = argument->size;

                if (argument->kind == ARGUMENT_IN || argument->kind == ARGUMENT_INOUT)
                        size = measure(checking, argument->line, argument->file);
                if (argument_is_output(argument) &&
                        __builtin_add_overflow(
                                bytes, region_record_bytes(REGION_MAX_NAME, size), &bytes))
                        return UINT64_MAX;
        }
        return bytes;
}

static void check_program(struct checking *checking)
{
        const struct words *exec = &checking->job->program.exec;

        checking->check->programs++;
        if (exec->count > 0 && strncmp(exec->word[0], "./", 2) == 0)
                measure(checking, 0, exec->word[0] + 2);
}

static void check_references(struct checking *checking)
{
        for (size_t i = 0; i < checking->job->expectations; i++) {
                const struct expectation *expectation = &checking->job->expectation[i];

                if (expectation->kind == EXPECT_LIKE)
                        measure(checking, expectation->line, expectation->reference);
        }
}

static void check_job(struct checking *checking, size_t devices)
{
        const struct job *job = checking->job;
        uint64_t bytes = 0, times = job->all_devices ? devices : job->devices.count;

        if (job->error[0]) {
                fprintf(checking->to, "  %s\n", shown_string(job->error).text);
                checking->check->complaints++;
                return;
        }
        if (job->type == JOB_KERNEL)
                bytes = check_kernel(checking);
        else if (job->type == JOB_PROGRAM)
                check_program(checking);
        check_references(checking);
        if (__builtin_add_overflow(bytes, RESULT_ROOM, &bytes) ||
                __builtin_mul_overflow(bytes, times ? times : 1, &bytes) ||
                __builtin_add_overflow(
                        checking->check->region_bytes, bytes, &checking->check->region_bytes))
                checking->check->region_bytes = UINT64_MAX;
}

bool job_check(const char *folder, size_t devices, FILE *to, struct job_check *ret_check,
        struct failure *ret_error)
{
        struct job_check check = { 0 };
        struct jobfolder jobs;
        int error = jobfolder_read(folder, NULL, &jobs);

        if (error)
                return fail(ret_error, EXIT_FAIL, "the jobs folder %s cannot be read: %s", folder,
                        strerror(-error));
        for (size_t i = 0; i < jobs.count; i++) {
                struct checking checking = { &jobs, &jobs.job[i], to, &check };

                check_job(&checking, devices > 0 ? devices : 1);
        }
        check.jobs = jobs.count;
        jobfolder_close(&jobs);
        if (check.jobs == 0)
                return fail(ret_error, EXIT_FAIL,
                        "the jobs folder %s holds no job (NAME.conf): nothing to run", folder);
        *ret_check = check;
        return true;
}

static unsigned long read_number(int folder, const char *device, const char *name)
{
        char path[512];
        size_t length;
        unsigned long number;
        char *text;

        snprintf(path, sizeof(path), "/proc/self/fd/%d/%s/%s", folder, device, name);
        text = source_read_text(path, 64, &length);
        number = text ? strtoul(text, NULL, 16) : 0;
        free(text);
        return number;
}

size_t job_check_devices(const struct host *host)
{
        char *path = host_path(host, "/sys/bus/pci/devices");
        DIR *folder = opendir(path);
        struct dirent *entry;
        size_t count = 0;

        free(path);
        while (folder && (entry = readdir(folder)))
                if (read_number(dirfd(folder), entry->d_name, "vendor") == NVIDIA &&
                        read_number(dirfd(folder), entry->d_name, "class") >> 16 == CLASS_DISPLAY)
                        count++;
        if (folder)
                closedir(folder);
        return count;
}
