//! What each record gives: changes, or a line in the receipt.

use super::builder::{Moment, UpdatesBuilder};
use crate::cursor::Cursor;
use crate::error::{Error, ErrorKind};
use crate::mrt::bgp4mp::{
    Content, Ends, Form, Message, bgp4mp, legacy, legacy_message, microseconds,
};
use crate::mrt::header::Header;
use crate::mrt::names::{message_name, record_name};
use crate::mrt::update::{
    AFI_IPV4, Multiprotocol, classic_block, family_of, has_unmarked_path_ids, multiprotocol,
    multiprotocol_block, nlri, update,
};
use crate::prefix::Family;
use crate::rib::builder::Peer;
use crate::rib::decoder::{RecordType, Rejected};
use crate::rib::file::{FileReader, Place, Target};
use crate::rib::quirks::{Quirk, Quirks};

const UPDATE: u8 = 2;
const UNICAST: u8 = 1;
/// Prefixes that [`has_unmarked_path_ids`] where these are not looked for.
const UNMARKED: &str = "the prefixes close with ADD-PATH ids alone, which the record does not announce: \
                        unmarked_add_path=True reads them";

impl Target for UpdatesBuilder {
    const ROW_BYTES: u64 = 33;

    /// Every record is settled at once.
    type Pending<'b> = ();

    fn record(
        reader: &mut FileReader<'_, Self>,
        place: Place,
        header: &Header,
        body: &[u8],
        _pending: &mut (),
    ) -> Result<(), Error> {
        let number = reader.table.number(place.record);
        match (header.kind, header.subtype) {
            // Entries of a RIB, the name of a file with some, and nothing.
            (16 | 17, 2 | 3) | (5, 0 | 4) => Ok(()),
            (5 | 9 | 10 | 16 | 17, _) => reader.one_of_bgp(place, number, header, body),
            _ => Ok(()),
        }
    }

    fn flush(_reader: &mut FileReader<'_, Self>, _pending: &mut ()) -> Result<(), Error> {
        Ok(())
    }

    fn quirks(&mut self) -> &mut Quirks {
        &mut self.quirks
    }

    fn n_rows(&self) -> usize {
        self.n_changes()
    }

    /// Hours without a change are no damage.
    fn close(reader: &mut FileReader<'_, Self>) -> Result<(), Error> {
        if reader.has(&[5, 16, 17]) {
            return Ok(());
        }
        if reader.has(&[12, 13]) {
            reader.is_other("no_updates", "BGP updates", "a RIB dump");
            return Ok(());
        }
        reader.lacks("no_updates", "BGP updates")
    }
}

/// A record taken apart.
struct Found<'b> {
    ends: Ends,
    content: Content<'b>,
    /// Microseconds since 1970.
    time: i64,
    /// Whether its microseconds are part of a second.
    in_range: bool,
    record_type: &'static str,
    /// How its attribute blocks decode.
    kind: RecordType,
    add_path: bool,
}

/// Take a record apart; `None` where its subtype is not known.
fn found<'b>(header: &Header, body: &'b [u8]) -> Result<Option<Found<'b>>, String> {
    let time = i64::from(header.time) * 1_000_000;
    if header.kind == 5 {
        let kind = legacy_message(header.subtype);
        if kind.is_none() && header.subtype != 3 {
            return Ok(None);
        }
        let (ends, content) = legacy(body, kind)?;
        return Ok(Some(Found {
            ends,
            content,
            time,
            in_range: true,
            record_type: "BGP",
            kind: RecordType::TableDump,
            add_path: false,
        }));
    }
    let Some(form) = Form::of(header.subtype).filter(|_| header.kind >= 16) else {
        return Ok(None);
    };
    let (fraction, body) = if header.kind == 17 {
        microseconds(body)?
    } else {
        (Some(0), body)
    };
    let (mut ends, content) = bgp4mp(body, form)?;
    // What was sent does not tell which end is which: implementations differ.
    ends.session = ends.session.filter(|_| !form.is_local);
    Ok(Some(Found {
        ends,
        content,
        time: time + i64::from(fraction.unwrap_or_default()),
        in_range: fraction.is_some(),
        record_type: match (header.kind, form.is_local) {
            (16, false) => "BGP4MP",
            (16, true) => "BGP4MP_LOCAL",
            (_, false) => "BGP4MP_ET",
            (_, true) => "BGP4MP_ET_LOCAL",
        },
        kind: if form.as_width == 2 {
            RecordType::TableDump
        } else {
            RecordType::TableDumpV2
        },
        add_path: form.add_path,
    }))
}

