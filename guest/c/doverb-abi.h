/* Part of doverb.h: memory, texts, and the contract's imports over the canonical ABI. Nothing here is for handlers. */
#ifndef DOVERB_ABI_H
#define DOVERB_ABI_H

#define DOVERB_INLINE static inline __attribute__((unused))
/* Files of one handler share this: the linker keeps one of each. */
#define DOVERB_SHARED __attribute__((weak))
/* A variable that they share. In C++ `extern "C"` before one would only declare it, and without a definition the linker
 * gives a weak one the address 0. */
#ifdef __cplusplus
#define DOVERB_VARIABLE(type, name)                                                                                          \
    extern "C" {                                                                                                             \
    DOVERB_SHARED type name;                                                                                                 \
    }
#else
#define DOVERB_VARIABLE(type, name) DOVERB_SHARED type name;
#endif
/* For functions that are given an import: called directly, as no table of functions is needed then. */
#define DOVERB_DIRECT static inline __attribute__((unused, always_inline))
#ifdef __cplusplus
#define DOVERB_NORETURN [[noreturn]]
#define DOVERB_ALIGNED alignas(16)
#else
#define DOVERB_NORETURN _Noreturn
#define DOVERB_ALIGNED _Alignas(16)
#endif
#define DOVERB_CONCAT(a, b) a##b
#define DOVERB_PAGE 65536u

/* ---- The arena: all that the host gives, taken back at once when an export has returned ---- */

typedef struct doverb_chunk {
    struct doverb_chunk *next;
    char *end;
} doverb_chunk;

typedef struct doverb_place {
    doverb_chunk *chunk;
    char *free;
} doverb_place;

/* The head of the request, all of which the server gives at once: numbers, then the text that they are places in. */
typedef struct doverb_head_t {
    bool known, has_fields;
    doverb_string list;
    doverb_fields fields;
} doverb_head_t;

typedef struct doverb_arena_t {
    doverb_place here;
    doverb_place start;
    /* Where the next list of bytes goes, if it fits: a buffer of the handler's. */
    void *buffer;
    size_t capacity;
    /* Inside of DOVERB_CATCH, and what was caught. */
    bool catching;
    doverb_result caught;
    /* Facts of the request, asked for once. */
    doverb_string facts[6];
    doverb_head_t head;
    /* The first piece, which is enough for most requests. */
    DOVERB_ALIGNED char first[4096];
} doverb_arena_t;

DOVERB_VARIABLE(doverb_arena_t, doverb_arena)

/* A chunk straight from the system, so that a handler without malloc has none. */
DOVERB_INLINE doverb_chunk *doverb_grow(size_t size) {
    size_t pages = (size + sizeof(doverb_chunk) + DOVERB_PAGE - 1) / DOVERB_PAGE;
    size_t old = __builtin_wasm_memory_grow(0, pages);
    if (old == (size_t)-1) __builtin_trap();
    doverb_chunk *chunk = (doverb_chunk *)(old * DOVERB_PAGE);
    chunk->next = NULL;
    chunk->end = (char *)chunk + pages * DOVERB_PAGE;
    return chunk;
}

DOVERB_C DOVERB_SHARED void *doverb_arena_take(size_t size, size_t align);
void *doverb_arena_take(size_t size, size_t align) {
    doverb_place *here = &doverb_arena.here;
    if (here->chunk == NULL) {
        here->chunk = (doverb_chunk *)doverb_arena.first;
        here->chunk->end = doverb_arena.first + sizeof doverb_arena.first;
        here->free = (char *)(here->chunk + 1);
        doverb_arena.start = *here;
    }
    for (;;) {
        size_t gap = -(size_t)here->free & (align - 1);
        size_t left = (size_t)(here->chunk->end - here->free);
        if (left >= gap && left - gap >= size) {
            char *taken = here->free + gap;
            here->free = taken + size;
            return taken;
        }
        if (here->chunk->next == NULL) here->chunk->next = doverb_grow(size + align);
        here->chunk = here->chunk->next;
        here->free = (char *)(here->chunk + 1);
    }
}

DOVERB_INLINE void doverb_arena_return(doverb_place mark) {
    /* What was asked for once may be in what is given back. */
    memset(doverb_arena.facts, 0, sizeof doverb_arena.facts);
    doverb_arena.head.known = doverb_arena.head.has_fields = false;
    doverb_arena.here = mark.chunk == NULL ? doverb_arena.start : mark;
}

