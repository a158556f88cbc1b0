#include "dom0/check/jobmachine.h"

#include <stdlib.h>
#include <string.h>

#include "jobs/check_require.h"
#include "jobs/folder.h"
#include "jobs/standing/limit.h"
#include "lib/cleanup.h"
#include "runner/check/check_baseline.h"

#define BASELINE_MAX ((uint64_t)16 << 20)
#define LIBCUDA      IMAGE_DRIVER_FOLDER "/libcuda.so.1"
#define NVML         IMAGE_DRIVER_FOLDER "/libnvidia-ml.so.1"

static const char *plural(uint64_t count)
{
        return count == 1 ? "" : "s";
}

/* A program may do without. */
static void review_driver(struct review *review)
{
        const struct image *image = review->target->image;

        if (image && review->job->type != JOB_PROGRAM && !image_has(image, LIBCUDA))
                review_complain(review, review->job->type_line,
                        "a job of Type=%s needs CUDA, and the image has no libcuda.so.1: make it "
                        "with DRIVER=",
                        job_type_name(review->job->type));
}

/* Of all jobs at once, so once. */
static void review_switches(struct review *review)
{
        if (review->job == review->jobs->job && target_lacks_fabric(review->target))
                review_warn(review, 0,
                        "NVSwitches (%llu) join this host's GPUs, and the image has no Fabric "
                        "Manager: every job that uses CUDA would be an error; make it with FABRIC=",
                        (unsigned long long)review->target->switches);
}

void jobmachine_review(struct review *review)
{
        const struct job *job = review->job;
        const struct target *target = review->target;
        unsigned line = job_line_of(job, "Device", 0);

        review_driver(review);
        review_switches(review);
        review->gpus = job->all_devices ? target->gpus : job->devices.count;
        for (size_t i = 0; i < job->devices.count; i++) {
                const char *word = job->devices.word[i];

                if (word[0] == 'G')
                        review_warn(
                                review, line, "only the machine can tell whether it has %s", word);
                else if (strtoull(word, NULL, 10) < target->gpus)
                        continue;
                else if (target->gpu)
                        review_complain(review, line,
                                "Device=%s: this host has %llu GPU%s, counted from 0: write "
                                "Device=%s",
                                word, (unsigned long long)target->gpus, plural(target->gpus),
                                target->gpus == 1 ? "0" : "all");
                else
                        review_warn(review, line,
                                "Device=%s: checked for a machine with %llu GPU%s", word,
                                (unsigned long long)target->gpus, plural(target->gpus));
        }
}

/* What only NVML reads; without it, it is not measured, and what is not measured is not met. */
static bool is_of_nvml(const struct check_requirement *requirement)
{
        static const char *const metrics[] = { "power_w", "clock_mhz", "temperature_c",
                "nvlinks_active", "nvlink_gbps" };

        if (requirement->kind == CHECK_SOAK) /* it is skipped without */
                return true;
        for (size_t i = 0; i < sizeof(metrics) / sizeof(metrics[0]); i++)
                if (strcmp(requirement->metric, metrics[i]) == 0)
                        return true;
        return false;
}

static void review_requirement(struct review *review, size_t i)
{
        const struct target *target = review->target;
        const char *text = review->job->check.require.word[i];
        unsigned line = job_line_of(review->job, "Require", i);
        struct check_requirement requirement;
        char why[WHY_SIZE];

        if (!check_requirement_parse(text, &requirement, why))
                return;
        if (requirement.kind == CHECK_COPY_P2P && target->gpu && target->gpus < 2)
                review_complain(review, line,
                        "Require=%s cannot be met: copy-p2p needs two GPUs, and this host has %llu",
                        text, (unsigned long long)target->gpus);
        else if (requirement.kind == CHECK_COPY_P2P && target->gpus < 2)
                review_warn(review, line,
                        "Require=%s: copy-p2p needs two GPUs, and it is checked for a machine with "
                        "1 GPU",
                        text);
        if (is_of_nvml(&requirement) && target->image && !image_has(target->image, NVML))
                review_complain(review, line,
                        "Require=%s cannot be met: NVML reads that, and libnvidia-ml.so.1 is not "
                        "in the image",
                        text);
}

/* What is asked for and cannot be read fails. */
static void review_standing(struct review *review, size_t i)
{
        const char *text = review->job->check.standing.word[i];
        struct standing_limit limit;
        char why[WHY_SIZE];

        if (standing_parse(text, &limit, why) && !limit.any && review->target->image &&
                !image_has(review->target->image, NVML))
                review_complain(review, job_line_of(review->job, "Standing", i),
                        "Standing=%s cannot be met: NVML reads that, and libnvidia-ml.so.1 is not "
                        "in the image",
                        text);
}

static void review_baseline(struct review *review)
{
        const char *file = review->job->check.baseline;
        unsigned line = job_line_of(review->job, "Baseline", 0);
        _cleanup_free_ char *text = NULL;
        json_t *baseline;
        size_t length;
        int error = folder_read(review->jobs->fd, file, BASELINE_MAX, &text, &length);

        if (error) {
                review_complain(review, line, "Baseline=%s %s", file, folder_strerror(error));
                return;
        }
        baseline = json_loadb(text, length, JSON_REJECT_DUPLICATES, NULL);
        if (!json_is_object(baseline))
                review_complain(review, line,
                        "Baseline=%s is no JSON object as a check leaves it "
                        "in " CHECK_BASELINE_FILE,
                        file);
        else if (json_object_size(baseline) < review->gpus)
                review_complain(review, line,
                        "Baseline=%s has the numbers of %zu GPU%s, and the job runs on %llu: a GPU "
                        "without any is an error; put the members of all into it, or name those "
                        "that it has in Device=",
                        file, json_object_size(baseline), plural(json_object_size(baseline)),
                        (unsigned long long)review->gpus);
        json_decref(baseline);
}

void jobmachine_review_check(struct review *review)
{
        const struct job *job = review->job;
        const struct target *target = review->target;

        if (job->check.expect_devices > 0 && target->gpu &&
                job->check.expect_devices != target->gpus)
                review_complain(review, job_line_of(job, "Expect-Devices", 0),
                        "Expect-Devices=%u: this host has %llu GPU%s on its PCI bus: write "
                        "Expect-Devices=%llu",
                        job->check.expect_devices, (unsigned long long)target->gpus,
                        plural(target->gpus), (unsigned long long)target->gpus);
        else if (job->check.expect_devices > 0 && job->check.expect_devices != target->gpus)
                review_warn(review, job_line_of(job, "Expect-Devices", 0),
                        "Expect-Devices=%u: checked for a machine with %llu GPU%s",
                        job->check.expect_devices, (unsigned long long)target->gpus,
                        plural(target->gpus));
        for (size_t i = 0; i < job->check.require.count; i++)
                review_requirement(review, i);
        for (size_t i = 0; i < job->check.standing.count; i++)
                review_standing(review, i);
        if (job->check.baseline)
                review_baseline(review);
        review_warn(review, 0, "what the tests find, only a GPU can tell");
}
