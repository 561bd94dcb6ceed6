/* doverb_http.h: requests to other servers, beside doverb.h. A handler that includes it needs `--allow-http HOST` when it is
 * served.
 *
 *     doverb_http call = doverb_http_get("https://api.example.com/forecast");
 *     char piece[4096];
 *     if (call.failure != NULL) { doverb_send_error(502); return; }
 *     doverb_send_response(call.status);
 *     doverb_end_headers();
 *     for (size_t size; (size = doverb_http_read(&call, piece, sizeof piece)) > 0;) doverb_write(piece, size);
 *     doverb_http_close(&call);
 *
 * With a body, or fields of one's own: doverb_http_new, doverb_http_header, then doverb_http_send, or doverb_http_begin,
 * doverb_http_write as often as need be, and doverb_http_answer. Redirects are answers like any other. Nothing here ends the
 * method: `failure` says what has gone wrong. Each call that was begun is to be closed. */
#ifndef DOVERB_HTTP_H
#define DOVERB_HTTP_H

#include "doverb.h"

#define DOVERB_HTTP_MAX_FIELDS 64

/* A request and its answer. */
typedef struct doverb_http {
    /* Of the answer; 0 as long as there is none. */
    int status;
    /* Why there is no answer, or no more of its body; NULL when all is well. */
    const char *failure;
    /* Of the answer: until the method returns. */
    doverb_fields fields;
    /* What follows is not for handlers. */
    doverb_string method, url;
    doverb_field sent[DOVERB_HTTP_MAX_FIELDS];
    uint32_t count;
    uint64_t nanoseconds;
    /* Handles, 0 for none: they are one more than what the host calls them. */
    uint32_t output, body, future, incoming, input;
} doverb_http;

/* A request that is to be sent, for a URL that begins with http:// or https://. */
DOVERB_INLINE doverb_http doverb_http_new(const char *method, const char *url);
/* Adds a field. Those of the connection, and Host, are the server's own. */
#define doverb_http_header(call, name, value) doverb_http_do_header(call, DOVERB_TEXT(name), DOVERB_TEXT(value))
/* How long to wait for the connection, and for each part of the answer. */
DOVERB_INLINE void doverb_http_timeout(doverb_http *call, uint32_t milliseconds) {
    call->nanoseconds = (uint64_t)milliseconds * 1000000;
}
/* Sends it with a body that is at hand, or with none, and awaits the answer. False when there is none. */
DOVERB_INLINE bool doverb_http_send(doverb_http *call, const void *body, size_t length);
/* Sends its head; the body is written next, chunked unless there is a field Content-Length. */
DOVERB_INLINE bool doverb_http_begin(doverb_http *call);
/* Sends a part of the body. False when the server wants no more of it: its answer says why. */
DOVERB_INLINE bool doverb_http_write(doverb_http *call, const void *data, size_t length);
/* Ends the body and awaits the answer. */
DOVERB_INLINE bool doverb_http_answer(doverb_http *call);
/* Some of the answer's body; 0 at its end, or when `failure` says why. */
DOVERB_INLINE size_t doverb_http_read(doverb_http *call, void *buffer, size_t size);
/* A field of the answer; its data is NULL if there is none. */
DOVERB_INLINE doverb_string doverb_http_field(const doverb_http *call, const char *name);
/* Gives back what it holds. */
DOVERB_INLINE void doverb_http_close(doverb_http *call);
/* A request without a body, and its answer. */
DOVERB_INLINE doverb_http doverb_http_get(const char *url);

/* ---- Nothing below is for handlers ---- */

#define DOVERB_WASI(interface, name, result, parameters, identifier)                                                         \
    DOVERB_C __attribute__((import_module("wasi:" interface "@0.2.0"), import_name(name))) result doverb_wasi_##identifier parameters

/* What a call gives: the largest is a result in a result in an option. */
typedef struct doverb_http_area {
    DOVERB_ALIGNED uint8_t bytes[64];
} doverb_http_area;

DOVERB_WASI("http/types", "[static]fields.from-list", void, (const doverb_field *, size_t, doverb_http_area *), fields_of);
DOVERB_WASI("http/types", "[method]fields.entries", void, (uint32_t, doverb_fields *), entries);
DOVERB_WASI("http/types", "[resource-drop]fields", void, (uint32_t), drop_fields);
DOVERB_WASI("http/types", "[constructor]outgoing-request", uint32_t, (uint32_t), new_request);
DOVERB_WASI("http/types", "[method]outgoing-request.set-method", uint32_t, (uint32_t, uint32_t, const char *, size_t), set_method);
DOVERB_WASI("http/types", "[method]outgoing-request.set-scheme", uint32_t, (uint32_t, uint32_t, uint32_t, const char *, size_t),
            set_scheme);
