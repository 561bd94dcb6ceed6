/* The part of json_read.h that there is for each width of characters: CHAR is one, and NAME() the name for it. */

typedef struct NAME(JSONText) {
    JSONReader *r;
    const CHAR *at;
    const CHAR *end;
} NAME(JSONText);

static inline JSValue NAME(json_value)(NAME(JSONText) *t);

/* The next character that is no white space, or 0 at the end. */
static inline uint32_t NAME(json_next)(NAME(JSONText) *t)
{
    while (t->at < t->end) {
        uint32_t c = *t->at;
        if (likely(c > ' '))
            return c;
        if (c != ' ' && c != '\n' && c != '\r' && c != '\t')
            return 0;
        t->at++;
    }
    return 0;
}

/* The character that an escape behind its backslash stands for, or -1. */
static int NAME(json_escape)(NAME(JSONText) *t)
{
    int i, digit, c;

    if (t->at == t->end)
        return -1;
    switch (*t->at++) {
    case 'b': return '\b';
    case 'f': return '\f';
    case 'n': return '\n';
    case 'r': return '\r';
    case 't': return '\t';
    case '"': return '"';
    case '\\': return '\\';
    case '/': return '/';
    case 'u':
        if (t->end - t->at < 4)
            return -1;
        for (i = c = 0; i < 4; i++) {
            digit = from_hex(*t->at++);
            if (digit < 0)
                return -1;
            c = c << 4 | digit;
        }
        return c;
    default:
        return -1;
    }
}

/* The rest of a string, of which what is from `start` to `t->at` has no escapes. */
static JSValue NAME(json_escaped)(NAME(JSONText) *t, const CHAR *start)
{
    StringBuffer buffer, *b = &buffer;
    size_t size = 2 * (size_t)(t->at - start) + 128, most = t->end - start;
    int c;

    /* It cannot be longer than what is left of the text. */
    if (string_buffer_init(t->r->ctx, b, size < most ? size : most))
        return JS_EXCEPTION;
    for (;;) {
        if (NAME(json_write_plain)(b, start, t->at - start))
            return JS_EXCEPTION;
        if (t->at == t->end || *t->at < 0x20)
            break;
        if (*t->at++ == '"')
            return string_buffer_end(b);
        c = NAME(json_escape)(t);
        if (c < 0)
            break;
        if (string_buffer_putc16(b, c))
            return JS_EXCEPTION;
        start = t->at;
        t->at = NAME(json_plain)(start, t->end);
    }
    string_buffer_free(b);
    return json_malformed(t->r);
}

/* A string, behind its first quote. */
static JSValue NAME(json_string)(NAME(JSONText) *t)
{
    const CHAR *start = t->at;

    t->at = NAME(json_plain)(start, t->end);
    if (likely(t->at < t->end && *t->at == '"'))
        return NAME(json_new_string)(t->r->ctx, start, t->at++ - start);
    return NAME(json_escaped)(t, start);
}

/* The number of a text that arithmetic does not give exactly. */
static JSValue NAME(json_long_number)(JSContext *ctx, const CHAR *start, size_t length)
{
    uint8_t short_text[64], *text = short_text;
    double number;
    size_t i;

    if (length > sizeof(short_text)) {
        text = js_malloc(ctx, length);
        if (!text)
            return JS_EXCEPTION;
    }
    for (i = 0; i < length; i++)
        text[i] = start[i];
    number = doverb_number(text, length);
    if (text != short_text)
        js_free(ctx, text);
    return js_number(number);
}

