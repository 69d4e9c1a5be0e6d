#!/bin/sh
# Make the passwords of compose.yaml in the folder given, readable to its owner alone; what is there
# stays. Containers have other users, so the files are readable and the folder is not.
set -eu
folder=${1:-"$(dirname "$0")/secrets"}
mkdir -p "$folder"
chmod 700 "$folder"

# Write a file of a name with the content given, unless there is one.
write() {
    [ -e "$folder/$1" ] || printf '%s\n' "$2" >"$folder/$1"
    chmod 644 "$folder/$1"
}

random() {
    openssl rand -hex 32
}

# Print the address of the database for a role whose password is in a file.
dsn() {
    printf 'host=/run/postgresql dbname=plant user=%s password=%s' "$1" "$(cat "$folder/$2")"
}

write cache_secret "$(random)"
write owner_password "$(random)"
write reader_password "$(random)"
write redis_conf "requirepass $(random)"
write owner_dsn "$(dsn owner owner_password)"
write reader_dsn "$(dsn ksys_reader reader_password)"
write redis_url "redis://:$(sed 's/requirepass //' "$folder/redis_conf")@redis:6379/0"
