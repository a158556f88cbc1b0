#include "dom0/trialrecord/phases.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#include "dom0/base/memory.h"
#include "dom0/host/source.h"
#include "lib/cleanup.h"

#define FILE_MAX       65536u
#define LINE_MAX_BYTES 256u
#define CLOCK_DIGITS   12

static const struct {
        const char *name, *text;
} words[] = {
        [TRIAL_NONE] = { "none", "before it was armed" },
        [TRIAL_ARMED] = { "armed", "before dom0 began with it" },
        [TRIAL_BEGIN] = { "begin", "before the driver was loaded" },
        [TRIAL_DRIVER] = { "driver", "while the driver was loaded" },
        [TRIAL_LADDER] = { "ladder", "while the ladder was climbed" },
        [TRIAL_JOBS] = { "jobs", "while the jobs ran in dom0" },
        [TRIAL_UNLOAD] = { "unload", "while the driver was unloaded" },
        [TRIAL_COLLECT] = { "collect", "while the results were collected" },
        [TRIAL_COMPARE] = { "compare", "while the results were compared" },
        [TRIAL_END] = { "end", "behind its end" },
};

const char *trial_phase_name(enum trial_phase phase)
{
        return words[phase].name;
}

const char *trial_phase_text(enum trial_phase phase)
{
        return words[phase].text;
}

/* TRIAL_NONE: there is no such phase. */
static enum trial_phase find(const char *name, size_t length)
{
        for (enum trial_phase i = TRIAL_ARMED; i < TRIAL_PHASES; i++)
                if (strlen(words[i].name) == length && memcmp(words[i].name, name, length) == 0)
                        return i;
        return TRIAL_NONE;
}

/* Takes one line, without its end. False: it is none. */
static bool take_line(const char *line, size_t length, struct trial_phases *phases)
{
        size_t digits = 0, name, rest;
        enum trial_phase phase;

        while (digits < length && line[digits] >= '0' && line[digits] <= '9')
                digits++;
        if (digits == 0 || digits > CLOCK_DIGITS || digits == length || line[digits] != ' ' ||
                memchr(line, '\0', length))
                return false;
        name = digits + 1;
        for (rest = name; rest < length && line[rest] != ' ';)
                rest++;
        phase = find(line + name, rest - name);
        if (phase == TRIAL_NONE)
                return false;
        phases->of[phase].noted = true;
        phases->of[phase].at = strtoll(line, NULL, 10);
        rest += rest < length;
        snprintf(phases->of[phase].text, sizeof(phases->of[phase].text), "%.*s",
                (int)(length - rest), line + rest);
        phases->last = phase;
        return true;
}

void trial_phases_parse(const char *text, size_t length, struct trial_phases *ret_phases)
{
        *ret_phases = (struct trial_phases){ .last = TRIAL_NONE };
        while (length > 0) {
                const char *end = memchr(text, '\n', length);
                size_t taken = end ? (size_t)(end - text) : length;

                if (!end || !take_line(text, taken, ret_phases)) {
                        ret_phases->torn = true;
                        return;
                }
                text += taken + 1;
                length -= taken + 1;
        }
}

void trial_phases_read(const char *folder, struct trial_phases *ret_phases)
{
        _cleanup_free_ char *path = memory_format("%s/phases", folder);
        size_t length = 0;
        _cleanup_free_ char *text = source_read_text(path, FILE_MAX, &length);

        trial_phases_parse(text ? text : "", text ? length : 0, ret_phases);
}

/* What a power cut has left of a line goes: what follows it would be lost with it. */
static bool drop_torn(int fd)
{
        char text[FILE_MAX];
        ssize_t length = pread(fd, text, sizeof(text), 0);
        const char *end = length > 0 ? memrchr(text, '\n', (size_t)length) : NULL;
        off_t keep = end ? end + 1 - text : 0;

        return length >= 0 && (keep == length || ftruncate(fd, keep) == 0);
}

bool trial_phases_note(
        const char *folder, enum trial_phase phase, const char *text, struct failure *ret_error)
{
        _cleanup_free_ char *path = memory_format("%s/phases", folder);
        _cleanup_close_ int fd =
                open(path, O_RDWR | O_CREAT | O_APPEND | O_CLOEXEC | O_NOFOLLOW, 0600);
        _cleanup_close_ int within = open(folder, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
        char line[LINE_MAX_BYTES];
        int length = snprintf(line, sizeof(line), "%lld %s%s%.128s", (long long)time(NULL),
                words[phase].name, text && *text ? " " : "", text ? text : "");

        for (char *at = line; *at; at++)
                if (*at == '\n')
                        *at = ' ';
        line[length++] = '\n';
        if (fd < 0 || within < 0 || !drop_torn(fd) || write(fd, line, (size_t)length) != length ||
                fsync(fd) != 0 || fsync(within) != 0)
                return fail_errno(ret_error, EXIT_FAIL, "cannot write", path);
        return true;
}
