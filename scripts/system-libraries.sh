#!/bin/sh
# Installs the system libraries that pip cannot, through apt where it may; else says in one line what is missing.
# Usage: system-libraries.sh run|test PYTHON
set -eu
purpose=$1 python=$2
packages=""

need() { # need PACKAGE: unless the check that follows succeeds
    package=$1
    shift
    "$@" >/dev/null 2>&1 || packages="$packages $package"
}
library() { PATH="$PATH:/sbin:/usr/sbin" ldconfig -p | grep -q "$1"; }

"$python" -c 'import sys; sys.exit(sys.version_info < (3, 11))' 2>/dev/null || {
    echo "Clavilux needs Python 3.11 or newer; '$python' is not. Install it, then: make PYTHON=python3.11 $purpose" >&2
    exit 1
}
if [ "$(uname -s)" != Linux ]; then exit 0; fi

need python3-venv "$python" -c 'import ensurepip, venv'
need libportaudio2 library libportaudio.so.2
need libasound2-plugins test -n "$(find /usr/lib /usr/lib64 -name libasound_module_pcm_pulse.so -print -quit 2>/dev/null)"
need libegl1 library libEGL.so.1
need libgl1 library libGL.so.1
need libgl1-mesa-dri test -n "$(find /usr/lib /usr/lib64 -name '*_dri.so' -o -name 'libgallium*.so' 2>/dev/null | head -n 1)"
need libpulse0 library libpulse.so.0
if [ "$purpose" = test ]; then
    need xvfb command -v Xvfb
    need xserver-xorg-video-dummy test -n "$(find /usr/lib/xorg -name dummy_drv.so -print -quit 2>/dev/null)"
    need x11-xserver-utils command -v xrandr
    need pulseaudio command -v pulseaudio
    need pulseaudio-utils command -v pacat
fi
[ -n "$packages" ] || exit 0

if command -v apt-get >/dev/null 2>&1; then
    if [ "$(id -u)" = 0 ]; then as_root=""; else as_root="sudo -n"; fi
    if $as_root true 2>/dev/null; then
        echo "Installing system libraries:$packages"
        export DEBIAN_FRONTEND=noninteractive
        $as_root apt-get update -qq && $as_root apt-get install -y -qq --no-install-recommends $packages >/dev/null && exit 0
    fi
    echo "Please install what is missing, then try again: sudo apt-get install$packages" >&2
else
    echo "Please install the equivalents of these Debian packages, then try again:$packages" >&2
fi
exit 1
