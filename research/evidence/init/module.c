#include "research/evidence/init/module.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "research/evidence/init/say.h"

#define PATIENCE 50 /* tenths of a second, until nobody uses it */

bool module_load(const char *folder, const char *name, const char *options)
{
        char path[256], key[160];
        bool loaded;
        int fd;

        snprintf(path, sizeof(path), "%s/%s.ko", folder, name);
        snprintf(key, sizeof(key), "insmod_%s", name);
        fd = open(path, O_RDONLY | O_CLOEXEC);
        loaded = fd >= 0 && syscall(SYS_finit_module, fd, options, 0) == 0;
        say(key, loaded ? "loaded" : strerror(errno));
        if (fd >= 0)
                close(fd);
        return loaded;
}

void module_unload(const char *name)
{
        char key[160];
        int left = PATIENCE;

        snprintf(key, sizeof(key), "rmmod_%s", name);
        while (syscall(SYS_delete_module, name, O_NONBLOCK) != 0) {
                if ((errno != EAGAIN && errno != EWOULDBLOCK) || left-- == 0) {
                        say(key, strerror(errno));
                        return;
                }
                usleep(100000);
        }
        say(key, "unloaded");
}

static bool listed(const char *name, const char *const names[])
{
        for (; *names; names++)
                if (strcmp(name, *names) == 0)
                        return true;
        return false;
}

char *module_addresses(const char *module, const char *const names[])
{
        FILE *file = fopen("/proc/kallsyms", "re");
        char line[512], address[32], name[256], owner[128], wanted[128];
        char *options = NULL;
        size_t size = 0;
        FILE *out = open_memstream(&options, &size);

        snprintf(wanted, sizeof(wanted), "[%s]", module);
        while (out && file && fgets(line, sizeof(line), file))
                if (sscanf(line, "%31s %*c %255s %127s", address, name, owner) == 3 &&
                        strcmp(owner, wanted) == 0 && listed(name, names))
                        fprintf(out, "%s=0x%s ", name, address);
        if (file)
                fclose(file);
        if (out)
                fclose(out);
        return options;
}
