#include "initramfs/driver/fabric.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <sys/sysmacros.h>
#include <unistd.h>

#include "initramfs/driver/nvidia.h"
#include "initramfs/driver/switches.h"
#include "initramfs/stage/child.h"
#include "initramfs/stage/event.h"
#include "initramfs/stage/file.h"
#include "lib/clock.h"

#define FOLDER   "/usr/share/nvidia/nvswitch"
#define RUN      "/run/nvidia-fabricmanager"
#define LOG_NAME "stage/fabricmanager.log"
#define LOG_KEEP ((size_t)256 << 10) /* of its log: the end of it */

const struct fabric_places fabric_places = {
        .devices = "/sys/bus/pci/devices",
        .characters = "/proc/devices",
        .nodes = "/dev",
        .program = "/usr/bin/nv-fabricmanager",
        .config = FOLDER "/fabricmanager.cfg",
        .version = FOLDER "/version",
        .run = RUN,
        .log = RUN "/log",
        .limit_s = FABRIC_LIMIT,
};

/* What one attempt to start it is made of. */
struct attempt {
        struct stage *stage;
        const struct fabric_places *places;
        struct fabric *fabric;
        size_t switches;
        double began;
        char version[FABRIC_VERSION];
        char words[STAGE_TEXT]; /* ": " and the last line that it said */
};

enum fabric_state fabric_cause(struct slice words)
{
        static const char mark[] = "match with driver version"; /* "… don't match with …" */

        return words.length > 0 && memmem(words.data, words.length, mark, sizeof(mark) - 1)
                       ? FABRIC_MISMATCH
                       : FABRIC_FAILED;
}

/* --- before it --- */

static struct slice first_line(struct slice text)
{
        const char *end = memchr(text.data, '\n', text.length);

        return (struct slice){ text.data, end ? (size_t)(end - text.data) : text.length };
}

static void read_version(struct attempt *attempt)
{
        _cleanup_slice_ struct slice text = { 0 };

        if (file_read(attempt->places->version, &text))
                snprintf(attempt->version, sizeof(attempt->version), SLICE_FORMAT,
                        SLICE_PRINT(first_line(text)));
}

/* One for each; the driver counts from 0. It makes them itself where it finds none, as root can. */
static void make_nodes(const struct attempt *attempt)
{
        _cleanup_slice_ struct slice devices = { 0 };
        unsigned int major;

        if (!file_read(attempt->places->characters, &devices) ||
                !nvidia_major(devices, "nvidia-nvswitch", &major))
                return;
        for (unsigned int i = 0; i < attempt->switches; i++) {
                char path[128];

                snprintf(path, sizeof(path), "%.64s/nvidia-nvswitch%u", attempt->places->nodes, i);
                if (mknod(path, S_IFCHR | 0666, makedev(major, i)) == 0)
                        chmod(path, 0666);
        }
}

/* --- what is told of it --- */

static void record_log(struct stage *stage, const struct fabric_places *places)
{
        void *bytes;
        size_t size, from;

        if (!file_map(places->log, &bytes, &size))
                return;
        from = size > LOG_KEEP ? size - LOG_KEEP : 0;
        event_file(stage, LOG_NAME, (const char *)bytes + from, size - from);
        munmap(bytes, size);
}

static void record(const struct attempt *attempt)
{
        json_t *detail = json_pack("{s:s, s:I, s:f}", "state", fabric_word(attempt->fabric->state),
                "switches", (json_int_t)attempt->switches, "seconds",
                clock_seconds() - attempt->began);

        if (attempt->version[0] != '\0')
                json_object_set_new(detail, "version", json_string(attempt->version));
        if (attempt->fabric->state != FABRIC_RUNNING)
                json_object_set_new(detail, "error", json_string(attempt->stage->error));
        event_add(attempt->stage, "driver.fabric", detail);
}

static bool fail(struct attempt *attempt, enum fabric_state state)
{
        attempt->fabric->state = state;
        record(attempt);
        return false;
}

/* The last line that is not empty. */
static void keep_words(struct attempt *attempt, struct slice said)
{
        size_t end = said.length, start;

        while (end > 0 && strchr(" \r\n", said.data[end - 1]))
                end--;
        for (start = end; start > 0 && said.data[start - 1] != '\n';)
                start--;
        if (end > start)
                snprintf(attempt->words, sizeof(attempt->words), ": %.*s", (int)(end - start),
                        said.data + start);
}

