# SPDX-License-Identifier: LGPL-2.1-or-later

# XR_XEN
# Xen's libraries, and the release whose libxenguest the core is built for:
# the prototypes behind its doors are not part of Xen's stable interface,
# so there is one core per release (plugin/README.md).
AC_DEFUN([XR_XEN],
[PKG_CHECK_MODULES([XENGUEST], [xenguest])
PKG_CHECK_MODULES([XENCTRL], [xencontrol])
PKG_CHECK_MODULES([XENSTORE], [xenstore])
PKG_CHECK_MODULES([XENTOOLLOG], [xentoollog])
PKG_CHECK_MODULES([XENLIGHT], [xenlight xlutil])
xr_save_LIBS=$LIBS
LIBS="$XENGUEST_LIBS $LIBS"
AC_CHECK_FUNCS([xc_cpu_policy_is_compatible])
LIBS=$xr_save_LIBS
AC_MSG_CHECKING([for the Xen release])
XEN_RELEASE=`$PKG_CONFIG --modversion xencontrol | cut -d. -f1,2`
AC_MSG_RESULT([$XEN_RELEASE])
AC_SUBST([XEN_RELEASE])
AC_DEFINE_UNQUOTED([XEN_RELEASE], ["$XEN_RELEASE"],
                   [The Xen release that the core is built for.])
AC_DEFINE_UNQUOTED([XEN_RELEASE_NUMBER],
                   [`echo $XEN_RELEASE | awk -F. '{ print @S|@1 * 100 + @S|@2 }'`],
                   [The same as a number, to compare: 417.])
])
