# SPDX-License-Identifier: LGPL-2.1-or-later

# XR_SANITIZE
# --enable-sanitize=LIST builds everything with -fsanitize=LIST.  A finding ends
# the program: what only prints would pass every test.
AC_DEFUN([XR_SANITIZE],
[AC_ARG_ENABLE([sanitize],
  [AS_HELP_STRING([--enable-sanitize=LIST],
                  [build with these sanitizers, as in address,undefined])],
  [], [enable_sanitize=no])
SANITIZE_FLAGS=
NO_UNDEFINED_LDFLAGS=-Wl,-z,defs
AS_CASE([$enable_sanitize], [no], [],
  [SANITIZE_FLAGS="-fsanitize=$enable_sanitize -fno-sanitize-recover=all"
   SANITIZE_FLAGS="$SANITIZE_FLAGS -fno-omit-frame-pointer"
   NO_UNDEFINED_LDFLAGS=
   HARDEN_CFLAGS=`AS_ECHO(["$HARDEN_CFLAGS"]) | sed 's/-U_FORTIFY.*=3//'`])
AM_CONDITIONAL([SANITIZE], [test "$enable_sanitize" != no])
AC_SUBST([SANITIZE_FLAGS])
AC_SUBST([NO_UNDEFINED_LDFLAGS])
])
