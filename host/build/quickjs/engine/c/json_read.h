/* JSON.parse without a reviver, straight from a string's characters. For quickjs.c, which includes it (see quickjs.patch).

   It makes what is well-formed. What is not it gives up, and the engine's own parser, which knows the words for what is wrong,
   reads the text again from its beginning. */

#include <wasm_simd128.h>

/* How many objects' shapes are remembered, by their first key. A power of two. */
#define JSON_SHAPES 64
/* Objects of more keys are rather tables than records: their shapes are not remembered. */
#define JSON_SHAPE_KEYS 64
/* How many elements of an array are gathered before they are put into it. */
#define JSON_GATHERED 512
/* As many digits fit into 64 bits. */
#define JSON_DIGITS 18
/* A power of ten of this exponent, and each smaller one, is a double exactly. */
#define JSON_EXACT_POWER 22

typedef struct JSONReader {
    JSContext *ctx;
    /* It is not JSON, and nothing was thrown. */
    bool is_malformed;
    /* The values of arrays and objects that have begun and not ended. */
    JSValue *values;
    uint32_t count;
    uint32_t size;
    /* Shapes of objects as they came, by the first key. Their keys have no character that must be escaped. */
    JSShape *shapes[JSON_SHAPES];
} JSONReader;

static JSValue json_malformed(JSONReader *r)
{
    r->is_malformed = true;
    return JS_EXCEPTION;
}

/* Keeps a value, which becomes the reader's. */
static int json_keep(JSONReader *r, JSValue value)
{
    if (unlikely(r->count == r->size)) {
        uint32_t size = r->size + r->size / 2 + 64;
        JSValue *values = js_realloc(r->ctx, r->values, sizeof(*values) * size);
        if (!values) {
            JS_FreeValue(r->ctx, value);
            return -1;
        }
        r->values = values;
        r->size = size;
    }
    r->values[r->count++] = value;
    return 0;
}

/* Lets go of what was kept since there were `count`. */
static void json_drop(JSONReader *r, uint32_t count)
{
    while (r->count > count)
        JS_FreeValue(r->ctx, r->values[--r->count]);
}

/* Moves what was kept since there were `count` to the end of an array. */
static int json_append(JSONReader *r, JSValueConst array, uint32_t count)
{
    JSObject *p = JS_VALUE_GET_OBJ(array);
    uint32_t more = r->count - count;
    uint32_t length = p->u.array.count + more;

    if (length > p->u.array.u1.size && expand_fast_array(r->ctx, p, length))
        return -1;
    memcpy(p->u.array.u.values + p->u.array.count, r->values + count, sizeof(JSValue) * more);
    p->u.array.count = length;
    p->prop[0].u.value = js_int32(length);
    r->count = count;
    return 0;
}

/* Defines a property of an object that nobody else has yet. The value becomes the object's. */
static int json_define(JSContext *ctx, JSObject *p, JSAtom atom, JSValue value)
{
    JSProperty *property;

    if (unlikely(find_own_property(&property, p, atom))) {
        set_value(ctx, &property->u.value, value);
        return 0;
    }
    property = add_property(ctx, p, atom, JS_PROP_C_W_E);
    if (unlikely(!property)) {
        JS_FreeValue(ctx, value);
        return -1;
    }
    property->u.value = value;
    return 0;
}

/* An object of a remembered shape, or of its first keys if fewer than all were read, with the values kept since there were
   `count`. */
static JSValue json_object_of(JSONReader *r, JSShape *shape, uint32_t count)
{
    JSContext *ctx = r->ctx;
    uint32_t i, keys = r->count - count;
    JSValue object;
    JSObject *p;

    if (likely(shape && keys == shape->prop_count)) {
        object = JS_NewObjectFromShape(ctx, js_dup_shape(shape), JS_CLASS_OBJECT, NULL);
        if (JS_IsException(object))
            return object;
        p = JS_VALUE_GET_OBJ(object);
        for (i = 0; i < keys; i++)
            p->prop[i].u.value = r->values[count + i];
        r->count = count;
        return object;
    }
    object = JS_NewObject(ctx);
    if (JS_IsException(object))
        return object;
    p = JS_VALUE_GET_OBJ(object);
    for (i = 0; i < keys; i++) {
        JSValue value = r->values[count + i];
        r->values[count + i] = JS_UNDEFINED;
        if (json_define(ctx, p, get_shape_prop(shape)[i].atom, value)) {
            JS_FreeValue(ctx, object);
            return JS_EXCEPTION;
        }
    }
    r->count = count;
    return object;
}

/* Remembers an object's shape for those that come after it. */
static void json_remember(JSONReader *r, JSObject *p)
{
    JSShape *shape = p->shape, **place;

    if (!shape->is_hashed || shape->prop_count == 0 || shape->prop_count > JSON_SHAPE_KEYS)
        return;
    place = &r->shapes[get_shape_prop(shape)->atom & (JSON_SHAPES - 1)];
    if (*place == shape)
        return;
    js_free_shape_null(r->ctx->rt, *place);
    *place = js_dup_shape(shape);
}

