# SPDX-License-Identifier: LGPL-2.1-or-later

# XR_HARDENING
# The code runs as root in dom0, on bytes that guests have written.
# _FORTIFY_SOURCE needs optimisation and disturbs sanitizers, hence the tests.
AC_DEFUN([XR_HARDENING],
[HARDEN_CFLAGS=
HARDEN_LDFLAGS=
m4_foreach_w([xr_flag], [-fvisibility=hidden -fstack-protector-strong
  -fstack-clash-protection -fcf-protection],
  [XR_TRY_CFLAG([HARDEN_CFLAGS], xr_flag)])
AS_CASE([" $CFLAGS "], [*" -O0 "*|*-fsanitize*], [],
  [*" -O"*], [XR_TRY_CFLAG([HARDEN_CFLAGS],
                           [-U_FORTIFY_SOURCE -D_FORTIFY_SOURCE=3])])
XR_TRY_LDFLAG([HARDEN_LDFLAGS], [-Wl,-z,relro])
XR_TRY_LDFLAG([HARDEN_LDFLAGS], [-Wl,-z,now])
XR_TRY_LDFLAG([HARDEN_LDFLAGS], [-Wl,--as-needed])
AC_SUBST([HARDEN_CFLAGS])
AC_SUBST([HARDEN_LDFLAGS])
])
