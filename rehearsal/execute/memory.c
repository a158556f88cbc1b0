/* Loads, stores and address conversion (PTX ISA, 9.7.9): every access is checked for bounds. */
#include "rehearsal/execute/memory.h"

#include <string.h>

static uint64_t place_in(uint64_t address, uint64_t window)
{
        return address - window;
}

static bool in_window(uint64_t address, uint64_t window)
{
        return address - window < WINDOW_SIZE;
}

static void *within(uint8_t *memory, uint64_t memory_size, uint64_t offset, uint64_t size)
{
        return offset < memory_size && size <= memory_size - offset ? memory + offset : NULL;
}

static void *kernel_params(struct thread *thread, uint64_t offset, uint64_t size)
{
        const struct launch *launch = thread->block->launch;

        return within(
                (uint8_t *)(uintptr_t)launch->params, launch->kernel->param_size, offset, size);
}

static void *heap_place(
        struct thread *thread, const struct insn *insn, uint64_t address, uint64_t size)
{
        struct launch *launch = thread->block->launch;
        const struct allocation **hint = &launch->hints[(uintptr_t)insn / sizeof(*insn) % HINTS];

        if (!*hint || !allocation_holds(*hint, address, size)) {
                const struct allocation *found = heap_reached(launch->heap, address);

                if (!found || !allocation_holds(found, address, size))
                        return NULL;
                *hint = found;
        }
        return (*hint)->host + (address - (*hint)->address);
}

static void *generic_place(
        struct thread *thread, const struct insn *insn, uint64_t address, uint64_t size)
{
        struct block *block = thread->block;

        if (in_window(address, WINDOW_SHARED))
                return within(
                        block->shared, block->shared_size, place_in(address, WINDOW_SHARED), size);
        if (in_window(address, WINDOW_LOCAL))
                return within(
                        thread->local, thread->local_size, place_in(address, WINDOW_LOCAL), size);
        if (in_window(address, WINDOW_PARAM))
                return kernel_params(thread, place_in(address, WINDOW_PARAM), size);
        return heap_place(thread, insn, address, size);
}

static void *place(struct thread *thread, const struct insn *insn, enum space space,
        uint64_t address, uint64_t size)
{
        struct block *block = thread->block;

        switch (space) {
        case SPACE_GLOBAL:
        case SPACE_CONST:
                return heap_place(thread, insn, address, size);
        case SPACE_SHARED:
                return within(block->shared, block->shared_size, address, size);
        case SPACE_PARAM:
                if (in_window(address, WINDOW_PARAM))
                        return kernel_params(thread, place_in(address, WINDOW_PARAM), size);
                return within(thread->local, thread->local_size, address, size);
        case SPACE_LOCAL:
                return within(thread->local, thread->local_size, address, size);
        default:
                return generic_place(thread, insn, address, size);
        }
}

void *thread_memory(struct thread *thread, const struct insn *insn, enum space space,
        uint64_t address, uint64_t size)
{
        static const char *const names[SPACE_COUNT] = { "memory", "global memory",
                "constant memory", "shared memory", "local memory", "parameters", "registers" };
        void *memory;

        if (address & (size - 1)) {
                thread_fault(thread, insn, CUDA_ERROR_MISALIGNED_ADDRESS,
                        "%llu bytes at 0x%llx are not aligned", (unsigned long long)size,
                        (unsigned long long)address);
                return NULL;
        }
        memory = place(thread, insn, space, address, size);
        if (!memory)
                thread_fault(thread, insn, CUDA_ERROR_ILLEGAL_ADDRESS,
                        "%llu bytes at 0x%llx of %s are in no allocation", (unsigned long long)size,
                        (unsigned long long)address, names[space]);
        return memory;
}

/* --- loads and stores of any type, space and vector length --- */

static uint64_t read_element(const uint8_t *memory, unsigned size)
{
        uint64_t value = 0;

        memcpy(&value, memory, size); /* little endian, as the GPU */
        return value;
}

/* A signed element fills a wider register with its sign; `size` bytes of element. */
static uint64_t extend(uint64_t value, const struct insn *insn, unsigned size)
{
        unsigned shift = 64 - 8 * size;

        if (!type_is_signed((enum ptx_type)insn->type))
                return value;
        value = (uint64_t)((int64_t)(value << shift) >> shift);
        return insn->width >= 8 ? value : value & ((UINT64_C(1) << (8 * insn->width)) - 1);
}

/* `width` is the destination register's, `detail` the space. */
bool execute_load(struct thread *thread, const struct insn *insn)
{
        unsigned size = type_size((enum ptx_type)insn->type);
        uint64_t address = thread->slots[insn->a] + (uint64_t)insn->offset;
        const uint8_t *memory = thread_memory(
                thread, insn, (enum space)insn->detail, address, (uint64_t)size * insn->count);

        if (!memory)
                return true;
        for (unsigned i = 0; i < insn->count; i++)
                thread->slots[insn->list[i]] =
                        extend(read_element(memory + i * size, size), insn, size);
        return false;
}

