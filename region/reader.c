#include "lib/crc32c.h"
#include "lib/sha256.h"
#include "region/layout.h"
#include "region/region.h"

/* The compiler's own, also where there is no C library. */
#define copy_bytes          __builtin_memcpy
#define same_bytes(a, b, n) (__builtin_memcmp((a), (b), (n)) == 0)

uint64_t region_first_nonzero(const uint8_t *bytes, uint64_t length)
{
        uint64_t i = 0;

        for (uint64_t word; i + sizeof(word) <= length; i += sizeof(word)) {
                copy_bytes(&word, bytes + i, sizeof(word));
                if (word != 0)
                        break;
        }
        while (i < length && bytes[i] == 0)
                i++;
        return i;
}

/* A copy of the header that belongs to this region and makes sense, or the reason why not. */
static enum region_error load_header(
        const uint8_t *page, uint64_t size, struct layout_header *ret_header)
{
        struct layout_header header;

        copy_bytes(&header, page, sizeof(header));
        if (!same_bytes(header.magic, LAYOUT_HEADER_MAGIC, sizeof(header.magic)))
                return REGION_NOT_FOUND;
        if (crc32c(0, &header, offsetof(struct layout_header, crc32c)) != header.crc32c)
                return REGION_NOT_FOUND;
        if ((header.version != REGION_VERSION && header.version != REGION_VERSION_OF_TREE) ||
                header.header_size != REGION_HEADER_SIZE)
                return REGION_BAD_VERSION;
        if (header.region_size != size)
                return REGION_BAD_SIZE;
        if (header.state < REGION_ARMED || header.state > REGION_SEALED)
                return REGION_NOT_FOUND;
        if (header.data_length > size - 2 * REGION_HEADER_SIZE)
                return REGION_NOT_FOUND;
        if (header.data_length % REGION_ALIGN != 0)
                return REGION_NOT_FOUND;
        *ret_header = header;
        return REGION_OK;
}

static void use_header(const struct layout_header *header, struct region_info *info)
{
        info->version = header->version;
        info->state = (enum region_state)header->state;
        info->data_length = header->data_length;
        info->sequence = header->sequence;
        copy_bytes(info->run_id, header->run_id, sizeof(info->run_id));
        copy_bytes(info->sha256, header->sha256, sizeof(info->sha256));
}

enum region_error region_read_header(
        const uint8_t page[REGION_HEADER_SIZE], uint64_t size, struct region_info *ret_info)
{
        struct region_info info = { .size = size };
        struct layout_header header;
        enum region_error error = REGION_BAD_SIZE;

        if (size >= REGION_MIN_SIZE && size % REGION_HEADER_SIZE == 0)
                error = load_header(page, size, &header);
        if (error != REGION_OK)
                return error;
        use_header(&header, &info);
        *ret_info = info;
        return REGION_OK;
}

/* With both headers gone, a good first record still proves that this was a region. */
static bool has_record(const void *base, const struct region_info *info)
{
        struct region_cursor cursor;
        struct region_record record;

        region_rewind(base, info, &cursor);
        return region_next(&cursor, &record) == REGION_OK;
}

enum region_error region_inspect(const void *base, size_t size, struct region_info *ret_info)
{
        struct region_info info = { .state = REGION_UNKNOWN, .size = size };
        struct layout_header first, last;
        enum region_error first_error, last_error;
        const uint8_t *bytes = base;

        if (size < REGION_MIN_SIZE || size % REGION_HEADER_SIZE != 0)
                return REGION_BAD_SIZE;
        first_error = load_header(bytes, size, &first);
        last_error = load_header(bytes + size - REGION_HEADER_SIZE, size, &last);
        info.first_damaged = first_error != REGION_OK;
        info.last_damaged = last_error != REGION_OK;

        if (info.first_damaged && info.last_damaged) {
                if (first_error != REGION_NOT_FOUND || last_error != REGION_NOT_FOUND)
                        return first_error != REGION_NOT_FOUND ? first_error : last_error;
                if (!has_record(base, &info))
                        return REGION_NOT_FOUND;
        } else if (!info.first_damaged && !info.last_damaged) {
                info.first_damaged = first.sequence < last.sequence;
                info.last_damaged =
                        !info.first_damaged && !same_bytes(&first, &last, sizeof(first));
        }
        if (!info.first_damaged)
                use_header(&first, &info);
        else if (!info.last_damaged)
                use_header(&last, &info);
        *ret_info = info;
        return REGION_OK;
}

void region_rewind(
        const void *base, const struct region_info *info, struct region_cursor *ret_cursor)
{
        bool sealed = info->state == REGION_SEALED;

        *ret_cursor = (struct region_cursor){
                .base = base,
                .limit = sealed ? REGION_HEADER_SIZE + info->data_length
                                : info->size - REGION_HEADER_SIZE,
                .offset = REGION_HEADER_SIZE,
                .sealed = sealed,
        };
}

uint64_t region_record_bytes(uint64_t name_length, uint64_t data_length)
{
        uint64_t length;

        if (__builtin_add_overflow(name_length, data_length, &length) ||
                __builtin_add_overflow(length, REGION_RECORD_SIZE + REGION_ALIGN - 1, &length))
                return UINT64_MAX;
        return length & ~(uint64_t)(REGION_ALIGN - 1);
}

