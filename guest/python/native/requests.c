/* What the client asked: the attributes of `requests.py`, which a program looks at once or twice in each request. */
#include "native.h"

/* An attribute that is fetched at the first look. */
typedef struct {
    PyObject head;
    /* What was looked at or set during this request, by its name. */
    PyObject *seen;
    PyObject *name, *fetch;
} PerRequest;

static PyObject *get(PyObject *self, PyObject *handler, PyObject *owner) {
    PerRequest *attribute = (PerRequest *)self;
    if (handler == NULL || handler == Py_None) {
        Py_IncRef(self);
        return self;
    }
    PyObject *value = PyDict_GetItemWithError(attribute->seen, attribute->name);
    if (value != NULL) {
        Py_IncRef(value);
        return value;
    }
    if (PyErr_Occurred() != NULL) return NULL;
    value = PyObject_Vectorcall(attribute->fetch, &handler, 1, NULL);
    if (value != NULL && PyDict_SetItem(attribute->seen, attribute->name, value) != 0) {
        Py_DecRef(value);
        return NULL;
    }
    return value;
}

/* A handler may set it; the next request has its own. */
static int put(PyObject *self, PyObject *handler, PyObject *value) {
    PerRequest *attribute = (PerRequest *)self;
    if (value != NULL) return PyDict_SetItem(attribute->seen, attribute->name, value);
    PyErr_SetString(PyExc_AttributeError, "__delete__");
    return -1;
}

static const PyType_Slot slots[] = {{Py_tp_descr_get, FUNCTION(get)}, {Py_tp_descr_set, FUNCTION(put)}, {0, NULL}};
static const PyType_Spec spec = {"doverb._native.PerRequest", sizeof(PerRequest), 0, 0, slots};
static PyObject *type;

/* per_request(seen, name, fetch): such an attribute. It stays for good. */
static PyObject *per_request(PyObject *module, PyObject *const *arguments, Py_ssize_t number) {
    PyObject *made = number == 3 ? PyType_GenericAlloc(type, 0) : NULL;
    if (made == NULL) return NULL;
    PerRequest *attribute = (PerRequest *)made;
    set(&attribute->seen, arguments[0]);
    set(&attribute->name, arguments[1]);
    set(&attribute->fetch, arguments[2]);
    return made;
}

/* The parts of a head that are attributes, in the order of their places in `request.head`. */
enum { PARTS = 4 };
static PyObject *names[PARTS];
/* Numbers before those of the fields: how many these are, and two for each part and for the section. */
enum { NUMBERS = 1 + 2 * PARTS + 2 };

typedef struct {
    const char *bytes;
    Py_ssize_t size;
} Head;

static Py_ssize_t number_at(Head head, Py_ssize_t place) {
    uint32_t number;
    if ((place + 1) * 4 > head.size) return head.size;
    __builtin_memcpy(&number, head.bytes + place * 4, 4);
    return number < (size_t)head.size ? (Py_ssize_t)number : head.size;
}

static PyObject *text_at(Head head, Py_ssize_t place) {
    Py_ssize_t begin = number_at(head, place), end = number_at(head, place + 1);
    return PyUnicode_DecodeLatin1(head.bytes + begin, end < begin ? 0 : end - begin, NULL);
}

/* take(seen, head): puts the parts there. What the handler has set itself stays. */
static PyObject *take(PyObject *module, PyObject *const *arguments, Py_ssize_t number) {
    Head head = {PyBytes_AsString(arguments[1]), PyBytes_Size(arguments[1])};
    if (head.bytes == NULL) return NULL;
    for (int part = 0; part < PARTS; part++) {
        int is_there = PyDict_Contains(arguments[0], names[part]);
        if (is_there != 0) {
            if (is_there < 0) return NULL;
            continue;
        }
        PyObject *text = text_at(head, 1 + 2 * part);
        if (text == NULL) return NULL;
        int failed = PyDict_SetItem(arguments[0], names[part], text);
        Py_DecRef(text);
        if (failed != 0) return NULL;
    }
    return none();
}

static bool is_among(Head head, Py_ssize_t place, const char *lower, Py_ssize_t length, bool as_a_whole) {
    Py_ssize_t begin = number_at(head, place), end = number_at(head, place + 1);
    if (as_a_whole && end - begin != length) return false;
    for (; begin + length <= end; begin++) {
        if (begins_with(head.bytes + begin, lower, length)) return true;
    }
    return false;
}
#define IS_AMONG(head, place, lower, as_a_whole) is_among(head, place, lower, sizeof(lower) - 1, as_a_whole)

/* fields(head, list): appends them as pairs. Whether the body comes in chunks. */
static PyObject *fields(PyObject *module, PyObject *const *arguments, Py_ssize_t number) {
    Head head = {PyBytes_AsString(arguments[0]), PyBytes_Size(arguments[0])};
    if (head.bytes == NULL) return NULL;
    bool is_chunked = false;
    Py_ssize_t end = NUMBERS + 4 * number_at(head, 0);
    for (Py_ssize_t place = NUMBERS; place < end && (place + 4) * 4 <= head.size; place += 4) {
        PyObject *pair = PyTuple_New(2), *name = text_at(head, place), *value = text_at(head, place + 2);
        if (pair == NULL || name == NULL || value == NULL) return NULL;
        PyTuple_SetItem(pair, 0, name);
        PyTuple_SetItem(pair, 1, value);
        int failed = PyList_Append(arguments[1], pair);
        Py_DecRef(pair);
        if (failed != 0) return NULL;
        is_chunked = is_chunked || (IS_AMONG(head, place, "transfer-encoding", true) && IS_AMONG(head, place + 2, "chunked", false));
    }
    return PyBool_FromLong(is_chunked);
}

static const PyMethodDef functions[] = {
    {"per_request", FUNCTION(per_request), METH_FASTCALL, NULL},
    {"take", FUNCTION(take), METH_FASTCALL, NULL},
    {"fields", FUNCTION(fields), METH_FASTCALL, NULL},
    {NULL, NULL, 0, NULL},
};

bool add_requests(PyObject *module) {
    static const char *const all[PARTS] = {"command", "path", "request_version", "requestline"};
    for (int part = 0; part < PARTS; part++) {
        if ((names[part] = PyUnicode_InternFromString(all[part])) == NULL) return false;
    }
    type = PyType_FromSpec(&spec);
    return type != NULL && PyModule_AddFunctions(module, functions) == 0;
}
