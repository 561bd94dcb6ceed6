/* Part of doverb.h: the request's fields, and the parameters of queries and forms. Nothing here is for handlers.
 *
 * The server gives the whole head in one call; looking a field up in it costs far less than asking the server for each. */
#ifndef DOVERB_FIELDS_H
#define DOVERB_FIELDS_H

/* ISO-8859-1 to UTF-8, in place where it is ASCII. */
DOVERB_INLINE doverb_string doverb_utf8(char *start, char *end) {
    size_t high = 0;
    for (char *at = start; at < end; at++) high += (unsigned char)*at >> 7;
    if (high == 0) {
        *end = '\0';
        return doverb_option(1, start, (size_t)(end - start));
    }
    size_t length = (size_t)(end - start) + high;
    char *text = (char *)doverb_arena_take(length + 1, 1), *to = text;
    for (; start < end; start++) {
        unsigned char byte = (unsigned char)*start;
        if (byte >= 0x80) *to++ = (char)(0xc0 | byte >> 6);
        *to++ = (char)(byte < 0x80 ? byte : 0x80 | (byte & 0x3f));
    }
    *to = '\0';
    return doverb_option(1, text, length);
}

/* Where the places of the head's parts stand among its numbers, and how many there are before those of the fields. */
enum { DOVERB_PART_METHOD = 1, DOVERB_PART_PATH = 3, DOVERB_PART_VERSION = 5, DOVERB_PART_LINE = 7, DOVERB_FIXED = 11 };

/* The text between two places; the sign behind it becomes a NUL, which nobody misses: it is a blank, a colon or a line's end. */
DOVERB_INLINE doverb_string doverb_part(size_t at) {
    char *list = (char *)doverb_arena.head.list.data;
    const uint32_t *numbers = (const uint32_t *)(const void *)list;
    return doverb_utf8(list + numbers[at], list + numbers[at + 1]);
}

/* Fetches the head, once: false outside of a request. */
DOVERB_C DOVERB_SHARED __attribute__((noinline)) bool doverb_has_head(void);
bool doverb_has_head(void) {
    doverb_head_t *head = &doverb_arena.head;
    if (!head->known) {
        head->known = true;
        head->list = doverb_ask(doverb_import_head);
        if (head->list.length == 0) return false;
        /* Of all of the line there is a copy, as its parts are in it. */
        doverb_string line = doverb_part(DOVERB_PART_LINE);
        char *copy = (char *)doverb_arena_take(line.length + 1, 1);
        memcpy(copy, line.data, line.length + 1);
        doverb_arena.facts[2] = doverb_option(1, copy, line.length);
        doverb_arena.facts[0] = doverb_part(DOVERB_PART_METHOD);
        doverb_arena.facts[1] = doverb_part(DOVERB_PART_PATH);
        doverb_arena.facts[3] = doverb_part(DOVERB_PART_VERSION);
    }
    return head->list.length > 0;
}

DOVERB_INLINE doverb_string doverb_fact_of_head(size_t which) {
    return doverb_has_head() ? doverb_arena.facts[which] : DOVERB_STRING("");
}

DOVERB_C DOVERB_SHARED __attribute__((noinline)) doverb_fields doverb_fields_of_request(void);
doverb_fields doverb_fields_of_request(void) {
    doverb_head_t *head = &doverb_arena.head;
    if (head->has_fields) return head->fields;
    head->has_fields = true;
    head->fields.count = doverb_has_head() ? *(const uint32_t *)(const void *)head->list.data : 0;
    doverb_field *fields = (doverb_field *)doverb_arena_take(head->fields.count * sizeof *fields, sizeof(void *));
    head->fields.items = fields;
    for (size_t at = 0; at < head->fields.count; at++) {
        fields[at].name = doverb_part(DOVERB_FIXED + 4 * at);
        fields[at].value = doverb_part(DOVERB_FIXED + 4 * at + 2);
    }
    return head->fields;
}

DOVERB_INLINE bool doverb_same_name(doverb_string a, doverb_string b) {
    if (a.length != b.length) return false;
    for (size_t at = 0; at < a.length; at++) {
        unsigned char x = (unsigned char)a.data[at], y = (unsigned char)b.data[at];
        if (x == y) continue;
        if ((x | 0x20) != (y | 0x20) || (x | 0x20) < 'a' || (x | 0x20) > 'z') return false;
    }
    return true;
}

DOVERB_INLINE doverb_string doverb_find_header(doverb_string name) {
    doverb_fields fields = doverb_fields_of_request();
    for (size_t at = 0; at < fields.count; at++) {
        if (doverb_same_name(fields.items[at].name, name)) return fields.items[at].value;
    }
    return DOVERB_NONE;
}

DOVERB_INLINE doverb_strings doverb_find_headers(doverb_string name) {
    doverb_fields fields = doverb_fields_of_request();
    doverb_string *values = (doverb_string *)doverb_arena_take(fields.count * sizeof *values, sizeof(void *));
    doverb_strings found = {values, 0};
    for (size_t at = 0; at < fields.count; at++) {
        if (doverb_same_name(fields.items[at].name, name)) values[found.count++] = fields.items[at].value;
    }
    return found;
}

/* ---- Queries and forms ---- */

DOVERB_INLINE int doverb_hex(char digit) {
    if (digit >= '0' && digit <= '9') return digit - '0';
    char lower = (char)(digit | 0x20);
    return lower >= 'a' && lower <= 'f' ? lower - 'a' + 10 : -1;
}

/* `+` is a blank, `%41` is A, and what is no such escape stays. */
DOVERB_INLINE doverb_string doverb_decoded(doverb_string text) {
    char *start = (char *)doverb_arena_take(text.length + 1, 1), *to = start;
    for (size_t at = 0; at < text.length; at++) {
        char character = text.data[at];
        bool escaped = character == '%' && at + 2 < text.length && doverb_hex(text.data[at + 1]) >= 0 &&
                       doverb_hex(text.data[at + 2]) >= 0;
        if (escaped) {
            character = (char)(doverb_hex(text.data[at + 1]) << 4 | doverb_hex(text.data[at + 2]));
            at += 2;
        } else if (character == '+') {
            character = ' ';
        }
        *to++ = character;
    }
    *to = '\0';
    return doverb_option(1, start, (size_t)(to - start));
}

DOVERB_INLINE bool doverb_form_next(doverb_string *rest, doverb_string *name, doverb_string *value) {
    doverb_string pair;
    do {
        if (rest->length == 0) return false;
        pair = *rest;
        const char *end = (const char *)memchr(rest->data, '&', rest->length);
        if (end != NULL) pair.length = (size_t)(end - rest->data);
        size_t taken = pair.length + (end != NULL);
        rest->data += taken;
        rest->length -= taken;
    } while (pair.length == 0);
    const char *sign = (const char *)memchr(pair.data, '=', pair.length);
    size_t length = sign == NULL ? pair.length : (size_t)(sign - pair.data);
    *name = doverb_decoded(doverb_option(1, pair.data, length));
    *value = doverb_decoded(doverb_after(pair, '='));
    return true;
}

DOVERB_INLINE doverb_string doverb_find_in_form(doverb_string form, doverb_string wanted) {
    doverb_string name, value;
    while (doverb_form_next(&form, &name, &value)) {
        if (doverb_same(name, wanted)) return value;
    }
    return DOVERB_NONE;
}

#endif
