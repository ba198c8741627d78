//! A large farm.

use crate::many::play;

#[test]
#[ignore = "takes minutes: cargo xtask test --farm"]
fn large_farm_loses_nothing() {
    play(200, 10_000);
}
