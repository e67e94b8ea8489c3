# SPDX-License-Identifier: LGPL-2.1-or-later

# XR_POD2MAN
# The man pages are written in POD; pod2man comes with Perl.
AC_DEFUN([XR_POD2MAN],
[AC_PATH_PROG([POD2MAN], [pod2man])
AS_IF([test -z "$POD2MAN"],
      [AC_MSG_ERROR([pod2man is needed (Debian: perl)])])
])
