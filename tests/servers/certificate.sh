#!/bin/bash
# certificate.sh DIR: an authority of its own, and a certificate by it for localhost and 127.0.0.1.
set -euo pipefail
mkdir -p "$1"
cd "$1"
[ -s cert.pem ] && exit 0
key=(-newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes)
openssl req -x509 "${key[@]}" -keyout ca.key -out ca.pem -days 30 -subj "/CN=authority of one test" 2>openssl.log
openssl req "${key[@]}" -keyout key.pem -out request.pem -subj "/CN=localhost" 2>>openssl.log
printf 'subjectAltName=DNS:localhost,IP:127.0.0.1\nbasicConstraints=CA:FALSE\n' >extensions
openssl x509 -req -in request.pem -CA ca.pem -CAkey ca.key -CAcreateserial -out cert.pem -days 30 -extfile extensions 2>>openssl.log
chmod 644 key.pem
