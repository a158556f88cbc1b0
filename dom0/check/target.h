/* What jobs are held against before they run: the machine, how it runs the stage, and the image. */
#pragma once

#include <stdint.h>

#include "dom0/host/esp.h"
#include "dom0/host/pci.h"
#include "dom0/image/image.h"
#include "efi/parse/conf.h"

struct target {
        uint64_t gpus;             /* at least 1 */
        const struct pci_gpu *gpu; /* they are this host's, in their order; NULL: a guess */
        uint64_t switches;         /* NVSwitches that join them; 0: none, or not known */
        uint64_t region_size;      /* bytes; 0: not asked */
        uint64_t store_above;      /* bytes: larger files go to a store; 0: there is none */
        unsigned deadline_s;       /* deadline= of forestage.conf; 0: not asked */
        const char *conf;          /* where that stands, for messages; NULL: in forestage.conf */
        const struct image *image; /* NULL: not known */
};

/* A target, and what it leads to. It must stay where it is. */
struct outlook {
        struct target target;
        struct image image;
        struct pci_gpu *gpu;
        char *conf;         /* path of forestage.conf */
        char *file;         /* path of the initramfs.img; NULL: none was looked at */
        char why[WHY_SIZE]; /* without target.image: why it is not known */
};

/* The GPUs of this host, where it shows any. */
void outlook_take_gpus(struct outlook *outlook, const struct host *host);

/* The image whose initramfs.img is in a folder; the text of `why` when that does not say. */
void outlook_take_image(struct outlook *outlook, const char *folder);

/* How a host runs the stage; `path` is that of its forestage.conf. */
void outlook_take_conf(struct outlook *outlook, const struct conf *conf, const char *path);

/* Whether NVSwitches join the GPUs, and the image is known to have no Fabric Manager for them. */
static inline bool target_lacks_fabric(const struct target *target)
{
        return target->switches > 0 && target->image && image_lacks_fabric(target->image);
}

/* All that this host has, when Forestage is installed on it. False: it is not. */
bool outlook_take_host(struct outlook *outlook, const struct host *host);
void outlook_free(struct outlook *outlook);
