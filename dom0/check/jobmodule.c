#include "dom0/check/jobmodule.h"

#include <elf.h>
#include <stdio.h>
#include <string.h>

#include "dom0/image/gpuchip.h"
#include "dom0/image/machinecode.h"
#include "dom0/image/ptxentry.h"
#include "jobs/folder.h"
#include "lib/cleanup.h"
#include "lib/toolkit.h"

#define FATBIN_MAGIC  0xba55ed50u
#define COMMON_TARGET 75u /* what every GPU with open kernel modules runs */
#define OLDEST_TARGET 50u /* of lib/toolkit.h */

static unsigned module_line(const struct review *review)
{
        return job_line_of(review->job, "Module", 0);
}

/* --- the GPUs here --- */

/* Whether a GPU of this capability runs the module. */
typedef bool suits_fn(const void *module, unsigned capability);

/* Complains of the first GPU here that does not; of one that is not known nothing is said. */
static void compare_gpus(
        struct review *review, suits_fn *suits, const void *module, const char *needs)
{
        const struct target *target = review->target;

        for (uint64_t i = 0; target->gpu && i < target->gpus; i++) {
                unsigned capability = gpuchip_capability(target->gpu[i].device);

                if (capability == 0 || !review_runs_on(review, i) || suits(module, capability))
                        continue;
                review_complain(review, module_line(review),
                        "%s %s, and GPU %llu here (%s) has compute capability %u.%u: compile it "
                        "with -arch=sm_%u, or leave this GPU out with Device=",
                        review->job->kernel.module, needs, (unsigned long long)i,
                        target->gpu[i].address, capability / 10, capability % 10, capability);
                return;
        }
}

static bool suits_ptx(const void *module, unsigned capability)
{
        const struct ptxentry *entry = module;

        if (entry->exact_target)
                return capability == entry->target;
        return capability >= entry->target &&
               (!entry->family_target || capability / 10 == entry->target / 10);
}

static bool suits_code(const void *module, unsigned capability)
{
        return machinecode_suits(module, capability);
}

/* --- PTX --- */

static size_t value_bytes(const struct argument *argument)
{
        return argument->kind == ARGUMENT_VALUE ? argument->size : 8;
}

/* Both have as many bytes, and the kernel takes them for something else; PTX that means it is rare.
 */
static void compare_kinds(struct review *review, const struct ptxentry *entry, size_t i)
{
        const struct argument *argument = &review->job->kernel.argument[i];
        bool is_value = argument->kind == ARGUMENT_VALUE, is_real = is_value && argument->is_real;
        bool wants_real = entry->kind[i] == 'f';
        bool wants_whole = entry->kind[i] == 's' || entry->kind[i] == 'u';

        if (!(wants_real && !is_real) && !(wants_whole && is_real))
                return;
        review_warn(review, argument->line,
                "argument %zu is %s, but parameter %zu of '%s' is %s: write %c%llu", i + 1,
                is_real    ? "a real"
                : is_value ? "a whole number"
                           : "a buffer",
                i + 1, review->job->kernel.function, wants_real ? "a real" : "a whole number",
                entry->kind[i] == 's' ? 'i' : entry->kind[i],
                (unsigned long long)entry->bytes[i] * 8);
}

static void compare_parameters(struct review *review, const struct ptxentry *entry)
{
        const struct job *job = review->job;

        if (entry->parameters != job->kernel.arguments)
                review_complain(review, job_line_of(job, "Function", 0),
                        "'%s' takes %zu parameters, but there are %zu Argument= lines",
                        job->kernel.function, entry->parameters, job->kernel.arguments);
        for (size_t i = 0; i < entry->parameters && i < job->kernel.arguments; i++) {
                const struct argument *argument = &job->kernel.argument[i];

                if (entry->bytes[i] > 0 && entry->bytes[i] != value_bytes(argument))
                        review_complain(review, argument->line,
                                "argument %zu has %zu bytes, but parameter %zu of '%s' has %llu",
                                i + 1, value_bytes(argument), i + 1, job->kernel.function,
                                (unsigned long long)entry->bytes[i]);
                else
                        compare_kinds(review, entry, i);
        }
}

