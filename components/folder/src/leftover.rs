//! Files that programs leave beside their work: temporary files, locks, backups, and what systems
//! keep in folders. They are never published.

/// Patterns of names, in lower case, with `*` for any text, `?` for a character and `#` for one
/// digit or more.
const PATTERNS: &[&str] = &[
    // Hidden files; also macOS's `._name` and `.DS_Store`, and NFS's `.nfs…`.
    ".*",
    // Editors and shells.
    "*~",
    "*.tmp",
    "*.temp",
    "*.tmp.*",
    "*.bak",
    "*.bak#",
    "*.old",
    "*.orig",
    "*.swp",
    "*.swo",
    "*.swx",
    "#*#",
    "*.rej",
    "*.lock",
    "*.lck",
    "*.lk",
    "*.pid",
    "core.#",
    "*.stackdump",
    // Office.
    "~$*",
    "*.~lock.*",
    "~*.tmp",
    "*.wbk",
    "*.asd",
    // Downloads and copies under way.
    "*.part",
    "*.partial",
    "*.crdownload",
    "*.download",
    "*.filepart",
    "*.!ut",
    "*.aria2",
    "*.aspera-ckpt",
    "*.opdownload",
    "*.inprogress",
    "*.incomplete",
    "*.rsync-partial",
    "*.unfinished",
    "*.uploading",
    "*.syncing",
    // Windows, macOS and network disks.
    "thumbs.db",
    "thumbs.db:encryptable",
    "ehthumbs.db",
    "ehthumbs_vista.db",
    "desktop.ini",
    "icon\r",
    "*:zone.identifier",
    "*.lnk",
    "$recycle.bin",
    "__macosx",
    "@eadir",
    "*@syno*",
    "*.sb-*-??????",
    "*.icloud",
    "sync.ffs_db",
    "*.ffs_lock",
    "*.ffs_tmp",
    "*(conflicted copy*",
    "* conflicted copy *",
    "*.sync-conflict-*",
    "*.dropbox.attr",
    // Blender.
    "*.blend#",
    "*.blend@",
    "quit.blend",
    "*.blend.lock",
    // Maya.
    "*.ma.swatches",
    "*.mb.swatches",
    "*.ma.lock",
    "*.mb.lock",
    "*.swatch",
    "*.mayaswatches",
    "mayacrash*.ma",
    "mayacrash*.mb",
    "*.ma.#",
    "*.mb.#",
    // Nuke.
    "*.nk~",
    "*.nk.autosave",
    "*.nk.autosave#",
    "*.hrox.autosave",
    "*.nk.lck",
    "*.nkbak",
    // Houdini.
    "*.hip_bak#",
    "*.hip_bak#.*",
    "*_bak#.hip",
    "*_bak#.hipnc",
    "*_bak#.hiplc",
    "*.hip.autosave",
    "crash.*.hip",
    "crash.*.hipnc",
    "*.hip.tmp",
    // 3ds Max, Cinema 4D, Modo, ZBrush, Substance.
    "autobackup#.max",
    "maxback.bak",
    "*.c4d.lock",
    "*@backup_*.c4d",
    "*.lxo.lock",
    "*.lxo_backup",
    "quicksave*.zpr",
    "*.spp.lock",
    "*.spp.painter_lock",
    "*_autosave.spp",
    "*_autosave_#.spp",
    "*.sbs.autosave",
    "*.spp.bak*",
    // Adobe, Krita, GIMP, Affinity.
    "*.psd.tmp",
    "*.idlk",
    "*.prlock",
    "*.aep.lock",
    "*_autosave*.aep",
    "*.psdtmp",
    "*.kra-autosave.kra",
    ".*-autosave.kra",
    "*.kra~",
    "*.fcstd#",
    "*auto-save*.aep",
    "*.aep auto-save",
    "*.xcf~",
    "*.afphoto~lock~",
    "*.af*~lock~",
    // Katana, Unreal, Unity, Resolve, others.
    "*.katana.bak",
    "*.katana.lock",
    "*.uasset.tmp",
    "*.drp.lock",
    "*.mocha.autosave",
    "*.sfx.lock",
    "*.autosave",
    "*.autosav",
    "*.autorecover",
    "*.recover",
    "*.crash",
    "*.dmp",
    // Renderers that write a frame.
    "*.exr.tmp*",
    "*.rendering",
    "*.rrtemp",
    "*.rrtempfile",
    "*.tx.lock",
    "*.exr.lock",
    "*.mplay.lock",
];

