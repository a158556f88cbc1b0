/*
 * A PTX module in memory, decoded once: what the parser makes and the interpreter runs.
 *
 * A thread's registers, its constants and its temporaries are 64-bit slots of one frame, addressed
 * by index; every value is held zero-extended from its width. Slot 0 is the predicate "true", which
 * guards unguarded instructions; slot 1 is the address of the frame's local memory. A frame starts
 * as a copy of the function's `initial` slots, so constants need no case of their own.
 */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "rehearsal/base/arena.h"
#include "rehearsal/base/type.h"

#define SLOT_TRUE  0u
#define SLOT_LOCAL 1u
#define SLOT_FIRST 2u

/* State spaces and where the generic address space shows them (the heap of device memory and of
 * pinned host memory takes the rest). */
enum space {
        SPACE_GENERIC,
        SPACE_GLOBAL,
        SPACE_CONST, /* lies in the heap like global memory */
        SPACE_SHARED,
        SPACE_LOCAL,
        SPACE_PARAM,    /* of a kernel */
        SPACE_REGISTER, /* a formal parameter of a .func that is a register */
        SPACE_COUNT,
};

#define WINDOW_SIZE     UINT64_C(0x100000000)
#define WINDOW_SHARED   UINT64_C(0x10000000000)
#define WINDOW_LOCAL    UINT64_C(0x10100000000)
#define WINDOW_PARAM    UINT64_C(0x10200000000)
#define WINDOW_FUNCTION UINT64_C(0x10300000000)
#define FUNCTION_STRIDE 16u /* bytes between the addresses of two functions */

/* Limits of the architecture that is played (sm_90's, where they differ). */
#define MAX_BLOCK_THREADS   1024u
#define MAX_STATIC_SHARED   (48u * 1024)
#define MAX_DYNAMIC_SHARED  (227u * 1024)
#define MAX_LOCAL           (512u * 1024)
#define MAX_PARAM           32764u
#define MAX_BARRIERS        16u
#define MAX_WARP            32u
#define MAX_MODULE_VARIABLE (UINT64_C(1) << 31)

enum rounding { ROUND_NONE, ROUND_NEAREST, ROUND_ZERO, ROUND_DOWN, ROUND_UP, ROUND_AWAY };

enum insn_flag {
        FLAG_FTZ = 1,        /* subnormal f32 inputs and results become zeros of the same sign */
        FLAG_SAT = 2,        /* clamp: to [0, 1], or to the integer type's range */
        FLAG_NAN = 4,        /* .NaN: a NaN operand makes the result NaN */
        FLAG_CC_IN = 8,      /* addc, subc, madc */
        FLAG_CC_OUT = 16,    /* .cc */
        FLAG_RELU = 32,      /* negative results and NaN become +0 */
        FLAG_BRANCH = 64,    /* `target` is to be made a pointer when the function is complete */
        FLAG_INTEGRAL = 128, /* cvt: round to an integer (.rni and its family) */
};

struct thread;
struct insn;

/* Executes one instruction; true when the thread cannot go on at once (waits, ended, failed). */
typedef bool execute_fn(struct thread *thread, const struct insn *insn);
typedef execute_fn builtin_fn; /* the same, for a call of a function without a body */

/* An operation by the type that it works on; NULL means that PTX does not have the combination. */
typedef execute_fn *const execute_table[TYPE_COUNT];

struct insn {
        execute_fn *execute;
        uint32_t guard;      /* slot of the predicate */
        uint8_t negate;      /* 1: runs where the predicate is false */
        uint8_t flags;       /* enum insn_flag */
        uint8_t round;       /* enum rounding */
        uint8_t type;        /* enum ptx_type of the operation (of the result, for cvt) */
        uint32_t d, a, b, c; /* slots of the result and the sources */
        uint8_t from;        /* cvt, set: enum ptx_type of the sources */
        uint8_t detail;      /* what kind of its family: comparison, shuffle mode, space… */
        uint8_t count;       /* elements of a vector access; bytes */
        uint8_t width;       /* bytes of the destination register, of the element */
        uint32_t line;
        union {
                int64_t offset; /* added to the address in slot a; a bare constant */
                uint64_t index; /* of the target instruction, while the function grows; cvt: a mask
                                 */
                const struct insn *target;
                uint64_t (*change)(uint64_t old, uint64_t b, uint64_t c); /* atom, red */
                bool (*compare)(uint64_t a, uint64_t b);                  /* setp, set */
                const struct call *call;
                const struct branch_targets *targets;
        };
        const uint32_t *list; /* slots of vector elements */
};

