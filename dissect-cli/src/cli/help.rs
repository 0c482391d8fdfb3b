//! Worked examples, at the end of each command's help. Tests run them with a capture of a real cluster.

pub(super) const SUMMARY: &str = "\
Examples:
  ceph-dissect summary capture.pcapng
      Who talked to whom, which ranks and clients there are, and what could not be read
  ceph-dissect summary --all capture.pcapng
      The same with every connection and message type
  zstd -dc capture.pcapng.zst | ceph-dissect summary -
      From a pipe; a packed file can as well be given by its name";

pub(super) const TIMELINE: &str = "\
Examples:
  ceph-dissect timeline capture.pcapng --ino 0x100000001f9
      All that happened to the caps of one inode, and who held them meanwhile
  ceph-dissect timeline capture.pcapng --path '/doomed/*' --client 4130 --since 9 --until 16
      What one client had of the files in a directory, for seven seconds
  ceph-dissect timeline capture.pcapng --ino 0x100000001f9 --replay
      With what the client makes of every message";

pub(super) const ANNOTATE: &str = "\
Examples:
  ceph-dissect annotate capture.pcapng -o annotated.pcapng
      All packets, with findings and messages as comments for Wireshark to show and filter by
  ceph-dissect annotate capture.pcapng.zst --only --ino 0x100000001f9 -o inode.pcapng
      A small capture of one inode, which can be read by itself
  ceph-dissect annotate capture.pcapng --only --finding export-without-import -o lost.pcapng
      What one kind of finding rests on";

pub(super) const HOLDERS: &str = "\
Examples:
  ceph-dissect holders capture.pcapng
      Who holds which caps when the capture ends
  ceph-dissect holders capture.pcapng --at 9.5 --mds 1
      Who had caps of rank 1, 9.5 seconds after the first packet
  ceph-dissect holders capture.pcapng --path '/doomed/f0' --format json
      Of one file, for a program";

pub(super) const SESSIONS: &str = "\
Examples:
  ceph-dissect sessions capture.pcapng
      Where each client stands with each rank
  ceph-dissect sessions capture.pcapng --client 4130 --all
      One client, with everything that was said of its sessions";

pub(super) const RECONNECTS: &str = "\
Examples:
  ceph-dissect reconnects capture.pcapng
      Which clients went back to a rank that was gone, for how long, and with how many caps
  ceph-dissect reconnects capture.pcapng --mds 1 --format json
      Those to one rank, for a program";

pub(super) const CONNECTIONS: &str = "\
Examples:
  ceph-dissect connections capture.pcapng
      Which connections there are, and which of them are encrypted
  ceph-dissect connections capture.pcapng --holes
      What could not be read, and what is not sure for that
  ceph-dissect connections capture.pcapng --client 4130 --mds 0 --until 10
      Those of one client with one rank in the first ten seconds";

pub(super) const CHECK: &str = "\
Examples:
  ceph-dissect check capture.pcapng
      What is wrong with the caps in this capture
  ceph-dissect check --format json capture.pcapng
      The same for a script; status 1 says that something certain was found
  cat capture.pcapng | ceph-dissect check --follow -
      Each problem as soon as it is certain; with `tcpdump -i any -w -` in the place of cat, while it happens

`ceph-dissect explain CODE` tells what a finding means and what to do.";

pub(super) const EVENTS: &str = "\
Examples:
  ceph-dissect events capture.pcapng
      One line of JSON for each cap event
  ceph-dissect events capture.pcapng --ino 0x100000001f9 --format csv
      Those of one inode, for a spreadsheet";

pub(super) const REVOKES: &str = "\
Examples:
  ceph-dissect revokes capture.pcapng
      Which clients have not given back what ranks asked back, and which were slow
  ceph-dissect revokes capture.pcapng --client 4130 --all
      Every revoke that one client was sent";

pub(super) const FLUSHES: &str = "\
Examples:
  ceph-dissect flushes capture.pcapng
      What was written back and not acknowledged, and what took long
  ceph-dissect flushes capture.pcapng --path '/doomed/**' --format json
      That of the files in a tree, for a program";

