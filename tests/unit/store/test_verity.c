/*
 * Hash trees against those that veritysetup (cryptsetup 2.6.1) makes of the same data, without a
 * salt: `veritysetup format --no-superblock --salt=- --hash-offset=BYTES FILE FILE`.
 */
#include <stdlib.h>

#include "store/verity.h"
#include "tests/unit/tap.h"

/* Byte i of the data is i * 31 + i / 4096, of which it takes the lowest 8 bits. */
static const struct {
        uint64_t blocks, tree_blocks;
        const char *root, *tree; /* the SHA-256 of the tree */
} golden[] = {
        { 1, 0, "695fb69684bbdf7f0df73d0cbcf84b46104edfe6504fd3a1dcbd340f628f8d8a",
                "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855" },
        { 2, 1, "e0569a22152a54d6ada9309f2b35b38d8b0a0075134dcac64e906c53c3369981",
                "e0569a22152a54d6ada9309f2b35b38d8b0a0075134dcac64e906c53c3369981" },
        { 3, 1, "ff97fdc13641f9c13d22148891279ff16044ce666d9aa0958ed424999b8e5d7d",
                "ff97fdc13641f9c13d22148891279ff16044ce666d9aa0958ed424999b8e5d7d" },
        { 128, 1, "2a59b1e27434901ad58940e19e14f0bcdd805dd8d1326fb291351a308303ccd0",
                "2a59b1e27434901ad58940e19e14f0bcdd805dd8d1326fb291351a308303ccd0" },
        { 129, 3, "a496a1326322de6d0c8d26d9a0c6af480417ae808108ccd6993bb3a55d9f6100",
                "471974480e7c7481bc30eb763429fab0170fef525c17b408ff09d705ba05c021" },
        { 316, 4, "788b0f6d0a29a2c57c0b8e683aeefd101ee16950c919ca28f43332741f739364",
                "608c6db8606dec50fff0fc331add654f3e946283ae8eab84a22db437549bd553" },
        { 16384, 129, "2d02ee4a813d527f239b4ed447f6b2067ec62bcc7ff2e738f2ad85ea10e229cb",
                "bb1f84a10fdaaf2e9607bcca9e9cd42d2457c449af2463a83c5085ae76c3b781" },
        { 16385, 132, "735483ae76a13af741f6c2ec48e992d79c8f222933e23d6eb2e566848b59663d",
                "42f26b14854fecfb485d09e4ffc476bbdf2a4eb2d69436cd415f5e8c86e2fbec" },
};

static void fill(uint8_t *data, uint64_t bytes)
{
        for (uint64_t i = 0; i < bytes; i++)
                data[i] = (uint8_t)(i * 31 + i / VERITY_BLOCK);
}

static void assert_digest(const uint8_t digest[SHA256_SIZE], const char *expected)
{
        char text[2 * SHA256_SIZE + 1];

        sha256_format(digest, text);
        assert_string_equal(text, expected);
}

/* In pieces of so many blocks at most. */
static void try_one(size_t i, uint64_t at_once)
{
        uint64_t bytes = golden[i].blocks * VERITY_BLOCK, piece = at_once * VERITY_BLOCK;
        uint64_t tree_bytes = verity_tree_bytes(bytes);
        uint8_t *data = malloc(bytes), *tree = calloc(1, tree_bytes + 1), root[SHA256_SIZE];
        struct verity verity;

        fill(data, bytes);
        assert_int_equal(tree_bytes, golden[i].tree_blocks * VERITY_BLOCK);
        verity_begin(&verity, tree, bytes);
        for (uint64_t done = 0; done < bytes; done += piece)
                verity_add(&verity, data + done, bytes - done < piece ? bytes - done : piece);
        verity_end(&verity, root);
        assert_digest(root, golden[i].root);
        sha256(tree, tree_bytes, root);
        assert_digest(root, golden[i].tree);
        assert_int_equal(tree[tree_bytes], 0);
        free(data);
        free(tree);
}

static void trees_are_those_of_veritysetup(void **state)
{
        (void)state;
        for (size_t i = 0; i < sizeof(golden) / sizeof(golden[0]); i++) {
                try_one(i, golden[i].blocks);
                try_one(i, 7);
        }
}

/* Of what no disk holds: neither an overflow, nor more levels than there is room for. */
static void trees_of_any_size_have_a_size(void **state)
{
        (void)state;
        assert_int_equal(verity_tree_bytes(0), 0);
        assert_int_equal(verity_tree_bytes(VERITY_BLOCK), 0);
        assert_int_equal(verity_tree_bytes(2 * VERITY_BLOCK), VERITY_BLOCK);
        for (uint64_t bytes = VERITY_BLOCK; bytes <= INT64_MAX / 2; bytes *= 2) {
                assert_true(verity_tree_bytes(bytes) <= bytes);
                assert_true(verity_tree_bytes(bytes) <= bytes / 127 + 8 * VERITY_BLOCK);
        }
}

int main(void)
{
        const struct CMUnitTest tests[] = {
                cmocka_unit_test(trees_are_those_of_veritysetup),
                cmocka_unit_test(trees_of_any_size_have_a_size),
        };

        return run_tap(tests);
}
