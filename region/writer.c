#include "lib/crc32c.h"
#include "lib/sha256.h"
#include "region/layout.h"
#include "region/region.h"

#define copy_bytes        __builtin_memcpy
#define zero_bytes(at, n) __builtin_memset((at), 0, (n))

/*
 * The record's magic and checksum go in last and in this order, so that a writer killed at any
 * instruction leaves a record that is whole or one that no reader takes for whole.
 */
#define order_stores() __asm__ __volatile__("" ::: "memory")

static void make_header(const struct region_writer *writer, enum region_state state,
        uint64_t data_length, const uint8_t *digest, struct layout_header *ret_header)
{
        struct layout_header header = {
                .version = digest ? REGION_VERSION_OF_TREE : REGION_VERSION,
                .header_size = REGION_HEADER_SIZE,
                .region_size = writer->size,
                .data_length = data_length,
                .sequence = writer->sequence + 1,
                .state = state,
        };

        copy_bytes(header.magic, LAYOUT_HEADER_MAGIC, sizeof(header.magic));
        copy_bytes(header.run_id, writer->run_id, sizeof(header.run_id));
        if (digest)
                copy_bytes(header.sha256, digest, sizeof(header.sha256));
        header.crc32c = crc32c(0, &header, offsetof(struct layout_header, crc32c));
        *ret_header = header;
}

void region_make_header(uint64_t size, const uint8_t run_id[16], enum region_state state,
        uint8_t ret_page[REGION_HEADER_SIZE])
{
        struct region_writer writer = { .size = size };
        struct layout_header header;

        copy_bytes(writer.run_id, run_id, sizeof(writer.run_id));
        make_header(&writer, state, 0, NULL, &header);
        copy_bytes(ret_page, &header, sizeof(header));
}

/* Writes both copies, the first one first: a reader believes the higher sequence number. */
static void write_headers(struct region_writer *writer, enum region_state state,
        uint64_t data_length, const uint8_t *digest)
{
        struct layout_header header;

        make_header(writer, state, data_length, digest, &header);
        copy_bytes(writer->base, &header, sizeof(header));
        order_stores();
        copy_bytes(writer->base + writer->size - sizeof(header), &header, sizeof(header));
        writer->sequence = header.sequence;
        writer->state = state;
}

static bool is_good_size(size_t size)
{
        return size >= REGION_MIN_SIZE && size % REGION_HEADER_SIZE == 0;
}

enum region_error region_create_in_zeroes(
        void *base, size_t size, const uint8_t run_id[16], struct region_writer *ret_writer)
{
        struct region_writer writer = { .base = base, .size = size, .offset = REGION_HEADER_SIZE };

        if (!is_good_size(size))
                return REGION_BAD_SIZE;
        copy_bytes(writer.run_id, run_id, sizeof(writer.run_id));
        write_headers(&writer, REGION_ARMED, 0, NULL);
        if (ret_writer)
                *ret_writer = writer;
        return REGION_OK;
}

enum region_error region_create(
        void *base, size_t size, const uint8_t run_id[16], struct region_writer *ret_writer)
{
        if (!is_good_size(size))
                return REGION_BAD_SIZE;
        zero_bytes(base, size);
        return region_create_in_zeroes(base, size, run_id, ret_writer);
}

/* What a writer that died left behind the last good record must not look like data. */
void region_writer_heal(struct region_writer *writer, uint64_t from, uint64_t to)
{
        uint64_t end = writer->size - REGION_HEADER_SIZE, dirty;

        if (from < writer->offset)
                from = writer->offset;
        if (to > end)
                to = end;
        if (from >= to)
                return;
        dirty = from + region_first_nonzero(writer->base + from, to - from);
        if (dirty < to)
                zero_bytes(writer->base + dirty, to - dirty);
}

enum region_error region_writer_find(void *base, size_t size, struct region_writer *ret_writer)
{
        struct region_writer writer = { .base = base, .size = size };
        struct region_cursor cursor;
        struct region_record record;
        struct region_info info;
        enum region_error error = region_inspect(base, size, &info);

        if (error != REGION_OK)
                return error;
        if (info.state == REGION_UNKNOWN)
                return REGION_NOT_FOUND;
        if (info.state == REGION_SEALED)
                return REGION_CLOSED;
        region_rewind(base, &info, &cursor);
        while (region_next(&cursor, &record) == REGION_OK)
                ;
        writer.offset = cursor.offset;
        writer.number = cursor.number;
        writer.sequence = info.sequence;
        writer.state = info.state;
        copy_bytes(writer.run_id, info.run_id, sizeof(writer.run_id));
        *ret_writer = writer;
        return REGION_OK;
}

enum region_error region_writer_open(void *base, size_t size, struct region_writer *ret_writer)
{
        enum region_error error = region_writer_find(base, size, ret_writer);

        if (error == REGION_OK)
                region_writer_heal(ret_writer, ret_writer->offset, size);
        return error;
}

uint64_t region_writer_free(const struct region_writer *writer)
{
        return writer->size - REGION_HEADER_SIZE - writer->offset;
}

