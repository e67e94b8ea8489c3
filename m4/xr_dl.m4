# SPDX-License-Identifier: LGPL-2.1-or-later

# XR_DL
# The stub loads its core.  Since glibc 2.34 dlopen needs no library of its
# own; before, it is in libdl.
AC_DEFUN([XR_DL],
[xr_saved_LIBS=$LIBS
DL_LIBS=
AC_SEARCH_LIBS([dlsym], [dl],
  [AS_IF([test "$ac_cv_search_dlsym" != "none required"],
         [DL_LIBS=$ac_cv_search_dlsym])],
  [AC_MSG_ERROR([dlsym does not link])])
LIBS=$xr_saved_LIBS
AC_SUBST([DL_LIBS])
])
