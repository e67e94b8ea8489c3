/* SPDX-License-Identifier: LGPL-2.1-or-later */
#ifndef UTIL_THREAD_H
#define UTIL_THREAD_H

#include <pthread.h>
#include <signal.h>

/*
 * A thread of ours in whatever process this is: signals are the business of the
 * others there.  0 or an error number, as pthread_create() has it.
 */
static inline int thread_begin(pthread_t *out, void *(*run)(void *data),
                               void *data)
{
    sigset_t all, before;
    int code;

    sigfillset(&all);
    code = pthread_sigmask(SIG_SETMASK, &all, &before);
    if (code)
        return code;
    code = pthread_create(out, NULL, run, data);
    pthread_sigmask(SIG_SETMASK, &before, NULL);
    return code;
}

#endif
