/* Part of doverb.h: rfile, wfile, and the few functions that are more than a call. Nothing here is for handlers. */
#ifndef DOVERB_BODY_H
#define DOVERB_BODY_H

/* Lets the host write straight into the buffer. */
DOVERB_DIRECT size_t doverb_fill(void (*read)(size_t, doverb_outcome *), void *buffer, size_t size) {
    doverb_outcome outcome;
    doverb_settle();
    doverb_arena.buffer = buffer;
    doverb_arena.capacity = size;
    read(size, &outcome);
    doverb_arena.buffer = NULL;
    return doverb_checked(outcome).as.text.length;
}

DOVERB_INLINE size_t doverb_read1(void *buffer, size_t size) { return doverb_fill(doverb_import_read, buffer, size); }

DOVERB_INLINE size_t doverb_read(void *buffer, size_t size) {
    size_t filled = 0, piece = 1;
    while (filled < size && piece > 0) {
        piece = doverb_read1((char *)buffer + filled, size - filled);
        filled += piece;
    }
    return filled;
}

DOVERB_INLINE size_t doverb_readline(void *buffer, size_t size) {
    size_t filled = 0, piece = 1;
    while (filled < size && piece > 0) {
        piece = doverb_fill(doverb_import_read_line, (char *)buffer + filled, size - filled);
        filled += piece;
        if (filled > 0 && ((char *)buffer)[filled - 1] == '\n') break;
    }
    return filled;
}

DOVERB_INLINE doverb_string doverb_read_body(size_t limit) {
    size_t capacity = 4096, length = 0;
    char *body = (char *)doverb_arena_take(capacity + 1, 1);
    for (;;) {
        size_t piece = doverb_read1(body + length, capacity - length);
        length += piece;
        if (length > limit) {
            doverb_result failure = {DOVERB_TOO_LARGE, limit, DOVERB_NONE};
            doverb_raise(failure);
            return DOVERB_NONE;
        }
        if (piece == 0) break;
        if (length < capacity) continue;
        char *larger = (char *)doverb_arena_take(2 * capacity + 1, 1);
        memcpy(larger, body, length);
        body = larger;
        capacity *= 2;
    }
    body[length] = '\0';
    return doverb_option(1, body, length);
}

DOVERB_INLINE doverb_fields doverb_trailers(void) { return doverb_call(doverb_import_trailers).as.fields; }

DOVERB_INLINE void doverb_write(const void *data, size_t length) {
    const char *next = (const char *)data;
    if (doverb_gather_body(next, length) || !doverb_hand_over()) return;
    /* The server takes no more than 4 MiB in one call. */
    const size_t most = (size_t)4 << 20;
    do {
        size_t piece = length < most ? length : most;
        doverb_outcome outcome;
        doverb_import_write(next, piece, &outcome);
        doverb_checked(outcome);
        next += piece;
        length -= piece;
    } while (length > 0);
}

DOVERB_INLINE void doverb_do_write_text(doverb_string text) { doverb_write(text.data, text.length); }

DOVERB_INLINE doverb_string doverb_format_list(const char *format, va_list arguments) {
    va_list again;
    va_copy(again, arguments);
    int length = vsnprintf(NULL, 0, format, again);
    va_end(again);
    if (length < 0) doverb_do_fail(DOVERB_STRING("a format that printf does not know"));
    char *text = (char *)doverb_arena_take((size_t)length + 1, 1);
    vsnprintf(text, (size_t)length + 1, format, arguments);
    return doverb_option(1, text, (size_t)length);
}

DOVERB_INLINE doverb_string doverb_format(const char *format, ...) {
    va_list arguments;
    va_start(arguments, format);
    doverb_string text = doverb_format_list(format, arguments);
    va_end(arguments);
    return text;
}

DOVERB_INLINE void doverb_printf(const char *format, ...) {
    /* Printing in a loop takes no more memory than once. */
    doverb_place mark = doverb_arena.here;
    va_list arguments;
    va_start(arguments, format);
    doverb_do_write_text(doverb_format_list(format, arguments));
    va_end(arguments);
    if (mark.chunk != NULL) doverb_arena.here = mark;
}

DOVERB_INLINE doverb_field doverb_responses(int code) {
    doverb_texts found;
    doverb_import_responses(doverb_status(code), &found);
    doverb_field none = {DOVERB_NONE, DOVERB_NONE};
    return found.given ? found.texts : none;
}

DOVERB_INLINE doverb_string doverb_date_time_string(int64_t timestamp) {
    doverb_outcome outcome;
    doverb_import_date_time_string(timestamp >= 0, timestamp, &outcome);
    return doverb_checked(outcome).as.text;
}

#endif
