/* doverb.h: HTTP handlers for Doverb in C11 and C++17, as subclasses of Python's BaseHTTPRequestHandler are written.
 *
 *     #include "doverb.h"
 *
 *     DOVERB_METHOD(GET) {
 *         doverb_send_response(200);
 *         doverb_send_header("Content-Type", "text/plain");
 *         doverb_end_headers();
 *         doverb_write_text("Hello, World!");
 *     }
 *
 * Texts. Where a function takes a text it takes a `const char *`, a `doverb_string`, in C++ also a std::string_view or
 * std::string; the value of a field may be an integer. What a function returns is a `doverb_string` in UTF-8, with a NUL
 * behind it; its `data` is NULL where Python has None.
 *
 * Memory. What a function returns lives until the method returns, then all of it is taken back at once: nothing is
 * to be freed, and nothing may be kept in a static variable without copying it. A method that runs for long, on a raw
 * connection, takes a `doverb_mark()` and gives back what came since by `doverb_release(mark)`. Bodies are read into
 * buffers of your own.
 *
 * Errors. A call that fails ends the method, as an exception in Python: the error goes to the server's log with the stack, and
 * the client gets a 500. `DOVERB_CATCH(call)` is `try`: it gives the failure instead. */
#ifndef DOVERB_H
#define DOVERB_H

#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#ifdef __cplusplus
#include <string_view>
#include <type_traits>
#endif

/* ---- Texts ---- */

typedef struct doverb_string {
    const char *data;
    size_t length;
#ifdef __cplusplus
    operator std::string_view() const { return std::string_view(data, length); }
#endif
} doverb_string;

/* A header field, a parameter of a query. */
typedef struct doverb_field {
    doverb_string name;
    doverb_string value;
} doverb_field;

typedef struct doverb_fields {
    const doverb_field *items;
    size_t count;
} doverb_fields;

typedef struct doverb_strings {
    const doverb_string *items;
    size_t count;
} doverb_strings;

/* A host, `127.0.0.1` or `::1`, and a port; of a Unix socket its path and 0. */
typedef struct doverb_address {
    doverb_string host;
    uint16_t port;
} doverb_address;

/* A `doverb_string` of a literal, also where a constant is needed. DOVERB_NONE is Python's None. */
#ifdef __cplusplus
#define DOVERB_STRING(literal) (doverb_string{"" literal, sizeof(literal) - 1})
#define DOVERB_NONE (doverb_string{nullptr, 0})
#define DOVERB_C extern "C"
#else
#define DOVERB_STRING(literal) ((doverb_string){"" literal, sizeof(literal) - 1})
#define DOVERB_NONE ((doverb_string){NULL, 0})
#define DOVERB_C
#endif

/* ---- Failures ---- */

typedef enum doverb_failure {
    DOVERB_OK,
    DOVERB_OUT_OF_ORDER,   /* the call is not allowed now; the text says what must come first */
    DOVERB_INVALID_STATUS, /* not 100 to 999; the number is the code */
    DOVERB_INVALID_FIELD,  /* must not go over the wire; the text says why */
    DOVERB_CLOSED,         /* the client has gone */
    DOVERB_TIMED_OUT,      /* the client neither sent nor took a byte for `timeout` */
    DOVERB_MALFORMED,      /* the body breaks the rules of HTTP; the text says where */
    DOVERB_TOO_LARGE,      /* over a bound; the number is the bound in bytes */
    DOVERB_OTHER           /* none of the others, from a server that is newer; the code says which */
} doverb_failure;

/* How a call ended. `kind` is DOVERB_OK, which is 0, or why it failed. */
typedef struct doverb_result {
    doverb_failure kind;
    uint64_t number;
    doverb_string text;
    doverb_string code;
} doverb_result;