static JSValue NAME(json_number)(NAME(JSONText) *t)
{
    const CHAR *start = t->at, *at = start, *end = t->end, *part;
    bool is_negative = *at == '-', is_short = true;
    uint64_t digits = 0;
    uint32_t exponent = 0;
    int power = 0, count;
    double number;

    at += is_negative;
    for (part = at; at < end && is_digit(*at); at++)
        digits = digits * 10 + (*at - '0');
    count = at - part;
    if (count == 0 || (count > 1 && *part == '0'))
        return json_malformed(t->r);
    if (count <= JSON_DIGITS && (at == end || (*at != '.' && *at != 'e' && *at != 'E'))) {
        t->at = at;
        if (unlikely(is_negative && digits == 0))
            return js_float64(-0.0);
        return js_int64(is_negative ? -(int64_t)digits : (int64_t)digits);
    }
    if (at < end && *at == '.') {
        for (part = ++at; at < end && is_digit(*at); at++)
            digits = digits * 10 + (*at - '0');
        if (at == part)
            return json_malformed(t->r);
        power = part - at;
        count += at - part;
    }
    if (at < end && (*at == 'e' || *at == 'E')) {
        bool is_below = ++at < end && *at == '-';
        at += at < end && (*at == '-' || *at == '+');
        for (part = at; at < end && is_digit(*at); at++)
            if (at - part < 4)
                exponent = exponent * 10 + (*at - '0');
        if (at == part)
            return json_malformed(t->r);
        is_short = at - part <= 4;
        power += is_below ? -(int)exponent : (int)exponent;
    }
    t->at = at;
    if (!is_short || count > JSON_DIGITS || !json_exact(digits, power, &number))
        return NAME(json_long_number)(t->r->ctx, start, at - start);
    return js_number(is_negative ? -number : number);
}

/* A key, behind its first quote, if it is this one. */
static inline bool NAME(json_is_key)(NAME(JSONText) *t, JSAtom atom)
{
    const JSString *key = t->r->ctx->rt->atom_array[atom];

    if (t->end - t->at <= key->len || t->at[key->len] != '"' || !NAME(json_begins)(t->at, key))
        return false;
    t->at += key->len + 1;
    return true;
}

/* A key, behind its first quote. `is_plain` becomes false if the text has it in another way than the atom. */
static JSAtom NAME(json_key)(NAME(JSONText) *t, bool *is_plain)
{
    const CHAR *start = t->at;
    JSValue string;
    JSAtom atom;

    t->at = NAME(json_plain)(start, t->end);
    if (likely(t->at < t->end && *t->at == '"')) {
        atom = NAME(json_atom)(t->r->ctx, start, t->at++ - start);
        *is_plain &= !__JS_AtomIsTaggedInt(atom);
        return atom;
    }
    *is_plain = false;
    string = NAME(json_escaped)(t, start);
    if (JS_IsException(string))
        return JS_ATOM_NULL;
    return JS_NewAtomStr(t->r->ctx, JS_VALUE_GET_STRING(string));
}

/* An object, behind its brace. As long as it has the keys of one before it, in their order, its values are kept; all or the
   rest of it is made a property at a time. */
static no_inline JSValue NAME(json_object)(NAME(JSONText) *t)
{
    STACK_PAD(256);
    JSONReader *r = t->r;
    JSContext *ctx = r->ctx;
    uint32_t before = r->count, keys = 0, c;
    JSShape *shape = NULL;
    JSValue object = JS_UNDEFINED, value;
    JSAtom atom;
    bool is_plain = true;

    if (js_check_stack_overflow(ctx->rt, 0))
        return JS_ThrowStackOverflow(ctx);
    if (NAME(json_next)(t) == '}') {
        t->at++;
        return JS_NewObject(ctx);
    }
    for (;;) {
        if (NAME(json_next)(t) != '"')
            goto malformed;
        t->at++;
        if (shape && keys < shape->prop_count && NAME(json_is_key)(t, get_shape_prop(shape)[keys].atom)) {
            atom = JS_ATOM_NULL;
        } else {
            atom = NAME(json_key)(t, &is_plain);
            if (atom == JS_ATOM_NULL)
                goto fail;
            if (keys == 0 && is_plain) {
                shape = json_remembered(r, atom);
                if (shape) {
                    js_dup_shape(shape);
                    JS_FreeAtom(ctx, atom);
                    atom = JS_ATOM_NULL;
                }
            }
            if (atom != JS_ATOM_NULL && JS_IsUndefined(object)) {
                object = json_object_of(r, shape, before);
                js_free_shape_null(ctx->rt, shape);
                shape = NULL;
                if (JS_IsException(object)) {
                    JS_FreeAtom(ctx, atom);
                    goto fail;
                }
            }
        }
        keys++;
        value = JS_EXCEPTION;
        if (likely(NAME(json_next)(t) == ':')) {
            t->at++;
            value = NAME(json_value)(t);
        } else {
            json_malformed(r);
        }
        if (JS_IsException(value)) {
            JS_FreeAtom(ctx, atom);
            goto fail;
        }
        if (atom == JS_ATOM_NULL) {
            if (json_keep(r, value))
                goto fail;
        } else {
            int failed = json_define(ctx, JS_VALUE_GET_OBJ(object), atom, value);
            JS_FreeAtom(ctx, atom);
            if (failed)
                goto fail;
        }
        c = NAME(json_next)(t);
        if (c != ',' && c != '}')
            goto malformed;
        t->at++;
        if (c == '}')
            break;
    }
    if (shape) {
        object = json_object_of(r, shape, before);
        js_free_shape(ctx->rt, shape);
    } else if (is_plain) {
        json_remember(r, JS_VALUE_GET_OBJ(object));
    }
    return object;
malformed:
    json_malformed(r);
fail:
    json_drop(r, before);
    js_free_shape_null(ctx->rt, shape);
    JS_FreeValue(ctx, object);
    return JS_EXCEPTION;
}

