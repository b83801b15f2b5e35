#!/bin/sh
# What scripts/sign-file does: $1: key and certificate, $2: the module, which gets signature, struct module_signature
# and magic at its end.
set -e
openssl cms -sign -binary -nocerts -noattr -md sha512 -outform DER -signer "$1" -inkey "$1" -in "$2" -out "$2.p7s"
length=$(wc -c < "$2.p7s")
cat "$2.p7s" >> "$2"
printf '\000\000\002\000\000\000\000\000\000\000' >> "$2"
printf "\\$(printf %03o $((length / 256)))\\$(printf %03o $((length % 256)))" >> "$2"
echo '~Module signature appended~' >> "$2"
rm "$2.p7s"
