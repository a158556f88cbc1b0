/*
 * What a child process tells the supervisor: one JSON object a line through a pipe. The child's
 * side writes them here, process.h reads them. "type" is one of
 *   step    {"name"}              the child starts this step
 *   timing  {"name", "s"}         the step took so long
 *   error   {"reason"}            it cannot go on; nothing follows
 *   driver  {"cuda_version", "rehearsal"}
 *   device  as in docs/records.md
 *   go      {}                    it was told to go, and does
 *   ready   {}                    the kernel is done, its outputs can be asked for
 *   piece   {"index", "bytes"}    so much of the output that was asked for lies where it should
 *   output  {"index"}             the output that was asked for lies where it should
 *   end     {}                    everything is done
 */
#pragma once

#include <jansson.h>

#define REPORT_MAX_LINE 16384u

/* Writes `message` and frees it. The child ends when the supervisor cannot be told. */
void report(int fd, json_t *message);

void report_step(int fd, const char *name);
void report_timing(int fd, const char *name, double seconds);
void report_error(int fd, const char *format, ...) __attribute__((format(printf, 2, 3)));
