/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * The memory of a saved guest in the Python module: for _memory.py, which has the class
 * that people use, and sees to it that one thread at a time is here.
 */
#include "python/module.h"

static const char capsule_name[] = "xenresumable.save";

static void free_capsule(PyObject *capsule)
{
    xr_save_free(PyCapsule_GetPointer(capsule, capsule_name));
}

const char memory_open_doc[] =
"memory_open($module, source, /)\n--\n\n"
"A save image, for memory_read() and memory_ranges().";

PyObject *memory_open(PyObject *module, PyObject *from)
{
    struct xr_save *save = NULL;
    PyObject *capsule;

    if (source_read(module, from, source_save, &save))
        return NULL;
    capsule = PyCapsule_New(save, capsule_name, free_capsule);
    if (!capsule)
        xr_save_free(save);
    return capsule;
}

const char memory_read_doc[] =
"memory_read($module, save, address, length, /)\n--\n\n"
"Bytes of the guest's memory.";

PyObject *memory_read(PyObject *module, PyObject *args)
{
    unsigned long long address;
    struct xr_save *save;
    struct xr_error err;
    PyObject *capsule, *bytes;
    Py_ssize_t length;
    char *to;
    int r;

    if (!PyArg_ParseTuple(args, "OKn", &capsule, &address, &length))
        return NULL;
    save = PyCapsule_GetPointer(capsule, capsule_name);
    bytes = save ? PyBytes_FromStringAndSize(NULL, length) : NULL;
    if (!bytes)
        return NULL;
    to = PyBytes_AS_STRING(bytes);
    Py_BEGIN_ALLOW_THREADS
    r = xr_memory_read(save, address, to, (size_t)length, &err);
    Py_END_ALLOW_THREADS
    if (!r)
        return bytes;
    Py_DECREF(bytes);
    raise_failure(module, NULL, &err);
    return NULL;
}

const char memory_ranges_doc[] =
"memory_ranges($module, save, /)\n--\n\n"
"Where the guest has memory: pairs of address and length.";

PyObject *memory_ranges(PyObject *module, PyObject *capsule)
{
    struct xr_save *save = PyCapsule_GetPointer(capsule, capsule_name);
    const struct xr_memory_range *ranges;
    struct xr_error err;
    PyObject *list;
    size_t count, i;
    int r;

    if (!save)
        return NULL;
    Py_BEGIN_ALLOW_THREADS
    r = xr_memory_ranges(save, &ranges, &count, &err);
    Py_END_ALLOW_THREADS
    if (r) {
        raise_failure(module, NULL, &err);
        return NULL;
    }
    list = PyList_New(0);
    for (i = 0; list && i < count; i++)
        if (append_item(list,
                        Py_BuildValue("(KK)",
                                      (unsigned long long)ranges[i].address,
                                      (unsigned long long)ranges[i].length)))
            Py_CLEAR(list);
    return list;
}
