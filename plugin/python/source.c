/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Inputs of the Python module: paths and file descriptors.
 */
#include "python/module.h"

#include <errno.h>
#include <fcntl.h>
#include <stdbool.h>
#include <sys/stat.h>
#include <unistd.h>

/* What is no file is not opened to be written: that alone can do something to a
   device.  Whoever asks about it finds out what it is. */
static bool is_special_file(const char *path)
{
    struct stat st;

    return !stat(path, &st) && !S_ISREG(st.st_mode) && !S_ISDIR(st.st_mode);
}

/* Python's own signal handlers run after an open(2) that a signal ended. */
static int open_path(const char *path, int flags)
{
    int fd, saved;

    if ((flags & O_ACCMODE) == O_RDWR && is_special_file(path))
        flags = O_PATH;
    do {
        Py_BEGIN_ALLOW_THREADS
        fd = open(path, flags | O_CLOEXEC);
        saved = errno;
        Py_END_ALLOW_THREADS
    } while (fd < 0 && saved == EINTR && !PyErr_CheckSignals());
    errno = saved;
    return fd;
}

int source_open_path(PyObject *from, int flags, struct source *out)
{
    *out = (struct source){ .ours = true };
    if (!PyUnicode_FSConverter(from, &out->path))
        return -1;
    out->fd = open_path(PyBytes_AS_STRING(out->path), flags);
    if (out->fd >= 0)
        return 0;
    if (!PyErr_Occurred())
        PyErr_SetFromErrnoWithFilenameObject(PyExc_OSError, from);
    Py_CLEAR(out->path);
    return -1;
}

int source_open(PyObject *from, int flags, struct source *out)
{
    if (!PyLong_Check(from))
        return source_open_path(from, flags, out);
    *out = (struct source){ .fd = PyObject_AsFileDescriptor(from) };
    return out->fd < 0 ? -1 : 0;
}

int source_read(PyObject *module, PyObject *from, source_reader *read,
                void *out)
{
    struct source source;
    struct xr_error err;
    int r;

    if (source_open(from, O_RDONLY, &source))
        return -1;
    Py_BEGIN_ALLOW_THREADS
    r = read(source.fd, out, &err);
    Py_END_ALLOW_THREADS
    if (r)
        raise_failure(module, source.path, &err);
    source_close(&source);
    return r ? -1 : 0;
}

int source_save(int fd, void *out, struct xr_error *err)
{
    return xr_save_from_fd(fd, out, err);
}

void source_close(struct source *source)
{
    if (source->ours)
        close(source->fd);
    Py_CLEAR(source->path);
}
