/* Modules: PTX is parsed when it is loaded, and its variables get their memory. */
#include "rehearsal/driver/module.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "lib/toolkit.h"
#include "rehearsal/driver/device.h"
#include "rehearsal/driver/late.h"
#include "rehearsal/ptx/ptx.h"

/* --- the log that a caller of cuModuleLoadDataEx may want --- */

struct log {
        char *buffer;
        size_t size;
        void **written; /* where the number of bytes goes */
};

static void find_log(
        struct log *log, unsigned count, const int *options, void **values, int wanted_buffer)
{
        *log = (struct log){ .buffer = NULL };
        for (unsigned i = 0; options && values && i < count; i++) {
                if (options[i] == wanted_buffer)
                        log->buffer = values[i];
                if (options[i] == wanted_buffer + 1) {
                        log->size = (unsigned)(uintptr_t)values[i];
                        log->written = &values[i];
                }
        }
}

static void write_log(const struct log *log, const struct parse_error *error)
{
        int length = 0;

        if (log->buffer && log->size && error)
                length = error->line ? snprintf(log->buffer, log->size,
                                               "forestage rehearsal: PTX line %u: error: %s",
                                               error->line, error->message)
                                     : snprintf(log->buffer, log->size,
                                               "forestage rehearsal: error: %s", error->message);
        else if (log->buffer && log->size)
                log->buffer[0] = '\0';
        if (log->written)
                *log->written = (void *)(uintptr_t)(length > 0 ? length + 1 : 0);
}

/* --- loading --- */

/* Machine code (ELF) and fatbins are for hardware. */
static bool is_binary(const void *image)
{
        static const unsigned char magics[][4] = { { 0x7f, 'E', 'L', 'F' },
                { 0x50, 0xed, 0x55, 0xba }, { 0xb1, 0x43, 0x62, 0x46 } };

        for (size_t i = 0; i < sizeof(magics) / sizeof(magics[0]); i++) {
                if (strncmp(image, (const char *)magics[i], sizeof(magics[i])) == 0)
                        return true;
        }
        return false;
}

static bool place_variables(struct module *module)
{
        for (struct variable *v = module->program.variables; v; v = v->next) {
                struct allocation *allocation;

                if (v->space == SPACE_SHARED)
                        continue;
                allocation = heap_allocate(&driver.heap, v->size,
                        v->is_managed ? ALLOCATION_MANAGED : ALLOCATION_MODULE, module);
                if (!allocation)
                        return false;
                v->address = allocation->address;
        }
        return true;
}

static void fill_variables(struct module *module)
{
        for (struct variable *v = module->program.variables; v; v = v->next) {
                if (v->space != SPACE_SHARED && v->initial)
                        memcpy(heap_memory(&driver.heap, v->address, v->size), v->initial, v->size);
        }
}

static bool make_functions(struct module *module)
{
        module->functions = calloc(module->program.function_count + 1u, sizeof(*module->functions));
        for (struct function *f = module->program.functions; module->functions && f; f = f->next)
                module->functions[f->number] = (struct loaded_function){ module, f };
        return module->functions;
}

void module_free(struct module *module)
{
        struct module **link = &module->context->modules;

        while (*link && *link != module)
                link = &(*link)->next;
        if (*link)
                *link = module->next;
        late_arrive();
        heap_free_owned(&driver.heap, module);
        program_free(&module->program);
        free(module->functions);
        free(module);
}

static bool check_target(const struct program *program, struct parse_error *error)
{
        unsigned mine = COMPUTE_MAJOR * 10 + COMPUTE_MINOR;

        if (program->target && program->target <= mine)
                return true;
        error->line = 0;
        if (program->target)
                snprintf(error->message, sizeof(error->message),
                        "the PTX is for sm_%u, this device is sm_%u", program->target, mine);
        else
                snprintf(error->message, sizeof(error->message), "there is no .target");
        return false;
}

/* The newest PTX that a driver of the CUDA that is claimed takes, and that is understood here. */
static unsigned most_version(void)
{
        unsigned version = toolkit_ptx(driver_cuda());

        return version < PTX_MAX_VERSION ? version : PTX_MAX_VERSION;
}

/* A driver looks at the version before it looks at anything else. */
static bool check_version(const struct program *program, struct parse_error *error)
{
        unsigned most = most_version(), cuda = driver_cuda();

        if (program->version <= most)
                return true;
        error->line = 0;
        snprintf(error->message, sizeof(error->message),
                "the PTX is of version %u.%u, a driver of CUDA %u.%u takes up to %u.%u",
                program->version / 10, program->version % 10, cuda / 1000, cuda % 1000 / 10,
                most / 10, most % 10);
        return false;
}

/* Without a .version this is no PTX at all. */
static CUresult parse_failure(const struct program *program)
{
        return program->version ? CUDA_ERROR_INVALID_PTX : CUDA_ERROR_INVALID_IMAGE;
}