/* Calls, and gives how that ended: `doverb_result r = DOVERB_CATCH(doverb_send_header(name, value))`, or
 * `DOVERB_CATCH(size = doverb_read1(buffer, sizeof buffer))`. A call that failed has returned 0 or DOVERB_NONE. */
#define DOVERB_CATCH(...) (doverb_try(), (void)(__VA_ARGS__), doverb_caught())

/* ---- Exports: the methods that you serve, and overrides ---- */

#define DOVERB_EXPORT(name) __attribute__((export_name(name)))

/* DOVERB_METHOD(GET) { ... } is `def do_GET(self)`. Another method calls it by that name: `do_GET()`. DOVERB_METHOD(ANY) serves
 * what has no method of its own. */
#define DOVERB_METHOD(method) DOVERB_METHOD_AS(method, #method)
/* For a name that is no identifier: DOVERB_METHOD_AS(M_SEARCH, "M-SEARCH") { ... } */
#define DOVERB_METHOD_AS(identifier, method) DOVERB_SERVING(do_##identifier, "do-" method, method)

/* DOVERB_SETUP { ... } comes before the first request of a connection: the place for attributes and for state. */
#define DOVERB_SETUP DOVERB_PROCEDURE(doverb_setup, "setup")
/* When the connection has ended. */
#define DOVERB_FINISH DOVERB_PROCEDURE(doverb_finish, "finish")

/* DOVERB_SWITCH_CONNECTION(id) { ... }: a uint64_t. Only for a handler that keeps state and that connections share. */
#define DOVERB_SWITCH_CONNECTION(id)                                                                                         \
    static void doverb_on_switch(uint64_t id);                                                                               \
    DOVERB_EXPORT("switch-connection") void doverb_export_switch(uint64_t connection) {                                      \
        doverb_on_switch(connection);                                                                                        \
        doverb_end();                                                                                                        \
    }                                                                                                                        \
    static void doverb_on_switch(uint64_t id)

/* Further overrides; `super()` is the function of the same name below. DOVERB_HANDLE_EXPECT_100 { ... return true; } */
#define DOVERB_HANDLE_EXPECT_100                                                                                             \
    static bool doverb_on_expect_100(void);                                                                                  \
    DOVERB_EXPORT("handle-expect-100") bool doverb_export_expect_100(void) {                                                 \
        bool goes_on = doverb_on_expect_100();                                                                               \
        doverb_end();                                                                                                        \
        return goes_on;                                                                                                      \
    }                                                                                                                        \
    static bool doverb_on_expect_100(void)
/* DOVERB_SEND_ERROR(code, message, explain) { ... }: a uint16_t and two doverb_strings, DOVERB_NONE for the code's own. */
#define DOVERB_SEND_ERROR(code, message, explain)                                                                            \
    static void doverb_on_send_error(uint16_t code, doverb_string message, doverb_string explain);                           \
    DOVERB_EXPORT("send-error")                                                                                              \
    void doverb_export_send_error(int32_t status, int32_t m, const char *m_data, size_t m_length, int32_t e,                 \
                                  const char *e_data, size_t e_length) {                                                     \
        doverb_on_send_error((uint16_t)status, doverb_option(m, m_data, m_length), doverb_option(e, e_data, e_length));      \
        doverb_end();                                                                                                        \
    }                                                                                                                        \
    static void doverb_on_send_error(uint16_t code, doverb_string message, doverb_string explain)
/* DOVERB_LOG_REQUEST(code, size) { ... }: two int64_t, -1 for None. */
#define DOVERB_LOG_REQUEST(code, size)                                                                                       \
    static void doverb_on_log_request(int64_t code, int64_t size);                                                           \
    DOVERB_EXPORT("log-request")                                                                                             \
    void doverb_export_log_request(int32_t has_code, int32_t status, int32_t has_size, int64_t bytes) {                      \
        doverb_on_log_request(has_code ? status : -1, has_size ? bytes : -1);                                                \
        doverb_end();                                                                                                        \
    }                                                                                                                        \
    static void doverb_on_log_request(int64_t code, int64_t size)
