/* The version of forestage-run. */
#ifndef FORESTAGE_RUNNER_VERSION_H
#define FORESTAGE_RUNNER_VERSION_H

#define RUNNER_VERSION "0.1.0"

#endif
