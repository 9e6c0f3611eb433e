// What a layer may come to. Docker has no such limits, it has a disk; here a layer's files are held in memory as an index,
// and what a page may store is limited. Images that linux/386 runs are far below.

/** Bytes of a layer's tar, which a small compressed file may claim to be (a "gzip bomb"). */
export const maxLayerBytes = 4 * 2 ** 30;

/** Files, directories and links of a layer, those included that an archive only implies. */
export const maxInodes = 500_000;

/** Bytes of names, link targets and extended attributes in a layer. */
export const maxMetadataBytes = 64 << 20;
