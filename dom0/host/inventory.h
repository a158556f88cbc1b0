/*
 * What a host of XCP-ng or XenServer knows of itself while nobody answers:
 * /etc/xensource-inventory.
 */
#pragma once

#include <stdbool.h>

#include "dom0/base/host.h"
#include "lib/uuid.h"

struct inventory {
        bool is_there;              /* this is such a host */
        char host[UUID_LENGTH + 1]; /* its UUID in its pool, INSTALLATION_UUID; "" not told */
};

void inventory_read(const struct host *host, struct inventory *ret_inventory);

/*
 * Lines of KEY='VALUE'; of several with the key the last counts, as for whoever sources the file.
 * False, and "" in `ret_host`: none is a UUID. Pure.
 */
bool inventory_parse(const char *text, char ret_host[UUID_LENGTH + 1]);

/*
 * The UUID as an argument of xe, or a word that stands for it: "HOST". For commands that a person
 * is told.
 */
const char *inventory_name(const struct inventory *inventory);
