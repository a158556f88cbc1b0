/*
 * The region: memory (or a file with the same bytes) that carries a run's records from the stage to
 * dom0. docs/region-format.md is the specification; this header is the contract of the code.
 *
 * Nothing here allocates, does I/O or keeps state of its own, so the EFI application, the Linux
 * side, the tests and the fuzzers compile the same files. All sizes and offsets are bytes. Offsets
 * count from the start of the region. Everything read from a region is untrusted.
 */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define REGION_VERSION         1u    /* until sealed */
#define REGION_VERSION_OF_TREE 2u    /* of a sealed region whose hash is of pieces (sha256_tree) */
#define REGION_HEADER_SIZE     4096u /* one page at each end */
#define REGION_MIN_SIZE        (64u * 1024)
#define REGION_ALIGN           64u   /* every record starts and ends on this */
#define REGION_MAX_NAME        1024u /* bytes of a record's name */
#define REGION_RECORD_SIZE     64u   /* bytes of a record's own header */

enum region_state {
        REGION_UNKNOWN = 0, /* neither header can be trusted */
        REGION_ARMED = 1,   /* made by the EFI application */
        REGION_RUNNING = 2, /* opened by init or the runner */
        REGION_SEALED = 3,  /* complete: the hash in the header is of all the data */
};

enum region_type {
        REGION_EVENT = 1,  /* name: what happened ("stage.jobs"); data: a JSON object */
        REGION_RESULT = 2, /* name: "JOB/DEVICE"; data: a JSON object */
        REGION_FILE = 3,   /* name: path in the run folder; data: the file's bytes */
        REGION_RUN = 4,    /* the summary, last; data: a JSON object */
        REGION_STORED = 5, /* as a FILE whose bytes are in the store; data: a JSON object */
        REGION_FILLER = 6, /* nothing: what follows it begins where it should (store/shelf.h) */
};

enum region_error {
        REGION_OK = 0,
        REGION_END,         /* reading: no more records */
        REGION_NOT_FOUND,   /* no header and no record: this is no region */
        REGION_BAD_SIZE,    /* smaller than REGION_MIN_SIZE, or not what the header says */
        REGION_BAD_VERSION, /* a valid header of a version this code does not know */
        REGION_BAD_RECORD,  /* a record's lengths or checksums are wrong */
        REGION_NOT_SEALED,  /* nothing is damaged, but the run did not come to its end */
        REGION_BAD_HASH,    /* sealed, but the data does not have the header's SHA-256 */
        REGION_BAD_FREE,    /* bytes that must be zero behind the last record are not */
        REGION_FULL,        /* writing: the record does not fit */
        REGION_BAD_NAME,    /* writing: the name is empty or longer than REGION_MAX_NAME */
        REGION_CLOSED,      /* writing: the region is sealed already */
};

/* One line of English for an error, without a full stop; never NULL. */
const char *region_strerror(enum region_error error);
const char *region_state_name(enum region_state state);

/* The two header pages, read and checked. */
struct region_info {
        enum region_state state;
        uint32_t version;     /* of the header that is used; 0 when there is none */
        uint64_t size;        /* the whole region */
        uint64_t data_length; /* sealed: bytes of records; otherwise 0 */
        uint64_t sequence;    /* of the header that is used */
        uint8_t run_id[16];   /* RFC 4122 byte order; zero when state is REGION_UNKNOWN */
        uint8_t sha256[32];   /* sealed: of the data, as the version says */
        bool first_damaged;   /* the copy at the start is damaged or older than the other */
        bool last_damaged;    /* the copy at the end is */
};

/*
 * Reads and checks both headers of the `size` bytes at `base`. Succeeds with state REGION_UNKNOWN
 * when both headers are damaged but the first record is whole, so that it can still be salvaged.
 * Errors: REGION_NOT_FOUND, REGION_BAD_SIZE, REGION_BAD_VERSION.
 */
enum region_error region_inspect(const void *base, size_t size, struct region_info *ret_info);

/*
 * Whether anything says that a region was made here: either header, or the header of the first
 * record. Reads the first two pages and the last, so that a caller need not get all of what is
 * none.
 */
bool region_has_trace(const void *base, size_t size);

/* One record; the pointers lead into the region and live as long as it does. */
struct region_record {
        uint32_t type;    /* enum region_type, or a later version's type: skip what is unknown */
        const char *name; /* not terminated */
        uint32_t name_length;
        const void *data;
        uint64_t data_length;
        uint64_t offset; /* of the record in the region */
        uint64_t number; /* 0 for the first */
};

struct region_cursor {
        const uint8_t *base;
        uint64_t limit;  /* first offset that is no data any more */
        uint64_t offset; /* of the next record */
        uint64_t number; /* of the next record */
        bool sealed;     /* then a missing record before the limit is an error, not the end */
        /* Records that end here or before have been found good, in bytes that nobody changes: their
         * contents are not summed up again. 0 at first; the caller sets it. */
        uint64_t checked;
};

/* Starts at the first record of an inspected region. */
void region_rewind(
        const void *base, const struct region_info *info, struct region_cursor *ret_cursor);

/*
 * Reads the next record and checks its lengths and checksums. REGION_END after the last,
 * REGION_BAD_RECORD where the log is damaged; the cursor then stays, and nothing behind it counts.
 */
enum region_error region_next(struct region_cursor *cursor, struct region_record *ret_record);

/* --- of a region that is not in memory, page by page and record by record (store/shelf.h) --- */

/* A page that is at both ends of such a region, which is not sealed. */
void region_make_header(uint64_t size, const uint8_t run_id[16], enum region_state state,
        uint8_t ret_page[REGION_HEADER_SIZE]);

