// Netlink messages (linux/netlink.h): the header, the attribute tree, batches and the replies to them. What a message
// says is the business of rtnetlink (link.ts, address.ts, ...) and nftables.ts.

import { ByteReader, ByteWriter, decodeUtf8, encodeUtf8 } from '../../lib/bytes.ts';

/** Flags of nlmsghdr. */
export const NLM_F = {
  REQUEST: 0x1,
  ACK: 0x4,
  ROOT: 0x100,
  MATCH: 0x200,
  DUMP: 0x300,
  REPLACE: 0x100,
  EXCL: 0x200,
  CREATE: 0x400,
  APPEND: 0x800,
} as const;

const NLMSG_ERROR = 2;
const NLMSG_DONE = 3;
const NLM_F_CAPPED = 0x100;
const NLM_F_ACK_TLVS = 0x200;
const NLMSGERR_ATTR_MSG = 1;
const NLA_F_NESTED = 0x8000;
const NLA_TYPE_MASK = 0x3fff;
const headerLength = 16;

/** One attribute to be sent: its value is bytes, or attributes of its own (after an optional fixed header). */
export type Attribute = {
  readonly type: number;
  readonly value: Uint8Array | readonly Attribute[];
  readonly header?: Uint8Array;
};

export const bytesAttribute = (type: number, value: Uint8Array): Attribute => ({ type, value });
export const textAttribute = (type: number, value: string): Attribute => ({ type, value: encodeUtf8(`${value}\0`) });
export const u8Attribute = (type: number, value: number): Attribute => ({ type, value: Uint8Array.of(value) });
export const u32Attribute = (type: number, value: number): Attribute => ({
  type,
  value: new ByteWriter(4).u32(value >>> 0).finish(),
});
/** A big-endian integer, as nftables wants all of them. */
export const be32Attribute = (type: number, value: number): Attribute => ({
  type,
  value: Uint8Array.of(value >>> 24, value >>> 16, value >>> 8, value),
});
export const nested = (type: number, value: readonly Attribute[], header?: Uint8Array): Attribute => ({
  type,
  value,
  ...(header && { header }),
});

function writeAttributes(writer: ByteWriter, attributes: readonly Attribute[]): void {
  for (const { type, value, header } of attributes) {
    const start = writer.length;
    if (value instanceof Uint8Array) {
      writer
        .u16(4 + value.length)
        .u16(type)
        .bytes(value)
        .align(4);
      continue;
    }
    writer.u32(0);
    if (header) writer.bytes(header).align(4);
    writeAttributes(writer, value);
    const length = writer.length - start;
    if (length > 0xffff) throw new RangeError(`encoding netlink attribute ${type}: ${length} bytes, at most 65535`);
    writer.setU32(start, length | ((type | NLA_F_NESTED) << 16));
  }
}

/**
 * One message: nlmsghdr, the family's fixed header, attributes. Its sequence number is 0 until `batch` sets it.
 * `flags` come on top of REQUEST.
 */
export function netlinkMessage(
  type: number,
  flags: number,
  fixed: Uint8Array,
  attributes: readonly Attribute[] = [],
): Uint8Array {
  const writer = new ByteWriter();
  writer
    .u32(0)
    .u16(type)
    .u16(NLM_F.REQUEST | flags)
    .u32(0)
    .u32(0);
  writer.bytes(fixed).align(4);
  writeAttributes(writer, attributes);
  return writer.setU32(0, writer.length).finish();
}

/**
 * Joins messages into one buffer for one send, numbering them from `firstSequence`: reply N answers message
 * N - firstSequence. The kernel handles all of them, in order, before the send returns; for rtnetlink a failed one does
 * not stop those after it.
 */
