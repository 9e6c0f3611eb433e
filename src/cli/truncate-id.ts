/** The 12 digits by which Docker shows an ID, without its `sha256:`. */
export const truncateId = (id: string): string => (id.includes(':') ? id.slice(id.indexOf(':') + 1) : id).slice(0, 12);
