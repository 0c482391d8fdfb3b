//! Which packets of a capture carry some of its messages, and which are needed to read those.

use std::collections::{HashMap, VecDeque};
use std::net::SocketAddr;

use ceph_codec::message::MessageType;

use crate::capture::Packet;
use crate::net::Segment;
use crate::pipeline::Front;
use crate::place::Place;
use crate::session::{Protection, Spoken, Talk};
use crate::stream::{ConnId, End, Opening, StreamEvent, What};

/// Bounds of a [`Keeper`].
#[derive(Clone, Copy, Debug)]
pub struct Limits {
    /// Packets kept of the beginning of a connection, 128: handshakes take about 30. Beyond: its first messages
    /// may be missing.
    pub max_opening: usize,
    /// Packets of one direction that a message may be spread over, 65,536: more than the longest that is read
    /// has. Beyond: its first ones are not kept.
    pub max_carriers: usize,
}

impl Default for Limits {
    fn default() -> Self {
        Limits { max_opening: 128, max_carriers: 1 << 16 }
    }
}

/// Packets to be kept, a bit for each of the capture.
#[derive(Clone, Debug, Default)]
pub struct Kept {
    files: Vec<Vec<u64>>,
}

impl Kept {
    /// Keeps this one too.
    pub fn add(&mut self, place: Place) {
        let (file, word) = (place.file as usize, (place.frame / 64) as usize);
        if self.files.len() <= file {
            self.files.resize_with(file + 1, Vec::new);
        }
        if let Some(bits) = self.files.get_mut(file) {
            if bits.len() <= word {
                bits.resize(word + 1, 0);
            }
            if let Some(bits) = bits.get_mut(word) {
                *bits |= 1 << (place.frame % 64);
            }
        }
    }

    /// Whether it is kept.
    pub fn has(&self, place: Place) -> bool {
        let bits = self.files.get(place.file as usize);
        let word = bits.and_then(|bits| bits.get((place.frame / 64) as usize));
        word.is_some_and(|word| word & 1 << (place.frame % 64) != 0)
    }

    /// How many.
    pub fn count(&self) -> u64 {
        self.files.iter().flatten().map(|word| u64::from(word.count_ones())).sum()
    }
}

/// Packets of the other end that are kept behind a message, 2: they acknowledge it, so that a reader need not wait
/// for what the gap in front of it was.
const ANSWERS: u8 = 2;

/// Reads a capture and keeps the packets that carry chosen messages, and those that acknowledge them; of the connections of these also the
/// beginning, up to the first message of each end, and the end. So what is kept can be read again. Pieces of IP
/// datagrams are kept all, and the maps that tell which rank is where.
pub struct Keeper {
    front: Front,
    tracks: Tracks,
}

/// What is remembered of the connections.
#[derive(Default)]
struct Tracks {
    limits: Limits,
    kept: Kept,
    conns: HashMap<ConnId, Conn>,
    /// By the two ends, the smaller address first: the connection that is beginning between them.
    beginnings: HashMap<(SocketAddr, SocketAddr), Beginning>,
    /// By sender and receiver: how many packets more to keep.
    answers: HashMap<(SocketAddr, SocketAddr), u8>,
}

#[derive(Default)]
struct Conn {
    chosen: bool,
    /// The packets with which it began, and those with which it ended.
    frame: Vec<Place>,
    carriers: [Carriers; 2],
    opening: Option<Opening>,
}

/// The packets that carried a direction's bytes: up to which offset, and which one.
type Carriers = VecDeque<(u64, Place)>;

#[derive(Default)]
struct Beginning {
    places: Vec<Place>,
    conn: Option<ConnId>,
    /// Which ends have said a first message.
    spoke: [bool; 2],
    /// The connection has ended.
    over: bool,
}

impl Beginning {
    fn is_done(&self) -> bool {
        self.over || self.spoke == [true; 2]
    }
}

impl Default for Keeper {
    fn default() -> Self {
        Keeper::new(Limits::default())
    }
}

impl Keeper {
    /// With these bounds.
    pub fn new(limits: Limits) -> Self {
        // All messages are looked at as a whole: else nobody knows where they end.
        let front = Front::new(|_| true);
        Keeper { front, tracks: Tracks { limits, ..Tracks::default() } }
    }

    /// Takes the next packet; `choose` is asked for each message that it completes.
    pub fn push(&mut self, packet: &Packet<'_>, choose: &mut impl FnMut(&Spoken<'_>) -> bool) {
        let Keeper { front: Front { net, streams, sessions }, tracks } = self;
        let pieces = net.stats().fragments;
        net.push(packet, &mut |segment| {
            tracks.segment(&segment);
            streams.push(&segment, &mut |event| {
                let talk = sessions.talk(event.conn);
                let is = |of: fn(&Talk) -> bool| talk.is_some_and(of);
                let room = match () {
                    () if is(|talk| talk.protection() == Protection::Secure) => 0,
                    () if is(|talk| talk.messenger.is_some()) => tracks.limits.max_carriers,
                    // Whether it is one of Ceph's will show with its first bytes.
                    () => tracks.limits.max_opening,
                };
                tracks.event(&event, room);
                sessions.push(&event, &mut |spoken, _| tracks.said(&spoken, choose));
            });
            streams.let_go(|conn| {
                let known = sessions.close(conn);
                if !known {
                    tracks.forget(conn);
                }
                known
            });
        });
        if net.stats().fragments != pieces {
            tracks.kept.add(packet.place);
        }
    }

    /// Keeps a packet for another reason.
    pub fn add(&mut self, place: Place) {
        self.tracks.kept.add(place);
    }

    /// To be called behind the last packet.
    pub fn finish(mut self, choose: &mut impl FnMut(&Spoken<'_>) -> bool) -> Kept {
        let Keeper { front: Front { net, streams, sessions }, tracks } = &mut self;
        net.finish();
        streams.finish(&mut |event| {
            tracks.event(&event, tracks.limits.max_carriers);
            sessions.push(&event, &mut |spoken, _| tracks.said(&spoken, choose));
        });
        self.tracks.finish()
    }
}

