/*
 * The chain of integer operations that integer.cu iterates and the CPU repeats: written once, for
 * both. Each operation changes one value so that it can be changed back while the others are known:
 * a step is a permutation of all that the values can be, and what is wrong once is never right
 * again.
 */
#pragma once

#ifndef INTEGER_FUNCTION
#define INTEGER_FUNCTION static inline
#endif

#define INTEGER_THREADS 256
#define INTEGER_SETS    8 /* of operands: a warp's */
#define INTEGER_CHAINS  8
#define INTEGER_STEPS   256

/* Of a step, with two of a multiply-add: of each value 9, and of every second one two more. */
#define INTEGER_OPERATIONS (9 * INTEGER_CHAINS + INTEGER_CHAINS)

#ifdef __CUDA__
/* The compiler must not choose other instructions for these. */
#define INTEGER_OF_THREE(name, instruction)                                             \
        INTEGER_FUNCTION unsigned integer_##name(unsigned a, unsigned b, unsigned c)    \
        {                                                                               \
                unsigned d;                                                             \
                                                                                        \
                asm(instruction " %0, %1, %2, %3;" : "=r"(d) : "r"(a), "r"(b), "r"(c)); \
                return d;                                                               \
        }
INTEGER_OF_THREE(low, "mad.lo.u32")
INTEGER_OF_THREE(high, "mad.hi.u32")
INTEGER_OF_THREE(permute, "prmt.b32")
INTEGER_OF_THREE(funnel, "shf.l.wrap.b32")

#define integer_logic(table, a, b, c)                          \
        ({                                                     \
                unsigned integer_d;                            \
                                                               \
                asm("lop3.b32 %0, %1, %2, %3, %4;"             \
                        : "=r"(integer_d)                      \
                        : "r"(a), "r"(b), "r"(c), "n"(table)); \
                integer_d;                                     \
        })
#else
INTEGER_FUNCTION unsigned integer_low(unsigned a, unsigned b, unsigned c)
{
        return a * b + c;
}

INTEGER_FUNCTION unsigned integer_high(unsigned a, unsigned b, unsigned c)
{
        return (unsigned)((unsigned long long)a * b >> 32) + c;
}

/* Bytes 0 to 3 are those of a, 4 to 7 those of b. */
INTEGER_FUNCTION unsigned integer_permute(unsigned a, unsigned b, unsigned selector)
{
        unsigned long long from = (unsigned long long)b << 32 | a;
        unsigned to = 0;

        for (unsigned i = 0; i < 4; i++)
                to |= (unsigned)(from >> (selector >> 4 * i & 7) * 8 & 0xff) << 8 * i;
        return to;
}

/* The upper half of high:low, moved up. */
INTEGER_FUNCTION unsigned integer_funnel(unsigned low, unsigned high, unsigned by)
{
        return (unsigned)((((unsigned long long)high << 32 | low) << (by & 31)) >> 32);
}

/* Bit 4a + 2b + c of the table is the result of these bits. */
INTEGER_FUNCTION unsigned integer_logic(unsigned table, unsigned a, unsigned b, unsigned c)
{
        unsigned d = 0;

        for (unsigned i = 0; i < 8; i++) {
                if (table >> i & 1)
                        d |= (i & 4 ? a : ~a) & (i & 2 ? b : ~b) & (i & 1 ? c : ~c);
        }
        return d;
}
#endif

/*
 * One value's part of a step. `table` is one of those that turn a by a function of b and c;
 * `selector` puts the four bytes of the first of its operands, or of the second, in another order.
 */
#define INTEGER_PART(x, n, table, selector, other)                                               \
        do {                                                                                     \
                unsigned y = (x)[((n) + 1) % INTEGER_CHAINS];                                    \
                unsigned z = (x)[((n) + 3) % INTEGER_CHAINS];                                    \
                unsigned v = integer_low((x)[n], 0x9e3779b1u + 2u * (n), 0x7f4a7c15u);           \
                                                                                                 \
                v = integer_funnel(v, v, z);                                                     \
                v = integer_logic(table, v, y, z);                                               \
                v = (other) ? integer_permute(z, v, selector) : integer_permute(v, y, selector); \
                v = integer_low(y, z, v);                                                        \
                v = integer_high(y, 0xd2511f53u, v);                                             \
                if ((n) % 2)                                                                     \
                        v += (unsigned)__builtin_popcount(z);                                    \
                (x)[n] = v;                                                                      \
        } while (0)

INTEGER_FUNCTION void integer_step(unsigned *x)
{
        INTEGER_PART(x, 0, 0x78, 0x0321, 0); /* a ^ (b & c) */
        INTEGER_PART(x, 1, 0x1e, 0x5476, 1); /* a ^ (b | c) */
        INTEGER_PART(x, 2, 0x96, 0x1032, 0); /* a ^ b ^ c */
        INTEGER_PART(x, 3, 0xb4, 0x4567, 1); /* a ^ (b & ~c) */
        INTEGER_PART(x, 4, 0xd2, 0x2103, 0); /* a ^ (~b & c) */
        INTEGER_PART(x, 5, 0x87, 0x6745, 1); /* a ^ ~(b & c) */
        INTEGER_PART(x, 6, 0x69, 0x3021, 0); /* a ^ ~(b ^ c) */
        INTEGER_PART(x, 7, 0xe1, 0x4765, 1); /* a ^ ~(b | c) */
}
