/*
 * All consoles of the kernel at once. /dev/console is the last console= of the command line alone:
 * whoever has the stage's output on a serial line sees nothing on the screen, and the other way
 * round.
 */
#pragma once

#define CONSOLES_ACTIVE "/sys/class/tty/console/active" /* the one of /dev/console is the last */

/*
 * From now on what this process and those that it starts write to standard output and error goes to
 * every console. One that takes nothing (Ctrl-S, a serial line whose other end is not ready) loses
 * what it does not take, and keeps neither the others nor the run waiting. Where this cannot be
 * had, everything stays as it is. `active` is the file with their names below /dev.
 */
void consoles_open(const char *active);

/*
 * Waits, for seconds at most, until what was written has come out, and goes back to /dev/console
 * alone, where what cannot be written at once is lost.
 */
void consoles_close(void);
