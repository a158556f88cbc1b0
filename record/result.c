/* What the records RESULT and RUN hold. */
#include "record/result.h"

#include "record/findings.h"
#include "record/table.h"

static const struct record_key worst_keys[] = {
        { "index", COUNT | MUST, NULL },
        { "expected", STRING | NUMBER | MUST, NULL },
        { "found", STRING | NUMBER | MUST, NULL },
        { "error", STRING | NUMBER, NULL },
        END,
};

const struct record_key record_output_keys[] = {
        { "file", STRING | FILLED | MUST, NULL },
        { "bytes", BYTES | MUST, NULL },
        { "sha256", STRING | NOTHING | MUST, NULL },
        { "expect", STRING | NOTHING | MUST, NULL },
        { "as", STRING | FILLED, NULL },
        { "tolerance", AMOUNT, NULL },
        { "worst", OBJECT | NOTHING | CLEAN, worst_keys },
        { "mismatches", COUNT | NOTHING | CLEAN, NULL },
        { "untouched", COUNT | NOTHING | CLEAN, NULL },
        END,
};

const struct record_key record_stored_keys[] = {
        { "bytes", BYTES | MUST, NULL },
        { "sha256", STRING | FILLED | MUST, NULL },
        { "from", COUNT | MUST, NULL },
        { "size", COUNT | MUST, NULL },
        { "offset", COUNT | MUST, NULL },
        { "number", COUNT | MUST, NULL },
        END,
};

static const struct record_key xid_keys[] = {
        { "code", COUNT | MUST, NULL },
        { "message", STRING | MUST, NULL },
        END,
};

static const struct record_key health_xid_keys[] = {
        { "xid", COUNT | MUST, NULL },
        { "message", STRING | MUST, NULL },
        END,
};

static const struct record_key pair_keys[] = {
        { "peer", DEVICE | MUST, NULL },
        { "direct", BOOLEAN | MUST, NULL },
        { "write_gbps", GBPS | MUST, NULL },
        { "read_gbps", GBPS | MUST, NULL },
        { "errors", COUNT | MUST, NULL },
        END,
};

static const struct record_key rise_keys[] = {
        { "counter", STRING | MUST, NULL },
        { "before", COUNT | MUST, NULL },
        { "after", COUNT | MUST, NULL },
        END,
};

static const struct record_key standing_keys[] = {
        { "item", STRING | FILLED | MUST, NULL },
        { "limit", STRING | COUNT | MUST, NULL },
        { "value", STRING | COUNT, NULL },
        { "status", STRING | MUST, NULL },
        END,
};

static const struct record_key range_keys[] = {
        { "from", COUNT | MUST, NULL },
        { "to", COUNT | MUST, NULL },
        { "errors", COUNT | MUST, NULL },
        END,
};

static const struct record_key wrong_keys[] = {
        { "multiprocessor", COUNT | MUST, NULL },
        { "errors", COUNT | MUST, NULL },
        { "quarters", LIST | AMOUNTS, NULL },
        END,
};

static const struct record_key hash_keys[] = {
        { "operation", STRING | FILLED | MUST, NULL },
        { "hash", STRING | FILLED | MUST, NULL },
        { "golden", STRING | FILLED, NULL },
        { "status", STRING | MUST, NULL },
        END,
};

static const struct record_key error_keys[] = {
        { "address", STRING, NULL },
        { "offset", COUNT, NULL },
        { "multiprocessor", COUNT, NULL },
        { "quarter", COUNT, NULL },
        { "index", COUNT, NULL },
        { "computed", STRING, NULL },
        { "expected", STRING | MUST, NULL },
        { "found", STRING | MUST, NULL },
        { "again", STRING, NULL },
        { "bits", LIST | AMOUNTS, NULL },
        END,
};

