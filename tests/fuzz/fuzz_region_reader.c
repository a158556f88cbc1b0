/*
 * Arbitrary bytes as a region: the reader, the writer that opens what another left behind, and all
 * that `forestage collect` makes of it. The first byte of the input chooses how deep it starts:
 *
 *   raw      the bytes are the region, or its first part
 *   records  they are the log of a sound region; lengths and checksums are made right on the way
 *   script   each byte is a record that the stage writes, or nearly; then the region is sealed
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "dom0/base/path.h"
#include "dom0/collect/csv.h"
#include "dom0/collect/junit.h"
#include "dom0/collect/ktap.h"
#include "dom0/proof/read.h"
#include "dom0/run/document.h"
#include "dom0/run/run.h"
#include "dom0/run/summary.h"
#include "lib/crc32c.h"
#include "region/layout.h"
#include "tests/fuzz/must.h"

#define SIZE ((size_t)64 << 10)

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static const uint8_t run_id[16] = { 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15, 16 };

/* --- making a region of the input --- */

static void make_raw(uint8_t *base, const uint8_t *data, size_t size)
{
        memset(base, 0, SIZE);
        memcpy(base, data, size < SIZE ? size : SIZE);
}

/* Gives a record that could be one its magic, its number and its checksums. */
static size_t fix_record(uint8_t *at, size_t room, uint64_t number)
{
        struct layout_record record;
        uint64_t span;

        if (room < sizeof(record))
                return 0;
        memcpy(&record, at, sizeof(record));
        span = region_record_bytes(record.name_length, record.data_length);
        if (record.name_length == 0 || span > room)
                return 0;
        record.magic = LAYOUT_RECORD_MAGIC;
        record.number = number;
        record.payload_crc32c = crc32c(0, at + sizeof(record), span - sizeof(record));
        record.crc32c = crc32c(0, &record, offsetof(struct layout_record, crc32c));
        memcpy(at, &record, sizeof(record));
        return span;
}

static void seal(uint8_t *base, uint64_t length)
{
        struct layout_header header;

        memcpy(&header, base, sizeof(header));
        header.state = REGION_SEALED;
        header.data_length = length;
        sha256(base + REGION_HEADER_SIZE, length, header.sha256);
        header.crc32c = crc32c(0, &header, offsetof(struct layout_header, crc32c));
        memcpy(base, &header, sizeof(header));
        memcpy(base + SIZE - sizeof(header), &header, sizeof(header));
}

static void make_records(uint8_t *base, const uint8_t *data, size_t size)
{
        size_t room = SIZE - 2 * REGION_HEADER_SIZE, at = 0, span;

        must(region_create(base, SIZE, run_id, NULL) == REGION_OK);
        memcpy(base + REGION_HEADER_SIZE, data, size < room ? size : room);
        for (uint64_t number = 0;
                (span = fix_record(base + REGION_HEADER_SIZE + at, room - at, number)); number++)
                at += span;
        if (size % 2)
                seal(base, at);
}

#define GPU    "\"name\":\"G\",\"uuid\":\"GPU-1\",\"pci\":\"0000:01:00.0\",\"rehearsal\":false"
#define HELLO  "5891b5b522d5df086d0ff0b110fbd9d21bb4fc7163af34d08286a2e846f6be03"
#define OUTPUT "{\"file\":\"o\",\"bytes\":6,\"sha256\":\"" HELLO "\",\"expect\":\"pass\"}"
#define RESULT(job, status, more)                                                            \
        "{\"job\":\"" job "\",\"kind\":\"kernel\",\"device\":0," GPU ",\"status\":\"" status \
        "\",\"outputs\":[" OUTPUT "]" more "}"

