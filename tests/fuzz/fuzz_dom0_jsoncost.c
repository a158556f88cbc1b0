/*
 * Any text as JSON: jansson never takes more memory for it than was said beforehand, whether it
 * reads it to the end or not, and values and depth of what it reads are those that were counted.
 */
#include <stdint.h>

#include <jansson.h>

#include "dom0/run/jsoncost.h"
#include "tests/fuzz/must.h"
#include "tests/unit/dom0/json_counter.h"

int LLVMFuzzerInitialize(int *argc, char ***argv);
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

struct shape {
        uint64_t values, depth;
};

static void walk(const json_t *value, uint64_t depth, struct shape *shape)
{
        const json_t *member;
        const char *key;
        size_t i;

        shape->values++;
        if (json_is_object(value) || json_is_array(value))
                depth++;
        if (depth > shape->depth)
                shape->depth = depth;
        json_object_foreach((json_t *)value, key, member)
                walk(member, depth, shape);
        json_array_foreach(value, i, member)
                walk(member, depth, shape);
}

int LLVMFuzzerInitialize(int *argc, char ***argv)
{
        (void)argc;
        (void)argv;
        json_counter_start();
        return 0;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
        struct jsoncost cost = jsoncost((const char *)data, size);
        struct shape shape = { 0 };
        json_t *value;

        json_counter_peak();
        value = json_loadb((const char *)data, size, JSON_REJECT_DUPLICATES, NULL);
        must(json_counter_peak() <= cost.bytes);
        if (value) {
                walk(value, 0, &shape);
                must(shape.values == cost.values && shape.depth == cost.depth);
        }
        json_decref(value);
        return 0;
}
