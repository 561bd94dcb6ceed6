/* The short way of an answer: what `gathered.py` keeps of one that nothing is unusual about, in a third of the time that Python takes.
 *
 * Each function here does what the one of the same name in `gathered.py` says, where that is plain: else it calls that one. The
 * two have the same state, so an answer may go on in either at any call. */
#include "native.h"

/* As in `gathered.py`. */
enum { AT_HOST, UNBEGUN, HEAD, BODY };
/* Bytes that are gathered; and that the host takes in one call. */
enum { BOUND = 4096, PIECE = 65536 };
/* The longest line of a head that is kept: with all that is there before. */
enum { LINES = 2 * BOUND };
/* Arguments that are handed on without memory of their own. */
enum { FEW = 8 };

typedef struct {
    PyObject head;
    int state;
    bool is_open, has_head, is_second, is_bare;
    PyObject *opening, *code, *left, *by_hand, *length;
} Answer;

#define MEMBER(name, type) {#name, type, offsetof(Answer, name), 0, NULL}
static const PyMemberDef members[] = {
    MEMBER(state, Py_T_INT),
    MEMBER(is_open, Py_T_BOOL),
    MEMBER(has_head, Py_T_BOOL),
    MEMBER(is_second, Py_T_BOOL),
    MEMBER(is_bare, Py_T_BOOL),
    MEMBER(opening, Py_T_OBJECT_EX),
    MEMBER(code, Py_T_OBJECT_EX),
    MEMBER(left, Py_T_OBJECT_EX),
    MEMBER(by_hand, Py_T_OBJECT_EX),
    MEMBER(length, Py_T_OBJECT_EX),
    {NULL, 0, 0, 0, NULL},
};
static const PyType_Slot slots[] = {{Py_tp_members, members}, {0, NULL}};
static const PyType_Spec spec = {"doverb._native.Answer", sizeof(Answer), 0, 0, slots};

/* The answer; an instance serves one request at a time. */
static Answer *it;
/* What is gathered of it: lines of its head, and of its body. */
static char lines[LINES], body[BOUND];
static Py_ssize_t lines_size, body_size;

/* The name of a method. */
static PyObject *log_request;

/* What the module is given by `install`. */
static struct {
    PyObject *send_response, *send_header, *end_headers, *write, *hand_over;
    /* Of who logs by itself: the whole, whether it does nothing, and the answer alone. */
    PyObject *send_response_logged_apart, *is_quiet, *send_response_unlogged;
    /* The host's. */
    PyObject *begin, *answer;
    /* Turns what they raise into Python's own. */
    PyObject *failed;
    PyObject *logged, *unlogged, *held;
    long first_otherwise;
} given;

/* Calls the function of `gathered.py`. The values of named arguments stand behind the others. */
static PyObject *at_length(PyObject *function, PyObject *self, PyObject *const *arguments, Py_ssize_t number, PyObject *names) {
    PyObject *few[FEW + 1], **all = few;
    Py_ssize_t count = number + (names == NULL ? 0 : PyObject_Size(names));
    if (count > FEW && (all = PyMem_Malloc((count + 1) * sizeof(PyObject *))) == NULL) return PyErr_NoMemory();
    all[0] = self;
    for (Py_ssize_t place = 0; place < count; place++) all[place + 1] = arguments[place];
    PyObject *result = PyObject_Vectorcall(function, all, number + 1, names);
    if (all != few) PyMem_Free(all);
    return result;
}

static bool is_exactly(PyObject *value, PyObject *type) { return Py_TYPE(value) == type; }

static bool is_integer(PyObject *value) {
    return is_exactly(value, &PyLong_Type) || (PyType_GetFlags(Py_TYPE(value)) & Py_TPFLAGS_LONG_SUBCLASS) != 0;
}

static void forget(void) { lines_size = body_size = 0; }

