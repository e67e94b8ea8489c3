# SPDX-License-Identifier: LGPL-2.1-or-later

# XR_WARNINGS
# Every warning that tells; errors in a git checkout, not in a tarball, where a
# newer compiler's new warning must not stop a packager.
AC_DEFUN([XR_WARNINGS],
[AC_ARG_ENABLE([werror],
  [AS_HELP_STRING([--enable-werror], [warnings are errors
                   @<:@default: in a git checkout@:>@])],
  [], [AS_IF([test -e "$srcdir/.git"], [enable_werror=yes],
             [enable_werror=no])])
WARN_CFLAGS=
m4_foreach_w([xr_flag], [-Wall -Wextra -Wshadow -Wvla -Wundef -Wformat=2
  -Wstrict-prototypes -Wmissing-prototypes -Wpointer-arith -Wwrite-strings
  -Wimplicit-fallthrough -Wcast-align -Wlogical-op -Wduplicated-cond
  -Wnull-dereference -fno-common],
  [XR_TRY_CFLAG([WARN_CFLAGS], xr_flag)])
AS_IF([test "$enable_werror" = yes], [WARN_CFLAGS="$WARN_CFLAGS -Werror"])
AC_SUBST([WARN_CFLAGS])
])
