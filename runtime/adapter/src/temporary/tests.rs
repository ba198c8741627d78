use std::fs;

use super::*;

/// Room for eight blocks, in this folder.
fn room(place: &Path) -> Room {
    Room {
        dir: Dir::open_ambient_dir(place, cap_std::ambient_authority()).unwrap(),
        limit: 8 * BLOCK,
        left: Mutex::new(0),
        open: Mutex::default(),
        is_met: AtomicBool::new(false),
    }
}

fn write(path: &Path, blocks: usize) -> fs::File {
    fs::write(path, vec![1; blocks * 4096]).unwrap();
    fs::File::open(path).unwrap()
}

#[test]
fn room_ends_at_the_limit_and_comes_back_with_what_is_removed() {
    let place = tempfile::tempdir().unwrap();
    let room = room(place.path());
    let file = place.path().join("folder/file");
    fs::create_dir(place.path().join("folder")).unwrap();
    // A folder is a block at least.
    assert!(room.take(6 * BLOCK));
    write(&file, 6);
    assert!(room.take(1), "the last block");
    assert!(!room.is_met.load(Ordering::Relaxed));
    write(&place.path().join("small"), 1);
    assert!(!room.take(1), "a byte is a block");
    assert!(room.is_met.swap(false, Ordering::Relaxed));
    fs::remove_file(&file).unwrap();
    assert!(!room.take(7 * BLOCK) && room.take(6 * BLOCK));
}

#[cfg(unix)]
#[test]
fn removed_file_counts_while_it_is_open() {
    let place = tempfile::tempdir().unwrap();
    let room = room(place.path());
    let path = place.path().join("file");
    let file = File::new(write(&path, 8), FsPerms::ReadWrite, OpenMode::READ, false);
    room.opened(&file);
    fs::remove_file(&path).unwrap();
    assert!(!room.take(1));
    drop(file);
    assert!(room.take(8 * BLOCK));
}

#[cfg(unix)]
#[test]
fn folder_that_cannot_be_measured_counts_as_full() {
    let place = tempfile::tempdir().unwrap();
    let mut room = room(place.path());
    room.limit = u64::MAX;
    let mut dir = room.dir.try_clone().unwrap();
    // Longer than a path may be.
    let name = "n".repeat(250);
    for _ in 0..20 {
        dir.create_dir(&name).unwrap();
        dir = dir.open_dir(&name).unwrap();
    }
    assert!(!room.take(1));
}
