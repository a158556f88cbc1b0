#include "rehearsal/base/symbols.h"

#include <string.h>

/* FNV-1a. */
static uint32_t hash_name(const char *name, size_t length)
{
        uint32_t hash = 2166136261u;

        for (size_t i = 0; i < length; i++)
                hash = (hash ^ (unsigned char)name[i]) * 16777619u;
        return hash;
}

bool symbols_enter(struct symbols *symbols)
{
        if (symbols->depth + 1 >= SYMBOL_MAX_DEPTH)
                return false;
        symbols->scopes[++symbols->depth] = NULL;
        return true;
}

static void unlink_symbol(struct symbols *symbols, const struct symbol *symbol)
{
        struct symbol **link = &symbols->buckets[symbol->hash % SYMBOL_BUCKETS];

        while (*link != symbol)
                link = &(*link)->in_bucket;
        *link = symbol->in_bucket;
}

void symbols_leave(struct symbols *symbols)
{
        for (struct symbol *symbol = symbols->scopes[symbols->depth]; symbol;
                symbol = symbol->in_scope)
                unlink_symbol(symbols, symbol);
        symbols->depth--;
}

static struct symbol *find(
        const struct symbols *symbols, const char *name, size_t length, bool is_range)
{
        uint32_t hash = hash_name(name, length);
        struct symbol *best = NULL;

        for (struct symbol *symbol = symbols->buckets[hash % SYMBOL_BUCKETS]; symbol;
                symbol = symbol->in_bucket) {
                if (symbol->hash == hash && symbol->length == length &&
                        (symbol->kind == SYMBOL_RANGE) == is_range &&
                        memcmp(symbol->name, name, length) == 0 &&
                        (!best || symbol->depth > best->depth))
                        best = symbol;
        }
        return best;
}

struct symbol *symbols_find(const struct symbols *symbols, const char *name, size_t length)
{
        return find(symbols, name, length, false);
}

struct symbol *symbols_find_range(const struct symbols *symbols, const char *name, size_t length)
{
        return find(symbols, name, length, true);
}

struct symbol *symbols_add(struct symbols *symbols, uint32_t depth, const char *name, size_t length,
        enum symbol_kind kind)
{
        struct symbol *symbol = arena_alloc(symbols->arena, sizeof(*symbol));

        if (!symbol)
                return NULL;
        symbol->name = name;
        symbol->length = (uint32_t)length;
        symbol->hash = hash_name(name, length);
        symbol->depth = depth;
        symbol->kind = kind;
        symbol->in_bucket = symbols->buckets[symbol->hash % SYMBOL_BUCKETS];
        symbols->buckets[symbol->hash % SYMBOL_BUCKETS] = symbol;
        symbol->in_scope = symbols->scopes[depth];
        symbols->scopes[depth] = symbol;
        return symbol;
}