/* begin(state): a request begins. */
static PyObject *begin(PyObject *module, PyObject *const *arguments, Py_ssize_t number) {
    long state = number == 0 ? UNBEGUN : PyLong_AsLong(arguments[0]);
    if (state == -1 && PyErr_Occurred() != NULL) return NULL;
    it->state = state;
    it->is_bare = state == UNBEGUN;
    it->is_open = it->has_head = it->is_second = false;
    if (it->by_hand != Py_None) set(&it->by_hand, Py_None);
    if (it->length != Py_None) set(&it->length, Py_None);
    forget();
    return none();
}

/* The host gets what was gathered, and what is written behind it. */
static PyObject *hand_over_with(const char *more, Py_ssize_t size) {
    int state = it->state;
    it->state = AT_HOST;
    if (state < HEAD) return none();
    it->is_bare = false;
    it->is_open = state == HEAD;
    PyObject *fields = PyUnicode_FromStringAndSize(lines, lines_size), *text = NULL, *result = NULL;
    char *whole = body;
    Py_ssize_t length = body_size + size;
    forget();
    if (fields == NULL) return NULL;
    if (state == BODY) {
        if (size > 0) {
            if ((whole = PyMem_Malloc(length)) == NULL) {
                Py_DecRef(fields);
                return PyErr_NoMemory();
            }
            __builtin_memcpy(whole, body, length - size);
            __builtin_memcpy(whole + length - size, more, size);
        }
        text = PyUnicode_DecodeLatin1(whole, length, NULL);
        if (whole != body) PyMem_Free(whole);
    }
    if (state == HEAD || text != NULL) {
        PyObject *arguments[] = {it->opening, it->code, Py_None, fields, text};
        bool is_whole = state == BODY;
        result = PyObject_Vectorcall(is_whole ? given.answer : given.begin, arguments, is_whole ? 5 : 4, NULL);
        if (text != NULL) Py_DecRef(text);
        if (result == NULL) {
            PyObject *error = PyErr_GetRaisedException();
            result = PyObject_Vectorcall(given.failed, &error, 1, NULL);
            Py_DecRef(error);
        }
    }
    Py_DecRef(fields);
    return result;
}

static PyObject *hand_over(PyObject *module, PyObject *unused) {
    if (it->by_hand == given.held) return PyObject_Vectorcall(given.hand_over, NULL, 0, NULL);
    return hand_over_with(NULL, 0);
}

static PyObject *settle(PyObject *module, PyObject *unused) {
    /* The host need not know of an answer that has not begun. */
    if (it->state == UNBEGUN) return none();
    PyObject *result = hand_over(module, unused);
    if (result != NULL || !PyErr_ExceptionMatches(PyExc_Exception)) return result;
    /* The host keeps the failure, and tells it at the next call that can. */
    PyErr_Clear();
    return none();
}

/* The code of an answer that is begun in the short way, or 0. */
static long plain_code(PyObject *const *arguments, Py_ssize_t number, PyObject *names) {
    if (names != NULL || number == 0 || number > 2 || (number == 2 && arguments[1] != Py_None) || it->state != UNBEGUN ||
        !is_integer(arguments[0])) {
        return 0;
    }
    long code = PyLong_AsLong(arguments[0]);
    /* One that is too large is none. */
    if (code == -1 && PyErr_Occurred() != NULL) PyErr_Clear();
    return code < 200 || code >= given.first_otherwise ? 0 : code;
}

static PyObject *begin_head(long code, PyObject *opening) {
    PyObject *plain = PyLong_FromLong(code);
    if (plain == NULL) return NULL;
    give(&it->code, plain);
    set(&it->opening, opening);
    set(&it->left, Py_None);
    it->state = HEAD;
    return none();
}

static PyObject *send_response(PyObject *self, PyObject *const *arguments, Py_ssize_t number, PyObject *names) {
    long code = plain_code(arguments, number, names);
    if (code != 0) return begin_head(code, given.logged);
    return at_length(given.send_response, self, arguments, number, names);
}