DOVERB_WASI("http/types", "[method]outgoing-request.set-authority", uint32_t, (uint32_t, uint32_t, const char *, size_t),
            set_authority);
DOVERB_WASI("http/types", "[method]outgoing-request.set-path-with-query", uint32_t, (uint32_t, uint32_t, const char *, size_t),
            set_path);
DOVERB_WASI("http/types", "[method]outgoing-request.body", void, (uint32_t, doverb_http_area *), request_body);
DOVERB_WASI("http/types", "[resource-drop]outgoing-request", void, (uint32_t), drop_request);
DOVERB_WASI("http/types", "[method]outgoing-body.write", void, (uint32_t, doverb_http_area *), body_stream);
DOVERB_WASI("http/types", "[static]outgoing-body.finish", void, (uint32_t, uint32_t, uint32_t, doverb_http_area *), finish);
DOVERB_WASI("http/types", "[constructor]request-options", uint32_t, (void), new_options);
DOVERB_WASI("http/types", "[method]request-options.set-connect-timeout", uint32_t, (uint32_t, uint32_t, uint64_t), set_connect);
DOVERB_WASI("http/types", "[method]request-options.set-first-byte-timeout", uint32_t, (uint32_t, uint32_t, uint64_t), set_first);
DOVERB_WASI("http/types", "[method]request-options.set-between-bytes-timeout", uint32_t, (uint32_t, uint32_t, uint64_t), set_between);
DOVERB_WASI("http/outgoing-handler", "handle", void, (uint32_t, uint32_t, uint32_t, doverb_http_area *), handle);
DOVERB_WASI("http/types", "[method]future-incoming-response.subscribe", uint32_t, (uint32_t), subscribe_answer);
DOVERB_WASI("http/types", "[method]future-incoming-response.get", void, (uint32_t, doverb_http_area *), get_answer);
DOVERB_WASI("http/types", "[resource-drop]future-incoming-response", void, (uint32_t), drop_future);
DOVERB_WASI("http/types", "[method]incoming-response.status", uint32_t, (uint32_t), status);
DOVERB_WASI("http/types", "[method]incoming-response.headers", uint32_t, (uint32_t), answer_fields);
DOVERB_WASI("http/types", "[method]incoming-response.consume", void, (uint32_t, doverb_http_area *), consume);
DOVERB_WASI("http/types", "[resource-drop]incoming-response", void, (uint32_t), drop_response);
DOVERB_WASI("http/types", "[method]incoming-body.stream", void, (uint32_t, doverb_http_area *), answer_stream);
DOVERB_WASI("http/types", "[resource-drop]incoming-body", void, (uint32_t), drop_incoming);
DOVERB_WASI("http/types", "http-error-code", void, (uint32_t, doverb_http_area *), error_code);
DOVERB_WASI("io/streams", "[method]input-stream.read", void, (uint32_t, uint64_t, doverb_http_area *), read_some);
DOVERB_WASI("io/streams", "[method]input-stream.subscribe", uint32_t, (uint32_t), subscribe_input);
DOVERB_WASI("io/streams", "[resource-drop]input-stream", void, (uint32_t), drop_input);
DOVERB_WASI("io/streams", "[method]output-stream.check-write", void, (uint32_t, doverb_http_area *), check_write);
DOVERB_WASI("io/streams", "[method]output-stream.write", void, (uint32_t, const void *, size_t, doverb_http_area *), write_some);
DOVERB_WASI("io/streams", "[method]output-stream.subscribe", uint32_t, (uint32_t), subscribe_output);
DOVERB_WASI("io/streams", "[resource-drop]output-stream", void, (uint32_t), drop_output);
DOVERB_WASI("io/poll", "[method]pollable.block", void, (uint32_t), block);
DOVERB_WASI("io/poll", "[resource-drop]pollable", void, (uint32_t), drop_pollable);
DOVERB_WASI("io/error", "[resource-drop]error", void, (uint32_t), drop_error);

DOVERB_INLINE uint32_t doverb_http_word(const doverb_http_area *area, size_t at) {
    uint32_t word;
    memcpy(&word, area->bytes + at, sizeof word);
    return word;
}

DOVERB_INLINE void doverb_http_wait(uint32_t pollable) {
    doverb_wasi_block(pollable);
    doverb_wasi_drop_pollable(pollable);
}

