/* The part of json_write.h that there is for each width of what is written: OUT is a character of it, TEXT() its characters, and
   NAME() the name. The text has characters of one byte. */

#if OUT_BYTES == 1
#define TEXT(b) str8((b)->str)
#else
#define TEXT(b) str16((b)->str)
#endif

static inline void NAME(json_put_block)(OUT *out, v128_t c)
{
#if OUT_BYTES == 1
    wasm_v128_store(out, c);
#else
    wasm_v128_store(out, wasm_u16x8_extend_low_u8x16(c));
    wasm_v128_store(out + 8, wasm_u16x8_extend_high_u8x16(c));
#endif
}

static inline void NAME(json_put_few)(OUT *out, const uint8_t *from, uint32_t count)
{
#if OUT_BYTES == 1
    json_copy(out, from, count);
#else
    uint32_t i;

    for (i = 0; i < count; i++)
        out[i] = from[i];
#endif
}

/* Writes a text in quotes. Sixteen bytes of the string's own head are before its characters, so that a block may begin there. */
static int NAME(json_write_narrow)(StringBuffer *b, const uint8_t *at, const uint8_t *end)
{
    OUT *out;

    if (json_room(b, end - at + 2))
        return -1;
    out = TEXT(b) + b->len;
    *out++ = '"';
    for (;;) {
        uint32_t mask = 0, count = end - at;
        for (; count >= 16; count -= 16) {
            v128_t c = wasm_v128_load(at);
            mask = json_special8(c);
            if (mask)
                break;
            NAME(json_put_block)(out, c);
            at += 16;
            out += 16;
        }
        if (count > 0 && count < 16)
            mask = json_special8(wasm_v128_load(end - 16)) >> (16 - count);
        if (mask)
            count = __builtin_ctz(mask);
        NAME(json_put_few)(out, at, count);
        at += count;
        out += count;
        b->len = out - TEXT(b);
        if (at == end)
            break;
        if (json_write_escape(b, *at++) || json_room(b, end - at + 1))
            return -1;
        out = TEXT(b) + b->len;
    }
    *out = '"';
    b->len++;
    return 0;
}

#undef TEXT
