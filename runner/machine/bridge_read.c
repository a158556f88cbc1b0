#include "runner/machine/bridge_read.h"

#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "lib/io.h"
#include "runner/machine/health.h"

/* A counter has the total under a key; a link is a number, or a speed. */
static const struct file {
        const char *name, *key;
        enum bridge_item item;
} files[] = {
        { "current_link_speed", NULL, BRIDGE_GENERATION },
        { "max_link_speed", NULL, BRIDGE_GENERATION_MAX },
        { "current_link_width", NULL, BRIDGE_WIDTH },
        { "max_link_width", NULL, BRIDGE_WIDTH_MAX },
        { "aer_dev_correctable", "TOTAL_ERR_COR", BRIDGE_AER_CORRECTABLE },
        { "aer_dev_nonfatal", "TOTAL_ERR_NONFATAL", BRIDGE_AER_NONFATAL },
        { "aer_dev_fatal", "TOTAL_ERR_FATAL", BRIDGE_AER_FATAL },
};

/* Zero lanes, and a speed of no generation, are what /sys says where there is no link. */
static bool read_value(const struct file *file, const char *text, uint64_t *ret_value)
{
        if (file->key)
                return health_counter(text, file->key, ret_value);
        *ret_value = file->item <= BRIDGE_GENERATION_MAX ? health_generation(text)
                                                         : strtoul(text, NULL, 10);
        return *ret_value > 0;
}

static struct bridge read_bridge(const char *folder, const char *pci, bool own)
{
        struct bridge bridge = { 0 };
        char path[PATH_MAX + 32], text[2048];
        uint64_t value;

        snprintf(bridge.pci, sizeof(bridge.pci), "%s", pci);
        for (size_t i = 0; i < sizeof(files) / sizeof(files[0]); i++) {
                if (own && files[i].key)
                        continue;
                snprintf(path, sizeof(path), "%s/%s", folder, files[i].name);
                if (io_read_text(path, text, sizeof(text)) && read_value(&files[i], text, &value))
                        bridge_set(&bridge, files[i].item, value);
        }
        return bridge;
}

struct bridges bridges_read(const char *sys, const char *pci)
{
        struct bridges bridges = { 0 };
        char link[PATH_MAX], folder[PATH_MAX], *name;

        if (!sys)
                return bridges;
        snprintf(link, sizeof(link), "%s/bus/pci/devices/%.32s", sys, pci);
        if (!realpath(link, folder))
                return bridges;
        while (bridges.count < BRIDGES_MAX && (name = strrchr(folder, '/')) &&
                bridge_is_address(name + 1)) {
                bridges.bridge[bridges.count] = read_bridge(folder, name + 1, bridges.count == 0);
                bridges.count++;
                *name = '\0';
        }
        return bridges.count > 1 ? bridges : (struct bridges){ 0 };
}
