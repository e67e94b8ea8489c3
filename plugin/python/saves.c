/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Save images in the Python module.
 */
#include "python/module.h"

#include <errno.h>
#include <fcntl.h>
#include <unistd.h>

/* json.loads(text), or the text itself where it is no JSON. */
static PyObject *json_value(const char *text)
{
    PyObject *json = PyImport_ImportModule("json"), *value = NULL;
    PyObject *string = text_value(text);

    if (json && string)
        value = call_method(json, "loads", string);
    Py_XDECREF(json);
    if (value || !string
        || !(PyErr_ExceptionMatches(PyExc_ValueError)
             || PyErr_ExceptionMatches(PyExc_RecursionError))) {
        Py_XDECREF(string);
        return value;
    }
    PyErr_Clear();
    return string;
}

static PyObject *config_value(const struct xr_save_info *info)
{
    if (info->config && info->config_is_json)
        return json_value(info->config);
    return text_or_none(info->config);
}

/* All values as text: the keys are more than notes. */
static PyObject *record_keys(const struct xr_metadata *metadata)
{
    PyObject *dict = PyDict_New();
    const char *name;
    size_t i;

    for (i = 0; dict && (name = xr_metadata_name(metadata, i)); i++)
        if (set_item(dict, name,
                     text_value(xr_metadata_value(metadata, name))))
            Py_CLEAR(dict);
    return dict;
}

static PyObject *record_value(const struct xr_save *save)
{
    const struct xr_save_info *info = xr_save_info(save);

    if (!xr_save_metadata(save))
        Py_RETURN_NONE;
    return Py_BuildValue("{s:N,s:K,s:K,s:N}",
                         "version", PyUnicode_FromFormat("%u.%u",
                                                         info->record_major,
                                                         info->record_minor),
                         "offset", (unsigned long long)info->record_offset,
                         "length", (unsigned long long)info->record_length,
                         "keys", record_keys(xr_save_metadata(save)));
}

static PyObject *seal_value(const struct xr_save_info *info)
{
    if (!info->seal_digest)
        Py_RETURN_NONE;
    return Py_BuildValue("{s:s,s:K,s:s}", "algorithm", "XXH3-128", "length",
                         (unsigned long long)info->seal_length, "digest",
                         info->seal_digest);
}

static PyObject *bytes_or_none(uint64_t bytes)
{
    if (bytes == UINT64_MAX)
        Py_RETURN_NONE;
    return PyLong_FromUnsignedLongLong(bytes);
}

/* The notes of the saved guest's kernel, typed; None without a record. */
static PyObject *kernel_value(const struct xr_save *save)
{
    if (!xr_save_metadata(save))
        Py_RETURN_NONE;
    return notes_value(xr_save_metadata(save), "image.");
}

const char read_image_doc[] =
"read_image($module, source, /)\n--\n\n"
"What a save image is and carries, as \"xen-resumable show\" says it; with the\n"
"domain's name and uuid, and its kernel's notes, typed.\n\n"
"source is a path (str or os.PathLike) or a file descriptor, also of a pipe.";

PyObject *read_image(PyObject *module, PyObject *from)
{
    const struct xr_save_info *info;
    struct xr_save *save = NULL;
    PyObject *dict;

    if (source_read(module, from, source_save, &save))
        return NULL;
    info = xr_save_info(save);
    dict = Py_BuildValue("{s:s,s:N,s:N,s:N,s:s,s:N,s:N,s:z,s:N,s:N,s:N,s:N,"
                         "s:N}",
                         "container", xr_container_name(info->container),
                         "config", config_value(info),
                         "xml", text_or_none(info->xml),
                         "xen", PyUnicode_FromFormat("%u.%u", info->xen_major,
                                                     info->xen_minor),
                         "type", info->type,
                         "metadata", record_value(save),
                         "seal", seal_value(info),
                         "layout", info->layout,
                         "bytes_occupied", bytes_or_none(info->bytes_occupied),
                         "bytes_shared", bytes_or_none(info->bytes_shared),
                         "name", text_or_none(xr_save_name(save)),
                         "uuid", text_or_none(xr_save_uuid(save)),
                         "notes", kernel_value(save));
    xr_save_free(save);
    return dict;
}

/* Of whatever is in the file: a save image, or else a kernel image. */
static int reach_verdict(int fd, void *out, struct xr_error *err)
{
    struct xr_metadata *notes;
    struct xr_save *save;
    int r = xr_save_from_fd(fd, &save, err);

    if (!r) {
        r = xr_verdict(xr_save_metadata(save), out, err);
        xr_save_free(save);
        return r;
    }
    if (r != -ENOEXEC || lseek(fd, 0, SEEK_CUR) < 0)
        return r;
    r = xr_metadata_from_fd(fd, &notes, err);
    if (!r) {
        r = xr_verdict(notes, out, err);
        xr_metadata_free(notes);
    }
    return r;
}

const char verdict_doc[] =
"verdict($module, source, /)\n--\n\n"
"Whether the guest of a kernel or save image takes a resume, and why, as\n"
"\"xen-resumable check\" says it of such files without a configuration.\n\n"
"source is a path (str or os.PathLike) or a descriptor of a file.";

PyObject *verdict(PyObject *module, PyObject *from)
{
    struct xr_verdict found;

    if (source_read(module, from, reach_verdict, &found))
        return NULL;
    return Py_BuildValue("{s:s,s:s,s:N}",
                         "resumable", xr_answer_name(found.resumable),
                         "source", xr_source_name(found.source),
                         "reason", text_value(found.reason));
}
