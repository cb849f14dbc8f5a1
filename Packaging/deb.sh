#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
# Makes a Debian package of the files that `make install` installs: deb.sh FLAMEBACK FOLDER
# The package's maintainer is named by DEBFULLNAME and DEBEMAIL, as in Debian's own tools; without
# them it is the author of the last commit.
set -eu

binary=$1 folder=$2
version=$("$binary" --version | cut -d' ' -f2)
architecture=$(dpkg --print-architecture)
tree=$folder/tree
maintainer="${DEBFULLNAME:-$(git log -1 --format=%an)} <${DEBEMAIL:-$(git log -1 --format=%ae)}>"
date=$(date -R -u -d "@${SOURCE_DATE_EPOCH:-$(git log -1 --format=%ct)}")

rm -rf "$folder"
mkdir -p "$tree/DEBIAN" "$folder/debian" "$tree/usr/share/doc/flameback"
# Debian has a folder of its own for completions of zsh.
make --no-print-directory install DESTDIR="$tree" PREFIX=/usr \
  ZSH_FOLDER=/usr/share/zsh/vendor-completions
strip --strip-unneeded --remove-section=.comment --remove-section=.note "$tree/usr/bin/flameback"

install -D -m 644 /dev/stdin "$tree/usr/share/lintian/overrides/flameback" <<END
# The lists of files are read, to name the packages of hundreds of modules: dpkg-query would take seconds.
flameback: uses-dpkg-database-directly [usr/bin/flameback]
END

sed '/^ *Apache License$/,$d' LICENSE >"$tree/usr/share/doc/flameback/copyright"
cat >>"$tree/usr/share/doc/flameback/copyright" <<END
On Debian systems the full text of the Apache License, Version 2.0, is in
/usr/share/common-licenses/Apache-2.0, that of the GPL, Version 2, in
/usr/share/common-licenses/GPL-2, and the MIT license is:

$(sed -n '/Permission is hereby/,/SOFTWARE\./p' bpf/LICENSE)

Copyright: $(git log --reverse --format=%ad --date=format:%Y | head -1) the flameback developers
The Swift runtime and swift-argument-parser, which are linked in, are Copyright Apple Inc. and the
Swift project authors, under the Apache License, Version 2.0, with Runtime Library Exception.
END
gzip -9n >"$tree/usr/share/doc/flameback/changelog.gz" <<END
flameback ($version) unstable; urgency=medium

  * See https://keepachangelog.com: CHANGELOG.md of the sources.

 -- $maintainer  $date
END

# dpkg-shlibdeps needs a control file.
printf 'Source: flameback\n\nPackage: flameback\nArchitecture: any\n' >"$folder/debian/control"
depends=$(cd "$folder" && dpkg-shlibdeps -O tree/usr/bin/flameback | sed 's/shlibs:Depends=//')
cat >"$tree/DEBIAN/control" <<END
Package: flameback
Version: $version
Architecture: $architecture
Maintainer: $maintainer
Installed-Size: $(du -k -s "$tree/usr" | cut -f1)
Depends: $depends
Section: devel
Priority: optional
Description: CPU profiler: from a running program to a flame graph
 Samples processes, commands or the whole machine by eBPF, with whole stacks of
 programs that were built without frame pointers, and writes flame graphs (SVG,
 HTML), folded stacks, pprof and other formats.
 .
 Sampling needs root, or the capabilities CAP_BPF and CAP_PERFMON.
END
(cd "$tree" && find usr -type f -print0 | sort -z | xargs -0 md5sum >DEBIAN/md5sums)
chmod -R u=rwX,go=rX "$tree"
dpkg-deb --root-owner-group --build "$tree" "$folder/flameback_${version}_$architecture.deb"