export function batch(messages: readonly Uint8Array[], firstSequence = 1): Uint8Array {
  const joined = new Uint8Array(messages.reduce((total, message) => total + message.length, 0));
  const view = new DataView(joined.buffer);
  let offset = 0;
  messages.forEach((message, index) => {
    joined.set(message, offset);
    view.setUint32(offset + 8, firstSequence + index, true);
    offset += message.length;
  });
  return joined;
}

/** A received message; `body` is what follows nlmsghdr. */
export type NetlinkReply = {
  readonly type: number;
  readonly flags: number;
  readonly sequence: number;
  readonly body: Uint8Array;
};

/** Splits received bytes into messages. Throws a RangeError when a length is impossible. */
export function splitReplies(bytes: Uint8Array): NetlinkReply[] {
  const replies: NetlinkReply[] = [];
  const reader = new ByteReader(bytes);
  while (reader.remaining >= headerLength) {
    const length = reader.u32();
    const type = reader.u16();
    const flags = reader.u16();
    const sequence = reader.u32();
    reader.u32();
    replies.push({ type, flags, sequence, body: reader.bytes(length - headerLength) });
    reader.skip(Math.min((4 - (length % 4)) % 4, reader.remaining));
  }
  return replies;
}

/** The kernel's verdict on one message: errno 0 is an acknowledgement; `message` is its explanation, if it gave one. */
export type Acknowledgement = { readonly sequence: number; readonly errno: number; readonly message?: string };

/** The acknowledgements among received bytes, in the order received. */
export function acknowledgements(bytes: Uint8Array): Acknowledgement[] {
  return splitReplies(bytes)
    .filter(({ type }) => type === NLMSG_ERROR)
    .map(({ flags, sequence, body }) => {
      const reader = new ByteReader(body);
      const errno = Math.abs(reader.i32());
      if (!(flags & NLM_F_ACK_TLVS)) return { sequence, errno };
      const requestLength = reader.u32();
      reader.skip(headerLength - 4);
      if (errno !== 0 && !(flags & NLM_F_CAPPED)) reader.skip(Math.ceil(requestLength / 4) * 4 - headerLength);
      const text = readAttributes(reader.bytes(reader.remaining)).get(NLMSGERR_ATTR_MSG);
      return { sequence, errno, ...(text && { message: textValue(text) }) };
    });
}

/** The first failure among received bytes, with the index of the message it is about (see `batch`). */
export function firstFailure(bytes: Uint8Array, firstSequence = 1): (Acknowledgement & { index: number }) | undefined {
  const failure = acknowledgements(bytes).find(({ errno }) => errno !== 0);
  return failure && { ...failure, index: failure.sequence - firstSequence };
}

/** The bodies of all messages of one type: the entries of a dump. */
export const repliesOfType = (bytes: Uint8Array, type: number): Uint8Array[] =>
  splitReplies(bytes)
    .filter((reply) => reply.type === type && reply.type !== NLMSG_DONE)
    .map(({ body }) => body);

/** Attributes by type; of a type that comes twice the last counts. Throws a RangeError when a length is impossible. */
export function readAttributes(bytes: Uint8Array): Map<number, Uint8Array> {
  return new Map(attributeList(bytes).map(({ type, value }) => [type, value]));
}

/** Attributes in order, for lists whose elements share one type. */
export function attributeList(bytes: Uint8Array): { type: number; value: Uint8Array }[] {
  const attributes: { type: number; value: Uint8Array }[] = [];
  const reader = new ByteReader(bytes);
  while (reader.remaining >= 4) {
    const length = reader.u16();
    const type = reader.u16() & NLA_TYPE_MASK;
    attributes.push({ type, value: reader.bytes(length - 4) });
    reader.skip(Math.min((4 - (length % 4)) % 4, reader.remaining));
  }
  return attributes;
}

export const textValue = (value: Uint8Array): string => {
  const end = value.indexOf(0);
  return decodeUtf8(end < 0 ? value : value.subarray(0, end));
};
export const u32Value = (value: Uint8Array): number => new ByteReader(value).u32();
