/* JSON.stringify of what is plain: arrays, objects whose properties are values, strings and numbers. For quickjs.c, which
   includes it (see quickjs.patch). All else, a level at a time, is js_json_to_str's. */

static int js_json_to_str(JSContext *ctx, JSONStringifyContext *jsc, JSValueConst holder, JSValue val, JSValueConst indent);
static int json_write(JSContext *ctx, JSONStringifyContext *jsc, JSValueConst holder, JSValue val, JSValueConst indent);

/* Whether an object is being written already: it holds itself. */
static bool json_is_open(const JSONStringifyContext *jsc, const JSObject *object)
{
    const JSONOpen *open;

    for (open = jsc->open; open; open = open->outer)
        if (open->object == object)
            return true;
    return false;
}

static int json_write_escape(StringBuffer *b, uint32_t c)
{
    static const char digits[] = "0123456789abcdef";
    uint8_t text[6] = {'\\', 'u', digits[c >> 12], digits[c >> 8 & 15], digits[c >> 4 & 15], digits[c & 15]};

    switch (c) {
    case '\t': text[1] = 't'; break;
    case '\r': text[1] = 'r'; break;
    case '\n': text[1] = 'n'; break;
    case '\b': text[1] = 'b'; break;
    case '\f': text[1] = 'f'; break;
    case '"': case '\\': text[1] = c; break;
    default: return json_append8(b, text, 6);
    }
    return json_append8(b, text, 2);
}

/* Where the characters end that stand in JSON for themselves, be it in pairs. */
static const uint16_t *json_whole16(const uint16_t *at, const uint16_t *end)
{
    for (;;) {
        while (end - at >= 8) {
            v128_t c = wasm_v128_load(at);
            v128_t halves = wasm_v128_and(c, wasm_u16x8_const_splat(0xf800));
            v128_t special = wasm_v128_or(
                wasm_v128_or(wasm_u16x8_lt(c, wasm_u16x8_const_splat(0x20)), wasm_i16x8_eq(halves, wasm_u16x8_const_splat(0xd800))),
                wasm_v128_or(wasm_i16x8_eq(c, wasm_u16x8_const_splat('"')), wasm_i16x8_eq(c, wasm_u16x8_const_splat('\\'))));
            uint32_t mask = wasm_i16x8_bitmask(special);
            if (mask) {
                at += __builtin_ctz(mask);
                break;
            }
            at += 8;
        }
        while (at < end && json_is_plain(*at) && !is_surrogate(*at))
            at++;
        if (end - at < 2 || !is_hi_surrogate(at[0]) || !is_lo_surrogate(at[1]))
            return at;
        at += 2;
    }
}

_Static_assert(sizeof(JSString) >= 16, "a block may begin in a string's head");

#define OUT uint8_t
#define OUT_BYTES 1
#define NAME(name) name##8
#include "json_write_text.h"
#undef OUT
#undef OUT_BYTES
#undef NAME
#define OUT uint16_t
#define OUT_BYTES 2
#define NAME(name) name##16
#include "json_write_text.h"
#undef OUT
#undef OUT_BYTES
#undef NAME

static int json_write_string(StringBuffer *b, JSString *string)
{
    if (!string->is_wide_char) {
        const uint8_t *text = str8(string);
        return b->is_wide_char ? json_write_narrow16(b, text, text + string->len)
                               : json_write_narrow8(b, text, text + string->len);
    }
    if (string_buffer_putc8(b, '"'))
        return -1;
    {
        const uint16_t *at = str16(string), *end = at + string->len, *start;
        for (;;) {
            start = at;
            at = json_whole16(at, end);
            if (at > start && string_buffer_write16(b, start, at - start))
                return -1;
            if (at == end)
                break;
            if (json_write_escape(b, *at++))
                return -1;
        }
    }
    return string_buffer_putc8(b, '"');
}

