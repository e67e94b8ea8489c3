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
XR_SYSTEM_HEADERS([XENGUEST_CFLAGS])
XR_SYSTEM_HEADERS([XENCTRL_CFLAGS])
XR_SYSTEM_HEADERS([XENSTORE_CFLAGS])
XR_SYSTEM_HEADERS([XENTOOLLOG_CFLAGS])
XR_SYSTEM_HEADERS([XENLIGHT_CFLAGS])
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
XR_DOM_IMAGE
XR_RESTORE
])

# XR_SYSTEM_HEADERS(VARIABLE)
# Xen's headers in a folder of their own are not to trip our warnings.
AC_DEFUN([XR_SYSTEM_HEADERS],
[$1=`AS_ECHO([" $$1"]) | sed 's/ -I */ -isystem /g; s/^ *//'`])

# XR_DOM_IMAGE
# What libxenguest knows of a domain that is being built is public since Xen
# 4.15; Xen 4.14 installs no header for it, so plugin/xen/dom_image.c brings
# what it reads of it, for amd64.
AC_DEFUN([XR_DOM_IMAGE],
[xr_saved_CPPFLAGS=$CPPFLAGS
CPPFLAGS="$CPPFLAGS $XENGUEST_CFLAGS $XENCTRL_CFLAGS"
AC_CHECK_MEMBER([struct xc_dom_image.guest_domid],
  [AC_DEFINE([HAVE_XC_DOM_IMAGE], [1],
             [Whether xenguest.h has struct xc_dom_image.])],
  [AS_CASE([$XEN_RELEASE-$host_cpu],
     [4.14-x86_64], [],
     [AC_MSG_ERROR([xenguest.h of Xen $XEN_RELEASE lacks struct xc_dom_image])])],
  [[#include <xenctrl.h>
#include <xenguest.h>]])
CPPFLAGS=$xr_saved_CPPFLAGS
AM_CONDITIONAL([HAVE_XC_DOM_IMAGE],
  [test "$ac_cv_member_struct_xc_dom_image_guest_domid" = yes])
])

# XR_RESTORE
# xc_domain_restore has an argument more from Xen 4.22 on.
AC_DEFUN([XR_RESTORE],
[xr_saved_CPPFLAGS=$CPPFLAGS
CPPFLAGS="$CPPFLAGS $XENGUEST_CFLAGS $XENCTRL_CFLAGS"
AC_CACHE_CHECK([whether xc_domain_restore has memflags], [xr_cv_memflags],
  [AC_COMPILE_IFELSE([AC_LANG_PROGRAM([[#include <xenctrl.h>
#include <xenguest.h>]],
     [[return xc_domain_restore(0, 0, 0, 0, 0, 0, 0, 0, 0, XC_STREAM_PLAIN,
                                0, 0, 0u);]])],
     [xr_cv_memflags=yes], [xr_cv_memflags=no])])
AS_IF([test "$xr_cv_memflags" = yes],
  [AC_DEFINE([HAVE_RESTORE_MEMFLAGS], [1],
             [Whether xc_domain_restore has the argument memflags.])])
CPPFLAGS=$xr_saved_CPPFLAGS
])
