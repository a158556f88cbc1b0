#include "dom0/pool/advice.h"

#include <stdarg.h>
#include <string.h>

/* Adds to `out` what printf makes of it; what has no room is cut. */
__attribute__((format(printf, 3, 4))) static void add(
        char *out, size_t size, const char *format, ...)
{
        size_t used = strlen(out);
        va_list arguments;

        va_start(arguments, format);
        vsnprintf(out + used, size - used, format, arguments);
        va_end(arguments);
}

struct advice_commands advice_commands(const struct standing *standing)
{
        static const struct {
                const char *command;
                bool takes_guests; /* it is for a host that does */
        } steps[ADVICE_COMMANDS] = { { "host-disable", true }, { "host-evacuate", false },
                { "host-reboot", false } };
        struct advice_commands commands = { .count = 0 };

        if (!standing->inventory.is_there)
                return commands;
        for (size_t i = 0; i < ADVICE_COMMANDS; i++)
                if (!steps[i].takes_guests || standing->enabled != TRUTH_NO)
                        snprintf(commands.line[commands.count++], sizeof(commands.line[0]),
                                "xe %s host=%s", steps[i].command,
                                inventory_name(&standing->inventory));
        return commands;
}

/* The commands before the last, which restarts it. */
static void add_way_out(const struct standing *standing, struct advice *advice)
{
        struct advice_commands commands = advice_commands(standing);

        for (size_t i = 0; i + 1 < commands.count; i++)
                add(advice->next, sizeof(advice->next), "%s%s", i > 0 ? ", " : "",
                        commands.line[i]);
}

static bool tell_guests(const struct standing *standing, unsigned deadline, struct advice *advice)
{
        size_t guests = standing->guests;

        (void)deadline;
        if (!standing->has_guests || guests == 0)
                return false;
        *advice = (struct advice){ .warning = true, .id = "guests" };
        add(advice->text, sizeof(advice->text), "%zu guest%s running here, and the reboot ends %s",
                guests, guests == 1 ? " is" : "s are", guests == 1 ? "it" : "them");
        add_way_out(standing, advice);
        return true;
}

static bool tell_ha(const struct standing *standing, unsigned deadline, struct advice *advice)
{
        (void)deadline;
        if (standing->ha != TRUTH_YES)
                return false;
        *advice = (struct advice){ .warning = true,
                .id = "ha",
                .text = "high availability (HA) is on in this pool, and nothing tells it of a bare "
                        "reboot: it may take this host for dead, fence it and start its guests "
                        "anew elsewhere. xe host-reboot tells it. Without --yes arm refuses" };
        add(advice->next, sizeof(advice->next), "xe host-reboot host=%s",
                inventory_name(&standing->inventory));
        return true;
}

static bool tell_master(const struct standing *standing, unsigned deadline, struct advice *advice)
{
        bool alone = standing->alone == TRUTH_YES, minutes = deadline % 60 == 0;

        if (standing->master != TRUTH_YES)
                return false;
        *advice = (struct advice){ .warning = !alone, .id = "master" };
        add(advice->text, sizeof(advice->text),
                "this host is the master of its pool%s: nobody manages the pool while it is away, "
                "which takes the stage's time (at most %u %s, deadline= in forestage.conf) and "
                "that of the boot%s",
                alone ? ", in which it is alone" : "", minutes ? deadline / 60 : deadline,
                minutes ? "min" : "s",
                standing->ha == TRUTH_YES ? "; HA may make another host the master" : "");
        if (!alone && standing->ha != TRUTH_YES)
                add(advice->next, sizeof(advice->next),
                        "xe pool-designate-new-master host-uuid=ANOTHER gives the pool to another "
                        "host first");
        return true;
}

static bool tell_unknown(const struct standing *standing, unsigned deadline, struct advice *advice)
{
        const struct {
                bool unknown;
                const char *what;
        } things[] = { { standing->ha == TRUTH_UNKNOWN, "whether HA is on in its pool" },
                { standing->master == TRUTH_UNKNOWN, "whether it is the pool's master" },
                { standing->enabled == TRUTH_UNKNOWN, "whether it takes guests" },
                { !standing->has_guests, "whether guests run on it" } };
        size_t unknown = 0;

        (void)deadline;
        if (!standing->inventory.is_there)
                return false;
        *advice = (struct advice){ .warning = true, .id = "xe" };
        add(advice->text, sizeof(advice->text),
                "xe has not told all of this host (%s). Not known:", standing->why);
        for (size_t i = 0; i < sizeof(things) / sizeof(things[0]); i++)
                if (things[i].unknown)
                        add(advice->text, sizeof(advice->text), "%s %s", unknown++ > 0 ? "," : "",
                                things[i].what);
        if (standing->by_xl)
                add(advice->text, sizeof(advice->text), "; its guests were counted with xl list");
        add(advice->next, sizeof(advice->next),
                "ask again when xapi answers: xe-toolstack-restart starts it anew");
        return unknown > 0;
}

size_t advice_make(
        const struct standing *standing, unsigned deadline, struct advice ret_advice[ADVICE_MAX])
{
        static bool (*const tellers[ADVICE_MAX])(const struct standing *, unsigned,
                struct advice *) = { tell_guests, tell_ha, tell_master, tell_unknown };
        size_t count = 0;

        for (size_t i = 0; i < ADVICE_MAX; i++)
                count += tellers[i](standing, deadline, &ret_advice[count]);
        return count;
}

void advice_describe(const struct standing *standing, char *out, size_t size)
{
        static const char *const places[] = { [TRUTH_UNKNOWN] = "",
                [TRUTH_NO] = "; not the master of its pool",
                [TRUTH_YES] = "; the master of its pool" };
        static const char *const states[] = {
                [TRUTH_UNKNOWN] = "", [TRUTH_NO] = ", disabled", [TRUTH_YES] = ", enabled"
        };
        static const char *const ha[] = {
                [TRUTH_UNKNOWN] = "", [TRUTH_NO] = "; HA is off", [TRUTH_YES] = "; HA is on"
        };
        const char *host = standing->inventory.host;

        *out = '\0';
        if (*standing->name)
                add(out, size, "\"%s\" (%s)", standing->name, *host ? host : "UUID not known");
        else
                add(out, size, "%s", *host ? host : "UUID not known");
        add(out, size, "%s%s%s", states[standing->enabled], places[standing->master],
                ha[standing->ha]);
}
