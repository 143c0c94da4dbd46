#!/bin/sh
# Brings SeaBIOS and the VGA BIOSes from Debian's packages into this folder; needs no root. See README.md.
#
#   firmware/fetch.sh                 fetch what is missing; exit 1 when that is not possible
#   firmware/fetch.sh --if-possible   the same for the build: one warning line, exit 0
#   firmware/fetch.sh --download      take packages from the archive even where they are installed
set -u
umask 022

here=$(cd "$(dirname "$0")" && pwd) || exit 1
wanted='bios.bin bios-256k.bin vgabios.bin vgabios-cirrus.bin vgabios-stdvga.bin'
packages='seabios vgabios' # the first one that has a file gives it

failure=1
installed=yes
for option; do
    case $option in
    --if-possible) failure=0 ;;
    --download) installed=no ;;
    *) echo "fetch.sh: unknown option '$option'" >&2; exit 2 ;;
    esac
done

missing() { # of folder $1
    for name in $wanted; do [ -s "$1/$name" ] || printf '%s ' "$name"; done
}

[ -z "$(missing "$here")" ] && [ -s "$here/PROVENANCE" ] && exit 0

work=$(mktemp -d "$here/.fetch.XXXXXX") || exit "$failure"
trap 'rm -rf "$work"' EXIT
trap 'exit 1' HUP INT TERM
new=$work/new
mkdir "$new"

give_up() {
    echo "warning: no firmware: $1; run firmware/fetch.sh when it can be had (pcemu also looks into /usr/share/seabios)" >&2
    exit "$failure"
}

# Takes every .bin of folder $1 that no earlier package gave, under the names that QEMU uses.
# $2 package, $3 version, $4 how we came by it.
take() {
    for file in "$1"/*.bin; do
        name=${file##*/}
        if [ -s "$file" ] && [ ! -e "$new/$name" ]; then
            cp -L "$file" "$new/$name" || return 1
            sum=$(sha256sum "$new/$name" | cut -d ' ' -f 1)
            printf '%s  %s  %s %s (%s)\n' "$sum" "$name" "$2" "$3" "$4" >>"$work/PROVENANCE"
        fi
    done
}

# apt-get with lists and cache of our own: the system's may be empty, and only root may fill them.
private_apt() {
    apt-get -qq -o Dir::State::Lists="$work/lists" -o Dir::Cache="$work/cache" -o Debug::NoLocking=1 \
        -o APT::Sandbox::User="$(id -un)" -o Acquire::Retries=1 -o Acquire::http::Timeout=20 "$@" >>"$work/log" 2>&1
}

download() { # package $1 into $work/$1.deb.d
    mkdir -p "$work/$1.deb.d" && cd "$work/$1.deb.d" || return 1
    if ! apt-get -qq -o APT::Sandbox::User="$(id -un)" -o Acquire::Retries=1 -o Acquire::http::Timeout=20 \
        download "$1" >>"$work/log" 2>&1; then
        if [ ! -d "$work/lists" ]; then
            mkdir -p "$work/lists/partial" "$work/cache/archives/partial"
            private_apt update || true # one repository that is out of reach does not matter
        fi
        private_apt download "$1" || return 1
    fi
    for package in ./*.deb; do [ -s "$package" ] && dpkg-deb -x "$package" root; done
}

for package in $packages; do
    [ -z "$(missing "$new")" ] && break
    folder=/usr/share/$package
    if [ "$installed" = yes ] && [ -d "$folder" ]; then
        version=$(dpkg-query -W -f '${Version}' "$package" 2>/dev/null) || version='of unknown version'
        take "$folder" "$package" "$version" "copied from $folder" || give_up "$folder cannot be copied"
    elif command -v apt-get >/dev/null && command -v dpkg-deb >/dev/null; then
        if (download "$package"); then
            deb=$(echo "$work/$package.deb.d"/*.deb)
            version=$(dpkg-deb -f "$deb" Version)
            take "$work/$package.deb.d/root$folder" "$package" "$version" "downloaded as ${deb##*/}" || give_up "$deb cannot be unpacked"
        fi
    else
        give_up 'neither installed nor is there an apt-get to download it'
    fi
done

left=$(missing "$new")
[ -z "$left" ] || give_up "${left% } could not be downloaded ($(grep -m 1 '^E:' "$work/log"))"

# Each file appears whole or not at all; the record comes last and says that all are there.
for file in "$new"/*.bin; do mv -f "$file" "$here/" || give_up "$here cannot be written"; done
sort -k 2 "$work/PROVENANCE" >"$work/sorted" && mv -f "$work/sorted" "$here/PROVENANCE" || give_up "$here cannot be written"
echo "firmware: $(wc -l <"$here/PROVENANCE") files from Debian's $(sed 's/.*  //; s/ (.*//' "$here/PROVENANCE" | sort -u | tr '\n' ' ')"
