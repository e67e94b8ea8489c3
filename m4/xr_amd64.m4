# SPDX-License-Identifier: LGPL-2.1-or-later

# XR_AMD64
# The doors are written in assembler (plugin/hook/doors.S), for the processor
# whose calling convention they keep.
AC_DEFUN([XR_AMD64],
[AC_CACHE_CHECK([whether this is 64-bit amd64], [xr_cv_amd64],
  [AC_COMPILE_IFELSE([AC_LANG_SOURCE([[#if !defined __x86_64__ || !defined __LP64__
#error another processor or ABI
#endif
int amd64;]])],
     [xr_cv_amd64=yes], [xr_cv_amd64=no])])
AS_IF([test "$xr_cv_amd64" = no],
  [AC_MSG_ERROR([$host_cpu: the plugin is for amd64 only (plugin/hook/doors.S)])])
])
