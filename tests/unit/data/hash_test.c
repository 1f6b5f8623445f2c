/* SPDX-License-Identifier: Apache-2.0
 *
 * Fingerprints against their published vectors.
 */
#include "data/hash.h"

#include "unit.h"

UNIT_TEST(hash_is_xxh64)
{
    static const struct {
        const char *text;
        uint64_t want;
    } rows[] = {
        {"", UINT64_C(0xef46db3751d8e999)},
        {"abc", UINT64_C(0x44bc2cf5ad770999)},
        {"Nobody inspects the spammish repetition", UINT64_C(0xfbcea83c8a378bf1)},
    };
    for (size_t i = 0; i < BR_COUNT(rows); i++) {
        UNIT_ROW(rows[i].text);
        UNIT_OK(hash_bytes(bytes_from_str(rows[i].text), 0) == rows[i].want);
    }
    UNIT_OK(hash_bytes(BYTES_NONE, 0) == UINT64_C(0xef46db3751d8e999));
    /* What Debian's xxhsum -H1 says of these bytes. */
    char bytes[255];
    for (size_t i = 0; i < sizeof(bytes); i++)
        bytes[i] = (char)(i * 31 + 7);
    static const struct {
        size_t len;
        uint64_t want;
    } lengths[] = {
        {1, UINT64_C(0xa96c7f0ce858bbb7)},   {3, UINT64_C(0x56e6957632a487f9)},
        {4, UINT64_C(0xc60d15b1e3ff8f04)},   {7, UINT64_C(0xafbefc3d6c6f9a8e)},
        {8, UINT64_C(0x3da5c7aa269683e0)},   {12, UINT64_C(0x8fe8ab1c1fd0666e)},
        {31, UINT64_C(0x4a74f3a1a39ad4a1)},  {32, UINT64_C(0x8d57d6a4671cc43d)},
        {33, UINT64_C(0x62c9fd21ed857664)},  {63, UINT64_C(0x5c320a0d2707057f)},
        {64, UINT64_C(0x7bbabbc45729d17e)},  {100, UINT64_C(0xefa0ad2d3e70c151)},
        {255, UINT64_C(0x2c3db4bb567f731e)},
    };
    UNIT_ROW("lengths");
    for (size_t i = 0; i < BR_COUNT(lengths); i++)
        UNIT_OK(hash_bytes(bytes_make(bytes, lengths[i].len), 0) == lengths[i].want);
}

UNIT_TEST(every_byte_and_the_length_matter)
{
    char text[100];
    memset(text, 'x', sizeof(text));
    for (size_t len = 1; len <= sizeof(text); len++) {
        uint64_t hash = hash_bytes(bytes_make(text, len), 0);
        UNIT_OK(hash != hash_bytes(bytes_make(text, len - 1), 0));
        UNIT_OK(hash != hash_bytes(bytes_make(text, len), 1));
        for (size_t i = 0; i < len; i++) {
            text[i] ^= 1;
            UNIT_OK(hash != hash_bytes(bytes_make(text, len), 0));
            text[i] ^= 1;
        }
    }
}

