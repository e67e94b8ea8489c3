# SPDX-License-Identifier: LGPL-2.1-or-later

# XR_LIBVIRT
# libvirt's client library, of which only the header is needed here: it is loaded
# by name.  Without it checkpoints of libvirt's guests have xl's container.
# --with-libvirt makes it an error if it is missing, --without-libvirt leaves it out.
AC_DEFUN([XR_LIBVIRT],
[AC_ARG_WITH([libvirt],
  [AS_HELP_STRING([--without-libvirt],
                  [do not ask libvirtd about its guests @<:@if there@:>@])],
  [], [with_libvirt=check])
have_libvirt=no
AS_IF([test "$with_libvirt" != no],
  [PKG_CHECK_MODULES([LIBVIRT], [libvirt >= 3.0], [have_libvirt=yes],
    [AS_IF([test "$with_libvirt" = check],
      [AC_MSG_WARN([libvirtd will not be asked: libvirt-dev is missing])],
      [AC_MSG_ERROR([libvirt-dev is missing; --without-libvirt does without])])])])
AS_IF([test "$have_libvirt" = yes],
  [AC_DEFINE([HAVE_LIBVIRT], [1], [libvirt's header is there.])])
AM_CONDITIONAL([HAVE_LIBVIRT], [test "$have_libvirt" = yes])
])
