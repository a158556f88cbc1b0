/*
 * What is left when the runner itself is killed, by hand or because memory ran out. It cannot clean
 * up then, and what jobs have started may have left their sessions and parents: only an ancestor
 * finds them. So three processes make one forestage-run:
 *
 *   the one that was started   waits, hands signals on, and ends as the runner does
 *   the guard                  the same, in a process group of its own, and called forestage-guard
 *   the runner                 in the group of the first
 *
 * Whichever of them is killed, those that are left kill everything below them and clean up: the
 * first two are the subreapers of all that the runner starts, and whoever signals a name or a
 * process group does not hit all three.
 */
#pragma once

/*
 * Before the first thread and the first file. Returns in the runner, which is a new process; in the
 * others it does not return. `clean` is called in them, once nothing of the runner and its jobs is
 * left. Where no process can be started the runner goes on without a guard.
 */
void guard_start(int argc, char **argv, void (*clean)(void));