static JSShape *json_remembered(JSONReader *r, JSAtom first)
{
    JSShape *shape = r->shapes[first & (JSON_SHAPES - 1)];

    return shape && get_shape_prop(shape)->atom == first ? shape : NULL;
}

/* The atom of a key in ISO-8859-1. */
static JSAtom json_atom8(JSContext *ctx, const uint8_t *text, uint32_t length)
{
    JSAtom atom;
    JSValue string;

    if (length == 0)
        return JS_DupAtom(ctx, JS_ATOM_empty_string);
    if (!is_digit(*text)) {
        atom = __JS_FindAtom(ctx->rt, (const char *)text, length, JS_ATOM_TYPE_STRING);
        if (atom)
            return atom;
    }
    string = js_new_string8_len(ctx, (const char *)text, length);
    if (JS_IsException(string))
        return JS_ATOM_NULL;
    return JS_NewAtomStr(ctx, JS_VALUE_GET_STRING(string));
}

static const double json_powers[JSON_EXACT_POWER + 1] = {
    1e0, 1e1, 1e2, 1e3, 1e4, 1e5, 1e6, 1e7, 1e8, 1e9, 1e10, 1e11, 1e12, 1e13, 1e14, 1e15, 1e16, 1e17, 1e18, 1e19, 1e20, 1e21,
    1e22,
};

/* The number that a text in ASCII is, which is one by JSON's rules (src/number.rs). */
double doverb_number(const uint8_t *text, size_t length);

/* The number of these digits and power of ten, if arithmetic in doubles gives it exactly. */
static bool json_exact(uint64_t digits, int power, double *number)
{
    if (digits > (1ull << 53) || power < -JSON_EXACT_POWER || power > JSON_EXACT_POWER)
        return false;
    *number = power < 0 ? digits / json_powers[-power] : digits * json_powers[power];
    return true;
}

static inline bool json_is_plain(uint32_t c)
{
    return c != '"' && c != '\\' && c >= 0x20;
}

/* Which of sixteen characters do not, a bit each. */
static inline uint32_t json_special8(v128_t c)
{
    return wasm_i8x16_bitmask(wasm_v128_or(wasm_u8x16_lt(c, wasm_u8x16_const_splat(0x20)),
        wasm_v128_or(wasm_i8x16_eq(c, wasm_u8x16_const_splat('"')), wasm_i8x16_eq(c, wasm_u8x16_const_splat('\\')))));
}

/* Where the characters end that stand in JSON's strings for themselves. */
static inline const uint8_t *json_plain8(const uint8_t *at, const uint8_t *end)
{
    while (end - at >= 16) {
        uint32_t mask = json_special8(wasm_v128_load(at));
        if (mask)
            return at + __builtin_ctz(mask);
        at += 16;
    }
    while (at < end && json_is_plain(*at))
        at++;
    return at;
}

static inline const uint16_t *json_plain16(const uint16_t *at, const uint16_t *end)
{
    while (end - at >= 8) {
        v128_t c = wasm_v128_load(at);
        v128_t special = wasm_v128_or(wasm_u16x8_lt(c, wasm_u16x8_const_splat(0x20)),
            wasm_v128_or(wasm_i16x8_eq(c, wasm_u16x8_const_splat('"')), wasm_i16x8_eq(c, wasm_u16x8_const_splat('\\'))));
        uint32_t mask = wasm_i16x8_bitmask(special);
        if (mask)
            return at + __builtin_ctz(mask);
        at += 8;
    }
    while (at < end && json_is_plain(*at))
        at++;
    return at;
}

/* Whether each of the characters fits into a byte. */
static inline bool json_is_narrow(const uint16_t *text, uint32_t length)
{
    uint16_t all = 0;
    uint32_t i;

    for (i = 0; i < length; i++)
        all |= text[i];
    return all < 0x100;
}

/* Copies what is short in few steps; a call of the host's function for it costs more than that. */
static inline void json_copy(uint8_t *to, const uint8_t *from, uint32_t length)
{
    if (length > 32) {
        memcpy(to, from, length);
    } else if (length >= 16) {
        wasm_v128_store(to, wasm_v128_load(from));
        wasm_v128_store(to + length - 16, wasm_v128_load(from + length - 16));
    } else if (length >= 8) {
        uint64_t first = get_u64(from), last = get_u64(from + length - 8);
        put_u64(to, first);
        put_u64(to + length - 8, last);
    } else if (length >= 4) {
        uint32_t first = get_u32(from), last = get_u32(from + length - 4);
        put_u32(to, first);
        put_u32(to + length - 4, last);
    } else {
        while (length-- > 0)
            to[length] = from[length];
    }
}

/* Room for so many characters more. */
static inline int json_room(StringBuffer *b, uint32_t more)
{
    if (likely(more <= (uint32_t)(b->size - b->len)))
        return 0;
    if (more > JS_STRING_LEN_MAX)
        more = JS_STRING_LEN_MAX;
    return string_buffer_realloc(b, b->len + more, 0);
}

