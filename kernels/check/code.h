/* Numbers of the code that tests the caches of instructions. */
#pragma once

#define CODE_THREADS      256
#define CODE_VALUES       4
#define CODE_INSTRUCTIONS 8448 /* of 16 bytes, from 7.0 on: 132 KiB */
#define CODE_BYTES        16u  /* of one */

/* In the PTX, and behind it the names of the values, with commas between them. */
#define CODE_MARKER "// forestage code: "
