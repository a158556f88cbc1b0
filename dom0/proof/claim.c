#include "dom0/proof/claim.h"

#include <stdlib.h>

#include "dom0/base/json.h"

#define MOST 99 /* of either number; a GPU that says more says nothing */

int claim_compute(const struct claim *claim)
{
        const char *text = get_text(claim->device, "compute");
        char *end;
        long major = strtol(text, &end, 10), minor;

        if (end == text || *end != '.' || major < 0 || major > MOST)
                return 0;
        text = end + 1;
        minor = strtol(text, &end, 10);
        return end == text || *end || minor < 0 || minor > 9 ? 0 : (int)(10 * major + minor);
}
