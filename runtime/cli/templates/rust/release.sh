#!/bin/sh
# Releases this adapter: builds, tests, seals, signs and pushes it.
#
#     sh release.sh registry.studio.lan/pipeline/my-adapter studio.key
#
# The key is one of `pyblish-endpoint adapters keys generate`; the tag is the version in Cargo.toml. More arguments go to
# `adapters push`, such as --password-file, --licence and --registry-user.
set -eu
[ $# -ge 2 ] || { echo "call it with REGISTRY/NAME and the file of a secret key" >&2; exit 64; }
name=$1
key=$(realpath "$2")
shift 2
cd "$(dirname "$0")"

# The paths of this machine would be part of the component, and every machine would build another file.
remap="--remap-path-prefix=${CARGO_HOME:-$HOME/.cargo}=/cargo --remap-path-prefix=$PWD=/my-adapter"
export CARGO_TARGET_WASM32_WASIP2_RUSTFLAGS="$remap"

# Builds my-adapter.wasm, seals it, and publishes with it.
cargo test --locked

version=$(sed -n 's/^version = "\(.*\)"$/\1/p' Cargo.toml)
exec "${PYBLISH_ENDPOINT:-pyblish-endpoint}" adapters push my-adapter.wasm "$name:$version" --sign "$key" "$@"
