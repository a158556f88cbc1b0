/*
 * All consoles of the kernel at once. /dev/console is the last console= of the command line alone:
 * whoever has the stage's output on a serial line sees nothing on the screen, and the other way
 * round.
 */
#pragma once

/*
 * From now on what this process and those that it starts write to standard output and error goes to
 * every console. Where there is one only, or this cannot be had, everything stays as it is.
 */
void consoles_open(void);

/* Waits for what was written to come out, and goes back to /dev/console alone. */
void consoles_close(void);