/* RFC 4231, cases 1, 2, 3 and 6. */
UNIT_TEST(hmac_is_that_of_the_rfc)
{
    char key1[20];
    char key3[20];
    char data3[50];
    char key6[131];
    memset(key1, 0x0b, sizeof(key1));
    memset(key3, 0xaa, sizeof(key3));
    memset(data3, 0xdd, sizeof(data3));
    memset(key6, 0xaa, sizeof(key6));
    const struct {
        struct bytes key;
        struct bytes data;
        const char *want;
    } rows[] = {
        {bytes_make(key1, sizeof(key1)), BYTES("Hi There"),
         "b0344c61d8db38535ca8afceaf0bf12b881dc200c9833da726e9376c2e32cff7"},
        {BYTES("Jefe"), BYTES("what do ya want for nothing?"),
         "5bdcc146bf60754e6a042426089575c75a003f089d2739839dec58b964ec3843"},
        {bytes_make(key3, sizeof(key3)), bytes_make(data3, sizeof(data3)),
         "773ea91e36800e46854db8ebd09181a72959098b3ef8c122d9635514ced565fe"},
        {bytes_make(key6, sizeof(key6)),
         BYTES("Test Using Larger Than Block-Size Key - Hash Key First"),
         "60e431591ee0b67f0d8a26aacbf5b77f8e0bc6213728c5140546040f0ee37f54"},
        {BYTES_NONE, BYTES_NONE,
         "b613679a0814d9ec772f95d778c35fc5ff1697c493715653c6c712144292c5ad"},
    };
    for (size_t i = 0; i < BR_COUNT(rows); i++) {
        UNIT_ROW(rows[i].want);
        struct hash_hmac *hmac = NULL;
        struct diag diag = DIAG_INIT;
        UNIT_EQ_INT(hash_hmac_create(rows[i].key, &hmac, &diag), BR_ERR_NONE);
        for (size_t cut = 0; cut <= rows[i].data.len; cut += 3) {
            uint8_t mac[HASH_HMAC_SIZE];
            char hex[2 * HASH_HMAC_SIZE];
            hash_hmac_begin(hmac);
            hash_hmac_update(hmac, bytes_make(rows[i].data.ptr, cut));
            hash_hmac_update(hmac, bytes_make(rows[i].data.ptr, rows[i].data.len - cut));
            hash_hmac_begin(hmac); /* drops it */
            hash_hmac_update(hmac, bytes_make(rows[i].data.ptr, cut));
            hash_hmac_update(hmac, bytes_skip(rows[i].data, cut));
            hash_hmac_end(hmac, mac);
            hash_put_hex(bytes_make((const char *)mac, sizeof(mac)), hex);
            UNIT_EQ_BYTES(bytes_make(hex, sizeof(hex)), bytes_from_str(rows[i].want));
            UNIT_OK(hash_hmac_is(mac, bytes_from_str(rows[i].want)));
        }
        hash_hmac_destroy(&hmac);
        UNIT_OK(hmac == NULL);
    }
}

UNIT_TEST(signatures_are_read_as_senders_write_them)
{
    uint8_t mac[HASH_HMAC_SIZE];
    for (size_t i = 0; i < sizeof(mac); i++)
        mac[i] = (uint8_t)(i * 7);
    static const struct {
        const char *header;
        bool want;
    } rows[] = {
        {"00070e151c232a31383f464d545b626970777e858c939aa1a8afb6bdc4cbd2d9", true},
        {" sha256=00070E151C232a31383f464d545b626970777e858c939aa1a8afb6bdc4cbd2d9 ", true},
        {"SHA256=00070e151c232a31383f464d545b626970777e858c939aa1a8afb6bdc4cbd2d9", true},
        {"AAcOFRwjKjE4P0ZNVFtiaXB3foWMk5qhqK+2vcTL0tk=", true},
        {"sha256=AAcOFRwjKjE4P0ZNVFtiaXB3foWMk5qhqK+2vcTL0tk=", true},
        {"aacofrwjkje4p0znvftiaxb3fowmk5qhqk+2vctl0tk=", false},
        {"10070e151c232a31383f464d545b626970777e858c939aa1a8afb6bdc4cbd2d9", false},
        {"00070e151c232a31383f464d545b626970777e858c939aa1a8afb6bdc4cbd2", false},
        {"sha256=", false},
        {"sha1=00070e151c232a31383f464d545b626970777e858c939aa1a8afb6bdc4cbd2d9", false},
        {"", false},
    };
    for (size_t i = 0; i < BR_COUNT(rows); i++) {
        UNIT_ROW(rows[i].header);
        UNIT_EQ_INT(hash_hmac_is(mac, bytes_from_str(rows[i].header)), rows[i].want);
    }
}

UNIT_MAIN(UNIT_RUN(hash_is_xxh64), UNIT_RUN(every_byte_and_the_length_matter),
          UNIT_RUN(hmac_is_that_of_the_rfc), UNIT_RUN(signatures_are_read_as_senders_write_them))