static CUresult load_program(struct module *module, const char *source, struct parse_error *error)
{
        bool parsed = ptx_parse(&module->program, source, strlen(source), error);

        if (!check_version(&module->program, error))
                return CUDA_ERROR_UNSUPPORTED_PTX_VERSION;
        if (!parsed || !check_target(&module->program, error))
                return parse_failure(&module->program);
        snprintf(error->message, sizeof(error->message), "out of memory for variables");
        if (!place_variables(module) || !make_functions(module))
                return CUDA_ERROR_OUT_OF_MEMORY;
        program_relocate(&module->program);
        fill_variables(module);
        return CUDA_SUCCESS;
}

static CUresult load(CUmodule *module, const void *image, const struct log *log)
{
        struct parse_error parse_error = { .message = "the image is no PTX" };
        struct context *context;
        struct module *loaded;
        CUresult error = current_context(&context);

        if (error != CUDA_SUCCESS)
                return error;
        if (!module || !image)
                return CUDA_ERROR_INVALID_VALUE;
        if (is_binary(image)) {
                write_log(log, &parse_error);
                return CUDA_ERROR_NO_BINARY_FOR_GPU;
        }
        loaded = calloc(1, sizeof(*loaded));
        if (!loaded)
                return CUDA_ERROR_OUT_OF_MEMORY;
        loaded->context = context;
        error = load_program(loaded, image, &parse_error);
        if (error != CUDA_SUCCESS) {
                write_log(log, &parse_error);
                module_free(loaded);
                return error;
        }
        write_log(log, NULL);
        loaded->next = context->modules;
        context->modules = loaded;
        *module = loaded;
        return CUDA_SUCCESS;
}

CUresult cuModuleLoadDataEx(
        CUmodule *module, const void *image, unsigned count, int *options, void **values)
{
        LOCKED;
        struct log log, info;

        find_log(&log, count, options, values, CU_JIT_ERROR_LOG_BUFFER);
        find_log(&info, count, options, values, CU_JIT_INFO_LOG_BUFFER);
        write_log(&info, NULL);
        return load(module, image, &log);
}

CUresult cuModuleLoadData(CUmodule *module, const void *image)
{
        return cuModuleLoadDataEx(module, image, 0, NULL, NULL);
}

CUresult cuModuleLoadFatBinary(CUmodule *module, const void *image)
{
        return cuModuleLoadDataEx(module, image, 0, NULL, NULL);
}

/* The whole file and a NUL; NULL with errno. */
static char *read_file(const char *path)
{
        FILE *file = fopen(path, "rb");
        char *text = NULL;
        long size;

        if (!file)
                return NULL;
        if (fseek(file, 0, SEEK_END) == 0 && (size = ftell(file)) >= 0 &&
                fseek(file, 0, SEEK_SET) == 0)
                text = calloc(1, (size_t)size + 1);
        if (text && fread(text, 1, (size_t)size, file) != (size_t)size) {
                free(text);
                text = NULL;
        }
        fclose(file);
        return text;
}

CUresult cuModuleLoad(CUmodule *module, const char *path)
{
        char *text = path ? read_file(path) : NULL;
        CUresult error = CUDA_ERROR_FILE_NOT_FOUND;

        if (text)
                error = cuModuleLoadData(module, text);
        free(text);
        return error;
}

static bool is_loaded(const struct context *context, const struct module *module)
{
        for (const struct module *m = context->modules; m; m = m->next) {
                if (m == module)
                        return true;
        }
        return false;
}

/* The current context, if the module is one of its own. */
static CUresult check_module(const struct module *module, struct context **ret_context)
{
        CUresult error = current_context(ret_context);

        if (error != CUDA_SUCCESS)
                return error;
        return is_loaded(*ret_context, module) ? CUDA_SUCCESS : CUDA_ERROR_INVALID_HANDLE;
}

CUresult cuModuleUnload(CUmodule module)
{
        LOCKED;
        struct context *context;
        CUresult error = check_module(module, &context);

        if (error == CUDA_SUCCESS)
                module_free(module);
        return error;
}

CUresult cuModuleGetFunction(CUfunction *function, CUmodule module, const char *name)
{
        LOCKED;
        struct context *context;
        CUresult error = check_module(module, &context);
        struct function *found;

        if (error != CUDA_SUCCESS)
                return error;
        if (!function || !name)
                return CUDA_ERROR_INVALID_VALUE;
        found = program_function(&module->program, name);
        if (!found || !found->is_entry)
                return CUDA_ERROR_NOT_FOUND;
        *function = &module->functions[found->number];
        return CUDA_SUCCESS;
}

CUresult cuModuleGetGlobal_v2(CUdeviceptr *address, size_t *size, CUmodule module, const char *name)
{
        LOCKED;
        struct context *context;
        CUresult error = check_module(module, &context);
        const struct variable *found;

        if (error != CUDA_SUCCESS)
                return error;
        if (!name)
                return CUDA_ERROR_INVALID_VALUE;
        found = program_variable(&module->program, name);
        if (!found || found->space == SPACE_SHARED)
                return CUDA_ERROR_NOT_FOUND;
        if (address)
                *address = found->address;
        if (size)
                *size = found->size;
        return CUDA_SUCCESS;
}
