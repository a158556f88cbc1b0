#include "dom0/check/jobcheck.h"

#include <string.h>

#include "dom0/base/json.h"
#include "dom0/check/jobreview.h"

bool job_check(const char *folder, const struct joblist *list, const struct target *target,
        FILE *to, struct job_check *ret_check, struct failure *ret_error)
{
        json_auto_t *review = NULL;
        struct job_check check;
        const json_t *job;
        struct jobfolder jobs;
        size_t i;
        int error = jobfolder_read(folder, NULL, &jobs);

        if (error)
                return fail(ret_error, EXIT_FAIL, "the jobs folder %s cannot be read: %s", folder,
                        strerror(-error));
        review = jobreview_make(&jobs, folder, list, target);
        check = (struct job_check){
                .jobs = jobreview_number(review, "counts", "jobs"),
                .complaints = jobreview_number(review, "counts", "complaints"),
                .programs = jobreview_number(review, "counts", "programs"),
                .region_bytes = jobreview_number(review, "region", "needed_bytes"),
                .store_bytes = jobreview_number(review, "region", "stored_bytes"),
                .most_s = jobreview_number(review, "deadline", "most_s"),
        };
        jobfolder_close(&jobs);
        json_array_foreach(get_value(review, "jobs"), i, job)
                jobreview_print_notes(to, get_value(job, "complaints"), "  ", "");
        if (strcmp(folder, list->path) == 0)
                jobreview_print_notes(to, get_value(review, "others"), "  ", "note: ");
        if (check.jobs == 0)
                return fail(ret_error, EXIT_FAIL,
                        "the jobs folder %s holds no job (NAME.conf): nothing to run", folder);
        *ret_check = check;
        return true;
}