/* The host calls this for every text and list that it gives. One byte more, for the NUL. */
DOVERB_C DOVERB_SHARED DOVERB_EXPORT("cabi_realloc") void *cabi_realloc(void *old, size_t old_size, size_t align, size_t size);
void *cabi_realloc(void *old, size_t old_size, size_t align, size_t size) {
    void *buffer = doverb_arena.buffer;
    doverb_arena.buffer = NULL;
    if (buffer != NULL && old == NULL && size <= doverb_arena.capacity) return buffer;
    char *taken = (char *)doverb_arena_take(size + 1, align);
    if (old != NULL) memcpy(taken, old, old_size < size ? old_size : size);
    taken[size] = '\0';
    return taken;
}

/* An export returns: all of its memory is taken back. */
DOVERB_INLINE void doverb_end(void) { doverb_arena_return(doverb_arena.start); }

/* ---- Exports ---- */

#define DOVERB_PROCEDURE(function, name)                                                                                     \
    static __attribute__((noinline)) void function(void);                                                                    \
    DOVERB_EXPORT(name) void DOVERB_CONCAT(doverb_export_, function)(void) {                                                 \
        function();                                                                                                          \
        doverb_end();                                                                                                        \
    }                                                                                                                        \
    static __attribute__((noinline)) void function(void)
#define DOVERB_LISTENER(function, name, message)                                                                             \
    static void function(doverb_string message);                                                                             \
    DOVERB_EXPORT(name) void DOVERB_CONCAT(doverb_export_, function)(const char *data, size_t length) {                      \
        function(doverb_option(1, data, length));                                                                            \
        doverb_end();                                                                                                        \
    }                                                                                                                        \
    static void function(doverb_string message)
/* The same for a method: what was gathered of its answer is handed over. */
#define DOVERB_SERVING(function, name, method)                                                                               \
    static __attribute__((noinline)) void function(void);                                                                    \
    DOVERB_EXPORT(name) void DOVERB_CONCAT(doverb_export_, function)(void) {                                                 \
        doverb_begin_request(method);                                                                                        \
        function();                                                                                                          \
        doverb_hand_over();                                                                                                  \
        doverb_end();                                                                                                        \
    }                                                                                                                        \
    static __attribute__((noinline)) void function(void)
/* A text that is returned must live until the host has read it. */
#define DOVERB_TELLER(function, name, parameters, core_parameters, arguments)                                                \
    static doverb_string function parameters;                                                                                \
    DOVERB_EXPORT(name) doverb_string *DOVERB_CONCAT(doverb_export_, function) core_parameters {                             \
        static doverb_string told;                                                                                           \
        told = function arguments;                                                                                           \
        return &told;                                                                                                        \
    }                                                                                                                        \
    DOVERB_EXPORT("cabi_post_" name) void DOVERB_CONCAT(doverb_post_, function)(doverb_string *told) {                       \
        (void)told;                                                                                                          \
        doverb_end();                                                                                                        \
    }                                                                                                                        \
    static doverb_string function parameters

DOVERB_INLINE doverb_string doverb_option(int32_t given, const char *data, size_t length) {
    doverb_string text = {given ? data : NULL, given ? length : 0};
    return text;
}

/* ---- Texts ---- */

DOVERB_INLINE doverb_string doverb_text_of_chars(const char *text) {
    return doverb_option(text != NULL, text, text == NULL ? 0 : strlen(text));
}
DOVERB_INLINE doverb_string doverb_text_of_string(doverb_string text) { return text; }
DOVERB_INLINE doverb_string doverb_text_of_unsigned(uint64_t number) {
    char digits[20], *first = digits + sizeof digits;
    do *--first = (char)('0' + number % 10);
    while (number /= 10);
    size_t length = (size_t)(digits + sizeof digits - first);
    char *text = (char *)doverb_arena_take(length + 1, 1);
    memcpy(text, first, length);
    text[length] = '\0';
    return doverb_option(1, text, length);
}
DOVERB_INLINE doverb_string doverb_text_of_signed(int64_t number) {
    if (number >= 0) return doverb_text_of_unsigned((uint64_t)number);
    doverb_string digits = doverb_text_of_unsigned(-(uint64_t)number);
    char *text = (char *)doverb_arena_take(digits.length + 2, 1);
    text[0] = '-';
    memcpy(text + 1, digits.data, digits.length + 1);
    return doverb_option(1, text, digits.length + 1);
}

