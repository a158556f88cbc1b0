/* The texts that dom0 reads besides the region: memory map, paths, and all that is printed. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "dom0/base/escape.h"
#include "dom0/base/path.h"
#include "dom0/base/print.h"
#include "dom0/host/iomem.h"
#include "tests/fuzz/must.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

/* Escaped text is valid, inert, fits, and stays as it is in lines of at most 80 columns. */
static void check_escape(const char *text, size_t length, size_t room)
{
        char *out = malloc(room), *screen = NULL;
        size_t size;
        FILE *file;

        escape_text(text, length, out, room);
        must(strlen(out) < room && text_is_plain(out, strlen(out)));
        file = open_memstream(&screen, &size);
        print_labelled(file, "Label:", "%s", out);
        print_column(file, out, 24);
        fclose(file);
        for (const char *line = screen; *line;) {
                size_t bytes = strcspn(line, "\n");
                char *copy = strndup(line, bytes);

                must(text_is_plain(copy, bytes) && text_columns(copy) <= 80);
                free(copy);
                line += bytes + (line[bytes] == '\n');
        }
        free(screen);
        free(out);
}

/* An accepted path has no part that leads elsewhere. */
static void check_path(const char *text, size_t length)
{
        json_t *taken = json_object();
        char *copy = strndup(text, length);

        if (!path_problem(text, length)) {
                must(strlen(copy) == length && copy[0] != '/' && copy[length - 1] != '/');
                must(!strstr(copy, "//") && !strstr(copy, "/../") && strncmp(copy, "../", 3) != 0);
                must(!path_claim(taken, copy) && path_claim(taken, copy));
        }
        free(copy);
        json_decref(taken);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
        struct memory_range range = { 0x7c000000, 0x4000000 };
        const char *text = (const char *)data;

        if (size == 0)
                return 0;
        check_escape(text + 1, size - 1, 8 + data[0]);
        check_path(text, size);
        iomem_check(text, size, &range);
        return 0;
}
