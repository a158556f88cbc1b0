#include "dom0/fleet/fleetdata.h"

#include <math.h>
#include <string.h>

#include "dom0/base/json.h"
#include "dom0/figures/cell.h"
#include "dom0/figures/numbers.h"
#include "lib/cleanup.h"

static const char *const kinds[] = { "others", "earlier", "version" };

const char *fleetdata_host(const struct fleet *fleet, const struct fleet_sample *sample)
{
        return sample ? lexicon_text(&fleet->words, fleet->runs[sample->run].host) : "";
}

static const char *version_text(const struct fleet *fleet, uint32_t value)
{
        return value == LEXICON_NONE ? "not said" : lexicon_text(&fleet->words, value);
}

static void explain_version(const struct fleet *fleet, const struct apart *apart,
        const struct apart_finding *finding, char *out, size_t size)
{
        const struct fleet_gpu *gpu = &fleet->gpus[finding->gpu];
        const struct versions_row *usual =
                versions_usual(&apart->versions, gpu->model, (enum fleet_version)finding->name);

        snprintf(out, size, "%s %s, where %s is usual (%zu of %zu)",
                fleet_version_names[finding->name],
                version_text(fleet, fleet_latest(fleet, gpu)->versions[finding->name]),
                version_text(fleet, usual ? usual->value : LEXICON_NONE), usual ? usual->gpus : 0,
                usual ? usual->of : 0);
}

void fleetdata_explain(const struct fleet *fleet, const struct apart *apart,
        const struct apart_finding *finding, char *out, size_t size)
{
        const char *name = lexicon_text(&fleet->names, finding->name);
        char value[64], usual[64], share[32] = "";

        if (finding->kind == APART_VERSION) {
                explain_version(fleet, apart, finding, out, size);
                return;
        }
        numbers_format(name, finding->value, value, sizeof(value));
        numbers_format(name, finding->usual, usual, sizeof(usual));
        if (finding->usual != 0)
                snprintf(share, sizeof(share), " (%+.1f %%)",
                        (finding->value / finding->usual - 1) * 100);
        snprintf(out, size, "%s %s, where %s %s%s", name, value, usual,
                finding->kind == APART_EARLIER ? "was usual in its own earlier runs" : "is usual",
                share);
}

/* --- JSON --- */

static json_t *describe_gpu(const struct fleet *fleet, uint32_t number)
{
        const struct fleet_gpu *gpu = &fleet->gpus[number];
        const struct fleet_sample *latest = fleet_latest(fleet, gpu);
        const struct fleet_run *run = &fleet->runs[latest->run];
        json_t *object = json_object();

        set_text(object, "host", fleetdata_host(fleet, latest));
        set_text(object, "uuid", gpu->none ? NULL : lexicon_text(&fleet->words, gpu->uuid));
        set_text(object, "model", gpu->none ? NULL : lexicon_text(&fleet->words, gpu->model));
        set_value(
                object, "device", latest->device < 0 ? json_null() : json_integer(latest->device));
        set_text(object, "status", fleet_status_names[latest->status]);
        set_text(object, "reason", latest->reason);
        set_value(object, "runs", json_integer((json_int_t)gpu->samples));
        set_text(object, "run_id", run->id);
        set_text(object, "time", run->time);
        for (size_t i = 0; i < FLEET_VERSIONS; i++)
                set_text(object, fleet_version_names[i],
                        lexicon_text(&fleet->words, latest->versions[i]));
        return object;
}

static json_t *number_or_null(double value)
{
        return isfinite(value) ? json_real(value) : json_null();
}

static json_t *describe_finding(
        const struct fleet *fleet, const struct apart *apart, const struct apart_finding *finding)
{
        bool is_version = finding->kind == APART_VERSION;
        json_t *object = describe_gpu(fleet, finding->gpu);
        char text[512];

        fleetdata_explain(fleet, apart, finding, text, sizeof(text));
        set_text(object, "from", kinds[finding->kind]);
        set_text(object, "figure",
                is_version ? fleet_version_names[finding->name]
                           : lexicon_text(&fleet->names, finding->name));
        set_value(object, "value", is_version ? json_null() : number_or_null(finding->value));
        set_value(object, "usual", is_version ? json_null() : number_or_null(finding->usual));
        set_value(object, "distance", number_or_null(finding->distance));
        set_value(object, "further", json_integer((json_int_t)finding->others));
        set_text(object, "text", text);
        return object;
}

static json_t *describe_group(const struct fleet *fleet, const struct apart_group *group)
{
        json_t *object = json_object();

        set_text(object, "model", lexicon_text(&fleet->words, group->model));
        set_text(object, "figure", lexicon_text(&fleet->names, group->name));
        set_value(object, "gpus", json_integer((json_int_t)group->count));
        set_value(object, "low", json_real(group->robust.low));
        set_value(object, "median", json_real(group->robust.median));
        set_value(object, "high", json_real(group->robust.high));
        set_value(object, "spread", number_or_null(group->robust.spread));
        set_value(object, "apart", json_integer((json_int_t)group->far));
        return object;
}