static int json_write_word(StringBuffer *b, const char *word)
{
    return json_append8(b, (const uint8_t *)word, strlen(word));
}

static int json_write_int(StringBuffer *b, int32_t number)
{
    char text[16];

    if (unlikely(b->is_wide_char || json_room(b, sizeof(text))))
        return json_append8(b, (const uint8_t *)text, i32toa(text, number));
    b->len += i32toa((char *)str8(b->str) + b->len, number);
    return 0;
}

static int json_write_float(StringBuffer *b, double number)
{
    uint8_t text[32];

    if (!isfinite(number))
        return json_write_word(b, "null");
    if (unlikely(b->is_wide_char || json_room(b, sizeof(text))))
        return json_append8(b, text, doverb_number_text(number, text));
    b->len += doverb_number_text(number, str8(b->str) + b->len);
    return 0;
}

/* Writes a value of which nobody has to be asked; 1 for another. */
static inline int json_write_simple(JSContext *ctx, StringBuffer *b, JSValueConst value)
{
    JSValue string, again;
    int result;

    switch (JS_VALUE_GET_NORM_TAG(value)) {
    case JS_TAG_STRING:
        return json_write_string(b, JS_VALUE_GET_STRING(value));
    case JS_TAG_STRING_ROPE:
        /* With a second owner it stays in one piece for the next time. */
        again = js_dup(value);
        string = js_linearize_string_rope(ctx, again);
        JS_FreeValue(ctx, again);
        if (JS_IsException(string))
            return -1;
        result = json_write_string(b, JS_VALUE_GET_STRING(string));
        JS_FreeValue(ctx, string);
        return result;
    case JS_TAG_INT:
        return json_write_int(b, JS_VALUE_GET_INT(value));
    case JS_TAG_FLOAT64:
        return json_write_float(b, JS_VALUE_GET_FLOAT64(value));
    case JS_TAG_BOOL:
        return json_write_word(b, JS_VALUE_GET_BOOL(value) ? "true" : "false");
    case JS_TAG_NULL:
        return json_write_word(b, "null");
    default:
        return 1;
    }
}

/* Whether an object is one of a kind that has no say in how it is written. */
static bool json_is_plain_object(JSObject *p)
{
    if (p->class_id == JS_CLASS_ARRAY ? !p->fast_array : p->class_id != JS_CLASS_OBJECT || p->is_exotic)
        return false;
    for (; p; p = p->shape->proto) {
        if (p->is_exotic && p->class_id != JS_CLASS_ARRAY)
            return false;
        if (find_own_property1(p, JS_ATOM_toJSON))
            return false;
    }
    return true;
}

/* Whether an object's properties are enumerable values under names that are no indices, so that they come in their order. */
static bool json_is_record(JSObject *p)
{
    JSShapeProperty *property = get_shape_prop(p->shape), *end = property + p->shape->prop_count;

    if (p->class_id != JS_CLASS_OBJECT || p->is_exotic || !p->shape->is_hashed)
        return false;
    for (; property < end; property++)
        if (__JS_AtomIsTaggedInt(property->atom) || property->atom == JS_ATOM_NULL ||
            (property->flags & (JS_PROP_ENUMERABLE | JS_PROP_TMASK)) != JS_PROP_ENUMERABLE)
            return false;
    return true;
}

static void json_forget(JSRuntime *rt, JSONKnown *known)
{
    js_free_shape_null(rt, known->shape);
    js_free_rt(rt, known->keys);
    memset(known, 0, sizeof(*known));
}

/* Writes what all records of a shape have in common: their keys, each with its quotes and its colon. No keys are for a shape that
   has none, too many, or such as are no characters of one byte. */