/// Whether a file with this name is left out; `more` are patterns of the studio.
pub fn is_leftover(name: &str, more: &[String]) -> bool {
    let lower = name.to_lowercase();
    let more = more.iter().map(|pattern| pattern.to_lowercase());
    let mut studio = more.filter(|pattern| !pattern.is_empty());
    PATTERNS.iter().any(|pattern| fits(pattern, &lower))
        || studio.any(|pattern| fits(&pattern, &lower))
}

/// Whether a text fits a pattern with `*`, `?` and `#` as a whole.
pub fn fits(pattern: &str, text: &str) -> bool {
    // Most names already differ at an end, and an inbox has thousands of them.
    let is_mark = |c: char| matches!(c, '*' | '?' | '#');
    let end = pattern.rfind(is_mark).map_or(0, |at| at + 1);
    if !text.ends_with(&pattern[end..])
        || !text.starts_with(&pattern[..pattern.find(is_mark).unwrap_or(pattern.len())])
    {
        return false;
    }
    let (pattern, text): (Vec<char>, Vec<char>) =
        (pattern.chars().collect(), text.chars().collect());
    // Each row says which starts of the text fit the pattern so far.
    let mut row = vec![false; text.len() + 1];
    row[0] = true;
    for (at, mark) in pattern.iter().enumerate() {
        let mut next = vec![false; text.len() + 1];
        // A `#` at an end or beside another is a plain character: `#notes#`.
        let is_number = *mark == '#' && at > 0 && pattern[at - 1] != '*';
        next[0] = row[0] && *mark == '*';
        for (place, c) in text.iter().enumerate() {
            next[place + 1] = match mark {
                '*' => row[place + 1] || next[place],
                '?' => row[place],
                '#' if is_number => c.is_ascii_digit() && (row[place] || next[place]),
                _ => row[place] && mark == c,
            };
        }
        row = next;
    }
    row[text.len()]
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn leftovers_of_programs_are_known() {
        for name in [
            ".hidden",
            "a~",
            "a.TMP",
            "b.part",
            "c.crdownload",
            ".x.swp",
            "Thumbs.db",
            "desktop.ini",
            "~$report.docx",
            "scene.blend1",
            "scene.blend32",
            "a.partial",
            "hero.blend@",
            "plate.1003.exr.lock",
            "Icon\r",
            "hero.exr:Zone.Identifier",
            "comp.nk.lck",
            "#notes.txt#",
            "hero.nk.autosave",
            "hero.ma.swatches",
            "core.12345",
            "hero.psd.sb-1234abcd-AbCdEf",
            "hero.psd.sb-1234-AbCdEf",
            "shot_bak12.hip",
            "hero.hip_bak1.tmp",
            "notes (conflicted copy 2024).txt",
            "~hero.idlk",
            "hero.FCStd1",
            "hero auto-save 1.aep",
            "hero.0001.exr.rrtemp",
            "hero.png.icloud",
            "sync.ffs_db",
            "hero_autosave.spp",
        ] {
            assert!(is_leftover(name, &[]), "{name}");
        }
        for name in [
            "a.png",
            "tmp.png",
            "scene.blend",
            "partial.exr",
            "a.b",
            "core.png",
            "lock.exr",
            "backup.ma",
            "hero.1001.exr",
            "blend1.png",
            "#1.png",
            "autosave.png",
        ] {
            assert!(!is_leftover(name, &[]), "{name}");
        }
    }

    #[test]
    fn a_studio_adds_its_own() {
        let more = ["*.Review.mov".to_owned(), "old_*".to_owned(), String::new()];
        assert!(is_leftover("hero.review.MOV", &more) && is_leftover("OLD_hero.png", &more));
        assert!(!is_leftover("hero.mov", &more) && !is_leftover("", &more));
    }

    #[test]
    fn a_pattern_fits_a_whole_name() {
        for (pattern, text, expected) in [
            ("*", "", true),
            ("a*c", "abbc", true),
            ("a?c", "abbc", false),
            ("core.#", "core.12", true),
            ("core.#", "core.", false),
            ("core.#", "core.1a", false),
            ("*.blend#", "a.b.blend10", true),
            ("#*#", "#a#", true),
            ("#*#", "1a2", false),
            ("ä?", "äß", true),
        ] {
            assert_eq!(fits(pattern, text), expected, "{pattern} {text}");
        }
    }
}