/* Which of them a test has is told by docs/validation.md. */
const struct record_key record_test_keys[] = {
        { "test", STRING | FILLED | MUST, NULL },
        { "status", STRING | MUST, NULL },
        { "reason", STRING, NULL },
        { "wall_s", SECONDS | NEW, NULL },
        { "write_gbps", GBPS, NULL },
        { "verify_gbps", GBPS, NULL },
        { "turn_gbps", GBPS, NULL },
        { "beyond_gbps", GBPS, NULL },
        { "sram_bytes", COUNT, NULL },
        { "h2d_gbps", GBPS, NULL },
        { "d2h_gbps", GBPS, NULL },
        { "load_steps", COUNT | RECORD_OF(RECORD_TIMES), NULL },
        { "least_load_percent", PERCENT, NULL },
        { "most_load_percent", PERCENT, NULL },
        { "idle_w", WATTS, NULL },
        { "swing_w", WATTS, NULL },
        { "sums", STRINGS, NULL },
        { "hashes", LIST, hash_keys },
        { "start_c", CELSIUS, NULL },
        { "end_c", CELSIUS, NULL },
        { "memory_start_c", CELSIUS, NULL },
        { "memory_end_c", CELSIUS, NULL },
        { "memory_temperature_c", CELSIUS, NULL },
        { "slope_c_per_min", NUMBER | RECORD_OF(RECORD_SLOPE), NULL },
        { "settled", BOOLEAN, NULL },
        { "settle_s", SECONDS, NULL },
        { "gbytes", AMOUNT | RECORD_OF(RECORD_GBYTES), NULL },
        { "memory_bytes", COUNT | RECORD_OF(RECORD_TESTED), NULL },
        { "covered_percent", PERCENT, NULL },
        { "errors", COUNT, NULL },
        { "arithmetic_errors", COUNT, NULL },
        { "rounds", COUNT | RECORD_OF(RECORD_TIMES), NULL },
        { "first_errors", LIST, error_keys },
        { "by_bit", LIST | AMOUNTS, NULL },
        { "by_range", LIST, range_keys },
        { "wrong_multiprocessors", LIST, wrong_keys },
        { "tflops", TERA, NULL },
        { "tops", TERA, NULL },
        { "efficiency", AMOUNT, NULL },
        { "busy_s", SECONDS, NULL },
        { "path", STRING | RECORD_ONE_OF(RECORD_PATH), NULL },
        { "untested", STRING | FILLED, NULL },
        { "multiprocessors", PARTS, NULL },
        { "quarters", PARTS, NULL },
        { "operand_sets", PARTS, NULL },
        { "least_rounds", COUNT | RECORD_OF(RECORD_TIMES), NULL },
        { "power_w", WATTS, NULL },
        { "power_max_w", WATTS, NULL },
        { "clock_mhz", MHZ, NULL },
        { "temperature_c", CELSIUS, NULL },
        { "throttle", STRINGS | RECORD_ONE_OF(RECORD_THROTTLE), NULL },
        { "gbps", GBPS, NULL },
        { "samples", COUNT | RECORD_OF(RECORD_TIMES), NULL },
        { "pairs", LIST, pair_keys },
        { "launch_us", SHORT, NULL },
        { "copy_us", SHORT, NULL },
        { "memory_ns", SHORT, NULL },
        { "pcie_width", AMOUNT | RECORD_OF(RECORD_PARTS), NULL },
        { "pcie_generation", AMOUNT | RECORD_OF(RECORD_PARTS), NULL },
        { "nvlinks_active", AMOUNT | RECORD_OF(RECORD_PARTS), NULL },
        { "nvlink_gbps", GBPS, NULL },
        { "before", OBJECT, record_reading_keys },
        { "after", OBJECT, record_reading_keys },
        { "bridges_under_load", LIST, record_bridge_keys },
        { "source", STRING | RECORD_ONE_OF(RECORD_SOURCE), NULL },
        { "vbios", STRING | FILLED, NULL },
        { "standing", LIST, standing_keys },
        { "readings", COUNT | RECORD_OF(RECORD_TIMES), NULL },
        { "throttled_readings", COUNT | RECORD_OF(RECORD_TIMES), NULL },
        { "starved", COUNT | RECORD_OF(RECORD_TIMES), NULL },
        { "rises", LIST, rise_keys },
        { "not_readable", STRINGS, NULL },
        { "xids", LIST, health_xid_keys },
        END,
};

static const struct record_key requirement_keys[] = {
        { "require", STRING | FILLED | MUST, NULL },
        { "found", NUMBER, NULL },
        { "status", STRING | MUST, NULL },
        END,
};