static int json_learn_keys(JSContext *ctx, JSONKnown *known)
{
    JSShapeProperty *property = get_shape_prop(known->shape);
    int i, count = known->shape->prop_count;
    StringBuffer buffer, *b = &buffer;

    if (count == 0 || count > JSON_KNOWN_KEYS)
        return 0;
    for (i = 0; i < count; i++) {
        JSString *key = ctx->rt->atom_array[property[i].atom];
        if (key->atom_type != JS_ATOM_TYPE_STRING || key->is_wide_char)
            return 0;
    }
    if (string_buffer_init(ctx, b, 16 * count))
        return -1;
    for (i = 0; i < count; i++) {
        if (json_write_string(b, ctx->rt->atom_array[property[i].atom]) || string_buffer_putc8(b, ':'))
            goto fail;
        known->ends[i] = b->len;
    }
    known->keys = js_malloc(ctx, b->len);
    if (!known->keys)
        goto fail;
    memcpy(known->keys, str8(b->str), b->len);
    string_buffer_free(b);
    return 0;
fail:
    string_buffer_free(b);
    return -1;
}

/* What is known of an object by its shape, if it has no say in how it is written. */
static JSONKnown *json_known(JSContext *ctx, JSONStringifyContext *jsc, JSObject *p)
{
    JSONKnown *known = &jsc->known[((uintptr_t)p->shape >> 5) % JSON_KNOWN];

    if (p->class_id == JS_CLASS_ARRAY ? !p->fast_array : p->class_id != JS_CLASS_OBJECT || p->is_exotic)
        return NULL;
    if (likely(known->shape == p->shape && known->calls == jsc->calls))
        return known;
    /* A shape that is no one else's changes with its object. */
    if (!p->shape->is_hashed || !json_is_plain_object(p))
        return NULL;
    if (known->shape != p->shape) {
        json_forget(ctx->rt, known);
        known->shape = js_dup_shape(p->shape);
        if (json_is_record(p) && json_learn_keys(ctx, known)) {
            JS_FreeValue(ctx, JS_GetException(ctx));
            json_forget(ctx->rt, known);
            return NULL;
        }
    }
    known->calls = jsc->calls;
    return known;
}

/* Whether that is known already, without looking whether it still has no say. */
static inline bool json_is_known_record(const JSONStringifyContext *jsc, const JSObject *p)
{
    const JSONKnown *known = &jsc->known[((uintptr_t)p->shape >> 5) % JSON_KNOWN];

    return known->shape == p->shape && known->keys && p->class_id == JS_CLASS_OBJECT && !p->is_exotic;
}

/* What is written for a property's value: what its toJSON gives, if it has one. `name` is the key, or JS_ATOM_NULL for an
   element's index. Gives undefined for what is left out. */
static JSValue json_prepare(JSContext *ctx, JSONStringifyContext *jsc, JSValueConst holder, JSValue value, JSAtom name,
                            int64_t index)
{
    JSValue key;

    switch (JS_VALUE_GET_NORM_TAG(value)) {
    case JS_TAG_STRING:
    case JS_TAG_STRING_ROPE:
    case JS_TAG_INT:
    case JS_TAG_FLOAT64:
    case JS_TAG_BOOL:
    case JS_TAG_NULL:
    case JS_TAG_UNDEFINED:
    case JS_TAG_EXCEPTION:
        return value;
    case JS_TAG_OBJECT:
        if (json_known(ctx, jsc, JS_VALUE_GET_OBJ(value)) || json_is_plain_object(JS_VALUE_GET_OBJ(value)))
            return value;
        break;
    default:
        break;
    }
    key = name == JS_ATOM_NULL ? JS_ToStringFree(ctx, js_int64(index)) : JS_AtomToString(ctx, name);
    if (JS_IsException(key)) {
        JS_FreeValue(ctx, value);
        return JS_EXCEPTION;
    }
    value = js_json_check(ctx, jsc, holder, value, key);
    JS_FreeValue(ctx, key);
    return value;
}

static JSValue json_deeper(JSContext *ctx, JSONStringifyContext *jsc, JSValueConst indent)
{
    if (!jsc->has_gap)
        return JS_UNDEFINED;
    return JS_ConcatString(ctx, js_dup(indent), js_dup(jsc->gap));
}