/* The codes of wasi:http in their order. */
DOVERB_INLINE const char *doverb_http_why(uint8_t code) {
    switch (code) {
    case 0: case 1: case 2: return "the name could not be looked up";
    case 3: case 5: return "no route to the server";
    case 4: case 15: return "the handler may not call this server";
    case 6: return "connection refused";
    case 7: case 25: return "the connection was closed";
    case 8: case 9: case 10: case 33: return "timed out";
    case 11: return "too many requests are under way";
    case 12: case 14: return "TLS: the handshake has failed";
    case 13: return "TLS: the certificate is not trusted";
    case 17: return "the body is not as long as was said, or too long";
    default: return "the request has failed";
    }
}

DOVERB_INLINE doverb_http doverb_http_new(const char *method, const char *url) {
    doverb_http call;
    memset(&call, 0, sizeof call);
    call.method = doverb_text_of_chars(method);
    call.url = doverb_text_of_chars(url);
    return call;
}

DOVERB_INLINE void doverb_http_do_header(doverb_http *call, doverb_string name, doverb_string value) {
    if (call->count == DOVERB_HTTP_MAX_FIELDS) {
        call->failure = "more fields than a request can have";
        return;
    }
    call->sent[call->count].name = name;
    call->sent[call->count++].value = value;
}

DOVERB_INLINE uint32_t doverb_http_method(doverb_string method) {
    static const char *const known[] = {"GET", "HEAD", "POST", "PUT", "DELETE", "CONNECT", "OPTIONS", "TRACE", "PATCH"};
    for (uint32_t kind = 0; kind < 9; kind++) {
        if (doverb_same(method, doverb_text_of_chars(known[kind]))) return kind;
    }
    return 9;
}

DOVERB_INLINE bool doverb_http_fails(doverb_http *call, const char *why) {
    if (call->failure == NULL) call->failure = why;
    return false;
}

DOVERB_INLINE bool doverb_http_start(doverb_http *call, bool has_body) {
    if (call->failure != NULL) return false;
    bool secure = doverb_begins(call->url, DOVERB_STRING("https://"));
    if (!secure && !doverb_begins(call->url, DOVERB_STRING("http://"))) return doverb_http_fails(call, "no URL of HTTP's");
    const char *authority = call->url.data + (secure ? 8 : 7), *end = authority + strcspn(authority, "/?#");
    size_t path = strcspn(end, "#");
    doverb_http_area area;
    doverb_wasi_fields_of(call->sent, call->count, &area);
    if (area.bytes[0]) return doverb_http_fails(call, "a field that no request can have");
    uint32_t request = doverb_wasi_new_request(doverb_http_word(&area, 4));
    const char *target = path == 0 ? "/" : *end == '/' ? end : doverb_join("/", doverb_option(1, end, path), "").data;
    size_t length = path == 0 ? 1 : *end == '/' ? path : path + 1;
    uint32_t refused = doverb_wasi_set_method(request, doverb_http_method(call->method), call->method.data, call->method.length);
    refused |= doverb_wasi_set_scheme(request, 1, secure, NULL, 0);
    refused |= doverb_wasi_set_authority(request, 1, authority, (size_t)(end - authority));
    refused |= doverb_wasi_set_path(request, 1, target, length);
    if (refused) {
        doverb_wasi_drop_request(request);
        return doverb_http_fails(call, "no request that can be sent");
    }
    if (has_body) {
        doverb_wasi_request_body(request, &area);
        call->body = doverb_http_word(&area, 4) + 1;
        doverb_wasi_body_stream(call->body - 1, &area);
        call->output = doverb_http_word(&area, 4) + 1;
    }
    uint32_t options = doverb_wasi_new_options();
    if (call->nanoseconds > 0) {
        doverb_wasi_set_connect(options, 1, call->nanoseconds);
        doverb_wasi_set_first(options, 1, call->nanoseconds);
        doverb_wasi_set_between(options, 1, call->nanoseconds);
    }
    doverb_wasi_handle(request, 1, options, &area);
    if (area.bytes[0]) return doverb_http_fails(call, doverb_http_why(area.bytes[8]));
    call->future = doverb_http_word(&area, 8) + 1;
    return true;
}

DOVERB_INLINE bool doverb_http_begin(doverb_http *call) { return doverb_http_start(call, true); }

DOVERB_INLINE void doverb_http_end_output(doverb_http *call) {
    if (call->output != 0) doverb_wasi_drop_output(call->output - 1);
    call->output = 0;
}

