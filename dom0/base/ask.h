/* The question before something is changed. */
#pragma once

#include <stdbool.h>

/* Whether the person says yes; `yes` answers for them. Without an answer it is no. */
bool ask(const char *question, bool yes);
