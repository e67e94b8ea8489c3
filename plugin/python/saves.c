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
        value = PyObject_CallMethod(json, "loads", "O", string);
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

static PyObject *or_none(const char *text)
{
    return text ? text_value(text) : Py_BuildValue("");
}

static PyObject *config_value(const struct xr_save_info *info)
{
    return info->config && info->config_is_json ? json_value(info->config)
                                                : or_none(info->config);
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
        return Py_BuildValue("");
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
        return Py_BuildValue("");
    return Py_BuildValue("{s:s,s:K,s:s}", "algorithm", "XXH3-128", "length",
                         (unsigned long long)info->seal_length, "digest",
                         info->seal_digest);
}

/* A path, or a file descriptor, which stays open; -1 with an exception. */
static int open_source(PyObject *source, PyObject **path, bool *ours)
{
    int fd;

    *path = NULL;
    *ours = !PyLong_Check(source);
    if (!*ours)
        return PyObject_AsFileDescriptor(source);
    if (!PyUnicode_FSConverter(source, path))
        return -1;
    Py_BEGIN_ALLOW_THREADS
    fd = open(PyBytes_AS_STRING(*path), O_RDONLY | O_CLOEXEC);
    Py_END_ALLOW_THREADS
    if (fd < 0) {
        PyErr_SetFromErrnoWithFilenameObject(PyExc_OSError, source);
        Py_CLEAR(*path);
    }
    return fd;
}

const char read_image_doc[] =
"read_image($module, source, /)\n--\n\n"
"What a save image is and carries, as of \"xen-resumable show\".\n\n"
"source is a path (str or os.PathLike) or a file descriptor, also of a pipe.";

PyObject *read_image(PyObject *module, PyObject *source)
{
    const struct xr_save_info *info;
    struct xr_save *save = NULL;
    PyObject *path, *dict;
    struct xr_error err;
    bool ours;
    int fd = open_source(source, &path, &ours), r;

    if (fd < 0)
        return NULL;
    Py_BEGIN_ALLOW_THREADS
    r = xr_save_from_fd(fd, &save, &err);
    if (ours)
        close(fd);
    Py_END_ALLOW_THREADS
    if (r)
        raise_failure(module, path ? PyBytes_AS_STRING(path) : "", &err);
    Py_XDECREF(path);
    if (r)
        return NULL;
    info = xr_save_info(save);
    dict = Py_BuildValue("{s:s,s:N,s:N,s:N,s:z,s:N,s:N}",
                         "container", xr_container_name(info->container),
                         "config", config_value(info),
                         "xml", or_none(info->xml),
                         "xen", PyUnicode_FromFormat("%u.%u", info->xen_major,
                                                     info->xen_minor),
                         "type", info->type,
                         "metadata", record_value(save),
                         "seal", seal_value(info));
    xr_save_free(save);
    return dict;
}

/* Of whatever is in the file: a save image, or else a kernel image. */
static int reach_verdict(int fd, struct xr_verdict *out, struct xr_error *err)
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

PyObject *verdict(PyObject *module, PyObject *source)
{
    struct xr_verdict found;
    struct xr_error err;
    PyObject *path;
    bool ours;
    int fd = open_source(source, &path, &ours), r;

    if (fd < 0)
        return NULL;
    Py_BEGIN_ALLOW_THREADS
    r = reach_verdict(fd, &found, &err);
    if (ours)
        close(fd);
    Py_END_ALLOW_THREADS
    if (r)
        raise_failure(module, path ? PyBytes_AS_STRING(path) : "", &err);
    Py_XDECREF(path);
    if (r)
        return NULL;
    return Py_BuildValue("{s:s,s:s,s:N}",
                         "resumable", xr_answer_name(found.resumable),
                         "source", xr_source_name(found.source),
                         "reason", text_value(found.reason));
}

static PyObject *problems_value(const struct xr_verify *verify)
{
    PyObject *list = PyList_New(0);
    const char *what;
    uint64_t offset;
    size_t i;

    for (i = 0; list && (what = xr_verify_problem(verify, i, &offset)); i++)
        if (append_item(list, Py_BuildValue("{s:K,s:N}", "offset",
                                       (unsigned long long)offset, "what",
                                       text_value(what))))
            Py_CLEAR(list);
    return list;
}

const char verify_image_doc[] =
"verify_image($module, source, /, structure=False)\n--\n\n"
"Whether a save image is sound, as \"xen-resumable verify --format=json\".\n\n"
"structure: neither the lists of pages nor the seal's digest are looked at.";

PyObject *verify_image(PyObject *module, PyObject *args, PyObject *keywords)
{
    static char none[] = "", structure_name[] = "structure";
    char *names[] = { none, structure_name, NULL };
    const struct xr_verify_info *info;
    struct xr_verify *verify = NULL;
    PyObject *source, *path, *dict;
    struct xr_error err;
    int structure = 0, fd, r;
    bool ours;

    if (!PyArg_ParseTupleAndKeywords(args, keywords, "O|p", names, &source,
                                     &structure))
        return NULL;
    fd = open_source(source, &path, &ours);
    if (fd < 0)
        return NULL;
    Py_BEGIN_ALLOW_THREADS
    r = xr_verify_fd(fd, structure ? XR_VERIFY_STRUCTURE : 0, NULL, &verify,
                     &err);
    if (ours)
        close(fd);
    Py_END_ALLOW_THREADS
    if (r)
        raise_failure(module, path ? PyBytes_AS_STRING(path) : "", &err);
    Py_XDECREF(path);
    if (r)
        return NULL;
    info = xr_verify_info(verify);
    dict = Py_BuildValue("{s:N,s:N,s:K,s:K,s:K,s:I,s:N,s:s,s:N}",
                         "ok", PyBool_FromLong(info->ok),
                         "complete", PyBool_FromLong(info->complete),
                         "bytes", (unsigned long long)info->bytes,
                         "records", (unsigned long long)info->records,
                         "pages", (unsigned long long)info->pages,
                         "vcpus", info->vcpus,
                         "metadata", PyBool_FromLong(info->metadata),
                         "seal", xr_seal_state_name(info->seal),
                         "problems", problems_value(verify));
    xr_verify_free(verify);
    return dict;
}
