#include "rehearsal/base/program.h"

#include <string.h>

struct function *program_function(const struct program *program, const char *name)
{
        for (struct function *function = program->functions; function; function = function->next) {
                if (strcmp(function->name, name) == 0)
                        return function;
        }
        return NULL;
}

struct variable *program_variable(const struct program *program, const char *name)
{
        for (struct variable *variable = program->variables; variable; variable = variable->next) {
                if (strcmp(variable->name, name) == 0)
                        return variable;
        }
        return NULL;
}

struct function *program_function_at(const struct program *program, uint64_t address)
{
        uint64_t number = (address - WINDOW_FUNCTION) / FUNCTION_STRIDE;

        if (address < WINDOW_FUNCTION || address % FUNCTION_STRIDE ||
                number >= program->function_count)
                return NULL;

        struct function *function = program->functions;

        while (function && function->number != number)
                function = function->next;
        return function;
}

static uint64_t align_up(uint64_t value, uint64_t align)
{
        return (value + align - 1) & ~(align - 1);
}

static uint64_t place(struct variable *variable, uint64_t offset)
{
        variable->address = align_up(offset, variable->align);
        return variable->address + variable->size;
}

static bool is_static_shared(const struct variable *variable)
{
        return variable->space == SPACE_SHARED && !variable->is_external;
}

/* Who can see a module-scope variable besides one kernel must find it at the same place. */
static bool is_common(const struct variable *variable)
{
        return is_static_shared(variable) &&
               (variable->used_by_many || (variable->user && !variable->user->is_entry));
}

static uint64_t place_common(struct program *program)
{
        uint64_t size = 0;

        for (struct variable *variable = program->variables; variable; variable = variable->next) {
                if (is_common(variable))
                        size = place(variable, size);
        }
        for (struct function *function = program->functions; function; function = function->next) {
                if (function->is_entry)
                        continue;
                for (struct variable *own = function->shared; own; own = own->next) {
                        if (!own->is_external)
                                size = place(own, size);
                }
        }
        return size;
}

static uint64_t place_own(struct program *program, struct function *function, uint64_t size)
{
        for (struct variable *own = function->shared; own; own = own->next) {
                if (!own->is_external)
                        size = place(own, size);
        }
        for (struct variable *variable = program->variables; variable; variable = variable->next) {
                if (is_static_shared(variable) && !is_common(variable) &&
                        variable->user == function)
                        size = place(variable, size);
        }
        return size;
}

static void place_dynamic(struct variable *list, uint64_t offset)
{
        for (struct variable *variable = list; variable; variable = variable->next) {
                if (variable->space == SPACE_SHARED && variable->is_external)
                        variable->address = offset;
        }
}

bool program_layout(struct program *program, const struct function **ret_too_large)
{
        uint64_t common = place_common(program), largest = common;

        for (struct function *function = program->functions; function; function = function->next) {
                if (!function->is_entry)
                        continue;
                function->shared_size = place_own(program, function, common);
                if (function->shared_size > MAX_STATIC_SHARED) {
                        *ret_too_large = function;
                        return false;
                }
                if (function->shared_size > largest)
                        largest = function->shared_size;
        }
        program->dynamic_shared = align_up(largest, 128);
        place_dynamic(program->variables, program->dynamic_shared);
        for (struct function *function = program->functions; function; function = function->next)
                place_dynamic(function->shared, program->dynamic_shared);
        return true;
}

static uint64_t relocated(const struct relocation *relocation)
{
        if (relocation->function)
                return WINDOW_FUNCTION + (uint64_t)relocation->function->number * FUNCTION_STRIDE +
                       (uint64_t)relocation->addend;

        uint64_t address = relocation->variable->address + (uint64_t)relocation->addend;

        if (relocation->generic && relocation->variable->space == SPACE_SHARED)
                address += WINDOW_SHARED;
        return address;
}

void program_relocate(struct program *program)
{
        for (struct relocation *r = program->relocations; r; r = r->next) {
                uint64_t address = relocated(r) >> r->shift;

                if (r->in_function)
                        r->in_function->initial[r->slot] = address;
                else
                        memcpy(r->data, &address, r->size);
        }
}

void program_free(struct program *program)
{
        arena_free(&program->arena);
}