/* Where what is logged is a program's own. */
static PyObject *send_response_logged_apart(PyObject *self, PyObject *const *arguments, Py_ssize_t number, PyObject *names) {
    long code = plain_code(arguments, number, names);
    if (code == 0) return at_length(given.send_response_logged_apart, self, arguments, number, names);
    PyObject *answer = PyObject_Vectorcall(given.is_quiet, &self, 1, NULL);
    int is_quiet = answer == NULL ? -1 : PyObject_IsTrue(answer);
    if (answer != NULL) Py_DecRef(answer);
    if (is_quiet < 0) return NULL;
    PyObject *both[] = {self, arguments[0]};
    if (!is_quiet) {
        PyObject *logged = PyObject_VectorcallMethod(log_request, both, 2, NULL);
        if (logged == NULL) return NULL;
        Py_DecRef(logged);
    }
    if (it->state == UNBEGUN) return begin_head(code, given.unlogged);
    return PyObject_Vectorcall(given.send_response_unlogged, both, 2, NULL);
}

/* Of the characters of a token (RFC 9110, 5.6.2). */
static bool is_token(unsigned char c) {
    if ((c | 0x20) >= 'a' && (c | 0x20) <= 'z') return true;
    if (c >= '0' && c <= '9') return true;
    switch (c) {
    case '!': case '#': case '$': case '%': case '&': case '\'': case '*': case '+':
    case '-': case '.': case '^': case '_': case '`': case '|': case '~':
        return true;
    default:
        return false;
    }
}

/* Whether a field is. */
#define IS_CALLED(name, size, lower) ((size) == sizeof(lower) - 1 && begins_with(name, lower, sizeof(lower) - 1))

/* The length of a body in digits, or -1. */
static long long length_of(const char *value, Py_ssize_t size) {
    long long length = 0;
    if (size == 0 || size > 18) return -1;
    for (Py_ssize_t place = 0; place < size; place++) {
        if (value[place] < '0' || value[place] > '9') return -1;
        length = length * 10 + (value[place] - '0');
    }
    return length;
}

/* Keeps a field, if the host would take it without a word. -1 for a failure. */
static int keep_field(PyObject *name, PyObject *value) {
    Py_ssize_t name_size, value_size;
    if (it->state != HEAD || !is_exactly(name, &PyUnicode_Type) || !is_exactly(value, &PyUnicode_Type)) return 0;
    const char *name_text = PyUnicode_AsUTF8AndSize(name, &name_size);
    const char *value_text = name_text == NULL ? NULL : PyUnicode_AsUTF8AndSize(value, &value_size);
    if (value_text == NULL) {
        /* A surrogate: what is wrong with it is told at length. */
        PyErr_Clear();
        return 0;
    }
    Py_ssize_t size = name_size + value_size + 4;
    if (name_size == 0 || name_size > BOUND || value_size > BOUND || size > LINES - lines_size) return 0;
    for (Py_ssize_t place = 0; place < name_size; place++) {
        if (!is_token(name_text[place])) return 0;
    }
    for (Py_ssize_t place = 0; place < value_size; place++) {
        if (value_text[place] < ' ' || value_text[place] > '~') return 0;
    }
    if (IS_CALLED(name_text, name_size, "connection") || IS_CALLED(name_text, name_size, "transfer-encoding") ||
        IS_CALLED(name_text, name_size, "upgrade")) {
        /* The host must decide about it. */
        return 0;
    }
    if (IS_CALLED(name_text, name_size, "content-length")) {
        long long length = length_of(value_text, value_size);
        if (it->left != Py_None || it->by_hand != Py_None || length < 0) return 0;
        PyObject *left = PyLong_FromLongLong(length);
        if (left == NULL) return -1;
        give(&it->left, left);
    }
    char *line = lines + lines_size;
    __builtin_memcpy(line, name_text, name_size);
    line[name_size] = ':';
    line[name_size + 1] = ' ';
    __builtin_memcpy(line + name_size + 2, value_text, value_size);
    line[size - 2] = '\r';
    line[size - 1] = '\n';
    lines_size += size;
    if (lines_size > BOUND) {
        PyObject *done = hand_over_with(NULL, 0);
        if (done == NULL) return -1;
        Py_DecRef(done);
    }
    return 1;
}

