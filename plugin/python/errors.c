/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Exceptions of the Python module.
 */
#include "python/module.h"

#include <errno.h>

/* ": at offset" and the like are for people; the attributes are for programs. */
static PyObject *message_of(PyObject *path, const struct xr_error *err)
{
    const char *subject = path ? PyBytes_AS_STRING(path) : "";
    const char *colon = path ? ": " : "";

    return !err->offset || err->offset == XR_NO_OFFSET
        ? PyUnicode_FromFormat("%s%s%s", subject, colon, err->message)
        : PyUnicode_FromFormat("%s%s%s, at offset %llu", subject, colon,
                               err->message,
                               (unsigned long long)err->offset);
}

static PyObject *offset_of(const struct xr_error *err)
{
    if (err->offset == XR_NO_OFFSET)
        Py_RETURN_NONE;
    return PyLong_FromUnsignedLongLong(err->offset);
}

static int set_attribute(PyObject *object, const char *name, PyObject *value)
{
    int r = value ? PyObject_SetAttrString(object, name, value) : -1;

    Py_XDECREF(value);
    return r;
}

static void raise_error(PyObject *class, PyObject *path,
                        const struct xr_error *err)
{
    PyObject *text = message_of(path, err), *error;

    if (!text)
        return;
    error = PyObject_CallFunctionObjArgs(class, text, NULL);
    Py_DECREF(text);
    if (!error)
        return;
    if (!set_attribute(error, "code", PyLong_FromLong(err->code))
        && !set_attribute(error, "reason",
                          PyUnicode_FromString(xr_reason_name(err->reason)))
        && !set_attribute(error, "offset", offset_of(err)))
        PyErr_SetObject(class, error);
    Py_DECREF(error);
}

static PyObject *class_of(const struct state *state, enum xr_reason reason)
{
    switch (reason) {
    case XR_REASON_NOT_SOUND:
    case XR_REASON_CANNOT_JUDGE:
        return state->unreadable;
    case XR_REASON_NONE:
    case XR_REASON_SYSTEM:
    case XR_REASON_CANCELLED:
    case XR_REASON_NO_XEN:
    case XR_REASON_DID_NOT_SUSPEND:
    case XR_REASON_HOOK_FAILED:
    case XR_REASON_DISK_NOT_KEPT:
    case XR_REASON_SAVE_FAILED:
    case XR_REASON_RESUME_FAILED:
    case XR_REASON_GUEST_DIED:
    case XR_REASON_GUEST_SILENT:
        return state->failed;
    default:
        return state->refused;
    }
}

void raise_failure(PyObject *module, PyObject *path,
                   const struct xr_error *err)
{
    const struct state *state = PyModule_GetState(module);

    if (err->code == ENOMEM)
        PyErr_NoMemory();
    else
        raise_error(class_of(state, err->reason), path, err);
}

void raise_refusal(PyObject *module, PyObject *path,
                   const struct xr_error *err)
{
    const struct state *state = PyModule_GetState(module);

    raise_error(state->refused, path, err);
}

/* The class, which the module has, too; NULL with an exception. */
static PyObject *add_class(PyObject *module, const char *name,
                           const char *doc, PyObject *base,
                           PyObject *attributes)
{
    PyObject *class = PyErr_NewExceptionWithDoc(name, doc, base, attributes);

    if (!class)
        return NULL;
    Py_INCREF(class);
    if (PyModule_AddObject(module, strrchr(name, '.') + 1, class)) {
        Py_DECREF(class);
        Py_CLEAR(class);
    }
    return class;
}

PyDoc_STRVAR(error_doc,
"What went wrong.  code is an errno value, reason one of the words that the\n"
"command's JSON has, too; offset is the place in the input, or None.");
PyDoc_STRVAR(refused_doc, "Nothing was done, on purpose: see reason.");
PyDoc_STRVAR(failed_doc, "It was tried, and failed: see reason.");
PyDoc_STRVAR(unreadable_doc,
"An input that is damaged (not-sound), or that is not known (cannot-judge).");

int add_errors(PyObject *module)
{
    struct state *state = PyModule_GetState(module);
    PyObject *attributes = Py_BuildValue("{s:i,s:s,s:O}", "code", 0, "reason",
                                         "system", "offset", Py_None);

    if (!attributes)
        return -1;
    state->error = add_class(module, "xenresumable.Error", error_doc,
                             PyExc_ValueError, attributes);
    Py_DECREF(attributes);
    if (!state->error)
        return -1;
    state->refused = add_class(module, "xenresumable.Refused", refused_doc,
                               state->error, NULL);
    state->failed = add_class(module, "xenresumable.Failed", failed_doc,
                              state->error, NULL);
    state->unreadable = add_class(module, "xenresumable.Unreadable",
                                  unreadable_doc, state->error, NULL);
    return state->refused && state->failed && state->unreadable ? 0 : -1;
}
