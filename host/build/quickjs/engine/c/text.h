/* Strings for src/native.rs: their characters to write and to read. For quickjs.c, which includes it (see quickjs.patch). */

/* A string of characters that the caller writes, in one byte each or in two. There are none to write of an empty one. */
JSValue doverb_new_string(JSContext *ctx, size_t length, bool is_wide, void **characters)
{
    JSString *string;

    *characters = NULL;
    if (length == 0)
        return js_empty_string(ctx->rt);
    if (length > JS_STRING_LEN_MAX)
        return JS_ThrowRangeError(ctx, "invalid string length");
    string = js_alloc_string(ctx, length, is_wide);
    if (!string)
        return JS_EXCEPTION;
    *characters = &string[1];
    if (!is_wide)
        str8(string)[length] = '\0';
    return JS_MKPTR(JS_TAG_STRING, string);
}

/* The same text in one piece, and its characters, which are there as long as it is. */
JSValue doverb_string(JSContext *ctx, JSValueConst text, const void **characters, size_t *length, bool *is_wide)
{
    JSValue value = JS_ToString(ctx, text);
    JSString *string;

    if (JS_IsException(value))
        return value;
    string = JS_VALUE_GET_STRING(value);
    *is_wide = string->is_wide_char;
    *length = string->len;
    *characters = string->is_wide_char ? (const void *)str16(string) : (const void *)str8(string);
    return value;
}