/* field(name, value): whether it was kept. */
static PyObject *field(PyObject *module, PyObject *const *arguments, Py_ssize_t number) {
    int kept = number == 2 ? keep_field(arguments[0], arguments[1]) : 0;
    return kept < 0 ? NULL : PyBool_FromLong(kept);
}

/* take_back_length(): takes a Content-Length out of what is kept, and returns its value; None where there is none. */
static PyObject *take_back_length(PyObject *module, PyObject *unused) {
    static const char name[] = "content-length";
    if (it->state != HEAD || it->left == Py_None) return none();
    set(&it->left, Py_None);
    for (char *line = lines, *end = lines + lines_size, *next; line < end; line = next) {
        next = line;
        while (*next++ != '\n') {}
        Py_ssize_t size = next - line, length = sizeof(name) - 1;
        if (size < length + 4 || line[length] != ':' || !begins_with(line, name, length)) continue;
        PyObject *value = PyUnicode_FromStringAndSize(line + length + 2, size - length - 4);
        __builtin_memmove(line, next, end - next);
        lines_size -= size;
        return value;
    }
    return none();
}

static PyObject *send_header(PyObject *self, PyObject *const *arguments, Py_ssize_t number, PyObject *names) {
    if (names == NULL && number == 2) {
        PyObject *value = arguments[1], *text = NULL;
        /* The length of a body, mostly. */
        if (is_exactly(value, &PyLong_Type) && (value = text = PyObject_Str(value)) == NULL) return NULL;
        int kept = keep_field(arguments[0], value);
        if (text != NULL) Py_DecRef(text);
        if (kept != 0) return kept < 0 ? NULL : none();
    }
    return at_length(given.send_header, self, arguments, number, names);
}

static PyObject *end_headers(PyObject *self, PyObject *const *arguments, Py_ssize_t number, PyObject *names) {
    if (number == 0 && names == NULL && it->state == HEAD && it->by_hand == Py_None) {
        it->state = BODY;
        it->has_head = true;
        return none();
    }
    return at_length(given.end_headers, self, arguments, number, names);
}

/* Keeps a part of the body, or hands it over with what was gathered. 0 where there is more to be known. -1 for a failure. */
static int keep_body(PyObject *data) {
    if (it->state != BODY || it->by_hand != Py_None || !is_exactly(data, &PyBytes_Type)) return 0;
    Py_ssize_t size = PyBytes_Size(data);
    long long left = it->left == Py_None ? INT64_MAX : PyLong_AsLongLong(it->left);
    if (size > left || lines_size + body_size + size > PIECE) return 0;
    if (it->left != Py_None) {
        PyObject *rest = PyLong_FromLongLong(left - size);
        if (rest == NULL) return -1;
        give(&it->left, rest);
    }
    const char *bytes = PyBytes_AsString(data);
    if (lines_size + body_size + size <= BOUND) {
        __builtin_memcpy(body + body_size, bytes, size);
        body_size += size;
        return 1;
    }
    PyObject *done = hand_over_with(bytes, size);
    if (done == NULL) return -1;
    Py_DecRef(done);
    return 1;
}

/* keep(data): whether it was kept, or handed over. */
static PyObject *keep(PyObject *module, PyObject *data) {
    int kept = keep_body(data);
    return kept < 0 ? NULL : PyBool_FromLong(kept);
}

static PyObject *write_body(PyObject *self, PyObject *const *arguments, Py_ssize_t number, PyObject *names) {
    int kept = names == NULL && number == 1 ? keep_body(arguments[0]) : 0;
    if (kept > 0) return PyLong_FromLong(PyBytes_Size(arguments[0]));
    if (kept < 0) return NULL;
    return at_length(given.write, self, arguments, number, names);
}

