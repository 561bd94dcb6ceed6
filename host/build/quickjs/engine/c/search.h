/* Looking through long texts sixteen bytes at a time. For quickjs.c, which includes it (see quickjs.patch). */

#include <wasm_simd128.h>

/* Where the first of the characters is that is this one, or -1. */
static int text_find8(const uint8_t *text, int length, int from, uint8_t c)
{
    v128_t wanted = wasm_i8x16_splat(c);

    for (; length - from >= 16; from += 16) {
        uint32_t mask = wasm_i8x16_bitmask(wasm_i8x16_eq(wasm_v128_load(text + from), wanted));
        if (mask)
            return from + __builtin_ctz(mask);
    }
    for (; from < length; from++)
        if (text[from] == c)
            return from;
    return -1;
}

static int text_find16(const uint16_t *text, int length, int from, uint16_t c)
{
    v128_t wanted = wasm_i16x8_splat(c);

    for (; length - from >= 8; from += 8) {
        uint32_t mask = wasm_i16x8_bitmask(wasm_i16x8_eq(wasm_v128_load(text + from), wanted));
        if (mask)
            return from + __builtin_ctz(mask);
    }
    for (; from < length; from++)
        if (text[from] == c)
            return from;
    return -1;
}

static inline v128_t base64_between(v128_t c, uint8_t first, uint8_t count)
{
    return wasm_u8x16_lt(wasm_i8x16_sub(c, wasm_i8x16_splat(first)), wasm_i8x16_splat(count));
}

/* Decodes base64 as far as it is sixteen characters of the alphabet at a time, and gives how many characters that was: three
   quarters as many bytes. `dst` has room for `room`. */
static size_t base64_decode_blocks(const char *src, size_t length, uint8_t *dst, size_t room, bool is_url)
{
    const uint8_t c62 = is_url ? '-' : '+', c63 = is_url ? '_' : '/';
    size_t at = 0;

    for (; length - at >= 16 && room >= 12; at += 16, dst += 12, room -= 12) {
        v128_t c = wasm_v128_load(src + at);
        v128_t upper = base64_between(c, 'A', 26), lower = base64_between(c, 'a', 26), digit = base64_between(c, '0', 10);
        v128_t is62 = wasm_i8x16_eq(c, wasm_i8x16_splat(c62)), is63 = wasm_i8x16_eq(c, wasm_i8x16_splat(c63));
        v128_t is_any = wasm_v128_or(wasm_v128_or(upper, lower), wasm_v128_or(digit, wasm_v128_or(is62, is63)));
        v128_t offset, v;
        if (!wasm_i8x16_all_true(is_any))
            break;
        offset = wasm_v128_and(upper, wasm_i8x16_splat((int8_t)-'A'));
        offset = wasm_v128_or(offset, wasm_v128_and(lower, wasm_i8x16_splat((int8_t)(26 - 'a'))));
        offset = wasm_v128_or(offset, wasm_v128_and(digit, wasm_i8x16_splat((int8_t)(52 - '0'))));
        offset = wasm_v128_or(offset, wasm_v128_and(is62, wasm_i8x16_splat((int8_t)(62 - c62))));
        offset = wasm_v128_or(offset, wasm_v128_and(is63, wasm_i8x16_splat((int8_t)(63 - c63))));
        v = wasm_i8x16_add(c, offset);
        /* Four times six bits, the first in the lowest byte, are 24 bits. */
        v = wasm_v128_or(
            wasm_v128_or(wasm_i32x4_shl(wasm_v128_and(v, wasm_i32x4_const_splat(0x3f)), 18),
                wasm_i32x4_shl(wasm_v128_and(v, wasm_i32x4_const_splat(0x3f00)), 4)),
            wasm_v128_or(wasm_v128_and(wasm_u32x4_shr(v, 10), wasm_i32x4_const_splat(0xfc0)), wasm_u32x4_shr(v, 24)));
        v = wasm_i8x16_shuffle(v, v, 2, 1, 0, 6, 5, 4, 10, 9, 8, 14, 13, 12, 3, 7, 11, 15);
        wasm_v128_store64_lane(dst, v, 0);
        wasm_v128_store32_lane(dst + 8, v, 2);
    }
    return at;
}
