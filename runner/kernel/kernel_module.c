#include "runner/kernel/kernel_module.h"

#include <string.h>

#include "jobs/folder.h"
#include "lib/cleanup.h"
#include "runner/kernel/kernel_image.h"
#include "runner/process/report.h"

#define MODULE_MAX_BYTES (UINT64_C(1) << 31)

/* --- what is kept --- */

static struct kernel_module *find(struct kernel_modules *modules, const uint8_t *digest)
{
        for (size_t i = 0; i < modules->count; i++) {
                if (memcmp(modules->kept[i].digest, digest, SHA256_SIZE) == 0)
                        return &modules->kept[i];
        }
        return NULL;
}

static size_t kept_bytes(const struct kernel_modules *modules)
{
        size_t bytes = 0;

        for (size_t i = 0; i < modules->count; i++)
                bytes += modules->kept[i].bytes;
        return bytes;
}

/* The one that nobody has had for the longest time; there is one. */
static struct kernel_module *find_oldest(struct kernel_modules *modules)
{
        struct kernel_module *oldest = &modules->kept[0];

        for (size_t i = 1; i < modules->count; i++) {
                if (modules->kept[i].turn < oldest->turn)
                        oldest = &modules->kept[i];
        }
        return oldest;
}

static CUresult drop_oldest(struct worker *worker)
{
        struct kernel_modules *modules = &worker->modules;
        struct kernel_module *oldest = find_oldest(modules);
        CUmodule module = oldest->module;

        *oldest = modules->kept[--modules->count];
        return worker->cuda.cuModuleUnload(module);
}

static bool is_full(const struct kernel_modules *modules, size_t bytes)
{
        return modules->count == MODULES_KEPT || kept_bytes(modules) + bytes > MODULES_BYTES;
}

/* Keeps it, if there is room or can be made: not of what a job beside this one has. */
static CUresult keep(
        struct worker *worker, CUmodule module, const uint8_t digest[SHA256_SIZE], size_t bytes)
{
        struct kernel_modules *modules = &worker->modules;
        CUresult result = CUDA_SUCCESS;
        struct kernel_module *new;

        while (result == CUDA_SUCCESS && modules->count > 0 && is_full(modules, bytes) &&
                find_oldest(modules)->turn < worker->jobs)
                result = drop_oldest(worker);
        if (is_full(modules, bytes)) {
                modules->loose = module;
                return result;
        }
        new = &modules->kept[modules->count++];
        *new = (struct kernel_module){ .bytes = bytes, .module = module, .turn = worker->jobs };
        memcpy(new->digest, digest, SHA256_SIZE);
        return result;
}

/* --- which functions were launched --- */

static uint64_t launch_key(const uint8_t digest[SHA256_SIZE], const char *function)
{
        uint8_t both[SHA256_SIZE];
        struct sha256 hash;
        uint64_t key;

        sha256_init(&hash);
        sha256_update(&hash, digest, SHA256_SIZE);
        sha256_update(&hash, function, strlen(function));
        sha256_final(&hash, both);
        memcpy(&key, both, sizeof(key));
        return key;
}

/* True when it was not among them. */
static bool note_launch(struct kernel_modules *modules, uint64_t key)
{
        size_t known = modules->launches < LAUNCHES_KEPT ? modules->launches : LAUNCHES_KEPT;

        for (size_t i = 0; i < known; i++) {
                if (modules->launched[i] == key)
                        return false;
        }
        modules->launched[modules->launches++ % LAUNCHES_KEPT] = key;
        return true;
}

CUresult kernel_module_drop(struct worker *worker)
{
        CUresult result = CUDA_SUCCESS;

        while (result == CUDA_SUCCESS && worker->modules.count > 0)
                result = drop_oldest(worker);
        worker->modules.launches = 0; /* of a module that is loaded again each is the first */
        return result;
}

/* --- loading --- */

static bool load(struct worker *worker, const char *image, CUmodule *ret_module)
{
        const char *path = worker->job->kernel.module, *complaints;
        char text[WHY_SIZE];
        CUresult result =
                cuda_load(&worker->cuda, image, CUDA_OPTIMISE_MOST, ret_module, &complaints);

        if (result == CUDA_ERROR_OUT_OF_MEMORY)
                return worker_succeed(worker, result, "cuModuleLoadDataEx");
        if (result == CUDA_SUCCESS)
                return true;
        /* The compiler's complaints, if it had any, are worth more than the error's name. */
        cuda_explain(&worker->cuda, result, "cuModuleLoadDataEx", text);
        report_error(
                worker->report, "%s: %s%s%s", path, text, complaints[0] ? ": " : "", complaints);
        return false;
}

static bool find_function(struct worker *worker, CUmodule module)
{
        char text[WHY_SIZE];
        CUresult result = worker->cuda.cuModuleGetFunction(
                &worker->function, module, worker->job->kernel.function);

        if (result == CUDA_ERROR_OUT_OF_MEMORY)
                return worker_succeed(worker, result, "cuModuleGetFunction");
        if (result == CUDA_SUCCESS)
                return true;
        cuda_explain(&worker->cuda, result, "cuModuleGetFunction", text);
        report_error(worker->report, "%s has no kernel '%s': %s", worker->job->kernel.module,
                worker->job->kernel.function, text);
        return false;
}

/* In a process that does several jobs. */
static bool load_shared(
        struct worker *worker, const char *image, size_t length, CUmodule *ret_module)
{
        struct kernel_modules *modules = &worker->modules;
        struct kernel_module *kept;
        uint8_t digest[SHA256_SIZE];

        sha256(image, length, digest);
        modules->takes_memory = kernel_image_takes_memory(image, length);
        modules->first = note_launch(modules, launch_key(digest, worker->job->kernel.function));
        kept = find(modules, digest);
        if (kept) {
                kept->turn = worker->jobs;
                *ret_module = kept->module;
                return true;
        }
        if (!load(worker, image, ret_module))
                return false;
        if (kernel_image_has_variables(image, length) || !worker->cuda.cuModuleUnload) {
                modules->loose = *ret_module;
                return true;
        }
        return worker_succeed(worker, keep(worker, *ret_module, digest, length), "cuModuleUnload");
}

bool kernel_module_load(struct worker *worker)
{
        _cleanup_free_ char *image = NULL;
        CUmodule module;
        size_t length;
        int error = folder_read(
                worker->folder, worker->job->kernel.module, MODULE_MAX_BYTES, &image, &length);

        worker->modules.loose = NULL;
        if (error) {
                report_error(worker->report, "Module=%s %s", worker->job->kernel.module,
                        folder_strerror(error));
                return false;
        }
        if (!(worker->stays || worker->jobs > 0 ? load_shared(worker, image, length, &module)
                                                : load(worker, image, &module)))
                return false;
        return find_function(worker, module);
}

CUresult kernel_module_release(struct worker *worker)
{
        CUmodule loose = worker->modules.loose;

        worker->modules.loose = NULL;
        return loose ? worker->cuda.cuModuleUnload(loose) : CUDA_SUCCESS;
}
