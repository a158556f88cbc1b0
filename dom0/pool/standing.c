#include "dom0/pool/standing.h"

#include <stdio.h>
#include <string.h>
#include <strings.h>

#include "dom0/base/failure.h"
#include "dom0/base/memory.h"
#include "dom0/host/program.h"
#include "dom0/pool/answer.h"
#include "lib/cleanup.h"
#include "lib/clock.h"

#define OUTPUT_MAX ((size_t)1 << 20)

/* All questions together have the host's patience: a xapi that hangs would hang for each. */
struct asking {
        const struct host *host;
        long long end; /* as clock_ms has it */
        struct standing *standing;
};

/* --- what the answers mean --- */

static bool take_guests(const char *text, size_t length, struct standing *standing)
{
        standing->has_guests = answer_uuids(text, length, &standing->guests);
        return standing->has_guests;
}

static bool take_truth(const char *text, size_t length, enum truth *truth)
{
        bool yes;

        if (!answer_truth(text, length, &yes))
                return false;
        *truth = yes ? TRUTH_YES : TRUTH_NO;
        return true;
}

static bool take_ha(const char *text, size_t length, struct standing *standing)
{
        return take_truth(text, length, &standing->ha);
}

static bool take_master(const char *text, size_t length, struct standing *standing)
{
        const char *host = standing->inventory.host;
        char master[UUID_LENGTH + 1];

        if (!answer_uuid(text, length, master))
                return false;
        if (*host)
                standing->master = strcasecmp(master, host) == 0 ? TRUTH_YES : TRUTH_NO;
        return true;
}

static bool take_enabled(const char *text, size_t length, struct standing *standing)
{
        return take_truth(text, length, &standing->enabled);
}

static bool take_hosts(const char *text, size_t length, struct standing *standing)
{
        size_t hosts;

        if (!answer_uuids(text, length, &hosts) || hosts == 0)
                return false;
        standing->alone = hosts == 1 ? TRUTH_YES : TRUTH_NO;
        return true;
}

static bool take_name(const char *text, size_t length, struct standing *standing)
{
        return answer_name(text, length, standing->name, sizeof(standing->name));
}

/*
 * The heaviest first. A word that ends in '=' is about this host: the host's UUID follows it, and
 * who does not know that does not ask. resident-on is of guests that run or are paused here, and of
 * no others.
 */
static const struct question {
        const char *words[5];
        bool (*take)(const char *text, size_t length, struct standing *standing);
} questions[] = {
        { { "pool-list", "params=ha-enabled", "--minimal" }, take_ha },
        { { "vm-list", "resident-on=", "is-control-domain=false", "params=uuid", "--minimal" },
                take_guests },
        { { "pool-list", "params=master", "--minimal" }, take_master },
        { { "host-list", "uuid=", "params=enabled", "--minimal" }, take_enabled },
        { { "host-list", "params=uuid", "--minimal" }, take_hosts },
        { { "host-list", "uuid=", "params=name-label", "--minimal" }, take_name },
};

/* --- asking --- */

/* The first reason is the one that counts. */
static void note(struct standing *standing, const char *why)
{
        if (!*standing->why)
                snprintf(standing->why, sizeof(standing->why), "%.290s", why);
}

/* The same words whichever question it was that took all the time: they may be compared. */
static void note_late(const struct asking *asking)
{
        char why[64];

        snprintf(why, sizeof(why), "xe has not answered within %u s", asking->host->patience);
        note(asking->standing, why);
}

static bool is_about_host(const struct question *question)
{
        return question->words[1][strlen(question->words[1]) - 1] == '=';
}

static void ask(const struct asking *asking, const struct question *question, unsigned left)
{
        struct standing *standing = asking->standing;
        const char *const *words = question->words;
        _cleanup_free_ char *second = memory_format(
                "%s%s", words[1], is_about_host(question) ? standing->inventory.host : "");
        const char *const argv[] = { "xe", words[0], second, words[2], words[3], words[4], NULL };
        _cleanup_free_ char *output = NULL;
        struct failure failure;
        size_t length;

        if (!program_run_for(asking->host, left, argv, OUTPUT_MAX, &output, &length, &failure)) {
                if (clock_ms() >= asking->end)
                        note_late(asking);
                note(standing, failure.text);
        } else if (!question->take(output, length, standing)) {
                fail(&failure, EXIT_FAIL, "xe %s has not answered in its form", words[0]);
                note(standing, failure.text);
        }
}

static void ask_xe(const struct asking *asking)
{
        struct standing *standing = asking->standing;
        bool knows_itself = *standing->inventory.host != '\0';

        if (!knows_itself)
                note(standing, "/etc/xensource-inventory names no INSTALLATION_UUID");
        for (size_t i = 0; i < sizeof(questions) / sizeof(questions[0]); i++) {
                long long left = asking->end - clock_ms();

                if (left <= 0)
                        note_late(asking);
                else if (knows_itself || !is_about_host(&questions[i]))
                        ask(asking, &questions[i], (unsigned)((left + 999) / 1000));
        }
}

static void ask_xl(const struct host *host, struct standing *standing)
{
        static const char *const argv[] = { "xl", "list", NULL };
        _cleanup_free_ char *output = NULL;
        struct failure ignored;
        size_t length;

        if (program_run_for(host, host->patience, argv, OUTPUT_MAX, &output, &length, &ignored))
                standing->has_guests = answer_domains(output, length, &standing->guests);
        standing->by_xl = standing->has_guests;
}

void standing_ask(const struct host *host, struct standing *ret_standing)
{
        struct standing standing = { .guests = 0 };
        const struct asking asking = { host, clock_ms() + host->patience * 1000ll, &standing };

        inventory_read(host, &standing.inventory);
        if (standing.inventory.is_there)
                ask_xe(&asking);
        if (!standing.has_guests)
                ask_xl(host, &standing);
        *ret_standing = standing;
}
