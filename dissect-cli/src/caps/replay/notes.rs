//! What was amiss, and what was lost.

use super::{Lost, Oddity};
use crate::event::CapEvent;

/// What is amiss with one message: a few things at most.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Odd {
    /// From the front, so that behind a free place all are.
    list: [Option<Oddity>; 4],
}

impl Odd {
    pub(super) fn add(&mut self, oddity: Option<Oddity>) {
        if oddity.is_some()
            && let Some(free) = self.list.iter_mut().find(|place| place.is_none())
        {
            *free = oddity;
        }
    }

    pub(super) fn all(&self) -> impl Iterator<Item = Oddity> {
        self.list.iter().map_while(|oddity| *oddity)
    }

    /// The one that says most.
    pub(super) fn first(&self) -> Option<Oddity> {
        self.all().min_by_key(|oddity| oddity.kind())
    }
}

/// What was amiss and what was lost, in the order of the capture, a bounded number of each.
#[derive(Debug)]
pub(super) struct Notes {
    max_oddities: usize,
    max_lost: usize,
    pub(super) oddities: Vec<(CapEvent, Oddity)>,
    pub(super) counts: [u64; Oddity::KINDS],
    pub(super) lost: Vec<Lost>,
    pub(super) lost_total: u64,
}

impl Notes {
    pub(super) fn new(max_oddities: usize, max_lost: usize) -> Self {
        Notes {
            max_oddities,
            max_lost,
            oddities: Vec::new(),
            counts: [0; Oddity::KINDS],
            lost: Vec::new(),
            lost_total: 0,
        }
    }

    pub(super) fn oddity(&mut self, event: &CapEvent, oddity: Oddity) {
        let count = &mut self.counts[oddity.kind()];
        *count += 1;
        if *count <= self.max_oddities as u64 {
            self.oddities.push((*event, oddity));
        }
    }

    pub(super) fn lost(&mut self, lost: Lost) {
        self.lost_total += 1;
        if self.lost.len() < self.max_lost {
            self.lost.push(lost);
        }
    }
}
