/* Part of doverb.h: the answer while it is gathered, so that it is one call of the server's. Nothing here is for handlers.
 *
 * Python keeps its head in `_headers_buffer`. What is gathered is what the server would take without a word; all else goes to
 * the server at once, behind what was gathered before it, so that each failure comes from the call that caused it. */
#ifndef DOVERB_ANSWER_H
#define DOVERB_ANSWER_H

/* Bytes of fields, and of a body, that are gathered; what is more goes to the server. */
#define DOVERB_BOUND 4096
/* Bytes of a body that go with their head in one call, without being gathered. */
#define DOVERB_WITH_HEAD 32768

typedef enum doverb_progress {
    DOVERB_AT_SERVER, /* calls go there as they are made */
    DOVERB_UNBEGUN,   /* nothing was said of an answer */
    DOVERB_IN_HEAD,   /* fields may follow */
    DOVERB_IN_BODY    /* the head has ended */
} doverb_progress;

typedef struct doverb_gathered_t {
    doverb_progress progress;
    bool has_length;
    /* Whether nothing is late that waits for the end of the method: asked for once. */
    bool knows, can_gather;
    int32_t code;
    /* What a Content-Length leaves room for. */
    uint64_t left;
    size_t fields_length, body_length;
    char fields[DOVERB_BOUND], body[DOVERB_BOUND];
} doverb_gathered_t;

DOVERB_VARIABLE(doverb_gathered_t, doverb_gathered)

/* A 2xx to CONNECT makes a tunnel of the connection, which has rules of its own. Which method it is is known while this is
 * compiled, but for ANY. */
DOVERB_DIRECT void doverb_begin_request(const char *method) {
    bool may_be_connect = strcmp(method, "CONNECT") == 0 || strcmp(method, "ANY") == 0;
    bool is_connect = may_be_connect && doverb_same(doverb_command(), DOVERB_STRING("CONNECT"));
    doverb_gathered.progress = is_connect ? DOVERB_AT_SERVER : DOVERB_UNBEGUN;
}

/* Gives the server what was gathered, and a body behind it. */
DOVERB_INLINE void doverb_give_answer(const char *body, size_t length, doverb_outcome *outcome) {
    doverb_gathered.progress = DOVERB_AT_SERVER;
    doverb_import_answer(0, doverb_gathered.code, 0, NULL, 0, doverb_gathered.fields, doverb_gathered.fields_length, body, length,
                         outcome);
}

/* Gives the server what was gathered, if anything was: false when it failed. */
DOVERB_C DOVERB_SHARED __attribute__((noinline)) bool doverb_give(doverb_outcome *outcome);
bool doverb_give(doverb_outcome *outcome) {
    doverb_progress last = doverb_gathered.progress;
    doverb_gathered.progress = DOVERB_AT_SERVER;
    if (last < DOVERB_IN_HEAD) return true;
    if (last == DOVERB_IN_BODY) {
        doverb_give_answer(doverb_gathered.body, doverb_gathered.body_length, outcome);
    } else {
        doverb_import_begin(0, doverb_gathered.code, 0, NULL, 0, doverb_gathered.fields, doverb_gathered.fields_length, outcome);
    }
    return !outcome->failed;
}

/* Before calls that can fail: false when this one has. */
DOVERB_INLINE bool doverb_hand_over(void) {
    doverb_outcome outcome;
    if (doverb_gathered.progress < DOVERB_IN_HEAD) {
        doverb_gathered.progress = DOVERB_AT_SERVER;
        return true;
    }
    if (doverb_give(&outcome)) return true;
    doverb_checked(outcome);
    return false;
}

/* Before the others: the server keeps the failure, and tells it at the next that can. */
DOVERB_INLINE void doverb_settle(void) {
    doverb_outcome outcome;
    doverb_give(&outcome);
}

/* RFC 9110, section 5.6.2. */
DOVERB_INLINE bool doverb_in_token(unsigned char sign) {
    /* A bit for each of the signs of ASCII. */
    static const uint32_t signs[4] = {0, 0x03ff6cfa, 0xc7fffffe, 0x57ffffff};
    return sign < 128 && (signs[sign >> 5] >> (sign & 31) & 1);
}

DOVERB_INLINE bool doverb_is_plain(doverb_string text) {
    bool plain = true;
    for (size_t at = 0; at < text.length; at++) plain &= (unsigned char)(text.data[at] - 0x20) < 0x5f;
    return plain;
}

/* The length of the body, in digits that surely fit. */
DOVERB_INLINE bool doverb_take_length(doverb_string value) {
    if (doverb_gathered.has_length || value.length == 0 || value.length > 19) return false;
    uint64_t length = 0;
    for (size_t at = 0; at < value.length; at++) {
        if (value.data[at] < '0' || value.data[at] > '9') return false;
        length = length * 10 + (uint64_t)(value.data[at] - '0');
    }
    doverb_gathered.has_length = true;
    doverb_gathered.left = length;
    return true;
}