/* The driver of the image refuses what is newer, whatever is in it. */
static void compare_version(struct review *review, const struct ptxentry *entry)
{
        const struct image *image = review->target->image;
        const char *module = review->job->kernel.module;
        const struct toolkit *toolkit = toolkit_for(entry->version);
        char needs[64] = "a newer driver than any that is known here";

        if (!image || image->ptx == 0 || entry->version <= image->ptx)
                return;
        if (toolkit)
                snprintf(needs, sizeof(needs), "CUDA %u.%u, driver %u or newer",
                        toolkit->cuda / 1000, toolkit->cuda % 1000 / 10, toolkit->driver);
        review_complain(review, module_line(review),
                "%s is PTX %u.%u, for %s; the image's driver %s (CUDA %u.%u) takes up to %u.%u: "
                "compile it with the nvcc of CUDA %u.%u, or with clang and -Xclang "
                "-target-feature -Xclang +ptx%u",
                module, entry->version / 10, entry->version % 10, needs, image->driver,
                image->cuda / 1000, image->cuda % 1000 / 10, image->ptx / 10, image->ptx % 10,
                image->cuda / 1000, image->cuda % 1000 / 10, image->ptx);
}

/* A target that the version does not know is refused by every driver. */
static void compare_target(struct review *review, const struct ptxentry *entry)
{
        unsigned first = toolkit_ptx_of_target(entry->target);
        const struct image *image = review->target->image;
        const char *module = review->job->kernel.module;

        if (first == 0 && entry->target >= OLDEST_TARGET && image && image->ptx > 0)
                review_complain(review, module_line(review),
                        "%s is for sm_%u, which no driver of CUDA %u.%u knows", module,
                        entry->target, image->cuda / 1000, image->cuda % 1000 / 10);
        else if (first > 0 && entry->version > 0 && first > entry->version)
                review_complain(review, module_line(review),
                        "%s has .target sm_%u and .version %u.%u, but there is sm_%u since PTX "
                        "%u.%u only",
                        module, entry->target, entry->version / 10, entry->version % 10,
                        entry->target, first / 10, first % 10);
        else if (first > 0 && image && image->ptx > 0 && first > image->ptx)
                review_complain(review, module_line(review),
                        "%s is for sm_%u, which the image's driver %s (PTX up to %u.%u) does not "
                        "know",
                        module, entry->target, image->driver, image->ptx / 10, image->ptx % 10);
}

static void compare_capability(struct review *review, const struct ptxentry *entry)
{
        const char *only = entry->exact_target    ? " only"
                           : entry->family_target ? " and its family only"
                                                  : " or newer";
        char needs[96];

        snprintf(needs, sizeof(needs), "is for GPUs of compute capability %u.%u%s",
                entry->target / 10, entry->target % 10, only);
        compare_gpus(review, suits_ptx, entry, needs);
        if (entry->exact_target || entry->family_target || entry->target > COMMON_TARGET)
                review_warn(
                        review, module_line(review), "%s %s", review->job->kernel.module, needs);
}

/* What any driver refuses, whatever the GPU. */
static void compare_form(struct review *review, const struct ptxentry *entry)
{
        const char *module = review->job->kernel.module;
        unsigned line = module_line(review);

        if (entry->cut_off)
                review_complain(review, line,
                        "%s is not whole: a '{' in it is not closed; make or copy it again",
                        module);
        if (entry->version == 0)
                review_complain(
                        review, line, "%s has no version behind its .version, such as 7.0", module);
        if (entry->target == 0)
                review_complain(review, line,
                        "%s has no .target with a GPU, such as sm_70, and no driver loads it then",
                        module);
        if (entry->narrow)
                review_complain(review, line,
                        "%s has .address_size 32, which no driver takes: compile it with -m64",
                        module);
        if (entry->stranger[0])
                review_complain(review, line,
                        "%s calls '%s', which neither it nor the driver has, and nothing is linked "
                        "to it: compile all of it into one file, without -rdc=true, and with "
                        "clang together with libdevice",
                        module, entry->stranger);
}

static void complain_of_kernel(struct review *review, const struct ptxentry *entry)
{
        const struct job *job = review->job;
        unsigned line = job_line_of(job, "Function", 0);

        if (entry->declared)
                review_complain(review, line,
                        "%s has the kernel '%s' by its name only, without "
                        "any code",
                        job->kernel.module, job->kernel.function);
        else
                review_complain(review, line, "%s has no kernel '%s'; it has: %s",
                        job->kernel.module, job->kernel.function,
                        entry->names[0] ? entry->names : "none");
}

static void review_ptx(struct review *review, const char *text, size_t length)
{
        static struct ptxentry entry; /* large */

        if (ptxentry_read(text, length, review->job->kernel.function, &entry))
                compare_parameters(review, &entry);
        else
                complain_of_kernel(review, &entry);
        review->launch = entry.launch;
        compare_form(review, &entry);
        compare_version(review, &entry);
        compare_target(review, &entry);
        compare_capability(review, &entry);
}

