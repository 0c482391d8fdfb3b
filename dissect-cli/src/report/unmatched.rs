//! What was asked for and is not in a capture, and what there is instead: an empty output alone does not say
//! whether nothing happened, or whether something else was meant.

use std::cmp::Reverse;
use std::collections::{BTreeMap, BTreeSet, HashSet};

use ceph_codec::types::{InodeNo, Rank};

use crate::caps::timeline::Filter;
use crate::event::Event;
use crate::names::Glob;
use crate::pipeline::Pipeline;
use crate::place::Time;

/// Names that are offered instead, 3.
const NEAR: usize = 3;
/// How like a name has to be to be offered, from 0 to 1.
const LIKE: f64 = 0.75;

/// Bounds of what is counted and compared.
#[derive(Clone, Copy, Debug)]
pub struct Limits {
    /// Inodes that are counted, 1,048,576. Beyond: there are more than that.
    pub inodes: usize,
    /// Names that are compared to offer some, 100,000. Beyond: none are offered.
    pub compared: usize,
}

impl Default for Limits {
    fn default() -> Self {
        Limits { inodes: 1 << 20, compared: 100_000 }
    }
}

/// Takes note of the inodes that a capture speaks of, if any are asked for.
#[derive(Clone, Debug, Default)]
pub struct Spoken {
    limits: Limits,
    asked: BTreeMap<InodeNo, bool>,
    inodes: HashSet<InodeNo>,
    more: bool,
}

/// Something that was asked for and is not there.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Unmatched {
    /// Nothing happened to this inode.
    Inode {
        /// It.
        ino: InodeNo,
        /// How many inodes there are instead.
        inodes: usize,
        /// There are more than were counted.
        more: bool,
    },
    /// No inode has or had such a path.
    Path {
        /// What was asked for.
        path: Glob,
        /// How many names are known.
        known: usize,
        /// Those most like it.
        near: Vec<String>,
    },
    /// There is no such client.
    Client {
        /// Its global id.
        id: u64,
        /// Those that there are.
        clients: BTreeSet<u64>,
    },
    /// There is no such rank.
    Rank {
        /// It.
        rank: Rank,
        /// Those that there are.
        ranks: BTreeSet<Rank>,
    },
    /// The time selected ends before it begins.
    Backwards {
        /// Its beginning.
        since: Time,
        /// Its end.
        until: Time,
    },
    /// A time is not in the capture, and nothing lies on that side of it.
    Outside {
        /// The option that says it.
        option: &'static str,
        /// The time.
        time: Time,
        /// The capture's first and last moment.
        span: (Time, Time),
    },
}

impl Spoken {
    /// For what `filter` selects.
    pub fn new(filter: &Filter) -> Spoken {
        let asked = filter.inodes.iter().map(|ino| (*ino, false)).collect();
        Spoken { asked, ..Spoken::default() }
    }

    /// With other bounds.
    #[must_use]
    pub fn with_limits(self, limits: Limits) -> Spoken {
        Spoken { limits, ..self }
    }

    /// Takes the next event.
    pub fn push(&mut self, event: &Event) {
        if self.asked.is_empty() {
            return;
        }
        let inodes = match event {
            Event::Cap(event) => [Some(event.ino), None],
            Event::Request(event) => [event.ino, event.dir],
            Event::Move(event) => [Some(event.tree.ino), None],
            _ => [None, None],
        };
        for ino in inodes.into_iter().flatten() {
            if let Some(met) = self.asked.get_mut(&ino) {
                *met = true;
            }
            match self.inodes.len() < self.limits.inodes {
                true => _ = self.inodes.insert(ino),
                false => self.more |= !self.inodes.contains(&ino),
            }
        }
    }

    /// What `filter` selects and is not there, in a capture that goes from one moment to another.
    pub fn unmatched(
        &self,
        filter: &Filter,
        pipeline: &Pipeline,
        span: (Time, Time),
    ) -> Vec<Unmatched> {
        let mut unmatched = Vec::new();
        for (ino, _) in self.asked.iter().filter(|(_, met)| !**met) {
            let (inodes, more) = (self.inodes.len(), self.more);
            unmatched.push(Unmatched::Inode { ino: *ino, inodes, more });
        }
        let paths = pipeline.names().paths();
        for path in &filter.paths {
            if paths.inodes(|known| path.matches(known)).next().is_none() {
                let near = if paths.len() > self.limits.compared {
                    Vec::new()
                } else {
                    near(path, pipeline)
                };
                unmatched.push(Unmatched::Path { path: path.clone(), known: paths.len(), near });
            }
        }
        let (clients, ranks) = parties(pipeline);
        for id in filter.clients.difference(&clients) {
            unmatched.push(Unmatched::Client { id: *id, clients: clients.clone() });
        }
        for rank in filter.ranks.difference(&ranks) {
            unmatched.push(Unmatched::Rank { rank: *rank, ranks: ranks.clone() });
        }
        if let (Some(since), Some(until)) = (filter.since, filter.until)
            && since > until
        {
            unmatched.push(Unmatched::Backwards { since, until });
        } else {
            let since = filter.since.filter(|since| *since > span.1);
            unmatched.extend(since.map(|time| Unmatched::Outside {
                option: "--since",
                time,
                span,
            }));
            let until = filter.until.filter(|until| *until < span.0);
            unmatched.extend(until.map(|time| Unmatched::Outside {
                option: "--until",
                time,
                span,
            }));
        }
        unmatched
    }
}

