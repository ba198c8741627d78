//! The files of running hosts.

use pyblish_hosts::RunningHost;

/// A file that was read can be shown, and is the same when it is written and read again.
pub fn run_file(bytes: &[u8]) {
    let Ok(host) = serde_json::from_slice::<RunningHost>(bytes) else {
        return;
    };
    assert!(host.to_string().contains("--pid"));
    let text = serde_json::to_string(&host).expect("it is text and numbers");
    let again: RunningHost = serde_json::from_str(&text).expect("it was written by us");
    assert_eq!(again, host);
}
