# SPDX-License-Identifier: LGPL-2.1-or-later

# XR_PYTHON
# The module is for the system's python3, which may not be the first one on
# PATH (pyenv, virtual environments).  --with-python=PROGRAM names another one,
# --without-python leaves the module out.
#
# automake asks Python for pythonX.Y/site-packages below the prefix.  Debian's Python
# does not look there, but into a folder of its own: one that Python looks into comes
# first.
AC_DEFUN([XR_PYTHON],
[AC_ARG_WITH([python],
  [AS_HELP_STRING([--with-python=PROGRAM],
                  [build the Python module for it @<:@/usr/bin/python3@:>@])],
  [], [AS_IF([test -x /usr/bin/python3], [with_python=/usr/bin/python3],
             [with_python=yes])])
have_python=no
AS_IF([test "$with_python" != no],
  [AS_IF([test "$with_python" != yes], [PYTHON=$with_python])
   xr_prefix=$prefix
   AS_IF([test "x$xr_prefix" = xNONE], [xr_prefix=$ac_default_prefix])
   xr_site=`${PYTHON-python3} -I -c 'import site, sys
prefix = sys.argv[[1]].rstrip("/")
for folder in site.getsitepackages():
    if folder.startswith(prefix + "/lib"):
        print("${exec_prefix}" + folder[[len(prefix):]])
        break' "$xr_prefix" 2>/dev/null`
   AS_IF([test -n "$xr_site"],
     [: "${am_cv_python_pyexecdir=$xr_site}"])
   AM_PATH_PYTHON([3.8], [have_python=yes], [have_python=no])])
AS_IF([test "$have_python" = yes],
  [PYTHON_CFLAGS=-I`$PYTHON -c 'import sysconfig
print(sysconfig.get_path("include"))'`
   AC_MSG_CHECKING([for Python.h])
   xr_saved_CPPFLAGS=$CPPFLAGS
   CPPFLAGS="$CPPFLAGS $PYTHON_CFLAGS"
   AC_PREPROC_IFELSE([AC_LANG_SOURCE([[#include <Python.h>]])], [],
                     [have_python=no])
   CPPFLAGS=$xr_saved_CPPFLAGS
   AC_MSG_RESULT([$have_python])])
AS_IF([test "$have_python" = no && test "$with_python" != no],
  [AC_MSG_WARN([no Python module: python3-dev is missing])])
AC_SUBST([PYTHON_CFLAGS])
AM_CONDITIONAL([HAVE_PYTHON], [test "$have_python" = yes])
])
