// What the program writes into the page, as `data.rs` and `events.rs` make it. For the type checker only.

type Num = number | string;

interface Sparse<T> { at: number[]; value: T[] }

interface Doc {
  version: number;
  tool: string;
  files: { name: string; packets: number }[];
  origin: [number, number];
  end: number;
  unit: number;
  facts: {
    packets: number; serving: [number, number]; others: [number, number]; foreign: number; timed: boolean;
    cap_messages: number; pairs: number; replayed: number; events_seen: number; events_shown: number;
    events_dropped: number; notes_dropped: number; gaps_left_out: number; findings_left_out: number;
    requests_elsewhere: number; requests_left_out: number;
    blind: boolean; interrupted: boolean;
    messages: [string, number, number][]; ops: [string, number][];
  };
  missed: { grave: string[]; slight: string[]; faults: string[] };
  clients: { name: string; said: string }[];
  servers: { name: string; said: string }[];
  inodes: {
    ino: string[]; path: (string | null)[]; lanes: number[]; events: number[]; requests: number[]; migrations: number[];
    names: [number, string, number | null, number | null][];
  };
  lanes: { client: number[]; server: number[]; spans: number[] };
  spans: { time: number[]; kind: number[]; cap: Num[]; caps: number[]; cause: number[] };
  events: {
    time: number[]; frame: number[]; file: Sparse<number>; conn: number[]; lane: number[]; what: number[];
    source: number[]; way: number[]; cap: Num[]; seq: number[]; mseq: number[]; caps: number[];
    wanted: number[]; version: number[]; branch: number[]; issue_seq: Sparse<number>; dirty: Sparse<number>;
    tid: Sparse<Num>; follows: Sparse<number>; size: Sparse<number>; sizes: [Num, Num][]; gained: Sparse<number>;
    lost: Sparse<number>; asked: Sparse<number>; stale: Sparse<number>; replayed: Sparse<number>;
    oddity: Sparse<number>; peer: Sparse<[Num, number, number, number, number]>;
    outcome: Sparse<[number, number, number]>; told: Sparse<number>; migration: Sparse<number>; message: Sparse<number>;
  };
  migrations: {
    state: number[];
    export: ([number, number, number] | null)[];
    import: ([number, number, number] | null)[];
    to: number[];
  };
  messages: {
    total: number; what: number[]; shape: number[]; values: number[][]; bytes: [string, string, string][];
    cut: [number, [number, number, number]][]; fewer: [number, number][]; stop: [number, number][]; shapes: number[][];
  };
  gaps: { client: number; server: number; way: number; from: number; until: number; text: string }[];
  between: [number, number, number, number][];
  notes: {
    time: number[]; frame: number[]; client: number[]; server: number[]; text: number[]; grave: number[];
  };
  findings: Finding[];
  rules: { code: string; title: string; page: string }[];
  strings: string[];
}

interface Finding {
  rule: number;
  severity: 'error' | 'warning' | 'info';
  certainty: 'certain' | 'undetermined';
  why: string | null;
  time: number;
  file: number;
  frame: number;
  inode: number | null;
  entry: number | null;
  ino: string | null;
  path: string | null;
  client: string | null;
  host: string | null;
  from: number | null;
  to: number | null;
  came: string | null;
  evidence: [string, number, number][];
  facts: [string, string][];
}

/** Colours of one lock group. */
interface GroupInk { ink: string; soft: string; hard: string; pale: string }

/** Something that can be pointed at in the lanes. */
interface Hit {
  inode: number;
  lane: number;
  event: number;
  span: number;
  note: number;
  gap: number;
  between: number;
  migration: number;
  time: number;
}
