import { expect, test } from 'vitest';
import { checkHost, isPublicAddress } from './address-guard.ts';

test.each([
  '127.0.0.1',
  '10.1.2.3',
  '172.16.0.1',
  '192.168.1.1',
  '169.254.169.254',
  '100.64.0.1',
  '0.0.0.0',
  '224.0.0.1',
  '255.255.255.255',
  '::1',
  '::',
  'fe80::1',
  'fc00::1',
  'ff02::1',
  '::ffff:127.0.0.1',
  '::ffff:10.0.0.1',
  '64:ff9b::7f00:1',
  '2002:7f00:1::',
  'no address',
])('%s is not public', (address) => expect(isPublicAddress(address)).toBe(false));

test.each(['1.1.1.1', '93.184.216.34', '2606:4700:4700::1111', '64:ff9b::101:101', '::ffff:1.1.1.1'])(
  '%s is public',
  (address) => expect(isPublicAddress(address)).toBe(true),
);

// As a URL's parser leaves them: it reads every way to write an IPv4 address.
test.each([
  'https://localhost/',
  'https://localhost./',
  'https://a.localhost/',
  'https://intranet/',
  'https://127.1/',
  'https://0x7f000001/',
  'https://2130706433/',
  'https://[::1]/',
  'https://[::ffff:7f00:1]/',
])('%s is not asked', (url) => expect(() => checkHost(new URL(url))).toThrow('does not ask'));

test('names are left to the check of what they resolve to', () => {
  expect(() => checkHost(new URL('https://registry-1.docker.io/'))).not.toThrow();
});
