# SPDX-License-Identifier: LGPL-2.1-or-later

# XR_SPAWN
# The library's child is to have no file descriptor of the caller's.  Before
# glibc 2.34 it has those that are not close-on-exec.
AC_DEFUN([XR_SPAWN], [AC_CHECK_FUNCS([posix_spawn_file_actions_addclosefrom_np])])
