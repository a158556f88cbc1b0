/*
 * The version of all of Forestage, and the only place that says it: programs include this file, and
 * packages and their man pages take it from `forestage --version` (scripts/dist/dist.sh).
 */
#pragma once

#define FORESTAGE_VERSION "0.1.0"