/* DOVERB_LOG_ERROR(message) { ... } and DOVERB_LOG_MESSAGE(message) { ... }: a doverb_string. */
#define DOVERB_LOG_ERROR(message) DOVERB_LISTENER(doverb_on_log_error, "log-error", message)
#define DOVERB_LOG_MESSAGE(message) DOVERB_LISTENER(doverb_on_log_message, "log-message", message)
/* DOVERB_VERSION_STRING { ... return text; } and the like return a doverb_string. */
#define DOVERB_VERSION_STRING DOVERB_TELLER(doverb_on_version_string, "version-string", (void), (void), ())
#define DOVERB_LOG_DATE_TIME_STRING DOVERB_TELLER(doverb_on_log_date_time, "log-date-time-string", (void), (void), ())
#define DOVERB_ADDRESS_STRING DOVERB_TELLER(doverb_on_address_string, "address-string", (void), (void), ())
/* DOVERB_DATE_TIME_STRING(timestamp) { ... return text; }: an int64_t, -1 for now. */
#define DOVERB_DATE_TIME_STRING(timestamp)                                                                                   \
    DOVERB_TELLER(doverb_on_date_time, "date-time-string", (int64_t timestamp), (int32_t given, int64_t seconds),            \
                  (given ? seconds : -1))

#include "doverb-abi.h"
#include "doverb-fields.h"

/* ---- The request ---- */

/* `self.command`, `self.path`, `self.requestline`, `self.request_version`; ours: `request_id`, `scheme`. */
DOVERB_INLINE doverb_string doverb_command(void) { return doverb_fact_of_head(0); }
DOVERB_INLINE doverb_string doverb_path(void) { return doverb_fact_of_head(1); }
DOVERB_INLINE doverb_string doverb_requestline(void) { return doverb_fact_of_head(2); }
DOVERB_INLINE doverb_string doverb_request_version(void) { return doverb_fact_of_head(3); }
DOVERB_INLINE doverb_string doverb_request_id(void) { return doverb_once(4, doverb_import_request_id); }
DOVERB_INLINE doverb_string doverb_scheme(void) { return doverb_once(5, doverb_import_scheme); }
/* `self.client_address`. */
DOVERB_INLINE doverb_address doverb_client_address(void) { return doverb_ask_address(doverb_import_client_address); }

/* All fields in order: `self.headers.items()`. */
DOVERB_INLINE doverb_fields doverb_headers(void) { return doverb_fields_of_request(); }
/* The header section as it came: for a parser of one's own. */
DOVERB_INLINE doverb_string doverb_raw_headers(void) { return doverb_ask(doverb_import_raw_headers); }
/* The first field of this name, case ignored: `self.headers.get(name)`. */
#define doverb_header(name) doverb_find_header(DOVERB_TEXT(name))
/* All of them: `self.headers.get_all(name)`. */
#define doverb_header_all(name) doverb_find_headers(DOVERB_TEXT(name))

/* `self.path` up to its `?`, and what is behind it. */
DOVERB_INLINE doverb_string doverb_path_only(void) { return doverb_before(doverb_path(), '?'); }
DOVERB_INLINE doverb_string doverb_query_string(void) { return doverb_after(doverb_path(), '?'); }
/* A parameter of the query, decoded. */
#define doverb_query(name) doverb_form_value(doverb_query_string(), name)
/* A parameter of a form, decoded. */
#define doverb_form_value(form, name) doverb_find_in_form((form), DOVERB_TEXT(name))
/* And one by one: `doverb_form_next(&rest, &name, &value)` takes the first off a form, and is false when there is none. */

/* ---- The answer's head ---- */

#include "doverb-answer.h"