/* install(given, first_otherwise): what is called here, by its names. */
static PyObject *install(PyObject *module, PyObject *const *arguments, Py_ssize_t number) {
    static const struct {
        const char *name;
        PyObject **place;
    } all[] = {
        {"send_response", &given.send_response}, {"send_header", &given.send_header}, {"end_headers", &given.end_headers},
        {"write", &given.write},                 {"hand_over", &given.hand_over},     {"begin", &given.begin},
        {"answer", &given.answer},               {"failed", &given.failed},           {"logged", &given.logged},
        {"unlogged", &given.unlogged},           {"held", &given.held},
        {"is_quiet", &given.is_quiet},
        {"send_response_logged_apart", &given.send_response_logged_apart},
        {"send_response_unlogged", &given.send_response_unlogged},
    };
    for (size_t place = 0; place < sizeof(all) / sizeof(*all); place++) {
        PyObject *value = PyObject_GetAttrString(arguments[0], all[place].name);
        if (value == NULL) return NULL;
        give(all[place].place, value);
    }
    given.first_otherwise = PyLong_AsLong(arguments[1]);
    return PyErr_Occurred() == NULL ? none() : NULL;
}

static const PyMethodDef functions[] = {
    {"begin", FUNCTION(begin), METH_FASTCALL, NULL},
    {"hand_over", FUNCTION(hand_over), METH_NOARGS, NULL},
    {"settle", FUNCTION(settle), METH_NOARGS, NULL},
    {"field", FUNCTION(field), METH_FASTCALL, NULL},
    {"take_back_length", FUNCTION(take_back_length), METH_NOARGS, NULL},
    {"keep", FUNCTION(keep), METH_O, NULL},
    {"install", FUNCTION(install), METH_FASTCALL, NULL},
    {NULL, NULL, 0, NULL},
};

/* Methods of a handler and of its `wfile`. They take anything for `self`, as functions in Python do. */
static const PyMethodDef methods[] = {
    {"send_response", FUNCTION(send_response), METH_FASTCALL | METH_KEYWORDS,
     "send_response($self, code, message=None)\n--\n\nBegins the answer, and logs the request."},
    {"send_header", FUNCTION(send_header), METH_FASTCALL | METH_KEYWORDS,
     "send_header($self, keyword, value)\n--\n\nAdds a field to the head of the answer."},
    {"end_headers", FUNCTION(end_headers), METH_FASTCALL | METH_KEYWORDS,
     "end_headers($self)\n--\n\nEnds the head of the answer."},
    {"write", FUNCTION(write_body), METH_FASTCALL | METH_KEYWORDS,
     "write($self, data)\n--\n\nAdds bytes to the body of the answer, and returns their number."},
    {NULL, NULL, 0, NULL},
};

static const PyMethodDef logged_apart = {
    "send_response", FUNCTION(send_response_logged_apart), METH_FASTCALL | METH_KEYWORDS,
    "send_response($self, code, message=None)\n--\n\nBegins the answer, and logs the request.",
};

bool add_gathered(PyObject *module) {
    PyObject *type = PyType_FromSpec(&spec);
    it = type == NULL ? NULL : (Answer *)PyType_GenericAlloc(type, 0);
    log_request = PyUnicode_InternFromString("log_request");
    if (it == NULL || log_request == NULL) return false;
    set(&it->opening, Py_None);
    set(&it->code, Py_None);
    set(&it->left, Py_None);
    set(&it->by_hand, Py_None);
    set(&it->length, Py_None);
    Py_IncRef(&it->head);
    if (!add(module, "answer", &it->head)) return false;
    for (const PyMethodDef *method = methods; method->name != NULL; method++) {
        if (!add(module, method->name, PyDescr_NewMethod(&PyBaseObject_Type, method))) return false;
    }
    return add(module, "send_response_logged_apart", PyDescr_NewMethod(&PyBaseObject_Type, &logged_apart)) &&
           PyModule_AddFunctions(module, functions) == 0;
}