static inline int json_append8(StringBuffer *b, const uint8_t *text, uint32_t length)
{
    if (unlikely(b->is_wide_char || json_room(b, length)))
        return string_buffer_write8(b, text, length);
    json_copy(str8(b->str) + b->len, text, length);
    b->len += length;
    return 0;
}

static JSValue json_new_string8(JSContext *ctx, const uint8_t *text, uint32_t length)
{
    JSString *string;

    if (length == 0)
        return js_empty_string(ctx->rt);
    string = js_alloc_string(ctx, length, 0);
    if (!string)
        return JS_EXCEPTION;
    json_copy(str8(string), text, length);
    str8(string)[length] = '\0';
    return JS_MKPTR(JS_TAG_STRING, string);
}

static JSValue json_new_string16(JSContext *ctx, const uint16_t *text, uint32_t length)
{
    JSString *string;
    uint32_t i;

    if (length == 0)
        return js_empty_string(ctx->rt);
    if (!json_is_narrow(text, length))
        return js_new_string16_len(ctx, text, length);
    string = js_alloc_string(ctx, length, 0);
    if (!string)
        return JS_EXCEPTION;
    for (i = 0; i < length; i++)
        str8(string)[i] = text[i];
    str8(string)[length] = '\0';
    return JS_MKPTR(JS_TAG_STRING, string);
}

static JSAtom json_atom16(JSContext *ctx, const uint16_t *text, uint32_t length)
{
    uint8_t narrow[128];
    uint32_t i;
    JSValue string;

    if (length <= sizeof(narrow) && json_is_narrow(text, length)) {
        for (i = 0; i < length; i++)
            narrow[i] = text[i];
        return json_atom8(ctx, narrow, length);
    }
    string = json_new_string16(ctx, text, length);
    if (JS_IsException(string))
        return JS_ATOM_NULL;
    return JS_NewAtomStr(ctx, JS_VALUE_GET_STRING(string));
}

/* Whether an atom's characters are the next of the text. An atom that is a part of another string has them elsewhere: it is
   looked up. */
static inline bool json_begins8(const uint8_t *text, const JSString *atom)
{
    const uint8_t *key = (const uint8_t *)&atom[1];
    uint32_t at = 0;

    if (atom->is_wide_char || atom->kind != JS_STRING_KIND_NORMAL)
        return false;
    for (; at + 8 <= atom->len; at += 8)
        if (get_u64(text + at) != get_u64(key + at))
            return false;
    for (; at < atom->len; at++)
        if (text[at] != key[at])
            return false;
    return true;
}

static inline bool json_begins16(const uint16_t *text, const JSString *atom)
{
    const uint8_t *narrow = (const uint8_t *)&atom[1];
    uint32_t i;

    if (atom->kind != JS_STRING_KIND_NORMAL)
        return false;
    if (atom->is_wide_char)
        return memcmp(text, narrow, atom->len * 2) == 0;
    for (i = 0; i < atom->len; i++)
        if (text[i] != narrow[i])
            return false;
    return true;
}

#define CHAR uint8_t
#define NAME(name) name##8
#define json_write_plain8 json_append8
#include "json_read_text.h"
#undef CHAR
#undef NAME
#define CHAR uint16_t
#define NAME(name) name##16
#define json_write_plain16 string_buffer_write16
#include "json_read_text.h"
#undef CHAR
#undef NAME

/* What a text holds. Gives JS_EXCEPTION with nothing thrown, and `is_malformed`, for what is not JSON. */
static JSValue json_read(JSContext *ctx, JSString *text, bool *is_malformed)
{
    JSONReader reader = {.ctx = ctx}, *r = &reader;
    size_t before = ctx->rt->malloc_gc_threshold;
    JSValue value;
    int i;

    /* All that is made here is in use, so that looking for what is not would be in vain. */
    ctx->rt->malloc_gc_threshold = SIZE_MAX;
    value = text->is_wide_char ? json_read_all16(r, str16(text), text->len) : json_read_all8(r, str8(text), text->len);
    json_drop(r, 0);
    js_free(ctx, r->values);
    for (i = 0; i < JSON_SHAPES; i++)
        js_free_shape_null(ctx->rt, r->shapes[i]);
    ctx->rt->malloc_gc_threshold = before;
    if (ctx->rt->malloc_state.malloc_size > before)
        ctx->rt->malloc_gc_threshold = ctx->rt->malloc_state.malloc_size + (ctx->rt->malloc_state.malloc_size >> 1);
    *is_malformed = r->is_malformed;
    /* Where there was no room, it was for no error either, which is none then, or null. Now there is. */
    if (JS_IsException(value) && !r->is_malformed && (!JS_HasException(ctx) || JS_IsNull(ctx->rt->current_exception)))
        return JS_ThrowOutOfMemory(ctx);
    return value;
}
