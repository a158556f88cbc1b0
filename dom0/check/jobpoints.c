#include "dom0/check/jobpoints.h"

#include <string.h>

#include "dom0/base/json.h"
#include "dom0/check/jobkernel.h"
#include "dom0/check/jobnames.h"
#include "dom0/check/jobprogram.h"
#include "dom0/check/jobtotals.h"
#include "jobs/jobfile.h"

#define MOST_FAULTS 10u

/* What is to be noted of all points stands in the notes of the first. */
static void review_point(struct review *review, const struct joblist *list)
{
        const struct job *job = review->job, *first = review->first->job;

        if (job->type == JOB_KERNEL)
                jobkernel_review(review);
        else if (strcmp(job->program.exec.word[0], first->program.exec.word[0]) != 0)
                jobprogram_review(review);
        jobkernel_review_expectations(review);
        if (list)
                jobnames_review(review, list);
}

void jobpoints_review(struct review *first, const struct joblist *list)
{
        const struct sweep *sweep = first->job->sweep;
        uint64_t outputs = first->output_bytes, stored = first->store_bytes;
        json_auto_t *notes = json_array();
        uint32_t point = 2;

        for (; point <= sweep->points && json_array_size(first->complaints) < MOST_FAULTS;
                point++) {
                struct job job;
                struct review review = *first;

                review.job = &job;
                review.first = first;
                review.warnings = notes;
                review.output_bytes = review.store_bytes = 0;
                if (jobfile_point(first->job, point, &job))
                        review_point(&review, list);
                else
                        review_complain(&review, 0, "%s", job.error);
                outputs = jobtotals_add(outputs, review.output_bytes);
                stored = jobtotals_add(stored, review.store_bytes);
                job_clear(&job);
                json_array_clear(notes);
        }
        first->output_bytes = outputs;
        first->store_bytes = stored;
        if (point <= sweep->points)
                review_complain(first, 0,
                        "the points from %u on are not looked at: %u faults are enough",
                        (unsigned)point, MOST_FAULTS);
}
