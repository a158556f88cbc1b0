#include "dom0/state/survey.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "dom0/host/firmware.h"
#include "dom0/host/source.h"
#include "dom0/state/changes.h"
#include "dom0/state/drift.h"
#include "dom0/state/order.h"
#include "dom0/state/readiness.h"
#include "efi/parse/keyvalue.h"
#include "efi/parse/repeat.h"
#include "lib/cleanup.h"
#include "lib/uuid.h"

/* Whether the run's folder is there; only root may look. */
static bool is_collected(const struct host *host, const char *run, bool *denied)
{
        char *path = NULL;
        bool there;

        if (!*run || asprintf(&path, "%s/%s/run.json", host->runs, run) < 0)
                return false;
        there = access(path, F_OK) == 0;
        if (!there && (errno == EACCES || errno == EPERM))
                *denied = true;
        free(path);
        return there;
}

static void look_at_boot(const struct host *host, struct survey *survey)
{
        struct state_facts *facts = &survey->facts;

        if (!source_bootline(host, &survey->line, &survey->failure)) {
                survey->has_failure = survey->failure.code != EXIT_NO_RUN;
                return;
        }
        facts->has_boot = true;
        uuid_format(survey->line.run_id, facts->boot);
        facts->boot_collected = is_collected(host, facts->boot, &survey->denied);
}

/* Whether the journal of install notes anything. The ESP that it names is taken where the choice is
 * open. */
static bool ask_journal(const struct host *host, struct survey *survey)
{
        _cleanup_(changes_close) struct changes changes = { 0 };
        _cleanup_free_ char *point = NULL;
        struct failure ignored;

        if (!changes_open(host, &changes, &ignored))
                return false;
        point = changes_esp(&changes);
        survey->has_esp = point && esp_find(host, point, &survey->esp, &ignored);
        return !changes_empty(&changes);
}

static void look_at_esp(const struct host *host, struct survey *survey)
{
        struct state_facts *facts = &survey->facts;
        bool noted = false;
        struct order order;
        char *path;

        survey->has_esp = esp_find(host, NULL, &survey->esp, &survey->esp_failure);
        if (!survey->has_esp)
                noted = ask_journal(host, survey);
        if (!survey->has_esp) {
                facts->esp_is_missing = noted;
                return;
        }
        path = esp_file(&survey->esp, "forestage.efi");
        facts->installed = access(path, F_OK) == 0;
        free(path);
        if (order_read(&survey->esp, &order) != ORDER_LIVE)
                return;
        facts->has_order = true;
        facts->order_repeats = order.every_boot;
        memcpy(facts->order, order.run_text, sizeof(facts->order));
}

/* "UUID WORD", as the stage writes its phase. */
static void split_phase(const char *value, struct state_facts *facts)
{
        if (strlen(value) <= UUID_LENGTH + 1 || value[UUID_LENGTH] != ' ')
                return;
        snprintf(facts->phase_run, sizeof(facts->phase_run), "%.*s", (int)UUID_LENGTH, value);
        snprintf(facts->phase, sizeof(facts->phase), "%.32s", value + UUID_LENGTH + 1);
}

/* Of runs and strikes, as forestage.efi has stored it. */
static bool read_count(const struct host *host, struct repeat *ret_repeat)
{
        char value[128];

        return firmware_own_variable(host, "ForestageRepeat", value, sizeof(value)) &&
               repeat_parse(slice_of(value), ret_repeat);
}

static void look_at_firmware(const struct host *host, struct survey *survey)
{
        struct state_facts *facts = &survey->facts;
        struct repeat repeat;
        char value[128];
        uint8_t id[16];

        facts->has_variables =
                firmware_own_variable(host, "ForestageLastRun", value, sizeof(value));
        if (!facts->has_variables)
                return;
        if (uuid_parse(value, strlen(value), id))
                uuid_format(id, facts->last_run);
        facts->last_collected = is_collected(host, facts->last_run, &survey->denied);
        firmware_own_variable(host, "ForestagePhase", value, sizeof(value));
        split_phase(value, facts);
        if (read_count(host, &repeat))
                survey->strikes = repeat.strikes;
}

/* The run that dom0 has confirmed last. */
static bool read_handoff(const struct esp *esp, uint8_t ret_run[16])
{
        _cleanup_free_ char *path = esp_file(esp, "handoff");
        size_t length;
        _cleanup_free_ char *text = source_read_text(path, KEYVALUE_MAX_BYTES + 1, &length);
        struct text ignored;
        char buffer[128];

        text_init(&ignored, buffer, sizeof(buffer));
        return text && repeat_parse_handoff((struct slice){ text, length }, ret_run, &ignored);
}