struct function;

struct variable {
        struct variable *next; /* in its owner's list, in order of declaration */
        const char *name;
        enum space space;
        enum ptx_type type; /* of an element */
        bool is_array;
        bool is_external; /* .extern: size 0 in shared memory is the dynamic part */
        bool is_managed;
        uint8_t vector; /* elements of .v2, .v4; else 1 */
        uint32_t align;
        uint64_t size;         /* bytes in all */
        uint64_t address;      /* global: device address; shared, local, param: offset */
        uint32_t slot;         /* SPACE_REGISTER */
        uint8_t *initial;      /* `size` bytes, or NULL for zeros */
        struct function *user; /* module-scope shared: the only function that names it, or NULL */
        bool used_by_many;
};

/* An address that is known only when the module is loaded: in a slot or in initial data. */
struct relocation {
        struct relocation *next;
        struct function *in_function; /* the slot's, or NULL for data */
        uint32_t slot;
        uint8_t *data;
        uint8_t size;              /* bytes of data to write */
        uint8_t shift;             /* mask(): which byte of the address */
        bool generic;              /* as seen in the generic space */
        struct variable *variable; /* one of the two */
        struct function *function;
        int64_t addend;
};

/* .branchtargets */
struct branch_targets {
        uint32_t count;
        uint64_t *index; /* of the instructions */
};

/* One call's arguments; a slot of an argument is a register, or the address of a .param. */
struct call {
        struct function *callee; /* NULL: the address is in the call's slot a */
        uint32_t argument_count, result_count;
        struct call_operand {
                bool in_memory; /* a .param variable of the caller */
                uint32_t slot;
                uint64_t offset; /* in the caller's frame */
                uint64_t size;
        } * arguments, *results;
};

struct function {
        struct function *next;
        const char *name;
        uint32_t number;
        bool is_entry;
        bool is_defined;
        struct program *program;
        struct variable *params, *results; /* formal ones, in order */
        struct variable *shared;           /* declared inside */
        uint32_t param_count, result_count;
        uint64_t param_size; /* of an entry: bytes of its parameter block */
        uint64_t local_size; /* of one frame: .local, and .param other than an entry's own */
        uint64_t shared_size;
        uint32_t slot_count;
        uint64_t *initial; /* slots of a fresh frame */
        struct insn *insns;
        uint32_t insn_count;
        uint32_t max_threads[3];      /* .maxntid; 0: not given */
        uint32_t required_threads[3]; /* .reqntid; 0: not given */
        uint32_t max_dynamic_shared;  /* set by cuFuncSetAttribute */
        uint32_t line;
        uint32_t called_line; /* of the first call by name; 0: none */
        builtin_fn *builtin;  /* of a function without a body that CUDA provides */
};

struct program {
        struct arena arena;
        unsigned version; /* 10 * major + minor */
        unsigned target;  /* 70 for sm_70 */
        struct function *functions;
        struct variable *variables; /* global, const and shared at module scope */
        struct relocation *relocations;
        uint32_t function_count;
        uint64_t dynamic_shared; /* offset of the dynamic shared memory, the same for all kernels */
};

struct function *program_function(const struct program *program, const char *name);
struct variable *program_variable(const struct program *program, const char *name);

/* The function whose address (`mov` of its name) this is, or NULL. */
struct function *program_function_at(const struct program *program, uint64_t address);

/*
 * Gives every shared variable its offset and every kernel its size. A kernel's own variables
 * overlay those of other kernels. On failure names the kernel that needs more than there is.
 */
bool program_layout(struct program *program, const struct function **ret_too_large);

/* Writes all addresses, once every global and const variable has its own. */
void program_relocate(struct program *program);

void program_free(struct program *program);
