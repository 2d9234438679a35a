#!/bin/bash
# dovecot.sh start DIR IMAP IMAPS LMTP AUTH | stop DIR: see README.md beside this file.
set -euo pipefail
here=$(cd "$(dirname "$0")" && pwd)
action=$1
mkdir -p "$2"
dir=$(cd "$2" && pwd)

if [ "$action" = stop ]; then
    pid=$(cat "$dir/run/master.pid" 2>/dev/null) || exit 0
    kill "$pid" 2>/dev/null || exit 0
    for _ in $(seq 100); do
        kill -0 "$pid" 2>/dev/null || exit 0
        sleep 0.05
    done
    echo "dovecot $pid does not end" >&2
    exit 1
fi

imap=$3 imaps=$4 lmtp=$5 auth=$6
mkdir -p "$dir"/{mail,state,run}
"$here/certificate.sh" "$dir/tls"

# As root, mail belongs to a user of its own; as anybody else, everything runs as that user, without chroot.
if [ "$(id -u)" = 0 ]; then
    owner=mail internal=dovecot login=dovenull group=mail internal_group=dovecot rootless=
else
    owner=$(id -un) internal=$(id -un) login=$(id -un) group=$(id -gn) internal_group=$(id -gn) rootless=yes
fi
: >"$dir/users"
for user in desk alice bob staff; do
    echo "$user:{PLAIN}hunter2:$(id -u "$owner"):$(getent group "$group" | cut -d: -f3)::$dir/mail/$user::" >>"$dir/users"
    mkdir -p "$dir/mail/$user"
done
touch "$dir/extra.conf"
if [ -z "$rootless" ]; then
    chown -R "$owner:$group" "$dir/mail"
    chmod 755 "$dir"
    chmod 644 "$dir/users"
fi

cat >"$dir/dovecot.conf" <<CONF
base_dir = $dir/run
state_dir = $dir/state
instance_name = demarche-test-$imap
log_path = $dir/log
protocols = imap lmtp
listen = 127.0.0.1, 127.0.0.2
ssl = yes
ssl_cert = <$dir/tls/cert.pem
ssl_key = <$dir/tls/key.pem
disable_plaintext_auth = no
auth_mechanisms = plain login
auth_failure_delay = 0 secs
auth_username_format = %n
mail_location = maildir:%h/Maildir
mail_uid = $owner
mail_gid = $group
first_valid_uid = 1
default_internal_user = $internal
default_internal_group = $internal_group
default_login_user = $login
recipient_delimiter = +
namespace inbox {
  inbox = yes
  separator = /
}
passdb {
  driver = passwd-file
  args = username_format=%n $dir/users
}
userdb {
  driver = passwd-file
  args = username_format=%n $dir/users
}
service imap-login {
  ${rootless:+chroot =}
  inet_listener imap {
    port = $imap
  }
  inet_listener imaps {
    port = $imaps
    ssl = yes
  }
}
service lmtp {
  inet_listener lmtp {
    port = $lmtp
  }
}
service auth {
  inet_listener {
    port = $auth
  }
}
protocol lmtp {
  postmaster_address = postmaster@requests.example
}
CONF
if [ -n "$rootless" ]; then
    for service in anvil stats; do printf 'service %s {\n  chroot =\n}\n' "$service" >>"$dir/dovecot.conf"; done
fi
echo "!include $dir/extra.conf" >>"$dir/dovecot.conf"

# Its processes keep what they inherit open: whoever reads our output through a pipe would wait for them to end.
dovecot -c "$dir/dovecot.conf" >"$dir/start.log" 2>&1 || { cat "$dir/start.log" >&2; exit 1; }
for _ in $(seq 100); do
    (exec 3<>"/dev/tcp/127.0.0.1/$imap") 2>/dev/null && exit 0
    sleep 0.05
done
echo "dovecot does not listen:" >&2
tail -5 "$dir/log" >&2
exit 1
