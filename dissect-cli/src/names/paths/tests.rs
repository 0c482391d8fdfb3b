use super::*;

/// A file system whose names are told step by step; the time is a number that is given.
#[derive(Default)]
struct Told(Paths);

const ROOT: u64 = 1;
const DIR: u64 = 0x1000;
const FILE: u64 = 0x2000;
const OTHER: u64 = 0x2001;

impl Told {
    fn with(self, time: i64, dir: u64, name: &str, ino: u64, how: impl Fn(&mut Link<'_>)) -> Self {
        let (dir, ino, name) = (InodeNo(dir), InodeNo(ino), name.as_bytes());
        let time = Time(time);
        let mut link = Link { time, dir, name, ino, alone: true, made: false, primary: false };
        let mut told = self;
        how(&mut link);
        told.0.link(&link);
        told
    }

    /// A lookup finds the inode's only name.
    fn seen(self, time: i64, dir: u64, name: &str, ino: u64) -> Self {
        self.with(time, dir, name, ino, |_| {})
    }

    /// A lookup finds one of several.
    fn linked(self, time: i64, dir: u64, name: &str, ino: u64) -> Self {
        self.with(time, dir, name, ino, |link| link.alone = false)
    }

    /// The name is made.
    fn made(self, time: i64, dir: u64, name: &str, ino: u64) -> Self {
        self.with(time, dir, name, ino, |link| link.made = true)
    }

    fn gone(mut self, time: i64, dir: u64, name: &str) -> Self {
        self.0.unlink(Time(time), InodeNo(dir), name.as_bytes(), None);
        self
    }

    fn placed(mut self, time: i64, base: u64, path: &str, ino: u64, alone: Option<bool>) -> Self {
        let path = (InodeNo(base), path.as_bytes());
        self.0.place(Time(time), path, InodeNo(ino), alone);
        self
    }

    /// What is shown of an inode at these times.
    fn shown<const N: usize>(&self, ino: u64, times: [i64; N]) -> [String; N] {
        times.map(|at| self.0.shown(InodeNo(ino), Time(at)).unwrap_or_else(|| "?".to_owned()))
    }
}

#[test]
fn a_name_told_later_held_before() {
    let told = Told::default().seen(20, DIR, "f", FILE);
    assert_eq!(told.shown(FILE, [0, 20, 99]), ["#0x1000/f"; 3]);
    let told = told.seen(30, ROOT, "d", DIR);
    assert_eq!(told.shown(FILE, [0, 20, 99]), ["/d/f"; 3]);
    assert_eq!(told.shown(DIR, [0]), ["/d"]);
    assert_eq!(told.shown(OTHER, [0]), ["?"]);
}

#[test]
fn inodes_with_a_number_of_their_own() {
    let told = Told::default().seen(5, 0x600 + 13, "2000", FILE);
    assert_eq!(told.shown(1, [0]), ["/"]);
    assert_eq!(told.shown(0x102, [0]), ["~mds2"]);
    assert_eq!(told.shown(0x600, [0]), ["~mds0/stray0"]);
    assert_eq!(told.shown(FILE, [9]), ["~mds1/stray3/2000"]);
    assert_eq!(told.shown(0x600 + 2560, [0]), ["?"]);
}

#[test]
fn a_rename_ends_the_old_name() {
    let told = Told::default().seen(1, ROOT, "d", DIR).seen(2, DIR, "a", FILE);
    let told = told.made(10, ROOT, "b", FILE);
    assert_eq!(told.shown(FILE, [0, 9, 10, 99]), ["/d/a", "/d/a", "/b", "/b"]);
    assert_eq!(told.0.child(InodeNo(DIR), b"a"), None);
    let names: Vec<_> =
        told.0.history(InodeNo(FILE)).into_iter().map(|n| (n.path, n.from, n.until)).collect();
    let moved = Some(Time(10));
    assert_eq!(names, [("/d/a".to_owned(), None, moved), ("/b".to_owned(), moved, None)]);
}

#[test]
fn a_directory_takes_along_what_is_in_it() {
    let told = Told::default().seen(1, ROOT, "d", DIR).seen(2, DIR, "f", FILE);
    let told = told.made(10, ROOT, "e", DIR);
    assert_eq!(told.shown(FILE, [5, 15]), ["/d/f", "/e/f"]);
    let found = |path: &str| told.0.inodes(|p| p == path).collect::<Vec<_>>();
    assert_eq!(found("/d/f"), [InodeNo(FILE)]);
    assert_eq!(found("/e/f"), [InodeNo(FILE)]);
    assert_eq!(found("/e"), [InodeNo(DIR)]);
    assert_eq!(found("/f"), []);
}

#[test]
fn what_is_unlinked_is_marked() {
    let told = Told::default().seen(1, ROOT, "f", FILE).gone(10, ROOT, "f");
    assert_eq!(told.shown(FILE, [0, 9, 10, 99]), ["/f", "/f", "/f (deleted)", "/f (deleted)"]);
    assert_eq!(told.0.path(InodeNo(FILE), Time(99)).as_deref(), Some("/f"));
    // The name is given again.
    let told = told.made(20, ROOT, "f", OTHER);
    assert_eq!(told.shown(FILE, [5, 30]), ["/f", "/f (deleted)"]);
    assert_eq!(told.shown(OTHER, [30]), ["/f"]);
}

#[test]
fn a_deleted_directory_marks_what_was_in_it() {
    let told = Told::default().seen(1, ROOT, "d", DIR).seen(2, DIR, "f", FILE).gone(10, ROOT, "d");
    assert_eq!(told.shown(FILE, [9, 11]), ["/d/f", "/d/f (deleted)"]);
}

#[test]
fn a_name_taken_over_ends_what_it_stood_for() {
    let told = Told::default().seen(1, ROOT, "f", FILE).made(10, ROOT, "f", OTHER);
    assert_eq!(told.shown(FILE, [9, 10]), ["/f", "/f (deleted)"]);
    assert_eq!(told.shown(OTHER, [10]), ["/f"]);
}

#[test]
fn hard_links_stay_beside_each_other() {
    let told = Told::default().seen(1, ROOT, "a", FILE);
    let told = told.with(10, ROOT, "b", FILE, |link| (link.alone, link.made) = (false, true));
    assert_eq!(told.shown(FILE, [5, 15]), ["/a"; 2]);
    // The first is unlinked: the second is left.
    let told = told.gone(20, ROOT, "a");
    assert_eq!(told.shown(FILE, [5, 15, 25]), ["/a", "/a", "/b"]);
    let told = told.gone(30, ROOT, "b");
    assert_eq!(told.shown(FILE, [25, 35]), ["/b", "/b (deleted)"]);
}

#[test]
fn one_of_two_links_that_is_alone_by_now_ends_the_other() {
    let told = Told::default().linked(1, ROOT, "a", FILE).linked(2, ROOT, "b", FILE);
    let told = told.seen(10, ROOT, "b", FILE);
    assert_eq!(told.shown(FILE, [5, 15]), ["/a", "/b"]);
}

#[test]
fn the_name_under_which_an_inode_is_stored_comes_first() {
    let told = Told::default().linked(1, ROOT, "a", FILE).linked(2, ROOT, "b", FILE);
    let told = told.with(3, ROOT, "b", FILE, |link| {
        (link.alone, link.primary) = (false, true);
    });
    assert_eq!(told.shown(FILE, [1, 5]), ["/a", "/b"]);
    // It is stored elsewhere later.
    let told = told.with(9, DIR, "c", FILE, |link| {
        (link.alone, link.primary) = (false, true);
    });
    assert_eq!(told.shown(FILE, [5, 15]), ["/b", "#0x1000/c"]);
}

#[test]
fn what_is_older_than_what_is_known_changes_nothing() {
    let told = Told::default().made(10, ROOT, "f", FILE);
    let told = told.seen(5, ROOT, "f", OTHER).gone(5, ROOT, "f");
    assert_eq!(told.shown(FILE, [11]), ["/f"]);
}

#[test]
fn a_path_of_several_names_is_kept_until_better_is_known() {
    let told = Told::default().placed(5, ROOT, "a/b/c", FILE, Some(true));
    assert_eq!(told.shown(FILE, [5]), ["/a/b/c"]);
    // Below what is known already, the last name is enough.
    let told = Told::default().seen(1, ROOT, "a", DIR).placed(5, ROOT, "a/f", FILE, Some(true));
    assert_eq!(told.0.child(InodeNo(DIR), b"f"), Some(InodeNo(FILE)));
    assert_eq!(told.0.resolve(InodeNo(ROOT), b"a/f"), (Some(InodeNo(DIR)), Some(InodeNo(FILE))));
    assert_eq!(told.0.resolve(InodeNo(ROOT), b"a/g"), (Some(InodeNo(DIR)), None));
    assert_eq!(told.0.resolve(InodeNo(ROOT), b"x/g"), (None, None));
    assert_eq!(told.0.resolve(InodeNo(DIR), b""), (None, Some(InodeNo(DIR))));
}

#[test]
fn what_a_client_remembers_counts_less_than_what_a_server_said() {
    let told = Told::default().made(1, ROOT, "new", FILE).placed(5, ROOT, "old", FILE, None);
    assert_eq!(told.shown(FILE, [9]), ["/new"]);
    let told = Told::default().made(1, ROOT, "f", OTHER).placed(5, ROOT, "f", FILE, None);
    assert_eq!(told.shown(OTHER, [9]), ["/f"]);
    assert_eq!(told.shown(FILE, [9]), ["?"]);
}

#[test]
fn a_path_through_a_snapshot_names_no_live_inode() {
    for path in ["/s1/f", "d//s1/f", ".snap/s1/f", ".", "d/.."] {
        let told = Told::default().placed(5, ROOT, path, FILE, Some(true));
        assert_eq!(told.shown(FILE, [9]), ["?"], "{path}");
        assert_eq!(told.0.resolve(InodeNo(ROOT), path.as_bytes()), (None, None), "{path}");
    }
}

#[test]
fn a_circle_comes_to_an_end() {
    let told = Told::default().seen(1, DIR, "a", FILE).seen(2, FILE, "b", DIR);
    let [path] = told.shown(FILE, [9]);
    assert!(path.starts_with("#0x"), "{path}");
    assert_eq!(path.matches('/').count(), MAX_DEPTH);
}

#[test]
fn of_many_names_of_one_inode_the_last_are_remembered() {
    let mut told = Told::default();
    for time in 0..200 {
        told = told.made(time, ROOT, &format!("n{time}"), FILE);
    }
    assert_eq!(told.0.history(InodeNo(FILE)).len(), 64);
    assert_eq!(told.shown(FILE, [150, 199, 500]), ["/n150", "/n199", "/n199"]);
    // A name that was forgotten means nothing any more.
    assert_eq!(told.0.child(InodeNo(ROOT), b"n3"), None);
}

#[test]
fn there_is_room_for_so_many_and_no_more() {
    let mut told = Told(Paths::new(2));
    for (name, ino) in [("a", 10), ("b", 11), ("c", 12), ("a", 13)] {
        told = told.seen(ino, ROOT, name, ino as u64);
    }
    assert_eq!((told.0.len(), told.0.not_kept()), (2, 2));
    // The name is not taken for what it stood for before.
    assert_eq!(told.shown(10, [9, 99]), ["/a", "/a (deleted)"]);
    assert_eq!(told.shown(13, [99]), ["?"]);
}

/// The model: a tree as it is at every step, without what was not told.
mod model {
    use proptest::prelude::*;

