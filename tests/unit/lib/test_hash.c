#include "lib/crc32c.h"
#include "lib/sha256.h"
#include "tests/unit/tap.h"

/* RFC 3720, appendix B.4. */
static void crc32c_published(void **state)
{
        uint8_t bytes[32];

        (void)state;
        memset(bytes, 0, sizeof(bytes));
        assert_int_equal(crc32c(0, bytes, 32), 0x8a9136aa);
        memset(bytes, 0xff, sizeof(bytes));
        assert_int_equal(crc32c(0, bytes, 32), 0x62a8ab43);
        for (unsigned int i = 0; i < 32; i++)
                bytes[i] = (uint8_t)i;
        assert_int_equal(crc32c(0, bytes, 32), 0x46dd794e);
        for (unsigned int i = 0; i < 32; i++)
                bytes[i] = (uint8_t)(31 - i);
        assert_int_equal(crc32c(0, bytes, 32), 0x113fdb5c);
        assert_int_equal(crc32c(0, "123456789", 9), 0xe3069283);
        assert_int_equal(crc32c(0, "", 0), 0);
}

/* Bit by bit from the polynomial: a second implementation to compare any length against. */
static uint32_t crc32c_slow(const uint8_t *bytes, size_t length)
{
        uint32_t crc = ~0u;

        for (size_t i = 0; i < length; i++) {
                crc ^= bytes[i];
                for (int bit = 0; bit < 8; bit++)
                        crc = crc >> 1 ^ (crc & 1 ? 0x82F63B78u : 0);
        }
        return ~crc;
}

static void crc32c_any_length_and_split(void **state)
{
        uint8_t bytes[200];

        (void)state;
        for (size_t i = 0; i < sizeof(bytes); i++)
                bytes[i] = (uint8_t)(i * 37 + 11);
        for (size_t length = 0; length <= sizeof(bytes); length++) {
                uint32_t expected = crc32c_slow(bytes, length);
                size_t half = length / 3;

                assert_int_equal(crc32c(0, bytes, length), expected);
                assert_int_equal(
                        crc32c(crc32c(0, bytes, half), bytes + half, length - half), expected);
        }
}

static const struct {
        const char *text;
        unsigned int repeat;
        const char *digest;
} sha_vectors[] = {
        /* FIPS 180-4 examples and NIST's CAVS short messages. */
        { "", 1, "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855" },
        { "abc", 1, "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad" },
        { "abcdbcdecdefdefgefghfghighijhijkijkljklmklmnlmnomnopnopq", 1,
                "248d6a61d20638b8e5c026930c3e6039a33ce45964ff2167f6ecedd419db06c1" },
        { "a", 1000000, "cdc76e5c9914fb9281a1c7e284d73e67f1809a48a497200e046d39ccc7112cd0" },
};

static void sha256_published(void **state)
{
        (void)state;
        for (size_t i = 0; i < sizeof(sha_vectors) / sizeof(sha_vectors[0]); i++) {
                for (int instructions = 0; instructions < 2; instructions++) {
                        uint8_t digest[SHA256_SIZE];
                        char text[2 * SHA256_SIZE + 1];
                        struct sha256 hash;

                        sha256_init(&hash);
                        hash.instructions = hash.instructions && instructions;
                        for (unsigned int k = 0; k < sha_vectors[i].repeat; k++)
                                sha256_update(
                                        &hash, sha_vectors[i].text, strlen(sha_vectors[i].text));
                        sha256_final(&hash, digest);
                        sha256_format(digest, text);
                        assert_string_equal(text, sha_vectors[i].digest);
                }
        }
}

static void sha256_both_ways_agree(void **state)
{
        uint8_t bytes[1000], plain[SHA256_SIZE], fast[SHA256_SIZE];

        (void)state;
        for (size_t i = 0; i < sizeof(bytes); i++)
                bytes[i] = (uint8_t)(i * i + 7);
        for (size_t length = 0; length <= sizeof(bytes); length += 13) {
                struct sha256 hash;

                sha256_init(&hash);
                hash.instructions = false;
                sha256_update(&hash, bytes, length / 2);
                sha256_update(&hash, bytes + length / 2, length - length / 2);
                sha256_final(&hash, plain);
                sha256(bytes, length, fast);
                assert_memory_equal(plain, fast, SHA256_SIZE);
        }
}

