/* Firmware variables: the last run's id, and whether Secure Boot is on. */
#pragma once

#include "efi/parse/decision.h"
#include "efi/parse/repeat.h"
#include "efi/parse/text.h"
#include "lib/uuid.h"

/*
 * ForestageLastRun, vendor GUID 14ec1a0d-f549-48b7-90e0-d76980224a80, non-volatile, for boot and
 * run time: UUID_LENGTH characters, the run id in lower case, without a NUL.
 */
#define VARIABLE_LAST_RUN L"ForestageLastRun"

/* Compares the variable with a run id. LAST_RUN_UNREADABLE appends the reason. */
enum last_run variable_last_run(const char run[UUID_LENGTH + 1], struct text *reason);

/* Stores a run id and reads it back; only what is really there can stop a second run. */
bool variable_store_run(const char run[UUID_LENGTH + 1], struct text *reason);

/*
 * ForestageRepeat, of the same kind: the count of an order that repeats, as repeat_format writes
 * it. REPEAT_COUNTED sets `ret_repeat` to whatever order's count is there.
 */
#define VARIABLE_REPEAT L"ForestageRepeat"

enum repeat_state variable_repeat(struct repeat *ret_repeat, struct text *reason);

/* Stores the count and reads it back. */
bool variable_store_repeat(const struct repeat *repeat, struct text *reason);

/* The firmware's SecureBoot variable; false where there is none. */
bool variable_secure_boot(void);