static inline int json_new_line(JSONStringifyContext *jsc, JSValueConst indent)
{
    if (!jsc->has_gap)
        return 0;
    return string_buffer_putc8(jsc->b, '\n') || string_buffer_concat_value(jsc->b, indent);
}

static int json_write_elements(JSContext *ctx, JSONStringifyContext *jsc, JSValueConst array, JSValueConst indent,
                               JSValueConst deeper)
{
    JSObject *p = JS_VALUE_GET_OBJ(array);
    int64_t i, length;
    JSValue value;

    if (js_get_length64(ctx, &length, array) || string_buffer_putc8(jsc->b, '['))
        return -1;
    for (i = 0; i < length; i++) {
        if ((i > 0 && string_buffer_putc8(jsc->b, ',')) || json_new_line(jsc, deeper))
            return -1;
        /* What was called for an element before may have changed the array. */
        if (likely(p->fast_array && i < p->u.array.count)) {
            int result = jsc->is_direct ? json_write_simple(ctx, jsc->b, p->u.array.u.values[i]) : 1;
            if (result < 0)
                return -1;
            if (result == 0)
                continue;
            value = js_dup(p->u.array.u.values[i]);
        } else {
            jsc->calls++;
            value = JS_GetPropertyInt64(ctx, array, i);
        }
        value = json_prepare(ctx, jsc, array, value, JS_ATOM_NULL, i);
        if (JS_IsException(value))
            return -1;
        if (JS_IsUndefined(value))
            value = JS_NULL;
        if (json_write(ctx, jsc, array, value, deeper))
            return -1;
    }
    if (length > 0 && json_new_line(jsc, indent))
        return -1;
    return string_buffer_putc8(jsc->b, ']');
}

/* Writes the properties of a record from the one at `i` on. */
static int json_write_properties(JSContext *ctx, JSONStringifyContext *jsc, JSValueConst object, JSShape *shape, int i,
                                 bool has_content, JSValueConst indent, JSValueConst deeper)
{
    JSObject *p = JS_VALUE_GET_OBJ(object);

    for (; i < shape->prop_count; i++) {
        JSAtom name = get_shape_prop(shape)[i].atom;
        JSString *key = ctx->rt->atom_array[name];
        JSValue value;

        if (unlikely(key->atom_type != JS_ATOM_TYPE_STRING))
            continue;
        /* What was called for a property before may have changed the object; its shape is as it was, as it is held. */
        if (likely(p->shape == shape)) {
            value = js_dup(p->prop[i].u.value);
        } else {
            jsc->calls++;
            value = JS_GetProperty(ctx, object, name);
        }
        value = json_prepare(ctx, jsc, object, value, name, 0);
        if (JS_IsException(value))
            return -1;
        if (JS_IsUndefined(value))
            continue;
        if ((has_content && string_buffer_putc8(jsc->b, ',')) || json_new_line(jsc, deeper) ||
            json_write_string(jsc->b, key) || string_buffer_putc8(jsc->b, ':') ||
            (jsc->has_gap && string_buffer_putc8(jsc->b, ' '))) {
            JS_FreeValue(ctx, value);
            return -1;
        }
        if (json_write(ctx, jsc, object, value, deeper))
            return -1;
        has_content = true;
    }
    if (has_content && json_new_line(jsc, indent))
        return -1;
    return string_buffer_putc8(jsc->b, '}');
}