/* Reads and checks such a page alone: the same errors as region_inspect. */
enum region_error region_read_header(
        const uint8_t page[REGION_HEADER_SIZE], uint64_t size, struct region_info *ret_info);

/* The header in front of a record's name and data, which follow it and its zeroes. */
struct region_head {
        uint32_t type;
        uint32_t name_length;
        uint64_t data_length;
        uint64_t number;
        uint32_t crc; /* CRC-32C of name, data and the zeroes up to the next record */
};

void region_make_head(const struct region_head *head, uint8_t ret_bytes[REGION_RECORD_SIZE]);

/*
 * Reads and checks that of record `number`, of which `room` bytes can be there. REGION_END: there
 * are zeroes where it would be.
 */
enum region_error region_read_head(const uint8_t bytes[REGION_RECORD_SIZE], uint64_t number,
        uint64_t room, struct region_head *ret_head);

/* Bytes that a record with such a name and data takes; UINT64_MAX when that overflows. */
uint64_t region_record_bytes(uint64_t name_length, uint64_t data_length);

/* The offset of the first byte among `length` that is not zero, or `length`. */
uint64_t region_first_nonzero(const uint8_t *bytes, uint64_t length);

/* What a full check found; `error` is the first reason why the run is not complete. */
struct region_report {
        struct region_info info;
        enum region_error
                error;        /* REGION_OK only for a sealed region that is right to the last bit */
        bool complete;        /* sealed and error is REGION_OK */
        uint64_t records;     /* good ones from the start on */
        uint64_t good_length; /* bytes they take */
        uint64_t bad_offset;  /* where the first damage is, when error names one; else 0 */
};

/*
 * Checks everything: headers, every record, the hash of a sealed region, and that the free space is
 * still zero. A single flipped bit anywhere is either in a header copy (then info says which) or
 * makes the report incomplete. Returns the same errors as region_inspect; what is found behind the
 * headers is in the report.
 */
enum region_error region_verify(const void *base, size_t size, struct region_report *ret_report);

/* --- writing --- */

struct region_writer {
        uint8_t *base;
        uint64_t size;
        uint64_t offset; /* where the next record goes */
        uint64_t number;
        uint64_t sequence; /* of the last header written */
        uint8_t run_id[16];
        enum region_state state;
        uint64_t keep_free; /* bytes only REGION_RUN records may use; set by the caller, 0 at first
                             */
};

/*
 * Zeroes the `size` bytes at `base`, writes both headers, state REGION_ARMED, and opens it
 * (`ret_writer` NULL: does not): region_writer_open would read back what has just been zeroed.
 */
enum region_error region_create(
        void *base, size_t size, const uint8_t run_id[16], struct region_writer *ret_writer);

/* The same for bytes that are zero already, as those of a new file are: they are not touched. */
enum region_error region_create_in_zeroes(
        void *base, size_t size, const uint8_t run_id[16], struct region_writer *ret_writer);

/*
 * Opens a formatted region to append to: finds the end of the good records and zeroes what a writer
 * that died left behind them. `ret_writer` borrows `base`. REGION_CLOSED when it is sealed.
 */
enum region_error region_writer_open(void *base, size_t size, struct region_writer *ret_writer);

/*
 * The same in two steps, for a caller that knows which part of the free space may have been written
 * to: the rest is neither read nor touched. region_writer_heal zeroes what is dirty of the free
 * space from offset `from` up to `to`.
 */
enum region_error region_writer_find(void *base, size_t size, struct region_writer *ret_writer);
void region_writer_heal(struct region_writer *writer, uint64_t from, uint64_t to);

/* Bytes left for records. */
uint64_t region_writer_free(const struct region_writer *writer);

/*
 * Appends one record, whole or not at all. `name` is `name_length` bytes, not terminated.
 * Errors: REGION_FULL (region_record_bytes says what is needed), REGION_BAD_NAME, REGION_CLOSED.
 */
enum region_error region_append(struct region_writer *writer, enum region_type type,
        const char *name, size_t name_length, const void *data, size_t data_length);

/*
 * The same in two steps, to fill the data in place: region_reserve gives room for `data_length`
 * bytes, region_commit makes it a record. To commit less, zero what is left over first. Nothing may
 * be appended in between, only region_cancel, which zeroes the room again.
 */
enum region_error region_reserve(
        struct region_writer *writer, size_t name_length, size_t data_length, void **ret_data);
enum region_error region_commit(struct region_writer *writer, enum region_type type,
        const char *name, size_t name_length, size_t data_length);
/*
 * The same for a caller that has taken the CRC-32C of the name and then the data already, with
 * crc32c(), while the data came: data that has changed since makes a damaged record.
 */
enum region_error region_commit_summed(struct region_writer *writer, enum region_type type,
        const char *name, size_t name_length, size_t data_length, uint32_t crc);
void region_cancel(struct region_writer *writer, size_t name_length, size_t data_length);

/* Writes both headers with another state (REGION_RUNNING). */
enum region_error region_set_state(struct region_writer *writer, enum region_state state);

/* Hashes the data and writes both headers as REGION_SEALED. Nothing can be appended afterwards. */
enum region_error region_seal(struct region_writer *writer);

/*
 * The same for a caller that has taken the hash already, in its own way: what sha256_tree makes of
 * the region_data. Another one makes a region that is incomplete.
 */
enum region_error region_seal_hashed(struct region_writer *writer, const uint8_t digest[32]);

/* The bytes that a seal is of: all records so far. */
const void *region_data(const struct region_writer *writer, size_t *ret_length);
