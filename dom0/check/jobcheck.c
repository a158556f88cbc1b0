#include "dom0/check/jobcheck.h"

#include <dirent.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "dom0/base/json.h"
#include "dom0/base/print.h"
#include "dom0/check/jobnames.h"
#include "dom0/check/jobreview.h"
#include "dom0/host/source.h"

#define NVIDIA        0x10deul
#define CLASS_DISPLAY 0x03ul /* VGA and 3D controllers */

/* "  a.conf:3: message" for each fault of a job. */
static void print_complaints(const json_t *job, FILE *to)
{
        const json_t *complaint;
        size_t i;

        json_array_foreach(get_value(job, "complaints"), i, complaint)
        {
                const json_t *line = get_value(complaint, "line");
                char place[32] = "";

                if (json_is_integer(line))
                        snprintf(
                                place, sizeof(place), ":%lld", (long long)json_integer_value(line));
                print_line(to, "  %s%s: %s", get_string(complaint, "file"), place,
                        get_string(complaint, "message"));
        }
}

bool job_check(const char *folder, const struct joblist *list, size_t devices, FILE *to,
        struct job_check *ret_check, struct failure *ret_error)
{
        struct job_check check = { 0 };
        const json_t *job;
        struct jobfolder jobs;
        json_t *review;
        size_t i;
        int error = jobfolder_read(folder, NULL, &jobs);

        if (error)
                return fail(ret_error, EXIT_FAIL, "the jobs folder %s cannot be read: %s", folder,
                        strerror(-error));
        review = jobreview_make(&jobs, folder, devices > 0 ? devices : 1, 0);
        check.complaints = jobnames_complain(&jobs, list, to);
        jobfolder_close(&jobs);
        json_array_foreach(get_value(review, "jobs"), i, job) print_complaints(job, to);
        check.jobs = jobreview_number(review, "counts", "jobs");
        check.complaints += jobreview_number(review, "counts", "complaints");
        check.programs = jobreview_number(review, "counts", "programs");
        check.region_bytes = jobreview_number(review, "region", "needed_bytes");
        json_decref(review);
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