/* Whether a record with these lengths may be appended; `keep` bytes must stay free behind it. */
static enum region_error check_room(const struct region_writer *writer, uint64_t keep,
        uint64_t name_length, uint64_t data_length)
{
        uint64_t bytes = region_record_bytes(name_length, data_length);
        uint64_t room = region_writer_free(writer);

        if (writer->state == REGION_SEALED)
                return REGION_CLOSED;
        if (name_length == 0 || name_length > REGION_MAX_NAME)
                return REGION_BAD_NAME;
        return bytes <= room && room - bytes >= keep ? REGION_OK : REGION_FULL;
}

static uint8_t *payload(const struct region_writer *writer)
{
        return writer->base + writer->offset + sizeof(struct layout_record);
}

enum region_error region_reserve(
        struct region_writer *writer, size_t name_length, size_t data_length, void **ret_data)
{
        enum region_error error = check_room(writer, writer->keep_free, name_length, data_length);

        if (error == REGION_OK)
                *ret_data = payload(writer) + name_length;
        return error;
}

void region_cancel(struct region_writer *writer, size_t name_length, size_t data_length)
{
        zero_bytes(writer->base + writer->offset, region_record_bytes(name_length, data_length));
}

void region_make_head(const struct region_head *head, uint8_t ret_bytes[REGION_RECORD_SIZE])
{
        struct layout_record record = {
                .magic = LAYOUT_RECORD_MAGIC,
                .type = head->type,
                .number = head->number,
                .data_length = head->data_length,
                .name_length = head->name_length,
                .payload_crc32c = head->crc,
        };

        record.crc32c = crc32c(0, &record, offsetof(struct layout_record, crc32c));
        copy_bytes(ret_bytes, &record, sizeof(record));
}

/*
 * The name and the data lie behind the header already; makes a record of them. `crc` is theirs; the
 * zeroes up to the next record are still to come.
 */
static void finish_record(struct region_writer *writer, enum region_type type, size_t name_length,
        size_t data_length, uint32_t crc)
{
        static const uint8_t zeroes[REGION_ALIGN];
        uint64_t span = region_record_bytes(name_length, data_length);
        struct region_head head = {
                .type = type,
                .number = writer->number,
                .data_length = data_length,
                .name_length = (uint32_t)name_length,
        };
        uint8_t bytes[REGION_RECORD_SIZE];

        head.crc = crc32c(crc, zeroes, span - REGION_RECORD_SIZE - name_length - data_length);
        region_make_head(&head, bytes);
        order_stores();
        copy_bytes(writer->base + writer->offset, bytes, sizeof(bytes));
        order_stores();
        writer->offset += span;
        writer->number++;
}

enum region_error region_commit_summed(struct region_writer *writer, enum region_type type,
        const char *name, size_t name_length, size_t data_length, uint32_t crc)
{
        enum region_error error = check_room(writer, 0, name_length, data_length);

        if (error != REGION_OK)
                return error;
        copy_bytes(payload(writer), name, name_length);
        finish_record(writer, type, name_length, data_length, crc);
        return REGION_OK;
}

enum region_error region_commit(struct region_writer *writer, enum region_type type,
        const char *name, size_t name_length, size_t data_length)
{
        enum region_error error = check_room(writer, 0, name_length, data_length);
        uint32_t crc;

        if (error != REGION_OK)
                return error;
        crc = crc32c(0, name, name_length);
        crc = crc32c(crc, payload(writer) + name_length, data_length);
        return region_commit_summed(writer, type, name, name_length, data_length, crc);
}

enum region_error region_append(struct region_writer *writer, enum region_type type,
        const char *name, size_t name_length, const void *data, size_t data_length)
{
        uint64_t keep = type == REGION_RUN ? 0 : writer->keep_free;
        enum region_error error = check_room(writer, keep, name_length, data_length);

        if (error != REGION_OK)
                return error;
        if (data_length > 0)
                copy_bytes(payload(writer) + name_length, data, data_length);
        return region_commit(writer, type, name, name_length, data_length);
}

enum region_error region_set_state(struct region_writer *writer, enum region_state state)
{
        if (writer->state == REGION_SEALED)
                return REGION_CLOSED;
        write_headers(writer, state, 0, NULL);
        return REGION_OK;
}

const void *region_data(const struct region_writer *writer, size_t *ret_length)
{
        *ret_length = writer->offset - REGION_HEADER_SIZE;
        return writer->base + REGION_HEADER_SIZE;
}

enum region_error region_seal_hashed(struct region_writer *writer, const uint8_t digest[32])
{
        if (writer->state == REGION_SEALED)
                return REGION_CLOSED;
        write_headers(writer, REGION_SEALED, writer->offset - REGION_HEADER_SIZE, digest);
        return REGION_OK;
}

enum region_error region_seal(struct region_writer *writer)
{
        uint8_t digest[SHA256_SIZE];
        size_t length;
        const void *data = region_data(writer, &length);

        if (writer->state == REGION_SEALED)
                return REGION_CLOSED;
        sha256_tree(data, length, digest);
        return region_seal_hashed(writer, digest);
}
