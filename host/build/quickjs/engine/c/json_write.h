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

static inline int json_append8(StringBuffer *b, const uint8_t *text, uint32_t length)
{
    if (unlikely(b->is_wide_char || b->len + length > b->size))
        return string_buffer_write8(b, text, length);
    json_copy((uint8_t *)&b->str[1] + b->len, text, length);
    b->len += length;
    return 0;
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

static int json_write_string(StringBuffer *b, JSString *string)
{
    if (string_buffer_putc8(b, '"'))
        return -1;
    if (string->is_wide_char) {
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
    } else {
        const uint8_t *at = str8(string), *end = at + string->len, *start;
        for (;;) {
            start = at;
            at = json_plain8(at, end);
            if (json_append8(b, start, at - start))
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

    return json_append8(b, (const uint8_t *)text, i32toa(text, number));
}

static int json_write_float(StringBuffer *b, double number)
{
    uint8_t text[32];

    if (!isfinite(number))
        return json_write_word(b, "null");
    return json_append8(b, text, doverb_number_text(number, text));
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
        if (json_is_plain_object(JS_VALUE_GET_OBJ(value)))
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
        if (likely(p->fast_array && i < p->u.array.count))
            value = js_dup(p->u.array.u.values[i]);
        else
            value = JS_GetPropertyInt64(ctx, array, i);
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

static int json_write_properties(JSContext *ctx, JSONStringifyContext *jsc, JSValueConst object, JSShape *shape,
                                 JSValueConst indent, JSValueConst deeper)
{
    JSObject *p = JS_VALUE_GET_OBJ(object);
    bool has_content = false;
    int i;

    if (string_buffer_putc8(jsc->b, '{'))
        return -1;
    for (i = 0; i < shape->prop_count; i++) {
        JSAtom name = get_shape_prop(shape)[i].atom;
        JSString *key = ctx->rt->atom_array[name];
        JSValue value;

        if (unlikely(key->atom_type != JS_ATOM_TYPE_STRING))
            continue;
        /* What was called for a property before may have changed the object; its shape is as it was, as it is held. */
        if (likely(p->shape == shape))
            value = js_dup(p->prop[i].u.value);
        else
            value = JS_GetProperty(ctx, object, name);
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
        shape = js_dup_shape(p->shape);
        result = json_write_properties(ctx, jsc, val, shape, indent, deeper);
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
    JSObject *p;
    int result;

    switch (JS_VALUE_GET_NORM_TAG(val)) {
    case JS_TAG_STRING:
        result = json_write_string(jsc->b, JS_VALUE_GET_STRING(val));
        JS_FreeValue(ctx, val);
        return result;
    case JS_TAG_INT:
        return json_write_int(jsc->b, JS_VALUE_GET_INT(val));
    case JS_TAG_FLOAT64:
        return json_write_float(jsc->b, JS_VALUE_GET_FLOAT64(val));
    case JS_TAG_BOOL:
        return json_write_word(jsc->b, JS_VALUE_GET_BOOL(val) ? "true" : "false");
    case JS_TAG_NULL:
        return json_write_word(jsc->b, "null");
    case JS_TAG_OBJECT:
        p = JS_VALUE_GET_OBJ(val);
        if (jsc->is_direct && ((p->class_id == JS_CLASS_ARRAY && p->fast_array) || json_is_record(p)))
            return json_write_plain(ctx, jsc, val, indent);
        break;
    default:
        break;
    }
    return js_json_to_str(ctx, jsc, holder, val, indent);
}