/* Two at a time: whole blocks, parts of one, and both. */
static void sha256_of_two_is_that_of_each(void **state)
{
        uint8_t bytes[1000], a[SHA256_SIZE], b[SHA256_SIZE], alone[SHA256_SIZE];

        (void)state;
        for (size_t i = 0; i < sizeof(bytes); i++)
                bytes[i] = (uint8_t)(i * i + 7);
        for (size_t length = 0; length <= sizeof(bytes) - 100; length++) {
                sha256_two(bytes, bytes + 100, length, a, b);
                sha256(bytes, length, alone);
                assert_memory_equal(a, alone, SHA256_SIZE);
                sha256(bytes + 100, length, alone);
                assert_memory_equal(b, alone, SHA256_SIZE);
        }
}

/* The hash of the hashes, taken one after the other. */
static void tree_by_hand(const uint8_t *data, size_t length, uint8_t ret_digest[SHA256_SIZE])
{
        uint8_t all[16 * SHA256_SIZE];
        size_t used = 0;

        for (size_t at = 0; at < length; at += SHA256_PIECE, used += SHA256_SIZE)
                sha256(data + at, length - at < SHA256_PIECE ? length - at : SHA256_PIECE,
                        all + used);
        sha256(all, used, ret_digest);
}

static void tree_is_the_hash_of_hashes(void **state)
{
        const size_t p = SHA256_PIECE;
        const size_t lengths[] = { 0, 1, 64, p - 1, p, p + 1, 2 * p, 2 * p + 64, 3 * p, 5 * p + 7 };
        uint8_t *bytes = malloc(6 * p), expected[SHA256_SIZE], found[SHA256_SIZE];
        uint8_t parts[16][SHA256_SIZE];

        (void)state;
        assert_non_null(bytes);
        for (size_t i = 0; i < 6 * p; i++)
                bytes[i] = (uint8_t)(i * i >> 7 ^ i);
        for (size_t i = 0; i < sizeof(lengths) / sizeof(lengths[0]); i++) {
                size_t pieces = sha256_pieces(lengths[i]);

                tree_by_hand(bytes, lengths[i], expected);
                sha256_tree(bytes, lengths[i], found);
                assert_memory_equal(found, expected, SHA256_SIZE);
                for (size_t step = 1; step <= 3; step++) {
                        memset(parts, 0, sizeof(parts));
                        for (size_t at = 0; at < pieces; at += step)
                                sha256_of_pieces(bytes, lengths[i], at,
                                        pieces - at < step ? pieces - at : step, parts + at);
                        sha256(parts, pieces * SHA256_SIZE, found);
                        assert_memory_equal(found, expected, SHA256_SIZE);
                }
        }
        free(bytes);
}

/* So that no later version of this program makes another one of it: by Python's hashlib. */
static void tree_stays_what_it_is(void **state)
{
        const size_t length = 2 * SHA256_PIECE + 3;
        uint8_t *bytes = malloc(length), digest[SHA256_SIZE];
        char text[2 * SHA256_SIZE + 1];

        (void)state;
        assert_non_null(bytes);
        memset(bytes, 'a', length);
        sha256_tree(bytes, length, digest);
        sha256_format(digest, text);
        assert_string_equal(
                text, "823b3e24d4d42efabaa9325d4799815403f4f2f9367614b42090220cf2df6b5d");
        free(bytes);
}

static void sha256_parse_is_strict(void **state)
{
        char text[2 * SHA256_SIZE + 1];
        uint8_t digest[SHA256_SIZE] = { 0x12, 0xab }, back[SHA256_SIZE] = { 0 };

        (void)state;
        sha256_format(digest, text);
        assert_true(sha256_parse(text, 64, back));
        assert_memory_equal(back, digest, sizeof(back));
        assert_false(sha256_parse(text, 63, back));
        text[63] = 'g';
        back[0] = 0x55;
        assert_false(sha256_parse(text, 64, back));
        assert_int_equal(back[0], 0x55);
}

int main(void)
{
        const struct CMUnitTest tests[] = {
                cmocka_unit_test(crc32c_published),
                cmocka_unit_test(crc32c_any_length_and_split),
                cmocka_unit_test(sha256_published),
                cmocka_unit_test(sha256_both_ways_agree),
                cmocka_unit_test(sha256_of_two_is_that_of_each),
                cmocka_unit_test(tree_is_the_hash_of_hashes),
                cmocka_unit_test(tree_stays_what_it_is),
                cmocka_unit_test(sha256_parse_is_strict),
        };

        return run_tap(tests);
}
