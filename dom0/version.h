/* The version that `forestage --version` and every run.json name. */
#ifndef FORESTAGE_DOM0_VERSION_H
#define FORESTAGE_DOM0_VERSION_H

#ifndef FORESTAGE_VERSION
#define FORESTAGE_VERSION "0.1.0"
#endif

#endif
