//! Lines of a text, and what became of them.

use std::collections::BTreeMap;
use std::fmt::Write;

/// Problems beyond this many of one part are only counted.
const MAX_ISSUES: usize = 1000;
/// Octets of a line that an issue shows.
const SHOWN: usize = 60;

/// One line, without its end.
#[derive(Debug, Clone, Copy)]
pub struct Line<'t> {
    /// Its number in the text, from 0.
    pub number: u64,
    /// Where it begins.
    pub offset: usize,
    /// Its octets with the line end.
    pub size: usize,
    /// Its content.
    pub text: &'t [u8],
}

/// The lines of a text.
pub struct Lines<'t> {
    text: &'t [u8],
    at: usize,
    number: u64,
}

impl<'t> Lines<'t> {
    /// Of a whole text.
    pub const fn new(text: &'t [u8]) -> Self {
        Self {
            text,
            at: 0,
            number: 0,
        }
    }
}

impl<'t> Iterator for Lines<'t> {
    type Item = Line<'t>;

    #[inline]
    fn next(&mut self) -> Option<Line<'t>> {
        let rest = self.text.get(self.at..).filter(|rest| !rest.is_empty())?;
        let end = rest.iter().position(|c| *c == b'\n');
        let size = end.map_or(rest.len(), |end| end + 1);
        let content = rest.get(..end.unwrap_or(size)).unwrap_or_default();
        let line = Line {
            number: self.number,
            offset: self.at,
            size,
            text: content.strip_suffix(b"\r").unwrap_or(content),
        };
        self.at += size;
        self.number += 1;
        Some(line)
    }
}

/// A problem, and the line it is on.
#[derive(Debug, PartialEq, Eq)]
pub struct Issue {
    /// Number of the line, from 0.
    pub line: u64,
    /// Where the line begins.
    pub offset: usize,
    /// Kind of the issue.
    pub kind: &'static str,
    /// What was expected and what was found.
    pub detail: String,
}

/// Octets in no route and no text that is understood.
#[derive(Debug, PartialEq, Eq)]
pub struct Skipped {
    /// Where they begin.
    pub offset: usize,
    /// How many.
    pub length: usize,
    /// Kind of the issue that says why.
    pub reason: &'static str,
}

/// What became of every byte of a text.
#[derive(Default)]
pub struct Account {
    /// Number of what was read, and its octets, by kind.
    pub records: BTreeMap<&'static str, (u64, usize)>,
    /// Ranges that were not read, in order.
    pub skipped: Vec<Skipped>,
    /// Problems, in order.
    pub issues: Vec<Issue>,
    /// Their number, those left out included.
    pub n_issues: u64,
    /// Routes that were not read.
    pub n_lost: u64,
    /// Routes of other families by name: how many, and the line of the first.
    pub other: BTreeMap<String, (u64, u64)>,
    /// Lines of the text.
    pub n_lines: u64,
}

impl Account {
    /// Count something that was read; a kind may be given more octets later, with `n` 0.
    pub fn read(&mut self, kind: &'static str, n: u64, size: usize) {
        let (count, octets) = self.records.entry(kind).or_default();
        *count += n;
        *octets += size;
    }

    /// Count a line that is text around routes.
    pub fn text(&mut self, line: &Line<'_>) {
        self.read("text", 1, line.size);
    }

    /// Count a route of another family.
    pub fn other(&mut self, family: &[u8], line: u64) {
        let family = shown(family, SHOWN);
        self.other.entry(family).or_insert((0, line)).0 += 1;
    }

    /// Note a problem with something that is read all the same.
    pub fn issue(&mut self, line: &Line<'_>, kind: &'static str, expected: &str, found: &[u8]) {
        self.n_issues += 1;
        if self.issues.len() < MAX_ISSUES {
            self.issues.push(Issue {
                line: line.number,
                offset: line.offset,
                kind,
                detail: format!("expected {expected}, found '{}'", shown(found, SHOWN)),
            });
        }
    }

    /// Note octets that are not read; ranges that touch and have one reason are one.
    pub fn skip(&mut self, offset: usize, length: usize, reason: &'static str) {
        match self.skipped.last_mut() {
            Some(last) if last.offset + last.length == offset && last.reason == reason => {
                last.length += length;
            }
            _ => self.skipped.push(Skipped {
                offset,
                length,
                reason,
            }),
        }
    }

    /// Note a line that is not understood.
    pub fn unknown(&mut self, line: &Line<'_>, expected: &str) {
        self.issue(line, "unknown_line", expected, line.text);
        self.skip(line.offset, line.size, "unknown_line");
    }
}

/// Text for an issue: what is not printable ASCII is written as its octets.
pub fn shown(text: &[u8], most: usize) -> String {
    let mut out = String::new();
    for octet in text.iter().take(most) {
        if matches!(octet, 0x20..=0x7e) {
            out.push(char::from(*octet));
        } else {
            let _ = write!(out, "\\x{octet:02x}"); // a String takes everything
        }
    }
    if text.len() > most {
        out.push_str("...");
    }
    out
}