static const struct record_key compared_keys[] = {
        { "metric", STRING | FILLED | MUST, NULL },
        { "baseline", AMOUNT | MUST, NULL },
        { "found", NUMBER, NULL },
        { "status", STRING | MUST, NULL },
        END,
};

static const struct record_key peer_keys[] = {
        { "metric", STRING | FILLED | MUST, NULL },
        { "best", AMOUNT | STRING | MUST, NULL },
        { "device", DEVICE | MUST, NULL },
        { "found", NUMBER | STRING, NULL },
        { "status", STRING | MUST, NULL },
        END,
};

static const struct record_key series_keys[] = {
        { "time_ms", LIST, NULL },
        { "power_w", LIST, NULL },
        { "temperature_c", LIST, NULL },
        { "memory_temperature_c", LIST, NULL },
        { "clock_mhz", LIST, NULL },
        { "memory_clock_mhz", LIST, NULL },
        { "throttle", LIST, NULL },
        { "pcie_generation", LIST, NULL },
        { "pcie_width", LIST, NULL },
        END,
};

static const struct record_key limit_keys[] = {
        { "metric", STRING | FILLED | MUST, NULL },
        { "kind", STRING | MUST, NULL },
        { "status", STRING | MUST, NULL },
        { "found", AMOUNT, NULL },
        { "limit", AMOUNT, NULL },
        { "source", STRING, NULL },
        { "reason", STRING, NULL },
        END,
};

static const struct record_key check_keys[] = {
        { "level", STRING | RECORD_ONE_OF(RECORD_LEVEL), NULL },
        { "planned", COUNT | NOTHING, NULL },
        { "estimate_s", SECONDS | NOTHING, NULL },
        { "devices", COUNT, NULL },
        { "tests", LIST | MUST, record_test_keys },
        { "requirements", LIST | NEW, requirement_keys },
        { "baseline_planned", COUNT, NULL },
        { "baseline_compared", LIST, compared_keys },
        { "series", OBJECT, series_keys },
        { "pci_id", STRING | FILLED, NULL },
        { "limits", LIST, limit_keys },
        { "peer_gpus", COUNT, NULL },
        { "peers", LIST, peer_keys },
        END,
};

const struct record_key record_result_keys[] = {
        { "job", STRING | FILLED | MUST, NULL },
        { "kind", STRING | MUST, NULL },
        { "device", DEVICE | NOTHING | MUST, NULL },
        { "name", STRING | NOTHING | MUST, NULL },
        { "uuid", STRING | NOTHING | MUST, NULL },
        { "pci", STRING | NOTHING | MUST, NULL },
        { "rehearsal", BOOLEAN | MUST, NULL },
        { "status", STRING | MUST, NULL },
        { "reason", STRING | NOTHING | CLEAN, NULL },
        { "start_s", SECONDS | NOTHING | NEW, NULL },
        { "wall_s", SECONDS | NOTHING | NEW, NULL },
        { "timings", OBJECT | NOTHING | AMOUNTS | RECORD_OF(RECORD_SECONDS) | NEW, NULL },
        { "outputs", LIST | NOTHING | NEW, record_output_keys },
        { "check", OBJECT, check_keys },
        { "exit_code", CODE | NOTHING | CLEAN, NULL },
        { "signal", SIGNAL | NOTHING | CLEAN, NULL },
        { "xid", LIST | NOTHING | CLEAN, xid_keys },
        { "fresh_context", BOOLEAN, NULL },
        { "started_ahead", BOOLEAN, NULL },
        { "context", STRING | RECORD_ONE_OF(RECORD_CONTEXT), NULL },
        { "worker", COUNT, NULL },
        { "worker_unfit", STRING, NULL },
        { "beside", COUNT, NULL },
        { "apart", STRING, NULL },
        { "unmatched", STRINGS, NULL },
        { "left", STRINGS, NULL },
        { "stdout_dropped_bytes", COUNT, NULL },
        { "stderr_dropped_bytes", COUNT, NULL },
        END,
};

static const struct record_key runner_keys[] = {
        { "exit_code", CODE, NULL },
        { "signal", SIGNAL, NULL },
        END,
};

const struct record_key record_run_keys[] = {
        { "sealed_by", STRING | FILLED | MUST, NULL },
        { "runner", OBJECT | NOTHING | MUST, runner_keys },
        { "reason", STRING | NOTHING, NULL },
        END,
};
