#include "dom0/run/document.h"

#include <stdio.h>

#include "dom0/base/json.h"
#include "dom0/base/memory.h"
#include "lib/cleanup.h"
#include "version.h"

static json_t *value_or_null(json_t *value)
{
        return value ? json_incref(value) : json_null();
}

/* The damaged copies of the header: "first", "last", "both", or NULL. */
static const char *damaged_copy(const struct run *run)
{
        const struct region_info *info = &run->report.info;

        if (run->inspect == REGION_NOT_FOUND)
                return "both";
        if (run->inspect != REGION_OK)
                return NULL;
        if (info->first_damaged && info->last_damaged)
                return "both";
        if (info->first_damaged)
                return "first";
        return info->last_damaged ? "last" : NULL;
}

static json_t *damage_offset(const struct run *run)
{
        enum region_error error = run->inspect != REGION_OK ? run->inspect : run->report.error;

        if (error == REGION_BAD_RECORD || error == REGION_BAD_FREE)
                return json_integer((json_int_t)run->report.bad_offset);
        return json_null();
}

static json_t *make_region(const struct run *run, const struct document_origin *origin)
{
        bool sealed = run->inspect == REGION_OK && run->report.info.state == REGION_SEALED;
        json_t *region = json_object();
        char address[24];

        snprintf(address, sizeof(address), "0x%llx", (unsigned long long)origin->address);
        set_value(region, "size_bytes", json_integer((json_int_t)run->size));
        set_value(region, "data_bytes",
                sealed ? json_integer((json_int_t)run->report.info.data_length) : json_null());
        set_value(region, "records", json_integer((json_int_t)run->good_records));
        set_value(region, "good_bytes", json_integer((json_int_t)run->good_bytes));
        set_text(region, "error", run_region_error(run));
        set_value(region, "damage_offset", damage_offset(run));
        set_text(region, "address", origin->address ? address : NULL);
        set_value(region, "source", json_string(origin->source));
        return region;
}

static json_t *make_counts(const struct verdict_facts *facts)
{
        json_t *counts = json_object();

        set_value(counts, "planned", json_integer((json_int_t)facts->planned));
        for (int i = 0; i < JOB_STATUSES; i++)
                set_value(counts, job_status_name((enum job_status)i),
                        json_integer((json_int_t)facts->counts[i]));
        return counts;
}

/* What the jobs that are planned for each of `count` GPUs came to. */
static void count_by_gpu(const struct run *run, size_t (*counts)[JOB_STATUSES])
{
        json_auto_t *places = json_object();
        const json_t *job, *device;
        char index[24];
        size_t i;

        json_array_foreach(run->devices, i, device) {
                snprintf(index, sizeof(index), "%lld", get_integer(device, "index"));
                if (!get_value(places, index))
                        set_value(places, index, json_integer((json_int_t)i));
        }
        json_array_foreach(run->jobs, i, job) {
                const json_t *place;

                snprintf(index, sizeof(index), "%lld", get_integer(job, "device"));
                place = json_is_integer(get_value(job, "device")) ? get_value(places, index) : NULL;
                if (place)
                        counts[json_integer_value(place)]
                              [job_status_find(get_string(job, "status"))]++;
        }
}

/* Those of run.devices, each with its verdict. */
static json_t *make_devices(const struct run *run)
{
        size_t count = json_array_size(run->devices), i;
        _cleanup_free_ size_t(*counts)[JOB_STATUSES] = memory_get(count * sizeof(*counts) + 1);
        json_t *devices = json_array(), *device;

        count_by_gpu(run, counts);
        json_array_foreach(run->devices, i, device) {
                json_t *copy = json_copy(device);
                enum verdict verdict = verdict_of_gpu(&run->facts, run->verdict, counts[i]);

                set_value(copy, "verdict", json_string(verdict_name(verdict)));
                json_array_append_new(devices, copy);
        }
        return devices;
}

static json_t *make_phases(const struct run *run)
{
        struct phase phases[PHASES_MAX];
        size_t count = phases_compute(&run->phases, phases);
        json_t *object = json_object();

        for (size_t i = 0; i < count; i++)
                set_value(object, phases[i].name, json_real(phases[i].seconds));
        return object;
}

static json_t *make_files(const struct run *run)
{
        json_t *files = json_array();

        for (size_t i = 0; i < run->files_count; i++) {
                const struct run_file *file = &run->files[i];
                if (file->problem)
                        continue;
                char digest[2 * SHA256_SIZE + 1];

                sha256_format(file->sha256, digest);
                json_array_append_new(
                        files, json_pack("{s:s, s:I, s:s}", "path", file->path, "bytes",
                                       (json_int_t)file->length, "sha256", digest));
        }
        return files;
}

static json_t *make_collected(const struct document_origin *origin)
{
        return json_pack("{s:s, s:s, s:s, s:s, s:s?}", "version", FORESTAGE_VERSION, "time",
                origin->time, "host", origin->host, "kernel", origin->kernel, "hypervisor",
                origin->hypervisor);
}

static json_t *make_versions(const struct run *run)
{
        json_t *efi = get_value(run->efi, "version");

        return json_pack("{s:s, s:O?, s:O?}", "forestage", FORESTAGE_VERSION, "forestage_run",
                get_value(run->where, "version"), "forestage_efi",
                json_is_string(efi) ? efi : NULL);
}

static void add_verdict(json_t *document, const struct run *run)
{
        const char *damaged = damaged_copy(run);
        enum region_state state =
                run->inspect == REGION_OK ? run->report.info.state : REGION_UNKNOWN;

        set_value(document, "schema", json_string(DOCUMENT_SCHEMA));
        set_text(document, "run_id", run->has_id ? run->id : NULL);
        set_value(document, "verdict", json_string(verdict_name(run->verdict)));
        set_value(document, "exit_code", json_integer(verdict_exit_code(run->verdict)));
        set_value(document, "reasons", value_or_null(run->problems.list));
        set_value(document, "warnings", value_or_null(run->warnings.list));
        set_value(document, "complete", json_boolean(run->facts.region_complete));
        set_value(document, "state", json_string(region_state_name(state)));
        set_value(document, "header_damaged", json_boolean(damaged != NULL));
        set_text(document, "header_damaged_copy", damaged);
}

json_t *document_make(const struct run *run, const struct document_origin *origin)
{
        json_t *document = json_object();

        add_verdict(document, run);
        set_value(document, "region", make_region(run, origin));
        set_value(document, "rehearsal", json_boolean(run->rehearsal));
        set_value(document, "where", value_or_null(run->where));
        set_value(document, "devices", make_devices(run));
        set_value(document, "counts", make_counts(&run->facts));
        set_value(document, "jobs", value_or_null(run->jobs));
        set_value(document, "unplanned", value_or_null(run->unplanned));
        set_value(document, "phases", make_phases(run));
        set_value(document, "run", value_or_null(run->summary));
        set_value(document, "files", make_files(run));
        set_value(document, "refused_files", value_or_null(run->refused));
        set_value(document, "collected", make_collected(origin));
        set_value(document, "versions", make_versions(run));
        return document;
}

void document_print(const json_t *document)
{
        json_dumpf(document, stdout, DOCUMENT_FILE);
        putchar('\n');
}
