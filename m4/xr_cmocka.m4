# SPDX-License-Identifier: LGPL-2.1-or-later

# XR_CMOCKA
# The unit tests' library; without it "make check" says so and fails.
AC_DEFUN([XR_CMOCKA],
[PKG_CHECK_MODULES([CMOCKA], [cmocka], [have_cmocka=yes], [have_cmocka=no])
AM_CONDITIONAL([HAVE_CMOCKA], [test "$have_cmocka" = yes])
])
