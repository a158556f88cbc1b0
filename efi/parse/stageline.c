#include "efi/parse/stageline.h"

/*
 * The IOMMU stays off because Xen sets it up anew and must not find it on; panic= is the way out of
 * a dead stage; a quiet log because a serial line takes 6 s for a whole one; mitigations protect
 * from other users, of which the stage has none; no bounce buffers, because nothing here reaches
 * less memory than a GPU does, and Linux clears 64 MiB for them at every start (0.3 s under QEMU).
 * The rest spares a distribution's kernel what it starts for nobody here: tests of ciphers, TCP,
 * keys for file systems (a second of four under QEMU); kernels without them take no notice.
 */
#define FIXED                                                      \
        "intel_iommu=off amd_iommu=off panic=10 quiet "            \
        "mitigations=off swiotlb=noforce cryptomgr.notests "       \
        "initcall_blacklist=crypto_kdf108_init,cubictcp_register," \
        "load_system_certificate_list,init_encrypted"

bool cmdline_build(const struct cmdline *cmdline, struct text *text, struct text *reason)
{
        const struct conf *conf = cmdline->conf;

        text_add(text, "forestage.region=0x%lx,0x%lx forestage.run=%s", cmdline->region_address,
                cmdline->region_size, cmdline->run);
        text_add(text, " forestage.ebda=0x%lx forestage.rsdp=0x%lx " FIXED, cmdline->ebda_address,
                cmdline->rsdp_address);
        for (size_t i = 0; i < conf->console_count; i++)
                text_add(text, " console=" SLICE_FORMAT, SLICE_PRINT(conf->console[i]));
        if (conf->options.length > 0)
                text_add(text, " " SLICE_FORMAT, SLICE_PRINT(conf->options));
        if (text->cut || text->length > CMDLINE_MAX_BYTES) {
                text_add(reason,
                        "forestage.conf: console and options make Linux's command line "
                        "longer than %u bytes",
                        CMDLINE_MAX_BYTES);
                return false;
        }
        return true;
}