bool execute_store(struct thread *thread, const struct insn *insn)
{
        unsigned size = type_size((enum ptx_type)insn->type);
        uint64_t address = thread->slots[insn->a] + (uint64_t)insn->offset;
        uint8_t *memory = thread_memory(
                thread, insn, (enum space)insn->detail, address, (uint64_t)size * insn->count);

        if (!memory)
                return true;
        for (unsigned i = 0; i < insn->count; i++)
                memcpy(memory + i * size, &thread->slots[insn->list[i]], size);
        return false;
}

/* A kernel's parameter at a constant offset, which the parser has checked. */
bool execute_load_param(struct thread *thread, const struct insn *insn)
{
        unsigned size = type_size((enum ptx_type)insn->type);
        const uint8_t *memory = thread->block->launch->params + insn->offset;

        thread->slots[insn->d] = extend(read_element(memory, size), insn, size);
        return false;
}

/* The commonest accesses: one element of 4 or 8 bytes that needs no sign. */
#define DEFINE_ACCESS(name, space, value_t)                                                        \
        bool execute_load_##name(struct thread *thread, const struct insn *insn)                   \
        {                                                                                          \
                uint64_t address = thread->slots[insn->a] + (uint64_t)insn->offset;                \
                const void *memory = thread_memory(thread, insn, space, address, sizeof(value_t)); \
                value_t value;                                                                     \
                                                                                                   \
                if (!memory)                                                                       \
                        return true;                                                               \
                memcpy(&value, memory, sizeof(value));                                             \
                thread->slots[insn->d] = value;                                                    \
                return false;                                                                      \
        }                                                                                          \
        bool execute_store_##name(struct thread *thread, const struct insn *insn)                  \
        {                                                                                          \
                uint64_t address = thread->slots[insn->a] + (uint64_t)insn->offset;                \
                void *memory = thread_memory(thread, insn, space, address, sizeof(value_t));       \
                value_t value = (value_t)thread->slots[insn->b];                                   \
                                                                                                   \
                if (!memory)                                                                       \
                        return true;                                                               \
                memcpy(memory, &value, sizeof(value));                                             \
                return false;                                                                      \
        }

DEFINE_ACCESS(global_4, SPACE_GLOBAL, uint32_t)
DEFINE_ACCESS(global_8, SPACE_GLOBAL, uint64_t)
DEFINE_ACCESS(shared_4, SPACE_SHARED, uint32_t)

/* cp.async: nothing is in flight here, so the copy is done at once. c holds the bytes to read; the
 * rest of the `count` bytes becomes zero. */
bool execute_copy_async(struct thread *thread, const struct insn *insn)
{
        uint64_t to = thread->slots[insn->a] + (uint64_t)insn->offset;
        uint64_t from = thread->slots[insn->b] + (uint64_t)(int64_t)(int32_t)insn->list[0];
        uint64_t length = thread->slots[insn->c] & 0xffffffff;
        uint8_t *target = thread_memory(thread, insn, SPACE_SHARED, to, insn->count);
        const uint8_t *origin;

        if (!target)
                return true;
        memset(target, 0, insn->count);
        if (!length)
                return false;
        origin = thread_memory(thread, insn, SPACE_GLOBAL, from, insn->count);
        if (!origin)
                return true;
        memcpy(target, origin, length < insn->count ? length : insn->count);
        return false;
}

/* --- cvta, isspacep: `detail` is the space --- */

static uint64_t window_of(enum space space)
{
        return space == SPACE_SHARED ? WINDOW_SHARED : space == SPACE_LOCAL ? WINDOW_LOCAL : 0;
}

bool execute_to_generic(struct thread *thread, const struct insn *insn)
{
        thread->slots[insn->d] = thread->slots[insn->a] + window_of((enum space)insn->detail);
        return false;
}

bool execute_from_generic(struct thread *thread, const struct insn *insn)
{
        uint64_t address = thread->slots[insn->a] - window_of((enum space)insn->detail);

        thread->slots[insn->d] = insn->width == 4 ? (uint32_t)address : address;
        return false;
}

bool execute_is_space(struct thread *thread, const struct insn *insn)
{
        uint64_t address = thread->slots[insn->a];
        bool is_shared = in_window(address, WINDOW_SHARED);
        bool is_local = in_window(address, WINDOW_LOCAL);
        bool is_param = in_window(address, WINDOW_PARAM);
        bool result;

        switch (insn->detail) {
        case SPACE_SHARED:
                result = is_shared;
                break;
        case SPACE_LOCAL:
                result = is_local;
                break;
        case SPACE_PARAM:
                result = is_param;
                break;
        default:
                result = !is_shared && !is_local && !is_param;
        }
        thread->slots[insn->d] = result;
        return false;
}