    use super::*;

    #[derive(Clone, Debug)]
    enum Step {
        Make(u8, u8),
        Rename(u8, u8),
        Unlink(u8),
    }

    fn step() -> impl Strategy<Value = Step> {
        prop_oneof![
            (0..6_u8, 0..6_u8).prop_map(|(name, ino)| Step::Make(name, ino)),
            (0..6_u8, 0..6_u8).prop_map(|(from, to)| Step::Rename(from, to)),
            (0..6_u8).prop_map(Step::Unlink),
        ]
    }

    proptest! {
        /// Files are made, renamed over each other and unlinked in one directory; afterwards every one has at
        /// every moment the name that it had.
        #[test]
        fn every_moment_is_remembered(steps in proptest::collection::vec(step(), 1..40)) {
            let mut told = Told::default();
            let mut now: [Option<u8>; 6] = [None; 6];
            let mut was = vec![now];
            for (time, step) in (1..).zip(&steps) {
                let name = |n: u8| format!("n{n}");
                let ino = |i: u8| FILE + u64::from(i);
                match *step {
                    // An inode is made once only at a time.
                    Step::Make(n, i) if !now.contains(&Some(i)) => {
                        told = told.made(time, ROOT, &name(n), ino(i));
                        now[n as usize] = Some(i);
                    }
                    Step::Rename(from, to) if from != to && now[from as usize].is_some() => {
                        let i = now[from as usize].take().unwrap();
                        now[to as usize] = Some(i);
                        told = told.made(time, ROOT, &name(to), ino(i));
                    }
                    Step::Unlink(n) => {
                        now[n as usize] = None;
                        told = told.gone(time, ROOT, &name(n));
                    }
                    _ => {}
                }
                was.push(now);
            }
            for (time, now) in (0..).zip(&was) {
                for i in 0..6_u8 {
                    let [shown] = told.shown(FILE + u64::from(i), [time]);
                    match now.iter().position(|ino| *ino == Some(i)) {
                        Some(n) => prop_assert_eq!(shown, format!("/n{n}")),
                        None => prop_assert!(!shown.starts_with("/n") || shown.ends_with(" (deleted)")
                            // Made only later: the name that it will have.
                            || was[..=time as usize].iter().all(|w| !w.contains(&Some(i))), "{} {}", time, shown),
                    }
                }
            }
        }
    }
}