static const struct {
        enum region_type type;
        const char *name;
        const char *data;
} pieces[] = {
        { REGION_EVENT, "efi.entry", "{\"event\":\"efi.entry\",\"tsc\":1000}" },
        { REGION_EVENT, "efi.start", "{\"event\":\"efi.start\",\"tsc\":2000,\"version\":\"1\"}" },
        { REGION_EVENT, "stage.init", "{\"event\":\"stage.init\",\"tsc\":3000,\"monotonic_s\":1}" },
        { REGION_EVENT, "stage.x",
                "{\"event\":\"stage.x\",\"tsc\":9000,\"monotonic_s\":1.5,\"error\":\"\\u001b\"}" },
        { REGION_EVENT, "run.where",
                "{\"event\":\"run.where\",\"tsc\":3,\"hypervisor\":true,\"rehearsal\":true}" },
        { REGION_EVENT, "run.devices",
                "{\"event\":\"run.devices\",\"tsc\":4,\"devices\":[{\"index\":0," GPU "}]}" },
        { REGION_EVENT, "run.plan",
                "{\"event\":\"run.plan\",\"tsc\":5,\"planned\":[{\"job\":\"a\",\"kind\":\"kernel\","
                "\"device\":0}]}" },
        { REGION_EVENT, "run.plan",
                "{\"event\":\"run.plan\",\"tsc\":5,\"planned\":[{\"job\":\"a\",\"kind\":\"kernel\","
                "\"device\":0},{\"job\":\"b\",\"kind\":\"kernel\",\"device\":0}]}" },
        { REGION_EVENT, "run.plan", "{\"event\":\"run.plan\",\"tsc\":5,\"planned\":[]}" },
        { REGION_EVENT, "job.start",
                "{\"event\":\"job.start\",\"tsc\":6,\"job\":\"a\",\"device\":0}" },
        { REGION_EVENT, "runner.end", "{\"event\":\"runner.end\",\"tsc\":7,\"exit_code\":0}" },
        { REGION_EVENT, "runner.end", "{\"event\":\"runner.end\",\"tsc\":7,\"signal\":9}" },
        { REGION_EVENT, "bad", "{" },
        { REGION_FILE, "jobs/a/0/o", "hello\n" },
        { REGION_FILE, "jobs/b/0/o", "hello\n" },
        { REGION_FILE, "jobs/b/0/o", "other\n" },
        { REGION_FILE, "../x", "x" },
        { REGION_FILE, "stage/log/x", "x" },
        { REGION_FILE, "stage/log", "x" },
        { REGION_RESULT, "a/0", RESULT("a", "pass", "") },
        { REGION_RESULT, "a/0", RESULT("a", "pass", ",\"signal\":9") },
        { REGION_RESULT, "a/0", RESULT("a", "fail", ",\"reason\":\"x\"") },
        { REGION_RESULT, "b/0", RESULT("b", "pass", ",\"wall_s\":1") },
        { REGION_RESULT, "b/0", RESULT("b", "skip", ",\"reason\":\"x\"") },
        { REGION_RESULT, "b/0", RESULT("b", "skip", "") },
        { REGION_RESULT, "b/0", "{\"job\":\"b\",\"device\":null}" },
        { REGION_RUN, "run", "{\"sealed_by\":\"init\",\"runner\":{\"exit_code\":0}}" },
        { REGION_RUN, "run", "{\"sealed_by\":\"init\",\"runner\":{\"exit_code\":1}}" },
        { REGION_RUN, "run", "{\"sealed_by\":\"init\",\"runner\":null,\"reason\":\"x\"}" },
        { REGION_EVENT, "run.where",
                "{\"event\":\"run.where\",\"tsc\":3,\"monotonic_s\":1,\"hypervisor\":false,"
                "\"rehearsal\":false}" },
        { REGION_EVENT, "run.plan",
                "{\"event\":\"run.plan\",\"tsc\":5,\"records\":2,\"planned\":[{\"job\":\"a\","
                "\"kind\":\"kernel\",\"device\":0,\"promise\":{\"outputs\":[\"o\"],\"expect\":"
                "[\"o\"]}}]}" },
        { REGION_EVENT, "run.plan",
                "{\"event\":\"run.plan\",\"tsc\":5,\"planned\":[{\"job\":\"a\",\"kind\":\"check\","
                "\"device\":0}]}" },
        { REGION_EVENT, "job.end",
                "{\"event\":\"job.end\",\"tsc\":6,\"job\":\"a\",\"device\":0,\"status\":\"pass\","
                "\"wall_s\":1}" },
        { REGION_RESULT, "a/0",
                "{\"job\":\"a\",\"kind\":\"check\",\"device\":0," GPU ",\"status\":\"pass\","
                "\"check\":{\"planned\":1,\"tests\":[{\"test\":\"copy-h2d\",\"status\":\"pass\","
                "\"errors\":0,\"gbps\":2}],\"requirements\":[{\"require\":\"copy-h2d.gbps>1\","
                "\"found\":2,\"status\":\"pass\"}],\"baseline_compared\":[{\"metric\":"
                "\"copy-h2d.gbps\",\"baseline\":2,\"found\":2,\"status\":\"pass\"}]}}" },
        { REGION_RUN, "run", "{\"sealed_by\":\"forestage-run\",\"runner\":{\"exit_code\":0}}" },
};