/// An UPDATE being read.
struct Scene {
    at: Moment,
    kind: RecordType,
    add_path: bool,
    /// Whether the record holds the whole message.
    is_whole: bool,
    /// The first thing that is wrong with it: the kind of the issue, and what it is.
    damage: Option<(&'static str, String)>,
}

impl Scene {
    fn is_malformed(&mut self, detail: impl Into<String>) {
        self.damage
            .get_or_insert_with(|| ("malformed_message", detail.into()));
    }
}

impl FileReader<'_, UpdatesBuilder> {
    fn one_of_bgp(
        &mut self,
        place: Place,
        message: u32,
        header: &Header,
        body: &[u8],
    ) -> Result<(), Error> {
        let found = match found(header, body) {
            Ok(Some(found)) => found,
            Ok(None) => {
                let name = record_name(header.kind, header.subtype);
                let detail = format!("what a record of {name} changes is not read");
                return self.issue("unsupported_record", ErrorKind::Unsupported, place, detail);
            }
            Err(detail) => return self.issue("malformed_record", ErrorKind::Mrt, place, detail),
        };
        self.table
            .quirks
            .add(Quirk::MicrosecondsOutOfRange, u64::from(!found.in_range));
        if let Content::Message(message) = &found.content {
            let name = message_name(message.kind);
            *self.receipt.messages.entry(name).or_default() += 1;
            self.trailing = message.trailing;
            self.table.sessions.saw(found.ends.session);
            if message.kind != UPDATE {
                return Ok(());
            }
        }
        let at = Moment {
            time: found.time,
            message,
            peer_id: self.table.peers.id(Peer {
                collector: self.given_collector.clone().unwrap_or_default(),
                asn: found.ends.peer.asn,
                address: found.ends.peer.address,
                bgp_id: None,
                record_type: found.record_type,
            })?,
        };
        match &found.content {
            Content::StateChange { old, new } => {
                self.table.push_state(&at, found.ends.session, *old, *new);
                self.receipt.changes_read += 1;
                self.receipt.changes_kept += 1;
                Ok(())
            }
            Content::Message(message) => {
                self.table.sessions.speaks(at.peer_id);
                let mut scene = Scene {
                    at,
                    kind: found.kind,
                    add_path: found.add_path,
                    is_whole: message.missing == 0,
                    damage: None,
                };
                self.one_update(message, &mut scene);
                match scene.damage {
                    Some((kind, detail)) => self.issue(kind, ErrorKind::Mrt, place, detail),
                    None => Ok(()),
                }
            }
        }
    }

    /// Withdrawals first: a prefix in both lists is announced (RFC 4271 §4.3).
    fn one_update(&mut self, message: &Message<'_>, scene: &mut Scene) {
        if !scene.is_whole {
            scene.is_malformed(format!(
                "the BGP message declares {} octets more than the record holds",
                message.missing
            ));
        }
        let parts = update(message.body, !scene.is_whole);
        let classic = |nlri| Multiprotocol {
            afi: AFI_IPV4,
            safi: UNICAST,
            next_hop: &[],
            nlri,
        };
        self.prefixes(scene, &classic(parts.withdrawn), |_| None);
        let Some(block) = parts.attributes else {
            scene.is_malformed("the UPDATE ends inside its withdrawn routes or attributes");
            return;
        };
        self.multiprotocol(scene, block, false);
        self.prefixes(scene, &classic(parts.announced), |out| {
            Some(classic_block(block, out))
        });
        self.multiprotocol(scene, block, true);
    }

    /// What MP_REACH_NLRI (`announces`) or MP_UNREACH_NLRI says.
    fn multiprotocol(&mut self, scene: &mut Scene, block: &[u8], announces: bool) {
        for part in multiprotocol(block, announces) {
            let Some(part) = part else {
                scene.is_malformed("the lengths in MP_REACH_NLRI or MP_UNREACH_NLRI do not close");
                continue;
            };
            self.prefixes(scene, &part, |out| {
                announces.then(|| multiprotocol_block(block, part.next_hop, out))
            });
        }
    }

    /// Add a change for each prefix. `write_block` writes the attribute block of announcements and
    /// says whether its lengths close; `None` makes them withdrawals.
    fn prefixes(
        &mut self,
        scene: &mut Scene,
        part: &Multiprotocol<'_>,
        write_block: impl FnOnce(&mut Vec<u8>) -> Option<bool>,
    ) {
        if part.nlri.is_empty() || !self.wants(part.afi, part.safi) {
            return;
        }
        let mut block = Vec::new();
        let number = write_block(&mut block).map(|closes| {
            closes
                .then_some(())
                .ok_or(Rejected::Lengths)
                .and_then(|()| self.table.block(scene.kind, &block))
        });
        let family = family_of(part.afi).unwrap_or(Family::V4);
        let unmarked =
            !scene.add_path && scene.is_whole && has_unmarked_path_ids(part.nlri, family);
        if unmarked && !self.unmarked_add_path {
            // What stands before the damage would be octets of path ids, not prefixes.
            self.receipt.changes_read += 1;
            self.receipt.changes_lost += 1;
            return scene.is_malformed(UNMARKED);
        }
        self.table
            .quirks
            .add(Quirk::AddPathUnmarked, u64::from(unmarked));
        let mut rest = Cursor::new(part.nlri);
        while !rest.is_empty() {
            self.receipt.changes_read += 1;
            let found = match nlri(&mut rest, family, scene.add_path || unmarked) {
                Ok(found) => found,
                Err(detail) => {
                    self.receipt.changes_lost += 1;
                    return scene.is_malformed(detail);
                }
            };
            match number {
                None | Some(Ok(_)) => {
                    let block = number.and_then(Result::ok);
                    self.table
                        .push(&scene.at, &found.prefix, found.add_path_id, block);
                    self.receipt.changes_kept += 1;
                    self.table
                        .quirks
                        .add(Quirk::NlriHostBits, u64::from(found.host_bits));
                }
                Some(Err(why)) => {
                    self.receipt.changes_lost += 1;
                    scene.damage.get_or_insert_with(|| {
                        let (kind, what) = why.in_words();
                        (kind, format!("announcement of {}: {what}", found.prefix))
                    });
                }
            }
        }
    }
}
