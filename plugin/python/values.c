/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Values of the Python module.
 *
 * They come typed: int for numbers, str for strings, a list of (mask, value)
 * for pairs, a list of int for numbers, bytes for notes that nobody knows.
 */
#include "python/module.h"

PyObject *text_value(const char *text)
{
    return PyUnicode_DecodeUTF8(text, (Py_ssize_t)strlen(text),
                                "surrogateescape");
}

PyObject *text_or_none(const char *text)
{
    if (!text)
        Py_RETURN_NONE;
    return text_value(text);
}

static PyObject *number_value(const struct xr_metadata *metadata,
                              const char *name)
{
    uint64_t number;

    if (xr_metadata_number(metadata, name, &number))
        return text_value(xr_metadata_value(metadata, name));
    return PyLong_FromUnsignedLongLong(number);
}

int append_item(PyObject *list, PyObject *item)
{
    int r = item ? PyList_Append(list, item) : -1;

    Py_XDECREF(item);
    return r;
}

enum { MEMBERS_MAX = 1024 };

static PyObject *pairs_value(const struct xr_metadata *metadata,
                             const char *name)
{
    struct xr_pair pairs[MEMBERS_MAX];
    PyObject *list;
    size_t count, i;

    if (xr_metadata_pairs(metadata, name, pairs, MEMBERS_MAX, &count))
        return text_value(xr_metadata_value(metadata, name));
    list = PyList_New(0);
    for (i = 0; list && i < count; i++)
        if (append_item(list, Py_BuildValue("KK",
                                       (unsigned long long)pairs[i].mask,
                                       (unsigned long long)pairs[i].value)))
            Py_CLEAR(list);
    return list;
}

static PyObject *numbers_value(const struct xr_metadata *metadata,
                               const char *name)
{
    uint64_t numbers[MEMBERS_MAX];
    PyObject *list;
    size_t count, i;

    if (xr_metadata_numbers(metadata, name, numbers, MEMBERS_MAX, &count))
        return text_value(xr_metadata_value(metadata, name));
    list = PyList_New(0);
    for (i = 0; list && i < count; i++)
        if (append_item(list, PyLong_FromUnsignedLongLong(numbers[i])))
            Py_CLEAR(list);
    return list;
}

PyObject *call_method(PyObject *object, const char *name, PyObject *argument)
{
    PyObject *interned = PyUnicode_InternFromString(name), *result;

    if (!interned)
        return NULL;
    result = PyObject_CallMethodObjArgs(object, interned, argument, NULL);
    Py_DECREF(interned);
    return result;
}

static PyObject *bytes_value(const char *text)
{
    PyObject *string = text_value(text), *bytes;

    if (!string)
        return NULL;
    bytes = call_method((PyObject *)&PyBytes_Type, "fromhex", string);
    Py_DECREF(string);
    if (bytes || !PyErr_ExceptionMatches(PyExc_ValueError))
        return bytes;
    /* A name that is no note's, out of somebody's own list. */
    PyErr_Clear();
    return text_value(text);
}

static PyObject *typed_value(const struct xr_metadata *metadata,
                             const char *name)
{
    switch (xr_metadata_kind(name)) {
    case XR_KIND_NUMBER:
        return number_value(metadata, name);
    case XR_KIND_PAIRS:
        return pairs_value(metadata, name);
    case XR_KIND_NUMBERS:
        return numbers_value(metadata, name);
    case XR_KIND_STRING:
        break;
    case XR_KIND_BYTES:
        if (strstr(name, "NOTE_"))
            return bytes_value(xr_metadata_value(metadata, name));
        break;
    }
    return text_value(xr_metadata_value(metadata, name));
}

int set_item(PyObject *dict, const char *name, PyObject *value)
{
    int r = value ? PyDict_SetItemString(dict, name, value) : -1;

    Py_XDECREF(value);
    return r;
}

PyObject *notes_value(const struct xr_metadata *metadata, const char *prefix)
{
    PyObject *dict = PyDict_New();
    size_t n = strlen(prefix), i;
    const char *name;

    for (i = 0; dict && (name = xr_metadata_name(metadata, i)); i++)
        if (!strncmp(name, prefix, n)
            && set_item(dict, name + n, typed_value(metadata, name)))
            Py_CLEAR(dict);
    return dict;
}