#ifdef __cplusplus
DOVERB_INLINE doverb_string doverb_text(const char *text) { return doverb_text_of_chars(text); }
DOVERB_INLINE doverb_string doverb_text(doverb_string text) { return text; }
DOVERB_INLINE doverb_string doverb_text(std::string_view text) { return doverb_string{text.data(), text.size()}; }
template <typename Number, std::enable_if_t<std::is_integral_v<Number>, int> = 0> doverb_string doverb_text(Number number) {
    if constexpr (std::is_signed_v<Number>) return doverb_text_of_signed(number);
    else return doverb_text_of_unsigned(number);
}
#define DOVERB_TEXT(text) doverb_text(text)
#else
#define DOVERB_TEXT(text)                                                                                                    \
    _Generic((text),                                                                                                         \
        char *: doverb_text_of_chars,                                                                                        \
        const char *: doverb_text_of_chars,                                                                                  \
        doverb_string: doverb_text_of_string,                                                                                \
        int: doverb_text_of_signed,                                                                                          \
        long: doverb_text_of_signed,                                                                                         \
        long long: doverb_text_of_signed,                                                                                    \
        unsigned short: doverb_text_of_unsigned,                                                                             \
        unsigned: doverb_text_of_unsigned,                                                                                   \
        unsigned long: doverb_text_of_unsigned,                                                                              \
        unsigned long long: doverb_text_of_unsigned)(text)
#endif

DOVERB_INLINE bool doverb_same(doverb_string a, doverb_string b) {
    return a.length == b.length && memcmp(a.data, b.data, a.length) == 0;
}
DOVERB_INLINE bool doverb_begins(doverb_string text, doverb_string start) {
    return text.length >= start.length && memcmp(text.data, start.data, start.length) == 0;
}
/* Up to the sign, or all; copied, so that a NUL is behind it. */
DOVERB_INLINE doverb_string doverb_before(doverb_string text, char sign) {
    const char *at = (const char *)memchr(text.data, sign, text.length);
    if (at == NULL) return text;
    size_t length = (size_t)(at - text.data);
    char *copy = (char *)doverb_arena_take(length + 1, 1);
    memcpy(copy, text.data, length);
    copy[length] = '\0';
    return doverb_option(1, copy, length);
}
DOVERB_INLINE doverb_string doverb_after(doverb_string text, char sign) {
    const char *at = (const char *)memchr(text.data, sign, text.length);
    if (at == NULL) return DOVERB_STRING("");
    return doverb_option(1, at + 1, (size_t)(text.data + text.length - at - 1));
}

/* ---- Imports ---- */

/* A `result<_, failure>`, `result<list<u8>, failure>` and the like as the host writes it. */
typedef struct doverb_outcome {
    uint8_t failed;
    union {
        doverb_string text;
        doverb_fields fields;
        uint8_t boolean;
        struct {
            uint8_t kind;
            union {
                doverb_string text;
                uint16_t code;
                uint64_t bound;
                /* The code and the text. */
                doverb_field other;
            } of;
        } failure;
        uint64_t aligned;
    } as;
} doverb_outcome;

#define DOVERB_IMPORT(interface, name, result, parameters, identifier)                                                       \
    DOVERB_C __attribute__((import_module("doverb:handler/" interface "@0.1.0"), import_name(name)))                         \
    result doverb_import_##identifier parameters
#define DOVERB_TELLS(interface, name, identifier)                                                                            \
    DOVERB_IMPORT(interface, name, void, (doverb_string *), identifier)
#define DOVERB_TAKES(interface, name, identifier)                                                                            \
    DOVERB_IMPORT(interface, name, void, (const char *, size_t, doverb_outcome *), identifier)
#define DOVERB_DOES(interface, name, identifier) DOVERB_IMPORT(interface, name, void, (doverb_outcome *), identifier)

DOVERB_IMPORT("request", "client-address", void, (doverb_address *), client_address);
DOVERB_TELLS("request", "scheme", scheme);
DOVERB_TELLS("request", "raw-headers", raw_headers);
DOVERB_TELLS("request", "head", head);
DOVERB_TELLS("request", "request-id", request_id);
DOVERB_IMPORT("response", "send-response", void, (int32_t, int32_t, const char *, size_t, doverb_outcome *), send_response);
DOVERB_IMPORT("response", "send-response-only", void, (int32_t, int32_t, const char *, size_t, doverb_outcome *),
              send_response_only);
DOVERB_IMPORT("response", "send-header", void, (const char *, size_t, const char *, size_t, doverb_outcome *), send_header);
DOVERB_DOES("response", "end-headers", end_headers);
DOVERB_DOES("response", "flush-headers", flush_headers);
DOVERB_IMPORT("response", "send-error", void,
              (int32_t, int32_t, const char *, size_t, int32_t, const char *, size_t, doverb_outcome *), send_error);
DOVERB_DOES("response", "handle-expect-100", handle_expect_100);
DOVERB_IMPORT("response", "begin", void,
              (int32_t, int32_t, int32_t, const char *, size_t, const char *, size_t, doverb_outcome *), begin);