impl Unmatched {
    /// A moment, as `option` says it, that is not in the capture.
    pub fn outside(option: &'static str, time: Time, span: (Time, Time)) -> Option<Unmatched> {
        (time < span.0 || time > span.1).then_some(Unmatched::Outside { option, time, span })
    }
}

/// The clients and ranks that a capture has.
fn parties(pipeline: &Pipeline) -> (BTreeSet<u64>, BTreeSet<Rank>) {
    let (names, links) = (pipeline.names(), pipeline.links());
    let said = names.clients().settled(pipeline.who());
    let mut clients: BTreeSet<_> = said.iter().map(|(id, _)| id).collect();
    clients.extend(links.iter().filter_map(|link| link.ends.client));
    let systems = names.ranks().systems().iter();
    let mut ranks: BTreeSet<_> = systems.flat_map(|fs| fs.ranks().map(|(rank, _)| rank)).collect();
    ranks.extend(links.iter().filter_map(|link| link.ends.mds));
    (clients, ranks)
}

/// The paths most like one that is not known.
fn near(path: &Glob, pipeline: &Pipeline) -> Vec<String> {
    let asked = path.to_string();
    let last = |path: &str| path.rsplit('/').find(|name| !name.is_empty()).map(str::to_owned);
    let name = last(&asked).unwrap_or_default();
    let paths = pipeline.names().paths();
    let seen: BTreeSet<String> =
        paths.inodes(|_| true).flat_map(|ino| paths.history(ino)).map(|named| named.path).collect();
    let likeness = |known: &str| {
        let whole = strsim::jaro_winkler(&asked, known);
        // The right name in the wrong directory is near too.
        let same = last(known).is_some_and(|known| known == name);
        if same { whole.max(LIKE) } else { whole }
    };
    let per_mille = |likeness: f64| (likeness * 1000.0) as u32;
    let mut near: Vec<_> = seen
        .into_iter()
        .map(|known| (Reverse(per_mille(likeness(&known))), known))
        .filter(|(Reverse(like), _)| *like >= per_mille(LIKE))
        .collect();
    near.sort();
    near.into_iter().take(NEAR).map(|(_, known)| known).collect()
}

#[cfg(test)]
mod tests {
    use std::io::{Cursor, Read};
    use std::ops::ControlFlow;

    use fixtures::msgr::Protocol;
    use fixtures::scene::Scene;

    use super::*;
    use crate::capture::Capture;
    use crate::pipeline::News;

    /// What is not there of an inode and a path, in a capture with four others.
    fn told(limits: Limits) -> Vec<Unmatched> {
        let mut scene = Scene::new(Protocol::V1);
        scene.open(4100, 0);
        for (name, ino) in [("here", 0x1000), ("there", 0x1001), ("where", 0x1002)] {
            scene.lookup(4100, 0, (1, name), ino, "pAsLsXs");
        }
        let file = fixtures::pcap::write(&scene.finish().packets, &Default::default());
        let reader: Box<dyn Read + Send> = Box::new(Cursor::new(file));
        let mut capture = Capture::from_readers([("story".to_owned(), reader)], Default::default());
        let filter = Filter {
            inodes: [InodeNo(0x5000)].into(),
            paths: vec!["/wherever".parse().unwrap()],
            ..Filter::default()
        };
        let mut spoken = Spoken::new(&filter).with_limits(limits);
        let mut pipeline = Pipeline::default();
        pipeline.run(&mut capture, |_| ControlFlow::Continue(()), &mut |news, _, _| {
            if let News::Event(event, ..) = news {
                spoken.push(event);
            }
        });
        spoken.unmatched(&filter, &pipeline, (Time(0), Time(i64::MAX)))
    }

    #[test]
    fn beyond_the_bounds_there_are_more_and_nothing_is_offered() {
        let of = |inodes, compared| {
            let told = told(Limits { inodes, compared });
            let [Unmatched::Inode { inodes, more, .. }, Unmatched::Path { known, near, .. }] =
                &told[..]
            else {
                panic!("{told:?}")
            };
            assert_eq!(*known, 3);
            (*inodes, *more, near.iter().any(|near| near == "/where"))
        };
        // The directory counts as well.
        assert_eq!(of(4, 3), (4, false, true));
        assert_eq!(of(3, 3), (3, true, true));
        assert_eq!(of(4, 2), (4, false, false));
    }
}
