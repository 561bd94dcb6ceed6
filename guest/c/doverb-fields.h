/* Part of doverb.h: the request's fields, and the parameters of queries and forms. Nothing here is for handlers.
 *
 * The host gives the header section in one call; looking a field up in it costs far less than asking the host for each. */
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

DOVERB_INLINE bool doverb_is_blank(char character) { return character == ' ' || character == '\t' || character == '\r'; }

/* One field from the line from `line` to `end`; the host has checked it. */
DOVERB_INLINE doverb_field doverb_field_of(char *line, char *end) {
    char *colon = (char *)memchr(line, ':', (size_t)(end - line)), *value = colon + 1;
    while (value < end && doverb_is_blank(*value)) value++;
    while (end > value && doverb_is_blank(end[-1])) end--;
    doverb_field field = {doverb_utf8(line, colon), doverb_utf8(value, end)};
    return field;
}

DOVERB_C DOVERB_SHARED __attribute__((noinline)) doverb_fields doverb_fields_of_request(void);
doverb_fields doverb_fields_of_request(void) {
    doverb_section_t *section = &doverb_arena.section;
    if (section->known) return section->fields;
    doverb_string raw = doverb_ask(doverb_import_raw_headers);
    char *line = (char *)raw.data, *end = line + raw.length, *feed;
    size_t lines = 0;
    for (char *at = line; (at = (char *)memchr(at, '\n', (size_t)(end - at))) != NULL; at++) lines++;
    doverb_field *fields = (doverb_field *)doverb_arena_take(lines * sizeof *fields, sizeof(void *));
    section->fields.items = fields;
    section->fields.count = 0;
    for (; (feed = (char *)memchr(line, '\n', (size_t)(end - line))) != NULL; line = feed + 1) {
        if (memchr(line, ':', (size_t)(feed - line)) == NULL) continue;
        fields[section->fields.count++] = doverb_field_of(line, feed);
    }
    section->known = true;
    return section->fields;
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