static json_t *describe_versions(const struct fleet *fleet, const struct versions *versions)
{
        json_t *list = json_array();

        for (size_t i = 0; i < versions->count; i++) {
                json_t *object = json_object();

                set_text(object, "model", lexicon_text(&fleet->words, versions->rows[i].model));
                set_text(object, "of", fleet_version_names[versions->rows[i].version]);
                set_text(object, "version", lexicon_text(&fleet->words, versions->rows[i].value));
                set_value(object, "gpus", json_integer((json_int_t)versions->rows[i].gpus));
                json_array_append_new(list, object);
        }
        return list;
}

static json_t *describe_skipped(const struct fleet *fleet)
{
        json_t *list = json_array();

        for (size_t i = 0; i < fleet->skipped_count; i++) {
                json_t *object = json_object();

                set_text(object, "path", fleet->skipped[i].path);
                set_text(object, "reason", fleet->skipped[i].why);
                json_array_append_new(list, object);
        }
        return list;
}

static json_t *count_statuses(const struct fleet *fleet)
{
        json_t *counts = json_object();

        for (size_t i = 0; i < FLEET_STATUSES; i++)
                set_value(counts, fleet_status_names[i],
                        json_integer((json_int_t)fleet_count(
                                fleet, LEXICON_NONE, (enum fleet_status)i)));
        return counts;
}

json_t *fleetdata_make(const struct fleet *fleet, const struct apart *apart)
{
        json_t *object = json_object(), *gpus = json_array(), *findings = json_array(),
               *figures = json_array();

        for (size_t i = 0; i < fleet->gpus_count; i++)
                if (fleet->gpus[fleet->order[i]].samples > 0)
                        json_array_append_new(gpus, describe_gpu(fleet, fleet->order[i]));
        for (size_t i = 0; i < apart->count; i++)
                json_array_append_new(
                        findings, describe_finding(fleet, apart, &apart->findings[i]));
        for (size_t i = 0; i < apart->figures.groups_count; i++)
                json_array_append_new(figures, describe_group(fleet, &apart->figures.groups[i]));
        set_text(object, "schema", "forestage-fleet/1");
        set_value(object, "runs", json_integer((json_int_t)fleet->runs_count));
        set_value(object, "counts", count_statuses(fleet));
        set_value(object, "unjudged", json_integer((json_int_t)apart->unjudged));
        set_value(object, "left_out", json_integer((json_int_t)fleet->left_out));
        set_value(object, "apart", findings);
        set_value(object, "figures", figures);
        set_value(object, "versions", describe_versions(fleet, &apart->versions));
        set_value(object, "skipped", describe_skipped(fleet));
        set_value(object, "gpus", gpus);
        return object;
}

/* --- CSV --- */

static void put_cell(FILE *to, const char *text)
{
        if (*text)
                cell_text(to, text, strlen(text));
        putc(',', to);
}

static void put_line(
        FILE *to, const struct fleet *fleet, const struct apart *apart, uint32_t number)
{
        const struct apart_finding *finding = apart_of(apart, number);
        const struct fleet_gpu *gpu = &fleet->gpus[number];
        const struct fleet_sample *latest = fleet_latest(fleet, gpu);
        char text[512] = "";

        if (finding)
                fleetdata_explain(fleet, apart, finding, text, sizeof(text));
        put_cell(to, fleetdata_host(fleet, latest));
        put_cell(to, gpu->none ? "" : lexicon_text(&fleet->words, gpu->uuid));
        put_cell(to, gpu->none ? "" : lexicon_text(&fleet->words, gpu->model));
        put_cell(to, fleet_status_names[latest->status]);
        put_cell(to, latest->reason ? latest->reason : "");
        fprintf(to, "%zu,", gpu->samples);
        put_cell(to, fleet->runs[latest->run].id);
        put_cell(to, fleet->runs[latest->run].time);
        for (size_t i = 0; i < FLEET_VERSIONS; i++)
                put_cell(to, lexicon_text(&fleet->words, latest->versions[i]));
        put_cell(to, text);
        if (finding)
                fprintf(to, "%.1f,%zu", finding->distance, finding->others);
        else
                fputs("0,0", to);
        fputs("\n", to);
}

void fleetdata_table(FILE *to, const struct fleet *fleet, const struct apart *apart)
{
        fputs("host,uuid,model,status,reason,runs,run_id,time", to);
        for (size_t i = 0; i < FLEET_VERSIONS; i++)
                fprintf(to, ",%s", fleet_version_names[i]);
        fputs(",apart,distance,further\n", to);
        for (size_t i = 0; i < fleet->gpus_count; i++)
                if (fleet->gpus[fleet->order[i]].samples > 0)
                        put_line(to, fleet, apart, fleet->order[i]);
}
