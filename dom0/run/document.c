#include "dom0/run/document.h"

#include <stdio.h>

#include "version.h"

static json_t *text_or_null(const char *text)
{
        return text ? json_string(text) : json_null();
}

static json_t *value_or_null(json_t *value)
{
        return value ? json_incref(value) : json_null();
}

static void set(json_t *object, const char *key, json_t *value)
{
        json_object_set_new(object, key, value);
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
        set(region, "size_bytes", json_integer((json_int_t)run->size));
        set(region, "data_bytes",
                sealed ? json_integer((json_int_t)run->report.info.data_length) : json_null());
        set(region, "records", json_integer((json_int_t)run->good_records));
        set(region, "good_bytes", json_integer((json_int_t)run->good_bytes));
        set(region, "error", text_or_null(run_region_error(run)));
        set(region, "damage_offset", damage_offset(run));
        set(region, "address", text_or_null(origin->address ? address : NULL));
        set(region, "source", json_string(origin->source));
        return region;
}

static json_t *make_counts(const struct verdict_facts *facts)
{
        json_t *counts = json_object();

        set(counts, "planned", json_integer((json_int_t)facts->planned));
        for (int i = 0; i < JOB_STATUSES; i++)
                set(counts, job_status_name((enum job_status)i),
                        json_integer((json_int_t)facts->counts[i]));
        return counts;
}

static json_t *make_phases(const struct run *run)
{
        struct phase phases[PHASES_MAX];
        size_t count = phases_compute(&run->phases, phases);
        json_t *object = json_object();

        for (size_t i = 0; i < count; i++)
                set(object, phases[i].name, json_real(phases[i].seconds));
        return object;
}

static json_t *make_files(const struct run *run)
{
        json_t *files = json_array();

        for (size_t i = 0; i < run->files_count; i++) {
                const struct run_file *file = &run->files[i];
                char digest[2 * SHA256_SIZE + 1];
                json_t *entry = json_object();

                sha256_format(file->sha256, digest);
                set(entry, "path", json_string(file->path));
                set(entry, "bytes", json_integer((json_int_t)file->length));
                set(entry, "sha256", json_string(digest));
                json_array_append_new(files, entry);
        }
        return files;
}

static json_t *make_collected(const struct document_origin *origin)
{
        json_t *collected = json_object();

        set(collected, "version", json_string(FORESTAGE_VERSION));
        set(collected, "time", json_string(origin->time));
        set(collected, "kernel", json_string(origin->kernel));
        set(collected, "hypervisor", text_or_null(origin->hypervisor));
        return collected;
}

static json_t *make_versions(const struct run *run)
{
        json_t *versions = json_object();
        json_t *efi = json_object_get(run->efi, "version");

        set(versions, "forestage", json_string(FORESTAGE_VERSION));
        set(versions, "forestage_run", value_or_null(json_object_get(run->where, "version")));
        set(versions, "forestage_efi", value_or_null(json_is_string(efi) ? efi : NULL));
        return versions;
}

static void add_verdict(json_t *document, const struct run *run)
{
        const char *damaged = damaged_copy(run);
        enum region_state state =
                run->inspect == REGION_OK ? run->report.info.state : REGION_UNKNOWN;

        set(document, "schema", json_string("forestage-run/1"));
        set(document, "run_id", text_or_null(run->has_id ? run->id : NULL));
        set(document, "verdict", json_string(verdict_name(run->verdict)));
        set(document, "exit_code", json_integer(verdict_exit_code(run->verdict)));
        set(document, "reasons", value_or_null(run->problems.list));
        set(document, "warnings", value_or_null(run->warnings.list));
        set(document, "complete", json_boolean(run->facts.region_complete));
        set(document, "state", json_string(region_state_name(state)));
        set(document, "header_damaged", json_boolean(damaged != NULL));
        set(document, "header_damaged_copy", text_or_null(damaged));
}

json_t *document_make(const struct run *run, const struct document_origin *origin)
{
        json_t *document = json_object();

        add_verdict(document, run);
        set(document, "region", make_region(run, origin));
        set(document, "rehearsal", json_boolean(run->rehearsal));
        set(document, "where", value_or_null(run->where));
        set(document, "devices", value_or_null(run->devices));
        set(document, "counts", make_counts(&run->facts));
        set(document, "jobs", value_or_null(run->jobs));
        set(document, "unplanned", value_or_null(run->unplanned));
        set(document, "phases", make_phases(run));
        set(document, "run", value_or_null(run->summary));
        set(document, "files", make_files(run));
        set(document, "refused_files", value_or_null(run->refused));
        set(document, "collected", make_collected(origin));
        set(document, "versions", make_versions(run));
        return document;
}
