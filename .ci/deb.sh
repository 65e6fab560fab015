#!/usr/bin/env bash
# Builds the Debian package and lives through its life in a Debian of its own: install, upgrade, remove, purge.
#
# .ci/deb.sh WORK: the folder for package and Debian, which is made once by debootstrap and copied for each run.
set -euo pipefail
cd "$(dirname "$0")/.."

work=$1
base=$work/debian-base.tar
root=$work/debian
packages=$work/packages

fail() {
  printf 'failed: %s\n' "$*" >&2
  exit 1
}

# Runs a command in the Debian; nothing there starts services, for systemd does not run in it.
inside() { chroot "$root" env -i PATH=/usr/sbin:/usr/bin:/sbin:/bin LC_ALL=C.UTF-8 DEBIAN_FRONTEND=noninteractive "$@"; }

# The same as the account of the service.
as_service() { inside setpriv --reuid seutu --regid seutu --clear-groups --no-new-privs "$@"; }

# dpkg with a package, whose complaints would be ours.
dpkg_inside() {
  inside dpkg "$@" >"$work/dpkg.log" 2>&1 || { cat "$work/dpkg.log"; fail "dpkg $*"; }
}

rm -rf "$packages"
mkdir -p "$packages"
SEUTU_DEB_OPTIONS=--fast SEUTU_REVISION=1 packaging/debian/build "$packages/" >/dev/null
SEUTU_DEB_OPTIONS=--fast SEUTU_REVISION=2 packaging/debian/build "$packages/" >/dev/null
first=$(basename "$packages"/*-1_*.deb)
second=$(basename "$packages"/*-2_*.deb)
lintian --tag-display-limit 0 --fail-on error,warning --suppress-tags initial-upload-closes-no-bugs \
  "$packages/$first" 2>&1 | grep -v '^running with root' || true
lintian --fail-on error,warning --suppress-tags initial-upload-closes-no-bugs "$packages/$first" >/dev/null 2>&1 ||
  fail "lintian"

if [[ ! -f $base ]]; then
  rm -rf "$root"
  debootstrap --variant=minbase --include=ca-certificates,systemd bookworm "$root" >"$work/debootstrap.log" 2>&1 ||
    { tail -n 20 "$work/debootstrap.log"; fail "debootstrap"; }
  rm -rf "$root/var/cache/apt/archives" "$root/var/lib/apt/lists"
  tar -C "$root" -cf "$base.part" . && mv "$base.part" "$base"
fi
rm -rf "$root"
mkdir -p "$root"
tar -C "$root" -xf "$base"
cp "$packages"/*.deb "$root/tmp/"

# Install: program, account, folder, unit, pages.
dpkg_inside -i "/tmp/$first"
inside seutu --version
[[ $(inside stat -c '%U:%G %a' /var/lib/seutu) == 'seutu:seutu 750' ]] || fail "/var/lib/seutu belongs to somebody else"
inside systemctl is-enabled seutu.service >/dev/null || fail "the service is not enabled"
inside systemctl is-enabled seutu.socket >/dev/null 2>&1 && fail "the socket is enabled, which would be in the service's way"
for file in usr/share/man/man1/seutu.1.gz usr/share/bash-completion/completions/seutu \
  usr/share/zsh/vendor-completions/_seutu usr/share/fish/vendor_completions.d/seutu.fish usr/share/seutu/systemd/closed.conf; do
  [[ -s $root/$file ]] || fail "$file is missing"
done
as_service seutu check >/dev/null || fail "seutu check, with the configuration of the package"
as_service seutu verify >/dev/null 2>&1 && fail "verify finds an archive before there is one"

# The service's own command, as its account: it makes the archive and answers. It reaches nobody from in here.
# A network of its own, so that no municipality is asked.
served() {
  local pid waited
  ip link set lo up
  mount -t proc proc "$root/proc"
  chroot "$root" env -i PATH=/usr/bin SEUTU_HTTP_LISTEN=127.0.0.1:8080 \
    setpriv --reuid seutu --regid seutu --clear-groups --no-new-privs \
    seutu run --config /etc/seutu/seutu.toml >"$work/run.log" 2>&1 &
  pid=$!
  for ((waited = 0; waited < 300; waited++)); do
    kill -0 "$pid" 2>/dev/null || return 1
    curl -fsS http://127.0.0.1:8080/healthz >/dev/null 2>&1 && break
    sleep 0.1
  done
  curl -fsS http://127.0.0.1:8080/healthz >/dev/null && kill -TERM "$pid" && wait "$pid"
}
export -f served
export root work
serve_once() { unshare --net --mount bash -c served || { cat "$work/run.log"; fail "seutu run in the new Debian"; }; }
serve_once
[[ -s $root/var/lib/seutu/archive.db ]] || fail "no archive in /var/lib/seutu"
made=$(sqlite3 "$root/var/lib/seutu/archive.db" "SELECT value FROM meta WHERE key = 'created_at'")

# Upgrade: what the administrator wrote stays, and so does the archive.
# The next version brings another configuration, too, which is laid beside; and it meets an archive of the first release.
sed -i 's#^contact = .*#contact = "https://hallinto.example/seutu"#' "$root/etc/seutu/seutu.toml"
rm -rf "$work/next"
dpkg-deb -R "$packages/$second" "$work/next"
printf '\n# A line of the next version.\n' >>"$work/next/etc/seutu/seutu.toml"
dpkg-deb --root-owner-group -b "$work/next" "$root/tmp/$second" >/dev/null
dpkg_inside --force-confold -i "/tmp/$second"
grep -q hallinto.example "$root/etc/seutu/seutu.toml" || fail "the upgrade took the administrator's configuration"
grep -q 'of the next version' "$root/etc/seutu/seutu.toml.dpkg-dist" || fail "the new configuration is nowhere"
serve_once
[[ $(sqlite3 "$root/var/lib/seutu/archive.db" "SELECT value FROM meta WHERE key = 'created_at'") == "$made" ]] ||
  fail "the upgrade made another archive"

mkdir "$root/var/lib/kept" && mv "$root"/var/lib/seutu/* "$root/var/lib/kept/"
sqlite3 "$root/var/lib/seutu/archive.db" <fixtures/archive/v1.sql
inside chown seutu:seutu /var/lib/seutu/archive.db
held() { sqlite3 "$root/var/lib/seutu/archive.db" "SELECT group_concat(uid || title || coalesce(decision, '')) FROM item; PRAGMA user_version"; }
before=$(held)
[[ -n $before && ${before##*$'\n'} == 1 ]] || fail "the archive of the first release"
serve_once
after=$(held)
[[ ${after%$'\n'*} == "${before%$'\n'*}" ]] || fail "the upgrade changed the items of an archive of the first release"
((${after##*$'\n'} > 1)) || fail "the upgrade did not bring an archive of the first release up to date"
rm -rf "$root"/var/lib/seutu/* && mv "$root"/var/lib/kept/* "$root/var/lib/seutu/" && rmdir "$root/var/lib/kept"

# Remove, purge: the configuration goes with the second, the archive with neither.
dpkg_inside -r seutu
[[ -f $root/etc/seutu/seutu.toml ]] || fail "removing took the configuration"
[[ ! -e $root/usr/bin/seutu && ! -e $root/usr/lib/systemd/system/seutu.service ]] || fail "removing left the program"
dpkg_inside -P seutu
[[ ! -e $root/etc/seutu ]] || fail "purging left /etc/seutu"
grep -q 'the archive in /var/lib/seutu is kept' "$work/dpkg.log" || fail "purging says nothing of the archive"
[[ -s $root/var/lib/seutu/archive.db ]] || fail "purging took the archive"

# And again, over the archive that was kept.
dpkg_inside -i "/tmp/$second"
as_service seutu verify >"$work/verify.txt" 2>&1 || { cat "$work/verify.txt"; fail "verify after a new installation"; }
rm -rf "$root"
printf 'installed, upgraded, removed, purged: %s\n' "$(stat -c %s "$packages/$first") bytes"