/* An array, behind its bracket. */
static no_inline JSValue NAME(json_array)(NAME(JSONText) *t)
{
    STACK_PAD(256);
    JSONReader *r = t->r;
    JSContext *ctx = r->ctx;
    uint32_t before = r->count, c;
    JSValue array = JS_UNDEFINED, value;

    if (js_check_stack_overflow(ctx->rt, 0))
        return JS_ThrowStackOverflow(ctx);
    if (NAME(json_next)(t) == ']') {
        t->at++;
        return JS_NewArray(ctx);
    }
    do {
        value = NAME(json_value)(t);
        if (JS_IsException(value) || json_keep(r, value))
            goto fail;
        c = NAME(json_next)(t);
        if (c != ',' && c != ']') {
            json_malformed(r);
            goto fail;
        }
        t->at++;
        if (c == ']' || r->count - before == JSON_GATHERED) {
            if (JS_IsUndefined(array))
                array = JS_NewArray(ctx);
            if (JS_IsException(array) || json_append(r, array, before))
                goto fail;
        }
    } while (c == ',');
    return array;
fail:
    json_drop(r, before);
    JS_FreeValue(ctx, array);
    return JS_EXCEPTION;
}

static inline JSValue NAME(json_word)(NAME(JSONText) *t, const char *word, JSValue value)
{
    for (; *word; word++, t->at++)
        if (t->at == t->end || *t->at != *word)
            return json_malformed(t->r);
    return value;
}

static inline JSValue NAME(json_value)(NAME(JSONText) *t)
{
    switch (NAME(json_next)(t)) {
    case '"':
        t->at++;
        return NAME(json_string)(t);
    case '{':
        t->at++;
        return NAME(json_object)(t);
    case '[':
        t->at++;
        return NAME(json_array)(t);
    case 't':
        return NAME(json_word)(t, "true", JS_TRUE);
    case 'f':
        return NAME(json_word)(t, "false", JS_FALSE);
    case 'n':
        return NAME(json_word)(t, "null", JS_NULL);
    case '-': case '0': case '1': case '2': case '3': case '4': case '5': case '6': case '7': case '8': case '9':
        return NAME(json_number)(t);
    default:
        return json_malformed(t->r);
    }
}

/* The one value of a whole text. */
static JSValue NAME(json_read_all)(JSONReader *r, const CHAR *text, size_t length)
{
    NAME(JSONText) t = {.r = r, .at = text, .end = text + length};
    JSValue value = NAME(json_value)(&t);

    if (JS_IsException(value))
        return value;
    NAME(json_next)(&t);
    if (t.at == t.end)
        return value;
    JS_FreeValue(r->ctx, value);
    return json_malformed(r);
}
