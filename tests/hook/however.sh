#!/bin/bash
# SPDX-License-Identifier: LGPL-2.1-or-later
#
# exec recognises "xl save" however it is started.  If this fails, a checkpoint
# from under timeout, sudo or a script overwrites its file before anybody has
# asked whether the guest can come back.
#
# What is called xl here prints its arguments; where the new exec steps in, it
# says that there is no Xen, exits with 2, and nothing is printed.
set -u
. "$top_srcdir/tests/cli/functions.sh"

case " ${SANITIZE_FLAGS:-} " in
*-fsanitize*) echo "not asked of a sanitized stub"; exit 0 ;;
esac
if [ -e /proc/xen/capabilities ]; then
    echo "not asked where there is a Xen"
    exit 0
fi
export XR_PRELOAD=$top_builddir/plugin/hook/.libs/xen-resumable-preload.so
unset XR_EXEC
self=$(readlink -f "$program")

mkdir bin
cp "$(type -P echo)" bin/xl
PATH=$scratch/bin:$PATH
cat >backup <<'SCRIPT'
#!/bin/sh
xl save -c web image
SCRIPT
cat >wrapper <<'SCRIPT'
#!/bin/sh
exec xl "$@"
SCRIPT
chmod +x backup wrapper

recognised() { # COMMAND...
    expect "recognised: $*" 2 '' -- exec -- "$@"
    said 'exec: no Xen here: this is not a Xen dom0'
}
recognised xl save -c web image
recognised timeout 60 xl save -c web image
recognised env A=b xl save -c web image
recognised nice xl save -c web image
recognised ionice -c 2 xl save -c web image
recognised chrt --other 0 xl save -c web image
recognised stdbuf -o L xl save -c web image
recognised nohup xl save -c web image
recognised setsid --wait xl save -c web image
recognised env nice timeout 60 xl save -c web image
recognised sh -c 'xl save -c web image; exit $?'
recognised sh -c 'xl save -c web image & wait $!'
recognised bash -c 'exec -a another xl save -c web image'
recognised ./backup
recognised ./wrapper save -c web image
recognised "$scratch/wrapper" -vvv -f sav web image -cp

not_recognised() { # STDOUT COMMAND...
    local stdout=$1
    shift
    expect "left alone: $*" 0 "$stdout" -- exec -- "$@"
}
not_recognised "list" xl list
not_recognised "list" sh -c 'xl list'
not_recognised "vcpu-set save 2" timeout 60 xl vcpu-set save 2
not_recognised "save" env xl save
not_recognised "save -c web image" sh -c 'echo save -c web image'

# All that exec was told comes with it.
expect "its options come with it" 0 "$self
exec
--on-unknown=refuse
--watch
7" -- exec --on-unknown=refuse --watch 7 -- sh -c 'echo "$XR_EXEC"'
expect "also without the dashes" 0 "$self
exec
--watch=7" -- exec --watch=7 sh -c 'echo "$XR_EXEC"'
mkdir env
cp "$(type -P env)" env/xl
expect "xl itself gets none of it" 0 '' -- \
    exec -- sh -c "'$program' exec -- env/xl | grep XR_EXEC; true"
XR_REQUEST=version=1,intent=checkpoint,image=f expect \
    "nor is anything left of another exec" 0 \
    'version=1,intent=unknown,on-not-resumable=refuse,on-unknown=proceed,live=yes' \
    -- exec -- sh -c 'echo "$XR_REQUEST"'

got=$(XR_EXEC=/nonexistent LD_PRELOAD=$XR_PRELOAD xl save -c web image 2>err)
[ "$got" = "save -c web image" ] || fail "without the command: $got"
grep -q 'warning: cannot run /nonexistent: No such file' err ||
    fail "without the command: $(cat err)"

# A sudo that keeps nothing, as the real one.
real=$(type -P sudo)
cat >bin/sudo <<'SCRIPT'
#!/bin/sh
# -n, -u USER and --user=USER, NAME=value, --
while :; do
    case $1 in
    -n|--user=*|--) shift ;;
    -u) shift 2 ;;
    *=*) assigned=$1; shift ;;
    *) break ;;
    esac
done
exec env -i PATH="$PATH" $assigned "$@"
SCRIPT
chmod +x bin/sudo
recognised sudo xl save -c web image
recognised sudo -n -u root A=b xl save -c web image
recognised sudo --user=root -- xl save -c web image
recognised timeout 60 sudo -n xl save -c web image
recognised nice env sudo ./backup
recognised env -u C A=b nice -n 5 timeout -k 9 60 sudo xl save -c web image
recognised timeout --signal KILL 60 sudo xl save -c web image
recognised chrt --other 0 sudo xl save -c web image
not_recognised "sudo xl save -c web image" echo sudo xl save -c web image
not_recognised "sudo xl save -c web image" env echo sudo xl save -c web image
not_recognised "sudo xl save -c web image" nice -n 5 echo sudo xl save -c web image

rm bin/sudo
hash -r
if [ -n "$real" ] && sudo -n true 2>/dev/null; then
    # Its PATH is its own.
    xl=$scratch/bin/xl
    recognised sudo -n "$xl" save -c web image
    recognised sudo -n -u root A=b -- "$xl" save -c web image
    recognised timeout 60 sudo -n "$xl" save -c web image
    recognised sudo -n sh -c "$xl save -c web image; exit \$?"
    [ "$(id -u)" != 0 ] ||
        recognised sh -c "sudo -n $xl save -c web image; exit \$?"
else
    skip "a real sudo: there is none that asks for no password"
fi
finish