pub(super) const WAITS: &str = "\
Examples:
  ceph-dissect waits capture.pcapng
      Which requests waited for which client to give bits back
  ceph-dissect waits capture.pcapng --client 4130 --since 1 --all
      Every one of a client from the first second on";

pub(super) const LATENCY: &str = "\
Examples:
  ceph-dissect latency capture.pcapng
      How long revokes, flushes, migrations and requests took
  ceph-dissect latency capture.pcapng --of revoke
      Revokes alone, with a histogram
  ceph-dissect latency capture.pcapng --mds 0 --all
      One rank, with every client";

pub(super) const TOP: &str = "\
Examples:
  ceph-dissect top capture.pcapng
      Who holds most caps, and how that grew
  ceph-dissect top capture.pcapng --mds 0 --format json
      Of one rank, for a program";

pub(super) const PINGPONG: &str = "\
Examples:
  ceph-dissect pingpong capture.pcapng
      Which inodes go to and fro between ranks, and whose bits do between clients
  ceph-dissect pingpong capture.pcapng --within 10
      How often at most within ten seconds";

pub(super) const MIGRATIONS: &str = "\
Examples:
  ceph-dissect migrations capture.pcapng
      Which trees moved from rank to rank, how long each step took, and whether clients were told
  ceph-dissect migrations capture.pcapng --path '/doomed' --all
      Every move of one directory";

pub(super) const EXPLAIN: &str = "\
Examples:
  ceph-dissect explain
      All that `check` may find
  ceph-dissect explain export-without-import
      What one finding means, how it comes about and what to do";

pub(super) const COMPLETIONS: &str = "\
Examples:
  ceph-dissect completions bash
      A script for bash; write it to ~/.local/share/bash-completion/completions/ceph-dissect
  ceph-dissect completions zsh
      For zsh; write it to a file _ceph-dissect in a directory of $fpath";

pub(super) const MAN: &str = "\
Examples:
  ceph-dissect man
      The manual page of the program, as `man -l -` reads it
  ceph-dissect man --out-dir man1
      A page for the program and for each command, in a directory that is made if it is not there";

pub(super) const FOLLOW: &str = "\
Examples:
  ceph-dissect follow capture.pcapng --conversation client.4132,mds.1
      All that a client and a rank say to each other, on all their connections
  ceph-dissect follow capture.pcapng --migration 2@0
      What ranks say of rank 0's second export, and what clients are told of the caps that moved
  ceph-dissect follow capture.pcapng --path /doomed/f1 --since 9
      Every message that names one file";

pub(super) const STATS: &str = "\
Examples:
  ceph-dissect stats capture.pcapng
      Messages by type, and how long clients waited for replies
  ceph-dissect stats capture.pcapng -z conversations --client 4132
      The connections of one client
  ceph-dissect stats capture.pcapng -z requests -z caps --mds 0 --format json
      How fast one rank answers, for a program";

pub(super) const MESSAGES: &str = "\
Examples:
  ceph-dissect messages capture.pcapng -Y 'caps.op == export && client == 4130'
      The EXPORTs to one client, a line each
  ceph-dissect messages capture.pcapng --frame 1428 -V
      Every field of the messages in one frame
  ceph-dissect messages capture.pcapng -Y 'path matches \"/doomed/**\"' -T fields -e frame -e path
      In which frames something was said about the files of a directory";

pub(super) const FIELDS: &str = "\
Examples:
  ceph-dissect fields caps.peer
      What EXPORT and IMPORT say of the other cap
  ceph-dissect fields --format json
      All fields with their types, for a program";

pub(super) const REPORT: &str = "\
Examples:
  ceph-dissect report capture.pcapng -o -
      The page on standard output; -o report.html writes a file
  ceph-dissect report capture.pcapng --max-messages 100 -o -
      A smaller one, with fields and bytes of the first hundred messages only";
