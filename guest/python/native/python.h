/* What is used of Python's stable interface (PEP 384), declared by hand: there are no headers of CPython for this target in the
 * tools that build a component, and of this interface neither names nor layouts change. Each is documented in "Stable Application
 * Binary Interface" of Python's C API. */
#ifndef DOVERB_PYTHON_H
#define DOVERB_PYTHON_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

typedef long Py_ssize_t;
_Static_assert(sizeof(Py_ssize_t) == sizeof(size_t), "as wide as a pointer");

typedef struct object PyObject;
struct object {
    Py_ssize_t references;
    PyObject *type;
};
#define Py_TYPE(object) ((object)->type)

/* Functions. Which arguments one takes, the flags say. */
#define FUNCTION(function) ((void (*)(void))(function))
typedef struct {
    const char *name;
    void (*function)(void);
    int flags;
    const char *doc;
} PyMethodDef;
enum { METH_KEYWORDS = 0x02, METH_NOARGS = 0x04, METH_O = 0x08, METH_FASTCALL = 0x80 };

/* Types with members. */
typedef struct {
    const char *name;
    int type;
    Py_ssize_t offset;
    int flags;
    const char *doc;
} PyMemberDef;
enum { Py_T_INT = 1, Py_T_BOOL = 14, Py_T_OBJECT_EX = 16 };
typedef struct {
    int slot;
    const void *value;
} PyType_Slot;
typedef struct {
    const char *name;
    int basicsize, itemsize;
    unsigned int flags;
    const PyType_Slot *slots;
} PyType_Spec;
enum { Py_tp_dealloc = 52, Py_tp_descr_get = 54, Py_tp_descr_set = 55, Py_tp_members = 72 };

/* Modules. */
typedef struct {
    PyObject head;
    PyObject *(*init)(void);
    Py_ssize_t index;
    PyObject *copy;
} PyModuleDef_Base;
typedef struct {
    PyModuleDef_Base base;
    const char *name, *doc;
    Py_ssize_t size;
    const PyMethodDef *methods;
    void *slots, *traverse, *clear, *free;
} PyModuleDef;
/* The version of the stable interface. */
enum { PYTHON_ABI_VERSION = 3 };

extern PyObject _Py_NoneStruct;
extern PyObject PyUnicode_Type, PyBytes_Type, PyLong_Type, PyBaseObject_Type;
extern PyObject *PyExc_Exception, *PyExc_AttributeError, *PyExc_ValueError;
#define Py_None (&_Py_NoneStruct)

void Py_IncRef(PyObject *);
void Py_DecRef(PyObject *);
unsigned long PyType_GetFlags(PyObject *type);
enum { Py_TPFLAGS_LONG_SUBCLASS = 1 << 24 };
PyObject *PyType_FromSpec(const PyType_Spec *);
PyObject *PyType_GenericAlloc(PyObject *type, Py_ssize_t);
PyObject *PyDescr_NewMethod(PyObject *type, const PyMethodDef *);
PyObject *PyModule_Create2(const PyModuleDef *, int version);
int PyModule_AddFunctions(PyObject *module, const PyMethodDef *);
int PyModule_AddObjectRef(PyObject *module, const char *name, PyObject *value);
PyObject *PyObject_Vectorcall(PyObject *callable, PyObject *const *arguments, size_t, PyObject *names);
PyObject *PyObject_Str(PyObject *);
Py_ssize_t PyObject_Size(PyObject *);
PyObject *PyObject_GetAttrString(PyObject *, const char *);
PyObject *PyObject_VectorcallMethod(PyObject *name, PyObject *const *arguments, size_t, PyObject *names);
int PyObject_IsTrue(PyObject *);
void PyObject_Free(void *);
PyObject *PyLong_FromLong(long);
long PyLong_AsLong(PyObject *);
PyObject *PyLong_FromLongLong(long long);
long long PyLong_AsLongLong(PyObject *);
PyObject *PyBool_FromLong(long);
char *PyBytes_AsString(PyObject *);
Py_ssize_t PyBytes_Size(PyObject *);
const char *PyUnicode_AsUTF8AndSize(PyObject *, Py_ssize_t *size);
PyObject *PyUnicode_FromStringAndSize(const char *, Py_ssize_t);
PyObject *PyUnicode_InternFromString(const char *);
PyObject *PyUnicode_DecodeLatin1(const char *, Py_ssize_t, const char *errors);
PyObject *PyDict_GetItemWithError(PyObject *, PyObject *key);
int PyDict_SetItem(PyObject *, PyObject *key, PyObject *value);
int PyDict_Contains(PyObject *, PyObject *key);
int PyList_Append(PyObject *, PyObject *);
PyObject *PyTuple_New(Py_ssize_t);
int PyTuple_SetItem(PyObject *, Py_ssize_t, PyObject *);
void PyErr_SetString(PyObject *, const char *);
PyObject *PyErr_GetRaisedException(void);
int PyErr_ExceptionMatches(PyObject *);
PyObject *PyErr_Occurred(void);
void PyErr_Clear(void);
PyObject *PyErr_NoMemory(void);
void *PyMem_Malloc(size_t);
void PyMem_Free(void *);

#endif