DOVERB_INLINE bool doverb_gather_field(doverb_string name, doverb_string value) {
    size_t length = name.length + value.length + 4;
    if (doverb_gathered.progress != DOVERB_IN_HEAD || name.length == 0 || name.length > DOVERB_BOUND ||
        value.length > DOVERB_BOUND || doverb_gathered.fields_length + length > DOVERB_BOUND || !doverb_is_plain(value))
        return false;
    for (size_t at = 0; at < name.length; at++) {
        if (!doverb_in_token((unsigned char)name.data[at])) return false;
    }
    switch (name.length) {
    case 7:
        if (doverb_same_name(name, DOVERB_STRING("upgrade"))) return false;
        break;
    case 10:
        if (doverb_same_name(name, DOVERB_STRING("connection"))) return false;
        break;
    case 14:
        if (doverb_same_name(name, DOVERB_STRING("content-length")) && !doverb_take_length(value)) return false;
        break;
    case 17:
        if (doverb_same_name(name, DOVERB_STRING("transfer-encoding"))) return false;
        break;
    default: break;
    }
    char *to = doverb_gathered.fields + doverb_gathered.fields_length;
    memcpy(to, name.data, name.length);
    memcpy(to + name.length, ": ", 2);
    memcpy(to + name.length + 2, value.data, value.length);
    memcpy(to + length - 2, "\r\n", 2);
    doverb_gathered.fields_length += length;
    return true;
}

DOVERB_INLINE void doverb_do_send_response(int code, doverb_string message) {
    if (doverb_gathered.progress == DOVERB_UNBEGUN && message.data == NULL && code >= 200 && code <= 999) {
        doverb_gathered.progress = DOVERB_IN_HEAD;
        doverb_gathered.code = code;
        doverb_gathered.has_length = false;
        doverb_gathered.left = UINT64_MAX;
        doverb_gathered.fields_length = doverb_gathered.body_length = 0;
        return;
    }
    doverb_outcome outcome;
    if (!doverb_hand_over()) return;
    doverb_import_send_response(doverb_status(code), message.data != NULL, message.data, message.length, &outcome);
    doverb_checked(outcome);
}

DOVERB_INLINE void doverb_do_send_response_only(int code, doverb_string message) {
    doverb_outcome outcome;
    if (!doverb_hand_over()) return;
    doverb_import_send_response_only(doverb_status(code), message.data != NULL, message.data, message.length, &outcome);
    doverb_checked(outcome);
}

DOVERB_INLINE void doverb_do_send_header(doverb_string name, doverb_string value) {
    if (doverb_gather_field(name, value)) return;
    doverb_outcome outcome;
    if (!doverb_hand_over()) return;
    doverb_import_send_header(name.data, name.length, value.data, value.length, &outcome);
    doverb_checked(outcome);
}

DOVERB_INLINE void doverb_end_headers(void) {
    if (doverb_gathered.progress != DOVERB_IN_HEAD) {
        if (doverb_hand_over()) doverb_call(doverb_import_end_headers);
        return;
    }
    doverb_gathered.progress = DOVERB_IN_BODY;
    if (!doverb_gathered.knows) {
        doverb_gathered.knows = true;
        doverb_gathered.can_gather = doverb_import_can_gather();
    }
    if (!doverb_gathered.can_gather) doverb_hand_over();
}

DOVERB_INLINE void doverb_do_send_error(int code, doverb_string message, doverb_string explain) {
    doverb_outcome outcome;
    if (!doverb_hand_over()) return;
    doverb_import_send_error(doverb_status(code), message.data != NULL, message.data, message.length, explain.data != NULL, explain.data,
                             explain.length, &outcome);
    doverb_checked(outcome);
}

/* Whether the bytes were gathered, or went with what was. */
DOVERB_INLINE bool doverb_gather_body(const char *data, size_t length) {
    if (doverb_gathered.progress != DOVERB_IN_BODY || length > doverb_gathered.left || length > DOVERB_WITH_HEAD) return false;
    doverb_outcome outcome;
    if (doverb_gathered.body_length == 0 && length > DOVERB_BOUND / 4) {
        doverb_give_answer(data, length, &outcome);
        doverb_checked(outcome);
        return true;
    }
    if (doverb_gathered.body_length + length > DOVERB_BOUND) return false;
    memcpy(doverb_gathered.body + doverb_gathered.body_length, data, length);
    doverb_gathered.body_length += length;
    doverb_gathered.left -= length;
    return true;
}

#endif
