//! Clients at ranks, by small numbers.

use crate::caps::timeline::{Client, Server};
use crate::hash::HashMap;
use crate::place::Place;
use crate::session::{Ends, Who};
use crate::stream::ConnId;

/// Number of a client at a rank.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct SeatId(pub(super) u32);

/// How a session ends, as far as what was open in it is concerned.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Over {
    /// The rank closed it.
    Closed,
    /// The rank rejected it.
    Rejected,
    /// The client asked for a new one.
    Reopened,
    /// The client told a rank that came back what it holds: everything else begins anew.
    Reconnected,
}

/// A client at a rank, as well as both are known.
#[derive(Clone, Copy, Debug)]
pub struct Seat {
    /// The client.
    pub client: Client,
    /// The rank.
    pub server: Server,
    /// The connection on which it was last heard.
    pub conn: ConnId,
    /// How its last session ended, and where.
    pub over: Option<(Over, Place)>,
    /// Sessions that ended.
    pub(super) session: u32,
    pub(super) client_no: u32,
    pub(super) server_no: u32,
}

/// All of them.
#[derive(Debug, Default)]
pub struct Seats {
    max: usize,
    seats: Vec<Seat>,
    numbers: HashMap<(Client, Server), SeatId>,
    clients: HashMap<Client, u32>,
    servers: HashMap<Server, u32>,
    /// By connection, what it was last found to be.
    found: HashMap<ConnId, (Ends, SeatId)>,
    /// The last connection that was asked about, its seat, and how much was known of names then: events come in
    /// runs.
    last: Option<(ConnId, SeatId, u64)>,
}

impl Seats {
    pub(super) fn new(max: usize) -> Seats {
        Seats { max, ..Seats::default() }
    }

    /// The seat of a connection; `None` if there are too many.
    pub(super) fn of(&mut self, conn: ConnId, who: &Who) -> Option<SeatId> {
        let now = who.generation();
        if let Some((_, seat, _)) = self.last.filter(|last| (last.0, last.2) == (conn, now)) {
            return Some(seat);
        }
        let seat = self.look_up(conn, who)?;
        self.last = Some((conn, seat, now));
        Some(seat)
    }

    fn look_up(&mut self, conn: ConnId, who: &Who) -> Option<SeatId> {
        let ends = who.ends(conn)?;
        if let Some((_, seat)) = self.found.get(&conn).filter(|(known, _)| *known == ends) {
            return Some(*seat);
        }
        let client = match ends.client {
            Some(id) => Client::Id(id),
            None => Client::Addr(who.client_addr(conn).unwrap_or(ends.client_addr)),
        };
        let server = ends.mds.map_or(Server::Addr(ends.mds_addr), |rank| Server::Rank(rank.0));
        let seat = self.number(client, server, conn)?;
        self.seats[seat.0 as usize].conn = conn;
        self.found.insert(conn, (ends, seat));
        Some(seat)
    }

    fn number(&mut self, client: Client, server: Server, conn: ConnId) -> Option<SeatId> {
        if let Some(seat) = self.numbers.get(&(client, server)) {
            return Some(*seat);
        }
        if self.seats.len() >= self.max {
            return None;
        }
        let (clients, servers) = (self.clients.len() as u32, self.servers.len() as u32);
        let client_no = *self.clients.entry(client).or_insert(clients);
        let server_no = *self.servers.entry(server).or_insert(servers);
        let id = SeatId(self.seats.len() as u32);
        self.seats.push(Seat {
            client,
            server,
            conn,
            over: None,
            session: 0,
            client_no,
            server_no,
        });
        self.numbers.insert((client, server), id);
        Some(id)
    }

    /// What is known of one.
    pub fn get(&self, id: SeatId) -> &Seat {
        &self.seats[id.0 as usize]
    }

    /// All, in the order of their first events.
    pub fn iter(&self) -> impl Iterator<Item = (SeatId, &Seat)> {
        self.seats.iter().enumerate().map(|(index, seat)| (SeatId(index as u32), seat))
    }

    /// The seat that a connection was last found to be of.
    pub(super) fn found(&self, conn: ConnId) -> Option<SeatId> {
        self.found.get(&conn).map(|(_, seat)| *seat)
    }

    /// The same client at another rank, met there or not; `None` if there are too many.
    pub(super) fn make(&mut self, seat: SeatId, server: Server) -> Option<SeatId> {
        let Seat { client, conn, .. } = *self.get(seat);
        self.number(client, server, conn)
    }

    /// The same client at another rank, if it was met there.
    pub(super) fn at(&self, seat: SeatId, server: Server) -> Option<SeatId> {
        self.numbers.get(&(self.get(seat).client, server)).copied()
    }

    /// Whatever was open between the two is over.
    pub(super) fn end(&mut self, seat: SeatId, how: Over, place: Place) {
        let seat = &mut self.seats[seat.0 as usize];
        seat.over = Some((how, place));
        seat.session += 1;
    }
}