/* `self.send_response(code)` and `(code, message)`. */
DOVERB_INLINE void doverb_send_response(int code) { doverb_do_send_response(code, DOVERB_NONE); }
#define doverb_send_response_with(code, message) doverb_do_send_response((code), DOVERB_TEXT(message))
/* `self.send_response_only(code, message)`. */
#define doverb_send_response_only(code, message) doverb_do_send_response_only((code), DOVERB_TEXT(message))
/* `self.send_header(name, value)`; the value is a text or an integer. */
#define doverb_send_header(name, value) doverb_do_send_header(DOVERB_TEXT(name), DOVERB_TEXT(value))
DOVERB_INLINE void doverb_end_headers(void);
DOVERB_INLINE void doverb_flush_headers(void) {
    if (doverb_hand_over()) doverb_call(doverb_import_flush_headers);
}
/* `self.send_error(code)` and `(code, message, explain)`. */
DOVERB_INLINE void doverb_send_error(int code) { doverb_do_send_error(code, DOVERB_NONE, DOVERB_NONE); }
#define doverb_send_error_with(code, message, explain)                                                                       \
    doverb_do_send_error((code), DOVERB_TEXT(message), DOVERB_TEXT(explain))
DOVERB_INLINE bool doverb_handle_expect_100(void) {
    return doverb_hand_over() && doverb_call(doverb_import_handle_expect_100).as.boolean;
}

/* ---- The bodies: rfile and wfile ---- */

/* Fills the buffer as far as the body goes: `self.rfile.read(size)`. Less than `size` means that the body has ended. */
DOVERB_INLINE size_t doverb_read(void *buffer, size_t size);
/* What is there, at least one byte: `self.rfile.read1(size)`. 0 means that the body has ended. */
DOVERB_INLINE size_t doverb_read1(void *buffer, size_t size);
/* To the end of a line, which is part of it, or to `size` bytes: `self.rfile.readline(size)`. */
DOVERB_INLINE size_t doverb_readline(void *buffer, size_t size);
/* A whole body of at most `limit` bytes; fails with DOVERB_TOO_LARGE beyond. */
DOVERB_INLINE doverb_string doverb_read_body(size_t limit);
/* The fields behind a chunked body that was read to its end. */
DOVERB_INLINE doverb_fields doverb_trailers(void);
/* `self.wfile.write(bytes)`, the same of a text, and `flush()`. */
DOVERB_INLINE void doverb_write(const void *data, size_t length);
#define doverb_write_text(text) doverb_do_write_text(DOVERB_TEXT(text))
DOVERB_INLINE void doverb_flush(void) {
    if (doverb_hand_over()) doverb_call(doverb_import_flush);
}
/* `self.wfile.write(format % (...))`. */
DOVERB_INLINE void doverb_printf(const char *format, ...) __attribute__((format(printf, 1, 2)));
/* A text for any other use: `doverb_log_message(doverb_format("%d left", left))`. */
DOVERB_INLINE doverb_string doverb_format(const char *format, ...) __attribute__((format(printf, 1, 2)));

/* ---- The connection and the attributes ---- */

DOVERB_INLINE bool doverb_close_connection(void) { return doverb_import_close_connection(); }
DOVERB_INLINE void doverb_set_close_connection(bool value) {
    doverb_settle();
    doverb_import_set_close_connection(value);
}
/* Says that the handler has failed, and goes on: an answer that is whole is sent, and any other is cut so that the client
   can tell. doverb_fail, or a trap, does so as well, and costs the instance. */
DOVERB_INLINE void doverb_fail_connection(void) {
    doverb_settle();
    doverb_import_fail();
}