/* Bytes from `offset` to the next record, or 0 when the lengths cannot be true. */
static uint64_t record_span(const struct layout_record *record, uint64_t room)
{
        uint64_t span = region_record_bytes(record->name_length, record->data_length);

        if (record->name_length == 0 || record->name_length > REGION_MAX_NAME)
                return 0;
        return span <= room ? span : 0; /* an overflow is UINT64_MAX: more than any room */
}

static bool record_header_is_good(const struct layout_record *record, uint64_t number)
{
        return record->magic == LAYOUT_RECORD_MAGIC && record->number == number &&
               crc32c(0, record, offsetof(struct layout_record, crc32c)) == record->crc32c;
}

enum region_error region_read_head(const uint8_t bytes[REGION_RECORD_SIZE], uint64_t number,
        uint64_t room, struct region_head *ret_head)
{
        struct layout_record record;

        copy_bytes(&record, bytes, sizeof(record));
        if (region_first_nonzero(bytes, sizeof(record)) == sizeof(record))
                return REGION_END;
        if (!record_header_is_good(&record, number) || record_span(&record, room) == 0)
                return REGION_BAD_RECORD;
        *ret_head = (struct region_head){
                .type = record.type,
                .name_length = record.name_length,
                .data_length = record.data_length,
                .number = record.number,
                .crc = record.payload_crc32c,
        };
        return REGION_OK;
}

enum region_error region_next(struct region_cursor *cursor, struct region_record *ret_record)
{
        uint64_t room = cursor->limit - cursor->offset, span;
        const uint8_t *at = cursor->base + cursor->offset;
        struct region_head head;
        enum region_error error;

        if (room < REGION_RECORD_SIZE)
                return room == 0 || !cursor->sealed ? REGION_END : REGION_BAD_RECORD;
        error = region_read_head(at, cursor->number, room, &head);
        if (error != REGION_OK)
                return error == REGION_END && !cursor->sealed ? REGION_END : REGION_BAD_RECORD;
        span = region_record_bytes(head.name_length, head.data_length);
        if (cursor->offset + span > cursor->checked &&
                crc32c(0, at + REGION_RECORD_SIZE, span - REGION_RECORD_SIZE) != head.crc)
                return REGION_BAD_RECORD;

        *ret_record = (struct region_record){
                .type = head.type,
                .name = (const char *)at + REGION_RECORD_SIZE,
                .name_length = head.name_length,
                .data = at + REGION_RECORD_SIZE + head.name_length,
                .data_length = head.data_length,
                .offset = cursor->offset,
                .number = cursor->number,
        };
        cursor->offset += span;
        cursor->number++;
        return REGION_OK;
}

/* The space behind the records of an undamaged log: it was zeroed once and must be so still. */
static void check_free_space(const uint8_t *base, struct region_report *report)
{
        uint64_t from = REGION_HEADER_SIZE + report->good_length;
        uint64_t length = report->info.size - REGION_HEADER_SIZE - from;
        uint64_t nonzero = region_first_nonzero(base + from, length);

        if (nonzero == length)
                return;
        report->error = REGION_BAD_FREE;
        report->bad_offset = from + nonzero;
}

static void check_hash(const uint8_t *base, struct region_report *report)
{
        uint8_t digest[SHA256_SIZE];

        if (report->info.version == REGION_VERSION_OF_TREE)
                sha256_tree(base + REGION_HEADER_SIZE, report->info.data_length, digest);
        else
                sha256(base + REGION_HEADER_SIZE, report->info.data_length, digest);
        if (!same_bytes(digest, report->info.sha256, sizeof(digest)))
                report->error = REGION_BAD_HASH;
}

bool region_has_trace(const void *base, size_t size)
{
        const uint8_t *bytes = base;
        struct layout_header header;
        struct layout_record record;

        if (size < REGION_HEADER_SIZE)
                return false;
        if (load_header(bytes, size, &header) != REGION_NOT_FOUND ||
                load_header(bytes + size - REGION_HEADER_SIZE, size, &header) != REGION_NOT_FOUND)
                return true;
        if (size < REGION_HEADER_SIZE + sizeof(record))
                return false;
        copy_bytes(&record, bytes + REGION_HEADER_SIZE, sizeof(record));
        return record_header_is_good(&record, 0);
}

enum region_error region_verify(const void *base, size_t size, struct region_report *ret_report)
{
        struct region_report report = { .error = REGION_OK };
        struct region_cursor cursor;
        struct region_record record;
        enum region_error error;

        error = region_inspect(base, size, &report.info);
        if (error != REGION_OK)
                return error;
        region_rewind(base, &report.info, &cursor);
        while ((error = region_next(&cursor, &record)) == REGION_OK)
                ;
        report.records = cursor.number;
        report.good_length = cursor.offset - REGION_HEADER_SIZE;
        if (error == REGION_BAD_RECORD) {
                report.error = error;
                report.bad_offset = cursor.offset;
        } else {
                check_free_space(base, &report);
                if (report.error == REGION_OK && report.info.state != REGION_SEALED)
                        report.error = REGION_NOT_SEALED;
                else if (report.error == REGION_OK)
                        check_hash(base, &report);
        }
        report.complete = report.error == REGION_OK;
        *ret_report = report;
        return REGION_OK;
}
