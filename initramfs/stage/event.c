#include "initramfs/stage/event.h"

#include <stdlib.h>
#include <string.h>
#include <x86intrin.h>

#include "lib/clock.h"

/* Appends a JSON object; takes it over. */
static enum region_error append_json(
        struct stage *stage, enum region_type type, const char *name, json_t *object)
{
        char *text = json_dumps(object, JSON_COMPACT | JSON_REAL_PRECISION(12));
        enum region_error error = REGION_FULL;

        if (text && stage->region)
                error = region_append(&stage->writer, type, name, strlen(name), text, strlen(text));
        free(text);
        json_decref(object);
        return error;
}

void event_add(struct stage *stage, const char *name, json_t *detail)
{
        json_t *event = json_pack("{s:s, s:I, s:f}", "event", name, "tsc", (json_int_t)__rdtsc(),
                "monotonic_s", clock_seconds());
        enum region_error error;

        if (detail)
                json_object_update(event, detail);
        json_decref(detail);
        error = append_json(stage, REGION_EVENT, name, event);
        if (stage->region && error != REGION_OK)
                stage_say("%s could not be recorded: %s", name, region_strerror(error));
}

void event_file(struct stage *stage, const char *name, const char *text, size_t length)
{
        uint64_t room, keep, overhead = region_record_bytes(strlen(name), 0);

        if (!stage->region)
                return;
        room = region_writer_free(&stage->writer);
        keep = stage->writer.keep_free + overhead;
        if (room <= keep)
                return;
        if (length > room - keep)
                length = room - keep;
        region_append(&stage->writer, REGION_FILE, name, strlen(name), text, length);
}

/* How the runner ended, as {"exit_code"} or {"signal"}; null when it was never started. */
static json_t *runner_object(const struct stage *stage)
{
        if (!stage->ran)
                return json_null();
        if (stage->runner.exited)
                return json_pack("{s:i}", "exit_code", stage->runner.exit_code);
        return json_pack("{s:i}", "signal", stage->runner.signal);
}

bool event_run(struct stage *stage)
{
        json_t *run = json_pack("{s:s, s:o}", "sealed_by", "init", "runner", runner_object(stage));

        if (stage->problem[0] != '\0')
                json_object_set_new(run, "reason", json_string(stage->problem));
        return append_json(stage, REGION_RUN, "run", run) == REGION_OK;
}
