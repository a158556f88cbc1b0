/*
 * Untrusted PTX: parsed, and every kernel in it run by a few threads for a few thousand
 * instructions on two small buffers.
 */
#include <stdlib.h>
#include <string.h>

#include "rehearsal/execute/interpreter.h"
#include "rehearsal/ptx/ptx.h"

#define BUFFER_SIZE 4096u
#define MAX_STEPS   20000u
#define MAX_MEMORY  (UINT64_C(64) << 20)

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static bool place_variables(struct program *program, struct heap *heap)
{
        for (struct variable *v = program->variables; v; v = v->next) {
                struct allocation *allocation;

                if (v->space == SPACE_SHARED)
                        continue;
                allocation = heap_allocate(heap, v->size, ALLOCATION_MODULE, program);
                if (!allocation)
                        return false;
                v->address = allocation->address;
        }
        program_relocate(program);
        for (struct variable *v = program->variables; v; v = v->next) {
                if (v->space != SPACE_SHARED && v->initial)
                        memcpy(heap_memory(heap, v->address, v->size), v->initial, v->size);
        }
        return true;
}

/* Parameters are pointers to the buffers as far as 8-byte steps go, which most kernels take. */
static void fill_params(uint8_t *params, uint64_t size, const struct allocation *buffers[2])
{
        for (uint64_t offset = 0; offset + 8 <= size; offset += 8)
                memcpy(params + offset, &buffers[offset / 8 % 2]->address, 8);
}

static void run_kernel(
        const struct function *kernel, struct heap *heap, const struct allocation *buffers[2])
{
        struct launch *launch = calloc(1, sizeof(*launch));
        uint8_t *params = calloc(1, kernel->param_size + 1);

        if (launch && params && kernel->local_size < BUFFER_SIZE * 4) {
                fill_params(params, kernel->param_size, buffers);
                launch->kernel = kernel;
                launch->heap = heap;
                launch->owner = kernel->program;
                launch->grid[0] = 2;
                launch->grid[1] = launch->grid[2] = 1;
                launch->block[0] = 36; /* a whole warp and a part of one */
                launch->block[1] = launch->block[2] = 1;
                launch->dynamic_shared = 256;
                launch->params = params;
                launch->step_limit = MAX_STEPS;
                launch->is_quiet = true;
                interpreter_run(launch);
        }
        free(params);
        free(launch);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
        struct program program = { .version = 0 };
        struct heap heap = { .limit = MAX_MEMORY };
        struct parse_error error;
        const struct allocation *buffers[2];

        if (ptx_parse(&program, (const char *)data, size, &error) &&
                place_variables(&program, &heap)) {
                buffers[0] = heap_allocate(&heap, BUFFER_SIZE, ALLOCATION_DEVICE, &program);
                buffers[1] = heap_allocate(&heap, BUFFER_SIZE, ALLOCATION_DEVICE, &program);
                for (const struct function *f = program.functions; f && buffers[0] && buffers[1];
                        f = f->next) {
                        if (f->is_entry)
                                run_kernel(f, &heap, buffers);
                }
        }
        heap_free_owned(&heap, &program);
        program_free(&program);
        return 0;
}
