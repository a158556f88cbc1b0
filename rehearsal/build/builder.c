#include "rehearsal/build/builder.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

void builder_vfail(struct builder *builder, uint32_t line, const char *format, va_list arguments)
{
        if (builder->failed)
                return;
        builder->failed = true;
        builder->error->line = line;
        vsnprintf(builder->error->message, sizeof(builder->error->message), format, arguments);
}

void builder_fail(struct builder *builder, const char *format, ...)
{
        va_list arguments;

        va_start(arguments, format);
        builder_vfail(builder, builder->here, format, arguments);
        va_end(arguments);
}

void builder_fail_at(struct builder *builder, uint32_t line, const char *format, ...)
{
        va_list arguments;

        va_start(arguments, format);
        builder_vfail(builder, line, format, arguments);
        va_end(arguments);
}

void builder_no_memory(struct builder *builder)
{
        builder_fail_at(builder, 0, "out of memory");
}

/* --- what the program keeps --- */

struct symbol *builder_find(const struct builder *builder, const struct token *name)
{
        return symbols_find(&builder->symbols, name->text, name->length);
}

struct symbol *builder_declare(
        struct builder *builder, uint32_t depth, const struct token *name, enum symbol_kind kind)
{
        struct symbol *symbol =
                symbols_add(&builder->symbols, depth, name->text, name->length, kind);

        if (!symbol)
                builder_no_memory(builder);
        return symbol;
}

struct relocation *builder_relocation(struct builder *builder)
{
        struct relocation *relocation = arena_alloc(&builder->program->arena, sizeof(*relocation));

        if (!relocation) {
                builder_no_memory(builder);
                return NULL;
        }
        relocation->next = builder->program->relocations;
        builder->program->relocations = relocation;
        return relocation;
}

uint32_t *builder_list(struct builder *builder, uint32_t count)
{
        static uint32_t dummy[MAX_ELEMENTS];
        uint32_t *list = arena_array(&builder->program->arena, count, sizeof(*list));

        if (!list) {
                builder_no_memory(builder);
                return dummy;
        }
        return list;
}

/* --- the function that grows --- */

static bool grow_insns(struct builder *builder)
{
        uint32_t room = builder->insn_room ? builder->insn_room * 2 : 256;
        struct insn *insns = realloc(builder->insns, room * sizeof(*insns));

        if (!insns) {
                builder_no_memory(builder);
                return false;
        }
        builder->insns = insns;
        builder->insn_room = room;
        return true;
}

struct insn *builder_append(struct builder *builder, execute_fn *execute)
{
        static struct insn dummy;

        if (builder->insn_count >= MAX_INSNS)
                builder_fail(builder, "a function has at most %u instructions", MAX_INSNS);
        if (builder->failed)
                return &dummy;
        if (builder->insn_count == builder->insn_room && !grow_insns(builder))
                return &dummy;

        struct insn *insn = &builder->insns[builder->insn_count++];

        memset(insn, 0, sizeof(*insn));
        insn->execute = execute;
        insn->guard = SLOT_TRUE;
        insn->line = builder->line;
        return insn;
}

void builder_fixup(struct builder *builder, const struct token *label, uint64_t *index)
{
        struct fixup *fixup = arena_alloc(&builder->program->arena, sizeof(*fixup));
        uint32_t depth = builder->symbols.depth;

        if (!fixup) {
                builder_no_memory(builder);
                return;
        }
        *fixup = (struct fixup){ .next = builder->fixups[depth],
                .label = *label,
                .index = index,
                .insn = builder->insn_count - 1 };
        builder->fixups[depth] = fixup;
}

void builder_resolve(struct builder *builder)
{
        uint32_t depth = builder->symbols.depth;
        struct fixup *fixup = builder->fixups[depth];

        builder->fixups[depth] = NULL;
        while (fixup) {
                struct fixup *next = fixup->next;
                const struct symbol *label = builder_find(builder, &fixup->label);

                if (label && label->kind == SYMBOL_LABEL) {
                        if (fixup->index)
                                *fixup->index = label->count;
                        else
                                builder->insns[fixup->insn].index = label->count;
                } else if (depth > 1) {
                        fixup->next = builder->fixups[depth - 1];
                        builder->fixups[depth - 1] = fixup;
                } else {
                        builder_fail_at(builder, fixup->label.line, "unknown label '%.*s'",
                                token_width(&fixup->label), fixup->label.text);
                }
                fixup = next;
        }
}

void builder_complete(struct builder *builder)
{
        struct function *function = builder->function;
        struct arena *arena = &builder->program->arena;

        function->insns = arena_array(arena, builder->insn_count, sizeof(*function->insns));
        function->initial = arena_array(arena, builder->slot_count, sizeof(*function->initial));
        if (!function->insns || !function->initial) {
                builder_no_memory(builder);
                return;
        }
        memcpy(function->insns, builder->insns, builder->insn_count * sizeof(*function->insns));
        memcpy(function->initial, builder->initial,
                builder->slot_count * sizeof(*function->initial));
        function->insn_count = builder->insn_count;
        function->slot_count = builder->slot_count;
        function->local_size = (function->local_size + 15) & ~UINT64_C(15);
        for (uint32_t i = 0; i < function->insn_count; i++) {
                struct insn *insn = &function->insns[i];

                if (insn->flags & FLAG_BRANCH)
                        insn->target = &function->insns[insn->index];
        }
        function->is_defined = true;
}

void builder_free(struct builder *builder)
{
        free(builder->insns);
        free(builder->initial);
}
