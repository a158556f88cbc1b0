#include "dom0/grub/grubparameters.h"

#include <stdio.h>

#include "dom0/base/buffer.h"
#include "dom0/grub/grubvariables.h"
#include "lib/cleanup.h"

static const char names[] = "123456789#@*";

json_t *grub_parameters_set(json_t *variables, char *const words[], size_t count)
{
        _cleanup_(buffer_free) struct buffer all = { 0 };
        json_t *before = json_object();
        char number[16];

        buffer_add(&all, "");
        for (size_t i = 0; names[i]; i++) {
                const char name[2] = { names[i] };

                json_object_set_nocheck(before, name, json_object_get(variables, name));
                grub_variables_set(variables, name, i < 9 && i < count ? words[i] : "");
        }
        for (size_t i = 0; i < count; i++) {
                buffer_add(&all, i > 0 ? " " : "");
                buffer_add(&all, words[i]);
        }
        snprintf(number, sizeof(number), "%zu", count);
        grub_variables_set(variables, "#", number);
        grub_variables_set(variables, "@", all.data);
        grub_variables_set(variables, "*", all.data);
        return before;
}

void grub_parameters_restore(json_t *variables, json_t *before)
{
        for (size_t i = 0; names[i]; i++) {
                const char name[2] = { names[i] };
                json_t *value = json_object_get(before, name);

                if (value)
                        json_object_set_nocheck(variables, name, value);
                else
                        json_object_del(variables, name);
        }
        json_decref(before);
}