/* Writes a record whose keys are known, on one line. */
static int json_write_known(JSContext *ctx, JSONStringifyContext *jsc, JSValueConst object, JSShape *shape)
{
    JSObject *p = JS_VALUE_GET_OBJ(object);
    JSONKnown *known = json_known(ctx, jsc, p);
    bool has_content = false;
    int i;

    if (string_buffer_putc8(jsc->b, '{'))
        return -1;
    for (i = 0; i < shape->prop_count; i++) {
        JSValue value;
        uint32_t start;

        /* Others may have taken its place in the meantime, and what was called may have changed the object. */
        if (unlikely(!known || known->shape != shape || !known->keys || p->shape != shape))
            return json_write_properties(ctx, jsc, object, shape, i, has_content, JS_UNDEFINED, JS_UNDEFINED);
        value = json_prepare(ctx, jsc, object, js_dup(p->prop[i].u.value), get_shape_prop(shape)[i].atom, 0);
        if (JS_IsException(value))
            return -1;
        if (JS_IsUndefined(value))
            continue;
        /* The value may have taken its place as it was looked at. */
        if (unlikely(known->shape != shape))
            known = json_known(ctx, jsc, p);
        start = i > 0 && known ? known->ends[i - 1] : 0;
        if ((has_content && string_buffer_putc8(jsc->b, ',')) ||
            (likely(known && known->shape == shape && known->keys)
                 ? json_append8(jsc->b, known->keys + start, known->ends[i] - start)
                 : json_write_string(jsc->b, ctx->rt->atom_array[get_shape_prop(shape)[i].atom]) ||
                       string_buffer_putc8(jsc->b, ':'))) {
            JS_FreeValue(ctx, value);
            return -1;
        }
        has_content = true;
        if (json_write(ctx, jsc, object, value, JS_UNDEFINED))
            return -1;
    }
    return string_buffer_putc8(jsc->b, '}');
}

/* Writes an array or a record, and lets go of it. */
static no_inline int json_write_plain(JSContext *ctx, JSONStringifyContext *jsc, JSValue val, JSValueConst indent)
{
    STACK_PAD(256);
    JSObject *p = JS_VALUE_GET_OBJ(val);
    JSONOpen open = {jsc->open, p};
    JSValue deeper = JS_UNDEFINED;
    JSShape *shape;
    int result = -1;

    if (js_check_stack_overflow(ctx->rt, 0)) {
        JS_ThrowStackOverflow(ctx);
        goto done;
    }
    if (json_is_open(jsc, p)) {
        JS_ThrowTypeError(ctx, "circular reference");
        goto done;
    }
    deeper = json_deeper(ctx, jsc, indent);
    if (JS_IsException(deeper))
        goto done;
    jsc->open = &open;
    if (p->class_id == JS_CLASS_ARRAY) {
        result = json_write_elements(ctx, jsc, val, indent, deeper);
    } else {
        JSONKnown *known = jsc->has_gap ? NULL : json_known(ctx, jsc, p);
        shape = js_dup_shape(p->shape);
        if (known && known->keys)
            result = json_write_known(ctx, jsc, val, shape);
        else if (string_buffer_putc8(jsc->b, '{') == 0)
            result = json_write_properties(ctx, jsc, val, shape, 0, false, indent, deeper);
        js_free_shape(ctx->rt, shape);
    }
    jsc->open = open.outer;
done:
    JS_FreeValue(ctx, deeper);
    JS_FreeValue(ctx, val);
    return result;
}

/* Writes a value that json_prepare or js_json_check gave, and lets go of it. */
static int json_write(JSContext *ctx, JSONStringifyContext *jsc, JSValueConst holder, JSValue val, JSValueConst indent)
{
    int result = json_write_simple(ctx, jsc->b, val);

    if (result <= 0) {
        JS_FreeValue(ctx, val);
        return result;
    }
    if (JS_IsObject(val) && jsc->is_direct) {
        JSObject *p = JS_VALUE_GET_OBJ(val);
        if (p->class_id == JS_CLASS_ARRAY ? p->fast_array : json_is_known_record(jsc, p) || json_is_record(p))
            return json_write_plain(ctx, jsc, val, indent);
    }
    return js_json_to_str(ctx, jsc, holder, val, indent);
}