DOVERB_INLINE bool doverb_http_write(doverb_http *call, const void *data, size_t length) {
    const char *next = (const char *)data;
    while (length > 0 && call->output != 0) {
        doverb_http_area area;
        uint64_t room;
        doverb_wasi_check_write(call->output - 1, &area);
        memcpy(&room, area.bytes + 8, sizeof room);
        if (area.bytes[0]) {
            if (area.bytes[8] == 0) doverb_wasi_drop_error(doverb_http_word(&area, 12));
            doverb_http_end_output(call);
        } else if (room == 0) {
            doverb_http_wait(doverb_wasi_subscribe_output(call->output - 1));
        } else {
            size_t piece = room < length ? (size_t)room : length;
            doverb_wasi_write_some(call->output - 1, next, piece, &area);
            if (area.bytes[0]) {
                if (area.bytes[4] == 0) doverb_wasi_drop_error(doverb_http_word(&area, 8));
                doverb_http_end_output(call);
            }
            next += piece;
            length -= piece;
        }
    }
    return call->output != 0;
}

DOVERB_INLINE void doverb_http_end_body(doverb_http *call) {
    doverb_http_area area;
    doverb_http_end_output(call);
    if (call->body != 0) doverb_wasi_finish(call->body - 1, 0, 0, &area);
    call->body = 0;
}

DOVERB_INLINE bool doverb_http_answer(doverb_http *call) {
    doverb_http_end_body(call);
    if (call->future == 0) return false;
    doverb_http_area area;
    doverb_http_wait(doverb_wasi_subscribe_answer(call->future - 1));
    doverb_wasi_get_answer(call->future - 1, &area);
    doverb_wasi_drop_future(call->future - 1);
    call->future = 0;
    if (area.bytes[16]) return doverb_http_fails(call, doverb_http_why(area.bytes[24]));
    uint32_t response = doverb_http_word(&area, 24), fields = doverb_wasi_answer_fields(response);
    call->status = (int)doverb_wasi_status(response);
    doverb_wasi_entries(fields, &call->fields);
    doverb_wasi_drop_fields(fields);
    doverb_wasi_consume(response, &area);
    call->incoming = doverb_http_word(&area, 4) + 1;
    doverb_wasi_drop_response(response);
    doverb_wasi_answer_stream(call->incoming - 1, &area);
    call->input = doverb_http_word(&area, 4) + 1;
    return true;
}

DOVERB_INLINE bool doverb_http_send(doverb_http *call, const void *body, size_t length) {
    if (length > 0) doverb_http_do_header(call, DOVERB_STRING("Content-Length"), doverb_text_of_unsigned(length));
    if (doverb_http_start(call, length > 0)) doverb_http_write(call, body, length);
    return doverb_http_answer(call);
}

DOVERB_INLINE void doverb_http_end_input(doverb_http *call) {
    if (call->input != 0) doverb_wasi_drop_input(call->input - 1);
    if (call->incoming != 0) doverb_wasi_drop_incoming(call->incoming - 1);
    call->input = call->incoming = 0;
}

DOVERB_INLINE size_t doverb_http_read(doverb_http *call, void *buffer, size_t size) {
    while (call->input != 0 && size > 0) {
        doverb_http_area area;
        doverb_arena.buffer = buffer;
        doverb_arena.capacity = size;
        doverb_wasi_read_some(call->input - 1, size < DOVERB_PAGE ? size : DOVERB_PAGE, &area);
        doverb_arena.buffer = NULL;
        if (!area.bytes[0]) {
            size_t came = doverb_http_word(&area, 8);
            if (came > 0) return came;
            doverb_http_wait(doverb_wasi_subscribe_input(call->input - 1));
            continue;
        }
        if (area.bytes[4] == 0) {
            uint32_t error = doverb_http_word(&area, 8);
            doverb_wasi_error_code(error, &area);
            call->failure = area.bytes[0] ? doverb_http_why(area.bytes[8]) : "the connection was closed";
            doverb_wasi_drop_error(error);
        }
        doverb_http_end_input(call);
    }
    return 0;
}

DOVERB_INLINE doverb_string doverb_http_field(const doverb_http *call, const char *name) {
    size_t length = strlen(name);
    for (size_t at = 0; at < call->fields.count; at++) {
        doverb_field field = call->fields.items[at];
        size_t same = 0;
        if (field.name.length != length) continue;
        while (same < length && (field.name.data[same] | 0x20) == (name[same] | 0x20)) same++;
        if (same == length) return field.value;
    }
    return DOVERB_NONE;
}

DOVERB_INLINE void doverb_http_close(doverb_http *call) {
    doverb_http_end_body(call);
    doverb_http_end_input(call);
    if (call->future != 0) doverb_wasi_drop_future(call->future - 1);
    call->future = 0;
}

DOVERB_INLINE doverb_http doverb_http_get(const char *url) {
    doverb_http call = doverb_http_new("GET", url);
    doverb_http_send(&call, NULL, 0);
    return call;
}

#endif