#define PIECES (sizeof(pieces) / sizeof(pieces[0]))

/* One record: a piece, or bytes of the input as type, lengths, name and data. */
static size_t append(struct region_writer *writer, const uint8_t *data, size_t size)
{
        size_t name, length, used = 4;

        if (data[0] < PIECES) {
                region_append(writer, pieces[data[0]].type, pieces[data[0]].name,
                        strlen(pieces[data[0]].name), pieces[data[0]].data,
                        strlen(pieces[data[0]].data));
                return 1;
        }
        if (size < used)
                return size;
        name = data[2] < size - used ? data[2] : size - used;
        length = data[3] < size - used - name ? data[3] : size - used - name;
        region_append(writer, (enum region_type)(data[1] % 6), (const char *)data + used, name,
                data + used + name, length);
        return used + name + length;
}

/* A byte of 255 at the end leaves the region unsealed. */
static void make_script(uint8_t *base, const uint8_t *data, size_t size)
{
        bool sealed = size == 0 || data[size - 1] != 255;
        struct region_writer writer;

        must(region_create(base, SIZE, run_id, NULL) == REGION_OK);
        must(region_writer_open(base, SIZE, &writer) == REGION_OK);
        for (size_t i = 0; i < size;)
                i += append(&writer, data + i, size - i);
        if (sealed)
                must(region_seal(&writer) == REGION_OK);
}

/* --- what must hold of whatever comes out --- */

static void check_pass(const struct run *run)
{
        const struct verdict_facts *facts = &run->facts;

        must(run->inspect == REGION_OK && run->report.complete);
        must(run->problems.count == 0 && facts->contradictions == 0);
        must(facts->planned > 0 && facts->planned == json_array_size(run->jobs));
        must(facts->counts[JOB_PASS] + facts->counts[JOB_SKIP] == facts->planned);
        must(facts->counts[JOB_PASS] > 0 && run->results_count == facts->planned);
        must(facts->plans == 1 && facts->run_records == 1 && facts->run_is_last);
}

static void check_run(const struct run *run)
{
        if (run->verdict == VERDICT_PASS)
                check_pass(run);
        else
                must(run->problems.count > 0);
        must((run->verdict == VERDICT_INCOMPLETE) ==
                (!run->facts.region_complete || run->facts.run_records == 0));
        if (run->inspect == REGION_OK) {
                must(run->good_records == run->report.records);
                must(run->good_bytes == run->report.good_length);
        }
        for (size_t i = 0; i < run->files_count; i++)
                must(!path_problem(run->files[i].path, strlen(run->files[i].path)));
}

