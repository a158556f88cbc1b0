#include "jobs/standing/item.h"

#include <string.h>

const struct standing_row standing_rows[STANDING_ITEMS] = {
#define SWITCH "on off"
        [STANDING_ECC_MODE] = { "ecc_mode", false, SWITCH, "on" },
        [STANDING_ECC_MODE_PENDING] = { "ecc_mode_pending", false, SWITCH, "on" },
        [STANDING_MIG_MODE] = { "mig_mode", false, SWITCH, "off" },
        [STANDING_MIG_MODE_PENDING] = { "mig_mode_pending", false, SWITCH, "off" },
        [STANDING_INFOROM] = { "inforom", false, "valid corrupt", "valid" },
        [STANDING_REMAPPED_CORRECTABLE] = { "remapped_correctable_rows", true, NULL, "0" },
        [STANDING_REMAPPED_UNCORRECTABLE] = { "remapped_uncorrectable_rows", true, NULL, "0" },
        [STANDING_BANKS_HIGH] = { "remap_banks_high", true, NULL, NULL },
        [STANDING_BANKS_PARTIAL] = { "remap_banks_partial", true, NULL, "0" },
        [STANDING_BANKS_LOW] = { "remap_banks_low", true, NULL, "0" },
        [STANDING_BANKS_NONE] = { "remap_banks_none", true, NULL, "0" },
        [STANDING_ECC_UNCORRECTED] = { "ecc_uncorrected_aggregate", true, NULL, "0" },
        [STANDING_SRAM_THRESHOLD] = { "sram_threshold", false, "kept exceeded", "kept" },
        [STANDING_RECOVERY_ACTION] = { "recovery_action", false,
                "none gpu-reset node-reboot drain-p2p drain-and-reset unknown", "none" },
        [STANDING_OTHER_PROCESSES] = { "other_processes", true, NULL, "0" },
        [STANDING_VBIOS] = { "vbios", false, NULL, NULL },
        [STANDING_SERIAL] = { "serial", false, NULL, NULL },
        [STANDING_FABRIC] = { "fabric", false,
                "not-supported not-started in-progress completed failed unknown", NULL },
        [STANDING_BRIDGE_WIDTH] = { "bridge_width", false, NULL, "full" },
        [STANDING_BRIDGE_GENERATION] = { "bridge_generation", false, NULL, "full" },
};

bool standing_parse_item(const char *name, size_t length, enum standing_item *ret_item)
{
        for (enum standing_item i = 0; i < STANDING_ITEMS; i++)
                if (strlen(standing_rows[i].name) == length &&
                        strncmp(standing_rows[i].name, name, length) == 0) {
                        *ret_item = i;
                        return true;
                }
        return false;
}

void standing_set_number(struct standing *standing, enum standing_item item, uint64_t number)
{
        standing->item[item] = (struct standing_value){ .known = true, .number = number };
}

void standing_set_word(struct standing *standing, enum standing_item item, const char *word)
{
        struct standing_value *value = &standing->item[item];

        if (!*word || strlen(word) >= sizeof(value->text))
                return;
        value->known = true;
        memcpy(value->text, word, strlen(word) + 1);
}
