#include "dom0/check/target.h"

#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "dom0/base/memory.h"
#include "dom0/host/source.h"
#include "efi/parse/keyvalue.h"
#include "lib/cleanup.h"

void outlook_take_gpus(struct outlook *outlook, const struct host *host)
{
        size_t count = pci_find_gpus(host, NULL, 0), found;

        outlook->target.gpus = count > 0 ? count : 1;
        outlook->target.switches = pci_count_switches(host);
        if (count == 0)
                return;
        outlook->gpu = memory_get(count * sizeof(*outlook->gpu));
        found = pci_find_gpus(host, outlook->gpu, count);
        outlook->target.gpus = found < count ? found : count;
        outlook->target.gpu = outlook->gpu;
}

void outlook_take_image(struct outlook *outlook, const char *folder)
{
        free(outlook->file);
        image_free(&outlook->image);
        outlook->target.image = NULL;
        outlook->file = memory_format("%s/initramfs.img", folder);
        if (image_read(outlook->file, &outlook->image, outlook->why))
                outlook->target.image = &outlook->image;
}

void outlook_take_conf(struct outlook *outlook, const struct conf *conf, const char *path)
{
        outlook->target.region_size = conf->region_size;
        outlook->target.deadline_s = conf->deadline;
        free(outlook->conf);
        outlook->conf = path ? memory_copy(path) : NULL;
        outlook->target.conf = outlook->conf;
}

/* What cannot be read is for arm to say: the rest of it counts, and so do its defaults. */
static void read_conf(struct outlook *outlook, const struct esp *esp)
{
        _cleanup_free_ char *path = esp_file(esp, "forestage.conf");
        size_t length = 0;
        _cleanup_free_ char *text = source_read_text(path, KEYVALUE_MAX_BYTES + 1, &length);
        struct text reason;
        struct conf conf;
        char buffer[400];

        conf_defaults(&conf);
        text_init(&reason, buffer, sizeof(buffer));
        if (text)
                conf_parse((struct slice){ text, length }, &conf, &reason);
        outlook_take_conf(outlook, &conf, path);
}

bool outlook_take_host(struct outlook *outlook, const struct host *host)
{
        _cleanup_(esp_free) struct esp esp = { .point = NULL };
        _cleanup_free_ char *image = NULL;
        struct failure ignored;

        if (!esp_find(host, NULL, &esp, &ignored))
                return false;
        image = esp_file(&esp, "initramfs.img");
        if (access(image, R_OK) != 0)
                return false;
        read_conf(outlook, &esp);
        outlook_take_image(outlook, esp.folder);
        return true;
}

void outlook_free(struct outlook *outlook)
{
        image_free(&outlook->image);
        free(outlook->gpu);
        free(outlook->conf);
        free(outlook->file);
        *outlook = (struct outlook){ .target = { .gpus = 1 } };
}
