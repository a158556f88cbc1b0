/* Modules: programs with a place in device memory. */
#pragma once

#include "rehearsal/base/program.h"
#include "rehearsal/driver/current.h"

struct loaded_function {
        struct module *module;
        struct function *function;
};

struct module {
        struct module *next;
        struct context *context;
        struct program program;
        struct loaded_function *functions; /* by function number */
};

/* Takes the module from its context. */
void module_free(struct module *module);
