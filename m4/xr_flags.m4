# SPDX-License-Identifier: LGPL-2.1-or-later

# XR_TRY_CFLAG(VARIABLE, FLAG)
# Appends FLAG to VARIABLE if the compiler takes it without a complaint.
AC_DEFUN([XR_TRY_CFLAG],
[AC_MSG_CHECKING([whether $CC takes $2])
xr_saved_CFLAGS=$CFLAGS
CFLAGS="$CFLAGS -Werror $2"
AC_COMPILE_IFELSE([AC_LANG_PROGRAM([], [])],
                  [AC_MSG_RESULT([yes]); $1="$$1 $2"],
                  [AC_MSG_RESULT([no])])
CFLAGS=$xr_saved_CFLAGS
])

# XR_TRY_LDFLAG(VARIABLE, FLAG)
AC_DEFUN([XR_TRY_LDFLAG],
[AC_MSG_CHECKING([whether the linker takes $2])
xr_saved_LDFLAGS=$LDFLAGS
LDFLAGS="$LDFLAGS $2"
AC_LINK_IFELSE([AC_LANG_PROGRAM([], [])],
               [AC_MSG_RESULT([yes]); $1="$$1 $2"],
               [AC_MSG_RESULT([no])])
LDFLAGS=$xr_saved_LDFLAGS
])