/* Of what it said, and where it said nothing, of what it wrote. */
static enum fabric_state find_cause(struct attempt *attempt, struct slice said)
{
        enum fabric_state cause = fabric_cause(said);
        void *bytes;
        size_t size;

        keep_words(attempt, said);
        if (cause == FABRIC_MISMATCH || !file_map(attempt->places->log, &bytes, &size))
                return cause;
        cause = fabric_cause((struct slice){ bytes, size });
        if (attempt->words[0] == '\0')
                keep_words(attempt, (struct slice){ bytes, size });
        munmap(bytes, size);
        return cause;
}

/* --- it --- */

static bool tell_end(struct attempt *attempt, const struct outcome *outcome)
{
        struct stage *stage = attempt->stage;

        if (outcome->deadline)
                stage_fail(stage, "Fabric Manager was not ready within %u s, and was ended",
                        attempt->places->limit_s);
        else if (outcome->exited)
                stage_fail(stage, "Fabric Manager ended with exit code %d%s", outcome->exit_code,
                        attempt->words);
        else
                stage_fail(stage, "Fabric Manager was killed by signal %d%s", outcome->signal,
                        attempt->words);
        return false;
}

static bool is_ready(struct attempt *attempt, const struct outcome *outcome)
{
        size_t left;

        if (outcome->deadline || !outcome->exited || outcome->exit_code != 0) {
                child_end_program(attempt->places->program, &left);
                return tell_end(attempt, outcome);
        }
        if (child_runs_program(attempt->places->program))
                return true;
        return stage_fail(
                attempt->stage, "Fabric Manager left no process behind%s", attempt->words);
}

/* The words of its first process alone are known: what it writes later goes into its log. */
static bool run(struct attempt *attempt)
{
        char *argv[] = { (char *)attempt->places->program, "-c", (char *)attempt->places->config,
                NULL };
        struct capture capture = { 0 };
        struct outcome outcome;
        enum fabric_state state;
        bool ready;

        if (!child_start_daemon(argv, attempt->places->limit_s, &outcome, &capture)) {
                attempt->fabric->stuck = errno == ETIMEDOUT;
                stage_fail(attempt->stage, "Fabric Manager: %s",
                        attempt->fabric->stuck ? "it can be neither waited for nor killed"
                                               : strerror(errno));
                return fail(attempt, attempt->fabric->stuck ? FABRIC_LATE : FABRIC_FAILED);
        }
        state = find_cause(attempt, (struct slice){ capture.text, capture.length });
        free(capture.text);
        ready = is_ready(attempt, &outcome);
        if (!ready) {
                record_log(attempt->stage, attempt->places);
                return fail(attempt, outcome.deadline ? FABRIC_LATE : state);
        }
        attempt->fabric->state = FABRIC_RUNNING;
        record(attempt);
        return true;
}

bool fabric_start(
        struct stage *stage, const struct fabric_places *places, struct fabric *ret_fabric)
{
        struct attempt attempt = { .stage = stage,
                .places = places,
                .fabric = ret_fabric,
                .switches = switches_count(places->devices),
                .began = clock_seconds() };

        *ret_fabric = (struct fabric){ 0 };
        if (attempt.switches == 0)
                return true;
        if (access(places->program, X_OK) != 0) {
                stage_fail(stage,
                        "NVSwitches (%zu) join the GPUs, and the image has no Fabric Manager, "
                        "without "
                        "which CUDA does not start there: give it to make image as FABRIC=",
                        attempt.switches);
                return fail(&attempt, FABRIC_NONE);
        }
        read_version(&attempt);
        make_nodes(&attempt);
        mkdir(places->run, 0755);
        return run(&attempt);
}

void fabric_end(const struct fabric_places *places, struct fabric *fabric)
{
        size_t count;

        if (fabric->state != FABRIC_RUNNING)
                return;
        if (!child_end_program(places->program, &count))
                fabric->trouble = "it cannot be ended";
        else if (count == 0)
                fabric->trouble = "it had ended before the jobs did";
        fabric->state = FABRIC_UNTOLD;
        fabric->ended = true;
}

void fabric_tell(struct stage *stage, const struct fabric_places *places, struct fabric *fabric)
{
        if (!fabric->ended)
                return;
        fabric->ended = false;
        event_add(stage, "driver.fabric_left",
                fabric->trouble ? json_pack("{s:s}", "error", fabric->trouble) : NULL);
        record_log(stage, places);
}