/* By the same count as forestage.efi: a run that was confirmed since is no strike. */
static bool has_struck_out(const struct host *host, const struct survey *survey)
{
        uint8_t order[16], run[16];
        struct repeat stored;

        return survey->has_esp && read_count(host, &stored) &&
               uuid_parse(survey->armed.order, strlen(survey->armed.order), order) &&
               repeat_before(order, &stored, read_handoff(&survey->esp, run) ? run : NULL)
                               .strikes >= REPEAT_STRIKES;
}

static void look_at_armed(const struct host *host, struct survey *survey)
{
        struct state_facts *facts = &survey->facts;

        facts->has_armed = armed_load(host, &survey->armed);
        if (!facts->has_armed)
                return;
        memcpy(facts->armed, survey->armed.order, sizeof(facts->armed));
        facts->armed_repeats = survey->armed.every_boot;
        facts->armed_collected = is_collected(host, facts->armed, &survey->denied);
        survey->struck_out = facts->armed_repeats && has_struck_out(host, survey);
        if (!*survey->armed.collected)
                return;
        /* Also of one whose folder is elsewhere, or was removed since. */
        if (strcmp(survey->armed.collected, facts->armed) == 0)
                facts->armed_collected = true;
        if (strcmp(survey->armed.collected, facts->last_run) == 0)
                facts->last_collected = true;
}

/* `known`: what it was made of was noted. */
static void check_armed_run(const struct readiness *ready, bool known, struct survey *survey)
{
        struct failure failure;
        char conf[sizeof(survey->not_ready) - sizeof("; arm again")];

        if (!readiness_check(ready, &failure))
                snprintf(survey->not_ready, sizeof(survey->not_ready), "%s", failure.text);
        else if (known && !survey->armed.every_boot &&
                 drift_of_conf(&survey->armed, &ready->esp, conf, sizeof(conf)))
                snprintf(survey->not_ready, sizeof(survey->not_ready), "%s; arm again", conf);
        if (known && survey->armed.every_boot)
                drift_of_all(&survey->armed, ready, survey->stale, sizeof(survey->stale));
        else if (known)
                drift_of_next(&survey->armed, &ready->boot, survey->stale, sizeof(survey->stale));
}

struct followup_facts survey_followup(const struct survey *survey)
{
        const struct state_facts *facts = &survey->facts;
        bool repeats = facts->has_armed && survey->armed.every_boot;
        bool dead = survey->struck_out && !facts->has_order;

        return (struct followup_facts){
                .has_order = facts->has_order && facts->order_repeats,
                .known = repeats && (!facts->has_order || strcmp(facts->armed, facts->order) == 0),
                .withdrawn = repeats && survey->armed.withdrawn && !dead,
                .updates = survey->armed.updates,
        };
}

/* An order for every boot is held against what this host boots next, others against what runs. */
static bool find_ready(const struct host *host, const struct survey *survey, bool known,
        struct readiness *ret_ready, struct failure *error)
{
        const struct armed *armed = &survey->armed;
        const char *entry = known ? armed_entry(armed) : NULL;

        if (known && armed->every_boot)
                return readiness_follow(
                        host, survey->esp.point, entry, armed_title(armed), ret_ready, error);
        return readiness_find(host, survey->esp.point, entry, ret_ready, error);
}

void survey_readiness(const struct host *host, struct survey *survey)
{
        bool armed = survey->state.kind == STATE_ARMED;
        struct readiness ready;
        struct failure failure;
        bool known =
                survey->facts.has_armed && strcmp(survey->facts.armed, survey->facts.order) == 0;

        if (!armed && !survey->facts.installed)
                return;
        if (!find_ready(host, survey, known, &ready, &failure)) {
                survey->unseen = armed && known && survey->armed.every_boot;
                if (armed)
                        snprintf(survey->not_ready, sizeof(survey->not_ready), "%s", failure.text);
                return;
        }
        if (armed)
                check_armed_run(&ready, known, survey);
        else if (!readiness_check_way(&ready, &failure))
                snprintf(survey->no_way, sizeof(survey->no_way), "%s", failure.text);
        readiness_free(&ready);
}

void survey_make(const struct host *host, struct survey *ret_survey)
{
        *ret_survey = (struct survey){ .has_esp = false };
        look_at_boot(host, ret_survey);
        look_at_esp(host, ret_survey);
        look_at_firmware(host, ret_survey);
        look_at_armed(host, ret_survey);
        ret_survey->state = state_decide(&ret_survey->facts);
}

void survey_free(struct survey *survey)
{
        if (survey->facts.has_armed)
                armed_free(&survey->armed);
        if (survey->has_esp)
                esp_free(&survey->esp);
}