DOVERB_INLINE doverb_string doverb_protocol_version(void) { return doverb_ask(doverb_import_protocol_version); }
DOVERB_INLINE doverb_string doverb_server_version(void) { return doverb_ask(doverb_import_server_version); }
DOVERB_INLINE doverb_string doverb_sys_version(void) { return doverb_ask(doverb_import_sys_version); }
DOVERB_INLINE doverb_string doverb_error_message_format(void) { return doverb_ask(doverb_import_error_message_format); }
DOVERB_INLINE doverb_string doverb_error_content_type(void) { return doverb_ask(doverb_import_error_content_type); }
#define doverb_set_protocol_version(text) doverb_set(doverb_import_set_protocol_version, DOVERB_TEXT(text))
#define doverb_set_server_version(text) doverb_set(doverb_import_set_server_version, DOVERB_TEXT(text))
#define doverb_set_sys_version(text) doverb_set(doverb_import_set_sys_version, DOVERB_TEXT(text))
#define doverb_set_error_message_format(text) doverb_set(doverb_import_set_error_message_format, DOVERB_TEXT(text))
#define doverb_set_error_content_type(text) doverb_set(doverb_import_set_error_content_type, DOVERB_TEXT(text))
/* `self.responses[code]`: the phrase is the name, the explanation the value; DOVERB_NONE for an unknown code. */
DOVERB_INLINE doverb_field doverb_responses(int code);
#define doverb_set_responses(code, phrase, explain)                                                                          \
    doverb_do_set_responses((code), DOVERB_TEXT(phrase), DOVERB_TEXT(explain))
/* `self.timeout`, here in milliseconds. Setting it gives what is in force then: the server bounds it. */
DOVERB_INLINE uint64_t doverb_timeout(void) { return doverb_import_timeout(); }
DOVERB_INLINE uint64_t doverb_set_timeout(uint64_t milliseconds) {
    doverb_settle();
    return doverb_import_set_timeout(milliseconds);
}
DOVERB_INLINE doverb_string doverb_version_string(void) { return doverb_ask(doverb_import_version_string); }
/* `self.date_time_string(timestamp)`; -1 is now. */
DOVERB_INLINE doverb_string doverb_date_time_string(int64_t timestamp);
DOVERB_INLINE doverb_string doverb_log_date_time_string(void) { return doverb_ask(doverb_import_log_date_time_string); }
DOVERB_INLINE doverb_string doverb_address_string(void) { return doverb_ask(doverb_import_address_string); }

/* ---- The log and the server ---- */

/* `self.log_request(code, size)`; -1 is None. */
DOVERB_INLINE void doverb_log_request(int32_t code, int64_t size) {
    doverb_settle();
    doverb_import_log_request(code >= 0, code, size >= 0, size);
}
#define doverb_log_error(text) doverb_do_log(doverb_import_log_error, DOVERB_TEXT(text))
#define doverb_log_message(text) doverb_do_log(doverb_import_log_message, DOVERB_TEXT(text))
/* `raise`: logs the text, and the method ends here. */
#define doverb_fail(text) doverb_do_fail(DOVERB_TEXT(text))

DOVERB_INLINE doverb_address doverb_server_address(void) { return doverb_ask_address(doverb_import_server_address); }
DOVERB_INLINE doverb_string doverb_server_name(void) { return doverb_ask(doverb_import_server_name); }
DOVERB_INLINE uint16_t doverb_server_port(void) { return (uint16_t)doverb_import_server_port(); }
DOVERB_INLINE doverb_string doverb_mount(void) { return doverb_ask(doverb_import_mount); }

/* ---- Texts and memory ---- */

#define doverb_equals(a, b) doverb_same(DOVERB_TEXT(a), DOVERB_TEXT(b))
#define doverb_starts_with(text, start) doverb_begins(DOVERB_TEXT(text), DOVERB_TEXT(start))
/* Memory that lives as what functions return. */
DOVERB_INLINE void *doverb_alloc(size_t size) { return doverb_arena_take(size, 16); }
/* See "Memory" above. */
DOVERB_INLINE doverb_place doverb_mark(void) { return doverb_arena.here; }
DOVERB_INLINE void doverb_release(doverb_place mark) { doverb_arena_return(mark); }

#include "doverb-body.h"

#endif
