// nftables over nfnetlink (linux/netfilter/nf_tables.h): tables, chains, rules and sets, sent as one transaction.
// What a rule says is written with nft-rule.ts. The kernel applies a batch as a whole or not at all.

import { ByteWriter, concatBytes } from '../../lib/bytes.ts';
import { AF } from './ip-address.ts';
import {
  type Attribute,
  NLM_F,
  batch,
  be32Attribute,
  bytesAttribute,
  nested,
  netlinkMessage,
  textAttribute,
} from './message.ts';
import { type Statement, verdictData } from './nft-rule.ts';

const NFNL_SUBSYS_NFTABLES = 10;
const NFNL_MSG_BATCH_BEGIN = 0x10;
const NFNL_MSG_BATCH_END = 0x11;

const NFT_MSG = {
  NEWTABLE: 0,
  DELTABLE: 2,
  NEWCHAIN: 3,
  DELCHAIN: 5,
  NEWRULE: 6,
  NEWSET: 9,
  NEWSETELEM: 12,
  DELSETELEM: 14,
} as const;
const NFTA_TABLE = { NAME: 1 } as const;
const NFTA_CHAIN = { TABLE: 1, NAME: 3, HOOK: 4, POLICY: 5, TYPE: 7 } as const;
const NFTA_HOOK = { HOOKNUM: 1, PRIORITY: 2 } as const;
const NFTA_RULE = { TABLE: 1, CHAIN: 2, EXPRESSIONS: 4 } as const;
const NFTA_SET = { TABLE: 1, NAME: 2, FLAGS: 3, KEY_TYPE: 4, KEY_LEN: 5, DATA_TYPE: 6, DATA_LEN: 7, ID: 10 } as const;
const NFTA_SET_ELEM = { KEY: 1, DATA: 2 } as const;
const NFTA_SET_ELEM_LIST = { TABLE: 1, SET: 2, ELEMENTS: 3 } as const;
const NFTA_LIST_ELEM = 1;
const NFTA_DATA_VALUE = 1;
const NFT_SET_MAP = 0x8;
const NFT_DATA_VERDICT = 0xffffff00;

/** Hooks of an IPv4 packet's way, by nft's names. */
const hooks = { prerouting: 0, input: 1, forward: 2, output: 3, postrouting: 4 } as const;

/** Priorities by nft's names (linux/netfilter_ipv4.h). */
export const priority = { dstnat: -100, filter: 0, srcnat: 100 } as const;

/** Where a base chain is called from. A chain without one is called by jumps only. */
export type Hook = {
  readonly type: 'filter' | 'nat';
  readonly hook: keyof typeof hooks;
  readonly priority: number;
  /** What happens to a packet no rule decided on. */
  readonly policy?: 'accept' | 'drop';
};

const message = (type: number, flags: number, attributes: readonly Attribute[]): Uint8Array =>
  netlinkMessage((NFNL_SUBSYS_NFTABLES << 8) | type, NLM_F.ACK | flags, Uint8Array.of(AF.INET, 0, 0, 0), attributes);

/** `add table ip TABLE`; a table that exists is no error. */
export const addTable = (table: string): Uint8Array =>
  message(NFT_MSG.NEWTABLE, NLM_F.CREATE, [textAttribute(NFTA_TABLE.NAME, table)]);

/** `delete table ip TABLE`, with all that is in it. */
export const deleteTable = (table: string): Uint8Array =>
  message(NFT_MSG.DELTABLE, 0, [textAttribute(NFTA_TABLE.NAME, table)]);

/** `create chain ip TABLE CHAIN { type … hook … priority …; policy …; }`. */
export function addChain(table: string, chain: string, hook?: Hook): Uint8Array {
  const attributes = [textAttribute(NFTA_CHAIN.TABLE, table), textAttribute(NFTA_CHAIN.NAME, chain)];
  if (hook) {
    attributes.push(
      nested(NFTA_CHAIN.HOOK, [
        be32Attribute(NFTA_HOOK.HOOKNUM, hooks[hook.hook]),
        be32Attribute(NFTA_HOOK.PRIORITY, hook.priority),
      ]),
      textAttribute(NFTA_CHAIN.TYPE, hook.type),
      be32Attribute(NFTA_CHAIN.POLICY, hook.policy === 'drop' ? 0 : 1),
    );
  }
  return message(NFT_MSG.NEWCHAIN, NLM_F.CREATE | NLM_F.EXCL, attributes);
}