/* --- code for GPUs --- */

static void compare_code(struct review *review, const struct machinecode *code)
{
        char parts[160], needs[192];

        machinecode_describe(code, parts, sizeof(parts));
        snprintf(needs, sizeof(needs), "has code for %s alone", parts);
        compare_gpus(review, suits_code, code, needs);
        review_warn(review, module_line(review),
                "%s runs on the GPUs only that it was compiled "
                "for: %s",
                review->job->kernel.module, parts);
}

/* A cubin is an ELF file with a section ".text.NAME" for each kernel. */
static void review_cubin(struct review *review, const char *data, size_t length)
{
        const struct job *job = review->job;
        char section[600];
        int size = snprintf(section, sizeof(section), ".text.%s", job->kernel.function) + 1;
        struct machinecode code;

        if (size <= (int)sizeof(section) && !memmem(data, length, section, (size_t)size))
                review_complain(review, job_line_of(job, "Function", 0), "%s has no kernel '%s'",
                        job->kernel.module, job->kernel.function);
        if (machinecode_read_cubin(data, length, &code))
                compare_code(review, &code);
        else
                review_warn(review, module_line(review),
                        "%s runs on the GPUs only that it was compiled for", job->kernel.module);
}

static void review_fatbin(struct review *review, const char *data, size_t length)
{
        const struct job *job = review->job;
        struct machinecode code;

        review_warn(review, module_line(review), "only a GPU can tell whether %s has '%s' for it",
                job->kernel.module, job->kernel.function);
        if (machinecode_read_fatbin(data, length, &code))
                compare_code(review, &code);
}

static bool starts_with(const char *data, size_t length, const void *magic, size_t size)
{
        return length >= size && memcmp(data, magic, size) == 0;
}

void jobmodule_review(struct review *review)
{
        static const uint32_t fatbin = FATBIN_MAGIC;
        const char *path = review->job->kernel.module;
        _cleanup_free_ char *data = NULL;
        size_t length;
        int error = folder_read(review->jobs->fd, path, REVIEW_FILE_MAX, &data, &length);

        review->launch = (struct ptxlaunch){ 0 };
        if (error)
                review_complain(
                        review, module_line(review), "Module=%s %s", path, folder_strerror(error));
        else if (starts_with(data, length, ELFMAG, SELFMAG))
                review_cubin(review, data, length);
        else if (starts_with(data, length, &fatbin, sizeof(fatbin)))
                review_fatbin(review, data, length);
        else if (ptxentry_is_ptx(data, length))
                review_ptx(review, data, length);
        else
                review_complain(review, module_line(review),
                        "Module=%s is neither PTX nor a cubin nor a fatbin", path);
}

void jobmodule_review_launch(struct review *review)
{
        const struct job *job = review->job;
        const struct ptxlaunch *launch = &review->launch;
        const uint32_t *block = job->kernel.block, *grid = job->kernel.grid;
        uint64_t threads = (uint64_t)block[0] * block[1] * block[2];
        unsigned line = job_line_of(job, "Block", 0);

        if (launch->threads[0] > 0 && memcmp(launch->threads, block, sizeof(launch->threads)) != 0)
                review_complain(review, line,
                        "'%s' was compiled for blocks of %u,%u,%u threads and no others "
                        "(.reqntid): write Block=%u,%u,%u",
                        job->kernel.function, launch->threads[0], launch->threads[1],
                        launch->threads[2], launch->threads[0], launch->threads[1],
                        launch->threads[2]);
        else if (launch->most_threads > 0 && threads > launch->most_threads)
                review_complain(review, line,
                        "a block has %llu threads, and '%s' was compiled for %llu at most "
                        "(.maxntid, __launch_bounds__)",
                        (unsigned long long)threads, job->kernel.function,
                        (unsigned long long)launch->most_threads);
        for (unsigned i = 0; i < 3; i++)
                if (launch->cluster[i] > 0 && grid[i] % launch->cluster[i] != 0)
                        review_complain(review, job_line_of(job, "Grid", 0),
                                "'%s' runs in clusters of %u,%u,%u blocks, and the %c part of "
                                "Grid=, %u, is no multiple of that",
                                job->kernel.function, launch->cluster[0], launch->cluster[1],
                                launch->cluster[2], "xyz"[i], grid[i]);
}
