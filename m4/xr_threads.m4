# SPDX-License-Identifier: LGPL-2.1-or-later

# XR_THREADS
# The restore pump is a thread, and seals are checked by several.  Since glibc 2.34
# threads need no library of their own; before, they are linked by -pthread.
AC_DEFUN([XR_THREADS],
[AC_MSG_CHECKING([what threads are linked with])
xr_saved_CFLAGS=$CFLAGS
xr_threads=
for THREADS_FLAGS in '' -pthread; do
  CFLAGS="$xr_saved_CFLAGS $THREADS_FLAGS"
  AC_LINK_IFELSE([AC_LANG_PROGRAM([[#include <pthread.h>
static void *run(void *data) { return data; }]],
    [[pthread_t thread;
return pthread_create(&thread, 0, run, 0) || pthread_join(thread, 0);]])],
    [xr_threads=yes; break])
done
CFLAGS=$xr_saved_CFLAGS
AS_IF([test -z "$xr_threads"], [AC_MSG_ERROR([threads do not link])])
AC_MSG_RESULT([${THREADS_FLAGS:-nothing}])
AC_SUBST([THREADS_FLAGS])
])
