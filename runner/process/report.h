/*
 * What a child process tells the supervisor: one JSON object a line through a pipe. The child's
 * side writes them here, process.h reads them. "type" is one of
 *   step    {"name"}              the child starts this step
 *   timing  {"name", "s"}         the step took so long
 *   error   {"reason", "again"}   it cannot go on; nothing follows; "again": perhaps because of the
 *                                 jobs that the same process has done before
 *   driver  {"cuda_version", "rehearsal"}
 *   device  as in docs/records.md
 *   go      {}                    it was told to go with its first job, and does
 *   ready   {}                    the kernel is done, its outputs can be asked for: those that
 *                                 were not asked for when it was told to go
 *   piece   {"index", "bytes"}    so much of the output that was asked for lies where it should
 *   output  {"index"}             the output that was asked for lies where it should
 *   end     {"stays", "missing", "unfit"}
 *                                 everything is done; "stays": it waits for another job; "missing":
 *                                 bytes of the GPU's memory that are not back; or why it cannot
 * stay
 */
#pragma once

#include <jansson.h>
#include <stdint.h>

#define REPORT_MAX_LINE    16384u
#define REPORT_BOARD_BYTES (UINT64_C(16) << 20) /* pages come as they are used */

/* Writes `message` and frees it. The child ends when the supervisor cannot be told. */
void report(int fd, json_t *message);

void report_step(int fd, const char *name);

/* Nobody waits for a timing: it goes with the next message that is none. */
void report_timing(int fd, const char *name, double seconds);
void report_error(int fd, const char *format, ...) __attribute__((format(printf, 2, 3)));

/*
 * For what need not wake the supervisor: REPORT_BOARD_BYTES of memory that it shares with this
 * process, zeroes at first (`board` of struct process). What is in it is the kind's own.
 */
void *report_board(void);
void report_have_board(void *board);