DOVERB_IMPORT("response", "answer", void,
              (int32_t, int32_t, int32_t, const char *, size_t, const char *, size_t, const char *, size_t, doverb_outcome *),
              answer);
DOVERB_IMPORT("response", "can-gather", bool, (void), can_gather);
DOVERB_IMPORT("rfile", "read", void, (size_t, doverb_outcome *), read);
DOVERB_IMPORT("rfile", "read-line", void, (size_t, doverb_outcome *), read_line);
DOVERB_DOES("rfile", "trailers", trailers);
DOVERB_TAKES("wfile", "write", write);
DOVERB_DOES("wfile", "flush", flush);
DOVERB_IMPORT("connection", "close-connection", bool, (void), close_connection);
DOVERB_IMPORT("connection", "set-close-connection", void, (bool), set_close_connection);
DOVERB_IMPORT("connection", "fail", void, (void), fail);
DOVERB_TELLS("attributes", "protocol-version", protocol_version);
DOVERB_TAKES("attributes", "set-protocol-version", set_protocol_version);
DOVERB_TELLS("attributes", "server-version", server_version);
DOVERB_TAKES("attributes", "set-server-version", set_server_version);
DOVERB_TELLS("attributes", "sys-version", sys_version);
DOVERB_TAKES("attributes", "set-sys-version", set_sys_version);
DOVERB_TELLS("attributes", "error-message-format", error_message_format);
DOVERB_TAKES("attributes", "set-error-message-format", set_error_message_format);
DOVERB_TELLS("attributes", "error-content-type", error_content_type);
DOVERB_TAKES("attributes", "set-error-content-type", set_error_content_type);
typedef struct doverb_texts {
    uint8_t given;
    doverb_field texts;
} doverb_texts;
DOVERB_IMPORT("attributes", "responses", void, (int32_t, doverb_texts *), responses);
DOVERB_IMPORT("attributes", "set-responses", void, (int32_t, const char *, size_t, const char *, size_t, doverb_outcome *),
              set_responses);
DOVERB_IMPORT("attributes", "timeout", uint64_t, (void), timeout);
DOVERB_IMPORT("attributes", "set-timeout", uint64_t, (uint64_t), set_timeout);
DOVERB_TELLS("attributes", "version-string", version_string);
DOVERB_IMPORT("attributes", "date-time-string", void, (int32_t, int64_t, doverb_outcome *), date_time_string);
DOVERB_TELLS("attributes", "log-date-time-string", log_date_time_string);
DOVERB_TELLS("attributes", "address-string", address_string);
DOVERB_IMPORT("log", "log-request", void, (int32_t, int32_t, int32_t, int64_t), log_request);
DOVERB_IMPORT("log", "log-error", void, (const char *, size_t), log_error);
DOVERB_IMPORT("log", "log-message", void, (const char *, size_t), log_message);
DOVERB_IMPORT("server", "server-address", void, (doverb_address *), server_address);
DOVERB_TELLS("server", "server-name", server_name);
DOVERB_IMPORT("server", "server-port", int32_t, (void), server_port);
DOVERB_TELLS("server", "mount", mount);

/* ---- Failures ---- */

/* Gives the server what was gathered of an answer, before what depends on it. */
DOVERB_INLINE void doverb_settle(void);
DOVERB_INLINE bool doverb_hand_over(void);

DOVERB_DIRECT void doverb_do_log(void (*write)(const char *, size_t), doverb_string text) {
    doverb_settle();
    write(text.data, text.length);
}

DOVERB_NORETURN DOVERB_INLINE void doverb_do_fail(doverb_string text) {
    doverb_settle();
    doverb_import_log_error(text.data, text.length);
    __builtin_trap();
}

DOVERB_INLINE void doverb_try(void) {
    doverb_arena.catching = true;
    memset(&doverb_arena.caught, 0, sizeof doverb_arena.caught);
}
DOVERB_INLINE doverb_result doverb_caught(void) {
    doverb_arena.catching = false;
    return doverb_arena.caught;
}

DOVERB_INLINE doverb_string doverb_join(const char *start, doverb_string middle, const char *end) {
    size_t before = strlen(start), after = strlen(end);
    char *text = (char *)doverb_arena_take(before + middle.length + after + 1, 1);
    memcpy(text, start, before);
    memcpy(text + before, middle.data, middle.length);
    memcpy(text + before + middle.length, end, after + 1);
    return doverb_option(1, text, before + middle.length + after);
}

