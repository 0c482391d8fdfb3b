//! Control frames: one segment, a struct each.

use super::{ConnectionMode, Numbers, Segments};
use crate::Fault;
use crate::types::{Address, AddressVector, EntityType, Opaque, Timespec};
use crate::wire::{Field, NoSink, Put, Sink, Wire, finish};

/// A control frame and what stands behind its known fields.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct ControlFrame<'a> {
    /// What it says.
    pub control: Control<'a>,
    /// What a newer version put behind the known fields.
    pub rest: &'a [u8],
}

/// The table of control frames: tag, names, fields in wire order.
macro_rules! controls {
    ($(
        $(#[doc = $doc:literal])+
        $tag:literal $TAG:ident $name:literal $Type:ident $(<$lt:lifetime>)? {
            $( $(#[doc = $field_doc:literal])+ $field:ident: $Ty:ty, )*
        }
    )+) => {
        crate::types::named_number! {
            /// What a frame is. Source: `Tag` in `src/msg/async/frames_v2.h`.
            pub struct Tag(u8) {
                $( $(#[doc = $doc])+ $tag $TAG $name, )+
                /// A message.
                17 MESSAGE "message",
            }
        }

        /// What a control frame says.
        #[derive(Clone, Copy, Debug, PartialEq, Eq)]
        #[non_exhaustive]
        pub enum Control<'a> {
            $( $(#[doc = $doc])+ $Type($Type $(<$lt>)?), )+
            /// A frame with a tag that is not known.
            Unknown(Tag, Segments<'a>),
        }

        impl<'a> ControlFrame<'a> {
            /// As [`decode`](ControlFrame::decode), and reports every field to `sink`.
            pub fn decode_with<S: Sink>(
                tag: Tag,
                segments: Segments<'a>,
                sink: &mut S,
            ) -> Result<Self, Fault> {
                Self::decode_at(tag, segments, Wire::new(segments.get(0), "payload"), sink)
            }

            /// As above, the first segment's bytes being those of `input`.
            pub(in crate::msgr) fn decode_at<S: Sink>(
                tag: Tag,
                segments: Segments<'a>,
                input: Wire<'a>,
                sink: &mut S,
            ) -> Result<Self, Fault> {
                if segments.count() != 1 {
                    return Ok(ControlFrame { control: Control::Unknown(tag, segments), rest: &[] });
                }
                match tag.0 {
                    $( $tag => {
                        let (rest, frame) = finish(<$Type $(<$lt>)?>::decode(input, $name, sink))?;
                        Ok(ControlFrame { control: Control::$Type(frame), rest: rest.bytes })
                    } )+
                    _ => Ok(ControlFrame { control: Control::Unknown(tag, segments), rest: &[] }),
                }
            }

            /// The frame's tag.
            #[must_use]
            pub fn tag(&self) -> Tag {
                match &self.control {
                    $( Control::$Type(_) => Tag($tag), )+
                    Control::Unknown(tag, _) => *tag,
                }
            }

            /// Writes the payload, but not that of an unknown frame.
            #[allow(dead_code, reason = "only builders, who have an allocator, write frames")]
            pub(in crate::msgr) fn put(&self, out: &mut impl Put) {
                match &self.control {
                    $( Control::$Type(frame) => frame.encode(out), )+
                    Control::Unknown(..) => {}
                }
                out.put(self.rest);
            }
        }

        $(
            $(#[doc = $doc])+
            #[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
            pub struct $Type $(<$lt>)? {
                $( $(#[doc = $field_doc])+ pub $field: $Ty, )*
            }

            impl<'a> Field<'a> for $Type $(<$lt>)? {
                const SHAPE: &'static crate::wire::Shape = &crate::wire::Shape::Group(&[&[
                    $( crate::wire::Row::part(
                        stringify!($field),
                        stringify!($Ty),
                        <$Ty as Field<'a>>::SHAPE,
                        concat!($($field_doc),+),
                    ), )*
                ]]);

                #[allow(unused_variables, reason = "a frame may have no fields")]
                fn decode<S: Sink>(
                    input: Wire<'a>,
                    name: &'static str,
                    sink: &mut S,
                ) -> crate::wire::Step<'a, Self> {
                    $( let (input, $field) = <$Ty as Field<'a>>::decode(input, stringify!($field), sink)?; )*
                    Ok((input, $Type { $( $field, )* }))
                }

                #[allow(unused_variables, reason = "a frame may have no fields")]
                fn encode(&self, out: &mut impl Put) {
                    $( self.$field.encode(out); )*
                }
            }
        )+
    };
}

impl<'a> ControlFrame<'a> {
    /// Decodes the frame `tag`.
    pub fn decode(tag: Tag, segments: Segments<'a>) -> Result<Self, Fault> {
        Self::decode_with(tag, segments, &mut NoSink)
    }
}

controls! {
    /// Each side introduces itself.
    1 HELLO "hello" Hello<'a> {
        /// kind of the sender
        entity_type: EntityType,
        /// address at which it sees the receiver
        peer_address: Address<'a>,
    }
    /// The connector asks to be authenticated.
    2 AUTH_REQUEST "auth_request" AuthRequest<'a> {
        /// 2 cephx, 1 none
        method: u32,
        /// modes in order of preference: 1 crc, 2 secure
        preferred_modes: Numbers<'a>,
        /// the method's own
        payload: &'a [u8],
    }
    /// The acceptor refuses the method.
    3 AUTH_BAD_METHOD "auth_bad_method" AuthBadMethod<'a> {
        /// the method refused
        method: u32,
        /// negative errno
        result: i32,
        /// methods allowed
        allowed_methods: Numbers<'a>,
        /// modes allowed
        allowed_modes: Numbers<'a>,
    }
    /// The acceptor asks for more.
    4 AUTH_REPLY_MORE "auth_reply_more" AuthReplyMore<'a> {
        /// the method's own
        payload: &'a [u8],
    }
    /// The connector gives more.
    5 AUTH_REQUEST_MORE "auth_request_more" AuthRequestMore<'a> {
        /// the method's own
        payload: &'a [u8],
    }
    /// The acceptor is satisfied.
    6 AUTH_DONE "auth_done" AuthDone<'a> {
        /// the connector's global id
        global_id: u64,
        /// how all later frames are protected
        mode: ConnectionMode,
        /// the method's own
        payload: &'a [u8],
    }
    /// Proof that nobody changed the bytes so far.
    7 AUTH_SIGNATURE "auth_signature" AuthSignature {
        /// HMAC-SHA256 of all bytes received, zeros without a session key
        signature: Opaque<32>,
    }
    /// The connector asks for a new session.
    8 CLIENT_IDENT "client_ident" ClientIdent<'a> {
        /// the connector's addresses
        addresses: AddressVector<'a>,
        /// the address that it means to reach
        target: Address<'a>,
        /// its number: rank or global id
        number: i64,
        /// counts its attempts at anybody
        global_seq: u64,
        /// features that it has
        supported: u64,
        /// features that it insists on
        required: u64,
        /// 1: the session ends with the connection
        flags: u64,
        /// names the session on its side
        cookie: u64,
    }
    /// The acceptor grants a new session.
    9 SERVER_IDENT "server_ident" ServerIdent<'a> {
        /// the acceptor's addresses
        addresses: AddressVector<'a>,
        /// its number: rank or global id
        number: i64,
        /// counts its attempts at anybody
        global_seq: u64,
        /// features that it has
        supported: u64,
        /// features that it insists on
        required: u64,
        /// 1: the session ends with the connection
        flags: u64,
        /// names the session on its side
        cookie: u64,
    }
    /// The acceptor insists on features that the connector lacks.
    10 IDENT_MISSING_FEATURES "ident_missing_features" IdentMissingFeatures {
        /// those features
        features: u64,
    }
    /// The connector asks to go on with a session.
    11 SESSION_RECONNECT "session_reconnect" SessionReconnect<'a> {
        /// the connector's addresses
        addresses: AddressVector<'a>,
        /// the connector's name of the session
        client_cookie: u64,
        /// the acceptor's name of it
        server_cookie: u64,
        /// counts its attempts at anybody
        global_seq: u64,
        /// counts the attempts at this session
        connect_seq: u64,
        /// the last message that it received
        message_seq: u64,
    }
    /// The acceptor does not know the session.
    12 SESSION_RESET "session_reset" SessionReset {
        /// 1: all state of the session is void
        full: u8,
    }
    /// The acceptor asks for another attempt.
    13 SESSION_RETRY "session_retry" SessionRetry {
        /// the connect_seq to exceed
        connect_seq: u64,
    }
    /// The acceptor asks for another attempt.
    14 SESSION_RETRY_GLOBAL "session_retry_global" SessionRetryGlobal {
        /// the global_seq to exceed
        global_seq: u64,
    }
    /// The acceptor goes on with the session.
    15 SESSION_RECONNECT_OK "session_reconnect_ok" SessionReconnectOk {
        /// the last message that it received
        message_seq: u64,
    }
    /// Both connected at once and the other connection survives.
    16 WAIT "wait" Wait {}
    /// Still there?
    18 KEEPALIVE2 "keepalive2" Keepalive2 {
        /// when it was asked
        timestamp: Timespec,
    }
    /// Still there.
    19 KEEPALIVE2_ACK "keepalive2_ack" Keepalive2Ack {
        /// when it was asked
        timestamp: Timespec,
    }
    /// Messages arrived.
    20 ACK "ack" Ack {
        /// the last of them
        seq: u64,
    }
    /// The connector offers compression.
    21 COMPRESSION_REQUEST "compression_request" CompressionRequest<'a> {
        /// whether it wants any
        wanted: u8,
        /// methods in order of preference
        methods: Numbers<'a>,
    }
    /// The acceptor decides.
    22 COMPRESSION_DONE "compression_done" CompressionDone {
        /// whether frames may be compressed
        on: u8,
        /// how
        method: u32,
    }
}