impl Tracks {
    /// A packet of a connection: while that begins, it is remembered.
    fn segment(&mut self, segment: &Segment<'_>) {
        let way = (segment.src, segment.dst);
        if let Some(left) = self.answers.get_mut(&way) {
            self.kept.add(segment.place);
            *left -= 1;
            if *left == 0 {
                self.answers.remove(&way);
            }
        }
        let ends = ordered(segment.src, segment.dst);
        let beginning = self.beginnings.entry(ends).or_default();
        let opens = segment.flags.syn && !segment.flags.ack;
        if opens && beginning.is_done() {
            let before = std::mem::take(beginning);
            retire(&mut self.conns, before);
        }
        let Some(beginning) = self.beginnings.get_mut(&ends) else { return };
        if !beginning.is_done() && beginning.places.len() < self.limits.max_opening {
            beginning.places.push(segment.place);
        }
    }

    /// A direction goes on; so many packets of it are remembered.
    fn event(&mut self, event: &StreamEvent<'_>, room: usize) {
        let ends = ordered(event.opening.a, event.opening.b);
        let conn = self.conns.entry(event.conn).or_default();
        conn.opening = Some(event.opening);
        if let Some(beginning) = self.beginnings.get_mut(&ends) {
            match beginning.conn {
                // The ports are used again, and nobody saw the opening.
                Some(before) if before < event.conn => {
                    let places = vec![event.seen];
                    let new = Beginning { places, conn: Some(event.conn), ..Beginning::default() };
                    let before = std::mem::replace(beginning, new);
                    retire(&mut self.conns, before);
                }
                Some(_) => {}
                None => beginning.conn = Some(event.conn),
            }
        }
        let Some(conn) = self.conns.get_mut(&event.conn) else { return };
        match event.what {
            What::Bytes(bytes) => {
                let carriers = &mut conn.carriers[event.dir as usize];
                carriers.push_back((event.offset + bytes.len() as u64, event.seen));
                while carriers.len() > room {
                    carriers.pop_front();
                }
            }
            What::Gap(_) => {}
            What::End(end) => {
                if matches!(end, End::Fin | End::Reset) {
                    conn.frame.push(event.seen);
                }
                if let Some(beginning) = self.beginnings.get_mut(&ends)
                    && beginning.conn == Some(event.conn)
                {
                    beginning.over = true;
                }
            }
        }
    }

    fn said(&mut self, spoken: &Spoken<'_>, choose: &mut impl FnMut(&Spoken<'_>) -> bool) {
        let Some(conn) = self.conns.get_mut(&spoken.conn) else { return };
        let header = spoken.header();
        if header.is_some()
            && let Some(Opening { a, b, .. }) = conn.opening
            && let Some(beginning) = self.beginnings.get_mut(&ordered(a, b))
            && beginning.conn == Some(spoken.conn)
        {
            beginning.spoke[spoken.dir as usize] = true;
        }
        let is_map = header.is_some_and(|header| header.kind == MessageType::MDS_MAP);
        let wanted = header.is_some() && (choose(spoken) || is_map);
        conn.chosen |= wanted;
        let carriers = &mut conn.carriers[spoken.dir as usize];
        let end = spoken.offset + spoken.bytes.len() as u64;
        if wanted {
            self.kept.add(spoken.place);
            if let Some(opening) = conn.opening {
                let (from, to) = (opening.src(spoken.dir), opening.src(spoken.dir.flip()));
                self.answers.insert((to, from), ANSWERS);
            }
        }
        // A packet that carries the end of one message and the beginning of the next stays for that.
        while let Some((until, place)) = carriers.front() {
            if wanted && *until > spoken.offset {
                self.kept.add(*place);
            }
            if *until > end {
                break;
            }
            carriers.pop_front();
        }
    }

    /// It was none of Ceph's.
    fn forget(&mut self, conn: ConnId) {
        let Some(opening) = self.conns.remove(&conn).and_then(|conn| conn.opening) else { return };
        let ends = ordered(opening.a, opening.b);
        if self.beginnings.get(&ends).is_some_and(|beginning| beginning.conn == Some(conn)) {
            self.beginnings.remove(&ends);
        }
    }

    fn finish(mut self) -> Kept {
        for (_, beginning) in self.beginnings.drain() {
            retire(&mut self.conns, beginning);
        }
        for conn in self.conns.values().filter(|conn| conn.chosen) {
            for place in &conn.frame {
                self.kept.add(*place);
            }
        }
        self.kept
    }
}

/// A connection has begun.
fn retire(conns: &mut HashMap<ConnId, Conn>, beginning: Beginning) {
    if let Some(conn) = beginning.conn.and_then(|conn| conns.get_mut(&conn)) {
        conn.frame.extend(beginning.places);
    }
}

fn ordered(one: SocketAddr, other: SocketAddr) -> (SocketAddr, SocketAddr) {
    if one <= other { (one, other) } else { (other, one) }
}
