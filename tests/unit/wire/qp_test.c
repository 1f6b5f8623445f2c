/* SPDX-License-Identifier: Apache-2.0
 *
 * Quoted-printable and base64, cut at every place.
 */
#include "wire/qp.h"

#include "base/attr.h"
#include "unit.h"
#include "wire/base64.h"

static const struct {
    const char *text;
    const char *want;
} qp_rows[] = {
    {"", ""},
    {"plain", "plain"},
    {"a=3Db", "a=b"},
    {"=C3=A9=c3=a9", "\xc3\xa9\xc3\xa9"},
    /* a stamp cut in two by a soft line break */
    {"zxr4t0ve0000=\r\ng0000002q1m9sd", "zxr4t0ve0000g0000002q1m9sd"},
    {"soft=\nbreak", "softbreak"},
    {"soft=  \t\r\nbreak", "softbreak"},
    {"soft=\rbreak", "softbreak"},
    {"hard\r\nbreak\nx", "hard\r\nbreak\nx"},
    {"blanks \t \r\nat the end \nx", "blanks\r\nat the end\nx"},
    {"two  blanks", "two  blanks"},
    {"blank =20\r\nkept", "blank  \r\nkept"},
    {"blank =\r\nkept", "blank kept"},
    {"last blank ", "last blank"},
    {"last soft=", "last soft"},
    {"last soft=\r\n", "last soft"},
    {"last escape=4", "last escape=4"},
    /* an = that begins nothing */
    {"a=b", "a=b"},
    {"a=zz=4z==41", "a=zz=4z=A"},
    {"a= b", "a= b"},
    {"1=2 =3\r\n", "1=2 =3\r\n"},
};

UNIT_TEST(quoted_printable_is_decoded_at_every_cut)
{
    for (size_t i = 0; i < BR_COUNT(qp_rows); i++) {
        UNIT_ROW(qp_rows[i].text);
        struct bytes text = bytes_from_str(qp_rows[i].text);
        for (size_t first = 0; first <= text.len; first++) {
            for (size_t second = first; second <= text.len; second++) {
                char out[256 + QP_HELD_MAX];
                struct qp qp;
                qp_init(&qp);
                size_t len = qp_decode(&qp, bytes_make(text.ptr, first), out);
                len += qp_decode(&qp, bytes_make(text.ptr + first, second - first), out + len);
                len += qp_decode(&qp, bytes_skip(text, second), out + len);
                len += qp_finish(&qp, out + len);
                UNIT_EQ_BYTES(bytes_make(out, len), bytes_from_str(qp_rows[i].want));
            }
        }
    }
}

UNIT_TEST(long_runs_of_blanks_stay_within_bounds)
{
    char text[QP_HELD_MAX * 3 + 3];
    char out[sizeof(text) + QP_HELD_MAX];
    memset(text, ' ', sizeof(text));
    text[sizeof(text) - 1] = 'x';
    for (int equals = 0; equals < 2; equals++) {
        text[0] = equals ? '=' : ' ';
        struct qp qp;
        qp_init(&qp);
        size_t len = qp_decode(&qp, bytes_make(text, sizeof(text)), out);
        UNIT_EQ_BYTES(bytes_make(out, len), bytes_make(text, sizeof(text)));
    }
}

static const struct {
    const char *text;
    const char *want;
    bool foreign;
    bool whole;
} base64_rows[] = {
    {"", "", false, true},
    {"Zg==", "f", false, true},
    {"Zm8=", "fo", false, true},
    {"Zm9v", "foo", false, true},
    {"Zm9vYmFy", "foobar", false, true},
    {"Zm9\r\nvYm\r\nFy\r\n", "foobar", false, false},
    {"Zm8=Zm8=", "fofo", false, false},
    {"Zm8", "fo", false, false},
    {"Zg", "f", false, false},
    {"Z", "", true, false},
    {"Zg=", "f", true, false},
    {"Zg=v", "f", true, false},
    {"Zm9v====", "foo", true, false},
    {"Zm-9v", "foo", true, false},
    {"Zh==", "f", true, false},
    {"Zm9v!", "foo", true, false},
};

UNIT_TEST(base64_is_decoded_at_every_cut)
{
    for (size_t i = 0; i < BR_COUNT(base64_rows); i++) {
        UNIT_ROW(base64_rows[i].text);
        struct bytes text = bytes_from_str(base64_rows[i].text);
        for (size_t cut = 0; cut <= text.len; cut++) {
            char out[64];
            struct base64 base64;
            base64_init(&base64);
            size_t len = base64_decode(&base64, bytes_make(text.ptr, cut), out);
            UNIT_OK(len <= cut + 2);
            len += base64_decode(&base64, bytes_skip(text, cut), out + len);
            len += base64_finish(&base64, out + len);
            UNIT_EQ_BYTES(bytes_make(out, len), bytes_from_str(base64_rows[i].want));
            UNIT_EQ_INT(base64.foreign, base64_rows[i].foreign);
        }
        char out[64];
        size_t len = 999;
        UNIT_EQ_INT(base64_decode_whole(text, out, &len), base64_rows[i].whole);
        if (base64_rows[i].whole)
            UNIT_EQ_BYTES(bytes_make(out, len), bytes_from_str(base64_rows[i].want));
        else
            UNIT_EQ_INT(len, 999);
    }
}

UNIT_TEST(base64_comes_back_as_it_went)
{
    char bytes[256];
    char text[400];
    char back[400];
    for (size_t i = 0; i < sizeof(bytes); i++)
        bytes[i] = (char)(255 - i);
    for (size_t size = 0; size <= sizeof(bytes); size++) {
        base64_encode(bytes_make(bytes, size), text);
        size_t len = 999;
        UNIT_OK(base64_decode_whole(bytes_make(text, base64_size(size)), back, &len));
        UNIT_EQ_BYTES(bytes_make(back, len), bytes_make(bytes, size));
    }
    base64_encode(BYTES("foobar"), text);
    UNIT_EQ_BYTES(bytes_make(text, 8), BYTES("Zm9vYmFy"));
}

UNIT_MAIN(UNIT_RUN(quoted_printable_is_decoded_at_every_cut),
          UNIT_RUN(long_runs_of_blanks_stay_within_bounds),
          UNIT_RUN(base64_is_decoded_at_every_cut), UNIT_RUN(base64_comes_back_as_it_went))
