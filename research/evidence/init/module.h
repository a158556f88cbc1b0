/* Kernel modules. */
#pragma once

#include <stdbool.h>

/* Loads FOLDER/NAME.ko with parameters, and says as insmod_NAME what came of it; whether it is
 * loaded. */
bool module_load(const char *folder, const char *name, const char *options);

/* Says as rmmod_NAME what came of it. */
void module_unload(const char *name);

/* "NAME=ADDRESS …" of the functions of a loaded module that `names` lists, out of /proc/kallsyms;
 * owned. */
char *module_addresses(const char *module, const char *const names[]);