/* No byte may act on a terminal. */
static void check_screen(const char *text)
{
        for (; *text; text++)
                must(*text == '\n' || ((unsigned char)*text >= ' ' && *text != 0x7f));
}

/* A line of names and one for each job. */
static void check_table(const json_t *document, size_t jobs)
{
        char *text = NULL, *at;
        size_t lines = 0, size;
        FILE *file = open_memstream(&text, &size);

        csv_print(file, document);
        fclose(file);
        must(strlen(text) == size);
        for (at = text; (at = strchr(at, '\n')); at++)
                lines++;
        must(lines == jobs + 1);
        check_screen(text);
        free(text);
}

/* As many tests as there are jobs, and one of the run; what jobs printed may have tabs in it. */
static void check_formats(const struct run *run, const json_t *document)
{
        size_t tests = json_array_size(run->jobs) + 1, cases = 0, size;
        char *text = NULL, *at;
        FILE *file = open_memstream(&text, &size);

        check_table(document, tests - 1);
        ktap_print(file, document);
        fclose(file);
        must(strlen(text) == size && text[size - 1] == '\n');
        check_screen(text);
        free(text);
        file = open_memstream(&text, &size);
        junit_print(file, document, run);
        fclose(file);
        must(strlen(text) == size);
        for (at = text; (at = strstr(at, "</testcase>")); at++)
                cases++;
        must(cases == tests);
        for (at = text; (at = strchr(at, '\t')); at++)
                *at = ' ';
        check_screen(text);
        free(text);
}

static void check_document(const struct run *run)
{
        struct document_origin origin = { "fuzz", 0, "2026-01-01T00:00:00Z", "4.19", NULL, "dom0" };
        json_t *document = document_make(run, &origin), *again;
        char *text = json_dumps(document, DOCUMENT_FILE), *screen = NULL;
        size_t size;
        FILE *file = open_memstream(&screen, &size);

        must(text);
        again = json_loads(text, JSON_REJECT_DUPLICATES, NULL);
        must(json_is_object(again) && json_object_size(again) == json_object_size(document));
        check_screen(text);
        summary_print(file, document, "not written");
        fclose(file);
        check_formats(run, document);
        check_screen(screen);
        free(screen);
        free(text);
        json_decref(again);
        json_decref(document);
}

static bool count_event(const json_t *event, void *arg)
{
        char *text = json_dumps(event, DOCUMENT_LINE);

        must(text && !strchr(text, '\n'));
        free(text);
        (*(size_t *)arg)++;
        return true;
}

static void check_events(const struct run *run)
{
        size_t count = 0;

        must(run_each_event(run, count_event, &count));
        must(count == run->events);
}

/* What another writer left is opened, and a record behind it is whole. */
static void check_writer(uint8_t *base)
{
        struct region_report before, after;
        struct region_writer writer;

        if (region_verify(base, SIZE, &before) != REGION_OK ||
                region_writer_open(base, SIZE, &writer) != REGION_OK)
                return;
        if (region_append(&writer, REGION_EVENT, "x", 1, "{}", 2) != REGION_OK)
                return;
        must(region_verify(base, SIZE, &after) == REGION_OK);
        must(after.records == before.records + 1 && after.error == REGION_NOT_SEALED);
        must(region_seal(&writer) == REGION_OK);
        must(region_verify(base, SIZE, &after) == REGION_OK && after.complete);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
        static void (*const make[])(uint8_t * base, const uint8_t *data, size_t size) = {
                make_raw,
                make_records,
                make_script,
                make_script,
        };
        uint8_t *base = malloc(SIZE);
        struct run run;

        if (size > 0) {
                make[data[0] % 4](base, data + 1, size - 1);
                run_read(base, SIZE, data[0] & 64 ? run_id : NULL, &run);
                check_run(&run);
                check_document(&run);
                check_events(&run);
                run_free(&run);
                check_writer(base);
        }
        free(base);
        return 0;
}
