#include "dom0/host/pci.h"

#include <dirent.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "dom0/host/lookup.h"
#include "lib/cleanup.h"

#define DEVICES       "/sys/bus/pci/devices"
#define NVIDIA        0x10deul
#define CLASS_DISPLAY 0x03ul     /* VGA and 3D controllers */
#define CLASS_BRIDGE  0x068000ul /* what NVIDIA's driver, too, knows its NVSwitches by */

static unsigned long read_number(const struct host *host, const char *address, const char *name)
{
        char path[128], text[32];

        snprintf(path, sizeof(path), DEVICES "/%.32s/%s", address, name);
        return lookup_line(host, path, text, sizeof(text)) ? strtoul(text, NULL, 16) : 0;
}

static void read_driver(const struct host *host, struct pci_gpu *gpu)
{
        _cleanup_free_ char *path = host_path(host, DEVICES "/%s/driver", gpu->address);
        char target[256];
        ssize_t length = readlink(path, target, sizeof(target) - 1);
        const char *name;

        if (length <= 0)
                return;
        target[length] = '\0';
        name = strrchr(target, '/');
        snprintf(gpu->driver, sizeof(gpu->driver), "%.31s", name ? name + 1 : target);
}

static bool is_nvidia(const struct host *host, const char *address)
{
        return *address != '.' && read_number(host, address, "vendor") == NVIDIA;
}

static bool is_gpu(const struct host *host, const char *address)
{
        return is_nvidia(host, address) &&
               read_number(host, address, "class") >> 16 == CLASS_DISPLAY;
}

static int compare(const void *left, const void *right)
{
        return strcmp(
                ((const struct pci_gpu *)left)->address, ((const struct pci_gpu *)right)->address);
}

static void look_at(const struct host *host, const char *address, struct pci_gpu *ret_gpu)
{
        *ret_gpu = (struct pci_gpu){ 0 };
        snprintf(ret_gpu->address, sizeof(ret_gpu->address), "%.15s", address);
        snprintf(ret_gpu->device, sizeof(ret_gpu->device), "0x%04lx",
                read_number(host, address, "device") & 0xffff);
        read_driver(host, ret_gpu);
}

size_t pci_find_gpus(const struct host *host, struct pci_gpu *ret_gpus, size_t room)
{
        _cleanup_free_ char *path = host_path(host, DEVICES);
        _cleanup_closedir_ DIR *folder = opendir(path);
        struct dirent *entry;
        size_t count = 0;

        while (folder && (entry = readdir(folder)))
                if (is_gpu(host, entry->d_name) && count++ < room)
                        look_at(host, entry->d_name, &ret_gpus[count - 1]);
        if (room > 0)
                qsort(ret_gpus, count < room ? count : room, sizeof(*ret_gpus), compare);
        return count;
}

size_t pci_count_switches(const struct host *host)
{
        _cleanup_free_ char *path = host_path(host, DEVICES);
        _cleanup_closedir_ DIR *folder = opendir(path);
        struct dirent *entry;
        size_t count = 0;

        while (folder && (entry = readdir(folder)))
                count += is_nvidia(host, entry->d_name) &&
                         read_number(host, entry->d_name, "class") == CLASS_BRIDGE;
        return count;
}
