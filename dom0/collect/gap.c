#include "dom0/collect/gap.h"

#include "dom0/base/json.h"
#include "lib/uuid.h"

static json_t *make_gap(const char *verdict, const char *run, const char *phase)
{
        json_t *document = json_object();

        set_value(document, "verdict", json_string(verdict));
        set_text(document, "run_id", run);
        set_text(document, "phase", phase);
        return document;
}

json_t *gap_of_boot(const struct survey *survey)
{
        const struct state *state = &survey->state;
        const struct {
                bool applies;
                const char *verdict, *run, *phase;
        } rows[] = {
                { survey->has_failure, "unreadable", "", "" },
                { *state->lost, "lost", state->lost, state->phase },
                { state->never_started, "never-started", survey->facts.armed, "" },
        };

        for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++)
                if (rows[i].applies)
                        return make_gap(rows[i].verdict, rows[i].run, rows[i].phase);
        return NULL;
}

json_t *gap_of_region(const struct bootline *booted)
{
        char run[UUID_LENGTH + 1] = "";

        if (booted && booted->has_run)
                uuid_format(booted->run_id, run);
        return make_gap("unreadable", run, "");
}
