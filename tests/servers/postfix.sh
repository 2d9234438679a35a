#!/bin/bash
# postfix.sh start DIR SMTP SMTPS LMTP AUTH | stop DIR: see README.md beside this file.
set -euo pipefail
here=$(cd "$(dirname "$0")" && pwd)
action=$1
mkdir -p "$2"
dir=$(cd "$2" && pwd)

if [ "$action" = stop ]; then
    [ -d "$dir/conf" ] || exit 0
    pid=$(tr -d ' ' <"$dir/queue/pid/master.pid" 2>/dev/null) || exit 0
    postfix -c "$dir/conf" stop >/dev/null 2>&1 || true
    for _ in $(seq 100); do
        kill -0 "$pid" 2>/dev/null || exit 0
        sleep 0.05
    done
    echo "postfix $pid does not end" >&2
    exit 1
fi

smtp=$3 smtps=$4 lmtp=$5 auth=$6
mkdir -p "$dir"/{conf,queue,data}
chmod 755 "$dir" "$dir/queue"
chown postfix "$dir/data"
"$here/certificate.sh" "$dir/tls"
touch "$dir/extra.cf"

cat - "$dir/extra.cf" >"$dir/conf/main.cf" <<CONF
compatibility_level = 3.6
queue_directory = $dir/queue
data_directory = $dir/data
multi_instance_name = postfix-demarche-test
multi_instance_enable = yes
maillog_file = $dir/log
maillog_file_prefixes = $dir
inet_interfaces = 127.0.0.1
inet_protocols = ipv4
disable_dns_lookups = yes
myhostname = mail.requests.example
mydestination =
alias_maps =
alias_database =
local_recipient_maps =
mynetworks = 127.0.0.0/8
recipient_delimiter = +
smtpd_tls_cert_file = $dir/tls/cert.pem
smtpd_tls_key_file = $dir/tls/key.pem
smtpd_tls_security_level = may
smtpd_sasl_auth_enable = yes
smtpd_sasl_type = dovecot
smtpd_sasl_path = inet:127.0.0.1:$auth
virtual_mailbox_domains = requests.example
virtual_mailbox_maps = static:ok
virtual_transport = lmtp:inet:127.0.0.1:$lmtp
default_transport = error:5.1.1 no such user
relay_transport = error:5.1.1 no such user
smtpd_reject_unlisted_recipient = no
CONF

# Debian's master.cf, but on our ports, without chroot, with a pick-up every second.
template=/usr/share/postfix/master.cf.dist
[ -r "$template" ] || template=/etc/postfix/master.cf
sed -E \
    -e "s/^smtp +inet .*/127.0.0.1:$smtp inet n - n - - smtpd/" \
    -e '/^[a-z]/s/^((\S+\s+){4})y\b/\1n/' \
    -e '/^pickup/s/60/1/' "$template" >"$dir/conf/master.cf"
printf '127.0.0.1:%s inet n - n - - smtpd -o smtpd_tls_wrappermode=yes\n' "$smtps" >>"$dir/conf/master.cf"

postfix -c "$dir/conf" start >"$dir/start.log" 2>&1 || { cat "$dir/start.log" >&2; exit 1; }
for _ in $(seq 100); do
    (exec 3<>"/dev/tcp/127.0.0.1/$smtp") 2>/dev/null && exit 0
    sleep 0.05
done
echo "postfix does not listen:" >&2
tail -5 "$dir/log" >&2
exit 1
