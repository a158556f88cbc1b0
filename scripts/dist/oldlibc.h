/* Before all of forestage-cached.so in the packages: what scripts/dist/oldlibc.c is for
 * forestage-run. */
#pragma once

__asm__(".symver dlsym, dlsym@GLIBC_2.2.5");