/* What a failure says in the log; in the words of every SDK. */
DOVERB_INLINE doverb_string doverb_describe(doverb_result failure) {
    switch (failure.kind) {
    case DOVERB_OUT_OF_ORDER: return doverb_join("out of order: ", failure.text, "");
    case DOVERB_INVALID_STATUS:
        return doverb_join("", doverb_text_of_unsigned(failure.number), " is no status code: 100 to 999 are");
    case DOVERB_INVALID_FIELD: return doverb_join("invalid field: ", failure.text, "");
    case DOVERB_CLOSED: return DOVERB_STRING("the client closed the connection");
    case DOVERB_TIMED_OUT: return DOVERB_STRING("the client took too long");
    case DOVERB_MALFORMED: return doverb_join("malformed body: ", failure.text, "");
    case DOVERB_TOO_LARGE:
        return doverb_join("over the bound of ", doverb_text_of_unsigned(failure.number), " bytes");
    case DOVERB_OTHER: return doverb_join("", failure.code, doverb_join(": ", failure.text, "").data);
    default: return DOVERB_STRING("success");
    }
}

/* Ends the method, unless it wants to know. When the client has gone, nobody needs to. */
DOVERB_C DOVERB_SHARED void doverb_raise(doverb_result failure);
void doverb_raise(doverb_result failure) {
    if (!doverb_arena.catching) {
        if (failure.kind == DOVERB_CLOSED) __builtin_trap();
        doverb_do_fail(doverb_describe(failure));
    }
    if (doverb_arena.caught.kind == DOVERB_OK) doverb_arena.caught = failure;
}

DOVERB_C DOVERB_SHARED __attribute__((noinline)) void doverb_raise_outcome(const doverb_outcome *outcome);
void doverb_raise_outcome(const doverb_outcome *outcome) {
    doverb_result failure;
    memset(&failure, 0, sizeof failure);
    failure.kind = (doverb_failure)(outcome->as.failure.kind + 1);
    switch (failure.kind) {
    case DOVERB_OUT_OF_ORDER:
    case DOVERB_INVALID_FIELD:
    case DOVERB_MALFORMED:
        /* It may stand in the buffer that a read was given. */
        failure.text = doverb_join("", outcome->as.failure.of.text, "");
        break;
    case DOVERB_INVALID_STATUS: failure.number = outcome->as.failure.of.code; break;
    case DOVERB_TOO_LARGE: failure.number = outcome->as.failure.of.bound; break;
    case DOVERB_OTHER:
        failure.code = doverb_join("", outcome->as.failure.of.other.name, "");
        failure.text = doverb_join("", outcome->as.failure.of.other.value, "");
        break;
    default: break;
    }
    doverb_raise(failure);
}

/* ---- Calls ---- */

/* What a call gave; nothing when it failed. */
DOVERB_INLINE doverb_outcome doverb_checked(doverb_outcome outcome) {
    if (__builtin_expect(outcome.failed, 0)) {
        doverb_raise_outcome(&outcome);
        memset(&outcome, 0, sizeof outcome);
    }
    return outcome;
}

DOVERB_DIRECT doverb_outcome doverb_call(void (*call)(doverb_outcome *)) {
    doverb_outcome outcome;
    call(&outcome);
    return doverb_checked(outcome);
}

DOVERB_DIRECT void doverb_set(void (*set)(const char *, size_t, doverb_outcome *), doverb_string text) {
    doverb_outcome outcome;
    doverb_settle();
    set(text.data, text.length, &outcome);
    doverb_checked(outcome);
}

DOVERB_DIRECT doverb_string doverb_ask(void (*ask)(doverb_string *)) {
    doverb_string text;
    ask(&text);
    return text;
}

DOVERB_DIRECT doverb_address doverb_ask_address(void (*ask)(doverb_address *)) {
    doverb_address address;
    ask(&address);
    return address;
}

/* The same text for as long as the request lasts. */
DOVERB_DIRECT doverb_string doverb_once(size_t which, void (*ask)(doverb_string *)) {
    doverb_string *fact = &doverb_arena.facts[which];
    if (fact->data == NULL) ask(fact);
    return *fact;
}

/* What is no uint16_t must not become a good code by losing its upper bits. */
DOVERB_INLINE int32_t doverb_status(int code) { return code < 0 || code > 0xffff ? 0xffff : code; }

DOVERB_INLINE void doverb_do_set_responses(int code, doverb_string phrase, doverb_string explain) {
    doverb_outcome outcome;
    doverb_settle();
    doverb_import_set_responses(doverb_status(code), phrase.data, phrase.length, explain.data, explain.length, &outcome);
    doverb_checked(outcome);
}

#endif
