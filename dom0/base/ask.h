/* The question before something is changed. */
#ifndef FORESTAGE_DOM0_BASE_ASK_H
#define FORESTAGE_DOM0_BASE_ASK_H

#include <stdbool.h>

/* Whether the person says yes; `yes` answers for them. Without an answer it is no. */
bool ask(const char *question, bool yes);

#endif