/** `delete chain ip TABLE CHAIN`, with its rules; refused with EBUSY while something jumps to it. */
export const deleteChain = (table: string, chain: string): Uint8Array =>
  message(NFT_MSG.DELCHAIN, 0, [textAttribute(NFTA_CHAIN.TABLE, table), textAttribute(NFTA_CHAIN.NAME, chain)]);

/** `add rule ip TABLE CHAIN …`, at the chain's end. */
export const addRule = (table: string, chain: string, ...statements: readonly Statement[]): Uint8Array =>
  message(NFT_MSG.NEWRULE, NLM_F.CREATE | NLM_F.APPEND, [
    textAttribute(NFTA_RULE.TABLE, table),
    textAttribute(NFTA_RULE.CHAIN, chain),
    nested(NFTA_RULE.EXPRESSIONS, statements.flat()),
  ]);

/** Types of what sets hold, with the number `nft` knows each by and its length in bytes. */
const keyTypes = {
  ipv4_addr: { number: 7, length: 4 },
  inet_proto: { number: 12, length: 1 },
  inet_service: { number: 13, length: 2 },
} as const;
export type KeyType = keyof typeof keyTypes;

const padded = (length: number) => Math.ceil(length / 4) * 4;

/**
 * `add map ip TABLE MAP { type KEY . KEY : verdict; }`. `id` tells the maps of one batch apart. Keys of several parts
 * take four bytes, or a multiple, for each.
 */
export function addVerdictMap(table: string, map: string, key: readonly KeyType[], id: number): Uint8Array {
  const types = key.map((type) => keyTypes[type]);
  return message(NFT_MSG.NEWSET, NLM_F.CREATE | NLM_F.EXCL, [
    textAttribute(NFTA_SET.TABLE, table),
    textAttribute(NFTA_SET.NAME, map),
    be32Attribute(NFTA_SET.FLAGS, NFT_SET_MAP),
    be32Attribute(
      NFTA_SET.KEY_TYPE,
      types.reduce((joined, { number }) => (joined << 6) | number, 0),
    ),
    be32Attribute(
      NFTA_SET.KEY_LEN,
      types.length === 1 ? types[0]!.length : types.reduce((total, { length }) => total + padded(length), 0),
    ),
    be32Attribute(NFTA_SET.DATA_TYPE, NFT_DATA_VERDICT),
    be32Attribute(NFTA_SET.DATA_LEN, 0),
    be32Attribute(NFTA_SET.ID, id),
  ]);
}

function elements(table: string, map: string, key: readonly Uint8Array[], data: readonly Attribute[]): Attribute[] {
  const parts = key.length === 1 ? key : key.map((part) => new ByteWriter().bytes(part).align(4).finish());
  return [
    textAttribute(NFTA_SET_ELEM_LIST.TABLE, table),
    textAttribute(NFTA_SET_ELEM_LIST.SET, map),
    nested(NFTA_SET_ELEM_LIST.ELEMENTS, [
      nested(NFTA_LIST_ELEM, [
        nested(NFTA_SET_ELEM.KEY, [bytesAttribute(NFTA_DATA_VALUE, concatBytes(parts))]),
        ...data,
      ]),
    ]),
  ];
}

/** `create element ip TABLE MAP { KEY . KEY : jump CHAIN }`; a key that is there is refused with EEXIST. */
export const addElement = (table: string, map: string, key: readonly Uint8Array[], chain: string): Uint8Array =>
  message(
    NFT_MSG.NEWSETELEM,
    NLM_F.CREATE | NLM_F.EXCL,
    elements(table, map, key, [nested(NFTA_SET_ELEM.DATA, [verdictData('jump', chain)])]),
  );

/** `delete element ip TABLE MAP { KEY . KEY }`. */
export const deleteElement = (table: string, map: string, key: readonly Uint8Array[]): Uint8Array =>
  message(NFT_MSG.DELSETELEM, 0, elements(table, map, key, []));

/**
 * One transaction, for one send on a NETLINK_NETFILTER socket. Its messages are numbered from 1, so that `firstFailure`
 * tells which one the kernel refused; a failure numbered 0 is the transaction's own (EPERM, EOPNOTSUPP), and then no
 * message is acknowledged.
 */
export function transaction(messages: readonly Uint8Array[]): Uint8Array {
  const frame = (type: number) => netlinkMessage(type, 0, Uint8Array.of(AF.UNSPEC, 0, 0, NFNL_SUBSYS_NFTABLES));
  return batch([frame(NFNL_MSG_BATCH_BEGIN), ...messages, frame(NFNL_MSG_BATCH_END)], 0);
}
