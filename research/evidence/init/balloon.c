#include "research/evidence/init/balloon.h"

#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "research/evidence/init/say.h"

#define MEMORY   "/sys/devices/system/xen_memory/xen_memory0/"
#define PATIENCE 1200 /* tenths of a second, for each way */
#define KEPT     40   /* percent */

static long read_kb(const char *path)
{
        char text[32];

        return read_text(path, text, sizeof(text)) ? strtol(text, NULL, 10) : 0;
}

static bool set_target(long kb)
{
        char text[32];
        int fd = open(MEMORY "target_kb", O_WRONLY | O_CLOEXEC);
        bool set;

        snprintf(text, sizeof(text), "%ld", kb);
        set = fd >= 0 && write(fd, text, strlen(text)) > 0;
        if (fd >= 0)
                close(fd);
        return set;
}

/* Whether it comes to have this much; it may end some pages beside. */
static bool await(long kb)
{
        for (int left = PATIENCE; left > 0; left--) {
                if (labs(read_kb(MEMORY "info/current_kb") - kb) < 1024)
                        return true;
                usleep(100000);
        }
        return false;
}

bool balloon_down_and_up(void)
{
        long whole = read_kb(MEMORY "info/current_kb"), part = whole / 100 * KEPT;
        const char *state = whole == 0                            ? "no balloon"
                            : !set_target(part) || !await(part)   ? "not given away"
                            : !set_target(whole) || !await(whole) ? "not taken back"
                                                                  : "done";
        char text[96];

        snprintf(text, sizeof(text), "%s, %ld KiB of %ld", state, read_kb(MEMORY "info/current_kb"),
                whole);
        say("balloon", text);
        return strcmp(state, "done") == 0;
}
