/* SPDX-License-Identifier: Apache-2.0
 *
 * Six bits a character.
 */
#include "wire/base64.h"

static const char base64_alphabet[] =
    "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";

void base64_init(struct base64 *base64)
{
    *base64 = (struct base64){.bits = 0};
}

static int base64_digit(char c)
{
    if (c >= 'A' && c <= 'Z')
        return c - 'A';
    if (c >= 'a' && c <= 'z')
        return c - 'a' + 26;
    if (c >= '0' && c <= '9')
        return c - '0' + 52;
    if (c == '+')
        return 62;
    return c == '/' ? 63 : -1;
}

/* The whole bytes of the digits so far: 1 of two, 2 of three. Bits behind them must be 0. */
static char *base64_flush(struct base64 *base64, char *out)
{
    uint32_t bits = base64->bits;
    if (base64->digits == 1)
        base64->foreign = true;
    if (base64->digits == 2) {
        *out++ = (char)(bits >> 4);
        base64->foreign |= (bits & 15) != 0;
    } else if (base64->digits == 3) {
        *out++ = (char)(bits >> 10);
        *out++ = (char)(bits >> 2);
        base64->foreign |= (bits & 3) != 0;
    }
    base64->bits = 0;
    base64->digits = 0;
    return out;
}

static char *base64_pad(struct base64 *base64, char *out)
{
    if (base64->padding > 0) {
        base64->padding--;
        return out;
    }
    if (base64->digits < 2)
        base64->foreign = true;
    else
        base64->padding = base64->digits == 2 ? 1 : 0;
    return base64_flush(base64, out);
}

static char *base64_byte(struct base64 *base64, char c, char *out)
{
    if (c == '=')
        return base64_pad(base64, out);
    int digit = base64_digit(c);
    if (digit < 0) {
        base64->foreign |= c != '\r' && c != '\n' && c != ' ' && c != '\t';
        return out;
    }
    base64->foreign |= base64->padding > 0;
    base64->padding = 0;
    base64->bits = base64->bits << 6 | (uint32_t)digit;
    if (++base64->digits == 4) {
        *out++ = (char)(base64->bits >> 16);
        *out++ = (char)(base64->bits >> 8);
        *out++ = (char)base64->bits;
        base64->bits = 0;
        base64->digits = 0;
    }
    return out;
}

size_t base64_decode(struct base64 *base64, struct bytes input, char *out)
{
    char *end = out;
    for (size_t i = 0; i < input.len; i++)
        end = base64_byte(base64, input.ptr[i], end);
    return (size_t)(end - out);
}

size_t base64_finish(struct base64 *base64, char *out)
{
    base64->foreign |= base64->padding > 0;
    base64->padding = 0;
    return (size_t)(base64_flush(base64, out) - out);
}

bool base64_decode_whole(struct bytes text, char *out, size_t *out_len)
{
    if (text.len % 4 != 0)
        return false;
    for (size_t i = 0; i < text.len; i++) {
        bool pad = text.ptr[i] == '=' && i + 2 >= text.len;
        if (base64_digit(text.ptr[i]) < 0 && !pad)
            return false;
    }
    struct base64 base64;
    base64_init(&base64);
    size_t len = base64_decode(&base64, text, out);
    len += base64_finish(&base64, out + len);
    if (base64.foreign)
        return false;
    *out_len = len;
    return true;
}

void base64_encode(struct bytes bytes, char *out)
{
    for (size_t i = 0; i < bytes.len; i += 3) {
        size_t left = bytes.len - i;
        uint32_t bits = (uint32_t)(unsigned char)bytes.ptr[i] << 16;
        if (left > 1)
            bits |= (uint32_t)(unsigned char)bytes.ptr[i + 1] << 8;
        if (left > 2)
            bits |= (unsigned char)bytes.ptr[i + 2];
        *out++ = base64_alphabet[bits >> 18];
        *out++ = base64_alphabet[bits >> 12 & 63];
        *out++ = left > 1 ? base64_alphabet[bits >> 6 & 63] : '=';
        *out++ = left > 2 ? base64_alphabet[bits & 63] : '=';
    }
}
