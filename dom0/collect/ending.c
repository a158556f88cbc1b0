#include "dom0/collect/ending.h"

#include <stdlib.h>
#include <string.h>

#include "dom0/base/memory.h"

static int by_path(const void *left, const void *right)
{
        const struct run_file *const *a = left, *const *b = right;

        return strcmp((*a)->path, (*b)->path);
}

void endings_make(const struct run *run, struct endings *ret_endings)
{
        struct endings endings = { .count = run ? run->files_count : 0 };

        endings.files = memory_allocate((endings.count + 1) * sizeof(const struct run_file *));
        for (size_t i = 0; i < endings.count; i++)
                endings.files[i] = &run->files[i];
        qsort(endings.files, endings.count, sizeof(const struct run_file *), by_path);
        *ret_endings = endings;
}

void endings_free(struct endings *endings)
{
        free(endings->files);
}

/* The rest of a character whose beginning was cut off: three bytes at most. */
static size_t rest_of_character(const char *text, size_t length)
{
        size_t bytes = 0;

        while (bytes < length && bytes < 4 && ((unsigned char)text[bytes] & 0xc0) == 0x80)
                bytes++;
        return bytes < 4 ? bytes : 0; /* it is no UTF-8 */
}

bool endings_find(
        const struct endings *endings, const char *path, size_t most, struct ending *ret_ending)
{
        const struct run_file wanted = { .path = (char *)path }, *key = &wanted;
        const struct run_file **found = bsearch(
                &key, endings->files, endings->count, sizeof(const struct run_file *), by_path);
        const struct run_file *file;
        struct ending ending;

        if (!found)
                return false;
        file = *found;
        if (!file->data)
                return false; /* it is in the store: nothing that was printed is */
        ending.length = file->length < most ? (size_t)file->length : most;
        ending.before = file->length - ending.length;
        ending.text = (const char *)file->data + ending.before;
        if (ending.before > 0) {
                size_t rest = rest_of_character(ending.text, ending.length);

                ending.text += rest;
                ending.length -= rest;
                ending.before += rest;
        }
        *ret_ending = ending;
        return true;
}
