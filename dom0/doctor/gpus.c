#include "dom0/doctor/gpus.h"

#include <dirent.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "dom0/host/lookup.h"

#define DEVICES       "/sys/bus/pci/devices"
#define NVIDIA        0x10deul
#define CLASS_DISPLAY 0x03ul /* VGA and 3D controllers */

static unsigned long read_number(const struct host *host, const char *address, const char *name)
{
        char path[128], text[32];

        snprintf(path, sizeof(path), DEVICES "/%.32s/%s", address, name);
        return lookup_line(host, path, text, sizeof(text)) ? strtoul(text, NULL, 16) : 0;
}

static void read_driver(const struct host *host, struct gpu *gpu)
{
        char *path = host_path(host, DEVICES "/%s/driver", gpu->address), target[256];
        ssize_t length = readlink(path, target, sizeof(target) - 1);
        const char *name;

        free(path);
        if (length <= 0)
                return;
        target[length] = '\0';
        name = strrchr(target, '/');
        snprintf(gpu->driver, sizeof(gpu->driver), "%.31s", name ? name + 1 : target);
}

static bool is_gpu(const struct host *host, const char *address)
{
        return *address != '.' && read_number(host, address, "vendor") == NVIDIA &&
               read_number(host, address, "class") >> 16 == CLASS_DISPLAY;
}

static int compare(const void *left, const void *right)
{
        return strcmp(((const struct gpu *)left)->address, ((const struct gpu *)right)->address);
}

size_t gpus_find(const struct host *host, struct gpu *ret_gpus, size_t room)
{
        char *path = host_path(host, DEVICES);
        DIR *folder = opendir(path);
        struct dirent *entry;
        size_t count = 0;

        free(path);
        while (folder && count < room && (entry = readdir(folder))) {
                struct gpu *gpu = &ret_gpus[count];

                if (!is_gpu(host, entry->d_name))
                        continue;
                *gpu = (struct gpu){ 0 };
                snprintf(gpu->address, sizeof(gpu->address), "%.15s", entry->d_name);
                snprintf(gpu->device, sizeof(gpu->device), "0x%04lx",
                        read_number(host, entry->d_name, "device") & 0xffff);
                read_driver(host, gpu);
                count++;
        }
        if (folder)
                closedir(folder);
        qsort(ret_gpus, count, sizeof(*ret_gpus), compare);
        return count;
}
